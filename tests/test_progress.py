"""Long work says how far it is, on a terminal only, and stops when it is interrupted."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import gradviz as gv
from gradviz import progress
from gradviz.engine import scalars
from tests.sampled import sampled

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
EXAM = str(Path(__file__).parents[1] / "examples" / "midterm.gv.toml")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal, on which every work is told at once."""
    found = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=found))
    monkeypatch.setattr(progress, "FIRST", 0)
    monkeypatch.setattr(progress, "PAUSE", 0.001)
    with progress.whole():
        yield found
    assert not any(t.name == "gradviz: progress" for t in threading.enumerate())


def until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.001)


def test_it_says_how_far_the_work_is_and_wipes_the_line(terminal: Terminal) -> None:
    column = [1, 2, 3]
    with progress.Progress("forward pass", column, 2_000):
        until(lambda: "forward pass: 3 of 2,000" in terminal.getvalue())
        column.append(4)
        until(lambda: "forward pass: 4 of 2,000" in terminal.getvalue())
    assert terminal.getvalue().endswith(f"\r{' ' * len('forward pass: 4 of 2,000')}\r")


def test_work_within_work_is_told_together(terminal: Terminal) -> None:
    for k in progress.each("papers", range(3)):
        with progress.Progress("typesetting"):
            until(lambda k=k: f"papers: {k} of 3, typesetting" in terminal.getvalue())


def test_a_line_is_never_wider_than_the_terminal(terminal: Terminal) -> None:
    with progress.Progress("x" * 500):
        until(lambda: "x" in terminal.getvalue())
    assert max(map(len, terminal.getvalue().split("\r"))) == progress.USUAL_COLUMNS - 1


def test_a_message_stands_on_a_line_of_its_own(terminal: Terminal) -> None:
    with progress.Progress("papers"):
        until(lambda: "papers" in terminal.getvalue())
        progress.say("gradviz: note: said\n")
    assert "\r      \rgradviz: note: said\n" in terminal.getvalue()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interruption_ends_it_too(terminal: Terminal, error: type[BaseException]) -> None:
    with pytest.raises(error):
        for _ in progress.each("samples", range(5)):
            with progress.Progress("forward pass", [], 2_000):
                until(lambda: "forward pass: 0 of 2,000" in terminal.getvalue())
                raise error
    assert terminal.getvalue().endswith(" \r")
    assert not progress._TELLER.works


def test_short_work_files_other_threads_and_full_screens_hear_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        for _ in progress.each("samples", range(5)):
            time.sleep(0.002)

    with progress.silence():
        work()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    with progress.Progress("forward pass", [], 10, least=11):
        time.sleep(0.01)
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    work()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(progress, "FIRST", 3600)
    work()
    assert terminal.getvalue() == ""


