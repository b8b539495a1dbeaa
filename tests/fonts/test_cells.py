"""How many cells a text takes, and how it is cut."""

from __future__ import annotations

import textwrap
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gradviz.fonts.cells import cells, cut, fit, ljust, rjust, split, widest, window, wrap


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


WRITTEN = [
    "भार",
    "पूर्वाग्रह",
    "ค่าน้ำหนัก",
    "가중치",
    "\u1100\u1161\u11ab",
    "重み",
    "ﾊﾝ",
    "قيمة",
    "שָׁלוֹם",
    "தமிழ்",
    "😀",
    "👩\u200d🔬",
    "👍\U0001f3fd",
    "♥\ufe0f",
    "é",
    "x̂",
    "🇰🇷",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_rich_which_textual_lays_out_with_counts_alike(text: str) -> None:
    for whole in (text, f"a{text}b", f"{text} {text}", text * 3):
        assert cells(whole) == cell_len(whole), whole


def test_rich_counts_every_letter_and_mark_alike() -> None:
    """But for a filler that no name is written with; letters of Unicode to come are no matter."""
    characters = (chr(code) for code in range(0x20, 0x20000))
    letters = (c for c in characters if unicodedata.category(c)[0] in "LM")
    apart = [c for c in letters if cells(c) != cell_len(c)]
    assert all(unicodedata.name(c).endswith("HANGUL FILLER") for c in apart), apart


PARAGRAPHS = st.lists(
    st.one_of(st.sampled_from(WRITTEN), st.text("ab重가- ", max_size=12)), max_size=12
)


@given(PARAGRAPHS, st.integers(2, 40))
def test_wrapped_lines_fit_and_keep_every_word(words: list[str], width: int) -> None:
    text = " ".join(words)
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    kept = "".join("".join(split(line)) for line in lines)
    assert kept.replace(" ", "") == "".join(split(text)).replace(" ", "")


@given(st.text("ab -cde", max_size=60), st.integers(2, 30))
def test_narrow_text_is_wrapped_as_python_does(text: str, width: int) -> None:
    assert wrap(text, width) == textwrap.wrap(text, width, break_on_hyphens=False)


@pytest.mark.parametrize("text", ["가중치", "भार", "ab", ""])
def test_columns_are_filled_to_their_width(text: str) -> None:
    for width in (6, 10):
        assert ljust(text, width).startswith(text) and rjust(text, width).endswith(text)
        assert cell_len(ljust(text, width)) == cell_len(rjust(text, width)) == width
    assert widest([text, "x"]) == max(cell_len(text), 1) and widest([]) == 0


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [("가중치", 6, "가중치"), ("가중치", 5, "가중…"), ("가중치", 4, "가…"), ("abc", 2, "a…")],
)
def test_a_cut_text_is_not_filled(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected
