"""Losses and penalties, against the lectures' figures, hand arithmetic and PyTorch's documented
formulas.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ShapeError, ValueInputError

INF, NAN = math.inf, math.nan
CATS = [3.2, 5.1, -1.7]
THREE_IMAGES = [CATS, [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]


def value(text: str, **values: Any) -> Any:
    trace = gv.run(text, values=values)
    return trace.value(trace.graph.output)


def gradient(text: str, by: str, **values: Any) -> Any:
    found = gv.run(text, values=values).gradient(by)
    return found.tolist() if hasattr(found, "tolist") else found


# The lectures' figures.


def test_softmax_cat() -> None:
    """The tutorial's cat: probabilities 0.13, 0.87, 0.00 and the loss 2.04 (0.89 only with log base
    10).
    """
    assert value("softmax_cross_entropy(s, 0)", s=CATS) == pytest.approx(2.0404, abs=5e-5)
    assert value("softmax_cross_entropy(s, 0)/log(10)", s=CATS) == pytest.approx(0.89, abs=0.01)
    assert gradient("softmax_cross_entropy(s, 0)", "s", s=CATS) == pytest.approx(
        [-0.87, 0.87, 0.00], abs=5e-3
    )


def test_a_loss_over_equal_scores_is_the_logarithm_of_the_number_of_classes() -> None:
    assert value("softmax_cross_entropy(s, 3)", s=np.zeros(10)) == pytest.approx(math.log(10))
    assert value("multiclass_hinge(s, 3)", s=np.zeros(10)) == 9


@pytest.mark.parametrize(
    ("scores", "label", "loss"), list(zip(THREE_IMAGES, (0, 1, 2), (2.9, 0, 12.9), strict=True))
)
def test_svm_losses_of_three_images(scores: list[float], label: int, loss: float) -> None:
    assert value("multiclass_hinge(s, y)", s=scores, y=label) == pytest.approx(loss)


def test_svm_loss_of_the_set_is_the_mean() -> None:
    assert value("multiclass_hinge(s, [0, 1, 2])", s=THREE_IMAGES) == pytest.approx(5.27, abs=5e-3)
    losses = value("multiclass_hinge(s, [0, 1, 2], reduction='none')", s=THREE_IMAGES)
    assert losses == pytest.approx([2.9, 0, 12.9])
    assert value(
        "multiclass_hinge(s, [0, 1, 2], reduction='sum')", s=THREE_IMAGES
    ) == pytest.approx(15.8)


def test_svm_beside_softmax() -> None:
    values = {
        "W": [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]],
        "x": [-15, 22, -44, 56],
        "b": [0.0, 0.2, -0.3],
    }
    assert value("multiclass_hinge(linear(x, W, b), 2)", **values) == pytest.approx(1.58, abs=5e-3)
    assert value("softmax_cross_entropy(linear(x, W, b), 2)", **values) == pytest.approx(
        1.0402, abs=5e-5
    )


def test_squared_error_of_the_digit() -> None:
    p, t = [0.1, 0.2, 0.3, 0.2, 0.1, 0.8, 0.1, 0.2, 0.3, 0.1], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert value("squared_error(p, t)", p=p, t=t) == pytest.approx(1.58)
    assert value("mse(p, t)", p=p, t=t) == pytest.approx(0.158)


def test_the_l2_loss_of_the_finite_difference_table() -> None:
    values = {
        "W": [[-0.1, 0.2, 0.15, 0.05], [0.25, 0.05, 0.2, -0.1], [0.25, 0.15, -0.15, 0.4]],
        "x": [0.1, 1.5, 0.07, 2.32],
        "t": [0, 1, 0],
    }
    assert value("l2(linear(x, W), t)", **values) == pytest.approx(1.6693, abs=5e-5)


def test_penalties() -> None:
    """R(W) = Σ W², Σ |W|, Σ β W² + |W|."""
    W = [[1, -2], [0.5, 0]]
    assert value("l2_penalty(W)", W=W) == 5.25
    assert value("l1_penalty(W)", W=W) == 3.5
    assert value("elastic_net(W, beta=0.5)", W=W) == 0.5 * 5.25 + 3.5
    assert gradient("l2_penalty(W, 0.1)", "W", W=W) == [[0.2, -0.4], [0.1, 0]]
    assert gradient("l1_penalty(W, 0.1)", "W", W=W) == [[0.1, -0.1], [0.1, 0]]
    assert gradient("elastic_net(W, l1=2, l2=0.5)", "W", W=W) == [[3, -4], [2.5, 0]]


# Hand arithmetic.


@pytest.mark.parametrize(
    ("text", "loss", "slope"),
    [
        ("mse(p, t)", 5 / 3, [2 / 3, -4 / 3, 0]),
        ("mse(p, t, reduction='sum')", 5, [2, -4, 0]),
        ("squared_error(p, t)", 5, [2, -4, 0]),
        ("l1(p, t)", 1, [1 / 3, -1 / 3, 0]),
        ("l1(p, t, reduction='sum')", 3, [1, -1, 0]),
        ("l2(p, t)", math.sqrt(5), [1 / math.sqrt(5), -2 / math.sqrt(5), 0]),
        ("huber(p, t)", 2 / 3, [1 / 3, -1 / 3, 0]),
        ("huber(p, t, delta=1.5, reduction='sum')", 0.5 + 1.5 * (2 - 0.75), [1, -1.5, 0]),
    ],
)
def test_losses_by_hand(text: str, loss: float, slope: list[float]) -> None:
    """p − t is 1, −2, 0."""
    values = {"p": [3.0, -1.0, 4.0], "t": [2.0, 1.0, 4.0]}
    assert value(text, **values) == pytest.approx(loss)
    assert gradient(text, "p", **values) == pytest.approx(slope)
    assert gradient(text, "t", **values) == pytest.approx([-s for s in slope])


def test_hinge_by_hand() -> None:
    """Margins 1 − y s: 0.5, −1, 3, and exactly 0."""
    values = {"s": [0.5, -2, 2, 1], "y": [1, -1, -1, 1]}
    assert value("hinge(s, y)", **values) == pytest.approx(3.5 / 4)
    assert gradient("hinge(s, y, reduction='sum')", "s", **values) == [-1, 0, 1, 0]
    assert value("squared_hinge(s, y)", **values) == pytest.approx((0.25 + 9) / 4)
    assert gradient("squared_hinge(s, y, reduction='sum')", "s", **values) == [-1, 0, 6, 0]


def test_multiclass_hinge_by_hand() -> None:
    """Margins of the wrong classes: 5.1 − 3.2 + 1 = 2.9 and −3.9."""
    assert gradient("multiclass_hinge(s, 0)", "s", s=CATS) == [-1, 1, 0]
    assert value("multiclass_hinge(s, 0, power=2)", s=CATS) == pytest.approx(2.9**2)
    assert gradient("multiclass_hinge(s, 0, power=2)", "s", s=CATS) == pytest.approx([-5.8, 5.8, 0])
    assert value("multiclass_hinge(s, 0, margin=10)", s=CATS) == pytest.approx(11.9 + 5.1)
    assert gradient("multiclass_hinge(s, 0)", "s", s=[1, 0, 3]) == [-1, 0, 1], (
        "a margin of exactly 0 is flat"
    )


def test_cross_entropy_of_probabilities_by_hand() -> None:
    """Scores log 1, log 2, log 5: probabilities 1/8, 2/8, 5/8."""
    s = [math.log(n) for n in (1, 2, 5)]
    assert value("softmax_cross_entropy(s, 1)", s=s) == pytest.approx(math.log(4))
    assert gradient("softmax_cross_entropy(s, 1)", "s", s=s) == pytest.approx(
        [1 / 8, -6 / 8, 5 / 8]
    )
    shares = value("softmax_cross_entropy(s, [0.5, 0.5, 0])", s=s)
    assert shares == pytest.approx(0.5 * math.log(8) + 0.5 * math.log(4))
    assert gradient("softmax_cross_entropy(s, [0.5, 0.5, 0])", "s", s=s) == pytest.approx(
        [-3 / 8, -2 / 8, 5 / 8]
    )
    batch = gradient("softmax_cross_entropy(s, [1, 2])", "s", s=[s, s])
    np.testing.assert_allclose(batch, [[1 / 16, -3 / 8, 5 / 16], [1 / 16, 1 / 8, -3 / 16]])


def test_cross_entropy_is_nll_of_log_softmax() -> None:
    both = value(
        "softmax_cross_entropy(s, k) - nll(log_softmax(s), k)", s=THREE_IMAGES, k=[2, 0, 1]
    )
    assert both == pytest.approx(0, abs=1e-15)


def test_sigmoid_cross_entropy_by_hand() -> None:
    """σ(log 3) = 3/4."""
    s = math.log(3)
    assert value("sigmoid_cross_entropy(s, 1)", s=s) == pytest.approx(math.log(4 / 3))
    assert value("sigmoid_cross_entropy(s, 0)", s=s) == pytest.approx(math.log(4))
    assert gradient("sigmoid_cross_entropy(s, 1)", "s", s=s) == pytest.approx(-1 / 4)
    assert gradient("sigmoid_cross_entropy(s, t)", "t", s=s, t=0.5) == pytest.approx(-s)


def test_kl_by_hand() -> None:
    assert value("kl(p, q)", p=[0.5, 0.5], q=[0.25, 0.75]) == pytest.approx(
        0.5 * math.log(2) + 0.5 * math.log(2 / 3)
    )
    assert value("kl(p, p)", p=[0.2, 0.8]) == 0
    assert value("kl(p, q)", p=[1, 0], q=[0.5, 0.5]) == pytest.approx(math.log(2)), "0 log 0 is 0"
    assert gradient("kl(p, q)", "p", p=[1, 0], q=[0.5, 0.5]) == pytest.approx([math.log(2) + 1, 0])
    assert gradient("kl(p, q)", "q", p=[0.5, 0.5], q=[0.25, 0.75]) == pytest.approx([-2, -2 / 3])


def test_a_batch_of_distances_is_averaged_over_its_rows() -> None:
    p = [[3, 4], [0, 0]]
    assert value("l2(p, [[0, 0], [0, 0]])", p=p) == 2.5
    assert gradient("l2(p, [[0, 0], [0, 0]])", "p", p=p) == [[0.3, 0.4], [0, 0]], (
        "a distance of 0 gives 0"
    )


# Far out, and what is no number.


@pytest.mark.parametrize(
    ("text", "values", "loss", "slope"),
    [
        ("softmax_cross_entropy(s, 0)", {"s": [1000, -1000]}, 0, [0, 0]),
        ("softmax_cross_entropy(s, 1)", {"s": [1000, -1000]}, 2000, [1, -1]),
        ("sigmoid_cross_entropy(s, [1, 0])", {"s": [1000, -1000]}, 0, [0, 0]),
        ("sigmoid_cross_entropy(s, [0, 1])", {"s": [1000, -1000]}, 1000, [0.5, -0.5]),
        ("softmax_cross_entropy(s, 0)", {"s": [0, -INF]}, 0, [0, 0]),
        ("softmax_cross_entropy(s, [1, 0])", {"s": [0, -INF]}, 0, [0, 0]),
        ("multiclass_hinge(s, 1)", {"s": [1000, -1000]}, 2001, [1, -1]),
    ],
)
def test_extreme_scores(text: str, values: dict[str, Any], loss: float, slope: list[float]) -> None:
    assert value(text, **values) == loss
    assert gradient(text, "s", **values) == slope


def test_tiny_losses_keep_their_digits() -> None:
    """log(1 + e^−40) is e^−40 to double precision, on either side."""
    assert value("sigmoid_cross_entropy(s, 1)", s=40) == pytest.approx(
        math.exp(-40), rel=1e-12, abs=0
    )
    assert value("sigmoid_cross_entropy(s, 0)", s=-40) == pytest.approx(
        math.exp(-40), rel=1e-12, abs=0
    )


@pytest.mark.parametrize(
    "text",
    [
        "softmax_cross_entropy(s, 0)",
        "sigmoid_cross_entropy(s, [0, 1])",
        "mse(s, [0, 1])",
        "l1(s, [0, 1])",
        "l2(s, [0, 1])",
        "huber(s, [0, 1])",
        "hinge(s, [1, 1])",
        "multiclass_hinge(s, 0)",
        "kl([0.5, 0.5], s)",
        "l2_penalty(s)",
        "l1_penalty(s)",
        "elastic_net(s)",
    ],
)
def test_nan_goes_on(text: str) -> None:
    assert math.isnan(value(text, s=[NAN, 1]))


# Bad input, one clear message each.


@pytest.mark.parametrize(
    ("text", "values", "parts"),
    [
        (
            "softmax_cross_entropy(s, 3)",
            {"s": CATS},
            ["there is no label 3", "0 to 2", "3 classes", "count from 0"],
        ),
        ("softmax_cross_entropy(s, -1)", {"s": CATS}, ["there is no label -1", "0 to 2"]),
        (
            "nll(s, [0, 7])",
            {"s": [[1, 2], [3, 4]]},
            ["nll: there is no label 7", "2 classes", "the shape (2,)"],
        ),
        ("multiclass_hinge(s, 2)", {"s": [1, 2]}, ["multiclass_hinge: there is no label 2"]),
        ("softmax_cross_entropy(s, 0.5)", {"s": CATS}, ["whole numbers as labels", "0.5"]),
        ("hinge(s, [0, 1])", {"s": [1, 2]}, ["binary labels are −1 and 1", "2*y - 1"]),
        ("hinge(s, [3, 1])", {"s": [1, 2]}, ["binary labels are −1 and 1", "3"]),
    ],
)
@pytest.mark.parametrize("backend", ["numpy", "exact"])
def test_labels_out_of_range(
    text: str, values: dict[str, Any], parts: list[str], backend: str
) -> None:
    with pytest.raises(ValueInputError) as caught:
        gv.run(text, values=values, backend=backend)
    for part in parts:
        assert part in str(caught.value) or (
            backend == "exact" and part == "0.5" and "1/2" in str(caught.value)
        )


@pytest.mark.parametrize("label", [NAN, INF])
def test_a_label_that_is_no_number(label: float) -> None:
    with pytest.raises(ValueInputError) as caught:
        gv.run("softmax_cross_entropy(s, k)", s=CATS, k=label)
    assert "whole numbers as labels" in str(caught.value) and str(label) in str(caught.value)


def test_labels_cannot_stay_symbols() -> None:
    with pytest.raises(ValueInputError) as caught:
        gv.run("softmax_cross_entropy([1, 2], k)", backend="exact")
    assert "whole numbers as labels" in str(caught.value) and "give their values" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("text", "values", "expected", "got"),
    [
        (
            "mse(p, t)",
            {"p": [1, 2], "t": [[1], [2]]},
            "p and t of the same shape",
            "(2,) and (2, 1)",
        ),
        ("hinge(s, 1)", {"s": [1, 2]}, "s and y of the same shape", "(2,) and ()"),
        ("l2(p, 1)", {"p": 2}, "elements on the last axis", "() and ()"),
        ("kl(p, [0.5])", {"p": [0.5, 0.5]}, "p and q of the same shape", "(2,) and (1,)"),
        ("mse(p, t)", {"p": np.zeros((0,)), "t": np.zeros((0,))}, "at least one element", "(0,)"),
        (
            "softmax_cross_entropy(s, 0)",
            {"s": 1},
            "scores (C,) or (N, C), classes last",
            "() and ()",
        ),
        ("softmax_cross_entropy(s, [0])", {"s": CATS}, "labels of the shape ()", "(3,) and (1,)"),
        ("nll(s, s)", {"s": CATS}, "labels of the shape ()", "(3,) and (3,)"),
        (
            "multiclass_hinge(s, 0)",
            {"s": THREE_IMAGES},
            "labels of the shape (3,)",
            "(3, 3) and ()",
        ),
    ],
)
def test_shapes_that_do_not_fit(text: str, values: dict[str, Any], expected: str, got: str) -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run(text, values=values)
    assert expected in caught.value.expected and got in caught.value.got


def test_the_shapes_of_a_column_and_a_row_are_told_apart() -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run("mse(p, t)", p=[1, 2], t=[[1], [2]])
    assert caught.value.hint == "reshape t to (2,)"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("mse(x, x, reduction='avg')", "mse has no such reduction"),
        (
            "softmax_cross_entropy(x, 0, reduction='Mean')",
            "softmax_cross_entropy has no such reduction",
        ),
        ("huber(x, x, delta=0)", "the delta of huber is a positive number"),
        ("multiclass_hinge(x, 0, power=3)", "multiclass_hinge has no such power"),
        ("l1_penalty(x, strength='big')", "the option 'strength' of l1_penalty is a number"),
    ],
)
def test_options_that_mean_nothing(text: str, what: str) -> None:
    with pytest.raises(GradvizError) as caught:
        gv.run(text, x=[1, 2])
    assert what in str(caught.value)


def test_a_misspelt_option_is_answered_with_the_right_one() -> None:
    with pytest.raises(GradvizError) as caught:
        gv.run("mse(x, x, reducton='sum')", x=[1, 2])
    assert "did you mean reduction?" in str(caught.value)
