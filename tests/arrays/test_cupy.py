"""CuPy gives what NumPy gives, where there is a GPU."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import BackendError
from gradviz.ops import every


def _why_not() -> str:
    if importlib.util.find_spec("cupy") is None:
        return "needs the package cupy (pip install 'gradviz-explainer[cuda]')"
    import cupy

    return "" if cupy.is_available() else "needs an NVIDIA GPU that CuPy can use"


NEEDS_GPU = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "there is one")


@pytest.mark.gpu
@NEEDS_GPU
@pytest.mark.parametrize("op", [o for o in every() if not o.is_condition], ids=lambda o: o.name)
def test_every_op_agrees_with_numpy(op) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    (shapes, options), *_ = op.examples or [(((2, 3),) * len(op.inputs), {})]
    names = [f"x{i}" for i in range(len(shapes))]
    inputs = gv.inputs(names)
    values = {n: rng.uniform(0.5, 2, s) for n, s in zip(names, shapes, strict=True)}
    from gradviz.graph.expression import call

    output = gv.sum(call(op, *inputs, **options) * 1)
    ours, theirs = (gv.run(output, values=values, backend=b) for b in ("numpy", "cupy"))
    for name in names:
        if ours.gradients[ours.graph.find(name)] is not None:
            np.testing.assert_allclose(theirs.gradient(name).get(), ours.gradient(name), rtol=1e-12)


@pytest.mark.skipif(not _why_not(), reason="there is a GPU here")
def test_without_a_gpu_the_error_is_clear() -> None:
    with pytest.raises(BackendError, match="the cupy backend needs") as caught:
        gv.run("x", x=1, backend="cupy")
    assert "leave --backend out" in str(caught.value)
