"""Cell by cell: every window checked by loops written for these tests alone."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.inside.cells import cells
from gradviz.engine.inside.into import into
from gradviz.errors import GradvizError, UnknownNameError, ValueInputError
from gradviz.graph.expression import call
from gradviz.ops import Op, every
from gradviz.trace.cells import CellTrace, Places, foresee, largest
from gradviz.trace.trace import Trace

LECTURE = [[1, 3, 2, 7, 2], [5, 1, 3, 0, 5], [4, 8, 5, 0, 6], [3, 2, 6, 0, 8], [0, 7, 4, 6, 9]]


def lecture(backend: str = "numpy") -> CellTrace:
    """The lecture's 5×5 image under a 3×3 window with stride 2, and an upstream gradient for each
    output cell.
    """
    trace = gv.run(
        "maxpool2d(x, 3, stride=2)", x=LECTURE, upstream=[[1, -2], [3, 0.5]], backend=backend
    )
    return cells(trace, "f")


def test_the_lectures_maximum_pool_window_by_window() -> None:
    walk = lecture()
    assert len(walk) == 8 and walk.slots == (0,)
    forward = [walk.step(k) for k in range(1, 5)]
    assert [s.place for s in forward] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [s.result for s in forward] == [8, 7, 8, 9]
    assert forward[2].numbers[0] == (4, 8, 5, 3, 2, 6, 0, 7, 4) and forward[2].winner == 1
    third = walk.step(7)
    assert (third.slot, third.window, third.of, third.upstream) == (0, 3, 4, 3)
    won = third.targets.index((2, 1))
    assert (third.before[won], third.contributions[won], third.after[won]) == (1, 3, 4)
    assert [c for c in third.contributions if c] == [3]
    expected = np.zeros((5, 5))
    expected[2, 1], expected[0, 3], expected[4, 4] = 4, -2, 0.5
    assert np.array_equal(walk.gradient(0, 4), expected)


def test_a_step_of_the_exact_backend_holds_exact_numbers() -> None:
    walk = cells(
        gv.run(
            "avgpool2d(x, 3, stride=2)", x=LECTURE, upstream=[[1, -2], [3, 0.5]], backend="exact"
        ),
        "f",
    )
    assert str(walk.step(1).result) == "32/9"  # (1+3+2 + 5+1+3 + 4+8+5) / 9
    step = walk.step(8)  # the cell in the middle lies under all four windows
    middle = step.targets.index((2, 2))
    assert str(step.after[middle]) == "5/18"  # (1 - 2 + 3 + 1/2) / 9


def padded(x: np.ndarray, pad: tuple[int, int], fill: float) -> np.ndarray:
    found = np.full((*x.shape[:-2], x.shape[-2] + 2 * pad[0], x.shape[-1] + 2 * pad[1]), fill)
    found[..., pad[0] : pad[0] + x.shape[-2], pad[1] : pad[1] + x.shape[-1]] = x
    return found


@st.composite
def convolutions(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A small convolution: its text, its values, its options."""
    groups = draw(st.sampled_from([1, 2]))
    inputs, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 2)))
    options = {
        "stride": draw(st.integers(1, 2)),
        "padding": draw(st.integers(0, 2)),
        "dilation": draw(st.integers(1, 2)),
        "groups": groups,
    }
    least = [max(1, options["dilation"] * (k - 1) + 1 - 2 * options["padding"]) for k in kernel]
    sizes = [n + draw(st.integers(0, 2)) for n in least]
    batch = draw(st.sampled_from([(), (1,)]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    values = {
        "x": rng.integers(-3, 4, (*batch, inputs, *sizes)).astype(float),
        "w": rng.integers(-3, 4, (outputs, inputs // groups, *kernel)).astype(float),
    }
    if draw(st.booleans()):
        values["b"] = rng.integers(-3, 4, outputs).astype(float)
    words = ", ".join([*values, *(f"{k}={v}" for k, v in options.items())])
    return f"conv2d({words})", values, options


@given(convolutions())
@settings(max_examples=40, deadline=None)
def test_convolutions_by_loops(example: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """Seven nested loops give the outputs and all three gradients; the walk must add up to each."""
    source, values, options = example
    x, w = values["x"], values["w"]
    image = x if x.ndim == 4 else x[None]
    shape = gv.run(source, values=values).values[-1].shape
    upstream = np.random.default_rng(1).integers(-3, 4, shape).astype(float)
    trace = gv.run(source, values=values, upstream=upstream)
    walk = cells(trace, "f")
    g = upstream.reshape(-1, *shape[-3:])
    s, p, d, groups = (options[k] for k in ("stride", "padding", "dilation", "groups"))
    wide, per = padded(image, (p, p), 0.0), w.shape[1]
    y, dwide, dw = np.zeros(g.shape), np.zeros(wide.shape), np.zeros(w.shape)
    for n, o, i, j in np.ndindex(*g.shape):
        first = o // (w.shape[0] // groups) * per
        for c, a, b in np.ndindex(*w.shape[1:]):
            spot = (n, first + c, i * s + a * d, j * s + b * d)
            y[n, o, i, j] += wide[spot] * w[o, c, a, b]
            dwide[spot] += g[n, o, i, j] * w[o, c, a, b]
            dw[o, c, a, b] += g[n, o, i, j] * wide[spot]
        y[n, o, i, j] += values["b"][o] if "b" in values else 0
    dx = dwide[..., p : p + image.shape[-2], p : p + image.shape[-1]]
    expected = {0: dx.reshape(x.shape), 1: dw, 2: g.sum(axis=(0, 2, 3))}
    sums = {slot: np.zeros(walk.shape(slot)) for slot in walk.slots}
    for step in walk:
        if step.slot is None:
            assert step.result == y.reshape(shape)[step.place]
            assert sum(step.parts) + (step.bias or 0) == step.result
            assert len(step.parts) == w[0].size
        else:
            for target, before, brought, after in zip(
                step.targets, step.before, step.contributions, step.after, strict=True
            ):
                assert before == sums[step.slot][target]
                sums[step.slot][target] += brought
                assert after == sums[step.slot][target]
    for slot in walk.slots:
        assert np.array_equal(sums[slot], expected[slot]), slot


@st.composite
def pools(draw: Any) -> tuple[str, np.ndarray, dict[str, Any]]:
    kind = draw(st.sampled_from(["max", "min", "avg", "l2"]))
    size = draw(st.integers(1, 3))
    options = {"stride": draw(st.integers(1, 3)), "padding": draw(st.integers(0, size // 2))}
    if kind == "avg":
        options["count_include_pad"] = draw(st.booleans())
    lead = draw(st.sampled_from([(), (2,), (1, 2)]))
    sizes = [size + draw(st.integers(0, 3)) for _ in range(2)]
    x = (
        np.random.default_rng(draw(st.integers(0, 1000)))
        .integers(-4, 5, (*lead, *sizes))
        .astype(float)
    )
    words = ", ".join(["x", str(size), *(f"{k}={v}" for k, v in options.items())])
    return f"{kind}pool2d({words})", x, {"kind": kind, "size": size, **options}


@given(pools())
@settings(max_examples=40, deadline=None)
def test_pools_by_loops(example: tuple[str, np.ndarray, dict[str, Any]]) -> None:
    source, x, options = example
    k, s, p, kind = (options[key] for key in ("size", "stride", "padding", "kind"))
    out = [(n + 2 * p - k) // s + 1 for n in x.shape[-2:]]
    upstream = np.random.default_rng(2).integers(-3, 4, (*x.shape[:-2], *out)).astype(float)
    walk = cells(gv.run(source, x=x, upstream=upstream), "f")
    expected, total = np.zeros(x.shape), np.zeros(x.shape)
    for place in np.ndindex(*upstream.shape):
        *lead, i, j = place
        spots = [(*lead, i * s - p + a, j * s - p + b) for a in range(k) for b in range(k)]
        real = [t for t in spots if 0 <= t[-2] < x.shape[-2] and 0 <= t[-1] < x.shape[-1]]
        numbers, g = [x[t] for t in real], upstream[place]
        if kind in ("max", "min"):
            best = max(numbers) if kind == "max" else min(numbers)
            expected[real[numbers.index(best)]] += g
        elif kind == "avg":
            for t in real:
                expected[t] += g / (k * k if options["count_include_pad"] else len(real))
        else:
            length = math.sqrt(sum(v * v for v in numbers))
            for t in real:
                expected[t] += g * x[t] / length if length else 0
    steps = list(walk)
    half = len(steps) // 2
    assert [step.place for step in steps[:half]] == list(np.ndindex(*upstream.shape))[:half]
    for step in steps[half:]:
        for target, brought in zip(step.targets, step.contributions, strict=True):
            total[target] += brought
    assert walk.places.is_whole
    assert np.allclose(total, expected, rtol=1e-12, atol=1e-12)


def test_a_matrix_product_meets_row_by_column() -> None:
    a, b = [[1, 2, 3], [4, 5, 6]], [[1, 0], [2, 1], [0, 3]]
    walk = cells(gv.run("a @ b", a=a, b=b, upstream=[[1, 2], [3, 4]]), "f")
    step = walk.step(3)
    assert (
        step.place == (1, 0) and step.numbers == ((4, 5, 6), (1, 2, 0)) and step.parts == (4, 10, 0)
    )
    assert step.result == 14 and step.bias is None
    # dA = G Bᵀ and dB = Aᵀ G, by hand.
    assert walk.gradient(0, 4).tolist() == [[1, 4, 6], [3, 10, 12]]
    assert walk.gradient(1, 4).tolist() == [[13, 18], [17, 24], [21, 30]]
    back = walk.step(5)
    assert back.targets == ((0, 0), (0, 1), (0, 2)) and back.contributions == (1, 2, 0)


def test_a_linear_layer_adds_its_bias() -> None:
    walk = cells(
        gv.run("linear(x, w, b)", x=[1, 2], w=[[3, 4], [5, 6]], b=[10, 20], upstream=[1, -1]), "f"
    )
    assert [walk.step(k).result for k in (1, 2)] == [21, 37] and walk.step(2).bias == 20
    assert [walk.where(k)[0] for k in range(1, 9)] == [None, None, 0, 0, 1, 1, 2, 2]
    assert walk.step(8).targets == ((1,),) and walk.step(8).contributions == (-1,)


def test_only_operands_that_receive_a_gradient_have_a_phase() -> None:
    trace = gv.run("a @ b", a=[[1, 2]], b=[[3], [4]], wrt="b", upstream=[[1]])
    assert cells(trace, "f").slots == (1,)
    assert cells(gv.run("maxpool2d(x, 2)", x=[[1, 2, 3, 4]] * 2), "f").slots == ()


def test_a_value_used_twice_goes_back_by_each_use() -> None:
    walk = cells(gv.run("x @ x", x=[[1, 2], [3, 4]], upstream=[[1, 0], [0, 0]]), "f")
    assert walk.slots == (0, 1)
    assert walk.gradient(0, 4).tolist() == [[1, 3], [0, 0]] and walk.gradient(1, 4).tolist() == [
        [1, 0],
        [2, 0],
    ]


def test_float32_and_a_saved_trace_walk_the_same() -> None:
    options = {
        "values": {"x": np.arange(18.0).reshape(2, 3, 3) / 7, "w": np.ones((1, 2, 2, 2)) / 3},
        "upstream": [[[1, 2], [3, 4]]],
    }
    single = cells(gv.run("conv2d(x, w)", dtype="float32", **options), "f")
    double = gv.run("conv2d(x, w)", **options)
    again = cells(Trace.from_json(double.to_json()), "f")
    for a, b, c in zip(single, cells(double, "f"), again, strict=True):
        assert a.result == pytest.approx(b.result, rel=1e-6) and b.result == c.result
        assert a.after == pytest.approx(b.after, rel=1e-5) and b.after == c.after


def big() -> Trace:
    rng = np.random.default_rng(0)
    values = {"x": rng.normal(size=(2, 3, 64, 64)), "w": rng.normal(size=(8, 3, 5, 5))}
    return gv.run("conv2d(x, w, stride=2)", values=values, upstream=rng.normal(size=(2, 8, 30, 30)))


def test_a_long_walk_keeps_to_a_channel_and_makes_only_what_is_asked_for() -> None:
    trace = big()
    walk = cells(trace, "f", channel=5, sample=1)
    assert (
        len(walk) == 3 * 900
        and walk.places[0] == (1, 5, 0, 0)
        and walk.places[-1] == (1, 5, 29, 29)
    )
    assert isinstance(walk.places, Places) and "places" not in vars(walk.places)
    asked: list[int] = []
    seen = CellTrace(
        trace,
        walk.node,
        walk.rule,
        walk.places,
        walk.slots,
        lambda k: asked.append(k) or walk.make(k),
        walk.gradient,
        walk.add,
        walk.finite,
    )
    step = seen.step(900 + 450)
    assert asked == [1350] and step.slot == 0 and step.place == (1, 5, 14, 29)
    x, w, (i, j) = trace.value("x"), trace.value("w"), step.place[2:]
    assert step.result == pytest.approx(
        (x[1, :, 2 * i : 2 * i + 5, 2 * j : 2 * j + 5] * w[5]).sum()
    )
    assert len(cells(trace, "f")) == 3 * 900 and cells(trace, "f").places[0] == (0, 0, 0, 0)


def not_finite(size: int, kernel: int = 3) -> CellTrace:
    """A walk over a square image with a NaN in it."""
    x = np.arange(float(size * size)).reshape(1, size, size)
    x[0, 0, 0] = np.nan
    return cells(gv.run("sum(conv2d(x, w))", x=x, w=np.ones((1, 1, kernel, kernel))), "a")


def test_a_walk_with_nan_makes_each_window_once() -> None:
    """Gradients are added up from the window before, so twice the windows are twice the calls, and
    from anywhere they are what a plain sum over the windows gives.
    """

    def calls(size: int) -> float:
        walk, made = not_finite(size), 0
        window = type(walk.op).cells_at

        def counted(*args: Any, **options: Any) -> Any:
            nonlocal made
            made += 1
            return window(*args, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(walk.op), "cells_at", counted)
            assert sum(1 for _ in walk) == 3 * len(walk.places)
        return made / len(walk.places)

    assert calls(12) == pytest.approx(calls(6), rel=0.05)
    walk = not_finite(7)
    for k in (60, 27, 75, 26, 51, 50):  # 25 windows forward, 25 back to x, 25 to w
        slot, window = walk.where(k)
        expected = np.zeros(walk.shape(slot))
        for i, j in (divmod(n, 5) for n in range(window)):
            under = np.s_[0, i : i + 3, j : j + 3]
            if slot == 0:
                expected[under] += 1.0
            elif slot == 1:
                expected[0, 0] += walk.value(0)[under]
        if slot is not None:
            np.testing.assert_array_equal(walk.gradient(slot, window), expected)


def test_windows_with_nan_are_counted_before_work_begins() -> None:
    """A million windows of 9 cells, 2,000 operations each: too many only from the far end."""
    walk = not_finite(4)
    far = Places((1, 10**5, 10**4))
    long = dataclasses.replace(walk, places=far)
    foresee(long, [1, 2, 3])
    foresee(long, [len(far) + 1])
    for steps in ([2 * len(far)], [len(far) + 1, 2 * len(far)]):
        with pytest.raises(ValueInputError, match=r"at most 1.0e\+12 are done"):
            foresee(long, steps)
    foresee(dataclasses.replace(long, finite=True), [2 * len(far)])


def test_parts_add_up_as_the_engine_adds() -> None:
    walk = cells(gv.run("a @ b", a=[1e16, 1.0, -1e16], b=[1.0, 1.0, 1.0]), "f")
    step = walk.step(1)
    assert walk.total(step) == 1.0 and walk.total(step, [0, 2]) == 0.0
    assert largest([3.0, -5.0, None, float("nan"), 1.0], 3) == [0, 1, 3]


def test_a_walk_may_start_in_the_middle() -> None:
    walk = cells(lecture().trace, "f", at=(1, 0))
    assert [s.place for s in walk] == [(1, 0), (1, 1)] * 2
    assert sorted(walk.step(3).before) == [0] * 9  # what came before the start is left out


def test_a_place_that_is_asked_for_is_counted() -> None:
    places = Places((2, 3, 4), 4, 16)
    assert len(places) == 12 and places[0] == (0, 1, 0) and places[-1] == (1, 0, 3)
    assert [places.number(p) for p in places] == list(range(4, 16))
    assert places[2:4] == [(0, 1, 2), (0, 1, 3)] and not places.is_whole
    with pytest.raises(IndexError):
        places[12]


def test_cells_that_a_window_has_reached() -> None:
    walk = lecture()
    first = set(itertools.product(range(3), range(3)))
    assert walk.reached(0, 1) == first
    assert walk.reached(0, 4) == set(itertools.product(range(5), range(5)))
    assert walk.reached(0, 1) == first, "asking for less afterwards gives less"


def refuse(call: Any) -> GradvizError:
    with pytest.raises(GradvizError) as refused:
        call()
    return refused.value


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"channel": 8}, "no channel 8"),
        ({"channel": -1}, "no channel -1"),
        ({"channel": True}, "no channel True"),
        ({"sample": 2}, "no sample 2"),
        ({"at": (0, 0, 0, 30)}, "not in the walk"),
        ({"at": (0, 1)}, "not in the walk"),
        ({"at": "here"}, "not in the walk"),
        ({"at": (1, 0, 0, 0)}, "not in the walk"),
    ],
)
def test_places_that_do_not_exist(options: dict[str, Any], said: str) -> None:
    assert said in str(refuse(lambda: cells(big(), "f", **options)))


def test_nodes_without_cells() -> None:
    trace = gv.run("y = x * 2; maxpool2d(y, 2)", x=[[1, 2], [3, 4]])
    for node, said in (("x", "an input"), ("y", "a node of mul")):
        assert said in str(refuse(lambda node=node: cells(trace, node)))
    with pytest.raises(UnknownNameError):
        cells(trace, "z")
    with pytest.raises(ValueInputError, match="no step 9"):
        lecture().step(9)
    table = gv.run("embedding(t, ids)", t=[[1, 2], [3, 4]], ids=[1, 0])
    with pytest.raises(ValueInputError, match="not computed cell by cell"):
        cells(table, "f")


def test_a_walk_never_disagrees_with_its_trace() -> None:
    """A recorded value or gradient that its cells do not add up to is refused, not drawn."""
    for change in ("value", "contribution"):
        trace = gv.run(
            "avgpool2d(x, 2, stride=1)", x=np.arange(9.0).reshape(3, 3), upstream=[[1, 2], [3, 4]]
        )
        if change == "value":
            trace.values[-1] = trace.values[-1] + [[0, 0], [0.01, 0]]
        else:
            trace.recording.contribution[0] = trace.recording.contribution[0] + 0.01
        with pytest.raises(GradvizError, match="do not add up to"):
            list(cells(trace, "f"))


BY_CELLS = [
    pytest.param(op, shapes, options, id=f"{op.name}-{i}")
    for op in every()
    if op.combine
    for i, (shapes, options) in enumerate(op.examples)
]


@pytest.mark.parametrize("edges", [(0.0,), (0.0, 1.0), (1e-300, 2e-300), (4e306, -4e306), (-1.0,)])
@pytest.mark.parametrize(("op", "shapes", "options"), BY_CELLS)
def test_cells_agree_at_zeros_ties_and_extremes(
    op: Op, shapes: Any, options: Any, edges: tuple[float, ...]
) -> None:
    """Every window gives the recorded value, and all of them the recorded gradient."""
    rng = np.random.default_rng(len(op.name))
    names = op.inputs[: len(shapes)]
    products = op.combine == "products"
    values = {
        name: rng.choice([e if not products or slot == 0 else 1.0 for e in edges], size=shape)
        for slot, (name, shape) in enumerate(zip(names, shapes, strict=True))
    }
    size = op.shape(*shapes, **(dict(op.options) | dict(options)))
    f = call(op, *gv.inputs(list(names)), **options)
    trace = gv.run(f, values=values, upstream=np.ones(size))
    walk = gv.cells(trace, trace.graph.output)
    for step in walk:  # one that does not add up raises
        assert not np.isnan(step.after).any()


def test_into_finds_a_node_by_label_op_and_path() -> None:
    trace = gv.run("h = linear(x, w); relu(h)", x=[1, 2], w=[[1, 2], [3, 4]], upstream=[1, 1])
    inside = into(trace, "h")
    assert isinstance(inside, Trace) and "matmul" in [n.op for n in inside.graph.nodes]
    assert isinstance(into(trace, "linear"), Trace)
    deeper = into(trace, "h/f")
    assert isinstance(deeper, CellTrace) and deeper.row.op == "matmul"
    assert isinstance(into(lecture().trace, "maxpool2d"), CellTrace)


def test_into_takes_a_node_too_and_chooses_alike() -> None:
    """A window slides: its cells, though a pool is a composite as well; linear has ops inside; a
    product of matrices only cells.
    """
    pooled = gv.run("f = avgpool2d(x, 2)", x=np.ones((4, 4)), upstream=np.ones((2, 2)))
    assert isinstance(gv.into(pooled, pooled.graph.output), CellTrace)
    trace = gv.run("h = linear(x, w); relu(h)", x=[1, 2], w=[[1, 2], [3, 4]], upstream=[1, 1])
    inside = gv.into(trace, trace.graph.find("h"))
    assert isinstance(inside, Trace)
    product = next(n for n in inside.graph.nodes if n.op == "matmul")
    assert isinstance(gv.into(inside, product), CellTrace)
    with pytest.raises(GradvizError, match="nothing to step into"):
        gv.into(trace, trace.graph.find("x"))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("q", "no node 'q'"),
        ("x", "x is an input"),
        ("f/g", "no node 'g'"),
        ("h/f/f", "nothing inside"),
        ("", "no node ''"),
    ],
)
def test_into_says_what_can_be_entered(path: str, said: str) -> None:
    trace = gv.run("h = linear(x, w); sum(h)", x=[1, 2], w=[[1, 2], [3, 4]])
    error = str(refuse(lambda: into(trace, path)))
    if path == "f/g":
        assert "nothing inside" in error
    else:
        assert said in error
    if "/" not in path:
        assert "h (linear)" in error
