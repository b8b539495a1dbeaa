"""What there is to open: the line and the list of the picker, and what fails there."""

from __future__ import annotations

from threading import Event

from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from gradviz_tui.screens.picker import PickerScreen
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import app, screen_text, walking


def test_the_picker() -> None:
    program = app(None)

    async def script(pilot: Pilot[str]) -> None:
        assert isinstance(program.screen, PickerScreen)
        for char in "x*y x=1":  # a burst: no waiting between the keys
            program.post_message(Key(char, char))
        program.post_message(Key("enter", "\r"))
        await settled(pilot, lambda: "no value for y" in screen_text(program), "what is missing")
        assert program.screen.query_one(Input).value == "x*y x=1"
        for wrong, says in (
            ("sigmod(x) x=1", "sigmoid"),
            ("x*y x=1", "y"),
            ("nothing.json", "nothing.json"),
            ("x x=1 x=2", "twice"),
        ):
            await type_line(pilot, wrong)
            await settled(pilot, lambda: program.screen.query_one("#problem").display, wrong)
            assert says in screen_text(program) and program.screen.query_one(Input).value == wrong
        gate = Event()
        program.host = program.host._replace(
            open=lambda words, run=program.host.open: (gate.wait(), run(words))[1]
        )
        await type_line(pilot, "x*y + z x=2 y=5 z=2")
        assert "running x*y + z …" in screen_text(program)
        gate.set()
        await settled(pilot, lambda: bool(program.screen.query("#graph")), "the walk")
        assert walking(program).walk.trace.value("f") == 12
        assert program.settings.recent == (("x*y + z", "x=2", "y=5", "z=2"),)
        await pilot.press("O")
        await pilot.pause()
        assert "Recent" in screen_text(program)
        await pilot.press("escape")
        await pilot.pause()
        assert walking(program).walk.trace.value("f") == 12
        await pilot.press("O")
        await pilot.pause()
        await pilot.press("x", "down", "enter")
        await settled(pilot, lambda: bool(program.screen.query("#graph")), "the example")
        assert walking(program).walk.trace.value("f") == -13

    drive(program, script)


def test_leaving_the_picker() -> None:
    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("escape")

    assert drive(app(None), script) == ""
