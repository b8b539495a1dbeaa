"""Convolutions against plain loops: every weight times every cell that it meets, and the same
numbers backwards.
"""

import itertools
import json
import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.arrays.kernels import columns, convolution, winograd, winograd_4x4
from gradviz.ops import get
from gradviz.ops.windows.window import Window

XP, EXACT = for_backend("numpy", "float64"), for_backend("exact")
Pads = tuple[tuple[int, int], tuple[int, int]]


class Case(NamedTuple):
    """One convolution: NCHW, with its options by axis, and whole numbers for every array."""

    batch: int
    own: int
    made: int
    groups: int
    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]

    @property
    def out(self) -> tuple[int, ...]:
        rows = zip(self.size, self.kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in rows)

    @property
    def options(self) -> dict[str, Any]:
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }

    def arrays(self) -> tuple[Any, Any, Any, Any]:
        """x, w, b and the upstream gradient; small whole numbers, so that floats are exact."""
        rng = np.random.default_rng(abs(hash(tuple(self))) % 2**32)
        shapes = (
            (self.batch, self.own * self.groups, *self.size),
            (self.made * self.groups, self.own, *self.kernel),
            (self.made * self.groups,),
            (self.batch, self.made * self.groups, *self.out),
        )
        return tuple(rng.integers(-4, 5, shape).astype(float) for shape in shapes)  # type: ignore[return-value]

    def meetings(self) -> Any:
        """Every output place (n, o, i, j), weight (o, c, k, l) and input place (n, c, i, j) that
        meet.
        """
        for n, o in itertools.product(range(self.batch), range(self.made * self.groups)):
            for i, j in itertools.product(*map(range, self.out)):
                for c, k, m in itertools.product(range(self.own), *map(range, self.kernel)):
                    row = i * self.stride[0] - self.padding[0] + k * self.dilation[0]
                    column = j * self.stride[1] - self.padding[1] + m * self.dilation[1]
                    if 0 <= row < self.size[0] and 0 <= column < self.size[1]:
                        yield (
                            (n, o, i, j),
                            (o, c, k, m),
                            (n, o // self.made * self.own + c, row, column),
                        )


def by_loops(case: Case, x: Any, w: Any, b: Any, g: Any) -> tuple[Any, Any, Any]:
    """The values, and the gradients of x and w."""
    y = np.zeros((case.batch, len(w), *case.out)) + b[:, None, None]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for place, weight, cell in case.meetings():
        y[place] += w[weight] * x[cell]
        dx[cell] += w[weight] * g[place]
        dw[weight] += x[cell] * g[place]
    return y, dx, dw


pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
cases = st.builds(
    Case,
    st.integers(1, 2),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 2),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    pair,
    pair,
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
)


@given(cases)
@settings(max_examples=150, deadline=None)
def test_conv2d_is_what_the_loops_say(case: Case) -> None:
    assume(min(case.out) > 0)
    op, (x, w, b, g) = get("conv2d"), case.arrays()
    y, dx, dw = by_loops(case, x, w, b, g)
    assert op.shape(x.shape, w.shape, b.shape, **case.options) == y.shape
    np.testing.assert_array_equal(op.forward(XP, x, w, b, **case.options), y)
    for slot, expected in enumerate((dx, dw, g.sum((0, 2, 3)))):
        np.testing.assert_array_equal(op.vjp[slot](XP, g, y, x, w, b, **case.options), expected)
    np.testing.assert_array_equal(op.forward(XP, x[0], w, **case.options), y[0] - b[:, None, None])


@given(cases)
@settings(max_examples=60, deadline=None)
def test_small_tiles_change_nothing(case: Case) -> None:
    """Nor does the order in which their cells are gathered."""
    assume(min(case.out) > 0)
    op, (x, w, b, g) = get("conv2d"), case.arrays()
    y, dx, dw = by_loops(case, x, w, b, g)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "TILE", 1)
        patch.setattr(columns, "SMALL", 1)
        patch.setattr(columns.columns, "__defaults__", (1,))
        patch.setattr(convolution, "MANY", 2)
        np.testing.assert_array_equal(op.forward(XP, x, w, b, **case.options), y)
        np.testing.assert_array_equal(op.vjp[0](XP, g, y, x, w, b, **case.options), dx)
        np.testing.assert_array_equal(op.vjp[1](XP, g, y, x, w, b, **case.options), dw)


