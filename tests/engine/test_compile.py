"""A compiled graph gives what a run gives, as often as wanted, and for whole batches."""

from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine import program as programs
from gradviz.errors import ShapeError, UnknownNameError, ValueInputError
from tests.strategies import SCALARS, Sample, runs

x, y, z = gv.inputs("x y z")


def test_the_example_of_the_design() -> None:
    program = gv.compile(np.maximum(x * y + z, 0))
    assert program.gradients(x=-3, y=5, z=2) == {"x": 0, "y": 0, "z": 0}
    assert program.gradients(x=3, y=5, z=2) == {"x": 5, "y": 3, "z": 1}
    assert program.value(x=3, y=5, z=2) == 17
    assert all(type(v) is float for v in program.gradients(x=3, y=5, z=2).values())
    assert len(program.trace(x=3, y=5, z=2)) == 3 + 1 + 5


@given(runs())
def test_it_equals_a_run(sample: Sample) -> None:
    trace = sample.run()
    program = gv.compile(sample.graph, wrt=sample.wrt)
    found = program.gradients(values=sample.values)
    assert list(found) == [n.name for n in sample.graph.inputs if n.name in sample.wrt]
    for name, gradient in found.items():
        np.testing.assert_array_equal(gradient, trace.result()[name])
    np.testing.assert_array_equal(
        program.value(values=sample.values), trace.values[trace.graph.output]
    )


def test_it_is_laid_out_once_for_each_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    schedule = programs.schedule
    monkeypatch.setattr(programs, "schedule", lambda *a: made.append(1) or schedule(*a))
    program = gv.compile(np.sum(x * y))
    for k in range(5):
        assert program.gradients(x=k, y=2)["x"] == 2
        assert program.gradients(x=[k, 1], y=3)["x"].tolist() == [3, 3]
    assert len(made) == 2


@settings(max_examples=50)
@given(runs(shapes=SCALARS), st.integers(1, 4), st.randoms(use_true_random=False))
def test_a_batch_of_scalars_equals_a_loop(sample: Sample, count: int, rng: Any) -> None:
    program = gv.compile(sample.graph, wrt=sample.wrt)
    rows = [{name: rng.randint(-8, 8) / 4 for name in sample.values} for _ in range(count)]
    batch = program.batch(**{name: [row[name] for row in rows] for name in sample.values})
    with np.errstate(all="ignore"):
        for k, row in enumerate(rows):
            np.testing.assert_allclose(batch.value[k], program.value(**row), rtol=1e-12)
            for name, gradient in program.gradients(**row).items():
                np.testing.assert_allclose(batch.gradients[name][k], gradient, rtol=1e-12)
    assert batch.value.shape == (count,)
    assert set(batch.gradients) == set(sample.wrt)


@settings(max_examples=30)
@given(runs(), st.integers(1, 3))
def test_a_batch_of_arrays_equals_a_loop(sample: Sample, count: int) -> None:
    program = gv.compile(sample.graph, wrt=sample.wrt)
    scales = np.linspace(0.5, 1, count)
    batch = program.batch(
        **{n: np.stack([np.asarray(v) * s for s in scales]) for n, v in sample.values.items()}
    )
    for k, s in enumerate(scales):
        row = {n: np.asarray(v) * s for n, v in sample.values.items()}
        np.testing.assert_allclose(batch.value[k], program.value(values=row))
        for name, gradient in program.gradients(values=row).items():
            np.testing.assert_allclose(batch.gradients[name][k], gradient)


def test_batches_of_vectors_matrices_and_fractions() -> None:
    batch = gv.compile(np.sum(x @ y)).batch(x=np.ones((4, 2, 3)), y=np.arange(12.0).reshape(4, 3))
    assert batch.value.tolist() == [6, 24, 42, 60]  # 2 rows of ones times (0, 1, 2), (3, 4, 5), …
    assert (
        batch.gradients["x"].shape == (4, 2, 3) and batch.gradients["y"].tolist() == [[2, 2, 2]] * 4
    )
    exact = gv.compile(x / y, backend="exact").batch(x=[1, 2], y=[3, 7])
    assert exact.value.tolist() == [sp.Rational(1, 3), sp.Rational(2, 7)]
    assert exact.gradients["y"].tolist() == [sp.Rational(-1, 9), sp.Rational(-2, 49)]
    chosen = gv.compile(gv.where(z, x, y)).batch(x=[1, 2], y=[3, 4], z=[True, False])
    assert chosen.value.tolist() == [1, 4] and chosen.gradients["x"].tolist() == [1, 0]


def test_an_output_without_inputs_in_it() -> None:
    batch = gv.compile("x; 3").batch(x=[1, 2])
    assert batch.value.tolist() == [3, 3] and batch.gradients["x"].tolist() == [0, 0]


@pytest.mark.parametrize(
    "arguments",
    [{"x": [1, 2], "y": [1, 2, 3]}, {"x": [1, 2], "y": 3}, {"x": 1, "y": 2}, {"x": [], "y": []}],
)
def test_batches_that_do_not_line_up(arguments: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match="do not line up"):
        gv.compile(x * y).batch(**arguments)


def test_slips() -> None:
    program = gv.compile(x * y)
    with pytest.raises(ValueInputError, match="no value for y"):
        program.gradients(x=1)
    with pytest.raises(ValueInputError, match="no input called 'w'"):
        program.value(x=1, y=2, w=3)
    with pytest.raises(ValueInputError, match="no value for y"):
        program.batch(x=[1, 2])
    with pytest.raises(ShapeError, match="no gradient to start from"):
        program.gradients(x=[1, 2], y=3)
    assert program.gradients(x=[1, 2], y=3, upstream=[1, 1])["y"] == 3
    with pytest.raises(UnknownNameError):
        gv.compile(x * y, wrt="w")
    with pytest.raises(UnknownNameError, match="no backend"):
        gv.compile(x, backend="torch")
