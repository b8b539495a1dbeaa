"""The values, gradients and contributions of a story as blocks, each made once."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from gradviz.arrays import for_backend
from gradviz.arrays.digits import DIGITS
from gradviz.arrays.digits import typeset as with_minus
from gradviz.graph.graph import CONSTANT, INPUT, Edge, Graph
from gradviz.ops.op import say_shape
from gradviz.scene.blocks import (
    CONTRIBUTION,
    HEAT_SIDE,
    MOST_PANELS,
    NUMBER,
    SMALL,
    Block,
    Grid,
    Number,
    heat,
    printed,
    scaled,
    shape_caption,
    wide,
)
from gradviz.scene.images import image, is_image, unflattened
from gradviz.scene.typeset import typeset
from gradviz.story.accumulation import Branch
from gradviz.story.frame import Story
from gradviz.story.languages import say
from gradviz.story.maths.of_graph import of_text
from gradviz.story.maths.source import source
from gradviz.story.maths.unicode import powers
from gradviz.story.values import Range, briefly, grid_rows, is_written_out, range_of
from gradviz.story.values import size as size_of

WIDEST_CELL = 9
"""Characters in a cell: an array with longer exact numbers is shown by its shape."""

CONTRIBUTION_SIDE = 44.0
SLIM_SIDE = 36.0
LEAF_SIDE = 64.0
"""The sides of heatmaps: at a wire, in a picture with folded scopes, and of that picture's inputs.
"""


class Figures:
    """Makes the blocks of one story, and the notes of branches; asking twice costs nothing.

    What an edge brings to a value that is used nowhere else is not drawn: it is that value's
    gradient. Where scopes are folded, heatmaps are small. `images` are the inputs drawn as images,
    in addition to those that `gradviz.scene.images` finds; `digits` replaces the story's. With
    `brief` a note that is wider than the numbers above it says only how many terms its sum has.
    """

    def __init__(
        self,
        story: Story,
        images: Collection[int] = (),
        digits: int | None = None,
        brief: bool = False,
    ) -> None:
        self.story, self.trace, self.images = story, story.trace, images
        self.digits = story.rules.digits if digits is None else digits
        self.brief = brief
        self.is_slim = any(
            not n.is_leaf and story.trace.graph.op(n).hidden for n in story.trace.graph.nodes
        )
        self._made: dict[tuple[Any, ...], Block] = {}

    def value(self, node: int) -> Block:
        """A node's value."""
        row, value = self.trace.graph.nodes[node], self.trace.values[node]
        if ("value", node) not in self._made and row.op == INPUT and self._is_image(node):
            xp = self.trace.xp
            self._made["value", node] = image(xp, unflattened(xp, value, row), row.shape)
        return self._kept(("value", node), value, node)

    def values(self, node: int) -> list[Block]:
        """A node's value at every moment: a parameter's before, during and after its update."""
        step = self.trace.updated_in(node)
        found = [self.value(node)]
        return found if step is None else [*found, self.updated(node, step), self.after(node)]

    def value_by(self, node: int, number: int) -> Block:
        """A node's value after so many steps."""
        step = self.trace.updated_in(node)
        if step is None or number < step:
            return self.value(node)
        return self.updated(node, step) if number == step else self.after(node)

    def after(self, node: int) -> Block:
        """A parameter's new value."""
        return self._kept(("after", node), self.trace.value_by(node, len(self.trace)), node)

    def updated(self, node: int, step: int) -> Block:
        """A parameter's value in the step of its update: `0.4 → 0.362`, of an array the new one."""
        old, new = self.value(node), self.after(node)
        if isinstance(old, Number) and isinstance(new, Number):
            return Number(f"{old.words} → {new.words}", old.size, new.finite)
        return new

    def _is_image(self, node: int) -> bool:
        row = self.trace.graph.nodes[node]
        return self.trace.backend != "exact" and (node in self.images or is_image(row))

    def gradient(self, node: int, arrived: int) -> Block:
        """A node's gradient after so many contributions; the output's is the seed."""
        if node == self.trace.graph.output:
            return self._kept(("gradient", node, 0), self.trace.seed, node)
        return self._kept(("gradient", node, arrived), self.trace.after(node, arrived), node)

    def contribution(self, edge: Edge, alone: bool = False) -> Block | None:
        """What an edge brings to a branch in the whole run; None for one that brings nothing, or,
        unless `alone`, to a value that is used nowhere else.
        """
        key, step = ("contribution", edge), self.trace.step_of(edge)
        if step is None or (self.trace.uses(edge.source) < 2 and not alone):
            return None
        if key not in self._made:
            side = SLIM_SIDE if self.is_slim else CONTRIBUTION_SIDE
            self._made[key] = self._block(self.trace.step(step).contribution, CONTRIBUTION, side, 0)
        return self._made[key]

    def gradients(self, node: int) -> list[Block]:
        """A node's gradient at every moment."""
        if not self.trace.has_backward:
            return []
        if node == self.trace.graph.output:
            return [self.gradient(node, 0)]
        return [self.gradient(node, k) for k in range(1, self.trace.uses(node) + 1)]

    def notes(self, node: int) -> list[str]:
        """The longest notes that will ever stand under a branching node's gradient."""
        last = [s.number for s in self.trace.contributions(node)[-1:]]
        branches = [self.story.frame(k).branch_at(node) for n in last for k in (n - 1, n)]
        return [self.note(node, branch) for branch in branches if branch is not None]

    def note(self, node: int, branch: Branch) -> str:
        """The note under the gradient of a branching node."""
        said = powers(branch.note)
        return branch.count if self.brief and self._is_wide(node, said) else said

    def has_wide_note(self, node: int) -> bool:
        """Whether a note under a node's gradient is wider than the numbers above it."""
        return any(self._is_wide(node, note) for note in self.notes(node))

    def _is_wide(self, node: int, note: str) -> bool:
        blocks = [*self.values(node), *self.gradients(node)]
        return wide(note, SMALL) > max(block.width for block in blocks)

    def _kept(self, key: tuple[Any, ...], value: Any, node: int) -> Block:
        if key not in self._made:
            row, rules = self.trace.graph.nodes[node], self.story.rules
            if not self.is_slim:
                digits = self.digits
                if key[0] == "value" and (digits == rules.digits or row.op == CONSTANT):
                    digits = rules.hand.digits_of(node)
                self._made[key] = block(self.trace.xp, value, NUMBER, digits)
            elif row.is_leaf:
                self._made[key] = self._block(value, NUMBER, LEAF_SIDE)
            else:
                self._made[key] = self._block(
                    value, NUMBER, SLIM_SIDE, 0 if self.trace.graph.op(row).hidden else 1
                )
        return self._made[key]

    def _block(self, value: Any, size: float, side: float = HEAT_SIDE, lines: int = 2) -> Block:
        return block(self.trace.xp, value, size, self.digits, side, lines)


