"""A check as text and as data: gradients next to exact ones and finite differences.

`check` is the result of `gradviz.check`; it has no type here, as views do not import the engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number, plain_minus
from gradviz.export.reports.chain import ChainRule, listed
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, WIDTH, Line, wrapped
from gradviz.export.reports.walks.graph import heading
from gradviz.scene.characters import GRADIENT
from gradviz.story.frame import Story
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.values import briefly, flat, is_written_out, nested
from gradviz.trace import Trace
from gradviz.trace.io.plain import encode

DIGITS = 6
COLUMNS = ("input", "gradient", "exact", "finite differences", "largest error", "verdict")
ROLES = ("", GRADIENT, "", "", MUTED)
LONGEST_EXACT = {"numpy": 12, "cupy": 12, "exact": 40}
"""By backend: exact numbers with longer texts are shown as decimals."""


def check_text(
    check: Any, *, width: int = WIDTH, digits: int = DIGITS, ascii: bool = False
) -> Iterator[Line]:
    """The lines of a check, each a list of (text, role)."""
    for line in _lines(check, width, digits):
        shown = [(plain_minus(text), role) for text, role in line]
        yield [(to_ascii(text) if ascii else text, role) for text, role in shown]


def _lines(check: Any, width: int, digits: int) -> Iterator[Line]:
    story = Story(check.trace, digits)
    yield from heading(story, width)
    yield []
    yield from _table([_cells(row, check.trace, digits) for row in check.rows], width)
    for sentence in dict.fromkeys(s for row in check.rows for s in (*row.kinks, *row.notes)):
        yield from ([("  ", ""), *line] for line in wrapped(sentence, width - 2, MUTED))
    yield []
    yield from wrapped(verdict(check), width, HEADING if check.ok else WARNING)
    if any(row.paths is not None for row in check.rows):
        yield []
        yield [("The chain rule written out", HEADING)]
        yield from ChainRule(story).lines(check.rows, width)


def verdict(check: Any) -> str:
    """The outcome in one sentence."""
    names = {
        v: [row.name for row in check.rows if row.verdict == v]
        for v in ("kink", "unclear", "differs")
    }
    if names["differs"]:
        return f"The gradient of {listed(names['differs'])} differs."
    if names["unclear"]:
        return f"The gradient of {listed(names['unclear'])} cannot be checked."
    if names["kink"]:
        rest = " All others agree." if len(names["kink"]) < len(check.rows) else ""
        return f"The gradient of {listed(names['kink'])} is a convention at a kink.{rest}"
    count = len(check.rows)
    return {1: "The gradient agrees.", 2: "Both gradients agree."}.get(
        count, f"All {count} gradients agree."
    )


def _table(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[Line]:
    """A row for every input; a block of lines for every input if a row is too long."""
    wide = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    if sum(wide) + 2 * len(wide) - 2 > width:
        for cells in rows:
            yield from _block(cells, width)
        return
    for i, cells in enumerate((COLUMNS, *rows)):
        roles = (*ROLES, _role(cells[-1])) if i else (MUTED,) * len(cells)
        padded = [c.ljust(w + 2) for c, w in zip(cells[:-1], wide, strict=False)]
        yield list(zip([*padded, cells[-1]], roles, strict=True))


def _block(cells: Sequence[str], width: int) -> Iterator[Line]:
    name, error, outcome = cells[0], cells[4], cells[5]
    yield [(f"{name}: ", ""), (outcome, _role(outcome)), (f", largest error {error}", MUTED)]
    lead = max(map(len, COLUMNS[1:4])) + 4
    for title, cell, role in zip(COLUMNS[1:4], cells[1:4], ROLES[1:4], strict=True):
        for i, line in enumerate(wrapped(cell, width - lead, role)):
            yield [(f"  {title}".ljust(lead) if i == 0 else " " * lead, MUTED), *line]


def _role(outcome: str) -> str:
    return {"agrees": "", "differs": WARNING}.get(outcome, HOT)


def _cells(row: Any, trace: Trace, digits: int) -> tuple[str, ...]:
    """The cells for one input; a dash marks a missing value."""
    longest = LONGEST_EXACT[trace.backend]
    if trace.backend == "exact":
        gradient = _exact(row.ours, digits, longest)
    else:
        gradient = briefly(trace.xp, row.ours, "report", digits)
    exact = "-" if row.exact is None else _exact(row.exact, digits, longest)
    error = "-" if row.verdict == "unclear" else f"{row.error:.1e}" if row.error else "0"
    return row.name, gradient, exact, _measured(row.measured, digits), error, row.verdict


def _exact(value: Any, digits: int, longest: int) -> str:
    """Exact numbers if all of them are short, else decimals."""
    from gradviz.arrays.exact import floats

    plain, decimals = for_backend("exact").plain(value), floats(value)
    if is_written_out(decimals.shape, "report") and all(
        len(text) <= longest for text in flat(plain)
    ):
        return nested(plain)
    return briefly(for_backend(), decimals, "report", digits)


def _measured(value: Any, digits: int) -> str:
    """Measured numbers; of many elements only some were perturbed."""
    moved = [v for v in flat(value.tolist()) if not math.isnan(v)]
    if not moved:
        return "-"
    if len(moved) == value.size:
        return briefly(for_backend(), value, "report", digits)
    low, high = number(min(moved), digits), number(max(moved), digits)
    return f"[{len(moved)} of {value.size} elements, from {low} to {high}]"


def check_data(check: Any) -> dict[str, Any]:
    """The check as JSON-ready data; an element that was not perturbed is null in `measured`."""
    return {
        "source": check.trace.source,
        "ok": check.ok,
        "said": verdict(check),
        "rows": [_row_data(row, check.trace) for row in check.rows],
    }


def _row_data(row: Any, trace: Trace) -> dict[str, Any]:
    return {
        "name": row.name,
        "gradient": encode(trace.xp, row.ours),
        "exact": None if row.exact is None else for_backend("exact").plain(row.exact),
        "measured": _without_nan(row.measured.tolist()),
        "error": row.error,
        "verdict": row.verdict,
        "kinks": list(row.kinks),
        "notes": list(row.notes),
        "paths": None if row.paths is None else [_path_data(path, trace) for path in row.paths],
    }


def _path_data(path: Any, trace: Trace) -> dict[str, Any]:
    return {
        "edges": [edge._asdict() for edge in path.edges],
        "locals": [encode(trace.xp, v) for v in path.locals],
        "product": encode(trace.xp, path.product),
    }


def _without_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return value if math.isfinite(value) else None
