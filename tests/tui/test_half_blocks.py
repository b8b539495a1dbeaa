"""Pictures of half blocks: every point in its place and colour, and as small as the pane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from gradviz.arrays import for_backend
from gradviz_tui.view import palette
from gradviz_tui.view.half_blocks import HALF, heat_lines, photo_lines, size
from tests.tui.driving import drive, settled
from tests.tui.samples import app, screen_text, walking

XP = for_backend("numpy")


def roles(line: list[tuple[str, str]]) -> list[str]:
    return [role for text, role in line for _ in text]


def test_two_rows_of_points_stand_in_one_of_the_screen() -> None:
    """Red over green, blue over white; a third row has nothing below it."""
    red, green, blue, white, black = (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0)
    image = np.array([[red, blue], [green, white], [black, red]]).transpose(2, 0, 1)
    first, second = photo_lines(XP, image, 10, 5)
    assert first == [(HALF, "points #ff0000 #00ff00"), (HALF, "points #0000ff #ffffff")]
    assert second == [(HALF, "points #000000 "), (HALF, "points #ff0000 ")]
    style = palette.look("dark", roles(first)[0])
    assert style.color is not None and style.color.name == "#ff0000"
    assert style.bgcolor is not None and style.bgcolor.name == "#00ff00"


@pytest.mark.parametrize(
    ("values", "grey"), [([[0, 0.5]], "808080"), ([[0, 128]], "808080"), ([[-1, 1]], "ffffff")]
)
def test_the_range_of_an_image(values: list[list[float]], grey: str) -> None:
    assert roles(photo_lines(XP, np.array(values, float), 9, 9)[0])[1] == f"points #{grey} "


def test_a_matrix_as_heat_and_without_colours() -> None:
    matrix = np.array([[2.0, -1.0], [0.0, np.inf]])
    assert roles(heat_lines(XP, matrix, 9, 9, levels=64)[0][0]) == ["heats 64 0", "heats -32 0"]
    assert heat_lines(XP, np.array([[2.0, 0.0], [2.0, 0.0]]), 9, 9, levels=64, plain=True)[0] == [
        [("@ ", "plain")]
    ]


@given(st.integers(1, 300), st.integers(1, 300), st.integers(3, 120), st.integers(2, 50))
def test_every_picture_fits_its_pane_and_keeps_its_shape(
    rows: int, columns: int, width: int, height: int
) -> None:
    shown = size((rows, columns), width, height)
    assert 1 <= shown[0] <= min(rows, 2 * height) and 1 <= shown[1] <= min(columns, width)
    lines, _ = heat_lines(XP, np.ones((rows, columns)), width, height, levels=64)
    assert len(lines) <= height and all(
        sum(len(text) for text, _ in line) <= width for line in lines[:1]
    )
    if shown == (rows, columns):
        assert len(lines) == -(-rows // 2)


def test_an_image_in_the_program_is_whole_and_in_its_colours() -> None:
    program = app(("sum(image*image)", "image=random:1:3x60x60"), 6)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        screen.move(screen.walk.select(0))
        await pilot.press("a")
        await settled(pilot, lambda: HALF in screen_text(program), "the picture")
        text = screen_text(program)
        assert (
            text.count("each point is the mean of") == 2
            and "image gradient, channel 1 of 3" in text
        )
        await pilot.press("A")
        await pilot.pause()
        assert screen_text(program).isascii() and "image gradient" in screen_text(program)

    drive(program, script, (100, 40))