@given(cases)
@settings(max_examples=60, deadline=None)
def test_conv_transpose2d_is_the_way_back_of_conv2d(case: Case) -> None:
    """The definition: its matrix is the transpose of conv2d's, so values and gradients swap their
    roles.
    """
    assume(min(case.out) > 0)
    op, (x, w, b, g) = get("conv_transpose2d"), case.arrays()
    y, dx, dw = by_loops(case, x, w, np.zeros(len(b)), g)
    rows = zip(case.size, case.kernel, case.stride, case.padding, case.dilation, strict=True)
    extra = tuple((n + 2 * p - d * (k - 1) - 1) % s for n, k, s, p, d in rows)
    options = {**case.options, "output_padding": extra}
    assert op.shape(g.shape, w.shape, **options) == x.shape
    np.testing.assert_array_equal(op.forward(XP, g, w, **options), dx)
    np.testing.assert_array_equal(op.vjp[0](XP, x, dx, g, w, **options), y)
    np.testing.assert_array_equal(op.vjp[1](XP, x, dx, g, w, **options), dw)
    bias = np.arange(x.shape[1], dtype=float)
    np.testing.assert_array_equal(op.forward(XP, g, w, bias, **options), dx + bias[:, None, None])
    np.testing.assert_array_equal(op.vjp[2](XP, x, dx, g, w, bias, **options), x.sum((0, 2, 3)))


@given(cases)
@settings(max_examples=40, deadline=None)
def test_conv1d_is_conv2d_on_one_row(case: Case) -> None:
    case = case._replace(
        size=(1, case.size[1]), kernel=(1, case.kernel[1]), padding=(0, case.padding[1])
    )
    assume(min(case.out) > 0)
    op, (x, w, b, g) = get("conv1d"), case.arrays()
    y, dx, dw = by_loops(case, x, w, b, g)
    options = {k: v if k == "groups" else v[1] for k, v in case.options.items()}
    operands = x[:, :, 0], w[:, :, 0], b
    np.testing.assert_array_equal(op.forward(XP, *operands, **options), y[:, :, 0])
    np.testing.assert_array_equal(
        op.vjp[0](XP, g[:, :, 0], y[:, :, 0], *operands, **options), dx[:, :, 0]
    )
    np.testing.assert_array_equal(
        op.vjp[1](XP, g[:, :, 0], y[:, :, 0], *operands, **options), dw[:, :, 0]
    )


def test_output_padding_beyond_the_last_window() -> None:
    """A dilation of 2 allows an output_padding of 1 at stride 1: a row and column that no stamp
    reaches.
    """
    op, x, w = get("conv_transpose2d"), np.ones((1, 2, 2)), np.ones((1, 1, 2, 2))
    options = {**op.options, "dilation": 2, "output_padding": 1}
    y = op.forward(XP, x, w, **options)
    assert y.shape == op.shape(x.shape, w.shape, **options) == (1, 5, 5)
    assert (y[0, 4].tolist(), y[0, :4, :4].tolist()) == ([0] * 5, [[1] * 4] * 4)
    assert op.vjp[0](XP, np.ones((1, 5, 5)), y, x, w, **options).tolist() == [[[4, 4], [4, 4]]]
    assert op.vjp[1](XP, np.ones((1, 5, 5)), y, x, w, **options).tolist() == [[[[4, 4], [4, 4]]]]


WAYS = (winograd, winograd_4x4)


