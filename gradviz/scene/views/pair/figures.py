"""The values, gradients and contributions of two runs as blocks, each made once."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any, Final

import numpy as np

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number, typeset
from gradviz.graph.graph import Edge
from gradviz.scene.blocks import CONTRIBUTION, NUMBER, Block, Grid, Heat, Number, heat
from gradviz.scene.views.graph.values import Figures, block
from gradviz.scene.views.pair.blocks import LOWEST, Headed, Less, Pair, Part, evened
from gradviz.story.languages import say
from gradviz.story.maths.unicode import powers
from gradviz.story.pair.frames import PairStory
from gradviz.story.pair.words import MOST_DIGITS
from gradviz.trace.compared import Difference, difference

Asked = tuple[Block, Any] | None
"""What one run has: its block and its value; None for nothing."""
SIDE: Final = 84.0


class PairFigures:
    """Makes the blocks of one story; the counterpart of `gradviz.scene.views.graph.values`.

    beside  what has its matrices beside each other rather than below: values, gradients.
    """

    def __init__(
        self,
        story: PairStory,
        images: Collection[int] = (),
        digits: int | None = None,
        brief: bool = False,
        beside: Collection[str] = (),
    ) -> None:
        self.beside = beside
        self.story, self.walk, self.digits = story, story.walk, digits or story.digits
        self.figures = [Figures(own, (), digits, brief) for own in story.stories]
        self._made: dict[tuple[Any, ...], Block] = {}
        self._arrived: dict[int, list[tuple[int | None, int | None]]] | None = None

    @property
    def trace(self) -> Any:
        """The first run."""
        return self.walk.trace

    def value(self, node: int) -> Block:
        """A node's value in both runs."""
        return self._block(
            ("value", node), node, lambda f, i, side: (f.value(i), f.trace.values[i])
        )

    def values(self, node: int) -> list[Block]:
        """A node's value at every moment."""
        moments = {(0, 0)} | {self.walk.counts(k) for k in self._updates(node)}
        return [self._value_at(node, counts) for counts in sorted(moments)]

    def value_by(self, node: int, number: int) -> Block:
        """A node's value after so many steps."""
        updates = [k for k in self._updates(node) if k <= number]
        return self._value_at(node, self.walk.counts(updates[-1]) if updates else (0, 0))

    def _value_at(self, node: int, counts: tuple[int, int]) -> Block:
        if counts == (0, 0):
            return self.value(node)

        def found(own: Figures, i: int, side: int) -> Asked:
            k = own.trace.updated_in(i)
            if k is None or counts[side] < k:
                return own.value(i), own.trace.values[i]
            return own.after(i), own.trace.value_by(i, len(own.trace))

        return self._block(("value", node, counts), node, found)

    def _updates(self, node: int) -> list[int]:
        """The steps of the walk that give a parameter its new value in either run."""
        pair, found = self.walk.union.nodes[node], []
        for side, own in enumerate(pair):
            k = None if own is None else self.walk.runs[side].updated_in(own)
            if k is not None:
                held = [counts[side] for counts in self.walk.held]
                found.append(held.index(k))
        return sorted(set(found))

    def gradient(self, node: int, arrived: tuple[int | None, int | None]) -> Block:
        """A node's gradient after so many contributions in each run."""

        def found(own: Figures, i: int, side: int) -> Asked:
            count = arrived[side]
            if count is None:
                return None
            is_output = i == own.trace.graph.output
            return own.gradient(i, count), own.trace.seed if is_output else own.trace.after(
                i, count
            )

        return self._block(("gradient", node, arrived), node, found)

    def gradients(self, node: int) -> list[Block]:
        """A node's gradient at every moment of the walk."""
        return [self.gradient(node, arrived) for arrived in self._moments(node)]

    def _moments(self, node: int) -> list[tuple[int | None, int | None]]:
        """How many contributions there are in each run, at every moment of the walk."""
        if self._arrived is None:
            self._arrived = {}
            for k in range(1, len(self.walk)):
                at = self.story.frame(k).step
                if at is not None and self.walk.phase(k) in ("seed", "backward"):
                    touched = at.node if at.edge is None else at.edge.source
                    now = self.story.frame(k).node(touched).arrived
                    self._arrived.setdefault(touched, []).append(now)
        return self._arrived.get(node, [])

    def contribution(self, edge: Edge, alone: bool = False) -> Block | None:
        """What an edge brings to a branch in the runs that have it."""
        found: list[Asked] = []
        for own, mine in zip(self.figures, self.walk.union.edges[edge], strict=True):
            made = None if mine is None else own.contribution(mine, alone)
            k = None if mine is None else own.trace.step_of(mine)
            known = made is not None and k is not None
            found.append((made, own.trace.step(k).contribution) if known else None)  # type: ignore[arg-type]
        if not any(found):
            return None
        return self._kept(("contribution", edge), edge.source, found, CONTRIBUTION)

    def note(self, node: int, branch: Any) -> str:
        """The note under the gradient of a branching node."""
        return powers(branch.note)

    def has_wide_note(self, node: int) -> bool:
        """Notes say how many terms are in: there are none to leave out."""
        return False

    def notes(self, node: int) -> list[str]:
        """The notes that will stand under a branching node's gradient."""
        said = set()
        for k in range(1, len(self.walk)):
            at = self.story.frame(k).step
            if at is not None and at.edge is not None and at.edge.source == node:
                waiting = self.story.frame(k).branch_at(node)
                said |= {waiting.note} if waiting else set()
        return sorted(said)

    def _block(
        self, key: tuple[Any, ...], node: int, ask: Callable[[Figures, int, int], Asked]
    ) -> Block:
        if key in self._made:
            return self._made[key]
        pair = self.walk.union.nodes[node]
        found = [
            None if i is None else ask(own, i, side)
            for side, (own, i) in enumerate(zip(self.figures, pair, strict=True))
        ]
        return self._kept(key, node, found, NUMBER)

    def _kept(self, key: tuple[Any, ...], node: int, found: list[Asked], size: float) -> Block:
        if key not in self._made:
            self._made[key] = self._joined(node, found, size, key[0] in self.beside)
        return self._made[key]

    def _joined(self, node: int, found: list[Asked], size: float, beside: bool) -> Block:
        parts = [Part(side, made[0]) for side, made in enumerate(found) if made is not None]
        there = [made for made in found if made is not None]
        if len(there) < 2:
            return Pair((Part(parts[0].side, self._named(node, [parts[0].block])[0]),))
        (first, a), (second, b) = there
        apart = difference(a, b)
        if apart is None:
            return first if first == second else Pair(tuple(parts), differs=True)
        if apart.is_none and first == second:
            return self._named(node, [first])[0]
        if isinstance(first, Heat) and apart.count is not None:
            return first if apart.is_none else Less(self._heat(apart))
        if apart.is_none:
            return self._named(node, [first])[0]
        if isinstance(first, Number) and isinstance(second, Number):
            first, second = self._told_apart(a, b, size, first, second)
        beside = beside and min(first.height, second.height) > LOWEST
        blocks = self._named(node, [first, second], beside)
        cells = _cells(a, b) if isinstance(first, Grid) and apart.count is not None else frozenset()
        made = tuple(Part(side, one) for side, one in enumerate(blocks))
        return Pair(made, not cells, cells, beside)

    def _told_apart(
        self, a: Any, b: Any, size: float, first: Block, second: Block
    ) -> tuple[Block, Block]:
        """Two numbers with as many digits as it takes to see that they differ."""
        digits = self.digits
        xp = self.story.stories[0].trace.xp, self.story.stories[1].trace.xp
        while first == second and digits < MOST_DIGITS:
            digits += 1
            first, second = block(xp[0], a, size, digits), block(xp[1], b, size, digits)
        return first, second

    def _named(self, node: int, blocks: list[Block], beside: bool = False) -> list[Block]:
        """Grids of scores with the names of classes above the first, or both, all of one width."""
        grids = [made for made in blocks if isinstance(made, Grid)]
        names = self.walk.classes
        if len(grids) < len(blocks):
            return blocks
        if node not in self.walk.scores or {len(g.rows[0]) for g in grids} != {len(names)}:
            return [*evened(grids)]
        first = Headed(grids[0].rows, grids[0].size, grids[0].invalid, names)
        across = max(first.cell[0], *(grid.cell[0] for grid in grids))
        heads = True, beside
        return [
            Headed(grid.rows, grid.size, grid.invalid, names if has else (), across)
            for grid, has in zip(grids, heads, strict=False)
        ]

    def _heat(self, apart: Difference) -> Block:
        """The difference of two large arrays, how many entries differ, and where most."""
        assert apart.count is not None and apart.largest is not None and apart.place is not None
        digits = min(self.digits, 3)
        largest = _said(apart.largest, digits)
        norms = ", ".join(_said(n, digits) for n in apart.norms)
        caption = [
            say("{count:,} of {size:,} differ", count=apart.count, size=apart.size),
            say("by ≤ {largest} at {place}", largest=largest, place=str(list(apart.place))),
            say("norms {norms}", norms=norms),
        ]
        array = np.where(np.isfinite(apart.array), apart.array, math.nan)
        return heat(for_backend("numpy"), array, caption, SIDE)


def _said(value: float, digits: int) -> str:
    return powers(typeset(number(value, digits)))


def _cells(a: Any, b: Any) -> frozenset[tuple[int, int]]:
    """The cells of a grid that differ; a vector is a row."""
    first, second = (np.atleast_2d(np.asarray(v, dtype=float)) for v in (a, b))
    shape = first.shape[-2:]
    found = set()
    for place in np.ndindex(shape):
        one, other = (v.reshape(shape)[place] for v in (first, second))
        apart = difference(one, other)
        if apart is not None and not apart.is_none:
            found.add((int(place[0]), int(place[1])))
    return frozenset(found)
