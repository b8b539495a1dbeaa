"""Three viewpoints in characters: each score worked out, the plane, the rows as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradviz.export.reports.plots.plane import FIELDS, fields
from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.trace.plots.viewpoints import Viewpoints


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """A line for each score, then a canvas."""
    content: Viewpoints = teller.content
    names = [teller.name(row) for row in content.rows]
    column = max(map(len, names)) + 2
    for row, name in zip(content.rows, names, strict=True):
        indent = " " * column
        first, *more = wrapped(teller.line(row), width - column)
        role = "hot" if row == content.highest else ""
        yield [(name.ljust(column), HEADING), *[(text, role) for text, _ in first]]
        for line in more:
            yield [(indent, ""), *line]
    yield []
    yield from fields(content.plane, width, ascii=ascii)
    x, y = content.plane.variables
    yield [(f"{x} to the right, {y} upwards", MUTED)]
    for sign, name in zip(FIELDS[ascii], names, strict=False):
        if len(names) > 1:
            yield [(f"{sign} where {name} is the highest", MUTED)]
