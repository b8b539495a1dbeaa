"""A check as text and as data: gradients next to exact ones and finite differences.

`check` is the result of `gradviz.check`; it has no type here, as views do not import the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number, plain_minus
from gradviz.export.reports.chain import ChainRule, listed
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, WIDTH, Line, wrapped
from gradviz.export.reports.walks.graph import heading
from gradviz.layout.grid import ljust, widest
from gradviz.scene.characters import GRADIENT
from gradviz.story.frame import Story
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.values import briefly, flat, is_written_out, nested
from gradviz.trace import Trace
from gradviz.trace.io.plain import encode

DIGITS = 6
COLUMNS = ("input", "gradient", "exact", "finite differences", "largest error", "verdict")
ROLES = ("", GRADIENT, "", "", MUTED)
WITHOUT = {"jump": "a jump", "undefined": "none", "unknown": "?"}
"""What stands in place of a slope that is not a number."""
LONGEST_EXACT = {"exact": 40}
"""By backend, 12 otherwise: exact numbers with longer texts are shown as decimals."""


SAID = {
    "differs": "The gradient of {} differs.",
    "not defined here": "The gradient of {} is not defined here.",
    "cannot be measured": "The gradient of {} cannot be measured.",
    "no derivative here": "With respect to {} there is no derivative here.",
}
"""What is said of the inputs with each verdict, the gravest first."""


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
    yield from wrapped(verdict(check), width, WARNING if check.differs else HEADING)
    if any(row.paths is not None or row.sums for row in check.rows):
        yield []
        yield [("The chain rule written out", HEADING)]
        yield from ChainRule(story).lines(check.rows, width)


def verdict(check: Any) -> str:
    """The outcome: a sentence for each verdict, the gravest first."""
    names: dict[str, list[str]] = {}
    for row in check.rows:
        names.setdefault(row.verdict, []).append(row.name)
    said = [pattern.format(listed(names[v])) for v, pattern in SAID.items() if v in names]
    if said:
        agree = len(names.get("agrees", ()))
        return " ".join(said) + ({0: "", 1: " The other agrees."}.get(agree, " All others agree."))
    count = len(check.rows)
    return {1: "The gradient agrees.", 2: "Both gradients agree."}.get(
        count, f"All {count} gradients agree."
    )


def _table(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[Line]:
    """A row for every input; a block of lines for every input if a row is too long."""
    wide = [widest(column) for column in zip(COLUMNS, *rows, strict=True)]
    if sum(wide) + 2 * len(wide) - 2 > width:
        for cells in rows:
            yield from _block(cells, width)
        return
    for i, cells in enumerate((COLUMNS, *rows)):
        roles = (*ROLES, _role(cells[-1])) if i else (MUTED,) * len(cells)
        padded = [ljust(c, w + 2) for c, w in zip(cells[:-1], wide, strict=False)]
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
    longest = LONGEST_EXACT.get(trace.backend, 12)
    if trace.backend == "exact":
        gradient = _exact(row.ours, digits, longest)
    else:
        gradient = briefly(trace.xp, row.ours, "report", digits)
    compared = row.verdict in ("agrees", "differs")
    error = "-" if not compared else f"{row.error:.1e}" if row.error else "0"
    exact, measured = _exact_cell(row, digits, longest), _measured_cell(row, digits)
    return row.name, gradient, exact, measured, error, row.verdict


def _exact_cell(row: Any, digits: int, longest: int) -> str:
    """The exact gradient; where an element has none, its slopes from the left and the right."""
    if row.exact is not None:
        return _exact(row.exact, digits, longest)
    if all(None in element.exact for element in row.elements):
        return "-"

    def cell(element: Any) -> str:
        if None in element.exact:
            return "-"
        left, right = (_exact(v, digits, longest) for v in element.exact)
        limit = "tends to " if element.verdict == "not defined here" else ""  # simplified away
        return limit + (left if left == right else f"{left} | {right}")

    return _by_cell(row, cell)


def _by_cell(row: Any, cell: Callable[[Any], str]) -> str:
    """A text for every element, in nested brackets; a dash for arrays that are not written out."""
    if len(row.elements) != row.measured.size or not is_written_out(row.measured.shape, "report"):
        return "-"
    texts = row.measured.astype(object)
    for element in row.elements:
        texts[element.place] = cell(element)
    return nested(texts.tolist())


def _measured_cell(row: Any, digits: int) -> str:
    """The measured gradient; where an element has none, its slopes from the left and the right."""

    def cell(element: Any) -> str:
        if element.verdict != "no derivative here" or element.derivative is not None:
            return "-" if element.derivative is None else number(element.derivative, digits)
        return f"{_side(element.left, digits)} | {_side(element.right, digits)}"

    split = any(element.verdict == "no derivative here" for element in row.elements)
    found = _by_cell(row, cell) if split else "-"
    return _measured(row.measured, digits) if found == "-" else found


def _side(side: Any, digits: int) -> str:
    """A slope, or what stands in its place."""
    if side.kind in ("slope", "vertical"):
        return number(side.value, digits)
    return WITHOUT[side.kind]


def named_cells(row: Any, trace: Trace, digits: int) -> dict[str, str]:
    """What is found out about one input by what it is called, without what is missing."""
    cells = zip(COLUMNS[1:-1], _cells(row, trace, digits)[1:-1], strict=True)
    return {title: cell for title, cell in cells if cell != "-"}


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
    """Measured numbers; of many elements only some were moved."""
    moved = [v for v in flat(value.tolist()) if not math.isnan(v)]
    if not moved:
        return "-"
    if len(moved) == value.size:
        return briefly(for_backend(), value, "report", digits)
    low, high = number(min(moved), digits), number(max(moved), digits)
    return f"[{len(moved)} of {value.size} elements, from {low} to {high}]"


def check_data(check: Any) -> dict[str, Any]:
    """The check as JSON-ready data; null in `measured` is an element that was not moved, or
    without a derivative. `left` and `right` are the slopes on both sides.
    """
    return {
        "source": check.trace.source,
        "backend": check.trace.backend,
        "ok": check.ok,
        "differs": check.differs,
        "said": verdict(check),
        "rows": [_row_data(row, check.trace) for row in check.rows],
    }


def _row_data(row: Any, trace: Trace) -> dict[str, Any]:
    return {
        "name": row.name,
        "gradient": encode(trace.xp, row.ours),
        "exact": None if row.exact is None else for_backend("exact").plain(row.exact),
        "measured": _without_nan(row.measured.tolist()),
        "left": _numbers(row.left.tolist()),
        "right": _numbers(row.right.tolist()),
        "error": row.error,
        "verdict": row.verdict,
        "kinks": list(row.kinks),
        "notes": list(row.notes),
        "elements": [_element_data(element) for element in row.elements],
        "paths": None if row.paths is None else [_path_data(path, trace) for path in row.paths],
        **({"sums": [_sum_data(found, trace) for found in row.sums]} if row.sums else {}),
    }


def _element_data(element: Any) -> dict[str, Any]:
    left, right = element.exact
    plain = for_backend("exact").plain
    return {
        "place": list(element.place),
        "verdict": element.verdict,
        "left": {"kind": element.left.kind, "slope": _numbers(element.left.value)},
        "right": {"kind": element.right.kind, "slope": _numbers(element.right.value)},
        "exact_left": None if left is None else plain(left),
        "exact_right": None if right is None else plain(right),
    }


def _sum_data(found: Any, trace: Trace) -> dict[str, Any]:
    """The terms of an element's gradient: through which element of which node each comes."""
    terms = [
        {
            "edge": term.edge._asdict(),
            "through": list(term.through),
            **{k: encode(trace.xp, getattr(term, k)) for k in ("upstream", "local", "product")},
        }
        for term in found.terms
    ]
    return {"place": list(found.place), "terms": terms}


def _path_data(path: Any, trace: Trace) -> dict[str, Any]:
    return {
        "edges": [edge._asdict() for edge in path.edges],
        "locals": [encode(trace.xp, v) for v in path.locals],
        "product": encode(trace.xp, path.product),
    }


def _numbers(value: Any) -> Any:
    """Plain numbers; infinities as text, and null for NaN."""
    if isinstance(value, list):
        return [_numbers(v) for v in value]
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return None if math.isnan(value) else value


def _without_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return value if math.isfinite(value) else None