@pytest.mark.parametrize("way", WAYS)
@given(case=cases)
@settings(max_examples=40, deadline=None)
def test_winograd_is_what_the_loops_say(way: Any, case: Case) -> None:
    """On whole numbers F(2,3), whose only factor is ½, is exact; F(4,3) rounds."""
    case = case._replace(groups=1, kernel=(3, 3), stride=(1, 1), dilation=(1, 1))
    assume(min(case.out) > 0)
    x, w, b, g = case.arrays()
    y, _, dw = by_loops(case, x, w, b, g)
    window = Window((3, 3), (1, 1), tuple((p, p) for p in case.padding), (1, 1))
    for least in (1, 256):
        made = np.empty((case.batch, case.made, *case.out))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(way, "BLOCKS", least)
            way.fill(XP, made, x, way.turned_weights(XP, w), b, window.padding)
            found = way.kernel_gradient(XP, g, x, window.padding)
        for ours, true in ((made, y), (found, dw)):
            apart = 0 if way is winograd else 1e-12 * max(10, np.abs(true).max())
            np.testing.assert_allclose(ours, true, rtol=0, atol=apart)


@pytest.mark.parametrize("way", WAYS)
def test_winograd_needs_no_more_memory_for_more_or_larger_images(way: Any) -> None:
    """Seven times as many images of four times as many cells are transformed in the same memory,
    but for a row of blocks, which a tile has at least.
    """
    sizes: list[int] = []

    def noted(xp: Any, use: str, shape: Any, dtype: Any) -> Any:
        sizes.append(math.prod(shape))
        return np.empty(shape, dtype)

    largest = []
    for images, size in ((1, 40), (7, 80)):
        sizes.clear()
        x, w = np.ones((images, 4, size, size)), np.ones((4, 4, 3, 3))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(way, "scratch", noted)
            weights = way.turned_weights(XP, w)
            way.fill(XP, np.empty_like(x), x, weights, None, ((1, 1), (1, 1)))
            way.kernel_gradient(XP, x, x, ((1, 1), (1, 1)))
        largest.append(max(sizes))
    cells = 16 if way is winograd else 36
    assert all(most <= cells * 4 * (way.BLOCKS + 41) for most in largest)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_winograd_keeps_its_bound(way: Any, dtype: str, biased: bool) -> None:
    """Cells, weights and biases of many magnitudes, against sums of products in longdouble."""
    xp, rng = for_backend("numpy", dtype), np.random.default_rng(5)
    for spread in (0, 2, 6):
        x, w = (
            (rng.normal(size=s) * 10.0 ** rng.uniform(-spread, spread, s)).astype(dtype)
            for s in ((1, 16, 12, 12), (8, 16, 3, 3))
        )
        b = (biased * rng.normal(size=8) * 10.0 ** rng.uniform(-spread, 3 * spread, 8)).astype(
            dtype
        )
        made = np.empty((1, 8, 10, 10), dtype)
        bias = b if biased else None
        way.fill(xp, made, x, way.turned_weights(xp, w), bias, ((0, 0), (0, 0)))
        wide, true = x.astype(np.longdouble), np.zeros(made.shape, np.longdouble)
        for k, m in itertools.product(range(3), range(3)):
            part = wide[0, :, k : k + 10, m : m + 10]
            true[0] += np.tensordot(w[:, :, k, m].astype(np.longdouble), part, 1)
        true += b[:, None, None]
        largest = np.abs(wide).max(axis=(0, 2, 3)) * np.abs(w).sum(axis=(2, 3))
        bound = way.GROWTH * np.finfo(dtype).eps * (np.abs(b) + largest.sum(axis=1))
        assert np.all(np.abs(made - true).max(axis=(0, 2, 3)) <= bound)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("way", WAYS)
def test_winograd_keeps_its_bound_for_gradients_of_weights(way: Any, dtype: str) -> None:
    xp, rng = for_backend("numpy", dtype), np.random.default_rng(6)
    for spread in (0, 2, 6):
        x, g = (
            (rng.normal(size=s) * 10.0 ** rng.uniform(-spread, spread, s)).astype(dtype)
            for s in ((1, 16, 12, 12), (1, 8, 10, 10))
        )
        found = way.kernel_gradient(xp, g, x, ((0, 0), (0, 0)))
        wide, arriving = x.astype(np.longdouble)[0], g.astype(np.longdouble)[0]
        bound = np.abs(arriving).sum(axis=(1, 2))[:, None] * np.abs(wide).max(axis=(1, 2))
        for k, m in itertools.product(range(3), range(3)):
            part = wide[:, k : k + 10, m : m + 10]
            apart = np.abs(found[:, :, k, m] - np.tensordot(arriving, part, ((1, 2), (1, 2))))
            assert (apart <= way.GROWTH * np.finfo(dtype).eps * bound).all()


