"""The code that a graph was written as, line by line, and where in it each node comes from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from gradviz.errors import Span

PIECE: Final = re.compile(r"""(?:'[^'\n]*'|"[^"\n]*"|[^;\n])+""")
"""A line, or a statement of a line that has several."""


class Place(NamedTuple):
    """A part of the code: lines as they are numbered, and columns from 0, the last one excluded."""

    line: int
    column: int
    last_line: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of code.

    lines   each with its number; numbers grow, and those of other parts of a file are left out.
    places  of the nodes that an expression of the code made.
    name    of the file and the function; empty for an expression.
    """

    lines: tuple[tuple[int, str], ...]
    places: Mapping[int, Place]
    name: str = ""


def of_text(text: str, spans: Mapping[int, Span]) -> Code | None:
    """The statements of a text, one per line, with the nodes whose spans are known; None for a text
    of one statement on one line.
    """
    found = ((m.start(), m[0]) for m in PIECE.finditer(text) if m[0].strip())
    rows = [(start + len(line) - len(line.lstrip()), line.strip()) for start, line in found]
    if len(rows) < 2 or not spans:
        return None
    starts = [start for start, _ in rows]

    def at(offset: int) -> tuple[int, int]:
        row = max(0, bisect_right(starts, offset) - 1)
        return row + 1, min(max(0, offset - starts[row]), len(rows[row][1]))

    places = {}
    for node, span in spans.items():
        line, column = at(span.stop - 1)
        places[node] = Place(*at(span.start), line, column + 1)
    return Code(tuple((number, line) for number, (_, line) in enumerate(rows, 1)), places)
