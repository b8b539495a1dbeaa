"""Grids of numbers in characters, what is at work in brackets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gradviz.layout.grid import Run
from gradviz.scene.characters import GRADIENT, VALUE

Spot = tuple[int, int]
"""A row and a column."""
HOT, MUTED = "hot", "muted"
ROLES: Final = {"value": VALUE, "gradient": GRADIENT, "hot": HOT, "ink": "", "muted": MUTED}
"""What the roles of pictures are called here."""


def bracketed(
    size: Spot,
    known: Mapping[Spot, tuple[str, str]],
    lit: set[Spot],
    pads: tuple[Spot, Spot] = ((0, 0), (0, 0)),
    wide: int = 1,
) -> Iterator[list[Run]]:
    """A grid of numbers, each with its role and in columns of at least so many characters, what is
    lit in brackets.
    """
    (top, bottom), (left, right) = pads
    rows, columns = size
    across = max([wide, *(len(words) for words, _ in known.values())])
    for i in range(-top, rows + bottom):
        line: list[Run] = []
        for j in range(-left, columns + right + 1):
            line.append((_edge(lit, (i, j)), HOT))
            if j < columns + right:
                inside = 0 <= i < rows and 0 <= j < columns
                words, role = known.get((i, j), ("." if inside else "", MUTED))
                line.append((words.rjust(across), role))
        yield line


def _edge(lit: set[Spot], spot: Spot) -> str:
    """The text to the left of a cell: a bracket where the window begins or ends."""
    before, here = (spot[0], spot[1] - 1) in lit, spot in lit
    return " [" if here and not before else "] " if before and not here else "  "
