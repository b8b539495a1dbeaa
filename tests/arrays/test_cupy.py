"""CuPy gives what NumPy gives, and no number leaves the GPU inside a pass.

Where there is no GPU, a stand-in for CuPy takes its place (`tests.stand_in`).
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.cli import main
from gradviz.errors import BackendError, ValueInputError
from gradviz.graph.expression import call
from gradviz.ops import every
from gradviz.sources import as_graph
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


def close(theirs: Any, mine: Any, dtype: str, size: float = 0) -> None:
    """Arrays that agree but for rounding: of their largest number, or of numbers of that size."""
    theirs, mine, tolerance = host(theirs), np.asarray(mine), TOLERANCES[dtype]
    assert np.shape(theirs) == mine.shape
    if isinstance(theirs, np.ndarray):
        assert theirs.dtype == mine.dtype
    largest = np.max(np.abs(mine[np.isfinite(mine)]), initial=0) if mine.dtype.kind == "f" else 0
    np.testing.assert_allclose(theirs, mine, rtol=tolerance, atol=tolerance * max(largest, size))


def agree(
    source: Any, values: dict[str, Any], dtype: str = "float64", size: float = 0, **options: Any
) -> None:
    """Every value, gradient and step of both backends: of a recorded run, a replay of it, and a
    compiled graph's values and gradients.
    """
    graph = as_graph(source, given=values)
    compiled = {b: gv.compile(graph, backend=b, dtype=dtype) for b in ("numpy", "cupy")}
    for _ in range(2):
        ours, theirs = (c.trace(values=values, **options) for c in compiled.values())
        for mine, other in zip(_columns(ours), _columns(theirs), strict=True):
            assert len(mine) == len(other)
            for one, two in zip(mine, other, strict=True):
                assert (one is None) == (two is None)
                if one is not None:
                    close(two, one, dtype, size)
    if ours.seed is not None:
        ours, theirs = (c.gradients(values=values, **options) for c in compiled.values())
        for name, gradient in ours.items():
            close(theirs[name], gradient, dtype, size)
    close(*(c.value(values=values) for c in reversed(compiled.values())), dtype, size)


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
    size = 0.01 if dtype == "float32" else 0  # some gradients are all but 0, by cancellation
    agree(made if op.is_condition else gv.sum(made * made), values, dtype, size)


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


NETWORKS = {
    "net:xor": {"x": [0.0, 1.0]},
    "net:mlp:3-4-2": {"x": [0.5, -1.0, 2.0], "label": 1},
    "net:tiny-cnn": {},
    "net:lenet5": {},
    "net:lenet5,activation=relu,pool=max": {},
    "net:[(conv-relu)*2-pool]*2-fc-relu-dropout-fc,image=3x9x9,filters=4,units=5": {},
    "net:conv-bn-relu-conv-relu-pool-fc,image=2x8x8,filters=64,units=7": {},
}


def network(source: str, given: dict[str, Any], dtype: str) -> None:
    """A network, with its loss if it takes an image, and every parameter's gradient."""
    image = next((n for n in gv.net(source).nodes if n.name == "image"), None)
    if image is not None:
        shape = image.options["shape"]
        given = {"image": np.random.default_rng(1).standard_normal(shape), "label": 1}
    agree(source, given, dtype, size=0.01)


@pytest.mark.parametrize("source", ["net:mlp:3-4-2", "net:tiny-cnn", "net:lenet5"])
def test_small_networks_agree_with_numpy(source: str, device: Any) -> None:
    network(source, NETWORKS[source], "float64")


@pytest.mark.proof
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("source", NETWORKS)
def test_networks_agree_with_numpy(source: str, dtype: str, device: Any) -> None:
    network(source, NETWORKS[source], dtype)


@pytest.mark.gpu
@pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "-")
@pytest.mark.parametrize("source", ["net:resnet18", "net:alexnet,training=no"])
def test_large_networks_agree_with_numpy(source: str) -> None:
    network(source, {}, "float64")


