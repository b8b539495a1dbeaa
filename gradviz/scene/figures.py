"""The values, gradients and contributions of a story as blocks, each made once."""

from __future__ import annotations

import math
from typing import Any

from gradviz.graph.graph import CONSTANT, Edge, Graph
from gradviz.ops.op import say_shape
from gradviz.scene.blocks import CONTRIBUTION, NUMBER, Block, Grid, Number, heat, scaled, shape_caption
from gradviz.scene.typeset import typeset
from gradviz.story import typst
from gradviz.story.digits import enough
from gradviz.story.frame import Story
from gradviz.story.numbers import flat, is_small, number
from gradviz.story.numbers import typeset as with_minus
from gradviz.story.writing import of_text

WIDEST_CELL = 9
"""Characters in a cell: an array with longer exact numbers is shown by its shape."""

MOST_TERMS = 4
WIDEST_SUM = 24
CONTRIBUTION_SIDE = 44.0


class Figures:
    """Makes the blocks of one story; asking twice costs nothing."""

    def __init__(self, story: Story) -> None:
        self.story, self.trace = story, story.trace
        self._made: dict[tuple[Any, ...], Block] = {}
        self._sums: dict[int, str] = {}

    def value(self, node: int) -> Block:
        """A node's value."""
        return self._kept(("value", node), self.trace.values[node], NUMBER)

    def gradient(self, node: int, arrived: int) -> Block:
        """A node's gradient after so many contributions; the output's is the seed."""
        if node == self.trace.graph.output:
            return self._kept(("gradient", node, 0), self.trace.seed, NUMBER)
        after = self.trace.contributions(node)[arrived - 1].after
        return self._kept(("gradient", node, arrived), after, NUMBER)

    def contribution(self, edge: Edge) -> Block | None:
        """What an edge brings in the whole run; None for one that brings nothing."""
        key = ("contribution", edge)
        if key not in self._made:
            step = self.trace.step_of(edge)
            if step is None:
                return None
            self._made[key] = self._block(self.trace.step(step).contribution, CONTRIBUTION)
        return self._made[key]

    def gradients(self, node: int) -> list[Block]:
        """A node's gradient at every moment."""
        if not self.trace.has_backward:
            return []
        if node == self.trace.graph.output:
            return [self.gradient(node, 0)]
        return [self.gradient(node, k) for k in range(1, self.trace.uses(node) + 1)]

    def note(self, node: int, arrived: int) -> str:
        """What stands under a branching gradient: `1 of 2`, then `Σ 2 + 3`; empty where there is no branch."""
        uses = self.trace.uses(node)
        if uses < 2 or not arrived:
            return ""
        if arrived < uses:
            return f"{arrived} of {uses}"
        if node not in self._sums:
            self._sums[node] = self._sum(node)
        return self._sums[node]

    def notes(self, node: int) -> list[str]:
        """The longest things that will ever stand under a node's gradient."""
        uses = self.trace.uses(node)
        return [self.note(node, uses - 1), self.note(node, uses)] if uses > 1 else []

    def _sum(self, node: int) -> str:
        trace, rules = self.trace, self.story.rules
        steps = trace.contributions(node)
        short = f"Σ of {len(steps)}"
        if len(steps) > MOST_TERMS or trace.graph.nodes[node].shape:
            return short
        brought = [s.contribution for s in steps]
        digits = enough(brought, trace.gradients[node], lambda *v: sum(v), trace.xp, rules.digits)
        terms = [with_minus(number(trace.xp.plain(v), digits)) for v in brought]
        said = "Σ " + " + ".join(f"({t})" if i and t.startswith("−") else t for i, t in enumerate(terms))
        return said if len(said) <= WIDEST_SUM else short

    def _kept(self, key: tuple[Any, ...], value: Any, size: float) -> Block:
        if key not in self._made:
            self._made[key] = self._block(value, size)
        return self._made[key]

    def _block(self, value: Any, size: float) -> Block:
        trace, digits = self.trace, self.story.rules.digits
        return block(trace.xp.plain(value), tuple(trace.xp.shape(value)), size, digits)


def constants(graph: Graph, digits: int) -> dict[int, Block]:
    """The numbers of a graph without values: its constants."""
    found = {}
    for node in graph.nodes:
        if node.op == CONSTANT:
            value = node.options["value"]
            plain = "pi" if value == "pi" else _plain(value)
            found[node.id] = block(plain, _shape(plain), NUMBER, digits)
    return found


def block(plain: Any, shape: tuple[int, ...], size: float, digits: int) -> Block:
    """The block of a value given as nested lists of floats, of truth values, or of exact numbers as text."""
    if not shape:
        return _exact(plain, size) if isinstance(plain, str) else _number(plain, size, digits)
    if 0 in shape:
        return Number(f"[{say_shape(shape)}]", size)
    if is_small(shape):
        rows = plain if len(shape) == 2 else [plain]
        texts = tuple(tuple(with_minus(number(v, digits)) for v in row) for row in rows)
        if max(len(t) for row in texts for t in row) > WIDEST_CELL + digits:
            return Number(say_shape(shape), size)
        odd = {(i, j) for i, row in enumerate(rows) for j, v in enumerate(row) if not _finite(v)}
        return Grid(texts, size - 1, frozenset(odd))
    if any(isinstance(v, str) for v in flat(plain)):
        return Number(say_shape(shape), size)
    if size == CONTRIBUTION:
        return heat(plain, shape, (), CONTRIBUTION_SIDE)
    return heat(plain, shape, shape_caption(shape, _range(flat(plain), digits)))


def _number(value: Any, size: float, digits: int) -> Number:
    return Number(with_minus(number(value, digits)), size, _finite(value))


def _exact(value: str, size: float) -> Block:
    """A whole number or a fraction as text, anything else typeset."""
    if value.lstrip("-").replace("/", "", 1).isdigit() or value in ("True", "False"):
        return Number(with_minus(value.lower()), size)
    source = typst.write(of_text(value))
    return scaled(source, typeset([source])[source], size)


def _finite(value: Any) -> bool:
    return isinstance(value, str) or math.isfinite(value)


def _range(elements: list[Any], digits: int) -> str:
    finite = [float(v) for v in elements if math.isfinite(v)]
    if not finite:
        return "not finite"
    few = min(digits, 3)
    low, high = (with_minus(number(v, few)) for v in (min(finite), max(finite)))
    odd = len(elements) - len(finite)
    return (f"{low} to {high}" if low != high else f"all {low}") + (f", {odd} not finite" if odd else "")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, bool) else float(value)


def _shape(plain: Any) -> tuple[int, ...]:
    return (len(plain), *(_shape(plain[0]) if plain else ())) if isinstance(plain, list) else ()
