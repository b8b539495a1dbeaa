"""A walk over cells as text: for every window the grids, the sentence, the formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, Line, wrapped
from gradviz.layout.grid import cells, widest, wrap
from gradviz.progress import each
from gradviz.scene.brackets import ROLES, bracketed
from gradviz.scene.views.cells.contents import CellContents, Term
from gradviz.scene.views.cells.place import CellLayout, Panel
from gradviz.story.cells.frames import CellFrame, CellStory
from gradviz.story.languages import say
from gradviz.trace.cells import Place, foresee

OPTIONS: Final = ()
GAP = "    "


def lines(
    story: CellStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk over cells.

    The window stands in [ ]; cells of padding are 0 or empty, and cells not yet reached are dots.
    """
    told = range(1, story.total + 1) if steps is None else steps
    foresee(story.walk, told)
    layout, phase = CellLayout(story), ""
    for k in each("steps told", told):
        frame = story.frame(k)
        if frame.heading != phase:
            yield from [[], [(frame.heading, HEADING)]] if phase else [[(frame.heading, HEADING)]]
            phase = frame.heading
        yield []
        yield from tell(layout, frame, width)
    note = story.walk.trace.note
    if steps is None and not story.walk.has_backward and note:
        yield []
        yield from wrapped(note, width, MUTED)


def tell(layout: CellLayout, frame: CellFrame, width: int) -> Iterator[Line]:
    """The lines of one window: its number, the sentence, the formula, the grids."""
    yield from said(frame, width)
    yield []
    yield from beside(_grids(CellContents(layout, frame)), width)


def said(frame: CellFrame, width: int) -> Iterator[Line]:
    """The number of a step, its sentence and its formula."""
    mark = "!" if frame.strange else " "
    number = say("{number} of {total}", number=frame.number, total=frame.total)
    yield [(f"{mark}{number}  {frame.progress}", MUTED)]
    formula = frame.formula
    assert formula is not None
    for line in wrapped(frame.sentence, width - 2, WARNING if frame.strange else ""):
        yield _indented(line)
    block = formula.block.lines
    shown = (
        block
        if widest(block) <= width - 2
        else [part for whole in formula.unicode for part in whole.split("\n")]
    )
    for text in shown:
        fits = cells(text.rstrip()) <= width - 2 or len(shown) > len(formula.unicode)
        for part in [text.rstrip()] if fits else wrap(text, width - 2):
            yield _indented([(part, HOT)])
    if frame.note:
        yield _indented([(frame.note, MUTED)])


def _indented(line: Line) -> Line:
    return [("  ", ""), *((plain_minus(text), role) for text, role in line)] if line else []


def _grids(contents: CellContents) -> Iterator[list[Line]]:
    """The panels of numbers, each as lines."""
    source = contents.placed.of("operand", 0)
    for panel in contents.panels:
        if panel.kind == "patch" and source is not None and not source.sheet.heat:
            continue  # it stands in brackets
        rows: list[Line] = [[(contents.heading(panel), MUTED)]]
        if panel.kind == "terms":
            rows += _terms(contents, panel)
        else:
            for n, lead in enumerate(contents.leads(panel)):
                if panel.captioned:
                    rows.append([(contents.caption(panel, lead), MUTED)])
                rows += (
                    _numbers(contents, panel, n, lead)
                    if not panel.sheet.heat
                    else [[(_size(panel), MUTED)]]
                )
            roles = {"hot": HOT, "muted": MUTED}
            rows += [[(f"  {words}", roles[role])] for words, role in contents.feet(panel)]
        yield rows


def _terms(contents: CellContents, panel: Panel) -> Iterator[Line]:
    """What a step adds up, line by line."""
    terms = contents.terms(panel)
    wide = [max((len(w) for w in column), default=0) for column in _columns(terms)]
    for term in terms:
        yield [
            (f"  {term.left.rjust(wide[0])} ", ""),
            (term.right.rjust(wide[1]), HOT if term.weight == "bold" else ""),
        ]


def _columns(terms: Sequence[Term]) -> tuple[list[str], list[str]]:
    return [term.left for term in terms], [term.right for term in terms]


def _size(panel: Panel) -> str:
    return f"({panel.sheet.size[0]}×{panel.sheet.size[1]})"


def _numbers(contents: CellContents, panel: Panel, n: int, lead: Place) -> Iterator[Line]:
    """One grid: columns of numbers, the window in brackets."""
    lit = set(contents.lit(panel, lead))
    shown = contents.numbers_in(panel, n, lead, lit)
    known = {spot: (words, ROLES[role]) for spot, (words, role, _) in shown}
    return bracketed(panel.sheet.size, known, lit, panel.sheet.pads)


def _length(line: Line) -> int:
    return sum(cells(text) for text, _ in line)


def beside(blocks: Iterator[list[Line]], width: int) -> Iterator[Line]:
    """Blocks side by side, as many in a row as fit."""
    yield from map(_indented, _rows(map(_even, blocks), width - 2))


def _even(block: list[Line]) -> list[Line]:
    """Lines of one width."""
    widest = max(map(_length, block))
    return [[*row, (" " * (widest - _length(row)), "")] for row in block]


def _rows(blocks: Iterator[list[Line]], width: int) -> Iterator[Line]:
    row: list[list[Line]] = []
    used = 0
    for block in blocks:
        wide = _length(block[0])
        if row and used + len(GAP) + wide > width:
            yield from _joined(row)
            yield []
            row, used = [], 0
        used += wide + (len(GAP) if row else 0)
        row.append(block)
    yield from _joined(row)


def _joined(blocks: list[list[Line]]) -> Iterator[Line]:
    for i in range(max(map(len, blocks), default=0)):
        line: Line = []
        for block in blocks:
            line += [
                (GAP if line else "", ""),
                *(block[i] if i < len(block) else [(" " * _length(block[0]), "")]),
            ]
        yield line