def test_transforms_of_winograd_4x4_make_a_convolution() -> None:
    """Σᵢ Aᵢₖ Bᵢⱼ Gᵢₜ is 1 where j = k + t and else 0, and GROWTH is what its magnitudes sum up to,
    in fractions.
    """
    a, b, g = (
        [[Fraction(v).limit_denominator(3000) for v in row] for row in matrix]
        for matrix in (winograd_4x4.OUTPUT, winograd_4x4.INPUT, winograd_4x4.KERNEL)
    )
    for k, j, t in itertools.product(range(4), range(6), range(3)):
        assert sum(a[i][k] * b[i][j] * g[i][t] for i in range(6)) == (j == k + t)
    sums = [
        sum(abs(a[i][k] * g[i][t]) * sum(map(abs, b[i])) for i in range(6))
        for k, t in itertools.product(range(4), range(3))
    ]
    assert winograd_4x4.GROWTH - 1 < max(sums) ** 2 <= winograd_4x4.GROWTH
    assert [[float(v) for v in row] for row in a] == [list(row) for row in winograd_4x4.OUTPUT]
    assert [[float(v) for v in row] for row in b] == [list(row) for row in winograd_4x4.INPUT]
    assert [[float(v) for v in row] for row in g] == [list(row) for row in winograd_4x4.KERNEL]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("way", WAYS)
def test_winograd_keeps_its_bound_on_the_worst_numbers(way: Any, dtype: str) -> None:
    """Cells with the signs of each row of the transform, so that one product is as large as it can
    be, against single weights; and pairs of channels whose products cancel up to their last digits.
    """
    xp, rng = for_backend("numpy", dtype), np.random.default_rng(7)
    rows = np.array(winograd_4x4.INPUT)
    signs = np.where(rows < 0, -1.0, 1.0)
    largest = [np.outer(first, second) for first in signs for second in signs]
    x = np.array(largest)[:, None] * rng.uniform(1 - 1e-3, 1, (36, 1, 6, 6))
    x = np.concatenate([x, -x, x, x], axis=1).astype(dtype)
    w = np.eye(9).reshape(9, 1, 3, 3) * rng.uniform(1, 2, (9, 1, 1, 1))
    w = np.concatenate([w, w, w * (1 + 1e-6), -w], axis=1).astype(dtype)
    made = np.empty((36, 9, 4, 4), dtype)
    way.fill(xp, made, x, way.turned_weights(xp, w), None, ((0, 0), (0, 0)))
    wide, true = x.astype(np.longdouble), np.zeros(made.shape, np.longdouble)
    for k, m in itertools.product(range(3), range(3)):
        part = wide[:, :, k : k + 4, m : m + 4]
        true += np.einsum("oc,ncij->noij", w[:, :, k, m].astype(np.longdouble), part)
    scale = np.abs(wide).max(axis=(2, 3)) @ np.abs(w).sum(axis=(2, 3)).T
    apart = np.abs(made - true).max(axis=(2, 3))
    assert np.all(apart <= way.GROWTH * np.finfo(dtype).eps * scale)
    g = np.stack([np.tile(s[:4, :4], (9, 1, 1)) for s in largest]).astype(dtype)
    found, due = way.kernel_gradient(xp, g, x, ((0, 0), (0, 0))), np.abs(g).sum(axis=(0, 2, 3))
    for k, m in itertools.product(range(3), range(3)):
        part = wide[:, :, k : k + 4, m : m + 4]
        apart = np.abs(found[:, :, k, m] - np.einsum("noij,ncij->oc", g, part))
        assert np.all(apart <= way.GROWTH * np.finfo(dtype).eps * due[:, None])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_fast_backend_rounds_as_it_says(dtype: str) -> None:
    """All three ways, against the backend numpy in float64: more than numpy rounds, so it was
    asked for, and no more than said; numpy's own bits are as they were.
    """
    op, rng = get("conv2d"), np.random.default_rng(8)
    options = {**op.options, "padding": 1}
    x, w = (rng.normal(size=s).astype(dtype) for s in ((1, 64, 48, 48), (64, 64, 3, 3)))
    g = rng.normal(size=x.shape).astype(dtype)

    def results(backend: str, dtype: str) -> list[Any]:
        xp = for_backend(backend, dtype)
        given = [xp.asarray(a) for a in (g, x, x, w)]
        y = op.forward(xp, *given[2:], **options)
        return [y, *(op.vjp[slot](xp, *given, **options) for slot in range(2))]

    true = results("numpy", "float64")
    eps = np.finfo(dtype).eps
    for plain, fast, wanted in zip(
        results("numpy", dtype), results("numpy-fast", dtype), true, strict=True
    ):
        assert (plain != fast).any()
        assert np.abs(fast - wanted).max() <= 60 * eps * np.abs(wanted).max()


