"""The formulas of a network as volumes: sizes, parameters, sums of gradients.

The size of what a window makes is (n + 2p − k)/s + 1 (Dumoulin and Visin 2016, relationship 6),
with d(k − 1) + 1 for k where its cells are d apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final

from gradviz.arrays.digits import number, rounded, rounds_to
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.maths import M
from gradviz.story.maths.tree import Maths, Role
from gradviz.story.volumes.names import Names, size
from gradviz.trace.volumes import Layer, Norms, VolumeStep, VolumeTrace

GUARDED: Final = 8
"""The most digits of numbers that a reader may multiply or add."""


class VolumeFormulas:
    """The formulas of one walk."""

    def __init__(self, walk: VolumeTrace, rules: Rules, names: Names) -> None:
        self.walk, self.rules, self.names = walk, rules, names
        self.digits = rules.digits
        self.loss = rules.loss

    def said(self, value: float, digits: int | None = None) -> str:
        """A number as it is shown."""
        return number(value, digits or self.digits)

    def of(self, step: VolumeStep) -> Formula:
        """The formula of a step."""
        layer = self.walk.layers[step.place.layer]
        if step.place.kind == "loss":
            return self._loss(step)
        if step.place.kind == "back":
            return self._back(layer, step.norms)
        if layer.window is not None:
            return self._slid(layer)
        if layer.kernel is not None:
            return self._parameters(layer) or self._products(layer)
        return self._written(layer)

    # Sizes.

    def _slid(self, layer: Layer) -> Formula:
        """The rows and columns that a window leaves, then the parameters."""
        rest = self._parameters(layer)
        sides = [self._side(layer, axis) for axis in (0, 1)]
        if (
            layer.window is not None
            and layer.takes[1] == layer.shape[1] == 1 == layer.window.size[0]
        ):
            rule, filled, result = sides[1]
            return Formula(M.words("columns"), "=", rule, filled, result, then=rest)
        if sides[0] == sides[1]:
            rule, filled, result = sides[0]
            return Formula(M.words("rows = columns"), "=", rule, filled, result, then=rest)
        rule, filled, result = sides[1]
        across = Formula(M.words("columns"), "=", rule, filled, result, then=rest)
        rule, filled, result = sides[0]
        return Formula(M.words("rows"), "=", rule, filled, result, then=across)

    def _side(self, layer: Layer, axis: int) -> tuple[Maths, Maths, Maths]:
        """Along one axis: the rule, the numbers put in, the result."""
        window = layer.window
        assert window is not None
        n, made = layer.takes[1 + axis], layer.shape[1 + axis]
        k, s, d = window.size[axis], window.stride[axis], window.dilation[axis]
        before, after = window.padding[axis]
        num = M.number
        rule, filled = M.name("n"), num(n)
        if before == after:
            rule = M.add(rule, M.mul(num(2), M.name("p")))
            filled = M.add(filled, M.mul(num(2), num(before)))
        else:
            rule = M.add(M.add(rule, M.at(M.name("p"), "1")), M.at(M.name("p"), "2"))
            filled = M.add(M.add(filled, num(before)), num(after))
        if d == 1:
            rule, filled = M.sub(rule, M.name("k")), M.sub(filled, num(k))
        else:
            one = M.sub(M.name("k"), num(1)), M.sub(num(k), num(1))
            rule = M.sub(M.sub(rule, M.mul(M.name("d"), one[0])), num(1))
            filled = M.sub(M.sub(filled, M.mul(num(d), one[1])), num(1))
        whole = _over(rule, M.name("s")), _over(filled, num(s))
        span = n + before + after - (d * (k - 1) + 1)
        if span % s == 0:
            return *whole, hot(str(made))
        exact = number(span / s + 1, 4)
        return *whole, M.say("{exact}, rounded down: {}", hot(str(made)), exact=exact)

    def _parameters(self, layer: Layer) -> Formula | None:
        """How many numbers are trained, as a product."""
        if layer.kernel is None or not layer.parameters or not layer.products:
            return None
        outputs = layer.shape[0]
        each = _product(layer.weights[1:] if layer.form == "conv" else layer.takes)
        added = layer.parameters - outputs * layer.products
        if added == outputs:
            each = M.add(each, M.number(1))
        rule = M.mul(M.number(outputs), each)
        if added not in (0, outputs):
            rule = M.add(rule, M.number(added))
        return Formula(M.words("parameters"), "=", rule, None, hot(f"{layer.parameters:,}"))

    def _products(self, layer: Layer) -> Formula:
        return Formula(M.words("output"), "=", M.phrase(size(layer.shape)), None, None)

    def _written(self, layer: Layer) -> Formula:
        """The units of a vector that a volume is written as."""
        rule = _product(layer.takes)
        if layer.form != "flat" or len(layer.takes) == 1 or not layer.is_vector:
            return self._products(layer)
        return Formula(M.words("units"), "=", rule, None, hot(f"{layer.shape[0]:,}"))

    # The loss and the way back.

    def _loss(self, step: VolumeStep) -> Formula:
        graph, (first, *others) = self.walk.trace.graph, self.walk.tail
        left, last = M.name(self.loss), self.walk.layers[-1]
        value = None if step.value is None else hot(self.said(step.value))
        if others:
            made = M.words("made of the last layer") if value is None else value
            return Formula(left, "=", made, None, None)
        given = [
            last.name if i == last.value else self.rules.labels.get(i, "…")
            for i in graph.args[first]
        ]
        return Formula(left, "=", M.call(graph.op(first).name, *map(M.name, given)), None, value)

    def _back(self, layer: Layer, norms: Norms) -> Formula:
        """What is summed for the kernel, and how long the gradients are."""
        if norms.kernel is None:
            if norms.input is None:
                return self._products(layer)
            length = M.length(self._by("x"))
            return Formula(length, "=", hot(self.said(norms.input)), None, None)
        if layer.form == "dense" and self.walk.batch is None:
            return self._outer(norms)
        shown = Formula(M.length(self._by("w")), "=", hot(self.said(norms.kernel)), None, None)
        first = self._sum(layer)
        return replace(first, then=shown) if first else shown

    def _by(self, name: str) -> Maths:
        return M.differential(M.name(name))

    def _outer(self, norms: Norms) -> Formula:
        """‖∂L/∂w‖ = ‖u‖ · ‖x‖: the gradient of a matrix that meets one vector is u xᵀ."""
        assert norms.kernel is not None
        u, x = norms.upstream, norms.taken
        left = M.length(self._by("w"))
        u_name, x_name = M.name(self.rules.upstream), M.name("x")
        rule = M.mul(M.length(u_name), M.length(x_name))
        if u is None or x is None:
            return Formula(left, "=", rule, None, hot(self.said(norms.kernel)))
        digits = self.digits_for([u, x], norms.kernel, math.prod)
        filled = M.mul(*(M.number(self.said(v, digits)) for v in (u, x)))
        return Formula(left, "=", rule, filled, hot(self.said(norms.kernel)), digits=digits)

    def _sum(self, layer: Layer) -> Formula | None:
        """∂L/∂w as a sum over all places, or over the samples of a batch."""
        u, x, dw = M.name(self.rules.upstream), M.name("x"), self._by("w")
        if layer.form == "dense":
            body = M.mul(M.place(u, ["n", "o"]), M.place(x, ["n", "i"]))
            return Formula(M.place(dw, ["o", "i"]), "=", M.sum_over("n", body), None, None)
        if layer.window is None:
            return None
        rows = [_seen(layer, axis, *["mi", "nj"][axis]) for axis in (0, 1)]
        body = M.mul(M.place(u, ["o", "m", "n"]), M.place(x, ["c", *rows]))
        left = M.place(dw, ["o", "c", "i", "j"])
        return Formula(left, "=", M.sum_over("mn", body), None, None)

    def digits_for(
        self, parts: Sequence[float], result: float, combine: Callable[[Sequence[float]], float]
    ) -> int:
        """With how many digits the parts give the result by hand as it is shown."""
        if not math.isfinite(result):
            return self.digits
        for digits in range(self.digits, GUARDED):
            by_hand = combine([rounded(v, digits) for v in parts])
            if rounds_to(by_hand, result, self.digits, ties=False):
                return digits
        return GUARDED


def hot(text: str) -> Maths:
    """A number of this step as it is shown."""
    role: Role = "hot"
    made = M.phrase(text) if "," in text else M.number(text)
    return Maths(made.kind, made.parts, made.text, made.level, (), role)


def _over(above: Maths, below: Maths) -> Maths:
    """above/below + 1, on one line."""
    return M.add(M.over(above, below), M.number(1))


def _product(factors: Sequence[int]) -> Maths:
    return reduce(M.mul, map(M.number, factors))


def _seen(layer: Layer, axis: int, at: str, offset: str) -> str:
    """The row or column of the input under a window: `2m+i−1`."""
    window = layer.window
    assert window is not None
    s, d, before = window.stride[axis], window.dilation[axis], window.padding[axis][0]
    said = f"{s if s > 1 else ''}{at}+{d if d > 1 else ''}{offset}"
    return said + (f"−{before}" if before else "")
