"""Whatever way an array is asked of a trace, it cannot be written to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.graph.fold.plan import plan
from gradviz.trace.fold import fold

TEXTS: dict[str, dict[str, Any]] = {
    "sum(x*y)": {"x": [1.0, 2.0], "y": [3.0, 4.0]},
    "sum(x*x + x + y)": {"x": [[1.0, 2.0]], "y": 3.0},
    "sum(W @ x) + sum(x)": {"W": [[1.0, 2.0]], "x": [1.0, 2.0]},
    "sum(x[0]) + sum(relu(x))": {"x": [[1.0, 2.0]]},
    "softmax_cross_entropy(s, y)": {"s": [1.0, 2.0], "y": [0, 1]},
    "sum(maxpool2d(x, 2))": {"x": np.arange(16.0).reshape(4, 4)},
    "x*y + x": {"x": 1.0, "y": 2.0},
    "net:tiny-cnn": {"label": 1},
}


def traces(text: str, given: dict[str, Any]) -> Iterator[gv.Trace]:
    """The same run in every way to come by a trace."""
    trace = gv.run(text, values=given)
    yield trace
    program = gv.compile(gv.net(f"{text},loss=yes") if text.startswith("net:") else text)
    for _ in range(3):
        yield program.trace(values=given)
    yield gv.Trace.from_json(trace.to_json())
    yield gv.run(text, values=given, dtype="float32")
    yield gv.run(text, values=given, backend="exact")
    yield fold(trace, plan(trace.graph, 1))
    for node in trace.graph.nodes:
        if not node.is_leaf and trace.graph.op(node).expand is not None:
            yield gv.enter(trace, node.id)


def arrays(trace: gv.Trace) -> Iterator[Any]:
    """Everything that a trace hands out."""
    yield from trace.values
    yield from trace.gradients
    yield from (trace.seed, *trace.seeds, *trace.result().values(), *trace.inputs().values())
    for node in trace.graph.nodes:
        yield trace.value(node.id)
        if trace.gradients[node.id] is not None:
            yield trace.gradient(node.id)
        yield from (trace.gradient_by(node.id, k) for k in range(len(trace) + 1))
        for step in trace.contributions(node.id):
            yield from (step.contribution, step.after)
    for step in trace.steps:
        yield from (step.upstream, step.local, step.contribution, step.before, step.after)
    record = trace.recording
    yield from (*record.local, *record.contribution, *record.after)


@pytest.mark.parametrize("text", TEXTS)
def test_no_array_can_be_written_to(text: str) -> None:
    seen = 0
    for trace in traces(text, TEXTS[text]):
        for array in arrays(trace):
            if isinstance(array, np.ndarray):
                seen += 1
                assert not array.flags.writeable
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 7
    assert seen or text == "x*y + x"


def test_the_arrays_that_were_given_stay_writable(tmp_path: Path) -> None:
    x, upstream = np.ones(2), np.ones(2)
    trace = gv.run("x*x", x=x, upstream=upstream)
    x[0] = upstream[0] = 5
    assert trace.value("x").tolist() == [1, 1] and trace.gradient("x").tolist() == [2, 2]


def test_large_arrays_are_reused_though_an_earlier_trace_closed_them() -> None:
    """A pool hands out the memory of results that are gone; 400×400 numbers are above its least."""
    x = np.ones((400, 400))
    program = gv.compile("sum((x @ x) @ x)")
    for _ in range(4):
        assert program.trace(x=x).value("f") == 400.0**4
        assert program.gradients(x=x)["x"][0, 0] == 3 * 400.0**2