def test_a_fast_run_is_marked_and_replayed_to_the_last_bit() -> None:
    shapes = {"x": (1, 64, 48, 48), "w": (64, 64, 3, 3)}
    rng = np.random.default_rng(9)
    given = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    text = "sum(conv2d(x, w, padding=1)**2)"
    program = gv.compile(text, backend="numpy-fast")
    runs = [gv.run(text, **given, backend="numpy-fast"), *(program.trace(**given) for _ in "123")]
    usual = gv.run(text, **given)
    for trace in runs:
        assert trace.backend == "numpy-fast"
        for name in given:
            np.testing.assert_array_equal(trace.gradient(name), runs[0].gradient(name))
            assert (trace.gradient(name) != usual.gradient(name)).any()
    scalar = gv.run("x*y", x=2, y=3, backend="numpy-fast")
    again = type(scalar).from_json(scalar.to_json())
    assert json.loads(scalar.to_json())["backend"] == scalar.backend == again.backend
    assert gv.run("x*y", x=2, y=3).backend == "numpy"


@pytest.mark.parametrize(("backend", "way"), zip(("numpy", "numpy-fast"), WAYS, strict=True))
def test_layers_wide_enough_for_winograd(backend: str, way: Any) -> None:
    """Both ways, in two groups, on odd sizes, by sums of shifted products."""
    op, rng = get("conv2d"), np.random.default_rng(1)
    x, w = (rng.integers(-3, 4, s).astype(float) for s in ((1, 192, 55, 57), (192, 96, 3, 3)))
    g = rng.integers(-3, 4, x.shape).astype(float)
    options = {**op.options, "padding": 1, "groups": 2}
    xp, window = for_backend(backend), Window((3, 3), (1, 1), ((1, 1),) * 2, (1, 1))
    assert convolution._by_blocks(xp, w.shape, window, x.shape, 2) is way
    y, dx, dw = np.zeros_like(x), np.zeros((1, 192, 57, 59)), np.zeros_like(w)
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    for half, k, m in itertools.product((slice(0, 96), slice(96, 192)), range(3), range(3)):
        part = (0, half, slice(k, k + 55), slice(m, m + 57))
        y[0, half] += np.tensordot(w[half, :, k, m], wide[part], 1)
        dx[part] += np.tensordot(w[half, :, k, m].T, g[0, half], 1)
        dw[half, :, k, m] = np.tensordot(g[0, half], wide[part], ((1, 2), (1, 2)))
    for found, true in (
        (op.forward(xp, x, w, **options), y),
        (op.vjp[0](xp, g, y, x, w, **options), dx[:, :, 1:-1, 1:-1]),
        (op.vjp[1](xp, g, y, x, w, **options), dw),
    ):
        rounded = 0 if way is winograd else 1e-13 * np.abs(true).max()
        np.testing.assert_allclose(found, true, rtol=0, atol=rounded)


def test_results_lie_in_memory_as_they_are_indexed() -> None:
    """Whatever the order of what comes in, so that flattening copies nothing."""
    op, rng = get("conv2d"), np.random.default_rng(2)
    x, g = (rng.integers(-4, 5, (2, 6, 5, n)).transpose(0, 3, 1, 2).astype(float) for n in (4, 8))
    w = rng.integers(-4, 5, (3, 3, 2, 8)).transpose(3, 2, 0, 1).astype(float)
    options = {**op.options, "padding": 1, "groups": 2}
    y = op.forward(XP, x, w, **options)
    found = y, *(op.vjp[slot](XP, g, y, x, w, **options) for slot in range(2))
    tidy = [np.ascontiguousarray(a) for a in (g, y, x, w)]
    assert all(a.flags.c_contiguous for a in found)
    np.testing.assert_array_equal(y, op.forward(XP, *tidy[2:], **options))
    for slot in range(2):
        np.testing.assert_array_equal(found[slot + 1], op.vjp[slot](XP, *tidy, **options))


