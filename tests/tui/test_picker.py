"""What there is to open: the line and the list of the picker, and what fails there."""

from __future__ import annotations

from threading import Event

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from gradviz_tui.screens.picker import PickerScreen
from gradviz_tui.walk.typed import missing, one_line
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import app, screen_text, walking


def test_the_picker() -> None:
    program = app(None)

    async def script(pilot: Pilot[str]) -> None:
        assert isinstance(program.screen, PickerScreen)
        for char in "x*y x=1":  # a burst: no waiting between the keys
            program.post_message(Key(char, char))
        program.post_message(Key("enter", "\r"))
        await settled(pilot, lambda: "y has no value yet" in screen_text(program), "the offer")
        line = program.screen.query_one(Input)
        assert line.value == "x*y x=1 y=2" and line.selected_text == "2"
        for wrong, says in (
            ("sigmod(x) x=1", "sigmoid"),
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


def test_missing_values_are_offered_and_can_be_changed() -> None:
    program = app(None)

    async def script(pilot: Pilot[str]) -> None:
        await type_line(pilot, "w*x + b")
        line = program.screen.query_one(Input)
        await settled(pilot, lambda: line.value == "w*x + b w=2 x=3 b=4", "the offer")
        await pilot.press("7", "tab", "5", "tab", "minus", "1", "enter")
        await settled(pilot, lambda: bool(program.screen.query("#graph")), "the walk")
        assert walking(program).walk.trace.value("f") == 7 * 5 - 1

    drive(program, script)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("x*y", "x=1"), {"y": "2"}),
        (("sum((W @ x)**2)",), {"W": "[[1,2],[3,4]]", "x": "[1,2]"}),
        (("W @ x", "x=[1,2]"), {"W": "[[1,2],[3,4]]"}),
        (("net:mlp:2-3-1",), {"x": "random:1"}),
        (("x*y", "x=1", "y=2"), {}),
        (("x*",), {}),
        (("nothing.json",), {}),
    ],
)
def test_what_is_offered_fits(words: tuple[str, ...], offered: dict[str, str]) -> None:
    assert missing(words) == offered


@pytest.mark.parametrize(
    ("pasted", "line"),
    [
        ("q = W @ x\nsum(q**2)\n", "q = W @ x; sum(q**2)"),
        ("x*y + z\nx=-3\ny=5 z=2", "x*y + z x=-3 y=5 z=2"),
        ("a = max(\n  x,\n  y)\n# twice\n2*a;", "a = max( x, y); 2*a;"),
        ("a=x*y\nb=2*a", "a=x*y; b=2*a"),
        ('$ gradviz show "x*y" \\\n  x=1 y=2', '"x*y" x=1 y=2'),
        ("x*y", "x*y"),
        ("\n", ""),
    ],
)
def test_several_lines_are_pasted_as_one(pasted: str, line: str) -> None:
    assert one_line(pasted) == line
    program = app(None)

    async def script(pilot: Pilot[str]) -> None:
        shown = program.screen.query_one(Input)
        shown.post_message(Paste(pasted))
        await pilot.pause()
        assert shown.value == line

    drive(program, script)


def test_typed_text_comes_before_the_light_of_the_list() -> None:
    """An entry that was lit for another text is not opened."""
    program = app(None)
    tried: list[object] = []
    program.host = program.host._replace(
        open=lambda words, run=program.host.open: (tried.append(words), run(words))[1]
    )

    async def script(pilot: Pilot[str]) -> None:
        screen = program.screen
        await pilot.press("down")
        line = screen.query_one(Input)
        line.value = "x**2 x=3"
        screen.query_one(OptionList).highlighted = 1  # as a message that comes late would leave it
        await pilot.press("enter")
        await settled(pilot, lambda: bool(program.screen.query("#graph")), "the walk")
        assert tried == [("x**2", "x=3")]

    drive(program, script)


def test_names_open() -> None:
    program = app(None)

    async def script(pilot: Pilot[str]) -> None:
        await type_line(pilot, "nueron")
        await settled(pilot, lambda: "did you mean neuron" in screen_text(program), "the name")
        await type_line(pilot, "circuit")
        await settled(pilot, lambda: bool(program.screen.query("#graph")), "the walk")
        assert walking(program).walk.trace.value("f") == -13
        assert walking(program).walk.words == ("x*y + z", "x=-3", "y=5", "z=2")

    drive(program, script)


def test_leaving_the_picker() -> None:
    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("escape")

    assert drive(app(None), script) == ""
