"""Long work says how far it is, on a terminal only, and stops when it is interrupted."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import gradviz as gv
from gradviz.engine import progress, scalars


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal, to which everything counts as long at once."""
    found = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=found))
    monkeypatch.setattr(progress, "LONG", 0)
    monkeypatch.setattr(progress, "FIRST", 0)
    monkeypatch.setattr(progress, "PAUSE", 0.001)
    return found


def until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.001)


def test_it_says_how_far_the_work_is_and_wipes_the_line(terminal: Terminal) -> None:
    column = [1, 2, 3]
    with progress.Progress("forward pass", column, 2_000):
        until(lambda: "3 of 2,000" in terminal.getvalue())
        column.append(4)
        until(lambda: "4 of 2,000" in terminal.getvalue())
    assert terminal.getvalue().startswith("\rforward pass: 3 of 2,000\x1b[K")
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert not any(t.name.endswith("(_tell)") for t in threading.enumerate())


def test_an_interruption_ends_it_too(terminal: Terminal) -> None:
    with pytest.raises(KeyboardInterrupt), progress.Progress("forward pass", [], 2_000):
        until(lambda: "0 of 2,000" in terminal.getvalue())
        raise KeyboardInterrupt
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert not any(t.name.endswith("(_tell)") for t in threading.enumerate())


def test_short_work_and_files_hear_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FIRST", 3600)
    gv.run("x*y", x=2, y=3)
    assert terminal.getvalue() == ""
    monkeypatch.setattr(progress, "FIRST", 0)
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    gv.run("x*y", x=2, y=3)
    assert terminal.getvalue() == ""


def test_both_passes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """x y + x: 4 nodes, and 4 contributions."""
    told: list[tuple[str, int]] = []

    class Noted(progress.Progress):
        def __init__(self, what: str, column: Any, total: int) -> None:
            told.append((what, total))
            super().__init__(what, column, total)

    monkeypatch.setattr(scalars, "Progress", Noted)
    gv.run("x*y + x", x=2, y=3)
    assert told == [("forward pass", 4), ("backward pass", 4)]