def test_float32_stays_float32_and_accurate() -> None:
    """Within a few roundings of float64, relative to the largest value; Winograd included."""
    rng = np.random.default_rng(0)
    for name, shapes, options in (
        ("conv2d", ((1, 96, 56, 56), (96, 96, 3, 3), (96,)), {"padding": 1}),
        ("conv2d", ((2, 3, 30, 30), (8, 3, 5, 5), (8,)), {"stride": 2}),
        ("conv1d", ((2, 3, 30), (8, 3, 5)), {}),
        ("conv_transpose2d", ((2, 8, 9, 9), (8, 3, 4, 4), (3,)), {"stride": 2, "padding": 1}),
    ):
        op = get(name)
        given_options = {**op.options, **options}
        results = []
        arrays = [rng.normal(size=s) for s in shapes]
        upstream = rng.normal(size=op.shape(*shapes, **given_options))
        for dtype in ("float64", "float32"):
            xp = for_backend("numpy", dtype)
            x, g = [xp.asarray(a) for a in arrays], xp.asarray(upstream)
            y = op.forward(xp, *x, **given_options)
            found = [y, *(op.vjp[s](xp, g, y, *x, **given_options) for s in range(len(x)))]
            assert {f.dtype.name for f in found} == {dtype}
            results.append(found)
        for wide, narrow in zip(*results, strict=True):
            assert np.abs(narrow - wide).max() <= 5e-6 * np.abs(wide).max()


def test_exact_numbers_stay_exact() -> None:
    """A third of 3 is 1, by the same path as floats."""
    x = [[[Fraction(1, 3), 2, 5], [1, Fraction(1, 7), 3], [0, 1, Fraction(1, 2)]]]
    w = [[[[3, 0], [0, 7]]], [[[0, 1], [2, 0]]]]
    trace = gv.run(
        "conv2d(x, w, b)",
        x=x,
        w=w,
        b=[0, Fraction(1, 2)],
        backend="exact",
        upstream=[[[1, 0], [0, 0]], [[0, 0], [0, 2]]],
    )
    y = trace.xp.plain(trace.value(trace.graph.output))
    assert y[0][0][0] == "2"  # 3·1/3 + 7·1/7
    assert y[1] == [["9/2", "81/14"], ["9/14", "11/2"]]  # x₀₁ + 2x₁₀ + ½ and so on
    assert trace.xp.plain(trace.gradient("x")) == [
        [["3", "0", "0"], ["0", "7", "2"], ["0", "4", "0"]]
    ]
    assert trace.xp.plain(trace.gradient("w"))[0] == [[["1/3", "2"], ["1", "1/7"]]]
    assert trace.xp.plain(trace.gradient("b")) == ["1", "2"]


def test_the_lectures_figures() -> None:
    """CSCI 566, Lecture 3, and the Deep Learning Tutorial: shapes and sizes of convolution
    layers.
    """
    op = get("conv2d")
    image = (3, 32, 32)
    assert op.shape(image, (1, 3, 5, 5)) == (1, 28, 28)
    assert op.shape(image, (6, 3, 5, 5), (6,)) == (6, 28, 28)
    assert op.shape(image, (1, 3, 3, 3)) == (1, 30, 30)  # loses 2 in width and height
    seen, weights, bias = op.cells((2, 9, 0), image, (6, 3, 5, 5), (6,), **op.options)
    assert (len(seen), len(weights), bias) == (
        75,
        75,
        [(2,)],
    )  # a 75-dimensional dot product plus bias
    assert op.work((6, 28, 28), image, (6, 3, 5, 5), (6,)) == 6 * 28 * 28 * 75
    assert get("matmul").work((1000,), (1000, 300 * 300 * 3), (300 * 300 * 3,)) == 270_000_000


