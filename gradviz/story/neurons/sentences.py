"""The sentences of a network's steps: what a unit adds up, and what its arcs bring back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from gradviz.arrays.digits import typeset
from gradviz.story.neurons.formulas import MOST_TERMS, UnitFormulas
from gradviz.story.neurons.names import Names
from gradviz.story.values import flat
from gradviz.trace.neurons import Layer, Term, UnitStep, UnitTrace

COUNTS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def counted(count: int, what: str) -> str:
    """`two inputs`, `784 inputs`."""
    said = COUNTS[count] if count < len(COUNTS) else f"{count:,}"
    return f"{said} {what}{'s' * (count != 1)}"


class UnitWords:
    """Says the steps of one walk."""

    def __init__(self, walk: UnitTrace, names: Names, formulas: UnitFormulas) -> None:
        self.walk, self.names, self.formulas = walk, names, formulas

    def start(self) -> str:
        """The sentence before the first step."""
        sizes = [layer.size for layer in self.walk.layers]
        layers = counted(len(sizes) - 1, "layer")
        return f"The {counted(sizes[0], 'input')} will pass through {layers}, unit by unit."

    def at_rest(self, backward: bool) -> str:
        """The sentence when a pass is complete."""
        walk = self.walk
        if backward:
            return "Every weight has its gradient: the δ of its unit times its input."
        if walk.tail:
            (value,) = flat(walk.trace.xp.plain(walk.trace.values[walk.trace.graph.output]))
            return typeset(f"All values are known; the loss is {self.formulas.said(value)}.")
        outputs = walk.layers[-1].values
        if len(outputs) == 1:
            name = self.names.text(len(walk.layers) - 1, 0)
            return typeset(f"All values are known; {name} is {self.formulas.said(outputs[0])}.")
        return "All values are known."

    def say(self, step: UnitStep) -> str:
        """The sentence of a step."""
        told: dict[str, Callable[[UnitStep], str]] = {
            "unit": self._unit,
            "loss": self._loss,
            "delta": self._delta,
            "weights": self._weights,
            "inputs": self._inputs,
        }
        return typeset(told[step.place.kind](step))

    def note(self, step: UnitStep) -> str:
        """What happens to the units that are not drawn."""
        if step.place.kind not in ("unit", "delta"):
            return ""
        layer = self.walk.layers[step.place.layer]
        hidden = layer.size - len(layer.shown)
        if not hidden or step.unit != layer.shown[-1]:
            return ""
        does = "does" if hidden == 1 else "do"
        other = counted(hidden, "unit").replace("one unit", "one other unit")
        return f"The {other} that {'is' if hidden == 1 else 'are'} not drawn {does} the same."

    def _named(self, step: UnitStep) -> str:
        return self.names.text(step.place.layer, step.unit or 0)

    def _unit(self, step: UnitStep) -> str:
        layer = self.walk.layers[step.place.layer]
        name, bend = self._named(step), self.formulas.bends[step.place.layer]
        count = len(step.terms)
        inputs = "its input" if count == 1 else f"its {counted(count, 'input')}"
        adds = "" if step.bias is None else " and adds its bias"
        assert step.sum is not None and step.value is not None
        products = [*(t.product for t in step.terms), step.bias or 0.0]
        z, h = (
            self.formulas.said(v) for v in (self.formulas.settled(step.sum, products), step.value)
        )
        if count > MOST_TERMS:
            return f"{name} weighs {inputs}{adds}; {self._most(step, step.place.layer - 1)}"
        if not layer.bend:
            return f"{name} weighs {inputs}{adds}: the sum is {z}."
        return f"{name} weighs {inputs}{adds}: the sum is {z}, and {bend} turns it into {h}."

    def _most(self, step: UnitStep, other: int) -> str:
        """The term that brings the most."""
        term = _largest(step.terms)
        weight, met, product = self.formulas.factors(term)
        name = self.names.text(other, term.unit)
        return f"{name} brings the most, {weight} · {_bracketed(met)} = {product}."

    def _loss(self, step: UnitStep) -> str:
        last = self.walk.layers[-1]
        who = self.names.text(len(self.walk.layers) - 1, 0) if last.size == 1 else "the outputs"
        assert step.value is not None
        value = self.formulas.said(step.value)
        if self.walk.targets:
            return f"The loss compares {who} with the target: it is {value}."
        return f"The loss is computed from {who}: it is {value}."

    def _delta(self, step: UnitStep) -> str:
        name, count = self._named(step), len(step.terms)
        layer = self.walk.layers[step.place.layer]
        through = self._through(layer, step)
        assert step.gradient is not None
        if count == 0:
            gradient = self.formulas.said(step.gradient)
            if not self.walk.tail:
                return f"{name} is the output, where the gradient starts at {gradient}{through}"
            return f"The loss sends {name} its gradient, {gradient}{through}"
        if count == 1:
            return f"{name} feeds one unit, so one arc brings back its whole gradient{through}"
        if count > MOST_TERMS:
            most = self._most(step, step.place.layer + 1).rstrip(".")
            return f"{name} feeds {counted(count, 'unit')}: {most}{through}"
        units = "both units" if count == 2 else f"{counted(count, 'unit')}"
        return f"{name} feeds {units}: each sends its δ back over its arc, and they add{through}"

    def _through(self, layer: Layer, step: UnitStep) -> str:
        """What the activation lets through, as the end of a sentence."""
        if not layer.bend:
            return "."
        bend = self.formulas.bends[step.place.layer]
        if step.slope is None:
            return f"; {bend} then turns it into δ."
        if step.slope == 0:
            return f"; {bend} is flat here, so nothing passes."
        if step.slope == 1:
            return f"; {bend} has the slope 1 here and passes all of it."
        return f"; {bend} has the slope {self.formulas.said(step.slope)} here."

    def _weights(self, step: UnitStep) -> str:
        layer = step.place.layer
        own = self.walk.layers[layer]
        receives = (
            "the bias receives the sum of all δ"
            if own.shares_bias
            else ("a bias receives δ itself")
        )
        bias = f"; {receives}" if own.bias is not None else ""
        ends = f"{self.names.text(layer - 1, step.terms[0].unit)} to {self._named(step)}"
        if step.rest is not None:
            more = "and more from its other uses"
            return f"A weight receives its unit's δ times its input, {more}: {ends}."
        return f"A weight receives its unit's δ times its input{bias}. The largest: {ends}."

    def _inputs(self, step: UnitStep) -> str:
        first = self.walk.layers[0]
        if first.size == 1:
            return f"{self._named(step)} receives what its arcs bring back."
        return f"Each input receives what its arcs bring back, the most {self._named(step)}."


def _largest(terms: Iterable[Term]) -> Term:
    return max(terms, key=lambda t: abs(t.product) if t.product == t.product else float("inf"))


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
