"""The story of a network unit by unit: the sentence and the formula of each step."""

from __future__ import annotations

import math
from collections.abc import Collection

from gradviz.arrays.digits import DIGITS
from gradviz.story.derived import DerivedFrame, DerivedStory, Lit
from gradviz.story.languages import say
from gradviz.story.neurons.formulas import UnitFormulas
from gradviz.story.neurons.names import Names
from gradviz.story.neurons.paths import lit, units
from gradviz.story.neurons.sentences import UnitWords
from gradviz.trace.neurons import Kind, Place, UnitStep, UnitTrace
from gradviz.trace.paths import BETWEEN
from gradviz.trace.ways import Spot


class UnitFrame(DerivedFrame[UnitStep]):
    """The walk after `number` steps."""

    story: UnitStory
    walk: UnitTrace

    @property
    def place(self) -> Place | None:
        """What the step is about."""
        return self.walk.places[self.number - 1] if self.is_at_work else None

    def knows(self, kind: Kind, layer: int, unit: int | None = None) -> bool:
        """Whether a number is known by now: a unit's value (`unit`), its δ, a layer's weights'
        gradients, those of the inputs, the loss.
        """
        since = self.walk.since(Place(kind, layer, unit))
        return since is not None and since <= self.number

    @property
    def focus(self) -> int | None:
        """The node at work: that of the layer's values, or of the loss."""
        place = self.place
        if place is None:
            return None
        if place.kind == "loss":
            return self.walk.trace.graph.output
        return self.walk.layers[place.layer].node

    @property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        step = self.step
        if step is None:
            return False
        brought = (step.sum, step.value, step.gradient, step.delta)
        return not all(math.isfinite(v) for v in brought if v is not None)


class UnitStory(DerivedStory[UnitFrame]):
    """Tells one walk over units; the counterpart of `gradviz.story.frame.Story`."""

    FRAME = UnitFrame
    walk: UnitTrace

    def __init__(self, walk: UnitTrace, digits: int = DIGITS) -> None:
        super().__init__(walk, digits)
        self.names = Names(walk)
        self.formulas = UnitFormulas(walk, self.rules, self.names)
        self.words = UnitWords(walk, self.names, self.formulas)

    def lit(self, paths: str) -> Lit:
        """The paths that `x_1..h_2..L` means. Raises what `neurons.paths.lit` does."""
        return lit(self.walk, self.names, self.rules.digits, paths)

    def spots(self, word: str) -> Collection[Spot]:
        """The units that a name, or a path such as `x_1..h_2..L`, means. Raises what `lit` does."""
        return self.lit(word).spots if BETWEEN in word else units(self.walk, self.names, word)

    def steps_along(self, path: str) -> list[int]:
        """The steps along a path such as `x_1..h_2..L`: of its units but the first, and of the
        layers between which it leads. Raises what `lit` does.
        """
        found, last = self.lit(path), len(self.walk.layers)
        reached = {target for _, target in found.hops}
        layers = {layer for layer, _ in reached}

        def is_on(place: Place) -> bool:
            if place.kind == "inputs":
                return any(layer == 0 for layer, _ in found.spots)
            if place.unit is None:
                return (last if place.kind == "loss" else place.layer) in layers
            return (place.layer, place.unit) in (found.spots if place.kind == "delta" else reached)

        return [k for k, place in enumerate(self.walk.places, 1) if is_on(place)]

    @property
    def title(self) -> str:
        """`2-3-1 neurons`."""
        sizes = "-".join(str(layer.size) for layer in self.walk.layers)
        return say("{sizes} neurons", sizes=sizes)
