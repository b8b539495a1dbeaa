"""Every key does what the table says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from gradviz.story.keys import ACTIONS, EVERY
from gradviz_tui.app import GradvizApp
from gradviz_tui.config import Settings
from gradviz_tui.keys import names
from gradviz_tui.screens.export import ExportPrompt
from gradviz_tui.screens.help import HelpScreen, help_lines
from gradviz_tui.screens.moves import MOVES
from gradviz_tui.screens.picker import PickerScreen
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.screens.quiz import QuizScreen
from gradviz_tui.screens.run import RunScreen
from gradviz_tui.screens.summary import SummaryScreen
from gradviz_tui.screens.tools import TOOLS
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.screens.whence import WhenceScreen
from gradviz_tui.view import panes
from gradviz_tui.view.footer import action_at
from tests.tui.driving import drive, settled
from tests.tui.samples import MARK, NORM, app, walk, walking

Y, A, F = 1, 3, 6
"""Nodes of the mark: y, a = x*y, and the output."""


def top(screen: WalkScreen) -> object:
    return screen.app.screen


def at(k: int) -> Callable[[WalkScreen], bool]:
    return lambda screen: screen.walk.k == k


def chosen(node: int | None) -> Callable[[WalkScreen], bool]:
    return lambda screen: screen.walk.selected == node


def said(words: str) -> Callable[[WalkScreen], bool]:
    return lambda screen: any(words in n.message for n in screen.app._notifications)


START = 7
"""Every case starts after 7 steps of 13, with y chosen unless it says otherwise."""
CASES: dict[str, Callable[[WalkScreen], bool]] = {
    "step": at(8),
    "step_back": at(6),
    "node": at(9),
    "node_back": at(5),
    "run": at(13),
    "run_back": at(0),
    "start": at(0),
    "end": at(13),
    "loss": at(5),
    "layer": at(13),
    "layer_back": at(5),
    "pass": said("no pass of a training run"),
    "pass_back": said("no pass of a training run"),
    "goto": lambda s: isinstance(top(s), Prompt),
    "play": lambda s: s.playing is not None,
    "slower": lambda s: s.app.settings.speed == 1,
    "faster": lambda s: s.app.settings.speed == 4,
    "select": chosen(Y + 1),
    "select_back": chosen(Y - 1),
    "choose_left": lambda s: s.walk.selected == Y,
    "choose_right": lambda s: s.walk.selected not in (None, Y),
    "choose_up": chosen(0),
    "choose_down": chosen(2),
    "search": lambda s: isinstance(top(s), Prompt),
    "to_node": at(10),
    "write": at(10),
    "write_back": said("no earlier write"),
    "breakpoint": lambda s: s.walk.broken == {Y},
    "condition": lambda s: isinstance(top(s), Prompt),
    "check": lambda s: Y in s.checked and s.nudge is not None and s.nudge.subject == Y,
    "where_from": lambda s: isinstance(top(s), WhenceScreen),
    "make_loss": said("a backward pass already"),
    "sum_up": lambda s: isinstance(top(s), SummaryScreen),
    "fold": said("not in a scope"),
    "fold_all": said("no scopes to fold"),
    "into": said("nothing to step into"),
    "out": said("not inside a node"),
    "unselect": chosen(None),
    "other": said("Nothing is compared here"),
    "view": said("No other view fits"),
    "view_back": said("No other view fits"),
    "pan_left": lambda s: s.graph.scroll_offset.x < 8,
    "pan_right": lambda s: s.graph.scroll_offset.x > 8,
    "pan_up": lambda s: s.graph.scroll_offset.y == 0,
    "pan_down": lambda s: s.graph.scroll_offset.y > 1,
    "centre": lambda s: s.graph.scroll_offset.x == 0,
    "zoom_in": said("any larger"),
    "zoom_out": lambda s: s.compact,
    "arrays": lambda s: s.query_one("#array").display,
    "theme": lambda s: s.app.settings.theme == "light",
    "channel": said("only one channel"),
    "channel_back": said("only one channel"),
    "ascii": lambda s: s.app.settings.ascii,
    "edit": lambda s: isinstance(top(s), Prompt),
    "descend": lambda s: isinstance(top(s), Prompt),
    "rate": lambda s: isinstance(top(s), Prompt),
    "undo": said("no change to undo"),
    "redo": said("no change to redo"),
    "diagnose": lambda s: isinstance(top(s), Prompt),
    "quiz": lambda s: isinstance(top(s), QuizScreen),
    "export": lambda s: isinstance(top(s), ExportPrompt),
    "copy": lambda s: s.app.clipboard.startswith(r"\frac{\partial"),
    "command": lambda s: s.app.clipboard.endswith("--at 7"),
    "open": lambda s: isinstance(top(s), PickerScreen),
    "help": lambda s: isinstance(top(s), HelpScreen),
}


def test_the_table_is_whole() -> None:
    assert set(CASES) | {"quit"} == set(ACTIONS)
    screen = WalkScreen(walk(MARK), MOVES | TOOLS)
    assert all(a in screen.actions or hasattr(screen, f"action_{a}") for a in ACTIONS)
    assert {*MOVES, *TOOLS} <= set(ACTIONS), "an action without a key"


async def fresh(pilot: Pilot[str], screen: WalkScreen) -> None:
    """Back to where every case starts."""
    program: GradvizApp = screen.app
    while program.screen is not screen:
        program.pop_screen()
    screen.stop()
    screen.end_nudge()
    program.clear_notifications()
    program.copy_to_clipboard("")
    program.settle(Settings())
    screen.checked, screen.compact, screen.arrays = {}, False, False
    screen.query_one("#array").display = False
    screen.move(replace(screen.walk.at(START), selected=Y, broken=frozenset()), follow=False)
    screen.draw_anew()
    screen.graph.scroll_to(8, 1, animate=False)
    await pilot.pause()


@pytest.mark.parametrize("group", [0, 1])
def test_every_key(group: int) -> None:
    """In a window so small that the picture can be moved in every direction."""
    program = app(MARK, START)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        for key in EVERY[group::2]:
            if key.action == "quit":
                continue
            for name in names(key).split(","):
                await fresh(pilot, screen)
                before = screen.walk
                await pilot.press(name)
                await settled(
                    pilot, lambda case=CASES[key.action]: case(screen), f"{key.action} by {name}"
                )
                screen.end_nudge()
                if top(screen) is screen:
                    assert screen.walk.trace is before.trace

    drive(program, script, size=(48, 20))


NOT_HERE = {
    "cells": [key.action for key in EVERY if key.cells is None],
    "views": [key.action for key in EVERY if key.views is None],
}
"""What does nothing inside a node, and in another view of the run."""


@pytest.mark.parametrize("kind", NOT_HERE)
def test_a_key_without_meaning_here_says_so(kind: str) -> None:
    """In every screen over the graph each key of the table has an action, or says where it has."""
    program = app(NORM, 1)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("enter" if kind == "cells" else "p")
        await settled(pilot, lambda: not isinstance(program.screen, WalkScreen), "another screen")
        screen = program.screen
        assert isinstance(screen, RunScreen)
        for key in EVERY:
            if screen.does(key.action) is None:
                assert key.action in NOT_HERE[kind]
                program.clear_notifications()
                await pilot.press(names(key).split(",")[0])
                await pilot.pause()
                shown = [n.message for n in program._notifications]
                assert len(shown) == 1 and "walk over the graph" in shown[0], key.action
                assert program.screen is screen

    drive(program, script)


def test_notes_do_not_stack_and_go_with_the_next_key() -> None:
    program = app(MARK, START)

    async def script(pilot: Pilot[str]) -> None:
        for _ in range(3):
            await pilot.press("u")
        await pilot.pause()
        assert [n.message for n in program._notifications] == ["There is no change to undo."]
        await pilot.press("right")
        await pilot.pause()
        assert not list(program._notifications)

    drive(program, script)


@pytest.mark.parametrize("ascii", [False, True])
def test_every_word_of_the_footer_can_be_clicked(ascii: bool) -> None:
    """A click on a key, or on its words, runs the action of the table's entry."""
    line = panes.footer(300, ascii)
    x, found = 0, []
    for text, _ in line:
        found.append(action_at(line, x + len(text) // 2))
        x += len(text)
    hinted = [key.action for key in EVERY if key.graph]
    assert found == [action for action in hinted for _ in range(2)]
    assert action_at(line, x + 5) is None
    both = panes.hint_line([("→ ←", "window")])
    assert [action_at(both, x) for x in (1, 3, 6)] == ["step", "step_back", "step"]


def test_the_footer_is_clicked() -> None:
    program = app(MARK, START)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.click("#footer", offset=(1, 0))
        await pilot.pause()
        assert walking(program).walk.k == START + 1
        await pilot.hover("#footer", offset=(1, 0))
        await pilot.pause()
        assert program.screen.query_one("#footer").tooltip == "go forward one contribution"

    drive(program, script)


def test_the_help_lists_every_key() -> None:
    for plain in (False, True):
        shown = [text for line in help_lines({}, ascii=plain) for text, _ in line]
        for key in EVERY:
            assert not key.words or f"  {key.shown:<20}" in shown, key.action
            assert key.words or not key.shown
        assert not plain or not set("".join(shown[:16])) & set("┏━├─│∂")


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_leaving(key: str) -> None:
    program = app(MARK, START)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("right", key)

    assert drive(program, script) == 'gradviz tui "(x*y + z) * maximum(y, z)" x=1.5 y=2 z=-1 --at 8'


def test_keys_of_ones_own() -> None:
    program = app(MARK, START, Settings(keys={"step": "d,right", "quiz": "f5"}))

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("d")
        assert screen.walk.k == START + 1
        await pilot.press("l")
        assert screen.walk.k == START + 1
        await pilot.press("f5")
        await pilot.pause()
        assert isinstance(program.screen, QuizScreen)

    drive(program, script)
