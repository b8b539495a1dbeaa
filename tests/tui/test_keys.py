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
from gradviz_tui.screens.help import HelpScreen
from gradviz_tui.screens.moves import MOVES
from gradviz_tui.screens.picker import PickerScreen
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.screens.quiz import QuizScreen
from gradviz_tui.screens.tools import TOOLS
from gradviz_tui.screens.walk import WalkScreen
from tests.tui.driving import drive, settled
from tests.tui.samples import MARK, app, walk, walking

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
    "check": lambda s: Y in s.checked,
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
                if top(screen) is screen:
                    assert screen.walk.trace is before.trace

    drive(program, script, size=(48, 20))


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
