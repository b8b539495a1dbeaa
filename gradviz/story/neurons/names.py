"""What the units of a network are called: x₁, h₂, a₁⁽²⁾, ŷ."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

from gradviz.graph.graph import labels
from gradviz.story.maths import M, Maths
from gradviz.story.maths.names import split
from gradviz.trace.neurons import UnitTrace

LOW: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
HIGH: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

LONGEST: Final = 12
"""Units of layers with longer names are called by the usual letters."""


class Names:
    """The names in one walk."""

    def __init__(self, walk: UnitTrace) -> None:
        self.walk = walk
        last = len(walk.layers) - 1
        usual = {0: "x", last: "ŷ"}
        given = [split(n)[0] if len(n := layer.name) <= LONGEST else "" for layer in walk.layers]
        self.bases = [name or usual.get(k, "h") for k, name in enumerate(given)]

    def _number(self, layer: int) -> str:
        """The number of a layer, where another has the same letter."""
        return str(layer) if self.bases.count(self.bases[layer]) > 1 else ""

    def _index(self, layer: int, unit: int) -> str:
        return str(unit + self._first(layer)) if self.walk.layers[layer].size > 1 else ""

    def _first(self, layer: int) -> int:
        """The number of a layer's first unit: outputs that a label chooses from count as labels do,
        from 0.
        """
        if layer < len(self.walk.layers) - 1:
            return 1
        values = (self.walk.trace.values[node] for node in self.walk.targets)
        sizes = [math.prod(self.walk.trace.xp.shape(v)) for v in values]
        return int(sizes != [1])

    def text(self, layer: int, unit: int) -> str:
        """A unit in a sentence: `a₁⁽²⁾`, or its own name as it was typed."""
        if own := self.walk.layers[layer].names:
            return own[unit]
        number = self._number(layer).translate(HIGH)
        above = f"⁽{number}⁾" if number else ""
        return f"{self.bases[layer]}{self._index(layer, unit).translate(LOW)}{above}"

    def maths(self, layer: int, unit: int) -> Maths:
        """A unit in a formula."""
        if own := self.walk.layers[layer].names:
            return M.name(own[unit]) if own[unit].isidentifier() else M.phrase(own[unit])
        return self._written(self.bases[layer], layer, unit, numbered=bool(self._number(layer)))

    def of(self, letter: str, layer: int, unit: int) -> Maths:
        """A quantity of a unit, such as its z or δ, with the number of its layer where one of
        another layer would be written alike.
        """
        return self._written(letter, layer, unit, numbered=self._is_shared(layer))

    def _is_shared(self, layer: int) -> bool:
        """Whether another layer after the inputs has units with the same indices, or none."""
        sizes = [own.size > 1 for own in self.walk.layers[1:]]
        return sizes.count(self.walk.layers[layer].size > 1) > 1

    def _written(self, letter: str, layer: int, unit: int, *, numbered: bool) -> Maths:
        index = self._index(layer, unit)
        found = M.at(M.name(letter), index) if index else M.name(letter)
        return M.pow(found, M.phrase(f"({layer})")) if numbered else found

    def weight(self, layer: int, unit: int, source: int, *, numbered: bool = False) -> Maths:
        """The weight from a unit of the layer before; `numbered` where other layers' stand by."""
        if own := self.walk.layers[layer].weight_names:
            return M.name(own[unit][source])
        ends = self._index(layer, unit), self._index(layer - 1, source)
        long = any(self.walk.layers[k].size > 9 for k in (layer, layer - 1))
        index = ("," if long and all(ends) else "").join(ends)
        found = M.at(M.name("w"), index) if index else M.name("w")
        return M.pow(found, M.phrase(f"({layer})")) if numbered else found

    @cached_property
    def loss(self) -> str:
        """What is differentiated: the loss, or the output of a network without one."""
        graph, trace = self.walk.trace.graph, self.walk.trace
        plain = trace.xp.plain(trace.seed) if trace.has_backward else 1.0
        is_one = plain in (1.0, [1.0], [[1.0]])
        name = graph.nodes[graph.output].name
        if self.walk.tail and is_one and 0 < len(name) <= LONGEST:
            return name
        if not self.walk.tail and is_one:
            return self.bases[-1]
        taken = {*labels(graph).values(), *self.bases}
        return next(name for name in ("L", "loss", "loss_", "loss__") if name not in taken)
