"""linear, maxout, embedding, dropout, and the normalising layers: hand numbers, masks, bad
input.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.errors import GradvizError, ShapeError, ValueInputError
from gradviz.ops import get
from gradviz.story.frame import Story


def value(text: str, **values: Any) -> Any:
    trace = gv.run(text, values=values)
    return trace.value(trace.graph.output)


# linear


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([0.1, 1.5, 0.07, 2.32], [0.631, 0.969, 0.71]),
        ([0.3, 0.15, 1.5, 1.91], [0.73, 0.598, 0.161]),
        ([1, 3, 0.37, 0.8], [0.04, 0.317, 0.707]),
    ],
)
def test_the_scores_of_the_lecture(x: list[float], y: list[float]) -> None:
    W = [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]]
    found = value("linear(x, W, b)", x=x, W=W, b=[0.15, -0.1, -0.2])
    assert found.tolist() == pytest.approx(y, abs=1e-3)
    np.testing.assert_allclose(
        value("linear(x, W, b)", x=[x, x], W=W, b=[0.15, -0.1, -0.2]), [found, found]
    )


def test_linear_gradients_by_hand() -> None:
    trace = gv.run(
        "sum(linear(x, w, b) * [[1, 10], [100, 1000]])",
        x=[[1, 2], [3, 4]],
        w=[[5, 6], [7, 8]],
        b=[0, 0],
    )
    assert trace.gradient("x").tolist() == [[75, 86], [7500, 8600]]
    assert trace.gradient("w").tolist() == [[301, 402], [3010, 4020]]
    assert trace.gradient("b").tolist() == [101, 1010]


def test_linear_says_which_cells_meet_and_what_they_cost() -> None:
    op = get("linear")
    x, w, b = [[1, 2, 3], [4, 5, 6]], [[1, 0, -1], [2, 1, 0]], [10, 20]
    y = value("linear(x, w, b)", x=x, w=w, b=b)
    for place in np.ndindex(2, 2):
        met_x, met_w, (at_b,) = op.cells(place, (2, 3), (2, 3), (2,))  # type: ignore[misc]
        total = sum(np.asarray(x)[i] * np.asarray(w)[j] for i, j in zip(met_x, met_w, strict=True))
        assert total + np.asarray(b)[at_b] == y[place]
    assert op.work((2, 2), (2, 3), (2, 3), (2,)) == 12  # type: ignore[misc]
    assert op.work((64, 1000), (64, 4096), (1000, 4096)) == 64 * 1000 * 4096  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "expected", "hint"),
    [
        (
            {"x": [1, 2], "w": [[1], [2]]},
            "1 features on the last axis of x, as w is (out, in)",
            "transpose",
        ),
        ({"x": [1, 2, 3], "w": [[1, 2], [3, 4]]}, "2 features on the last axis", ""),
        ({"x": 1, "w": [[1]]}, "x of one axis or more", ""),
        ({"x": [1, 2], "w": [1, 2]}, "w of the shape (out, in)", ""),
        ({"x": [1, 2], "w": [[1, 2]], "b": [1, 2]}, "b of the shape (1,)", ""),
    ],
)
def test_linear_misfits(values: dict[str, Any], expected: str, hint: str) -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run(f"linear({', '.join(values)})", values=values)
    assert (
        "linear" in str(caught.value)
        and expected in caught.value.expected
        and hint in caught.value.hint
    )


# maxout, embedding


def test_maxout_by_hand() -> None:
    trace = gv.run("sum(maxout(x, 2) * [1, 10])", x=[3, 1, 2, 2])
    assert trace.value("a").tolist() == [3, 2]
    assert trace.gradient("x").tolist() == [1, 0, 10, 0], "the first of two equal features wins"


def test_embedding_by_hand() -> None:
    trace = gv.run(
        "sum(embedding(t, ids) * [[1, 2], [10, 20], [100, 200]])",
        t=[[1, 2], [3, 4], [5, 6]],
        ids=[2, 0, 2],
    )
    assert trace.value("a").tolist() == [[5, 6], [1, 2], [5, 6]]
    assert trace.gradient("t").tolist() == [[10, 20], [0, 0], [101, 202]]
    assert value("embedding(t, 1)", t=[[1, 2], [3, 4]]).tolist() == [3, 4]


@pytest.mark.parametrize(
    ("text", "error", "parts"),
    [
        ("maxout(x, 3)", ShapeError, ["groups of 3", "(4,)"]),
        ("maxout(x, 0)", ValueInputError, ["maxout takes a whole number of pieces"]),
        ("maxout(x, 1.5)", ValueInputError, ["maxout takes a whole number of pieces"]),
        ("embedding(x, 0)", ShapeError, ["a table of the shape (entries, features)"]),
        (
            "embedding([[1], [2]], [0, 2])",
            ValueInputError,
            ["there is no id 2", "0 to 1", "2 rows in the table"],
        ),
        ("embedding([[1], [2]], [0.5])", ValueInputError, ["whole numbers as ids", "0.5"]),
        ("embedding([[1], [2]], [-1])", ValueInputError, ["there is no id -1"]),
    ],
)
def test_what_maxout_and_embedding_refuse(
    text: str, error: type[Exception], parts: list[str]
) -> None:
    with pytest.raises(error) as caught:
        gv.run(text, values={"x": [1, 2, 3, 4]} if "x" in text.replace("maxout", "") else {})
    assert all(part in str(caught.value) for part in parts)


# dropout


def test_dropout_drops_and_scales() -> None:
    x = np.arange(1.0, 1001)
    y = value("dropout(x, p=0.25, seed=1)", x=x)
    kept = y != 0
    np.testing.assert_allclose(y[kept], x[kept] / 0.75)
    assert 700 < kept.sum() < 800
    trace = gv.run("sum(dropout(x, p=0.25, seed=1))", x=x)
    np.testing.assert_allclose(trace.gradient("x"), np.where(kept, 1 / 0.75, 0))


def test_the_mask_comes_from_numpys_generator_and_the_seed_alone() -> None:
    """PCG64, as NumPy documents it, whose stream is the same on every machine."""
    drawn = np.random.Generator(np.random.PCG64(7)).random((2, 4)) >= 0.5
    x = np.ones((2, 4))
    for settings in ({}, {"dtype": "float32"}, {"backend": "exact"}):
        trace = gv.run("dropout(x, seed=7)", x=x, **settings)
        assert (np.asarray(trace.values[1]).astype(float) == 2 * drawn).all()
    assert value("dropout(x, seed=8)", x=x).tolist() != value("dropout(x, seed=7)", x=x).tolist()


def test_dropout_at_its_ends_and_outside_training() -> None:
    x = [1.0, -2.0, 3.0]
    assert value("dropout(x, p=0)", x=x).tolist() == x
    assert value("dropout(x, p=1)", x=x).tolist() == [0, 0, 0]
    assert value("dropout(x, training=False)", x=x).tolist() == x
    assert gv.run("sum(dropout(x, training=False))", x=x).gradient("x").tolist() == [1, 1, 1]
    assert np.isfinite(gv.run("sum(dropout(x, p=1))", x=x).gradient("x")).all()


def test_dropout_says_how_many_were_dropped() -> None:
    trace = gv.run("sum(dropout(x, seed=7))", x=np.ones((2, 4)))
    dropped = int((trace.value("a") == 0).sum())
    sentences = [f.sentence for f in Story(trace)]
    assert (
        sentences[0] == f"Dropped elements: {dropped} of 8; the others are scaled by 1/(1 − 0.5)."
    )
    assert (
        sentences[-1]
        == f"No gradient reaches what was dropped, {dropped} of 8; the others pass it scaled."
    )


@pytest.mark.parametrize(
    "option", ["p=1.5", "p=-0.1", "seed=-1", "seed=0.5", "training=2", "p='half'"]
)
def test_options_that_dropout_refuses(option: str) -> None:
    with pytest.raises(GradvizError) as caught:
        gv.run(f"dropout(x, {option})", x=[1, 2])
    assert "dropout" in str(caught.value)


# normalising


def test_batchnorm_by_hand() -> None:
    """A channel 1, 3: mean 2, variance 1; eps 0 for round numbers."""
    y = value("batchnorm(x, g, b, eps=0)", x=[[1, 0], [3, 4]], g=[10, 1], b=[5, 0])
    assert y.tolist() == [[-5, -1], [15, 1]]
    image = value("batchnorm(x, eps=0)", x=[[[[1, 3]], [[0, 4]]]])
    assert image.tolist() == [[[[-1, 1]], [[-1, 1]]]]


def test_batchnorm_in_inference_uses_what_it_is_given() -> None:
    y = value(
        "batchnorm(x, g, b, m, v, eps=0)", x=[[1, 8]], g=[10, 1], b=[5, 0], m=[0, 2], v=[4, 9]
    )
    assert y.tolist() == [[10, 2]]


def test_gradients_of_batchnorm_know_no_shift_and_no_stretch() -> None:
    """Whatever only moves or stretches a channel changes nothing: its part of dx is 0."""
    rng = np.random.default_rng(3)
    x, u = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    dx = gv.run("batchnorm(x, eps=0)", x=x, upstream=u).gradient("x")
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((dx * x).sum(axis=0), 0, atol=1e-12)


def test_layernorm_by_hand() -> None:
    assert value("layernorm(x, g, b, eps=0)", x=[[1, 3], [0, 4]], g=[10, 1], b=[5, 0]).tolist() == [
        [-5, 1],
        [-5, 1],
    ]
    both = value("layernorm(x, g, eps=0)", x=[[1, 1], [3, 3]], g=[[1, 2], [3, 4]])
    assert both.tolist() == [[-1, -2], [3, 4]], "over both axes of g"


def test_local_response_norm_by_hand() -> None:
    """PyTorch: x/(k + alpha · (sum of squares in the window)/size)^beta; 2 channels before, 2 after
    at size 5.
    """
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape(6, 1, 1)
    y = value("local_response_norm(x, 5, alpha=0.5, beta=0.75, k=2)", x=x)
    squares = [
        1 + 4 + 9,
        1 + 4 + 9 + 16,
        1 + 4 + 9 + 16 + 25,
        4 + 9 + 16 + 25 + 36,
        9 + 16 + 25 + 36,
        16 + 25 + 36,
    ]
    expected = [v / (2 + 0.5 * s / 5) ** 0.75 for v, s in zip(x.ravel(), squares, strict=True)]
    assert y.ravel().tolist() == pytest.approx(expected)
    even = value("local_response_norm(x, 2, alpha=1, beta=1, k=0)", x=x).ravel()
    assert even[1] == pytest.approx(2 / ((1 + 4) / 2)), (
        "an even window reaches one further back than ahead"
    )


def test_eps_is_exact_on_the_exact_backend() -> None:
    y = gv.run("batchnorm(x, eps=0.25)", x=[[0], [2]], backend="exact").values[1]
    assert str(y[1, 0]) == "2*sqrt(5)/5", "1/√(1 + 1/4)"


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("batchnorm(x)", {"x": [1, 2]}, "x of the shape (N, C) or (N, C, H, W)"),
        ("batchnorm(x)", {"x": [[1, 2]]}, "more than one value per channel"),
        ("batchnorm(x, g)", {"x": [[1, 2], [3, 4]], "g": [1]}, "g of the shape (2,)"),
        ("batchnorm(x, g, g, g)", {"x": [[1], [3]], "g": [1]}, "mean and var, or neither"),
        ("layernorm(x)", {"x": 1}, "x of one axis or more"),
        (
            "layernorm(x, g)",
            {"x": [[1, 2]], "g": [1]},
            "g of the shape of the last axis or axes of x",
        ),
        ("layernorm(x, [1, 1], g)", {"x": [[1, 2]], "g": [1]}, "g and b of the same shape"),
        ("local_response_norm(x, 5)", {"x": [[1, 2]]}, "x of the shape (C, H, W) or (N, C, H, W)"),
    ],
)
def test_shapes_that_cannot_be_normalised(text: str, values: dict[str, Any], expected: str) -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run(text, values=values)
    assert expected in caught.value.expected and caught.value.got


@pytest.mark.parametrize(
    "text",
    [
        "batchnorm(x, eps=-1)",
        "layernorm(x, eps='tiny')",
        "local_response_norm(x, 0)",
        "local_response_norm(x, 2.5)",
        "local_response_norm(x, 2, k='one')",
    ],
)
def test_options_that_cannot_normalise(text: str) -> None:
    with pytest.raises(GradvizError) as caught:
        gv.run(text, x=np.ones((2, 2, 2)))
    assert text.split("(")[0] in str(caught.value)


@pytest.mark.parametrize(
    "text", ["batchnorm(x)", "layernorm(x)", "linear(x, [[1, 1]])", "maxout(x, 2)"]
)
def test_nan_goes_on(text: str) -> None:
    assert np.isnan(value(text, x=[[math.nan, 1], [2, 3]])).any()


def test_labels_and_ids_of_any_integer_type_are_taken() -> None:
    xp = for_backend()
    for dtype in ("int8", "uint16", "int64", "bool", "float32"):
        assert xp.whole(np.array([0, 1], dtype)).tolist() == [0, 1]
