"""The true backward pass edge by edge: what a changed rule is told of each use of a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.engine.changes import Use
from gradviz.engine.program import Program
from gradviz.graph.graph import Edge
from gradviz.trace import Recording


def uses(
    program: Program, values: Sequence[Any], gradients: Sequence[Any], recording: Recording
) -> Mapping[Edge, Use]:
    """The uses of a recorded pass, in its order; values and gradients by node."""
    rows = zip(recording.edges, recording.local, recording.contribution, strict=True)
    return {
        edge: program.use(
            edge,
            values,
            program.operands(values, edge.target),
            gradients[edge.target],
            local,
            contribution,
        )
        for edge, local, contribution in rows
    }
