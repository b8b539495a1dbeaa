"""softmax and its logarithms: hand numbers, extremes, and what PyTorch does with infinities and
NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import ShapeError

INF, NAN = math.inf, math.nan
SCORES = st.lists(st.floats(-50, 50), min_size=1, max_size=6)


def value(text: str, **values: Any) -> Any:
    trace = gv.run(text, values=values)
    return trace.value(trace.graph.output)


def test_the_cat_of_the_lecture() -> None:
    p = value("softmax(s)", s=[3.2, 5.1, -1.7])
    assert p.tolist() == pytest.approx([0.13, 0.87, 0.0], abs=5e-3)


def test_by_hand() -> None:
    """Scores log 1, log 2, log 5: probabilities 1/8, 2/8, 5/8."""
    s = [math.log(n) for n in (1, 2, 5)]
    assert value("softmax(s)", s=s) == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert value("log_softmax(s)", s=s) == pytest.approx(
        [-math.log(8), -math.log(4), math.log(5 / 8)]
    )
    assert value("logsumexp(s)", s=s) == pytest.approx(math.log(8))
    # dS = p ⊙ (u − Σ u p) with u = (1, 0, 0)
    found = gv.run("softmax(s)[0]", s=s).gradient("s")
    assert found.tolist() == pytest.approx([1 / 8 * 7 / 8, -1 / 8 * 2 / 8, -1 / 8 * 5 / 8])


def test_along_an_axis() -> None:
    x = [[0, 0], [math.log(3), 0]]
    np.testing.assert_allclose(value("softmax(x, axis=0)", x=x), [[1 / 4, 1 / 2], [3 / 4, 1 / 2]])
    assert value("logsumexp(x, axis=0, keepdims=True)", x=x).shape == (1, 2)
    assert value("logsumexp(x, axis=None)", x=x) == pytest.approx(math.log(6))


@given(SCORES, st.floats(-1e3, 1e3))
def test_softmax_is_a_distribution_and_does_not_see_a_shift(
    scores: list[float], shift: float
) -> None:
    s = np.asarray(scores)
    p = value("softmax(s)", s=s)
    assert (p >= 0).all() and p.sum() == pytest.approx(1)
    np.testing.assert_allclose(value("softmax(s)", s=s + shift), p, atol=1e-11)
    np.testing.assert_allclose(np.exp(value("log_softmax(s)", s=s)), p, rtol=1e-12, atol=1e-300)
    assert value("logsumexp(s)", s=s) >= s.max()


@pytest.mark.parametrize(
    ("text", "scores", "expected"),
    [
        ("softmax(s)", [1000, 0], [1, 0]),
        ("softmax(s)", [-1000, -1001], [1 / (1 + math.exp(-1)), 1 / (1 + math.e)]),
        ("log_softmax(s)", [1000, 0], [0, -1000]),
        ("logsumexp(s)", [1000, 1000], 1000 + math.log(2)),
        ("logsumexp(s)", [-1000, -1000], -1000 + math.log(2)),
        # What PyTorch 2 gives:
        ("softmax(s)", [-INF, 0], [0, 1]),
        ("softmax(s)", [INF, 0], [NAN, NAN]),
        ("softmax(s)", [-INF, -INF], [NAN, NAN]),
        ("softmax(s)", [NAN, 0], [NAN, NAN]),
        ("log_softmax(s)", [-INF, 0], [-INF, 0]),
        ("log_softmax(s)", [INF, 0], [NAN, NAN]),
        ("logsumexp(s)", [INF, 0], INF),
        ("logsumexp(s)", [-INF, 0], 0),
        ("logsumexp(s)", [-INF, -INF], -INF),
        ("logsumexp(s)", [NAN, 0], NAN),
    ],
)
def test_far_out(text: str, scores: list[float], expected: Any) -> None:
    np.testing.assert_allclose(value(text, s=scores), expected, rtol=1e-12)


def test_gradients_far_out() -> None:
    assert gv.run("logsumexp(s)", s=[1000, 0]).gradient("s").tolist() == [1, 0]
    assert gv.run("log_softmax(s)[1]", s=[1000, 0]).gradient("s").tolist() == [-1, 1]
    assert gv.run("logsumexp(s)", s=[-INF, 0]).gradient("s").tolist() == [0, 1]


@pytest.mark.parametrize("op", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize(
    ("call", "s", "what"),
    [
        ("{}(s)", 1, "no such axis"), ("{}(s, axis=2)", [[1, 2]], "no such axis"),
        ("{}(s)", np.zeros((2, 0)), "of no elements"),
    ],
)  # fmt: skip
def test_scores_without_the_axis(op: str, call: str, s: Any, what: str) -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run(call.format(op), s=s)
    assert f"{op} " in str(caught.value) and what in str(caught.value)
