"""Pooling against plain loops over windows; ties, padding and overlaps; cells of matrix products
and reductions.
"""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.arrays.kernels import pooling
from gradviz.ops import get

XP = for_backend("numpy", "float64")
POOLS = ("maxpool2d", "minpool2d", "avgpool2d", "l2pool2d")
NAN, INF = math.nan, math.inf

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
leads = st.sampled_from([(), (2,), (2, 1), (1, 2, 2)])


def run(name: str, x: Any, g: Any = None, **options: Any) -> tuple[Any, Any]:
    """The values of an op, and the gradient of x for an upstream gradient (of ones by default)."""
    op, x = get(name), np.array(x, dtype=float)
    given_options = {**op.options, **options}
    with XP.quiet():
        y = op.forward(XP, x, **given_options)
        assert y.shape == op.shape(x.shape, **given_options)
        return y, op.vjp[0](XP, np.ones(y.shape) if g is None else g, y, x, **given_options)


def window_cells(size: Any, stride: Any, padding: Any, dilation: Any, sizes: Any) -> Any:
    """Every output place with the input cells that it sees, row by row, padding left out."""
    counts = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(sizes, size, stride, padding, dilation, strict=True)
    ]
    for place in itertools.product(*map(range, counts)):
        starts = [at * s - p for at, s, p in zip(place, stride, padding, strict=True)]
        cells = [
            tuple(a + t * d for a, t, d in zip(starts, tap, dilation, strict=True))
            for tap in itertools.product(*map(range, size))
        ]
        yield place, [c for c in cells if all(0 <= i < n for i, n in zip(c, sizes, strict=True))]


@given(
    st.sampled_from(POOLS),
    leads,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    pairs,
    pairs,
    st.data(),
)
@settings(max_examples=250, deadline=None)
def test_pools_are_what_the_loops_say(
    name: str, lead: Any, sizes: Any, size: Any, stride: Any, data: Any
) -> None:
    picks = name in ("maxpool2d", "minpool2d")
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in size)
    dilation = data.draw(pairs) if picks else (1, 1)
    counted = data.draw(st.booleans())
    places = [
        d * (k - 1) + 1 <= n + 2 * p
        for n, k, p, d in zip(sizes, size, padding, dilation, strict=True)
    ]
    assume(all(places))
    seen = list(window_cells(size, stride, padding, dilation, sizes))
    assume(all(cells for _, cells in seen))
    rng = np.random.default_rng(len(seen) + sum(sizes))
    x = rng.integers(-2, 3, (*lead, *sizes)).astype(float)  # small whole numbers: many ties
    out = tuple(i + 1 for i in seen[-1][0])
    g, y, dx = (
        rng.integers(-4, 5, (*lead, *out)).astype(float),
        np.zeros((*lead, *out)),
        np.zeros_like(x),
    )
    for front in np.ndindex(lead):
        for place, cells in seen:
            numbers, here = [x[(*front, *c)] for c in cells], (*front, *place)
            if picks:
                y[here] = max(numbers) if name == "maxpool2d" else min(numbers)
                dx[(*front, *cells[numbers.index(y[here])])] += g[here]
                continue
            share = 1 / (math.prod(size) if counted else len(cells))
            y[here] = (
                sum(numbers) * share
                if name == "avgpool2d"
                else math.sqrt(sum(v * v for v in numbers))
            )
            for cell, v in zip(cells, numbers, strict=True):
                local = share if name == "avgpool2d" else v / y[here] if y[here] else 0
                dx[(*front, *cell)] += g[here] * local
    options = {"size": size, "stride": stride, "padding": padding}
    if picks:
        options["dilation"] = dilation
    if name == "avgpool2d":
        options["count_include_pad"] = counted
    found, back = run(name, x, g, **options)
    np.testing.assert_allclose(found, y, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(back, dx, rtol=1e-13, atol=1e-13)


@given(
    st.sampled_from(POOLS),
    st.tuples(st.integers(2, 3), st.integers(2, 4)),
    st.sampled_from([1, 2, (1, 2)]),
)
@settings(max_examples=25, deadline=None)
def test_exact_pools_agree_with_floats(name: str, sizes: Any, stride: Any) -> None:
    """Ties and padding included: the exact backend has no infinity to pad with."""
    x = np.arange(math.prod(sizes)).reshape(sizes) % 3 - 4
    text = f"sum({name}(x, 2, stride={stride}, padding=1))"
    floats, exact = (gv.run(text, x=x.tolist(), backend=backend) for backend in ("numpy", "exact"))
    assert "oo" not in str(exact.xp.plain(exact.value(exact.graph.output)))
    np.testing.assert_allclose(exact.gradient("x").astype(float), floats.gradient("x"), rtol=1e-12)
    np.testing.assert_allclose(
        float(exact.value(exact.graph.output)), floats.value(floats.graph.output)
    )


def test_the_lectures_max_pools() -> None:
    """CSCI 566, Lecture 3 (3×3, stride 2) and the Deep Learning Tutorial (2×2, stride 2)."""
    lecture = [[1, 3, 2, 7, 2], [5, 1, 3, 0, 5], [4, 8, 5, 0, 6], [3, 2, 6, 0, 8], [0, 7, 4, 6, 9]]
    y, dx = run("maxpool2d", lecture, size=3, stride=2)
    assert y.tolist() == [[8, 7], [8, 9]]
    assert dx[2, 1] == 2  # the 8 won two windows: both gradients add
    assert (dx[0, 3], dx[4, 4], dx.sum()) == (1, 1, 4)
    tutorial = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]
    assert run("maxpool2d", tutorial, size=2)[0].tolist() == [[6, 8], [3, 4]]