CONVOLUTIONS = [
    ((2, 3, 8, 7), (4, 3, 3, 3), {}),
    ((3, 2, 9, 9), (4, 2, 5, 5), {"stride": 2, "padding": 2}),
    ((1, 4, 6, 6), (6, 2, 3, 3), {"groups": 2, "padding": 1}),
    ((2, 4, 7, 7), (4, 1, 3, 3), {"groups": 4, "dilation": 2, "padding": 2}),
    ((2, 3, 5, 5), (4, 3, 1, 1), {}),
    ((2, 3, 7, 7), (4, 3, 1, 1), {"stride": 2}),
    ((2, 3, 10, 10), (2, 3, 4, 4), {"stride": 3}),
    ((2, 3, 6, 6), (4, 3, 3, 3), {"padding": 4}),
    ((3, 65, 7, 6), (66, 65, 3, 3), {"padding": 1}),
    ((2, 64, 5, 5), (64, 64, 3, 3), {}),
]


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(("x", "w", "options"), CONVOLUTIONS, ids=str)
def test_convolutions_agree_with_numpy(
    x: Any, w: Any, options: Any, dtype: str, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forward and both gradients, some images at a time: columns, and 3×3 weights transformed."""
    monkeypatch.setattr("gradviz.arrays.kernels.device.TILE", 1 << 16)
    a, k, b = gv.inputs("a k b")
    rng = np.random.default_rng(2)
    values = {n: rng.standard_normal(s) for n, s in zip("akb", (x, w, w[:1]), strict=True)}
    made = gv.conv2d(a, k, b, **options)
    agree(gv.sum(made * made), values, dtype)


POOLS = [
    ((2, 3, 7, 7), {"size": 2}),
    ((2, 3, 7, 7), {"size": 3, "stride": 2}),
    ((2, 7, 8), {"size": 3, "stride": 1, "padding": 1}),
    ((1, 2, 9, 9), {"size": 2, "dilation": 3, "stride": 2}),
    ((2, 6, 6), {"size": 2, "stride": 3}),
]


@pytest.mark.parametrize("numbers", ["any", "whole", "with NaN", "with infinities"])
@pytest.mark.parametrize("op", ["maxpool2d", "minpool2d", "avgpool2d"])
@pytest.mark.parametrize(("shape", "options"), POOLS, ids=str)
def test_pooling_agrees_with_numpy(
    shape: Any, options: Any, op: str, numbers: str, device: Any
) -> None:
    """Where windows overlap, share winners, have ties or NaN, or reach beyond the edge."""
    options = {k: v for k, v in options.items() if k != "dilation" or op != "avgpool2d"}
    x = np.random.default_rng(3).standard_normal(shape)
    if numbers == "whole":
        x = np.round(x)
    elif numbers != "any":
        x.reshape(-1)[::5] = np.nan if numbers == "with NaN" else -np.inf
        x.reshape(-1)[::7] = np.nan if numbers == "with NaN" else np.inf
    upstream = np.random.default_rng(4).standard_normal(
        gv.run(getattr(gv, op)(*gv.inputs("x"), **options), x=x).values[-1].shape
    )
    agree(getattr(gv, op)(*gv.inputs("x"), **options), {"x": x}, upstream=upstream)


def test_an_elementwise_chain_is_one_kernel_forward_and_one_backward(device: Any) -> None:
    x = np.linspace(-2, 2, 12).reshape(3, 4)
    chain = "tanh(sigmoid(x)*x + 1) / (1 + x**2) - relu(x)"
    agree(chain, {"x": x}, upstream=np.ones((3, 4)))
    agree(chain, {"x": x}, "float32", upstream=np.ones((3, 4)))
    program = gv.compile(chain, backend="cupy")
    program.gradients(x=x, upstream=np.ones((3, 4)))
    if isinstance(device, stand_in.Library):
        device.calls.clear()
        program.gradients(x=x, upstream=np.ones((3, 4)))
        kernels = {k: n for k, n in device.calls.items() if k not in ("empty", "from the host")}
        assert kernels == {"gradviz_fused": 2}


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("x + x", {"x": [1.0, 2.0]}),
        ("a + b", {"a": [1.0, 2.0], "b": 3.0}),
        ("sum(w*x + b)", {"w": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, -1.0], "b": 0.5}),
        ("x*y + sin(x)*x", {"x": 0.3, "y": [[1.0], [2.0]]}),
        ("where(x > y, x, y*2) + (x > 0)", {"x": [1.0, -1.0], "y": [0.0, 0.0]}),
        ("maximum(x, y) + minimum(x, 0) + abs(y)", {"x": [1.0, 0.0], "y": [1.0, 0.0]}),
        ("log(x) / x + sqrt(x)", {"x": [0.0, -1.0, np.inf, np.nan, 1e300]}),
        ("exp(x) - exp(-x)", {"x": [800.0, -800.0]}),
        ("x**y", {"x": [2.0, 0.0, -1.0, 4.0], "y": [2.0, 0.0, 0.5, -1.0]}),
        ("3 + 2*x**0 + x**-1 + x**0.5 + x**3", {"x": [2.0, 0.25]}),
        ("mean(x) + max(x)", {"x": [1e308, 1e308]}),
        ("norm(x)", {"x": [3e200, 4e200]}),
        ("norm(x)", {"x": [3e-200, 4e-200]}),
        ("prod(x)", {"x": [1e200, 1e200, 1e-200, 1e-200]}),
        ("prod(x)", {"x": [0.0, 2.0, 3.0]}),
        ("softmax_cross_entropy(x, 1)", {"x": [1000.0, 0.0, -1000.0]}),
    ],
    ids=str,
)
def test_numbers_at_the_edge_agree_with_numpy(source: str, values: Any, device: Any) -> None:
    """Broadcasting, shared operands, ties, and numbers where formulas are computed another way."""
    values = {k: np.asarray(v) for k, v in values.items()}
    ours = gv.run(source, values=values)
    upstream = None if ours.seed is not None else np.ones(np.shape(ours.values[-1]))
    agree(source, values, **({} if upstream is None else {"upstream": upstream}))


@pytest.mark.parametrize(
    ("source", "x"),
    [
        ("mean(x)", [3e38, 3e38, -1e38]),
        ("norm(x)", [3e30, 4e30]),
        ("norm(x)", [3e-30, 4e-30]),
        ("sum(avgpool2d(x, 2))", [[2e38, 2e38], [1e38, 1e38]]),
        ("sum(local_response_norm(x, 3))", [[[1e20]], [[2e20]]]),
    ],
    ids=str,
)
def test_float32_at_the_edge_agrees_with_numpy(source: str, x: Any, device: Any) -> None:
    agree(source, {"x": np.asarray(x)}, "float32")


def test_a_batch_agrees_with_numpy(device: Any) -> None:
    rng = np.random.default_rng(5)
    for source, shape in (("tanh(x)*y + x", (9,)), ("sum(W@x)*y", None)):
        values = {"x": rng.random(shape or (9, 2)), "y": rng.random(9)}
        values |= {} if shape else {"W": rng.random((9, 3, 2))}
        ours, theirs = (gv.compile(source, backend=b).batch(**values) for b in ("numpy", "cupy"))
        close(theirs.value, ours.value, "float64")
        for name, gradient in ours.gradients.items():
            close(theirs.gradients[name], gradient, "float64")


def test_gradients_are_arrays_of_their_own(device: Any) -> None:
    """As in NumPy, so that changing one in place changes no other."""
    program = gv.compile("x + y + z*1", backend="cupy")
    one = device.asarray(np.ones(3))
    found = program.gradients(x=one, y=one, z=one, upstream=one)
    found["x"] *= 5
    assert host(found["y"]).tolist() == host(found["z"]).tolist() == host(one).tolist() == [1] * 3


def test_a_training_run_on_the_device(device: Any) -> None:
    """Gradient descent by a compiled graph: nothing is copied but the loss that is asked for."""
    rng = np.random.default_rng(6)
    given = {"W": rng.random((3, 2)), "x": rng.random((5, 2)), "y": rng.random((5, 3))}
    losses = {}
    for backend in ("numpy", "cupy"):
        program = gv.compile("mean((x @ W.T - y)**2)", wrt="W", backend=backend)
        here = given if backend == "numpy" else {k: device.asarray(v) for k, v in given.items()}
        if isinstance(device, stand_in.Library):
            device.copies.clear()
            device.closed += 1
        weights = here["W"]
        for _ in range(20):
            weights = weights - 0.3 * program.gradients(**here | {"W": weights})["W"]
        if isinstance(device, stand_in.Library):
            device.closed -= 1
            assert not device.copies
        losses[backend] = program.value(**here | {"W": weights})
    assert losses["cupy"] == pytest.approx(losses["numpy"], rel=1e-12)
    assert losses["cupy"] < 0.1


@pytest.mark.parametrize(
    ("source", "values", "says"),
    [
        ("softmax_cross_entropy(s, t)", {"s": [1.0, 2.0], "t": 5}, "there is no label 5"),
        ("softmax_cross_entropy(s, t)", {"s": [[1.0, 2.0]] * 2, "t": [0, -1]}, "no label -1"),
        ("sum(embedding(w, i))", {"w": [[1.0], [2.0]], "i": [0, 2]}, "there is no"),
        ("sum(hinge(s, y))", {"s": [1.0, 2.0], "y": [1, 3]}, "−1 and 1"),
    ],
)
def test_labels_out_of_range_are_refused_at_the_end_of_the_pass(
    source: str, values: Any, says: str, device: Any
) -> None:
    messages = []
    for backend in ("numpy", "cupy"):
        with pytest.raises(ValueInputError, match=says) as caught:
            gv.run(source, values=values, backend=backend)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


SHOWN = [
    ["show", "sum(tanh(W@x)*x)", "W=[[1,2],[3,4]]", "x=[0.5,0.3]"],
    ["show", "x*y + relu(z)", "x=2", "y=3", "z=-1", "--dtype", "float32"],
    ["show", "softmax_cross_entropy(s, 1)", "s=[1,2,3]", "--into", "f"],
    ["show", "sum(maxpool2d(x, 2))", "x=[[1,2],[3,4]]", "--into", "a"],
    ["trace", "sum(x*y)", "x=[2,1]", "y=3"],
    ["check", "x*y + relu(z)", "x=2", "y=3", "z=-1"],
    ["show", "[x, y]", "x=2", "y=3"],
    ["show", "net:lenet5", "image=random:1", "label=3", "--brief"],
]


@pytest.mark.parametrize("words", SHOWN, ids=lambda words: " ".join(words[:2]))
def test_what_is_shown_is_the_same(words: list[str], device: Any, capsys: Any) -> None:
    said = []
    for backend in ("numpy", "cupy"):
        assert main.run([*words, "--backend", backend]) == 0
        said.append(capsys.readouterr().out.replace('"cupy"', '"numpy"'))
    assert said[0] == said[1] != ""


def test_a_saved_run_of_a_gpu_is_shown_without_one(tmp_path: Any) -> None:
    with stand_in.installed():
        gv.run("sum(softmax(x)*x)", x=[1.0, 2.0], backend="cupy").save(tmp_path / "run.json")
    again = gv.Trace.load(tmp_path / "run.json")
    assert again.backend == "cupy"
    assert gv.into(again, "a").value("x").tolist() == [1, 2]
    assert main.run(["show", str(tmp_path / "run.json")]) == 0


def test_what_is_read_of_a_trace_is_on_the_host(device: Any) -> None:
    trace = gv.run("sum(x*x)", x=[1.0, 2.0], backend="cupy")
    found = trace.gradient("x")
    assert isinstance(found, np.ndarray) and found.tolist() == [2, 4]
    assert not found.flags.writeable and trace.gradient("x") is found
    assert isinstance(
        gv.compile("sum(x*x)", backend="cupy").gradients(x=[1.0])["x"], device.ndarray
    )


def test_arrays_of_the_device_are_taken_and_seen_on_the_host(device: Any) -> None:
    x = device.asarray(np.array([1.0, 2.0]))
    on_device = gv.run("sum(x*x)", x=x, backend="cupy")
    assert host(on_device.gradient("x")).tolist() == [2, 4]
    assert gv.run("sum(x*x)", x=x).gradient("x").tolist() == [2, 4]
    again = gv.Trace.from_json(on_device.to_json())
    assert again.gradient("x").tolist() == [2, 4] and again.backend == "cupy"


@pytest.mark.skipif(not _why_not(), reason="there is a GPU here")
def test_without_a_gpu_the_error_is_clear() -> None:
    with pytest.raises(BackendError, match="the cupy backend needs") as caught:
        gv.run("x", x=1, backend="cupy")
    assert "leave --backend out" in str(caught.value)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"devices": 0}, "none that CuPy can use"),
        ({"driver": 12020}, "a driver for CUDA 12.2, which is too old for CUDA 13.0"),
        ({"driver": 0}, "no driver"),
    ],
)
def test_a_machine_that_cupy_cannot_use(state: dict[str, int], says: str) -> None:
    with stand_in.installed() as library, pytest.raises(BackendError) as caught:
        vars(library).update(state)
        gv.run("x", x=1, backend="cupy")
    said = str(caught.value)
    assert says in said and "leave --backend out" in said and said.count("\n") < 5


def test_a_broken_cupy(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "cupy.py").write_text("raise ImportError('libcublas.so.13: cannot open')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "cupy", raising=False)
    with pytest.raises(BackendError, match="libcublas") as caught:
        gv.run("x", x=1, backend="cupy")
    assert "leave --backend out" in str(caught.value)


@pytest.mark.skipif(not _why_not(), reason="there is a GPU here, which takes minutes")
def test_make_gpu_is_a_dry_run_without_one() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "gpu.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    first, *rows = done.stdout.splitlines()
    assert first.startswith("Nothing is measured here: the cupy backend needs") and not done.stderr
    copies = {r.split(":")[0]: int(r.split(", ")[-2].split()[0]) for r in rows}
    assert copies["elementwise chain, forward and backward"] == 0
    assert copies["convolution, batch 64"] == copies["pooling, forward and backward"] == 0
    assert copies["training, 3 steps"] == 3, "labels are checked once a step, behind the pass"
