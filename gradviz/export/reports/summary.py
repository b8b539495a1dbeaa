"""A network's summary as text: a table of its layers, with totals."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.networks.summary import Row, Summary
from gradviz.ops.op import say_shape
from gradviz.story.maths.ascii import to_ascii

HEADS = ("layer", "op", "output", "parameters", "multiply-adds", "sees", "memory")
TO_THE_LEFT = {"layer", "op", "output"}
SPARED = ("op", "sees", "memory")
"""Columns to omit, in this order, if the table is too wide."""
NOTE = (
    "sees: the receptive field, the rows and columns of the image that a value depends on. memory:"
    " parameters and values in float32; a backward pass takes as much again for gradients. Sizes"
    " are those of one sample."
)
GAP, RULE = "  ", "─"


def summary_text(summary: Summary, width: int, *, ascii: bool = False) -> Iterator[Line]:
    """The lines of the table, each a list of (text, role)."""
    for line in _lines(summary, width):
        yield [(to_ascii(text.replace(RULE, "-")) if ascii else text, role) for text, role in line]


def _lines(summary: Summary, width: int) -> Iterator[Line]:
    if summary.source:
        yield from wrapped(summary.source, width, HEADING)
        yield []
    total = (
        "total",
        "",
        "",
        f"{summary.parameters:,}",
        f"{summary.work:,}",
        "",
        memory(summary.memory),
    )
    columns = dict(
        zip(HEADS, zip(HEADS, *map(_cells, summary.rows), total, strict=True), strict=True)
    )
    left_out = []
    for spared in SPARED:
        if _width(columns) > width:
            del columns[spared]
            left_out.append(spared)
    last = len(summary.rows) + 1
    for i in range(last + 1):
        if i in (1, last):
            yield [(RULE * min(width, _width(columns)), MUTED)]
        cells = [
            _aligned(head, column[i], max(map(len, column))) for head, column in columns.items()
        ]
        yield [(GAP.join(cells).rstrip(), HEADING if i in (0, last) else "")]
    yield []
    yield from wrapped(NOTE, width, MUTED)
    if left_out:
        yield from wrapped(f"Omitted to fit --width {width}: {', '.join(left_out)}.", width, MUTED)


def _cells(row: Row) -> tuple[str, ...]:
    field = "" if row.field is None else "×".join(map(str, row.field))
    ops = "+".join(row.ops)
    return (
        row.layer,
        ops,
        say_shape(row.shape),
        f"{row.parameters:,}" if row.parameters else "",
        f"{row.work:,}" if row.work else "",
        field,
        memory(row.memory),
    )


def _width(columns: dict[str, tuple[str, ...]]) -> int:
    return sum(max(map(len, column)) for column in columns.values()) + len(GAP) * (len(columns) - 1)


def _aligned(head: str, cell: str, width: int) -> str:
    return cell.ljust(width) if head in TO_THE_LEFT else cell.rjust(width)


def memory(count: int) -> str:
    """Bytes as a table shows them: `36 MB`, `1.2 kB`, `292 B` (1 kB is 1000 bytes)."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return (
                f"{count / size:.3g} {unit}"
                if count < 1000 * size
                else f"{count / size:,.0f} {unit}"
            )
    return f"{count} B"
