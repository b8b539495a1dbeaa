"""Attention and the recurrent layer: hand numbers, backpropagation through time, bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import ShapeError


def test_attention_by_hand() -> None:
    """Scores 0 and 2·log 3 over √4: weights 1/4 and 3/4."""
    q, k = [[1, 0, 0, 0]], [[0, 5, 5, 5], [2 * math.log(3), 1, 1, 1]]
    trace = gv.run("attention(q, k, v)", q=q, k=k, v=[[4, 0], [0, 8]], upstream=[[1, 10]])
    assert trace.values[3].tolist() == [pytest.approx([1, 6])]
    assert trace.gradient("v").tolist() == [
        pytest.approx([1 / 4, 10 / 4]),
        pytest.approx([3 / 4, 30 / 4]),
    ]


def test_attention_on_batches_is_attention_on_each() -> None:
    rng = np.random.default_rng(1)
    q, k, v = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 5, 2))
    both = gv.run("attention(q, k, v)", q=q, k=k, v=v).values[3]
    for i in range(2):
        np.testing.assert_allclose(
            both[i], gv.run("attention(q, k, v)", q=q[i], k=k[i], v=v[i]).values[3]
        )


def test_attention_to_scores_of_a_thousand() -> None:
    trace = gv.run("sum(attention(q, k, v))", q=[[1000]], k=[[1], [-1]], v=[[1], [2]])
    assert trace.value("f") == 1 and np.isfinite(trace.gradient("k")).all()


def test_two_steps_of_a_recurrent_layer_by_hand() -> None:
    """h1 = tanh(1·0.5 + 0·2), h2 = tanh(−1·0.5 + h1·2); dwh = δ2 h1 + δ1 h0."""
    trace = gv.run("sum(rnn(x, h, wx, wh))", x=[[1], [-1]], h=[0.25], wx=[[0.5]], wh=[[2]])
    h1 = math.tanh(0.5 + 0.25 * 2)
    h2 = math.tanh(-0.5 + h1 * 2)
    second = 1 - h2**2
    first = second * 2 * (1 - h1**2)
    assert trace.value("f") == pytest.approx(h2)
    assert trace.gradient("wh").item() == pytest.approx(second * h1 + first * 0.25)
    assert trace.gradient("wx").item() == pytest.approx(second * -1 + first * 1)
    assert trace.gradient("h").item() == pytest.approx(first * 2)
    assert trace.gradient("x").tolist() == [
        [pytest.approx(first * 0.5)],
        [pytest.approx(second * 0.5)],
    ]


@pytest.mark.parametrize("states", [False, True])
def test_gradients_through_time_agree_with_differences(states: bool) -> None:
    rng = np.random.default_rng(5)
    values = {
        "x": rng.normal(size=(4, 2)),
        "h": rng.normal(size=3),
        "wx": rng.normal(size=(2, 3)),
        "wh": rng.normal(size=(3, 3)) / 2,
        "b": rng.normal(size=3),
    }
    check = gv.check(f"sum(rnn(x, h, wx, wh, b, states={states})**2)", values=values)
    assert check.ok and all(row.verdict == "agrees" for row in check.rows), str(check)


def test_all_states_end_in_the_last_one() -> None:
    values = {"x": [[1, 2], [3, 4], [5, 6]], "h": [0], "wx": [[0.1], [0.2]], "wh": [[0.3]]}
    states = gv.run("rnn(x, h, wx, wh, states=True)", values=values).values[4]
    last = gv.run("rnn(x, h, wx, wh)", values=values).values[4]
    assert states.shape == (3, 1) and states[-1].tolist() == last.tolist()


@pytest.mark.parametrize(
    ("text", "shapes", "expected"),
    [
        ("attention(q, k, v)", {"q": (2,), "k": (2, 3), "v": (2, 3)}, "q (…, L, d)"),
        ("attention(q, k, v)", {"q": (1, 2, 3), "k": (2, 3), "v": (2, 3)}, "the same leading axes"),
        (
            "attention(q, k, v)",
            {"q": (2, 3), "k": (2, 4), "v": (2, 3)},
            "queries and keys with as many features: 3",
        ),
        (
            "attention(q, k, v)",
            {"q": (2, 3), "k": (4, 3), "v": (2, 3)},
            "a value for each of the 4 keys",
        ),
        (
            "rnn(x, h, a, c)",
            {"x": (2,), "h": (2,), "a": (2, 2), "c": (2, 2)},
            "x of the shape (T, D)",
        ),
        (
            "rnn(x, h, a, c)",
            {"x": (0, 2), "h": (2,), "a": (2, 2), "c": (2, 2)},
            "with at least one step",
        ),
        (
            "rnn(x, h, a, c)",
            {"x": (1, 3), "h": (2,), "a": (2, 2), "c": (2, 2)},
            "wx of the shape (D, H), here (3, 2)",
        ),
        (
            "rnn(x, h, a, c)",
            {"x": (1, 3), "h": (2,), "a": (3, 2), "c": (3, 3)},
            "wh of the shape (H, H), here (2, 2)",
        ),
        (
            "rnn(x, h, a, c, b)",
            {"x": (1, 3), "h": (2,), "a": (3, 2), "c": (2, 2), "b": (3,)},
            "b of the shape (H,)",
        ),
    ],
)
def test_shapes_that_do_not_fit(text: str, shapes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run(text, values={name: np.ones(shape) for name, shape in shapes.items()})
    assert expected in caught.value.expected and caught.value.got.count("(") == len(shapes)
