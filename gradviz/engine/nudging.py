"""What a run computes when one of its numbers is moved a little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradviz.engine.changes import Changes
from gradviz.engine.run import prepare
from gradviz.errors import ValueInputError
from gradviz.trace.trace import Trace


def nudged(trace: Trace, node: int, place: tuple[int, ...], by: float) -> Trace:
    """The same run with one number of a node moved: new values, and the gradients that were
    recorded before, which say what the move should bring.

    Raises ValueInputError for numbers that are not floats.
    """
    import numpy as np

    if not trace.backend.startswith("numpy"):
        raise ValueInputError(
            f"numbers of the {trace.backend} backend are not nudged", expected="floats"
        )
    found = np.array(trace.values[node], dtype=trace.dtype)
    found[place] += by
    given = trace.inputs()
    program = prepare(
        trace.graph, values=given, upstream=trace.seed, backend=trace.backend, dtype=trace.dtype
    ).program
    inputs = [trace.values[row.id] for row in trace.graph.inputs]
    moved = [found if row.id == node else value for row, value in _rows(trace, inputs)]
    values = program.forward(
        moved, Changes(value=lambda row, operands, value: found if row.id == node else None)
    )
    return Trace(
        trace.graph,
        program.recorded(values),
        trace.gradients,
        trace.seed,
        trace.recording,
        wrt=trace.wrt,
        backend=trace.backend,
        dtype=trace.dtype,
        note=trace.note,
    )


def _rows(trace: Trace, inputs: Sequence[Any]) -> Any:
    return zip(trace.graph.inputs, inputs, strict=True)
