"""CuPy gives what NumPy gives, and no number leaves the GPU inside a pass.

Where there is no GPU, a stand-in for CuPy takes its place (`tests.stand_in`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.graph.expression import call
from gradviz.ops import every
from tests import stand_in


def _why_not() -> str:
    if importlib.util.find_spec("cupy") is None:
        return "needs the package cupy (pip install 'gradviz-explainer[cuda]')"
    import cupy

    return "" if cupy.is_available() else "needs an NVIDIA GPU that CuPy can use"


GPU = pytest.param(
    "gpu", marks=[pytest.mark.gpu, pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "-")]
)


@pytest.fixture(params=["stand-in", GPU])
def device(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The module `cupy`: the stand-in, or CuPy itself."""
    if request.param == "gpu":
        import cupy

        yield cupy
    else:
        with stand_in.installed() as library:
            yield library


TOLERANCES = {"float64": 1e-9, "float32": 1e-4}


def host(value: Any) -> Any:
    """An array of either backend as NumPy's; what is no array as it is."""
    return value.get() if hasattr(value, "get") else value


def close(theirs: Any, mine: Any, dtype: str) -> None:
    """Arrays that agree but for rounding."""
    theirs, mine, tolerance = host(theirs), np.asarray(mine), TOLERANCES[dtype]
    assert np.shape(theirs) == mine.shape
    if isinstance(theirs, np.ndarray):
        assert theirs.dtype == mine.dtype
    largest = np.max(np.abs(mine[np.isfinite(mine)]), initial=0) if mine.dtype.kind == "f" else 0
    np.testing.assert_allclose(theirs, mine, rtol=tolerance, atol=tolerance * float(largest))


def agree(source: Any, values: dict[str, Any], dtype: str = "float64", **options: Any) -> None:
    """Every value, gradient and step of both backends: of a recorded run, a replay of it, and a
    compiled graph's values and gradients.
    """
    compiled = {b: gv.compile(source, backend=b, dtype=dtype) for b in ("numpy", "cupy")}
    for _ in range(2):
        ours, theirs = (c.trace(values=values, **options) for c in compiled.values())
        for mine, other in zip(_columns(ours), _columns(theirs), strict=True):
            assert len(mine) == len(other)
            for one, two in zip(mine, other, strict=True):
                assert (one is None) == (two is None)
                if one is not None:
                    close(two, one, dtype)
    if ours.seed is not None:
        ours, theirs = (c.gradients(values=values, **options) for c in compiled.values())
        for name, gradient in ours.items():
            close(theirs[name], gradient, dtype)
    close(*(c.value(values=values) for c in reversed(compiled.values())), dtype)


def _columns(trace: Any) -> list[list[Any]]:
    steps = trace.steps
    kinds = ("local", "contribution", "before", "after", "upstream")
    rows = [[getattr(s, k) for s in steps if s.edge is not None] for k in kinds]
    return [list(trace.values), list(trace.gradients), *rows]


CASES = [
    (op, shapes, options, whole)
    for op in every()
    for shapes, options in op.examples or [(((2, 3),) * len(op.inputs), {})]
    for whole in (False, True)
]


def _id(value: Any) -> str:
    return getattr(value, "name", "ties" if value is True else "" if value is False else str(value))


def _value(op: Any, slot: int, shape: Any, shapes: Any, options: Any, whole: bool) -> Any:
    """A value for an operand, of whole numbers where ties are wanted."""
    rng = np.random.default_rng(slot)
    takes = op.variadic or op.is_condition or op.has_gradient(slot, shapes, options)
    if not takes:
        return np.ones(shape, int)
    low, high = op.domain[min(slot, len(op.domain) - 1)] if op.domain else (0.5, 2)
    found = rng.uniform(low, high, shape)
    return np.clip(np.round(found), low, high) if whole else found


def every_op(op: Any, shapes: Any, options: Any, whole: bool, dtype: str) -> None:
    """One call of an op, its value and all of its gradients."""
    names = [f"x{i}" for i in range(len(shapes))]
    values = {
        n: _value(op, slot, s, shapes, options, whole)
        for slot, (n, s) in enumerate(zip(names, shapes, strict=True))
    }
    made = call(op, *gv.inputs(names), **options)
    agree(made if op.is_condition else gv.sum(made * made), values, dtype)


@pytest.mark.parametrize(("op", "shapes", "options", "whole"), CASES[::9], ids=_id)
def test_some_ops_agree_with_numpy(
    op: Any, shapes: Any, options: Any, whole: bool, device: Any
) -> None:
    every_op(op, shapes, options, whole, "float64")


@pytest.mark.proof
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(("op", "shapes", "options", "whole"), CASES, ids=_id)
def test_every_op_agrees_with_numpy(
    op: Any, shapes: Any, options: Any, whole: bool, dtype: str, device: Any
) -> None:
    every_op(op, shapes, options, whole, dtype)
