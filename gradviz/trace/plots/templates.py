"""The rows of a weight matrix, or kernels, as images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gradviz.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Templates:
    """The rows of a weight matrix, or kernels, as images: what each unit looks for in its input.

    weights  the name of the matrix or of the kernels; `input` that of what they weigh.
    size     of an image: its rows and columns.
    names    of the units: those of the classes where there is one for each.
    images   a grid of weights for each unit.
    scored   of a training run: how many samples that it did not learn from (or else learnt from)
             get their class, of how many.
    when     of a training run: which pass, else empty.
    kernels  whether the images are kernels, each of which looks at every window of the input.
    """

    form: ClassVar = "templates"

    weights: str
    input: str
    size: tuple[int, int]
    names: tuple[str, ...]
    images: tuple[tuple[tuple[float, ...], ...], ...]
    scored: tuple[int, int, bool] | None
    when: str
    trace: Trace
    kernels: bool = False
