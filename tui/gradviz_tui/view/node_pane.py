"""A node in its pane: what it stands for, its value, and the paths that make up its gradient.

Matrices stand as matrices; where there is little room the products give way, then the value, never
the gradient that the step is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import Line
from gradviz.layout.grid import cells, cut, ljust, rjust, widest, wrap
from gradviz.scene.characters import layer_of
from gradviz.story.code import text_of
from gradviz.story.frame import Frame, Story
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.maths.unicode import Block
from gradviz.story.values import briefly, is_written_out
from gradviz.trace import Step
from gradviz_tui.view.equations import Room, Sheet
from gradviz_tui.view.panes import GRADIENT, HEADING, HOT, MUTED, VALUE

PENDING: Final = "?"
"""A number that is still to come."""
MOST_ROWS: Final = 40
"""The most paths of a branch that are shown; for others only their number is given."""
MOST_MEANING: Final = 3
"""The most rows of what a letter stands for."""


class NodeText:
    """What is said of a node in so many columns: worked out once, for any number of rows.

    also  lines between its value and its gradient.
    """

    def __init__(
        self, frame: Frame, node: int, width: int, also: Sequence[Line] = (), *, ascii: bool = False
    ) -> None:
        room, self.also = Room(max(1, width), ascii), also
        self._head = cache(partial(_head, frame, node, room))
        self._value = cache(partial(_value, frame, node, room))
        self._gradient = cache(_Gradient(frame, node, room).lines)

    def lines(self, height: int, most: int | None = None) -> list[Line]:
        """What it is, its value, then `also`, then its gradient; in `most` rows where it does not
        fit so many.
        """
        most = max(height, most or height, 0)
        lines: list[Line] = []
        for limit, head, value, paths in (
            (height, "meaning", "whole", "products"),
            (most, "meaning", "whole", "products"),
            (most, "meaning", "whole", "brought"),
            (most, "kind", "whole", "brought"),
            (most, "kind", "brief", "brought"),
            (most, "kind", "brief", ""),
            (most, "kind", "", ""),
        ):
            above = [*self._head(head == "meaning")]
            above += [*self._value(value == "whole"), *self.also] if value else []
            lines = [*above, *self._gradient(limit - len(above), paths)]
            if len(lines) <= limit:
                break
        return [[(plain_minus(text), role) for text, role in line] for line in lines[:most]]


def _head(frame: Frame, node: int, room: Room, meaning: bool) -> list[Line]:
    """The name, the kind and the shape; or what the letter stands for: `c = a + b = w*x + b`."""
    story, graph = frame.story, frame.trace.graph
    row = graph.nodes[node]
    name = story.labels.get(node, "a number")
    shape = "×".join(map(str, row.shape)) if row.shape else ""
    what = "input" if row.op == "input" else "constant" if row.is_leaf else graph.symbol(node)
    said = meant(story, node) if meaning else ""
    if not said:
        kind, shown = room.said(f"{what} {shape}".rstrip()), cut(name, room.width)
        if cells(shown) + 2 + cells(kind) <= room.width:
            return [[(shown, HEADING), (f"  {kind}", MUTED)]]
        return [[(shown, HEADING)], *([(line, MUTED)] for line in wrap(kind, room.width))]
    layer = layer_of(graph, node)
    name = f"{layer}/{name}" if layer else name
    lines = Sheet(Block((f"{name} = {said}",)), room.ascii).folded(room.width)
    if len(lines) > MOST_MEANING:
        return _head(frame, node, room, False)
    first, others = lines[0], lines[1:]
    found: list[Line] = [[(first[: len(name)], HEADING), (first[len(name) :], "plain")]]
    found += [[(line, "plain")] for line in others]
    if shape and cells(lines[-1]) + len(shape) + 2 <= room.width:
        found[-1].append((room.said(f"  {shape}"), MUTED))
    return found


def meant(story: Story, node: int) -> str:
    """What a node computes: `a + b`, and as it was written where that says more: `= w*x + b`."""
    graph = story.trace.graph
    row = graph.nodes[node]
    if row.is_leaf or graph.ops[node] is None:
        return ""
    rule = unicode.text(story.rules.rule_of(node))
    if "\n" in rule:
        return ""
    made = [i for i in dict.fromkeys(row.inputs) if not graph.nodes[i].is_leaf]
    written = text_of(graph, node) if made else ""
    for name, text in ((graph.nodes[i].name, text_of(graph, i)) for i in made):
        if name and text:
            word = rf"(?<![\w.]){re.escape(name)}(?!\w)"
            written = re.sub(word, _kept(text).replace("\\", ""), written)
    return f"{rule} = {written}" if written and _bare(written) != _bare(rule) else rule


def _kept(text: str) -> str:
    """An expression as an operand: in brackets unless it is a name, a number or a call."""
    return text if re.fullmatch(r"[\w.]+(\([^()]*\))?", text) else f"({text})"


def _bare(text: str) -> str:
    """An expression without blanks, whatever its sign of multiplication."""
    return re.sub(r"\s", "", text.replace("·", "*"))


def _value(frame: Frame, node: int, room: Room, whole: bool) -> list[Line]:
    """`value 0.5`; a small matrix as a matrix if it is to be whole."""
    story, value = frame.story, frame.node(node).value
    if value is None:
        return [[("value ", MUTED), ("not known yet", MUTED)]]
    if whole and _is_matrix(story, value):
        maths = story.rules.shown(value, "", story.rules.hand.digits_of(node))
        lines = room.written(maths, "value ")
    elif frame.trace.xp.shape(value):
        text = _size(story, value) if _is_matrix(story, value) else ""
        lines = wrap(f"value {text or story.rules.alone(node, 'panel', value)}", room.width)
    else:
        alone = story.rules.alone(node, "panel", value)
        lines = Sheet(Block((f"value {alone}",)), room.ascii).folded(room.width)
    at = next((i for i, line in enumerate(lines) if line.startswith("value ")), 0)
    found: list[Line] = [[(line, VALUE)] for line in lines]
    found[at] = [(lines[at][:6], MUTED), (lines[at][6:], VALUE)]
    return found


def _is_matrix(story: Story, value: Any) -> bool:
    shape = tuple(story.trace.xp.shape(value))
    return bool(shape) and is_written_out(shape, "formula")


def _shown(story: Story, value: Any) -> Maths:
    """A small array as a matrix, a larger one by its size, which takes no time."""
    if _is_matrix(story, value) or not story.trace.xp.shape(value):
        return story.rules.shown(value)
    return M.phrase(_short(story, value))


def _size(story: Story, value: Any) -> str:
    return "×".join(map(str, story.trace.xp.shape(value)))


class _Gradient:
    """The gradient of a node, as far as it has come."""

    def __init__(self, frame: Frame, node: int, room: Room) -> None:
        self._frame, self._node, self._room = frame, node, room
        self._parts = cache(partial(_parts, frame, node, room))

    def lines(self, height: int, paths: str) -> list[Line]:
        """In about so many rows, with its paths by their "products", by what is "brought" alone,
        or without them.
        """
        frame, node, trace = self._frame, self._node, self._frame.trace
        if not trace.has_backward:
            return []
        if not trace.contributions(node):
            return _no_writes(frame, node, self._room)
        if trace.graph.nodes[node].shape:
            blocks, total = self._parts(paths == "products")
            width = self._room.width
            return _paths(frame, node, blocks, total, width, height) if paths else total
        return branch_rows(frame, node, self._room.width, height)


def _no_writes(frame: Frame, node: int, room: Room) -> list[Line]:
    trace = frame.trace
    if node != trace.graph.output:
        return [[("no gradient requested here", MUTED)]]
    if frame.number < trace.seed_step:
        return [[("gradient ", MUTED), (f"{PENDING}  the pass starts here", MUTED)]]
    lines = room.written(_shown(frame.story, trace.seed), "gradient ")
    return [
        [("gradient ", MUTED), (line[9:], GRADIENT)]
        if line.startswith("gradient ")
        else [(line, GRADIENT)]
        for line in lines
    ]


def _parts(
    frame: Frame, node: int, room: Room, products: bool
) -> tuple[list[list[Line]], list[Line]]:
    """What each path brings to the gradient of an array, a matrix as a matrix; and the sum."""
    story, writes = frame.story, frame.trace.contributions(node)
    several = len(writes) > 1
    blocks = []
    for step in writes[:MOST_ROWS]:
        done = step.number <= frame.number
        block = _path(story, step, room, done=done, several=several, products=products)
        if done:
            role = HOT if step.number == frame.number else GRADIENT
            block = [[(text, role) for text, _ in line] for line in block]
        blocks.append(block)
    return blocks, _total(frame, node, room)


def _paths(
    frame: Frame, node: int, blocks: list[list[Line]], total: list[Line], width: int, height: int
) -> list[Line]:
    """The gradient of an array: the paths around that of this step, and the sum."""
    writes = frame.trace.contributions(node)
    here = next((i for i, s in enumerate(writes) if s.number >= frame.number), len(writes) - 1)
    shown = _around(blocks, min(here, len(blocks) - 1), height - len(total))
    hidden = len(writes) - (shown.stop - shown.start)
    if hidden:
        more = f"({hidden} more)"
        beside = sum(cells(text) for text, _ in total[-1]) + 2 + cells(more) <= width
        said: Line = [*total[-1], (f"  {more}", MUTED)]
        total = [*total[:-1], said] if beside else [*total, [(more, MUTED)]]
    return [*(line for block in blocks[slice(shown.start, shown.stop)] for line in block), *total]


def _around(blocks: list[list[Line]], here: int, room: int) -> range:
    """The blocks that are shown in so many rows: that of this step, and those next to it."""
    first, stop, taken = here, here + 1, len(blocks[here])
    while True:
        before = first > 0 and taken + len(blocks[first - 1]) <= room
        after = not before and stop < len(blocks) and taken + len(blocks[stop]) <= room
        if not before and not after:
            return range(first, stop)
        taken += len(blocks[first - 1] if before else blocks[stop])
        first, stop = first - before, stop + after


def _path(
    story: Story, step: Step, room: Room, *, done: bool, several: bool, products: bool
) -> list[Line]:
    """`via q   u xᵀ`, and where there are several paths what this one brings."""
    assert step.edge is not None
    via = story.labels.get(step.edge.target, "") or story.trace.graph.symbol(step.edge.target)
    head = f"via {via}  "
    if not done:
        return [[(cut(head + PENDING, room.width), MUTED)]]
    brought = _shown(story, step.contribution)
    if not products:
        lines = (
            room.written(brought, f"{head}brings ") if several else [cut(head.rstrip(), room.width)]
        )
        return [[(line, GRADIENT)] for line in lines]
    formula = story.frame(step.number).formula
    if formula is None:
        return [[(line, GRADIENT)] for line in room.written(brought, head)]
    made = formula.filled if step.local is not None and formula.filled is not None else formula.rule
    lines = room.whole(made, head) or room.written(formula.rule, head)
    if several:
        lines = [*lines, *room.written(brought, "  = ")]
    return [[(line, GRADIENT)] for line in lines]


def _total(frame: Frame, node: int, room: Room) -> list[Line]:
    """`dW = …`, as far as it has come."""
    state, name = frame.node(node), frame.story.labels.get(node, "")
    if state.gradient is None:
        return [_pending(frame, node, "")]
    done = state.arrived == state.of
    shown = _shown(frame.story, state.gradient)
    lines = room.written(shown, f"d{name} {'=' if done else 'so far'} ")
    role = GRADIENT if done else "plain"
    found: list[Line] = [[(line, role)] for line in lines]
    counted = _counted(state.arrived, state.of)
    if counted and cells(lines[-1]) + len(counted) <= room.width:
        found[-1].append((counted, MUTED))
    elif counted:
        found.append([(counted.strip(), MUTED)])
    return found


def _counted(arrived: int, of: int) -> str:
    return "" if of < 2 else "  Σ complete" if arrived == of else f"  {arrived} of {of}"


def _pending(frame: Frame, node: int, more: str) -> Line:
    name, of = frame.story.labels.get(node, ""), frame.node(node).of or frame.trace.uses(node)
    return [(f"d{name} = {PENDING}", MUTED), (f"  0 of {of}{more}", MUTED)]


def branch_rows(frame: Frame, node: int, width: int, height: int) -> list[Line]:
    """The sum of a number's paths: one row for each, upstream × local = contribution, then the sum.

    Where the columns are too wide, the factors give way to what they bring.
    """
    story, trace = frame.story, frame.trace
    writes = trace.contributions(node)
    table = [("via", "upstream", "local", "brings")]
    roles, times, equals = [MUTED], ["   "], ["   "]
    room = max(1, min(height - 2, MOST_ROWS))
    first = _window([s.number for s in writes], frame.number, room)
    for step in writes[first : first + room]:
        assert step.edge is not None
        done = step.number <= frame.number
        via = story.labels.get(step.edge.target, "") or trace.graph.op(step.edge.target).symbol
        product = _product(story, step)
        times.append(" in " if step.local is None and done else " × ")
        table.append((via, *(product[:3] if done else (PENDING,) * 3)))
        equals.append(f" {product.equals} " if done else " = ")
        roles.append(HOT if step.number == frame.number else GRADIENT if done else MUTED)
    shown = _table(table, times, equals, width)
    lines: list[Line] = [[(text, role)] for text, role in zip(shown, roles, strict=True)]
    return [*lines, *_sum_rows(frame, node, width, hidden=len(writes) - len(table) + 1)]


def _table(
    table: Sequence[tuple[str, ...]], times: Sequence[str], equals: Sequence[str], width: int
) -> list[str]:
    """The rows in columns, with the factors if there is room for them."""
    sizes = [widest(column) for column in zip(*table, strict=True)]
    gaps = max(map(len, times)) + max(map(len, equals)) + 3
    factors = sum(sizes) - sizes[0] + min(sizes[0], 3) + gaps <= width
    if not factors:
        table = [(row[0], row[-1]) for row in table]
        sizes = [sizes[0], sizes[-1]]
    sizes[0] = max(1, min(sizes[0], width - sum(sizes[1:]) - (gaps if factors else 3)))
    wide = max(map(len, times))
    rows = []
    for index, row in enumerate(table):
        columns = [
            rjust(c, w) if i else ljust(cut(c, w), w)
            for i, (c, w) in enumerate(zip(row, sizes, strict=True))
        ]
        between = ("   ", times[index].center(wide), equals[index]) if factors else ("   ",)
        text = columns[0] + "".join(g + c for g, c in zip(between, columns[1:], strict=True))
        rows.append(cut(text, width))
    return rows


class _Product(NamedTuple):
    """upstream × local = contribution, as a row of the table shows it."""

    upstream: str
    local: str
    contribution: str
    equals: str


def _product(story: Story, step: Step) -> _Product:
    """The product of a step, in enough digits to follow it by hand; or the rule that it obeys."""
    contribution = _short(story, step.contribution)
    if step.local is None:
        return _Product(_short(story, step.upstream), _rule(story, step), contribution, "=")
    found = story.rules.hand.elements(step)
    return _Product(
        _short(story, step.upstream, found.digits),
        _short(story, step.local, found.digits),
        contribution,
        "=" if found.holds else "≈",
    )


def _window(numbers: list[int], k: int, room: int) -> int:
    """The first row shown, so that the row of this step is visible."""
    here = next((i for i, n in enumerate(numbers) if n >= k), len(numbers) - 1)
    return max(0, min(here - room // 2, len(numbers) - room))


def _sum_rows(frame: Frame, node: int, width: int, hidden: int) -> list[Line]:
    """How far the sum has come; in several rows where it is long."""
    state, name = frame.node(node), frame.story.labels.get(node, "")
    more = f"  ({hidden} more)" if hidden > 0 else ""
    if state.gradient is None:
        return [_pending(frame, node, more)]
    done = state.arrived == state.of
    said = f"d{name} {'=' if done else 'so far'} {_short(frame.story, state.gradient)}"
    counted = ("" if state.of < 2 else "  Σ complete" if done else f"  {state.progress}") + more
    role = GRADIENT if done else "plain"
    *above, last = Sheet(Block((said,))).folded(width)
    lines: list[Line] = [[(line, role)] for line in above]
    if cells(last) + cells(counted) <= width:
        return [*lines, [(last, role), (counted, MUTED)]]
    return [*lines, [(last, role)], [(counted.strip(), MUTED)]]


def _rule(story: Story, step: Step) -> str:
    """The rule of a contribution that is no product with a local gradient: `u xᵀ`."""
    formula = story.frame(step.number).formula
    return unicode.text(formula.rule) if formula is not None else ""


def _short(story: Story, value: object, digits: int | None = None) -> str:
    """A value in a cell of a table."""
    return briefly(story.trace.xp, value, "panel", digits or story.rules.digits)