def test_a_terminal_that_is_gone_is_no_hindrance(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def write(text: str) -> int:
        tried.set()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(terminal, "write", write)
    with progress.Progress("forward pass"):
        tried.wait()


def test_both_passes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """x y + x: 4 nodes, and 4 contributions."""
    told: list[tuple[str, int]] = []

    class Noted(progress.Progress):
        def __init__(self, what: str, column: Any, total: int, least: int) -> None:
            told.append((what, total))
            super().__init__(what, column, total, least=least)

    monkeypatch.setattr(scalars, "Progress", Noted)
    gv.run("x*y + x", x=2, y=3)
    assert told == [("forward pass", 4), ("backward pass", 4)]


def test_what_is_called_in_a_thread_returns_and_raises_as_usual() -> None:
    assert progress.stoppable(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        progress.stoppable(divmod, 7, 0)


# The program on a terminal.

TOLD_AT_ONCE = """
import sys
from gradviz import progress
from gradviz.cli.main import main

progress.FIRST, progress.PAUSE = 0, 0.001
main(sys.argv[1:])
"""
STAR = " + ".join(["x*1.01"] * 2_000)
DEEP = "sum(" + "tanh(" * 500 + "x" + ")" * 501, "x=random:1:300x300"
SMALL_STAR = " + ".join(["x*1.01"] * 40)

LONG = {
    "reading the text": (("trace", STAR, "x=1"), "reading"),
    "initial weights": (("show", "net:alexnet", "image=random:1", "--brief"), "initial values"),
    "a forward pass": (("show", *DEEP, "--brief"), "forward pass"),
    "a backward pass": (("show", *DEEP, "--brief"), "backward pass"),
    "writing a trace": (("trace", STAR, "x=1", "-o", "out.json"), "writing"),
    "the steps as text": (("show", STAR, "x=1"), "steps told"),
    "the steps as data": (("show", STAR, "x=1", "--json"), "steps told"),
    "finite differences": (("check", "sum(tanh(W)**2)", "W=random:1:4x5"), "elements moved"),
    "the layout": (("render", SMALL_STAR, "x=1", "-o", "out.svg"), "placing"),
    "pictures": (("render", SMALL_STAR, "x=1", "-o", "out/"), "drawn"),
    "pages": (("render", SMALL_STAR, "x=1", "-o", "out.pdf"), "typesetting"),
    "papers": (("exam", "make", EXAM, "--format", "json", "--roster", "r.csv", "--jobs", "1",
                "-o", "out"), "papers"),
    "papers in several processes": (("exam", "make", EXAM, "--format", "json", "--roster", "r.csv",
                                     "--jobs", "2", "-o", "out"), "papers: 1 of"),
    "an exam's bank": (("exam", "check", EXAM, "--variants", "50"), "level"),
}  # fmt: skip
"""Command lines, each with what it says on a terminal while it does what its name says."""


class Running:
    """A command on a terminal of its own; what it prints goes to a file."""

    def __init__(self, words: tuple[str, ...], folder: Path) -> None:
        (folder / "r.csv").write_text("id,name\n" + "".join(f"s{k},N\n" for k in range(60)))
        self._end, other = pty.openpty()
        paths = os.pathsep.join(p for p in sys.path if p)
        with (folder / "printed").open("wb") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-c", TOLD_AT_ONCE, *words],
                stdin=subprocess.DEVNULL, stdout=printed, stderr=other, cwd=folder,
                start_new_session=True, env={**os.environ, "PYTHONPATH": paths},
            )  # fmt: skip
        os.close(other)
        self.said = ""

    def read(self, until: str | None = None) -> str:
        """What it says up to a word, or its end."""
        while until is None or until not in self.said:
            try:
                more = os.read(self._end, 1 << 16)
            except OSError:  # the terminal's last user is gone
                more = b""
            if not more:
                break
            self.said += more.decode()
        return self.said

    def end(self) -> int:
        os.close(self._end)
        return self.process.wait()


def children(process: int) -> set[int]:
    """The processes of a session."""
    found = subprocess.run(
        ["ps", "-s", str(process), "-o", "pid="], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in found.stdout.split()} - {process}


PROOFS = {"papers in several processes", "pages", "an exam's bank", "papers", "pictures"}


@sampled("what", [pytest.param(w, marks=[pytest.mark.proof] * (w in PROOFS)) for w in LONG], few=3)
def test_long_work_is_told_and_stops_at_once(what: str, tmp_path: Path) -> None:
    words, says = LONG[what]
    running = Running(words, tmp_path)
    assert says in running.read(says)
    os.killpg(running.process.pid, signal.SIGINT)  # as a terminal does it
    said = running.read()
    assert running.end() == 1
    assert said.endswith("gradviz: stopped\r\n") and "Traceback" not in said
    assert said.split("\r")[-3].strip() == ""  # what was told is wiped out
    until(lambda: not children(running.process.pid))
    left = {p.name for p in tmp_path.iterdir()} - {"r.csv", "printed"}
    assert left <= ({"out"} if "papers" in what else set())
    assert not (tmp_path / "printed").read_bytes() or "text" in what or "bank" in what


def test_what_is_told_is_wiped_out_and_never_printed(tmp_path: Path) -> None:
    running = Running(("show", STAR, "x=1", "--steps", "1-300"), tmp_path)
    said = running.read()
    assert running.end() == 0
    assert "steps told" in said
    assert said.endswith("\r") and not said.rstrip("\r").rsplit("\r", 1)[-1].strip()
    assert b"told" not in (tmp_path / "printed").read_bytes()
    assert "\x1b" not in said