@pytest.mark.parametrize("stride", [1, 2])
def test_images_taken_a_few_at_once_change_nothing(
    stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.random.default_rng(0).integers(-3, 4, (3, 2, 5, 6))
    whole = run("maxpool2d", x, size=2, stride=stride)
    for cells in (1, 2 * whole[0][0, 0].size):
        monkeypatch.setattr(pooling, "CELLS", cells)
        for a, b in zip(whole, run("maxpool2d", x, size=2, stride=stride), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_first_of_equals_takes_everything() -> None:
    assert run("maxpool2d", [[7, 7], [7, 7]], size=2)[1].tolist() == [[1, 0], [0, 0]]
    assert run("minpool2d", [[7, 7], [7, 7]], size=2)[1].tolist() == [[1, 0], [0, 0]]
    assert run("maxpool2d", [[1, 2], [2, 2]], size=2)[1].tolist() == [[0, 1], [0, 0]]
    assert run("maxpool2d", [[0, 5, 0], [5, 0, 5]], size=2, stride=1)[1].tolist() == [
        [0, 2, 0],
        [0, 0, 0],
    ]
    assert run("global_maxpool2d", [[1, 3], [3, 3]])[1].tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("name", "value"), [("maxpool2d", -5.0), ("maxpool2d", -INF), ("minpool2d", INF)]
)
def test_padding_never_wins(name: str, value: float) -> None:
    y, dx = run(name, [[value] * 2] * 2, size=3, stride=2, padding=1)
    assert y.tolist() == [[value]]
    assert dx.tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("name", ["maxpool2d", "minpool2d"])
def test_nan_wins_as_in_numpy(name: str) -> None:
    y, dx = run(name, [[1, NAN], [NAN, 3]], size=2)
    assert math.isnan(y[0, 0])
    assert dx.tolist() == [[0, 1], [0, 0]]


def test_an_infinite_gradient_goes_to_the_winner_only() -> None:
    assert run("maxpool2d", [[1, 2]], np.array([[INF]]), size=(1, 2))[1].tolist() == [[0, INF]]


def test_padding_counts_in_the_mean_unless_told_otherwise() -> None:
    """PyTorch's count_include_pad."""
    y, dx = run("avgpool2d", [[4, 8]], size=2, padding=1, stride=1)
    assert y.tolist() == [[1, 3, 2], [1, 3, 2]]
    assert dx.tolist() == [[1, 1]]
    y, dx = run("avgpool2d", [[4, 8]], size=2, padding=1, stride=1, count_include_pad=False)
    assert y.tolist() == [[4, 6, 8], [4, 6, 8]]
    assert dx.tolist() == [[3, 3]]


def test_l2pool_of_3_and_4_is_5() -> None:
    y, dx = run("l2pool2d", [[3, 4, 0, 0]], size=(1, 2))
    assert y.tolist() == [[5, 0]]
    assert dx == pytest.approx(np.array([[0.6, 0.8, 0, 0]]))


def test_global_pools_leave_one_cell() -> None:
    """As PyTorch's AdaptiveAvgPool2d(1) and AdaptiveMaxPool2d(1)."""
    x = np.arange(12.0).reshape(2, 2, 3)
    y, dx = run("global_avgpool2d", x)
    assert y.tolist() == [[[2.5]], [[8.5]]]
    assert dx == pytest.approx(np.full(x.shape, 1 / 6))
    y, dx = run("global_maxpool2d", x)
    assert (y.ravel().tolist(), dx[:, 1, 2].tolist(), dx.sum()) == ([5, 11], [1, 1], 2)


@given(leads, st.tuples(*[st.integers(0, 2)] * 4), st.integers(-2, 2))
def test_pad2d_is_numpys_pad_of_the_last_two_axes(lead: Any, sides: Any, value: int) -> None:
    width = (sides[:2], sides[2:])
    x = np.arange(math.prod(lead) * 6.0).reshape(*lead, 2, 3)
    expected = np.pad(x, [(0, 0)] * len(lead) + list(width), constant_values=value)
    g = np.arange(float(expected.size)).reshape(expected.shape)
    y, dx = run("pad2d", x, g, width=width, value=value)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(dx, g[..., sides[0] : sides[0] + 2, sides[2] : sides[2] + 3])


def test_float32_stays_float32() -> None:
    xp = for_backend("numpy", "float32")
    x = xp.asarray(np.random.default_rng(0).normal(size=(2, 5, 6)))
    for name in (*POOLS, "global_avgpool2d", "global_maxpool2d", "pad2d"):
        op = get(name)
        options = {
            **op.options,
            **(
                {"size": 2, "padding": 1}
                if name in POOLS
                else {"width": 1}
                if "pad" in name
                else {}
            ),
        }
        y = op.forward(xp, x, **options)
        assert y.dtype == op.vjp[0](xp, xp.ones(y.shape), y, x, **options).dtype == np.float32, name


@pytest.mark.parametrize(
    ("name", "whole"), [("maxpool2d", max), ("minpool2d", min), ("avgpool2d", None)]
)
def test_cells_of_pools_make_the_value(name: str, whole: Any) -> None:
    op, x = get(name), np.random.default_rng(3).normal(size=(2, 4, 5))
    options = {**op.options, "size": (2, 3), "stride": 2, "padding": 1}
    y = op.forward(XP, x, **options)
    for place in np.ndindex(y.shape):
        (cells,) = op.cells(place, x.shape, **options)
        assert len(cells) == 6
        numbers = [x[c] for c in cells if c is not None]
        assert y[place] == pytest.approx(whole(numbers) if whole else sum(numbers) / 6)


PRODUCTS = [
    ((2, 3), (3, 2)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 2, 3), (3, 1)),
    ((2, 1, 2, 2), (3, 2, 2)),
    ((3,), (2, 3, 2)),
    ((2, 2, 3), (3,)),
]


