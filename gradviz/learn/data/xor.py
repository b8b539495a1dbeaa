"""Exclusive or: four corners of a square, which no line separates."""

from typing import Any

from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data


def make(random: Any) -> Data:
    """The four rows of its truth table, at 0 and 1."""
    return samples("xor", [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], classes=("0", "1"))


SET = Set("the four rows of exclusive or", make)
