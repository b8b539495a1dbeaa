"""Long work says how far it is: on a terminal, from its first second on."""

from __future__ import annotations

import sys
from collections.abc import Sized
from threading import Event, Thread
from types import TracebackType

LONG = 100_000
"""Less work than this many entries is done within a second, and is not watched."""
FIRST, PAUSE = 1.0, 0.2
"""Seconds before the first word, and between two."""


class Progress:
    """A context in which `column` grows to `total` entries; a thread of its own tells how far.

    Nothing is said before a second has passed, or where standard error is no terminal; the line is
    wiped out at the end.
    """

    __slots__ = ("_column", "_ended", "_teller", "_total", "_what")

    def __init__(self, what: str, column: Sized, total: int) -> None:
        self._what, self._column, self._total = what, column, total
        self._teller: Thread | None = None

    def __enter__(self) -> None:
        if self._total >= LONG and sys.stderr.isatty():
            self._ended = Event()
            self._teller = Thread(target=self._tell, daemon=True)
            self._teller.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._teller is not None:
            self._ended.set()
            self._teller.join()

    def _tell(self) -> None:
        if self._ended.wait(FIRST):
            return
        while True:
            done = f"{len(self._column):,} of {self._total:,}"
            sys.stderr.write(f"\r{self._what}: {done}\x1b[K")
            sys.stderr.flush()
            if self._ended.wait(PAUSE):
                break
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
