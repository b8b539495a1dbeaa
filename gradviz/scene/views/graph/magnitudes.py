"""The size of each edge's contribution, as the thickness of its wire."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

from gradviz.errors import ValueInputError
from gradviz.graph.graph import Edge
from gradviz.scene.blocks import printed
from gradviz.story.frame import Frame, retold
from gradviz.story.languages import say
from gradviz.trace import Trace

THINNEST: Final = 0.8
THICKEST: Final = 6.0


class Magnitudes:
    """The thickness of wires in one run: it grows linearly with the Euclidean norm of the
    contribution.

    Raises ValueInputError for exact numbers, which may be symbols.
    """

    def __init__(self, trace: Trace) -> None:
        if trace.backend == "exact":
            raise ValueInputError(
                "the magnitudes of exact numbers cannot be drawn",
                expected="a run on floats",
                hint="leave out --backend exact",
            )
        self.trace = trace

    @cached_property
    def norms(self) -> dict[Edge, float]:
        """The norm of each contribution; infinity for one that is not finite."""
        xp, record = self.trace.xp, self.trace.recording
        found = {}
        with xp.quiet():
            for edge, contribution in zip(record.edges, record.contribution, strict=True):
                array = xp.asreal(contribution)
                largest = float(xp.max(xp.abs(array))) if math.prod(xp.shape(array)) else 0.0
                # Scaled by the largest element, so that no square overflows.
                scaled = array / largest if largest and math.isfinite(largest) else array
                norm = (
                    largest * math.sqrt(float(xp.sum(scaled * scaled)))
                    if math.isfinite(largest)
                    else math.inf
                )
                found[edge] = norm
        return found

    @cached_property
    def largest(self) -> float:
        """The greatest finite norm."""
        return max((norm for norm in self.norms.values() if math.isfinite(norm)), default=0.0)

    def width(self, edge: Edge) -> float:
        """The thickness of an edge's wire, in user units."""
        norm = self.norms[edge]
        share = (
            (min(norm / self.largest, 1.0) if self.largest else 0.0) if math.isfinite(norm) else 1.0
        )
        return THINNEST + (THICKEST - THINNEST) * share

    @property
    def note(self) -> str:
        """A note on what the thickness means."""
        most = printed(self.largest, 3)
        return say(
            "A wire is the thicker the greater the norm of what it brings back; the thickest brings"
            " {most}.",
            most=most,
        )

    def said(self, frame: Frame) -> Frame:
        """A frame that also says this, once there is a wire whose thickness counts."""
        if not any(frame.contribution(edge) is not None for edge in self.norms):
            return frame
        return retold(frame, note=f"{frame.note} {self.note}".strip())
