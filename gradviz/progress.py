"""Long work says how far it is: on a terminal, from its first second on.

Whatever may take long stands in a `Progress`, or goes through `each`. A thread of its own writes
one line on standard error and wipes it out at the end; work that is done within a second starts
no word, and where standard error is no terminal nothing is started at all.

While a `Progress` is open, nothing else may be written to the terminal.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager, suppress
from threading import Event, RLock, Thread, get_ident, main_thread
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

FIRST, PAUSE = 1.0, 0.2
"""Seconds before the first word, and between two."""
USUAL_COLUMNS = 80


class Progress:
    """A context for one piece of work; within others it says what they are doing now.

    what   the work in a few words: "forward pass".
    done   grows by one entry for each part that is done; None for work that cannot be counted.
    total  how many parts there are; None where that is not known.
    least  fewer parts than this are surely done within a second: nobody looks for a terminal.
    """

    __slots__ = ("_done", "_since", "_total", "_what")

    def __init__(
        self, what: str, done: Sized | None = None, total: int | None = None, *, least: int = 0
    ) -> None:
        self._what, self._done, self._total = what, done, total
        self._since = -1.0 if total is not None and total < least else 0.0

    def __enter__(self) -> None:
        if not self._since and _TELLER.is_heard():
            self._since = time.monotonic()
            _TELLER.begin(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if _TELLER.works:
            _TELLER.end(self)

    @property
    def since(self) -> float:
        """When it began."""
        return self._since

    def __str__(self) -> str:
        if self._done is None:
            return self._what
        of = "" if self._total is None else f" of {self._total:,}"
        return f"{self._what}: {len(self._done):,}{of}"


def each(what: str, items: Iterable[T], total: int | None = None) -> Iterable[T]:
    """The items, each of which is a part of the work; their number is the total by default."""
    if not _TELLER.is_heard():
        return items
    return _counted(
        what, items, len(items) if total is None and isinstance(items, Sized) else total
    )


def _counted(what: str, items: Iterable[T], total: int | None) -> Iterator[T]:
    done = Count()
    with Progress(what, done, total):
        for item in items:
            yield item
            done.parts += 1


class Count:
    """A number of parts, as something that has a length."""

    __slots__ = ("parts",)

    def __init__(self, parts: int = 0) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return self.parts

    def to(self, parts: int) -> None:
        """So many parts are done now."""
        self.parts = parts


def stoppable(call: Callable[..., T], *args: Any, **named: Any) -> T:
    """What a function in another language returns, which lets Python's other threads run.

    It is called in a thread of its own, so that Ctrl+C need not wait for its end.
    """
    from concurrent.futures import Future

    found: Future[T] = Future()

    def work() -> None:
        try:
            found.set_result(call(*args, **named))
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            found.set_exception(error)

    Thread(target=work, daemon=True).start()
    return found.result()


@contextmanager
def whole() -> Iterator[None]:
    """What happens in here is one work: its first second is over a second from now."""
    _TELLER.started = time.monotonic()
    try:
        yield
    finally:
        _TELLER.started = None
        _TELLER.end_all()


def say(text: str) -> None:
    """Write a message to standard error, also while a work is open."""
    with _TELLER.lock:
        _TELLER.wipe()
        sys.stderr.write(text)


def mute() -> None:
    """From now on nothing is said."""
    _TELLER.silenced += 1


@contextmanager
def silence() -> Iterator[None]:
    """Nothing is said in here: the terminal belongs to someone else."""
    mute()
    try:
        yield
    finally:
        _TELLER.silenced -= 1


class _Teller:
    """The works of the main thread, the outermost first, and the line that is written of them."""

    def __init__(self) -> None:
        self.works: list[Progress] = []
        self.started: float | None = None
        self.silenced = 0
        self.lock, self._ended = RLock(), Event()
        self._thread: Thread | None = None
        self._shown, self._stream = 0, sys.stderr

    def is_heard(self) -> bool:
        """Whether there is a terminal to tell it on, and this thread may."""
        return (
            sys.stderr is not None
            and not self.silenced
            and sys.stderr.isatty()
            and get_ident() == main_thread().ident
        )

    def begin(self, work: Progress) -> None:
        """One more work, within those that are open."""
        with self.lock:
            self.works.append(work)
            if self._thread is None:
                self._stream = sys.stderr  # what runs later may catch what is said for itself
                self._ended.clear()
                self._thread = Thread(target=self._tell, daemon=True, name="gradviz: progress")
                self._thread.start()

    def end(self, work: Progress) -> None:
        """A work is over, and whatever was left open in it."""
        with self.lock:
            if work in self.works:
                del self.works[self.works.index(work) :]
                self.wipe()

    def end_all(self) -> None:
        """No work is open any more."""
        with self.lock:
            self.works.clear()
            self.wipe()
            thread, self._thread = self._thread, None
            self._ended.set()
        if thread is not None:
            thread.join()

    def _tell(self) -> None:
        while not self._ended.wait(max(PAUSE, self._patience())):
            with self.lock:
                if not self.works:
                    if self.started is None:
                        self._thread = None
                        return
                elif self._patience() <= 0:
                    self._write(", ".join(map(str, self.works)))

    def _patience(self) -> float:
        """Seconds until there is something to say."""
        with self.lock:
            if not self.works:
                return PAUSE
            since = self.works[0].since if self.started is None else self.started
            return since + FIRST - time.monotonic()

    def _write(self, text: str) -> None:
        text = text[: _columns() - 1]
        self._put(f"\r{text.ljust(self._shown)}")
        self._shown = len(text)

    def wipe(self) -> None:
        """Leave the line empty."""
        if self._shown:
            self._put(f"\r{' ' * self._shown}\r")
            self._shown = 0

    def _put(self, text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal may be gone
            self._stream.write(text)
            self._stream.flush()


def _columns() -> int:
    """How wide the terminal is."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or USUAL_COLUMNS
    except (OSError, ValueError):
        return USUAL_COLUMNS


_TELLER = _Teller()
