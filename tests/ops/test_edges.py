"""What holds at kinks, ties, zeros, poles and far out. The sources of the conventions are named."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays import for_backend
from gradviz.ops import get
from tests.ops.backward import local

XP = for_backend("numpy", "float64")
INF, NAN = math.inf, math.nan


def value(name: str, *inputs: Any, **options: Any) -> Any:
    op = get(name)
    with XP.quiet():
        return op.forward(XP, *map(XP.asarray, inputs), **(dict(op.options) | options))


def slope(name: str, slot: int, *inputs: Any, **options: Any) -> Any:
    """The local gradient, or the contribution of an upstream gradient of ones."""
    op, options = get(name), dict(get(name).options) | options
    arrays = [XP.asarray(i) for i in inputs]
    with XP.quiet():
        y = op.forward(XP, *arrays, **options)
        if op.elementwise:
            return np.asarray(local(op, slot, XP, y, *arrays, **options), dtype=float)
        return op.vjp[slot](XP, np.ones(np.shape(y)), y, *arrays, **options)


@pytest.mark.parametrize(
    ("name", "inputs", "options", "expected"),
    [
        # PyTorch, "Gradients for non-differentiable functions": relu'(0) = 0, sgn(0) = 0.
        ("relu", (0,), {}, (0,)),
        ("relu", (-0.0,), {}, (0,)),
        ("relu", (-1,), {}, (0,)),
        ("relu", (1,), {}, (1,)),
        ("abs", (0,), {}, (0,)),
        ("abs", (-2,), {}, (-1,)),
        ("sign", (0,), {}, (0,)),
        ("sign", (5,), {}, (0,)),
        # torch.nn.functional.leaky_relu and elu: x > 0 decides, so 0 is on the negative side.
        ("leaky_relu", (0,), {"slope": 0.25}, (0.25,)),
        ("leaky_relu", (1,), {"slope": 0.25}, (1,)),
        ("elu", (0,), {"alpha": 0.5}, (0.5,)),
        ("elu", (1,), {"alpha": 0.5}, (1,)),
        # Ours: 0 at a bound, as at the kink of relu (torch.clamp passes the gradient on).
        ("clip", (1,), {"low": -1, "high": 1}, (0,)),
        ("clip", (-1,), {"low": -1, "high": 1}, (0,)),
        ("clip", (1.5,), {"low": -1, "high": 1}, (0,)),
        ("clip", (-9,), {"low": None, "high": 1}, (1,)),
        # Ours: the first operand wins a tie (PyTorch halves it).
        ("maximum", (2, 2), {}, (1, 0)),
        ("minimum", (2, 2), {}, (1, 0)),
        ("maximum", (1, 2), {}, (0, 1)),
        ("minimum", (1, 2), {}, (1, 0)),
        ("maximum", (0.0, -0.0), {}, (1, 0)),
        # torch.pow: d/da is 0 at exponent 0; d/db is 0 at base 0 with an exponent ≥ 0, else 0^b log
        # 0.
        ("pow", (0, 2), {}, (0, 0)),
        ("pow", (0, 1), {}, (1, 0)),
        ("pow", (0, 0), {}, (0, 0)),
        ("pow", (3, 0), {}, (0, math.log(3))),
        ("pow", (0, 0.5), {}, (INF, 0)),
        ("pow", (0, -1), {}, (-INF, -INF)),
        ("pow", (-2, 3), {}, (12, NAN)),
        ("pow", (1, 5), {}, (5, 0)),
        # IEEE 754: 1/0 = ∞, log 0 = −∞; the slopes likewise.
        ("log", (0,), {}, (INF,)),
        ("div", (1, 0), {}, (INF, -INF)),
        ("div", (0, 0), {}, (INF, NAN)),
        ("reciprocal", (0,), {}, (-INF,)),
        ("sqrt", (0,), {}, (INF,)),
        ("log1p", (-1,), {}, (INF,)),
    ],
)
def test_conventions(name: str, inputs: Any, options: Any, expected: Any) -> None:
    for slot, wanted in enumerate(expected):
        np.testing.assert_equal(float(slope(name, slot, *inputs, **options)), wanted)


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("log", (0,), -INF),
        ("log", (-1,), NAN),
        ("div", (1, 0), INF),
        ("div", (-1, 0), -INF),
        ("div", (0, 0), NAN),
        ("sqrt", (-1,), NAN),
        ("exp", (1000,), INF),
        ("exp", (-1000,), 0),
        ("pow", (0, 0), 1),
        ("pow", (0, -1), INF),
        ("pow", (-8, 1 / 3), NAN),
        ("maximum", (1, NAN), NAN),
        ("relu", (NAN,), NAN),
        ("add", (INF, -INF), NAN),
    ],
)
def test_values_follow_ieee(name: str, inputs: Any, expected: float) -> None:
    np.testing.assert_equal(float(value(name, *inputs)), expected)


FAR = {
    # op: value and slope far to the left, and far to the right (the limits, worked out by hand)
    "sigmoid": ((0, 0), (1, 0)),
    "tanh": ((-1, 0), (1, 0)),
    "softplus": ((0, 0), (None, 1)),
    "silu": ((0, 0), (None, 1)),
    "gelu": ((0, 0), (None, 1)),
    "elu": ((-1, 0), (None, 1)),
    "erf": ((-1, 0), (1, 0)),
    "arctan": ((-math.pi / 2, 0), (math.pi / 2, 0)),
    "relu": ((0, 0), (None, 1)),
}


@pytest.mark.parametrize("name", FAR)
@pytest.mark.parametrize("far", [100.0, 1000.0, 1e8, 1e300])
def test_far_out_nothing_becomes_nan(name: str, far: float) -> None:
    for x, (limit, flat) in zip((-far, far), FAR[name], strict=True):
        tolerance = 2 / far  # arctan gets there as 1/x
        assert float(value(name, x)) == pytest.approx(x if limit is None else limit, abs=tolerance)
        assert float(slope(name, 0, x)) == pytest.approx(flat, abs=tolerance)


@pytest.mark.parametrize("x", [-40.0, -5.0, -1e-10, 0.0, 1e-10, 2.0, 37.0])
def test_activations_by_their_definitions(x: float) -> None:
    """Against Python's math, with the definitions in their papers."""
    e, tail = math.exp(x), math.exp(-abs(x))
    sigma = 1 / (1 + math.exp(-x))
    expected = {
        "sigmoid": sigma,
        "softplus": max(x, 0) + math.log1p(tail),
        "silu": x * sigma,
        "gelu": x * math.erfc(-x / math.sqrt(2)) / 2,
        "elu": x if x > 0 else math.expm1(x),
        "expm1": math.expm1(x),
        "tanh": math.tanh(x),
        "exp": e,
        "leaky_relu": x if x > 0 else 0.01 * x,
    }
    for name, wanted in expected.items():
        assert float(value(name, x)) == pytest.approx(wanted, rel=1e-14, abs=1e-300), name


