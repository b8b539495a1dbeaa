"""A comparison in characters: a table with a column for each run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.text import MUTED, Line
from gradviz.trace.plots.comparison import Comparison

ROLES: Final = {"value": "value", "result": "hot", "gradient": "gradient"}


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The names of the runs, then a row for each number."""
    content: Comparison = teller.content
    rows = [
        (teller.name(row), row.label, [teller.said(v) for v in row.numbers], ROLES[row.kind])
        for row in content.rows
    ]
    first = max((len(name) for name, *_ in rows), default=0)
    second = max((len(label) for _, label, *_ in rows), default=0)
    sizes = [
        max(len(side.name), *(len(row[2][k]) for row in rows))
        for k, side in enumerate(content.sides)
    ]
    heads = [side.name.rjust(size) for side, size in zip(content.sides, sizes, strict=True)]
    yield [(" " * (first + second + 2) + "  ".join(heads), MUTED)]
    last = ""
    for name, label, numbers, role in rows:
        shown = "" if name == last else name
        cells = [cell.rjust(size) for cell, size in zip(numbers, sizes, strict=True)]
        yield [(f"{shown.ljust(first)} {label.ljust(second)} ", ""), ("  ".join(cells), role)]
        last = name
