"""Choices as students write them."""

from __future__ import annotations

import pytest

from gradviz.exam.answers import choice


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A", (0,)),
        ("b, D", (1, 3)),
        ("(c)", (2,)),
        ("1 and 2", (0, 1)),
        ("BA", (1, 0)),
        ("a a", (0,)),
    ],
)
def test_choices(text: str, found: tuple[int, ...]) -> None:
    assert choice.places(text, 4) == found