def test_gelu_and_silu_slopes_from_pytorch() -> None:
    """torch.autograd at x = 1: gelu 1.0833155 (= Φ(1) + φ(1)), silu 0.9276705 (= σ + σ(1 − σ))."""
    assert float(slope("gelu", 0, 1)) == pytest.approx(0.8413447461 + 0.2419707245, abs=1e-9)
    assert float(slope("silu", 0, 1)) == pytest.approx(0.7310585786 + 0.1966119332, abs=1e-9)


@pytest.mark.parametrize("name", ["max", "min"])
def test_the_first_of_equals_takes_everything(name: str) -> None:
    assert slope(name, 0, [3, 1, 3] if name == "max" else [1, 3, 1]).tolist() == [1, 0, 0]
    assert slope(name, 0, [[2, 2], [2, 2]]).tolist() == [[1, 0], [0, 0]]
    assert slope(name, 0, [[2, 2], [2, 2]], axis=1).tolist() == [[1, 0], [1, 0]]
    assert slope(name, 0, [[2, 2], [2, 2]], axis=0, keepdims=True).tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize("name", ["max", "min"])
def test_nan_wins_an_extreme_as_in_numpy(name: str) -> None:
    assert math.isnan(value(name, [1, NAN, 3]))
    assert slope(name, 0, [1, NAN, 3]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ([2, 0, 5], [0, 10, 0]),
        ([0, 0, 5], [0, 0, 0]),
        ([2, 3, 5], [15, 10, 6]),
        ([7], [1]),
        ([], []),
        ([0], [1]),
    ],
)
def test_a_product_with_zeros(factors: list[int], expected: list[int]) -> None:
    """Each receives the product of the others, which no division by the factor itself gives at
    0.
    """
    assert slope("prod", 0, factors).tolist() == expected


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6))
def test_products_of_the_others(factors: list[int]) -> None:
    others = [math.prod(factors[:i] + factors[i + 1 :]) for i in range(len(factors))]
    assert slope("prod", 0, factors).tolist() == others


