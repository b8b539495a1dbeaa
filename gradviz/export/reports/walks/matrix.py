"""A walk over W · x + b = s as text: the arrays as grids, each step's sentence and formula; for
chosen steps the grids as they are then, or array by array where they are too wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from gradviz.export.reports.text import HEADING, HOT, MUTED, Line, wrapped
from gradviz.export.reports.walks.neurons import told
from gradviz.scene.characters import GRADIENT, VALUE
from gradviz.scene.views import fitting
from gradviz.story.matrix.frames import MatrixFrame, MatrixStory
from gradviz.trace.matrix import Slot

OPTIONS: Final = ()


def lines(
    story: MatrixStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk over a product."""
    f, (rows, columns) = story.formulas, story.walk.shape
    bias = "" if story.walk.equation.bias is None else f" + {f.plain(f.offset)}"
    named = f"{f.sums_text} = {f.matrix_text} {'*' if ascii else '·'} {f.column_text}{bias}"
    batch = f", a batch of {story.walk.batch:,}" if story.walk.batch > 1 else ""
    yield [(f"{named}, {f.matrix_text} {rows:,}×{columns:,}{batch}", MUTED)]
    sheet, heading = fitting(story, width, ascii=ascii).sheet, ""
    if steps is None and sheet is not None:
        yield []
        yield from sheet.rows(story.frame("final" if story.walk.has_backward else "values"))
    for k in range(1, story.total + 1) if steps is None else steps:
        frame = story.frame(k)
        if frame.heading != heading:
            heading = frame.heading
            yield from [[], [(heading, HEADING)]]
        yield from told(frame, width)
        if steps is not None:
            yield []
            yield from sheet.rows(frame) if sheet else (*_products(frame), *_arrays(frame))
    note = story.walk.trace.note
    if steps is None and not story.walk.has_backward and note:
        yield []
        yield from wrapped(note, width, MUTED)


def _products(frame: MatrixFrame) -> Iterator[Line]:
    """The products of a step, their factors and their sum."""
    step, f = frame.step, frame.story.formulas
    if step is None or not step.terms:
        return
    slots = frame.walk.slots(step)
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
    outer, down = eq.outer, eq.down

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
    numbers = _drawn(walk.samples)

    def known_of(
        slots: Sequence[Slot], digits: int, cell: Callable[[int, int], float | None]
    ) -> list[list[str]]:
        """A row for each sample."""
        return [cells(slots, partial(cell, n), digits) for n in numbers]

    def input_of(n: int, j: int) -> float | None:
        return eq.samples[n].inputs[j]

    def back_of(n: int, j: int) -> float | None:
        back = eq.samples[n].back
        return back[j] if back is not None and frame.knows("inputs", j, n) else None

    def score_of(n: int, i: int) -> float | None:
        return eq.samples[n].scores[i] if frame.knows("row", i, n) else None

    def upstream_of(n: int, i: int) -> float | None:
        upstream = eq.samples[n].upstream
        return upstream[i] if upstream is not None and frame.knows_upstream else None

    shown.append((f.column, known_of(columns, f.shown, input_of), VALUE))
    shown.append((by + f.column, known_of(columns, f.digits, back_of), GRADIENT))
    if (bias := eq.bias) is not None:
        shown.append((f.offset, [cells(rows, lambda i: bias[i], f.shown)], ""))
    if down is not None:
        known = cells(rows, lambda i: down[i] if frame.knows("bias") else None, f.shown)
        shown.append((by + f.offset, [known], GRADIENT))
    shown.append((f.sums, known_of(rows, f.digits, score_of), VALUE))
    shown.append((f.upstream, known_of(rows, f.shown, upstream_of), GRADIENT))
    width = max(len(name) for name, _, _ in shown)
    for name, grid, role in shown:
        if any(cell not in (".", "…") for row in grid for cell in row):
            yield from _grid(f"{name:<{width}}", grid, role)


def _grid(name: str, grid: Sequence[Sequence[str]], role: str) -> Iterator[Line]:
    wide = max(len(cell) for row in grid for cell in row)
    for n, row in enumerate(grid):
        text = "  ".join(cell.rjust(wide) for cell in row or ["…"])
        yield [(f"  {name if not n else ' ' * len(name)}  ", MUTED), (text, role)]


def _drawn(slots: Sequence[Slot]) -> list[int]:
    return [slot for slot in slots if isinstance(slot, int)]

