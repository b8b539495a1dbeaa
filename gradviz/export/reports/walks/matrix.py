"""A walk over W · x + b = s as text: the arrays as grids, each step's sentence and formula; for
chosen steps the grids as they are then, or array by array where they are too wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from gradviz.export.reports.text import HEADING, HOT, MUTED, Line, wrapped
from gradviz.export.reports.walks.neurons import told
from gradviz.layout.grid import ljust, rjust, widest
from gradviz.scene.characters import GRADIENT, VALUE
from gradviz.scene.views import fitting
from gradviz.story.languages import say
from gradviz.story.languages.counting import count
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
    head = f"{named}, {f.matrix_text} {rows:,}×{columns:,}"
    if story.walk.batch > 1:
        head = say("{title}, a batch of {batch}", title=head, batch=count(story.walk.batch))
    yield [(head, MUTED)]
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
                [
                    "",
                    say("{count} more", count=count(len(slot))),
                    "",
                    f.said(step.parts[n]) if step.parts else "",
                ]
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


Shown = tuple[str, list[list[str]], str]
"""An array: its name, its cells row by row, and the role of its numbers."""


def _arrays(frame: MatrixFrame) -> Iterator[Line]:
    """W, x, b and s with what is known of them and of their gradients."""
    shown = [*_weights(frame), *_inputs(frame), *_offset(frame), *_sums(frame)]
    width = widest(name for name, _, _ in shown)
    for name, grid, role in shown:
        if any(cell not in (".", "…") for row in grid for cell in row):
            yield from _grid(ljust(name, width), grid, role)


def _cells(
    frame: MatrixFrame, slots: Sequence[Slot], cell: Callable[[int], float | None], digits: int
) -> list[str]:
    """A row of numbers; dots for what is not known, an ellipsis for what is not drawn."""
    said = frame.story.formulas.said
    found = [None if isinstance(k, range) else cell(k) for k in slots]
    texts = ["." if v is None else said(v, digits) for v in found]
    return ["…" if isinstance(k, range) else v for k, v in zip(slots, texts, strict=True)]


def _by(frame: MatrixFrame, name: str) -> str:
    return f"∂{frame.story.formulas.rules.loss}/∂{name}"


def _weights(frame: MatrixFrame) -> Iterator[Shown]:
    walk, f, eq = frame.walk, frame.story.formulas, frame.walk.equation
    outer = eq.outer

    def rows(cell: Callable[[int, int], float | None], digits: int) -> list[list[str]]:
        return [
            [] if isinstance(i, range) else _cells(frame, walk.columns, partial(cell, i), digits)
            for i in walk.rows
        ]

    yield f.matrix_text, rows(lambda i, j: eq.weights[i][j], f.shown), ""
    if outer is not None:
        known = rows(lambda i, j: outer[i][j] if frame.knows("weights", i) else None, f.digits)
        yield _by(frame, f.matrix_text), known, GRADIENT


def _offset(frame: MatrixFrame) -> Iterator[Shown]:
    f, eq, rows = frame.story.formulas, frame.walk.equation, frame.walk.rows
    if (bias := eq.bias) is not None:
        yield f.offset, [_cells(frame, rows, lambda i: bias[i], f.shown)], ""
    if (down := eq.down) is not None and frame.knows("bias"):
        yield _by(frame, f.offset), [_cells(frame, rows, lambda i: down[i], f.shown)], GRADIENT


def _inputs(frame: MatrixFrame) -> Iterator[Shown]:
    """x and its gradient, a row for each sample."""
    walk, f = frame.walk, frame.story.formulas

    def back(n: int, j: int) -> float | None:
        found = walk.equation.samples[n].back
        return found[j] if found is not None and frame.knows("inputs", j, n) else None

    numbers, columns = [n for n in walk.samples if isinstance(n, int)], walk.columns
    taken = [walk.equation.samples[n].inputs for n in numbers]
    yield f.column, [_cells(frame, columns, x.__getitem__, f.shown) for x in taken], VALUE
    known = [_cells(frame, columns, partial(back, n), f.digits) for n in numbers]
    yield _by(frame, f.column), known, GRADIENT


def _sums(frame: MatrixFrame) -> Iterator[Shown]:
    """s and u, a row for each sample."""
    walk, f = frame.walk, frame.story.formulas

    def score(n: int, i: int) -> float | None:
        return walk.equation.samples[n].scores[i] if frame.knows("row", i, n) else None

    numbers, rows = [n for n in walk.samples if isinstance(n, int)], walk.rows
    yield f.sums, [_cells(frame, rows, partial(score, n), f.digits) for n in numbers], VALUE
    sent = [walk.equation.samples[n].upstream for n in numbers] if frame.knows_upstream else []
    known = [_cells(frame, rows, u.__getitem__, f.shown) for u in sent if u is not None]
    yield f.upstream, known, GRADIENT


def _grid(name: str, grid: Sequence[Sequence[str]], role: str) -> Iterator[Line]:
    wide = widest(cell for row in grid for cell in row)
    for n, row in enumerate(grid):
        text = "  ".join(rjust(cell, wide) for cell in row or ["…"])
        yield [(f"  {name if not n else ' ' * widest([name])}  ", MUTED), (text, role)]
