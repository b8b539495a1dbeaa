"""Histograms through depth told: by what factor a layer the numbers shrink or grow."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from gradviz.story.plot.kinds import said
from gradviz.trace.plots.histograms import Depth, Histograms, Layer

DIGITS: Final = 2
STEADY: Final = 1.25
"""A factor a layer nearer to 1 than this is no change to speak of."""
MANY_ZEROS: Final = 0.01


class HistogramsTeller:
    """The words of histograms."""

    formula = None

    def __init__(self, content: Histograms, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A root mean square, or a factor."""
        return said(value, min(self.digits, DIGITS))

    @property
    def heading(self) -> str:
        """How deep it goes."""
        deepest = max(len(run.layers) for run in self.content.runs) + self.content.left_out
        return f"{deepest} layer{'s' * (deepest != 1)} deep"

    @property
    def subtitle(self) -> str:
        """What is counted."""
        return {
            "gradients": "the size of the gradient of every weight",
            "values": "the size of every activation",
        }[self.content.of]

    @cached_property
    def sentence(self) -> str:
        """The change from one end to the other, of each run."""
        told = [self._run(run) for run in self.content.runs]
        if len(told) == 1:
            return f"The root mean square {told[0]}."
        named = (f"{run.name} {t}" for run, t in zip(self.content.runs, told, strict=True))
        return f"The root mean square: {'; '.join(named)}."

    def _run(self, run: Depth) -> str:
        first, last = run.layers[0], run.layers[-1]
        if self.content.of == "gradients":
            first, last = last, first  # as the gradient comes
        if first is last:
            return f"in {first.name} is {self.said(first.rms)}"
        ends = (
            f"from {self.said(first.rms)} in {first.name} to {self.said(last.rms)} in {last.name}"
        )
        if not (first.rms and last.rms):
            return f"goes {ends}"
        factor = (last.rms / first.rms) ** (1 / (len(run.layers) - 1 + self.content.left_out))
        if factor > STEADY:
            return f"grows {ends}, by a factor of {self.said(factor)} a layer"
        if factor < 1 / STEADY:
            return f"shrinks {ends}, by a factor of {self.said(1 / factor)} a layer"
        return f"keeps about its size, {ends}"

    @property
    def note(self) -> str:
        """Exact zeros, which have no logarithm, and layers that are not shown."""
        layers = [layer for run in self.content.runs for layer in run.layers]
        most = max(layers, key=share)
        zeros = share(most) >= MANY_ZEROS
        told = [f"Up to {zeros_said(most)} are exactly 0 ({most.name})."] if zeros else []
        if self.content.left_out:
            told.append(f"{self.content.left_out} layers between these are not shown.")
        return " ".join(told)

    @property
    def alt(self) -> str:
        """The root mean square of every layer."""
        told = []
        for run in self.content.runs:
            layers = (f"{layer.name} {self.said(layer.rms)}" for layer in run.layers)
            told.append(f"{run.name}: {', '.join(layers)}")
        return f"Root mean squares. {'; '.join(told)}."

    def data(self) -> dict[str, Any]:
        """Every count, and the exponents of ten between which they lie."""
        c = self.content
        return {
            "of": c.of,
            "edges": list(c.edges),
            "runs": [
                {"name": run.name, "layers": [layer._asdict() for layer in run.layers]}
                for run in c.runs
            ],
        }


def share(layer: Layer) -> float:
    """How much of a layer is exactly 0."""
    return layer.zeros / layer.total


def zeros_said(layer: Layer) -> str:
    """46 %."""
    return f"{100 * share(layer):.0f} %"


TELLER: Final = HistogramsTeller
