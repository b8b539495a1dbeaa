"""Handwritten digits, two of each class, 8×8: UCI's Optical Recognition of Handwritten Digits.

Alpaydin and Kaynak, 1998, https://doi.org/10.24432/C50P49, licence CC BY 4.0; the file says so too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from gradviz.errors import ValueInputError
from gradviz.sources.values import Asked, Given, Value
from gradviz.sources.values.picture import as_input

PREFIX = "digit:"

FILE = Path(__file__).with_name("digits.txt")
MOST = 16
"""The number in a cell that is fully inked."""


@cache
def _cells() -> dict[tuple[int, int], list[list[int]]]:
    """The cells of every digit, by its class and its number."""
    found: dict[tuple[int, int], list[list[int]]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("digit "):
            kind, _, number = line.removeprefix("digit ").partition(":")
            rows = found[int(kind), int(number)] = []
        elif line and not line.startswith("#"):
            rows.append([int(word) for word in line.split()])
    return found


def digit(kind: int, number: int = 1) -> Any:
    """A handwritten digit as an array (8, 8) from 0, paper, to 1, ink.

    Raises ValueInputError for a digit that does not exist.
    """
    import numpy as np

    if (kind, number) not in _cells():
        raise ValueInputError(
            "there is no such digit",
            expected="digit:0 to digit:9, and the second of each, as in digit:3:2",
            got=f"digit:{kind}:{number}",
        )
    return np.array(_cells()[kind, number]) / MOST


def from_text(text: str) -> Any:
    """The digit of `digit:3` or `digit:3:2`. Raises ValueInputError."""
    words = text.removeprefix(PREFIX).split(":")
    if len(words) > 2 or not all(w.isdecimal() and w.isascii() and len(w) < 4 for w in words):
        raise ValueInputError(
            "not a digit", expected="digit:0 to digit:9, or digit:3:2 for the second 3", got=text
        )
    return digit(*map(int, words))


def read(asked: Asked) -> Given:
    """The digit in the shape that its input declares. Raises ValueInputError."""
    return as_input(from_text(asked.text), asked.shape, asked.text)


VALUE = Value("a handwritten digit", read, prefix=PREFIX, is_fitted=True)
