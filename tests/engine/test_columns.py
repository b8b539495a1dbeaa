"""A batch of scalars computed block by block gives what one sweep gives, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine import columns, replays
from gradviz.engine.program import Program
from gradviz.engine.run import Batch, Compiled
from gradviz.graph.graph import Graph
from gradviz.ops import every, get
from gradviz.ops.op import Op
from tests.strategies import ANY, SCALARS, WILD, Sample, runs

SHORT = 8


@pytest.fixture(autouse=True)
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Short blocks from the first batch on, and for each batch whether it was computed so."""
    found: list[bool] = []
    run = columns.Blocks.run

    def watched(self: columns.Blocks, inputs: Any) -> Any:
        results = run(self, inputs)
        found.append(results is not None)
        return results

    monkeypatch.setattr(columns.Blocks, "run", watched)
    monkeypatch.setattr(replays, "BLOCK", SHORT)
    monkeypatch.setattr(replays, "SHORTEST", 1)
    monkeypatch.setattr(replays, "MANY", 0)
    return found


def swept(graph: Graph, values: Any, **options: Any) -> Batch:
    """The batch as the interpreter computes it."""
    compiled: Compiled = gv.compile(graph, **options)
    compiled._replays = None
    return compiled.batch(values=values)


def same(found: Batch, expected: Batch) -> None:
    np.testing.assert_array_equal(found.value, expected.value)
    assert list(found.gradients) == list(expected.gradients)
    for name, gradient in expected.gradients.items():
        np.testing.assert_array_equal(found.gradients[name], gradient)
        assert found.gradients[name].dtype == gradient.dtype


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("count", [1, SHORT, 3 * SHORT + 5])
@pytest.mark.parametrize(
    "op", [o for o in every() if o.elementwise and not o.is_condition], ids=lambda o: o.name
)
def test_every_op(op: Op, count: int, dtype: str, blocks: list[bool]) -> None:
    """Over the whole of its domain, and beyond."""
    names = [f"x{k}" for k in range(len(op.inputs))]
    options = {"clip": ", -1, 1"}.get(op.name, "")
    graph = gv.parse(f"{op.name}({', '.join(names)}{options})")
    rng = np.random.default_rng(count)
    for reach in (1, 40):
        values = {
            name: rng.uniform(low, high, count) * reach
            for name, (low, high) in zip(names, op.domain, strict=True)
        }
        if get(op.name).role(0) == "condition":
            values["x0"] = rng.integers(0, 2, count).astype(bool)
        found = gv.compile(graph, dtype=dtype).batch(values=values)
        same(found, swept(graph, values, dtype=dtype))
    assert blocks == [True, True]


@settings(max_examples=200, deadline=None)
@given(
    runs(ops=[o for o in ANY if get(o).elementwise], shapes=SCALARS, most=20),
    st.integers(1, 4 * SHORT),
    st.data(),
)
def test_random_graphs(sample: Sample, count: int, data: st.DataObject) -> None:
    column = st.lists(WILD, min_size=count, max_size=count)
    values = {name: data.draw(column) for name in sample.values}
    found = gv.compile(sample.graph, wrt=sample.wrt).batch(values=values)
    same(found, swept(sample.graph, values, wrt=sample.wrt))


def test_buffers_are_used_again() -> None:
    """A chain of sums needs no more memory the longer it is."""

    def buffers(length: int) -> int:
        compiled = gv.compile("x" + " + y" * length)
        compiled.batch(x=np.ones(SHORT), y=np.ones(SHORT))
        (found,) = compiled._replays._blocks.values()  # type: ignore[union-attr]
        assert found is not None
        return len(found._buffers)

    assert buffers(10) == buffers(50) <= 4


def test_results_belong_to_the_caller() -> None:
    compiled, x = gv.compile("x + y"), np.arange(20.0)
    first = compiled.batch(x=x, y=x)
    first.value[...] = first.gradients["x"][...] = 7
    again = compiled.batch(x=x, y=x)
    assert again.value.tolist() == (2 * x).tolist()
    assert again.gradients["x"].tolist() == again.gradients["y"].tolist() == [1] * 20
    assert x.tolist() == list(range(20))


def test_a_batch_of_arrays_runs_forward_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    forward = Program.forward
    monkeypatch.setattr(Program, "forward", lambda *a: calls.append(1) or forward(*a))
    gv.compile("sum(x @ x)").batch(x=np.ones((1, 3)))
    assert len(calls) == 1
