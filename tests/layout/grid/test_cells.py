"""How many cells a text takes, and how it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.layout.grid import cells, fit
from gradviz.layout.grid.text import split, window


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("x*y", 3),
        ("∂ -0.25", 7),
        ("σ(w₁)", 5),
        ("入力", 4),
        ("한글", 4),
        ("\uff21\uff22", 4),
        ("e\u0301", 1),
        ("x\u0302\u0304y", 2),
        ("a\u200db", 2),
    ],
)
def test_cells(text: str, expected: int) -> None:
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 5, "abc  "),
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abcd", 1, "…"),
        ("abcd", 0, ""),
        ("入力値", 6, "入力値"),
        ("入力値", 5, "入力…"),
        ("入力値", 4, "入… "),
        ("入力", 5, "入力 "),
        ("e\u0301fgh", 3, "e\u0301f…"),
    ],
)
def test_fit(text: str, width: int, expected: str) -> None:
    assert fit(text, width) == expected


def test_fit_takes_other_characters_for_the_end_and_the_rest() -> None:
    assert fit("f", 4, fill="─") == "f───"
    assert fit("入力値", 4, fill="-", cut=">") == "入>-"


def test_split_gives_a_part_for_each_cell() -> None:
    assert split("a入e\u0301b") == ("a", "入", "", "e\u0301", "b")
    assert split("入\u0301") == ("入\u0301", "")


def test_split_draws_nothing_that_a_terminal_would_act_on() -> None:
    assert split("a\nb\x1b[0m\t") == ("a", " ", "b", " ", "[", "0", "m", " ")
    assert split("a\u2028b\u0085") == ("a", " ", "b", " ")
    assert split("a\u202eb\u200d") == ("a", "b")
    assert split("\u0301a") == ("a",)


def test_half_a_wide_character_becomes_a_blank() -> None:
    parts = split("入力値")
    assert "".join(window(parts, 1, 6)) == " 力値"
    assert "".join(window(parts, 0, 5)) == "入力 "
    assert "".join(window(parts, 1, 2)) == " "


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12), st.integers(0, 14))
def test_fit_always_takes_exactly_the_cells_asked_for(text: str, width: int) -> None:
    fitted = fit(text, width)
    assert cells(fitted) == width
    assert fitted.startswith(text) if cells(text) <= width else "…" in fitted or width == 0


@given(st.text(max_size=12))
def test_split_agrees_with_cells(text: str) -> None:
    assert len(split(text)) == cells(text)
