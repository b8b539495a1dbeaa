"""A sheet of characters: boxes, texts and lines, beside what they are by hand."""

from __future__ import annotations

import pytest

from gradviz.layout.grid import Sketch, Stroke


def text(sheet: Sketch) -> list[str]:
    return ["".join(part for part, _ in row) for row in sheet.rows()]


@pytest.mark.parametrize(
    ("ascii", "heavy", "box"),
    [
        (False, False, ["╭──╮", "│  │", "╰──╯"]),
        (False, True, ["┏━━┓", "┃  ┃", "┗━━┛"]),
        (True, False, ["+--+", "|  |", "+--+"]),
        (True, True, ["#==#", "#  #", "#==#"]),
    ],
)
def test_boxes(ascii: bool, heavy: bool, box: list[str]) -> None:
    sheet = Sketch(4, 3, ascii=ascii)
    sheet.box(0, 0, 4, 3, "hot", heavy=heavy)
    found = text(sheet)
    assert found == box
    assert all(role == "hot" for row in sheet.rows() for part, role in row if part.strip())


def test_a_level_line_is_one_row_of_dots_and_a_heavy_one_two() -> None:
    """Dots 2 and 5 of each cell are the second row; with 3 and 6 the third too."""
    sheet = Sketch(3, 2)
    sheet.line(0, 0, 2, 0, Stroke("wire"))
    sheet.line(0, 1, 2, 1, Stroke("hot", heavy=True))
    low, high = text(sheet)
    assert low in ("⠒⠒⠒", "⠤⠤⠤") and high in ("⠶⠶⠶", "⣤⣤⣤")


def test_a_dash_is_five_dots_and_its_gap_four() -> None:
    sheet = Sketch(9, 1)
    sheet.line(0, 0, 8, 0, Stroke("wire", dashed=True))
    (row,) = text(sheet)
    bits = [
        bool((ord(cell) - 0x2800) & column)
        for cell in row.replace(" ", "\u2800").ljust(9, "\u2800")
        for column in (0x47, 0xB8)
    ]
    assert bits == ([True] * 5 + [False] * 4) * 2


def test_lines_add_up_where_they_cross_and_this_step_s_colour_wins() -> None:
    sheet = Sketch(5, 3)
    sheet.line(0, 0, 4, 2, Stroke("wire"))
    alone = text(sheet)[1][2]
    sheet.line(0, 2, 4, 0, Stroke("hot", heavy=True))
    both = text(sheet)[1][2]
    assert (ord(both) - 0x2800) & (ord(alone) - 0x2800) == ord(alone) - 0x2800
    assert "hot" in {role for part, role in list(sheet.rows())[1] if both in part}


def test_signs_show_the_slope_in_ascii() -> None:
    sheet = Sketch(7, 3, ascii=True)
    sheet.line(0, 0, 6, 2, Stroke("wire"))
    joined = "".join(text(sheet))
    assert joined.isascii() and "\\" in joined and "/" not in joined
    sheet = Sketch(7, 1, ascii=True)
    sheet.line(0, 0, 6, 0, Stroke("hot", dashed=True, heavy=True))
    assert text(sheet) == ["== == ="]


def test_what_is_beyond_the_sheet_is_cut_off() -> None:
    sheet = Sketch(3, 1)
    sheet.write(1, 0, "abc")
    sheet.write(0, 5, "no")
    sheet.line(-4, 0, 9, 4, Stroke("wire"))
    assert text(sheet)[0][1:] == "ab" and len(text(sheet)) == 1
