"""Curves and surfaces: points are those of a run, slopes those of mathematics, kinks the ops'."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.ops import every
from gradviz.ops.op import REQUIRED
from gradviz.trace.plots.curves import Curve, Curves
from gradviz.trace.plots.surface import Surface
from tests.sampled import sampled


def curve(source: Any, **options: Any) -> Curve:
    content = gv.plot(source, **options).content
    assert isinstance(content, Curves)
    return content.curves[0]


def surface(source: Any, **options: Any) -> Surface:
    content = gv.plot(source, **options).content
    assert isinstance(content, Surface)
    return content


def samples(found: Curve) -> list[Any]:
    return [s for piece in found.pieces for s in piece]


UNARY = [
    op.name
    for op in every()
    if op.required == 1
    and not op.variadic
    and op.elementwise
    and op.takes_number(0)
    and REQUIRED not in op.options.values()
]


@pytest.mark.parametrize("name", UNARY)
def test_points_of_every_op_are_those_of_a_run_and_slopes_those_of_check(name: str) -> None:
    found = curve(f"f = {name}(x)", points=41)
    shown = [s for s in samples(found) if abs(s.value) < 1e6][::9]
    assert len(shown) >= 3
    for x, value, slope in shown:
        run = gv.run(f"f = {name}(x)", x=x)
        assert value == pytest.approx(float(run.value("f")), rel=1e-12, abs=1e-15)
        if math.isfinite(slope):
            assert slope == pytest.approx(float(run.gradient("x")), rel=1e-12, abs=1e-15)
    for x, _, slope in shown[1:-1]:
        verdict = gv.check(f"f = {name}(x)", x=x)
        assert not verdict.differs or not math.isfinite(slope)


# Hand arithmetic: where each bends or jumps, and the slopes and values on both sides.
KINKS = [
    ("relu(x)", [(0, 0, 1, 0, 0)]),
    ("abs(x - 0.3)", [(0.3, -1, 1, 0, 0)]),
    ("maximum(0.5*x + 1, -x)", [(-2 / 3, -1, 0.5, 2 / 3, 2 / 3)]),
    ("clip(x, -1, 2)", [(-1, 0, 1, -1, -1), (2, 1, 0, 2, 2)]),
    ("where(x > 1, x**2, -x)", [(1, -1, 2, -1, 1)]),
    ("sign(x - 1/3)", [(1 / 3, 0, 0, -1, 1)]),
    ("relu(x)*relu(1 - x)", [(0, 0, 1, 0, 0), (1, -1, 0, 0, 0)]),
    ("max(abs(x) - 1, min(x, 2))", [(-0.5, -1, 1, -0.5, -0.5), (2, 1, 0, 2, 2), (3, 0, 1, 2, 2)]),
    ("sigmoid(x)", []),
    ("elu(x)", []),
    ("max(x, x)", []),
    ("abs(x)**2", []),
]


@pytest.mark.parametrize(("source", "expected"), KINKS)
def test_kinks_are_where_they_are_with_the_slopes_and_values_of_both_sides(
    source: str, expected: list[Any]
) -> None:
    found = [
        (k.x, k.left.slope, k.right.slope, k.left.value, k.right.value)
        for k in curve(source, range="-4..4").kinks
    ]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=1e-9)


# By hand; of the sine by what everyone knows.
EXTREMES: list[tuple[str, list[tuple[str, float, float]]]] = [
    ("x**3 - 3*x", [("maximum", -1, 2), ("minimum", 1, -2)]),
    ("(x - 1)**2 + 3", [("minimum", 1, 3)]),
    ("abs(x - 0.3)", [("minimum", 0.3, 0)]),
    ("x**3", []),
    ("relu(x)", []),
    ("sigmoid(x)", []),
    ("1/x**2", []),
    ("where(x > 0, x + 1, -x)", []),
    ("x*exp(-x)", [("maximum", 1, math.exp(-1))]),
    ("sin(x)", [("minimum", -math.pi / 2, -1), ("maximum", math.pi / 2, 1)]),
]


@pytest.mark.parametrize(("source", "expected"), EXTREMES)
def test_minima_and_maxima_are_where_the_slope_changes_its_sign(
    source: str, expected: list[tuple[str, float, float]]
) -> None:
    found = curve(source, range="-4..4").extremes
    assert [e.kind for e in found] == [kind for kind, _, _ in expected]
    for one, (_, x, value) in zip(found, expected, strict=True):
        assert (one.x, one.value) == pytest.approx((x, value), abs=1e-7)


@pytest.mark.parametrize(
    ("source", "poles"),
    [
        ("1/x", [0.0]),
        ("1/x**2", [0.0]),
        ("tan(x)", [-math.pi / 2, math.pi / 2]),
        ("1/(x - 0.3)", [0.3]),
        ("1/((x - 1)*(x + 2))", [-2.0, 1.0]),
        ("x/sin(x)", [-math.pi, math.pi]),
    ],
)
def test_nothing_is_drawn_across_a_pole(source: str, poles: list[float]) -> None:
    pieces = curve(source, range="-4..4").pieces
    gaps = [((a[-1].x + b[0].x) / 2) for a, b in pairwise(pieces)]
    near = [g for g in gaps if min(abs(g - p) for p in poles) < 0.02]
    assert len(near) >= len(poles)
    for pole in poles:
        assert not any(piece[0].x < pole - 1e-9 and pole + 1e-9 < piece[-1].x for piece in pieces)


@pytest.mark.parametrize(
    ("source", "end"), [("log(x)", 0.0), ("sqrt(x - 1)", 1.0), ("log(2 - x)", 2)]
)
def test_a_curve_reaches_the_end_of_where_it_is_defined(source: str, end: float) -> None:
    (piece,) = curve(source, range="-3..3").pieces
    assert min(abs(piece[0].x - end), abs(piece[-1].x - end)) < 1e-9


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("(x - 50)**2", [50]),
        ("sigmoid(x - 100)", [100]),
        ("abs(x + 7)", [-7]),
        ("x**3 - 3*x", [-1, 1, -math.sqrt(3), math.sqrt(3)]),
        ("log(x)", [1]),
        ("relu(x - 20)", [20]),
        ("exp(-(x - 3)**2)", [3]),
    ],
)
def test_the_range_holds_what_is_worth_seeing(source: str, inside: list[float]) -> None:
    content = gv.plot(source).content
    assert all(content.span.low < x < content.span.high for x in inside), content.span
    assert content.span.length < 60


def test_the_range_shows_the_point_that_is_told() -> None:
    span = gv.plot("sigmoid(x)", x=30).content.span
    assert span.low < 0 < 30 < span.high


def test_the_value_of_the_only_input_is_the_point_of_the_tangent() -> None:
    point = curve("sigmoid(x)", x=1).at
    assert point is not None
    y = 1 / (1 + math.exp(-1))
    assert point == pytest.approx((1, y, y * (1 - y)))


def test_an_element_of_an_array_varies_and_the_others_are_held() -> None:
    w, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, -1.0])
    found = curve("sum((W @ x)**2)", over="W[0,1]", W=w, x=x, range="-1..3", points=5)
    for at, value, slope in samples(found):
        first, second = 5 - at, 15 - 4.0
        assert value == pytest.approx(first**2 + second**2)
        assert slope == pytest.approx(-2 * first)
    assert found.at is not None and found.at.x == 2


X = np.linspace(-2, 2, 9)
T = 1.2 * np.tanh(1.5 * X + 0.2)
LOSS = "L = mean((w2 * tanh(w1 * x + 0.2) - t)**2)"


def test_the_critical_points_of_a_real_loss_have_no_slope_and_are_of_their_kind() -> None:
    found = surface(LOSS, over="w1,w2", x=X, t=T, range="w1=-3.6..2.7,w2=-2.5..1.95")
    assert [c.kind for c in found.critical] == ["minimum", "minimum", "saddle"]
    assert found.critical[0][1:4] == pytest.approx((1.5, 1.2, 0), abs=1e-8)

    def loss(a: float, b: float) -> float:
        return float(((b * np.tanh(a * X + 0.2) - T) ** 2).mean())

    h = 1e-4
    for c in found.critical:
        assert c.value == pytest.approx(loss(c.x, c.y), abs=1e-12)
        slopes = [
            (loss(c.x + h, c.y) - loss(c.x - h, c.y)) / (2 * h),
            (loss(c.x, c.y + h) - loss(c.x, c.y - h)) / (2 * h),
        ]
        assert slopes == pytest.approx([0, 0], abs=1e-6)


# Solved by hand: every critical point with its kind and value.
BY_HAND = [
    ("x**2 + y**2", {("minimum", 0, 0, 0)}),
    ("-x**2 - 2*y**2 + 3", {("maximum", 0, 0, 3)}),
    ("x**2 - y**2", {("saddle", 0, 0, 0)}),
    ("x*y", {("saddle", 0, 0, 0)}),
    ("x**3 - 3*x + y**2", {("minimum", 1, 0, -2), ("saddle", -1, 0, 2)}),
    ("(1 - x)**2 + 100*(y - x**2)**2", {("minimum", 1, 1, 0)}),
    ("x**4 - 2*x**2 + y**2", {("minimum", 1, 0, -1), ("minimum", -1, 0, -1), ("saddle", 0, 0, 0)}),
    ("x + y", set()),
    ("log(x**2 + y**2 - 1)", set()),
    ("(x + y)**2", set()),
]


@pytest.mark.parametrize(("source", "expected"), BY_HAND)
def test_critical_points_are_those_found_by_hand(source: str, expected: set[Any]) -> None:
    found = {
        (c.kind, round(c.x, 6) + 0.0, round(c.y, 6) + 0.0, round(c.value, 6) + 0.0)
        for c in surface(source, over="x,y").critical
    }
    assert found == expected


def test_the_grid_is_the_function() -> None:
    found = surface("sin(x)*y", over="x,y", range="x=-2..2,y=-1..3")
    expected = np.sin(found.xs) * np.array(found.ys)[:, None]
    assert np.allclose(found.values, expected, rtol=1e-13)
    assert found.spans == ((-2, 2), (-1, 3))


def test_ways_are_those_of_the_rules_by_hand() -> None:
    found = surface("x**2 + 3*y**2", paths="gd:0.1,momentum:0.1:0.5", start="x=1,y=-1", steps=3)
    x, y = 1.0, -1.0
    for place in found.descents[0].places:
        assert place == pytest.approx((x, y, x * x + 3 * y * y))
        x, y = x - 0.1 * 2 * x, y - 0.1 * 6 * y
    x, y, u, v = 1.0, -1.0, 0.0, 0.0
    for place in found.descents[1].places:
        assert place[:2] == pytest.approx((x, y))
        u, v = 0.5 * u + 2 * x, 0.5 * v + 6 * y
        x, y = x - 0.1 * u, y - 0.1 * v


def test_a_way_that_runs_away_ends_and_says_so() -> None:
    way = surface("x**2 + y**2", paths="gd:5", start="x=1,y=1").descents[0]
    assert way.diverged and len(way.places) < 10
    assert "run" in gv.frame(gv.plot("x**2+y**2", paths="gd:5", start="x=1,y=1"), 1).sentence


NET = "L = sum(tanh(W2 @ relu(W1 @ x)))"
DRAW = np.random.default_rng(1)
NUMBERS = {
    "W1": DRAW.normal(0, 1, (9, 8)),
    "W2": DRAW.normal(0, 1, (7, 9)),
    "x": DRAW.normal(0, 1, 8),
}


def by_hand() -> tuple[Any, Any, Any, Any]:
    """Both activations, and both gradients, by the chain rule in NumPy."""
    s = NUMBERS["W1"] @ NUMBERS["x"]
    a = np.maximum(s, 0)
    t = np.tanh(NUMBERS["W2"] @ a)
    u = 1 - t**2
    second = np.outer(u, a)
    return a, t, np.outer((NUMBERS["W2"].T @ u) * (s > 0), NUMBERS["x"]), second


@pytest.mark.parametrize("of", ["values", "gradients"])
def test_histograms_count_every_number_once(of: Any) -> None:
    a, t, first, second = by_hand()
    expected = [a, t] if of == "values" else [first, second]
    content = gv.plot(NET, values=NUMBERS, histograms=of).content
    (run,) = content.runs
    assert len(run.layers) == 2
    for layer, array in zip(run.layers, expected, strict=True):
        assert (layer.total, layer.zeros) == (array.size, int((array == 0).sum()))
        assert layer.rms == pytest.approx(math.sqrt(float((array**2).mean())), rel=1e-12)
        logs = [math.log10(abs(v)) for v in array.ravel() if v]
        edges = content.edges
        counts = [sum(low <= v < high for v in logs) for low, high in pairwise(edges)]
        assert list(layer.counts) == counts and sum(counts) + layer.zeros == layer.total


def test_the_factor_a_layer_is_that_of_the_ends() -> None:
    """Four multiplications by 0.1: the gradient of each weight grows tenfold towards the input."""
    text = "a1 = W1*x; a2 = W2*a1; a3 = W3*a2; L = sum(a3)"
    tenth = np.full((3, 3), 0.1)
    plot = gv.plot(
        text,
        W1=tenth,
        W2=tenth,
        W3=tenth,
        x=np.ones((3, 3)),
        histograms="gradients",
        over="W1,W2,W3",
    )
    assert [layer.rms for layer in plot.content.runs[0].layers] == pytest.approx([0.01] * 3)
    assert "keeps about its size, from 0.01 in W3 to 0.01 in W1" in gv.frame(plot, 1).sentence
    deep = gv.plot(
        text,
        W1=tenth,
        W2=tenth,
        W3=tenth,
        x=np.ones((3, 3)),
        histograms="gradients",
        over="a1,a2,a3",
    )
    assert (
        "shrinks from 1 in a3 to 0.01 in a1, by a factor of 10 a layer"
        in gv.frame(deep, 1).sentence
    )


def test_the_error_against_h_is_the_next_term_of_the_series_until_rounding_takes_over() -> None:
    """Of exp at 0, (e^h − 1)/h − 1 = h/2 + …, and to both sides h²/6 + …; best near √ε and ∛ε."""
    forward, central, single, decimals = gv.plot("exp(x)", x=0, error_of="x").content.series
    for one, error in ((forward, lambda h: h / 2), (central, lambda h: h * h / 6)):
        for q in one.measured:
            if 1e-4 < q.h < 0.05:
                assert q.error == pytest.approx(error(q.h), rel=0.05)
    eps, eps32 = 2.0**-52, 2.0**-23
    assert abs(math.log10(forward.best.h / math.sqrt(eps))) < 1.2
    assert abs(math.log10(central.best.h / eps ** (1 / 3))) < 1.2
    assert abs(math.log10(single.best.h / math.sqrt(eps32))) < 1.2
    assert abs(math.log10(decimals.best.h / math.sqrt(1e-4))) < 1.2
    assert central.best.error < forward.best.error < single.best.error < decimals.best.error


def test_the_quotients_of_the_lecture() -> None:
    """W, x and t of the finite-difference slide; the slope of W_12 by NumPy."""
    w = np.array([[-0.1, 0.2, 0.15, 0.05], [0.25, 0.05, 0.2, -0.1], [0.25, 0.15, -0.15, 0.4]])
    x, t = np.array([0.1, 1.5, 0.07, 2.32]), np.array([0.0, 1, 0])
    content = gv.plot("f = W @ x; L = norm(f - t)", W=w, x=x, t=t, error_of="W[0,1]").content
    f = w @ x - t
    assert content.exact == pytest.approx(f[0] / np.linalg.norm(f) * x[1], rel=1e-12)
    at = {round(-math.log10(q.h), 3): q.error for q in content.series[0].measured}
    moved = w.copy()
    moved[0, 1] += 0.001
    quotient = (np.linalg.norm(moved @ x - t) - np.linalg.norm(f)) / 0.001
    assert at[3.0] == pytest.approx(abs(quotient / content.exact - 1), rel=1e-6)
    assert round(quotient, 4) == 0.3749 and round(content.exact, 4) == 0.3743


WRONG = [
    (("x**2",), {"x": 0, "error_of": "x"}, "no error is relative"),
    (("x**2",), {"error_of": "x"}, "no value for x"),
    (("x**2",), {"x": 1, "error_of": "y"}, "no input 'y'"),
    ((["x**2", "x"],), {"x": 1, "error_of": "x"}, "one function"),
    (("sum(W)",), {"W": [1.0, 2, 3, 4], "histograms": "nonsense"}, "cannot be counted"),
    (("sum(W)",), {"W": [1.0, 2], "histograms": "gradients"}, "enough gradients"),
    (("W*2",), {"W": [1.0, 2, 3, 4], "histograms": "gradients"}, "no gradients to count"),
    (("sum(W)",), {"W": [1.0, 2, 3, 4], "histograms": "gradients", "over": "V"}, "no node 'V'"),
    (
        (["sum(W)", "mean(W)", "max(W)", "min(W)"],),
        {"W": [1.0] * 4, "histograms": "values"},
        "side by side",
    ),
    (("3",), {}, "without a variable"),
    (("x*y*z",), {}, "one or two variables, not 3"),
    (("x*y",), {"x": 1, "y": 2}, "nothing varies"),
    (("sigmoid(x)",), {"range": "3..-3"}, "runs backwards"),
    (("sigmoid(x)",), {"range": "3..3"}, "is empty"),
    (("sigmoid(x)",), {"range": "a..b"}, "no range"),
    (("sigmoid(x)",), {"range": "1"}, "no range"),
    (("sigmoid(x)",), {"range": "-inf..1"}, "finite ends"),
    (("sigmoid(x)",), {"range": "y=0..1"}, "has no range"),
    (("sigmoid(x)",), {"heights": "1..0"}, "runs backwards"),
    (("log(x)",), {"range": "-3..-1"}, "no finite value"),
    (("log(x)",), {"x": -1}, "no value at x = -1|outside"),
    (("log(x + y)",), {"range": "x=-3..-2,y=-3..-2"}, "no finite value"),
    (("sigmoid(x)",), {"points": 10**6}, "number of points"),
    (("sigmoid(x)",), {"points": 1}, "number of points"),
    (("x*y",), {"steps": 10**6}, "number of steps"),
    (("sigmoid(x)",), {"y": 1}, "no input 'y'"),
    (("sigmoid(x)",), {"over": "z"}, "no input 'z'"),
    (("sigmoid(x)",), {"over": "x[0]"}, "which has no value"),
    (("sigmoid(x)",), {"over": "x[0]", "x": 1}, "no single number"),
    (("sigmoid(x)",), {"over": "x+1"}, "no number of an input"),
    (("sum(W)",), {"over": "W[5]", "W": [1.0, 2.0]}, "no single number"),
    (("sum(W)",), {"over": "W", "W": [1.0, 2.0]}, "no single number"),
    (("W*x",), {"over": "x", "W": [1.0, 2.0]}, "single number as its value"),
    (("sigmoid(x)",), {"paths": "gd:0.1"}, "drawn on a surface"),
    (("x*y",), {"paths": "gd:0.1"}, "needs a start"),
    (("x*y",), {"paths": "nonsense:1", "start": "x=1,y=1"}, "no optimizer"),
    (("x*y",), {"paths": "gd:-1", "start": "x=1,y=1"}, "no rate"),
    (("x*y",), {"paths": "gd:1:2:3", "start": "x=1,y=1"}, "fewer options"),
    (("x*y",), {"paths": "gd:1", "start": "x=1"}, "no start"),
    (("x*y",), {"paths": "gd:1", "start": "x=1,y=nan"}, "no start"),
    (("x*y",), {"paths": "gd:1,gd:1", "start": "x=1,y=1"}, "would be the same"),
    (
        ("x*y",),
        {"paths": ",".join(f"gd:{k}" for k in range(1, 7)), "start": "x=1,y=1"},
        "told apart",
    ),
    (("x*y",), {"heights": "0..1"}, "surface has contours"),
    (("x*y",), {"range": "0..1"}, "names its variable"),
    ((["x", "x"],), {}, "two functions are called"),
    ((["x*y", "x+y"],), {}, "only one surface"),
    ((["x", "tanh", "relu", "elu", "exp"],), {"together": True}, "cannot be told apart"),
    ((["sin(k*x)".replace("k", str(k)) for k in range(13)],), {}, "do not fit"),
    (([],), {}, "nothing to plot"),
    (("sigmoid(x",), {}, "never closed|expected|closed"),
]


@pytest.mark.parametrize(("args", "options", "message"), WRONG)
def test_bad_input_is_refused_in_one_message(
    args: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(GradvizError, match=message):
        gv.plot(*args, **options)


KINKED: list[tuple[str, list[tuple[str, float, float, float]]]] = [
    ("abs(x) + abs(y)", [("minimum", 0, 0, 0)]),
    ("abs(x) + y**2", [("minimum", 0, 0, 0)]),
    ("3 - abs(x - 1) - abs(y + 0.3)", [("maximum", 1, -0.3, 3)]),
    ("abs(x - y) + 0.1*(x + y - 1)**2", [("minimum", 0.5, 0.5, 0)]),
    ("maximum(abs(x - 2*y), abs(x + y - 1))", [("minimum", 2 / 3, 1 / 3, 0)]),
    ("relu(x) + relu(-x) + abs(y - 0.5)", [("minimum", 0, 0.5, 0)]),
    ("(abs(x) - 1)**2 + abs(y)", [("minimum", -1, 0, 0), ("minimum", 1, 0, 0)]),
    ("relu(1 - x*y) + 0.01*(x**2 + y**2)", [("minimum", -1, -1, 0.02), ("minimum", 1, 1, 0.02)]),
    ("maximum(x, maximum(y, -x - y))", [("minimum", 0, 0, 0)]),
    ("abs(x) + 0*y", []),
    ("abs(x - y)", []),
    ("abs(x*y)", []),
    ("abs(x) - abs(y)", []),
    ("x**2 + y**2", []),
    ("maximum(x**2, y**2)", []),
    ("relu(x) + relu(y)", []),
]
"""Surfaces with the isolated minima and maxima at which their slopes jump, found by hand."""


@sampled(("source", "wanted"), KINKED, few=5)
def test_minima_and_maxima_at_kinks(
    source: str, wanted: list[tuple[str, float, float, float]]
) -> None:
    found = [c for c in surface(source).critical if c.is_kink]
    assert [c.kind for c in found] == [w[0] for w in wanted]
    for one, other in zip(sorted(found, key=lambda c: c.x), wanted, strict=True):
        assert one[1:4] == pytest.approx(other[1:], abs=1e-7)
        assert one.eigenvalues is None


@sampled("seed", range(60), few=2)
def test_a_kink_of_two_slanted_valleys_is_where_they_cross(seed: int) -> None:
    """|a·p − c| + |b·p − d| is 0 where both lines cross, by Cramer's rule."""
    draw = np.random.default_rng(seed)
    (a, b), at = draw.normal(0, 1, (2, 2)), draw.uniform(-2, 2, 2)
    while abs(a[0] * b[1] - a[1] * b[0]) < 0.3:
        a = draw.normal(0, 1, 2)
    c, d = (float(round(v, 3)) for v in (a @ at, b @ at))
    a, b = a.round(3), b.round(3)
    det = a[0] * b[1] - a[1] * b[0]
    x, y = (c * b[1] - a[1] * d) / det, (a[0] * d - c * b[0]) / det
    source = f"abs({a[0]}*x + {a[1]}*y - {c}) + abs({b[0]}*x + {b[1]}*y - {d})"
    (found,) = [k for k in surface(source, range="x=-4..4,y=-4..4").critical if k.is_kink]
    assert (found.kind, found.x, found.y) == ("minimum", pytest.approx(x), pytest.approx(y))
    assert found.value == pytest.approx(0, abs=1e-8)


def test_a_kink_is_said_and_labelled() -> None:
    from gradviz.story.walks import of

    story: Any = of(gv.plot("abs(x) + abs(y)"))
    assert story.frame(1).sentence == "In this window: a minimum of 0 at x = 0, y = 0, a kink."
    assert story.teller.named(story.walk.content.critical[0]) == "minimum 0, a kink"
    assert story.teller.data()["critical"][0]["eigenvalues"] is None
