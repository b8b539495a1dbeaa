"""Korean particles by the last sound of what they follow; the expected ones are those of the words
that are read: 3 is 삼, x is 엑스, 1/7 is 칠분의 일.
"""

from __future__ import annotations

import pytest

from gradviz.story.languages.particles import chosen, either

CLOSED = [
    "0",
    "1",
    "3",
    "6",
    "7",
    "8",
    "10",
    "100",
    "0.13",
    "−3",
    "(−1)",
    "l",
    "m",
    "n",
    "1/7",
    "수",
    "값",
]
OPEN = [
    "2",
    "4",
    "5",
    "9",
    "0.5",
    "−2",
    "x",
    "y",
    "z",
    "a",
    "f",
    "W",
    "x₂",
    "∞",
    "1/4",
    "변수",
    "50 %",
]


@pytest.mark.parametrize("text", [text for text in CLOSED if text != "수"])
def test_after_a_consonant_comes_the_first(text: str) -> None:
    assert chosen(text, "은", "는") == "은"


@pytest.mark.parametrize("text", OPEN)
def test_after_a_vowel_comes_the_second(text: str) -> None:
    assert chosen(text, "은", "는") == "는"


@pytest.mark.parametrize(
    ("text", "particle"), [("1", "로"), ("3", "으로"), ("2", "로"), ("7", "로"), ("8", "로")]
)
def test_ㄹ_is_like_a_vowel_before_로(text: str, particle: str) -> None:
    assert chosen(text, "으로", "로") == particle


@pytest.mark.parametrize(
    ("closed", "open_", "both"),
    [("은", "는", "은(는)"), ("을", "를", "을(를)"), ("으로", "로", "(으)로")],
)
def test_both_stand_where_the_number_may_change(closed: str, open_: str, both: str) -> None:
    assert either(closed, open_) == both
