"""A walk over the units of a network as text: the network in characters, each step's sentence and
sums; for chosen steps the network as it is then, or a table of its units where it is too wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, Line, wrapped
from gradviz.layout.grid import ljust, rjust, widest
from gradviz.scene.characters import GRADIENT, VALUE
from gradviz.scene.views import fitting
from gradviz.story.formula import Formula
from gradviz.story.languages import say
from gradviz.story.languages.counting import count
from gradviz.story.neurons.frames import UnitFrame, UnitStory
from gradviz.story.walks import WalkFrame

OPTIONS: Final = ()
HIGHEST: Final = 40
"""A network that needs more rows is drawn in a shorter form."""


def lines(
    story: UnitStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk over units."""
    yield [(_layers(story), MUTED)]
    sheet, heading = fitting(story, width, HIGHEST, ascii=ascii).sheet, ""
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
            yield from sheet.rows(frame) if sheet else _table(frame, "delta" if ascii else "δ")
    note = story.walk.trace.note
    if steps is None and not story.walk.has_backward and note:
        yield []
        yield from wrapped(note, width, MUTED)


def _layers(story: UnitStory) -> str:
    """`2 inputs → 3 units, tanh → 1 unit`."""
    walk = story.walk
    said = [say("{inputs:input}", inputs=count(walk.layers[0].size))]
    for k, layer in enumerate(walk.layers[1:], 1):
        bend = story.formulas.bends[k]
        said.append(say("{units:unit}", units=count(layer.size)) + (f", {bend}" if bend else ""))
    if walk.tail:
        said.append(story.names.loss)
    return " → ".join(said)


def told(frame: WalkFrame, width: int) -> Iterator[Line]:
    """The lines of one step: its number, the sentence, the formula."""
    digits = len(str(frame.total))
    mark = "!" if frame.strange else " "
    number = f"{frame.number:>{digits}}"
    lead = f"{mark}{say('{number} of {total}', number=number, total=frame.total)}  "
    indent, role = " " * len(lead), WARNING if frame.strange else ""
    for n, line in enumerate(wrapped(frame.sentence, width - len(lead), role)):
        yield [(indent if n else lead, MUTED), *_plain(line)]
    for text in equations(frame.formula, width - len(lead)):
        yield [(indent, ""), (plain_minus(text), HOT)]
    for line in wrapped(frame.note, width - len(lead), MUTED) if frame.note else ():
        yield [(indent, ""), *_plain(line)]


def _plain(line: Line) -> Line:
    return [(plain_minus(text), role) for text, role in line]


def equations(formula: Formula | None, width: int) -> Iterator[str]:
    """Each equation on a line of its own, or in lines where it is too wide."""
    at = formula
    while at is not None:
        block = at.block
        if widest(block.lines) <= width:
            yield from (line.rstrip() for line in block.lines)
        else:
            yield from (line for part in at.alone for line in part.split("\n"))
        at = at.then


def _table(frame: UnitFrame, delta: str) -> Iterator[Line]:
    """The units with what is known of them."""
    story, said = frame.story, frame.story.formulas.said
    for k, layer in enumerate(frame.walk.layers):
        rows: list[list[tuple[str, str]]] = []
        for unit in layer.shown:
            known = frame.knows("unit", k, unit)
            knows = frame.knows("delta", k, unit) if k else frame.knows("inputs", 0)
            has_sum = bool(k and layer.bend)
            rows.append(
                [
                    (story.names.text(k, unit), ""),
                    (said(layer.sums[unit]) if known and has_sum else "", VALUE),
                    (said(layer.values[unit]) if known else ".", VALUE),
                    (said(layer.deltas[unit]) if layer.deltas and knows else "", GRADIENT),
                ]
            )
        heads = (
            say("unit"),
            "z" if k and layer.bend else "",
            say("value"),
            _delta_head(frame, k, delta),
        )
        wide = [widest([head, *(row[c][0] for row in rows)]) for c, head in enumerate(heads)]
        bend = story.formulas.bends[k]
        name = say("layer {number}" if k else "inputs", number=k) + (
            f", {bend}" if k and bend else ""
        )
        more = layer.size - len(layer.shown)
        others = say("({count} more)", count=count(more))
        yield [(f"  {name} {others}" if more else f"  {name}", MUTED)]
        yield _row([(h, MUTED) for h in heads], wide)
        yield from (_row(row, wide) for row in rows)


def _delta_head(frame: UnitFrame, k: int, delta: str) -> str:
    if frame.walk.layers[k].deltas is None:
        return ""
    return delta if k else "gradient"


def _row(cells: Sequence[tuple[str, str]], wide: Sequence[int]) -> Line:
    line: Line = [("    ", "")]
    for n, ((text, role), width) in enumerate(zip(cells, wide, strict=True)):
        if width:
            line += [(ljust(text, width) if not n else rjust(text, width), role), ("  ", "")]
    while line and not line[-1][0].strip():
        line.pop()
    return line