@pytest.mark.parametrize("many", [4, 5, 4097])
def test_a_product_whose_parts_leave_the_range(many: int) -> None:
    """Half of the factors 2⁶⁰⁰, half 2⁻⁶⁰⁰ (and one 3): exact powers of 2, whatever the order."""
    half = many // 2
    factors = [2.0**600] * half + [3.0] * (many % 2) + [2.0**-600] * half
    whole = 3.0 ** (many % 2)
    assert value("prod", factors) == whole
    expected = [whole / f for f in factors]
    assert slope("prod", 0, factors).tolist() == expected
    op, x = get("prod"), XP.asarray([[2.0**600, 2.0**600, 2.0**500], [2, 3, 5]])
    g = XP.asarray([2.0**-1000, 1])
    brought = op.vjp[0](XP, g, None, x, axis=1, keepdims=False)
    assert brought.tolist() == [[2.0**100, 2.0**100, 2.0**200], [15, 10, 6]]
    with_zero = [2.0**600, 2.0**600, 0, 2.0**-900]
    assert slope("prod", 0, with_zero).tolist() == [0, 0, 2.0**300, 0]


@pytest.mark.parametrize("far", [1.0, 20.0, 40.0, 300.0])
def test_a_probability_of_almost_1_keeps_the_digits_beside_it(far: float) -> None:
    """Of the scores far, 0: p − 1 = −1/(1 + e^far), and log p = −log(1 + e^−far)."""
    others = 1 / (1 + math.exp(far)) if far < 700 else 0.0
    pushed = [-others, others]
    for labels in (0, [1.0, 0.0]):
        assert slope("softmax_cross_entropy", 0, [far, 0], labels) == pytest.approx(pushed, 1e-13)
    loss = math.log1p(math.exp(-far))
    assert value("softmax_cross_entropy", [far, 0], 0) == pytest.approx(loss, rel=1e-13)
    assert value("log_softmax", [far, 0])[0] == pytest.approx(-loss, rel=1e-13)
    for name in ("log_softmax", "softmax"):
        op, s, g = get(name), XP.asarray([far, 0]), XP.asarray([1, 0])
        y = op.forward(XP, s, axis=-1)
        brought = op.vjp[0](XP, g, y, s, axis=-1)
        scale = float(y[0]) if name == "softmax" else 1
        assert brought == pytest.approx([others * scale, -others * scale], rel=1e-13), name


def test_scores_that_overflow_still_choose() -> None:
    """q·k of ±10³²⁰: the larger takes all; of 10³²⁰ and 10³²⁰, half each."""
    op, v = get("attention"), XP.asarray([[1, 0], [0, 1]])
    for keys, expected in (([[1e160], [-1e160]], [1, 0]), ([[1e160], [1e160]], [0.5, 0.5])):
        with XP.quiet():
            found = op.forward(XP, XP.asarray([[1e160]]), XP.asarray(keys), v)
        assert found.tolist() == [expected]


def test_a_step_whose_terms_overflow_has_the_sign_of_their_sum() -> None:
    """tanh(10³²⁰ − 2·10³²⁰) = −1."""
    op, zero = get("rnn"), XP.asarray([[0]])
    with XP.quiet():
        found = op.forward(
            XP,
            XP.asarray([[1e160, 2e160]]),
            zero[0],
            XP.asarray([[1e160], [-1e160]]),
            zero,
            states=False,
        )
    assert found.tolist() == [-1]


def test_a_divergence_whose_ratios_leave_the_range() -> None:
    """1e200 log(1e200/1e-200) = 1e200 · 400 log 10, and the slope one more than that logarithm."""
    log = 400 * math.log(10)
    assert value("kl", [1e200], [1e-200]) == pytest.approx(1e200 * log, rel=1e-14)
    assert slope("kl", 0, [1e200], [1e-200]) == pytest.approx([log + 1], rel=1e-14)


def test_the_length_of_nothing() -> None:
    """torch.norm has the same subgradient 0 at 0."""
    assert slope("norm", 0, [0, 0]).tolist() == [0, 0]
    assert slope("norm", 0, [[3, 4], [0, 0]], axis=1) == pytest.approx(
        np.array([[0.6, 0.8], [0, 0]])
    )


def test_sums_of_nothing() -> None:
    assert (value("sum", []), value("prod", []), value("norm", [])) == (0, 1, 0)


def test_a_place_taken_twice_receives_both() -> None:
    assert slope("index", 0, [1, 2, 3], index=[[0, 2, 0]]).tolist() == [2, 0, 1]
    assert slope("index", 0, [1, 2, 3], index=["::-2"]).tolist() == [1, 0, 1]
    assert slope("index", 0, [[1, 2, 3]], index=["...", -1]).tolist() == [[0, 0, 1]]
    assert slope("index", 0, [1, 2], index=[[]]).tolist() == [0, 0]


@pytest.mark.parametrize(("index", "expected"), [([1], [0, 7, 0]), ([-1], [0, 0, 7])])
def test_one_element_taken(index: list[int], expected: list[int]) -> None:
    op = get("index")
    x = XP.asarray([1, 2, 3])
    assert op.vjp[0](XP, XP.asarray(7), None, x, index=index).tolist() == expected
