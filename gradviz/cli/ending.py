"""Signals that end the program: what it is doing is undone first, as on Ctrl+C."""

from __future__ import annotations

import signal
from typing import NoReturn

NAMES = ("SIGTERM", "SIGHUP")
"""What ends a program from outside, where the system has it."""


class Ended(KeyboardInterrupt):
    """Raised in the main thread when such a signal arrives, with its number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def status(self) -> int:
        """The exit status that shells give a program ended by the signal."""
        return 128 + self.number


def end_on_signals() -> None:
    """From now on these signals raise `Ended`; one that is ignored (nohup) or handled stays so."""
    for number in _numbers():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def hang_up_at_once() -> None:
    """From now on SIGHUP ends the program as the system does it: no terminal is left to restore."""
    number = getattr(signal, "SIGHUP", None)
    if number is not None and signal.getsignal(number) is _end:
        signal.signal(number, signal.SIG_DFL)


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


def _end(number: int, frame: object) -> NoReturn:
    for other in _numbers():  # often several come; the first is enough
        signal.signal(other, signal.SIG_IGN)
    raise Ended(number)
