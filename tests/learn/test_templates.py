"""Rows of weights as pictures: whatever the orientation of the matrix, as NumPy reshapes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ShapeError, UnknownNameError, ValueInputError
from gradviz.trace.plots.templates import Templates

W = np.random.default_rng(5).normal(size=(3, 16))


def templates(source: Any, **named: Any) -> Templates:
    found = gv.plot(source, templates=named.pop("templates", True), **named).content
    assert isinstance(found, Templates)
    return found


@pytest.mark.parametrize(
    ("source", "weights"),
    [
        ("W @ x", W),
        ("x @ transpose(W) + b", W),
        ("linear(x, W, b)", W),
        ("x @ W", W.T),
        ("softmax(relu(flatten(x) @ W + b))", W.T),
        ("append(x) @ transpose(W)", np.column_stack([W, [1, 2, 3]])),
    ],
)
def test_each_row_is_a_picture(source: str, weights: Any) -> None:
    x = np.arange(16.0)
    given = {"W": weights, "x": x} | (
        {"b": np.zeros(3)} if "b" in gv.parse(source).input_names else {}
    )
    found = templates(source, **given)
    assert (found.weights, found.input, found.size) == ("W", "x", (4, 4))
    np.testing.assert_array_equal(found.images, W.reshape(3, 4, 4))
    assert found.names == ("1", "2", "3") and found.scored is None


def test_a_run_gives_names_and_what_is_right() -> None:
    """Weights, classes and held-out samples as the run itself says them."""
    run = gv.learn("net:mlp:64-10", data="digits,count=300", passes=60, lr=0.1, seed=2)
    for k in (None, 1):
        found = templates(run, at_pass=k)
        np.testing.assert_array_equal(
            np.reshape(found.images, (10, 64)), run.weights(k)[found.weights]
        )
        assert found.names == tuple("0123456789") and found.size == (8, 8)
        right, count, held_out = found.scored or (0, 0, False)
        assert held_out and count == 500
        assert right == round(500 * run.scores(k)["test"].accuracy)


def test_a_declared_image_need_not_be_square() -> None:
    found = templates("net:fc-softmax,image=1x2x6,classes=3,seed=1")
    assert found.size == (2, 6) and len(found.images) == 3


@pytest.mark.parametrize(
    ("source", "named", "error", "told"),
    [
        ("net:alexnet", {}, ShapeError, "of several channels"),
        ("x*y", {"x": 1, "y": 2}, ValueInputError, "no weight matrix"),
        ("W @ x", {"W": np.ones((3, 15)), "x": np.ones(15)}, ShapeError, "64 for 8×8"),
        ("W @ x", {"W": W, "x": np.ones(16), "templates": "V"}, UnknownNameError, "W"),
        ("net:mlp:64-10-10", {"templates": "W2"}, ValueInputError, "weighs no input"),
        ("net:mlp:64-41", {}, ValueInputError, "at most 40"),
        ("net:fc-softmax,image=3x4x4,classes=3", {}, ShapeError, "one channel"),
        ("net:mlp:64-10", {"at_pass": 2}, ValueInputError, "a saved run"),
    ],
)
def test_what_has_no_templates(
    source: str, named: dict[str, Any], error: type[GradvizError], told: str
) -> None:
    with pytest.raises(error) as caught:
        templates(source, **named)
    assert told in str(caught.value)


def test_kernels_of_one_channel_are_pictures_too() -> None:
    kernels = np.arange(18.0).reshape(2, 1, 3, 3)
    found = templates("conv2d(x, K)", K=kernels, x=np.zeros((1, 5, 5)))
    assert (found.weights, found.input, found.size) == ("K", "x", (3, 3)) and found.kernels
    np.testing.assert_array_equal(found.images, kernels[:, 0])
    assert not templates("W @ x", W=W, x=np.zeros(16)).kernels
