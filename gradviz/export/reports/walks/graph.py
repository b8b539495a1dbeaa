"""The walk-through as text: the graph in boxes, every step, the result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from gradviz.arrays import CAUTIONS
from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.code import line as line_of_code
from gradviz.export.reports.code import listing
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, Line, wrapped
from gradviz.graph.graph import CONSTANT
from gradviz.layout.grid import GridLayout, Run, ljust, widest
from gradviz.progress import each
from gradviz.scene.characters import GRADIENT, VALUE, CharacterScene
from gradviz.story.code import Lit, is_listed, lit
from gradviz.story.formula import Formula
from gradviz.story.frame import PHASES, Frame, Story
from gradviz.story.languages import say
from gradviz.story.maths import unicode
from gradviz.story.maths.names import ROUNDING
from gradviz.story.values import as_typed, briefly
from gradviz.story.walks import WalkFrame
from gradviz.trace import Trace

OPTIONS: Final = ("brief", "index", "code")
MOST_NODES = 150
FITS: tuple[tuple[dict[str, Any], int], ...] = (
    ({}, 1), ({"labels": False}, 1), ({"labels": False}, 3), ({"compact": True}, 1)
)  # fmt: skip
"""Ways to draw a graph, the fullest first, each with the most panels it may be cut into.
"""


def lines(
    story: Story,
    steps: Sequence[int] | None,
    width: int,
    *,
    ascii: bool,
    brief: bool = False,
    index: bool = False,
    code: bool = False,
) -> Iterator[Line]:
    """The lines of a walk-through; with a choice of steps, the picture shows the last of them.

    brief   only the table of results.
    index   also write array rules index by index.
    code    list the code, and say which line a step works on; done unasked where it has lines.
    """
    trace = story.trace
    if brief:
        yield from result_table(story)
        yield from result(story, width)
        yield from caution(trace, width)
        return
    chosen = list(range(1, len(trace) + 1)) if steps is None else list(steps)
    listed = code or is_listed(trace.graph)
    yield from heading(story, width, lit(trace, chosen[-1] if steps else 0) if listed else None)
    last = story.frame(chosen[-1] if chosen else len(trace))
    yield from picture(story, last, width, hot=steps is not None, ascii=ascii)
    phase, line = "", 0
    for k in each("steps told", chosen):
        frame = story.frame(k)
        title = say(PHASES[frame.phase].title)
        if title != phase:
            yield []
            yield [(title, HEADING)]
            phase, line = title, 0
        at = lit(trace, k) if listed and len(chosen) > 1 else None
        if at is not None and at.place is not None and at.place.line != line:
            line = at.place.line
            yield line_of_code(at, width)
        yield from tell(frame, width, index=index)
    if trace.note:
        yield []
        yield from wrapped(trace.note, width, MUTED)
    if steps is None:
        yield []
        yield from result(story, width)


def heading(story: Story, width: int, code: Lit | None = None) -> Iterator[Line]:
    """The source, or the lines of its code, and the values it is run on."""
    trace = story.trace
    source = trace.source or say("a graph built in Python")
    if code is not None:
        yield from listing(code, width)
        source = ""
    for line in source.strip().splitlines() if len(source) < 2000 else [source[:width] + "…"]:
        yield [(line, HEADING)]
    given = [
        f"{name} {as_typed(trace.xp, value, trace.dtype, story.rules.digits)}"
        for name, value in trace.inputs().items()
    ]
    if given:
        yield from wrapped(say("at {values}", values=", ".join(given)), width, MUTED)
    yield from caution(trace, width)


def caution(trace: Trace, width: int) -> Iterator[Line]:
    """What there is to know about the numbers of the backend, where it makes a difference."""
    if trace.backend in CAUTIONS and any(op and op.combine == "products" for op in trace.graph.ops):
        yield from wrapped(say(CAUTIONS[trace.backend]), width, MUTED)


def picture(
    story: Story, frame: Frame, width: int, *, hot: bool, ascii: bool = False
) -> Iterator[Line]:
    """The graph in boxes, as detailed as fits (see FITS); a sentence for a graph that does not fit.

    Without `hot` nothing is highlighted: the picture then shows the result of the whole run.
    """
    nodes = len(story.trace.graph.nodes)
    if nodes <= MOST_NODES:
        for options, most in FITS:
            scene = CharacterScene(story, ascii=ascii, **options)
            widest_card = max((b.width for b in scene.layout.boxes.values()), default=0)
            if widest_card <= width and len(panels(scene.layout, width)) <= most:
                yield []
                yield from _drawn(scene, frame, width, hot=hot)
                return
    yield []
    yield from wrapped(
        say(
            "(The graph has {nodes} nodes: too many to draw in {width} columns. A wider terminal or"
            " --width draws more of it, and --depth 1 folds its scopes.)"
            if any(n.scope for n in story.trace.graph.nodes)
            else "(The graph has {nodes} nodes: too many to draw in {width} columns. A wider"
            " terminal or --width draws more of it.)",
            nodes=nodes,
            width=width,
        ),
        width,
        MUTED,
    )


def panels(layout: GridLayout, width: int) -> list[tuple[int, int]]:
    """The columns, from and to, of the panels of at most this width that the picture takes. They
    are parted between cards, left of the numbers on the wires that enter them. Only a card that is
    wider than a panel is cut.
    """
    kept = [_kept(layout, node) for node in layout.boxes]
    found, start = [], 0
    while start + width < layout.width:
        stop = start + width
        while cut := [a for a, b in kept if start < a < stop < b]:
            stop = min(cut)
        found.append((start, stop))
        start = stop
    return [*found, (start, layout.width)]


def _kept(layout: GridLayout, node: int) -> tuple[int, int]:
    """The columns, from and to before, of a card and of what stands on the wires that enter it."""
    box = layout.boxes[node]
    return box.x - (layout.label_width + 1 if box.in_rows else 0), box.x + box.width


def _drawn(scene: CharacterScene, frame: Frame, width: int, *, hot: bool) -> Iterator[Line]:
    paint = scene.paint(frame)
    canvas = scene.canvas(frame)
    if not hot:
        calm = {k: type(f)(f.title, f.lines, "plain", f.line_roles) for k, f in paint.faces.items()}
        canvas.show(replace(paint, faces=calm, active={}, lit={}))
    parts = panels(scene.layout, width)
    for number, (start, stop) in enumerate(parts, 1):
        if len(parts) > 1:
            part = say("(part {k} of {count}, from left to right)", k=number, count=len(parts))
            yield [(part, MUTED)]
        rows = [
            _stripped(canvas.row(y, start, stop, ascii=scene.ascii))
            for y in range(scene.layout.height)
        ]
        while rows and not any(text.strip() for text, _ in rows[-1]):
            rows.pop()
        yield from rows


def _stripped(row: Iterable[Run]) -> Line:
    """A row without trailing blanks."""
    line = list(row)
    while line and not line[-1][0].strip():
        line.pop()
    if line:
        line[-1] = (line[-1][0].rstrip(), line[-1][1])
    return line


def tell(frame: Frame, width: int, *, index: bool = False) -> Iterator[Line]:
    """One step: its number, sentence, formula, and how its contribution adds up."""
    mark = "!" if frame.strange else " "
    number = f"{frame.number:>{len(str(frame.total))}}"
    head = f"{mark}{say('{number} of {total}', number=number, total=frame.total)}  "
    pad = " " * len(head)
    formula = frame.formula
    assert formula is not None
    if formula.then is not None:
        yield from chain(frame, formula, width, head, pad)
        return
    block = formula.block
    shown = block.lines
    one_line = widest(shown) <= width - len(pad)
    sentence = frame.sentence
    lines: list[Line] = []
    if sentence.rstrip(".") not in block.flat:
        lines += wrapped(sentence, width - len(pad), WARNING if frame.strange else "")
    if one_line:
        lines += [[(line.rstrip(), HOT)] for line in shown]
    else:
        for part in formula.unicode:
            lines += [[(line.rstrip(), HOT)] for line in part.split("\n")]
    if one_line and formula.notes:
        said, base = ",  ".join(formula.notes), len(lines) - len(shown) + block.base
        if sum(len(text) for text, _ in lines[base]) + len(said) + 3 <= width - len(pad):
            lines[base] = [*lines[base], (f",  {said}", MUTED)]
        else:
            lines += wrapped(said, width - len(pad), MUTED)
    if index and formula.index is not None and frame.step is not None:
        left = unicode.text(frame.story.rules.index_left(frame.step))
        lines.append([(f"{left} ← {unicode.text(formula.index)}", HOT)])
    lines += accumulation(frame, width - len(pad))
    lines += wrapped(frame.remark, width - len(pad), MUTED) if frame.remark else []
    for i, line in enumerate(lines):
        yield [
            (head if i == 0 else pad, WARNING if i == 0 and frame.strange else MUTED),
            *_minus(line),
        ]


def chain(frame: WalkFrame, formula: Formula, width: int, head: str, pad: str) -> Iterator[Line]:
    """A step of several equations: its sentence, then each of them."""
    lines = list(wrapped(frame.sentence, width - len(pad), WARNING if frame.strange else ""))
    at: Formula | None = formula
    while at is not None:
        block = at.block.lines
        fits = widest(block) <= width - len(pad)
        shown = block if fits else [line for part in at.alone for line in part.split("\n")]
        lines += [[(line.rstrip(), HOT)] for line in shown]
        at = at.then
    remark = formula.remark
    lines += wrapped(remark, width - len(pad), MUTED) if remark else []
    for i, line in enumerate(lines):
        role = WARNING if i == 0 and frame.strange else MUTED
        yield [(head if i == 0 else pad, role), *_minus(line)]


def _minus(line: Line) -> Line:
    return [(plain_minus(text), role) for text, role in line]


def accumulation(frame: Frame, width: int) -> Iterator[Line]:
    """`before + contribution → after`, as far as it fits; at a branch also "1 of 3" or the sum."""
    added, branch = frame.accumulation, frame.branch
    if added is None:
        return
    left = unicode.text(added.left)
    block = f"{left}: " + unicode.write(added.written)
    if widest(block.lines) > width:
        what = say("this contribution is added" if branch is not None else "its only contribution")
        after = f"{left}: {what} → {unicode.text(added.written.parts[1])}"
        fits = len(after) <= width and "\n" not in after
        block = unicode.Block((after if fits else f"{left}: {what}",))
    lines: list[Line] = [[(line.rstrip(), GRADIENT)] for line in block.lines]
    if branch is not None:
        base = min(block.base, len(lines) - 1)
        lines[base] = [*lines[base], (f"    {branch.said}", MUTED)]
    yield from lines


def result(story: Story, width: int) -> Iterator[Line]:
    """The output's value, then the gradient of every input: `dx = 5, dy = -3, dz = 1`."""
    trace = story.trace
    output = story.labels.get(trace.graph.output) or say("the output")
    value = _reported(story, trace.values[trace.graph.output])
    row = trace.graph.nodes[trace.graph.output]
    if not row.is_leaf and row.shape == ():
        made = story.rules.forward(trace.graph.output).result
        value = plain_minus(unicode.text(made)) if made and made.kind == "rounding" else value
    yield [(f"{output} = {value}", VALUE)]
    raw = story.recorded.result()
    found = [f"d{name} = {_reported(story, g, raw[name])}" for name, g in trace.result().items()]
    if not found:
        return
    line = ", ".join(found)
    scalars = all(not tuple(trace.xp.shape(g)) for g in trace.result().values())
    yield from (
        wrapped(line, width, GRADIENT)
        if scalars or len(line) <= width
        else ([(text, GRADIENT)] for text in found)
    )


