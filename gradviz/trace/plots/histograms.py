"""How large the numbers of each layer are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from gradviz.trace.trace import Trace


class Layer(NamedTuple):
    """The numbers of an array by their size.

    name     what the array belongs to.
    counts   how many lie between two neighbouring edges of the histogram.
    zeros    how many are exactly 0, which has no logarithm.
    total    how many there are; `rms` their root mean square.
    """

    name: str
    counts: tuple[int, ...]
    zeros: int
    total: int
    rms: float


class Depth(NamedTuple):
    """The layers of one run, from the input to the output, and what the run is called."""

    name: str
    layers: tuple[Layer, ...]
    trace: Trace


Counted = Literal["values", "gradients"]


@dataclass(frozen=True, slots=True)
class Histograms:
    """How large the numbers of each layer are.

    of       what is counted: what activations give, or the gradients of weights.
    runs     one or several, side by side.
    edges    the exponents of ten between which the counts lie.
    left_out how many layers of the deepest run are not shown.
    """

    form: ClassVar = "histograms"

    of: Counted
    runs: tuple[Depth, ...]
    edges: tuple[float, ...]
    left_out: int = 0

    @property
    def trace(self) -> Trace:
        """The first run."""
        return self.runs[0].trace
