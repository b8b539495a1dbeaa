"""A nudge: one number is moved by hand, and what the loss does is set beside its gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from gradviz.arrays.digits import number, plain_minus, writing
from gradviz.engine.nudging import nudged
from gradviz.errors import ValueInputError
from gradviz.graph.graph import labels
from gradviz.story.maths import M, unicode
from gradviz_tui.walk.state import Walk

STEP = 1e-3
"""A nudge of a number near 1."""
NEAR = 0.02
"""A slope so near to the gradient, in parts of it, is near."""


@dataclass(frozen=True)
class Nudge:
    """A number that is moved.

    before   where the student was; there everything ends.
    subject  the node as it is shown.
    node     the same in the whole run.
    place    the element, () in a single number.
    times    how often it was moved, downwards where negative.
    walk     the walk with the number moved, at the loss.
    """

    before: Walk
    subject: int
    node: int
    place: tuple[int, ...]
    times: int
    walk: Walk

    @property
    def by(self) -> float:
        """How far it was moved."""
        return self.times * _step(self._old)

    def again(self, by: int) -> Nudge:
        """Moved once more, up or down; never to where it was."""
        times = self.times + by or by
        return _moved(self.before, self.subject, self.place, times)

    def beside(self, by: int) -> Nudge:
        """The next element of an array moved instead, or the one before."""
        shape = self.before.view.whole.graph.nodes[self.node].shape or ()
        if not shape:
            return self
        index = 0
        for i, size in zip(self.place, shape, strict=True):
            index = index * size + i
        return _moved(
            self.before, self.subject, _place((index + by) % math.prod(shape), shape), self.times
        )

    @property
    def _old(self) -> float:
        return float(self.before.view.whole.values[self.node][self.place])

    @property
    def lines(self) -> tuple[str, ...]:
        """`x 2 → 2.001, f 4 → 4.003`, and `Δf/Δx = 0.003/0.001 = 3 ≈ dx = 3`."""
        with writing("digits"):
            return self._lines()

    def _lines(self) -> tuple[str, ...]:
        whole, new = self.before.view.whole, self.walk.view.whole
        x, f = _named(whole, self.node, self.place), self._loss
        seed, out = whole.seed, whole.graph.output
        rise = float((seed * (new.values[out] - whole.values[out])).sum())
        before, after = (float((seed * t.values[out]).sum()) for t in (whole, new))
        slope = rise / self.by
        gradient = float(whole.gradients[self.node][self.place])
        near = abs(slope - gradient) <= NEAR * max(abs(gradient), abs(slope), 1e-9)
        digits = 4
        sign = "≈" if near else "≠"
        moved = f"{x} {_change(self._old, self._old + self.by)},  {f} {_change(before, after)}"
        ratio = f"{number(rise, digits)}/{number(self.by, digits)}"
        said = f"Δ{f}/Δ{x} = {ratio} = {number(slope, digits)} {sign} d{x} = " + number(
            gradient, digits
        )
        if not near:
            said += ": there is a kink here, or the curve bends too much for so large a nudge"
        return plain_minus(moved), plain_minus(said)

    @property
    def _loss(self) -> str:
        whole = self.before.view.whole
        name = labels(whole.graph)[whole.graph.output]
        plain = not whole.xp.shape(whole.seed) and float(whole.seed) == 1
        return name if plain else f"(Σ upstream·{name})"


def begun(walk: Walk) -> Nudge:
    """The subject of a walk moved up once; of an array the element with the largest gradient.

    Raises ValueInputError for what cannot be moved.
    """
    whole, node = walk.view.whole, walk.view.node[walk.subject]
    gradient = whole.gradients[node]
    if gradient is None:
        raise ValueInputError("this node has no gradient", hint=whole.note or "select another node")
    shape = whole.graph.nodes[node].shape or ()
    place: tuple[int, ...] = ()
    if shape and whole.backend.startswith("numpy"):
        place = _place(int(abs(gradient).argmax()), shape)
    return _moved(walk, walk.subject, place, 1)


def _moved(before: Walk, subject: int, place: tuple[int, ...], times: int) -> Nudge:
    whole, node = before.view.whole, before.view.node[subject]
    value: Any = whole.values[node]
    if not whole.backend.startswith("numpy") or not math.isfinite(float(value[place])):
        raise ValueInputError("only finite floats are nudged")
    made = nudged(whole, node, place, times * _step(float(value[place])))
    opened = replace(before.opened, trace=made)
    walk = replace(before, opened=opened, past=(*before.past, before.opened), selected=subject)
    return Nudge(before, subject, node, place, times, walk.loss())


def _step(value: float) -> float:
    """A thousandth of the power of ten that a number is near."""
    size = abs(value)
    return STEP if not size else STEP * 10.0 ** max(-9, math.floor(math.log10(size)))


def _place(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    found = []
    for size in reversed(shape):
        index, rest = divmod(index, size)
        found.append(rest)
    return tuple(reversed(found))


def _named(trace: Any, node: int, place: tuple[int, ...]) -> str:
    """x, or x₂ of an array, counted from 1 as in sentences."""
    name = M.name(labels(trace.graph)[node])
    return unicode.text(M.element(name, [str(k + 1) for k in place]) if place else name)


def _change(before: float, after: float) -> str:
    """`4 → 4.003`, in as many digits as show three of the difference."""
    apart = abs(after - before)
    digits = 4
    if apart and math.isfinite(apart):
        digits = min(12, max(4, math.ceil(math.log10(max(abs(before), abs(after)) / apart)) + 3))
    return f"{number(before, digits)} → {number(after, digits)}"
