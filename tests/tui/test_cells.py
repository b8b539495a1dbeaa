"""Inside a node that is made cell by cell: the window moves, what is told is what `show --into`
tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

import gradviz as gv
from gradviz.export.reports.text import Line, plain
from gradviz.export.reports.walks import lines
from gradviz.scene.views.cells.contents import CellContents
from gradviz.scene.views.cells.place import CellLayout
from gradviz.story.cells.frames import CellStory
from gradviz.story.keys import EVERY
from gradviz_tui.keys import names
from gradviz_tui.screens.cells import CellScreen, row_of
from gradviz_tui.view.window import WINDOW, maps
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.state import Walk
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import app, screen_text, walk, walking

CONV = ("c = conv2d(x, w); sum(c**2)", "x=[[[1,2,0],[0,1,1],[2,0,1]]]", "w=[[[[1,0],[0,-1]]]]")
LARGE = ("sum(conv2d(x, w, padding=1))", "x=random:1:2x20x30", "w=random:2:3x2x3x3")


@cache
def conv() -> gv.CellTrace:
    return gv.cells(walk(CONV).trace, "c")


@settings(deadline=None)
@given(st.integers(-5, 40), st.integers(-9, 9))
def test_moves_stay_in_the_walk_and_come_back(k: int, by: int) -> None:
    here = Inside(conv()).at(k)
    assert 1 <= here.k <= here.total == 12
    there = here.step(by)
    assert there.k == min(max(here.k + by, 1), 12)
    assert here.step(row_of(conv())).k == min(here.k + 2, 12)


def test_a_pass_after_the_other() -> None:
    here, starts = Inside(conv()), []
    for _ in range(4):
        starts.append(here.k)
        here = here.phase(1)
    assert starts == [1, 5, 9, 12]
    assert [Inside(conv()).at(k).phase(-1).k for k in (12, 9, 5, 1)] == [9, 5, 1, 1]
    assert here.turn().k == 4


@pytest.mark.parametrize(
    ("words", "node", "back_at"),
    [
        (CONV, "c", 9),  # after 4 windows forward and 4 back to x
        (("m = maxpool2d(x, size=2); sum(m)", "x=[[[1,2],[0,1]]]"), "m", 2),
        (("q = W @ x; sum(q)", "W=[[1,2],[3,4]]", "x=[1,2]"), "q", 5),  # 2 forward, 2 back to W
    ],
)
def test_what_has_windows_is_walked_cell_by_cell(
    words: tuple[str, ...], node: str, back_at: int
) -> None:
    """We land on the step of the walk that holds the step that we were at: at the end of the run,
    that is where the node begins to send its gradient to its last operand.
    """
    outside = walk(words)
    outside = outside.select(outside.trace.graph.find(node))
    inside, back = outside.enter(), outside.at(outside.total).enter()
    assert isinstance(inside, Inside) and inside.k == 1 and inside.trail == (node,)
    assert isinstance(back, Inside) and back.k == back_at
    turned = outside.loss().enter()
    assert isinstance(turned, Inside) and turned.k == turned.walk.forward_steps + 1


def test_what_has_none_is_entered_op_by_op() -> None:
    outside = walk(("p = softmax(s); -log(p[0])", "s=[1, 2]"))
    assert isinstance(outside.select(outside.trace.graph.find("p")).enter(), Walk)


def test_the_same_text_as_show_prints_at_every_window() -> None:
    program = app(CONV, 2)

    async def script(pilot: Pilot[str]) -> None:
        walked = walking(program)
        walked.move(walked.walk.select(walked.walk.trace.graph.find("c")))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(program.screen, CellScreen), "inside")
        screen = program.screen
        assert isinstance(screen, CellScreen)
        for k in range(1, screen.cells.total + 1):
            await settled(
                pilot, lambda k=k: screen.shown == k and not screen.working, f"window {k}"
            )
            text = screen_text(program)
            assert "› c" in text and f"window {k} of 12" in text
            expected = list(plain(lines(screen.cells.walk, steps=[k], width=98)))[2:]
            shown = [line[1:].rstrip() for line in text.split("\n")]
            at = next(i for i, line in enumerate(shown) if line == expected[0])
            assert shown[at : at + len(expected)] == expected
            await pilot.press("right")
        await pilot.press("left", "up", "left_square_bracket", "m")
        await settled(pilot, lambda: screen.shown == 4, "the last window forward")
        await pilot.press("colon")
        await type_line(pilot, "13")
        await settled(
            pilot, lambda: "there is no step 13" in screen_text(program), "beyond the end"
        )
        await type_line(pilot, "7")
        await settled(pilot, lambda: screen.shown == 7 and program.screen is screen, "window 7")
        await pilot.press("g", "space")
        await settled(pilot, lambda: screen.cells.k > 1, "playing")
        await pilot.press("space", "backspace")
        await settled(pilot, lambda: program.screen is walked, "out again")
        assert walked.walk.k == 2 and walked.walk.outer is None

    drive(program, script)


def test_sixty_keys_at_once_end_at_the_last_one() -> None:
    program = app(LARGE, 1)

    async def script(pilot: Pilot[str]) -> None:
        walked = walking(program)
        walked.move(walked.walk.select(walked.walk.trace.forward_nodes[0]))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(program.screen, CellScreen), "inside")
        screen = program.screen
        assert isinstance(screen, CellScreen)
        await pilot.press(*["right"] * 60)
        await settled(pilot, lambda: screen.shown == 61 and not screen.working, "window 61")
        assert "▒" in screen_text(program)

    drive(program, script, (140, 40))


@pytest.mark.parametrize("k", [1, 30, 31, 600])
def test_the_window_is_on_the_picture_where_it_is_in_the_array(k: int) -> None:
    trace = gv.cells(walk(LARGE).trace, walk(LARGE).trace.forward_nodes[0], channel=0)
    layout = CellLayout(CellStory(trace))
    lines = maps(CellContents(layout, layout.story.frame(k)), 64, 60)
    around, made = lines[1:21], lines[24:44]
    assert all(sum(len(t) for t, _ in line) == 60 for line in (*around, *made))
    row, column = divmod((k - 1) % 600, 30)
    assert marked(around) == {
        (i, j)
        for i in range(row - 1, row + 2)
        for j in range(column - 1, column + 2)
        if 0 <= i < 20 and 0 <= j < 30
    }
    assert marked(made) == {(row, column)}


def marked(lines: Sequence[Line]) -> set[tuple[int, int]]:
    """The elements of a map that are marked."""
    found = set()
    for i, line in enumerate(lines):
        x = 0
        for text, role in line:
            found |= {(i, j // 2) for j in range(x, x + len(text)) if role == WINDOW[1]}
            x += len(text)
    return found


def test_cells_that_no_window_has_made_are_dots() -> None:
    trace = gv.cells(walk(LARGE).trace, walk(LARGE).trace.forward_nodes[0], channel=0)
    layout = CellLayout(CellStory(trace))
    lines = maps(CellContents(layout, layout.story.frame(33)), 64, 60)[24:44]
    text = ["".join(part for part, _ in line) for line in lines]
    assert not text[0].strip() and text[1][:6] == "    ▒▒" and text[1][6:] == "· " * 27
    assert text[2] == "· " * 30


def test_without_colours_the_maps_are_signs_and_the_legend_names_them() -> None:
    trace = gv.cells(walk(LARGE).trace, walk(LARGE).trace.forward_nodes[0], channel=0)
    layout = CellLayout(CellStory(trace))
    lines = maps(CellContents(layout, layout.story.frame(1)), 64, 60, plain=True)
    text = ["".join(part for part, _ in line) for line in lines]
    assert any("@@" in row for row in text[1:21])
    assert re.fullmatch(r"\. near 0, @ ([\d.]+) or -\1", text[21])
    assert maps(CellContents(layout, layout.story.frame(1)), 64, 60)[21][1:6] == [
        ("  ", f"heat {level}") for level in (-64, -32, 0, 32, 64)
    ]


def test_a_picture_larger_than_the_room_shows_every_nth_row() -> None:
    trace = gv.cells(walk(LARGE).trace, walk(LARGE).trace.forward_nodes[0])
    layout = CellLayout(CellStory(trace))
    lines = maps(CellContents(layout, layout.story.frame(1)), 20, 19)
    assert len(lines) <= 19 and "in 3" in lines[0][0][0]
    assert all(sum(len(t) for t, _ in line) <= 20 for line in (*lines[1:8], *lines[11:-1]))


def test_a_window_is_saved_as_a_picture(tmp_path: Path) -> None:
    program = app(CONV, 2)

    async def script(pilot: Pilot[str]) -> None:
        walked = walking(program)
        walked.move(walked.walk.select(walked.walk.trace.graph.find("c")))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(program.screen, CellScreen), "inside")
        screen = program.screen
        await pilot.press("right", "x")
        await type_line(pilot, str(tmp_path / "window.svg"))
        await settled(pilot, lambda: program.screen is screen, "saved")

    drive(program, script)
    assert "window 2 of 4" in (tmp_path / "window.svg").read_text(encoding="utf-8")


def test_the_keys_that_change_settings_do_it_here_too() -> None:
    """From the same table as outside; and the walk has changed when we step out."""
    program = app(LARGE, 1)
    look = {key.action: names(key).split(",")[0] for key in EVERY}

    async def script(pilot: Pilot[str]) -> None:
        walked = walking(program)
        walked.move(walked.walk.select(walked.walk.trace.forward_nodes[0]))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(program.screen, CellScreen), "inside")
        screen = program.screen
        assert isinstance(screen, CellScreen)
        await settled(pilot, lambda: screen.shown == 1 and not screen.working, "the first window")
        grounds = {
            segment.style.bgcolor
            for segment in screen.query_one("#cells").render_line(0)
            if segment.style
        }
        await pilot.press(look["theme"])
        assert program.settings.theme == "light"
        assert {
            s.style.bgcolor for s in screen.query_one("#cells").render_line(0) if s.style
        }.isdisjoint(grounds)
        assert not screen_text(program).isascii()
        await pilot.press(look["ascii"])
        await pilot.pause()
        assert program.settings.ascii and screen_text(program).isascii()
        await pilot.press(look["faster"], look["faster"], look["slower"])
        assert program.settings.speed == 4
        await pilot.press(look["play"], look["faster"])
        assert screen.playing is not None and program.settings.speed == 8
        await pilot.press(look["play"], look["out"])
        await settled(pilot, lambda: program.screen is walked, "out again")
        program.clear_notifications()
        await pilot.pause()
        assert screen_text(program).isascii() and walked.graph.colours == "light"

    drive(program, script, (140, 40))
