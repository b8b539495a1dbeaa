"""The table of line characters, checked against the names that Unicode gives them."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest

from gradviz.layout.grid.glyphs import ASCII, UNICODE, arms

WEIGHTS = {"LIGHT": 1, "HEAVY": 2}
DIRECTIONS = {
    "UP": "u",
    "RIGHT": "r",
    "DOWN": "d",
    "LEFT": "l",
    "VERTICAL": "ud",
    "HORIZONTAL": "rl",
}


COMBINATIONS = list(product(range(3), repeat=4))


def arms_by_name(char: str) -> dict[str, int]:
    """The arms that a Unicode name tells: `HEAVY UP AND RIGHT`, `UP HEAVY AND RIGHT DOWN LIGHT`."""
    found: dict[str, int] = {}
    weight = 0
    for part in unicodedata.name(char).removeprefix("BOX DRAWINGS ").split(" AND "):
        words = part.split()
        weight = next((WEIGHTS[word] for word in words if word in WEIGHTS), weight)
        for word in words:
            if word not in WEIGHTS:
                found |= dict.fromkeys(DIRECTIONS[word], weight)
    return found


@pytest.mark.parametrize("weights", COMBINATIONS)
def test_every_combination_of_arms_has_the_character_of_its_name(
    weights: tuple[int, int, int, int],
) -> None:
    char = UNICODE.lines[arms(*weights)]
    expected = {
        direction: weight for direction, weight in zip("urdl", weights, strict=True) if weight
    }
    assert char == " " if not expected else arms_by_name(char) == expected


def test_the_81_characters_differ() -> None:
    assert len({UNICODE.lines[arms(*weights)] for weights in COMBINATIONS}) == 81


@pytest.mark.parametrize("weights", COMBINATIONS)
def test_ascii_keeps_the_shape(weights: tuple[int, int, int, int]) -> None:
    up, right, down, left = weights
    upright, level = max(up, down), max(right, left)
    heavy = 2 in (upright, level)
    expected = {
        (False, False): " ",
        (True, False): "#" if heavy else "|",
        (False, True): "=" if heavy else "-",
        (True, True): "#" if heavy else "+",
    }[bool(upright), bool(level)]
    assert ASCII.lines[arms(*weights)] == expected