@pytest.mark.parametrize("shapes", PRODUCTS)
@pytest.mark.parametrize("name", ["matmul", "dot"])
def test_cells_of_products_make_the_value(name: str, shapes: Any) -> None:
    op = get(name)
    a, b = (np.random.default_rng(k).normal(size=s) for k, s in enumerate(shapes))
    y = np.asarray(op.forward(XP, a, b))
    for place in np.ndindex(y.shape):
        left, right = op.cells(place, a.shape, b.shape)
        assert y[place] == pytest.approx(sum(a[i] * b[j] for i, j in zip(left, right, strict=True)))
    assert op.work(y.shape, a.shape, b.shape) == y.size * a.shape[-1]


def test_cells_of_a_product_with_a_scalar() -> None:
    dot = get("dot")
    assert dot.cells((), (), ()) == ([()], [()])
    assert dot.cells((1, 0), (), (2, 2)) == ([()], [(1, 0)])
    assert dot.work((2, 2), (), (2, 2)) == 4


@pytest.mark.parametrize(
    ("name", "whole"), [("sum", sum), ("max", max), ("min", min), ("mean", np.mean)]
)
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_cells_of_reductions_make_the_value(
    name: str, whole: Any, axis: Any, keepdims: bool
) -> None:
    op, x = get(name), np.random.default_rng(5).normal(size=(2, 3, 2))
    y = np.asarray(op.forward(XP, x, axis=axis, keepdims=keepdims))
    for place in np.ndindex(y.shape):
        (cells,) = op.cells(place, x.shape, axis=axis, keepdims=keepdims)
        assert y[place] == pytest.approx(whole([x[c] for c in cells]))
        assert cells == sorted(cells)