def result_table(story: Story) -> Iterator[Line]:
    """Every named or computed node with its value and its gradient, in columns."""
    trace = story.trace
    rows = [(say("node"), say("value"), say("gradient"))]
    for node in trace.graph.nodes:
        if node.op == CONSTANT and not node.name:
            continue
        gradient = None if node.id in trace.graph.index_leaves else trace.gradients[node.id]
        shown = "" if gradient is None else _reported(story, gradient)
        if node.id in trace.graph.index_leaves:  # a label, an index or a condition takes none
            shown = "–"
        value = story.rules.alone(node.id, "report")
        rows.append((story.labels[node.id], value, shown))
    wide = [widest(column) for column in zip(*rows, strict=True)]
    for i, (name, value, gradient) in enumerate(rows):
        roles = (MUTED,) * 3 if i == 0 else ("", VALUE, GRADIENT)
        texts = (ljust(name, wide[0] + 2), ljust(value, wide[1] + 2), gradient)
        yield _stripped(zip(texts, roles, strict=True))
    yield []


def _reported(story: Story, value: Any, raw: Any = None) -> str:
    """A value in its own line; what rounding left of a sum is said where `raw` has it."""
    said = briefly(story.trace.xp, value, "report", story.rules.digits)
    if raw is None or story.recorded is story.trace:
        return said
    left = story.rules.rounding(value, raw)
    return f"{said} ({say(ROUNDING)}: {left.parts[1].text})" if left.kind == "rounding" else said
