"""The sentences of a network's steps: what a unit adds up, and what its arcs bring back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from gradviz.arrays.digits import typeset
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import spelt
from gradviz.story.neurons.formulas import MOST_TERMS, UnitFormulas
from gradviz.story.neurons.names import Names
from gradviz.story.values import flat
from gradviz.trace.neurons import Layer, Term, UnitStep, UnitTrace

WEIGHS: Final = (
    (
        pattern("{name} weighs {inputs}: the sum is {z}."),
        pattern("{name} weighs {inputs} and adds its bias: the sum is {z}."),
    ),
    (
        pattern("{name} weighs {inputs}: the sum is {z}, and {bend} turns it into {h}."),
        pattern(
            "{name} weighs {inputs} and adds its bias: the sum is {z}, and {bend}"
            " turns it into {h}."
        ),
    ),
    (
        pattern("{name} weighs {inputs}; {most}."),
        pattern("{name} weighs {inputs} and adds its bias; {most}."),
    ),
)
"""Without a bias, and with one: of a plain unit, of one with an activation, of many inputs."""


class UnitWords:
    """Says the steps of one walk."""

    def __init__(self, walk: UnitTrace, names: Names, formulas: UnitFormulas) -> None:
        self.walk, self.names, self.formulas = walk, names, formulas

    def start(self) -> str:
        """The sentence before the first step."""
        sizes = [layer.size for layer in self.walk.layers]
        return say(
            "The {inputs:input} will pass through {layers:layer}, unit by unit.",
            inputs=spelt(sizes[0]),
            layers=spelt(len(sizes) - 1),
        )

    def at_rest(self, backward: bool) -> str:
        """The sentence when a pass is complete."""
        walk = self.walk
        if backward:
            return say("Every weight has its gradient: the δ of its unit times its input.")
        if walk.tail:
            (value,) = flat(walk.trace.xp.plain(walk.trace.values[walk.trace.graph.output]))
            loss = self.formulas.said(value)
            return typeset(say("All values are known; the loss is {loss}.", loss=loss))
        outputs = walk.layers[-1].values
        if len(outputs) == 1:
            name = self.names.text(len(walk.layers) - 1, 0)
            value = self.formulas.said(outputs[0])
            return typeset(say("All values are known; {name} is {value}.", name=name, value=value))
        return say("All values are known.")

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
        if hidden == 1:
            return say("The one other unit that is not drawn does the same.")
        return say("The {units:unit} that are not drawn do the same.", units=spelt(hidden))

    def _named(self, step: UnitStep) -> str:
        return self.names.text(step.place.layer, step.unit or 0)

    def _unit(self, step: UnitStep) -> str:
        layer = self.walk.layers[step.place.layer]
        name, bend = self._named(step), self.formulas.bends[step.place.layer]
        count = len(step.terms)
        inputs = say("its input") if count == 1 else say("its {inputs:input}", inputs=spelt(count))
        with_bias = step.bias is not None
        assert step.sum is not None and step.value is not None
        products = [*(t.product for t in step.terms), step.bias or 0.0]
        z, h = (
            self.formulas.said(v) for v in (self.formulas.settled(step.sum, products), step.value)
        )
        if count > MOST_TERMS:
            most = self._most(step, step.place.layer - 1)
            return say(WEIGHS[2][with_bias], name=name, inputs=inputs, most=most)
        told = WEIGHS[bool(layer.bend)][with_bias]
        return say(told, name=name, inputs=inputs, z=z, h=h, bend=bend)

    def _most(self, step: UnitStep, other: int) -> str:
        """The term that brings the most."""
        term = _largest(step.terms)
        weight, met, product = self.formulas.factors(term)
        return say(
            "{name} brings the most, {product}",
            name=self.names.text(other, term.unit),
            product=f"{weight} · {_bracketed(met)} = {product}",
        )

    def _loss(self, step: UnitStep) -> str:
        last = self.walk.layers[-1]
        who = say("the outputs")
        if last.size == 1:
            who = self.names.text(len(self.walk.layers) - 1, 0)
        assert step.value is not None
        value = self.formulas.said(step.value)
        return say(
            "The loss compares {outputs} with the target: it is {value}."
            if self.walk.targets
            else "The loss is computed from {outputs}: it is {value}.",
            outputs=who,
            value=value,
        )

    def _delta(self, step: UnitStep) -> str:
        name, count = self._named(step), len(step.terms)
        layer = self.walk.layers[step.place.layer]
        told = {"name": name, "through": self._through(layer, step)}
        assert step.gradient is not None
        if count == 0:
            gradient = self.formulas.said(step.gradient)
            return say(
                "The loss sends {name} its gradient, {gradient}{through}"
                if self.walk.tail
                else "{name} is the output, where the gradient starts at {gradient}{through}",
                gradient=gradient,
                **told,
            )
        if count == 1:
            return say(
                "{name} feeds one unit, so one arc brings back its whole gradient{through}", **told
            )
        if count > MOST_TERMS:
            most = self._most(step, step.place.layer + 1)
            return say(
                "{name} feeds {units:unit}: {most}{through}", units=spelt(count), most=most, **told
            )
        return say(
            "{name} feeds both units: each sends its δ back over its arc, and they add{through}"
            if count == 2
            else "{name} feeds {units:unit}: each sends its δ back over its arc, and they"
            " add{through}",
            units=spelt(count),
            **told,
        )

    def _through(self, layer: Layer, step: UnitStep) -> str:
        """What the activation lets through, as the end of a sentence."""
        if not layer.bend:
            return "."
        bend = self.formulas.bends[step.place.layer]
        if step.slope is None:
            return say("; {bend} then turns it into δ.", bend=bend)
        if step.slope == 0:
            return say("; {bend} is flat here, so nothing passes.", bend=bend)
        if step.slope == 1:
            return say("; {bend} has the slope 1 here and passes all of it.", bend=bend)
        slope = self.formulas.said(step.slope)
        return say("; {bend} has the slope {slope} here.", bend=bend, slope=slope)

    def _weights(self, step: UnitStep) -> str:
        layer = step.place.layer
        own = self.walk.layers[layer]
        told = {"input": self.names.text(layer - 1, step.terms[0].unit), "unit": self._named(step)}
        if step.rest is not None:
            return say(
                "A weight receives its unit's δ times its input, and more from its other uses:"
                " {input} to {unit}.",
                **told,
            )
        if own.bias is None:
            return say(
                "A weight receives its unit's δ times its input. The largest: {input} to {unit}.",
                **told,
            )
        return say(
            "A weight receives its unit's δ times its input; the bias receives the"
            " sum of all δ. The"
            " largest: {input} to {unit}."
            if own.shares_bias
            else "A weight receives its unit's δ times its input; a bias receives δ itself. The"
            " largest: {input} to {unit}.",
            **told,
        )

    def _inputs(self, step: UnitStep) -> str:
        first = self.walk.layers[0]
        if first.size == 1:
            return say("{name} receives what its arcs bring back.", name=self._named(step))
        return say(
            "Each input receives what its arcs bring back, the most {name}.", name=self._named(step)
        )


def _largest(terms: Iterable[Term]) -> Term:
    return max(terms, key=lambda t: abs(t.product) if t.product == t.product else float("inf"))


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
