"""A walk over W · x + b = s as text: each step's sentence and formula; for chosen steps also the
products and the arrays with what is known of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from gradviz.export.reports.text import HEADING, HOT, MUTED, Line, wrapped
from gradviz.export.reports.walks.neurons import told
from gradviz.layout.grid import ljust, rjust, widest
from gradviz.scene.characters import GRADIENT, VALUE
from gradviz.story.matrix.frames import MatrixFrame, MatrixStory
from gradviz.trace.matrix import Slot

OPTIONS: Final = ()


def lines(
    story: MatrixStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk over a product."""
    bias = (
        ""
        if story.walk.equation.bias is None
        else f" + {story.formulas.plain(story.formulas.offset)}"
    )
    f = story.formulas
    rows, columns = story.walk.shape
    named = f"{f.plain(f.sums)} = {f.matrix_text} {'*' if ascii else '·'} {f.plain(f.column)}{bias}"
    yield [(f"{named}, {f.matrix_text} {rows:,}×{columns:,}", MUTED)]
    heading = ""
    for k in range(1, story.total + 1) if steps is None else steps:
        frame = story.frame(k)
        if frame.heading != heading:
            heading = frame.heading
            yield from [[], [(heading, HEADING)]]
        yield from told(frame, width)
        if steps is not None:
            yield []
            yield from _products(frame)
            yield from _arrays(frame)
    note = story.walk.trace.note
    if steps is None and not story.walk.has_backward and note:
        yield []
        yield from wrapped(note, width, MUTED)


def _products(frame: MatrixFrame) -> Iterator[Line]:
    """The products of a step, their factors and their sum."""
    step, f = frame.step, frame.story.formulas
    if step is None or not step.terms:
        return
    slots = frame.walk.rows if step.place.kind == "inputs" else frame.walk.columns
    rows = []
    for n, slot in enumerate(slots):
        if isinstance(slot, int):
            t = step.terms[slot]
            sign = "=" if f.comes_out(t) else "≈"
            rows.append(
                [*(f.said(v, f.shown) for v in (t.first, t.second)), sign, f.said(t.product)]
            )
        else:
            rows.append(
                ["", f"{len(slot):,} more", "", f.said(step.parts[n]) if step.parts else ""]
            )
    wide = [max(len(row[c]) for row in rows) for c in range(4)]
    for first, second, sign, product in rows:
        times = " · " if first else "   "
        text = f"{first:>{wide[0]}}{times}{second:>{wide[1]}} {sign:1} {product:>{wide[3]}}"
        yield [("    ", ""), (text.rstrip(), HOT)]
    if step.total is not None:
        sign = "Σ" if f.adds_up(step.parts, step.total) else "Σ ≈"
        total = f.said(f.settled(step.total, [t.product for t in step.terms]))
        right = wide[0] + wide[1] + wide[3] + 6
        yield [("    ", ""), (f"{sign} {total}".rjust(right), HOT)]
    yield []


def _arrays(frame: MatrixFrame) -> Iterator[Line]:
    """W, x, b and s with what is known of them and of their gradients."""
    walk, f, eq = frame.walk, frame.story.formulas, frame.walk.equation
    rows, columns, by = walk.rows, walk.columns, f"∂{f.rules.loss}/∂"
    outer, back, down, upstream = eq.outer, eq.back, eq.down, eq.upstream

    def cells(slots: Sequence[Slot], cell: Callable[[int], float | None], digits: int) -> list[str]:
        found = [None if isinstance(k, range) else cell(k) for k in slots]
        said = ["." if v is None else f.said(v, digits) for v in found]
        return ["…" if isinstance(k, range) else v for k, v in zip(slots, said, strict=True)]

    def matrix(cell: Callable[[int, int], float | None], digits: int) -> list[list[str]]:
        return [
            [] if isinstance(i, range) else cells(columns, partial(cell, i), digits) for i in rows
        ]

    shown: list[tuple[str, list[list[str]], str]] = [
        (f.matrix_text, matrix(lambda i, j: eq.weights[i][j], f.shown), "")
    ]
    if outer is not None:
        made = matrix(lambda i, j: outer[i][j] if frame.knows("weights", i) else None, f.digits)
        shown.append((by + f.matrix_text, made, GRADIENT))
    shown.append((f.column, [cells(columns, lambda j: eq.inputs[j], f.shown)], VALUE))
    if back is not None:
        known = cells(columns, lambda j: back[j] if frame.knows("inputs", j) else None, f.digits)
        shown.append((by + f.column, [known], GRADIENT))
    if (bias := eq.bias) is not None:
        shown.append((f.offset, [cells(rows, lambda i: bias[i], f.shown)], ""))
    if down is not None:
        known = cells(rows, lambda i: down[i] if frame.knows("bias") else None, f.shown)
        shown.append((by + f.offset, [known], GRADIENT))
    known = cells(rows, lambda i: eq.scores[i] if frame.knows("row", i) else None, f.digits)
    shown.append((f.sums, [known], VALUE))
    if upstream is not None and frame.knows_upstream:
        shown.append((f.upstream, [cells(rows, lambda i: upstream[i], f.shown)], GRADIENT))
    width = widest(name for name, _, _ in shown)
    for name, grid, role in shown:
        if any(cell not in (".", "…") for row in grid for cell in row):
            yield from _grid(ljust(name, width), grid, role)


def _grid(name: str, grid: Sequence[Sequence[str]], role: str) -> Iterator[Line]:
    wide = widest(cell for row in grid for cell in row)
    for n, row in enumerate(grid):
        text = "  ".join(rjust(cell, wide) for cell in row or ["…"])
        yield [(f"  {name if not n else ' ' * widest([name])}  ", MUTED), (text, role)]
