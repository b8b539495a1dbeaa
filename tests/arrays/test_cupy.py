"""CuPy gives what NumPy gives, where there is a GPU."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import BackendError
from gradviz.graph.expression import call
from gradviz.ops import every


def _why_not() -> str:
    if importlib.util.find_spec("cupy") is None:
        return "needs the package cupy (pip install 'gradviz-explainer[cuda]')"
    import cupy

    return "" if cupy.is_available() else "needs an NVIDIA GPU that CuPy can use"


NEEDS_GPU = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "there is one")


def agree(source: object, values: dict[str, object], rtol: float) -> None:
    """Every value and gradient of both backends, which must not have left the GPU on the way."""
    ours, theirs = (gv.run(source, values=values, backend=b) for b in ("numpy", "cupy"))
    for mine, other in zip(
        [*ours.values, *ours.gradients], [*theirs.values, *theirs.gradients], strict=True
    ):
        if mine is not None:
            np.testing.assert_allclose(other.get(), mine, rtol=rtol, atol=rtol)


CASES = [
    (op, *example)
    for op in every()
    if not op.is_condition
    for example in op.examples or [(((2, 3),) * len(op.inputs), {})]
]


@pytest.mark.gpu
@NEEDS_GPU
@pytest.mark.parametrize(
    ("op", "shapes", "options"), CASES, ids=lambda v: getattr(v, "name", str(v))
)
def test_every_op_agrees_with_numpy(op, shapes, options) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    names = [f"x{i}" for i in range(len(shapes))]
    values = {
        n: rng.uniform(0.5, 2, s)
        if op.variadic or op.has_gradient(slot, shapes, options)
        else np.ones(s, int)
        for slot, (n, s) in enumerate(zip(names, shapes, strict=True))
    }
    agree(gv.sum(call(op, *gv.inputs(names), **options) * 1), values, 1e-12)


@pytest.mark.gpu
@NEEDS_GPU
@pytest.mark.parametrize("source", ["net:tiny-cnn", "net:lenet5", "net:resnet18"])
def test_networks_agree_with_numpy(source: str) -> None:
    shape = gv.net(source).nodes[gv.net(source).find("image")].options["shape"]
    agree(source, {"image": np.random.default_rng(1).standard_normal(shape), "label": 1}, 1e-7)


@pytest.mark.skipif(not _why_not(), reason="there is a GPU here")
def test_without_a_gpu_the_error_is_clear() -> None:
    with pytest.raises(BackendError, match="the cupy backend needs") as caught:
        gv.run("x", x=1, backend="cupy")
    assert "leave --backend out" in str(caught.value)
