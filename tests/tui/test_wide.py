"""A wide screen: larger cards, the paths of a gradient, and the table of all values."""

from __future__ import annotations

import pytest

from gradviz.layout.grid import cells
from gradviz.story.frame import Story
from gradviz_tui.view import areas
from gradviz_tui.view.lines_widget import stretches
from gradviz_tui.view.overview import overview, table
from gradviz_tui.view.pictured import USUAL, pictured, room_of
from tests.tui.driving import drive
from tests.tui.samples import app, opened, screen_text, walk, walk_of

CIRCUIT = ("x*y + z", "x=-3", "y=5", "z=2")
BRANCH = ("x*y + x", "x=2", "y=3")


def said(lines: object) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]  # type: ignore[attr-defined]


def test_every_value_and_gradient_stands_in_the_table() -> None:
    """∂f/∂x = y, ∂f/∂y = x, ∂f/∂z = 1; what is not known yet is a dot."""
    story = Story(opened(CIRCUIT).trace)
    assert said(table(story.frame("final"), 60, 20)) == [
        "node   value   gradient",
        "x      -3      5",
        "y      5       -3",
        "z      2       1",
        "a      -15     1",
        "f      -13     1",
    ]
    early = said(table(story.frame(1), 60, 20))
    assert early[4:] == ["a      -15     ·", "f      ·       ·"]


def test_a_long_table_shows_the_page_of_this_step() -> None:
    text = "; ".join(f"n{i} = {'x' if not i else f'n{i - 1}'}*2" for i in range(30))
    story = Story(opened((text, "x=1")).trace)
    shown = said(table(story.frame(20), 40, 12))
    assert len(shown) == 12 and any(row.startswith("n19 ") for row in shown)


def test_paths_are_told_as_they_arrive() -> None:
    """x*y + x at 2 and 3: ∂f/∂x = 1 + 3 by two paths, of which none may be told early."""
    here = walk(BRANCH)
    story, x = Story(here.trace), 0
    writes = [step.number for step in here.trace.contributions(x)]
    before, between, done = (
        said(overview(story.frame(k), here.at(k).select(x), 60, 30, ascii=True))
        for k in (writes[0] - 1, writes[0], writes[-1])
    )
    assert before[1:4] == ["2 paths lead from f back to x", "f -> a -> x   ?", "f -> x        ?"]
    assert sum(row.endswith("?") for row in between[2:4]) == 1
    assert done[2:5] == ["f -> a -> x   1 * 3 = 3", "f -> x        1", "dx = 3 + 1 = 4"]


@pytest.mark.parametrize("size", [(150, 36), (200, 60)])
@pytest.mark.parametrize("words", [CIRCUIT, BRANCH, ("sum(A @ B)", "A=[[1,2],[3,4]]", "B=[5,6]")])
def test_cards_are_as_large_as_there_is_room_for(
    words: tuple[str, ...], size: tuple[int, int]
) -> None:
    story = Story(opened(words).trace)
    room = room_of(*size)
    usual, wide = pictured(story, USUAL), pictured(story, room)
    assert (
        usual.layout.width
        < wide.layout.width
        <= room[0]
        == areas.picture(areas.shared(*size), size[0])[0]
    )
    assert usual.layout.height < wide.layout.height <= room[1]


def test_large_graphs_keep_small_cards() -> None:
    text = "; ".join(f"n{i} = {'x' if not i else f'n{i - 1}'}*2" for i in range(70))
    story = Story(opened((text, "x=1")).trace)
    assert pictured(story, room_of(200, 60)).layout == pictured(story, USUAL).layout


def test_a_wide_screen_shows_all_of_it_and_a_narrower_one_the_step() -> None:
    program = app(CIRCUIT, 6)

    async def script(pilot: object) -> None:
        shown = screen_text(program)
        assert "gradient  5" in shown and "f → a → x   1 · 5 = 5" in shown
        assert "node   value   gradient" in shown
        await pilot.resize_terminal(120, 40)  # type: ignore[attr-defined]
        await pilot.pause()  # type: ignore[attr-defined]
        shown = screen_text(program)
        assert "∂ 5" in shown and "node   value   gradient" not in shown

    drive(program, script, size=(200, 60))


def test_nothing_is_wider_than_its_pane() -> None:
    here = walk_of(opened(("net:tiny-cnn", "image=random:3", "label=1")).trace)
    story = Story(here.trace)
    for k in range(0, here.total + 1, 3):
        for width, height in ((40, 9), (88, 40)):
            lines = said(overview(story.frame(k), here.at(k), width, height, ascii=False))
            assert len(lines) <= height and all(cells(line) <= width for line in lines)


def test_rows_are_redrawn_in_stretches() -> None:
    assert stretches([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 1), (9, 2)]
    assert stretches([]) == []