def constants(graph: Graph, digits: int) -> dict[int, Block]:
    """The numbers of a graph without values: its constants."""
    found = {}
    for node in graph.nodes:
        if node.op == CONSTANT:
            value = node.options["value"]
            if value == "pi":
                found[node.id] = _exact("pi", NUMBER)
            else:
                xp = for_backend("numpy")
                found[node.id] = block(xp, xp.asarray(value), NUMBER, digits)
    return found


def block(
    xp: Any, value: Any, size: float, digits: int = DIGITS, side: float = HEAT_SIDE, lines: int = 2
) -> Block:
    """The block of a value.

    side   how large a heatmap is.
    lines  how many lines stand below one: its shape, and the range of its numbers.
    """
    shape = tuple(xp.shape(value))
    if is_written_out(shape, "box"):
        return _small(xp.plain(value), shape, size, digits)
    if 0 in shape or xp.name == "exact":
        return Number(briefly(xp, value, "box", digits), size)
    most = 1 if lines < 2 else MOST_PANELS
    said = (
        [shape_caption(shape, most), _range(*range_of(xp, value), digits)]
        if lines > 1
        else [say_shape(shape)]
    )
    return heat(xp, value, said[:lines], side, most)


def _small(plain: Any, shape: tuple[int, ...], size: float, digits: int) -> Block:
    """A number, or a grid of numbers where they are not too long."""
    if not shape:
        return _exact(plain, size) if isinstance(plain, str) else _number(plain, size, digits)
    rows = grid_rows(plain, shape)
    texts = tuple(tuple(printed(v, digits) for v in row) for row in rows)
    if max(len(t) for row in texts for t in row) > WIDEST_CELL + digits:
        return Number(size_of(shape), size)
    odd = {(i, j) for i, row in enumerate(rows) for j, v in enumerate(row) if not _finite(v)}
    return Grid(texts, size - 1, frozenset(odd))


def _number(value: Any, size: float, digits: int) -> Number:
    return Number(printed(value, digits), size, _finite(value))


def _exact(value: str, size: float) -> Block:
    """A whole number or a fraction as text, anything else typeset."""
    if value.lstrip("-").replace("/", "", 1).isdigit() or value in ("True", "False"):
        return Number(with_minus(value.lower()), size)
    written = source(of_text(value))
    return scaled(written, typeset([written])[written], size)


def _finite(value: Any) -> bool:
    return isinstance(value, str) or math.isfinite(value)


def _range(found: Range | None, odd: int, digits: int) -> str:
    """`−1.2 to 3`, with few digits."""
    if found is None:
        return say("not finite")
    low, high = (printed(v, min(digits, 3)) for v in (found.low, found.high))
    told = say("{low} to {high}" if low != high else "all {low}", low=low, high=high)
    return say("{summary}, {odd} not finite", summary=told, odd=odd) if odd else told