def test_published_output_sizes_and_work() -> None:
    """AlexNet's first layer (Krizhevsky et al. 2012): 227 -> 55, 105,415,200 multiply-adds; DCGAN's
    4×4 stride 2 doubles.
    """
    conv = get("conv2d")
    assert conv.shape((3, 227, 227), (96, 3, 11, 11), stride=4) == (96, 55, 55)
    assert conv.work((96, 55, 55), (3, 227, 227), (96, 3, 11, 11)) == 105_415_200
    turned, options = get("conv_transpose2d"), {"stride": 2, "padding": 1}
    assert turned.shape((1, 512, 4, 4), (512, 256, 4, 4), **options) == (1, 256, 8, 8)
    assert turned.work((1, 256, 8, 8), (1, 512, 4, 4), (512, 256, 4, 4)) == 512 * 16 * 256 * 16


@given(cases)
@settings(max_examples=40, deadline=None)
def test_cells_are_those_that_meet(case: Case) -> None:
    """In pairs, with None where the weight met padding."""
    assume(min(case.out) > 0)
    op, (x, w, b, g) = get("conv2d"), case.arrays()
    met: dict[Any, list[Any]] = {place: [] for place in np.ndindex(g.shape)}
    for place, weight, cell in case.meetings():
        met[place].append((cell, weight))
    for place, expected in met.items():
        seen, weights, bias = op.cells(place, x.shape, w.shape, b.shape, **case.options)
        assert [(s, t) for s, t in zip(seen, weights, strict=True) if s is not None] == expected
        assert weights == [(place[1], *tap) for tap in np.ndindex(w.shape[1:])]
        assert bias == [(place[1],)]
    turned = get("conv_transpose2d")
    rows = zip(case.size, case.kernel, case.stride, case.padding, case.dilation, strict=True)
    extra = tuple((n + 2 * p - d * (k - 1) - 1) % s for n, k, s, p, d in rows)
    stamped: dict[Any, list[Any]] = {place: [] for place in np.ndindex(x.shape)}
    for place, weight, cell in case.meetings():
        stamped[cell].append((place, weight))
    for cell, expected in stamped.items():
        seen, weights = turned.cells(cell, g.shape, w.shape, **case.options, output_padding=extra)
        assert sorted(zip(seen, weights, strict=True)) == sorted(expected)


def test_cells_without_a_batch_and_on_one_axis() -> None:
    op = get("conv1d")
    seen, weights = op.cells((1, 0), (2, 4), (2, 2, 3), **{**op.options, "padding": 1})
    assert seen == [None, (0, 0), (0, 1), None, (1, 0), (1, 1)]
    assert weights == [(1, c, t) for c in range(2) for t in range(3)]
    assert math.prod((2, 4)) * 6 == op.work((2, 4), (2, 4), (2, 2, 3))


def test_overlapping_windows_add_up_in_a_trace() -> None:
    """3×3 ones over 4×4: the corner is seen by 1 window, the middle by 4."""
    trace = gv.run("sum(conv2d(x, w))", x=np.ones((1, 4, 4)), w=np.ones((1, 1, 3, 3)))
    assert trace.gradient("x")[0].tolist() == [
        [1, 2, 2, 1],
        [2, 4, 4, 2],
        [2, 4, 4, 2],
        [1, 2, 2, 1],
    ]
    assert trace.gradient("w")[0, 0].tolist() == [[4] * 3] * 3


def test_no_images() -> None:
    op = get("conv2d")
    x, w = np.ones((0, 2, 4, 4)), np.ones((3, 2, 3, 3))
    y = op.forward(XP, x, w, **op.options)
    assert y.shape == (0, 3, 2, 2)
    assert not op.vjp[1](XP, y, y, x, w, **op.options).any()


def test_text_takes_same_padding() -> None:
    trace = gv.run("conv2d(x, w, padding='same')", x=np.ones((1, 3, 3)), w=np.ones((1, 1, 2, 2)))
    assert trace.value(trace.graph.output)[0].tolist() == [[4, 4, 2], [4, 4, 2], [2, 2, 1]]
