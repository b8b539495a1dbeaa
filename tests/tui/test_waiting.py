"""A run that takes long: the program is there before it, says so, and takes it, its error or a
key.
"""

from __future__ import annotations

import re
from concurrent.futures import Future
from threading import Event

import pytest
from textual.pilot import Pilot

from gradviz.errors import ParseError
from gradviz_tui.app import GradvizApp
from gradviz_tui.screens.waiting import WaitingScreen
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.start import in_thread
from gradviz_tui.walk.opened import Opened
from tests.tui.driving import drive, settled
from tests.tui.samples import MARK, app, opened, screen_text, walking


def waiting() -> tuple[GradvizApp, Future[Opened]]:
    program, coming = app(None), Future[Opened]()
    program.wait_for("net:large", coming, 10)
    return program, coming


def test_it_says_what_runs_and_walks_through_it_then() -> None:
    program, coming = waiting()

    async def script(pilot: Pilot[str]) -> None:
        assert isinstance(program.screen, WaitingScreen)
        text = screen_text(program)
        assert "net:large" in text and re.search(r"running, \d+ s", text)
        coming.set_result(opened(MARK))
        await settled(pilot, lambda: isinstance(program.screen, WalkScreen), "the walk")
        assert walking(program).walk.k == 10 and program.settings.recent == (MARK,)
        assert not any(isinstance(screen, WaitingScreen) for screen in program.screen_stack)
        await pilot.press("q")

    assert str(drive(program, script)).endswith("--at 10")


def test_its_error_ends_the_program() -> None:
    program, coming = waiting()

    async def script(pilot: Pilot[str]) -> None:
        coming.set_exception(ParseError("an operand is missing"))
        await settled(pilot, lambda: program.failure is not None, "the end")

    drive(program, script)
    assert isinstance(program.failure, ParseError)


@pytest.mark.parametrize("key", ["q", "escape", "ctrl+c"])
def test_it_can_be_left(key: str) -> None:
    program, _ = waiting()

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press(key)

    assert drive(program, script) == "" and program.failure is None


def test_a_thread_gives_what_its_function_gives_or_raises() -> None:
    made, gate = opened(MARK), Event()

    def slow() -> Opened:
        gate.wait()
        return made

    def wrong() -> Opened:
        raise ParseError("wrong")

    coming = in_thread(slow)
    assert not coming.done()
    gate.set()
    assert coming.result(60) is made
    with pytest.raises(ParseError, match="wrong"):
        in_thread(wrong).result(60)
