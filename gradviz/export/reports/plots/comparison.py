"""A comparison in characters: a table with a column for each run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.text import MUTED, Line, wrapped
from gradviz.story.plot.kinds.comparison import ABSENT
from gradviz.trace.plots.comparison import Comparison, Large

ROLES: Final = {"value": "value", "result": "hot", "gradient": "gradient"}


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The names of the runs, then a row for each number."""
    content: Comparison = teller.content
    rows = [
        (teller.name(row), row.label, [teller.said(v) for v in row.numbers], ROLES[row.kind])
        for row in content.rows
    ]
    names = [name for name, *_ in rows] + [teller.of_large(large) for large in content.large]
    first = max(map(len, names), default=0)
    second = max((len(label) for _, label, *_ in rows), default=0)
    sizes = [
        max([len(side.name), *(len(row[2][k]) for row in rows)])
        for k, side in enumerate(content.sides)
    ]
    heads = [side.name.rjust(size) for side, size in zip(content.sides, sizes, strict=True)]
    yield [(" " * (first + second + 2) + "  ".join(heads), MUTED)]
    yield from _small(rows, first, second, sizes)
    for large in content.large:
        yield from _large(teller, large, first, width)


def _small(
    rows: list[tuple[str, str, list[str], str]], first: int, second: int, sizes: list[int]
) -> Iterator[Line]:
    """A line for each number."""
    last = ""
    for name, label, numbers, role in rows:
        shown = "" if name == last else name
        cells = [cell.rjust(size) for cell, size in zip(numbers, sizes, strict=True)]
        yield [(f"{shown.ljust(first)} {label.ljust(second)} ", ""), ("  ".join(cells), role)]
        last = name


def _large(teller: Any, large: Large, first: int, width: int) -> Iterator[Line]:
    """How a large array differs: `W  norms 4.2 and 4.5; 12 of 7,500 differ, …`."""
    name, said = teller.of_large(large).ljust(first), teller.extents(large)
    norms = ", ".join(words[0].removeprefix("norm ") for words in said)
    apart = [", ".join(words[1:]) for words in said[1:]]
    told = f"norms {norms}; {'; '.join(filter(None, apart)) or ABSENT}"
    for n, line in enumerate(wrapped(told, width - len(name) - 2, ROLES[large.kind])):
        yield [(name if not n else " " * len(name), ""), ("  ", ""), *line]
