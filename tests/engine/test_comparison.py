"""Runs compared: the lectures' numbers, what a row holds, what runs are called."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.story import walks
from gradviz.trace.plots.comparison import Comparison

W = [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]]
B = [0.15, -0.1, -0.2]
X = [[0.1, 1.5, 0.07, 2.32], [0.3, 0.15, 1.5, 1.91], [1, 3, 0.37, 0.8]]
OTHER = [[0.05, 0.15, -0.1, 0.2], [-0.1, 0.2, 0.25, 0.05], [0.4, -0.15, 0.25, 0.15]]
SOURCE = "s = linear(x, W, b); hinge = multiclass_hinge(s, y); L = softmax_cross_entropy(s, y)"
CLASSES = "cat,car,plane"


def scored(weights: Any, source: str = SOURCE) -> gv.Trace:
    return gv.run(source, W=weights, b=B, x=X, y=[1, 0, 2])


def compared(*traces: gv.Trace, **named: Any) -> Comparison:
    found = gv.compare(*traces, **named).content
    assert isinstance(found, Comparison)
    return found


def row(found: Comparison, name: str, label: str = "", kind: str = "value") -> tuple[Any, ...]:
    (numbers,) = [r.numbers for r in found.rows if r[:3] == (name, label, kind)]
    return numbers


def test_which_weights_are_better() -> None:
    """The lecture has 1.215 and .8624 for its W; the losses of the other by NumPy."""
    found = compared(scored(W), scored(OTHER), classes=CLASSES)
    s = np.array(X) @ np.array(OTHER).T + B
    own = s[[0, 1, 2], [1, 0, 2]][:, None]
    hinge = np.mean(np.sum(np.maximum(0, s - own + 1), axis=1) - 1)
    entropy = np.mean(np.log(np.sum(np.exp(s), axis=1)) - own[:, 0])
    assert row(found, "hinge") == pytest.approx((1.215, hinge), abs=5e-4)
    assert row(found, "L", kind="result") == pytest.approx((0.8624, entropy), abs=5e-5)
    assert row(found, "s[2]", "plane") == pytest.approx((0.707, s[2, 2]))
    assert [side.name for side in found.sides] == ["W₁", "W₂"]
    assert found.sides[0].right == (3, 3) and found.measured and found.is_loss
    assert found.differing == ("W",)
    told = walks.data(gv.compare(scored(W), scored(OTHER)))
    assert "W₁ fits better: its loss is 0.8624" in json.dumps(told, ensure_ascii=False)


def test_svm_against_softmax() -> None:
    """1.58 and 1.0402, CS 7643; the gradients are 1, −1 of the margins, and p − y."""
    s = [-2.85, 0.86, 0.28]
    found = compared(
        gv.run("multiclass_hinge(s, 2)", s=s), gv.run("softmax_cross_entropy(s, 2)", s=s)
    )
    assert row(found, "loss", kind="result") == pytest.approx((1.58, 1.0402), abs=5e-5)
    p = np.exp(s) / np.sum(np.exp(s))
    for k, hinge in enumerate((0, 1, -1)):
        assert row(found, "s", f"[{k}]", "gradient") == pytest.approx((hinge, p[k] - (k == 2)))
    assert [side.name for side in found.sides] == ["multiclass hinge", "softmax cross entropy"]
    assert not found.measured


def test_networks_share_what_has_one_shape() -> None:
    small, large = (gv.run(f"net:mlp:2-{n}-1,seed=1", x=[0.5, -1]) for n in (3, 5))
    found = compared(small, large)
    assert {r.name for r in found.rows if r.kind == "gradient"} >= {"x"}
    assert not any(r.name.startswith("W1") for r in found.rows)
    for k in range(2):
        wanted = tuple(run.gradient("x")[k] for run in (small, large))
        assert row(found, "x", f"[{k}]", "gradient") == pytest.approx(wanted)


def test_inputs_that_differ_are_shown_and_equal_ones_are_not() -> None:
    found = compared(gv.run("x*y", x=2, y=3), gv.run("x*y", x=5, y=3))
    assert row(found, "x") == (2, 5)
    assert row(found, "x", kind="gradient") == (3, 3)
    assert row(found, "y", kind="gradient") == (2, 5)
    assert not [r for r in found.rows if r[:3] == ("y", "", "value")]
    assert row(found, "result", kind="result") == (6, 15) and not found.is_loss


def test_large_arrays_are_compared_as_a_whole() -> None:
    """x is 1 … 20, and 2 … 21 with a 9 in the place of 4; the gradients are 2x."""
    first, second = np.arange(1.0, 21), np.arange(2.0, 22)
    second[2] = 9.0
    found = compared(*(gv.run("sum(x*x)", x=x) for x in (first, second)))
    assert [r.kind for r in found.rows] == ["result"] and found.left_out == 40
    value, gradient = found.large
    assert (value.name, value.kind, gradient.kind) == ("x", "value", "gradient")
    (apart,) = value.differences
    assert apart is not None and (apart.count, apart.largest, apart.place) == (20, 6, (2,))
    assert value.norms == pytest.approx((np.linalg.norm(first), np.linalg.norm(second)))
    (apart,) = gradient.differences
    assert apart is not None and np.array_equal(apart.array, 2 * (second - first))
    told = walks.data(gv.compare(*(gv.run("sum(x*x)", x=x) for x in (first, second))))
    assert told["large"][0]["differences"][0]["largest"] == 6 and told["note"] == ""


def test_arrays_of_other_shapes_have_their_norms() -> None:
    small, large = (gv.run(f"net:mlp:2-{n}-1,seed=1", x=[0.5, -1]) for n in (3, 5))
    found = {(large.name, large.kind): large for large in compared(small, large).large}
    weights = found["W1", "value"]
    assert weights.norms == pytest.approx([np.linalg.norm(r.value("W1")) for r in (small, large)])
    (apart,) = weights.differences
    assert apart is not None and apart.shapes == ((3, 2), (5, 2)) and apart.count is None


def test_scores_without_a_common_name() -> None:
    """Softmax of (0, 1) and (0, 0) less the label."""
    found = compared(
        gv.run("softmax_cross_entropy(x*1, 1)", x=[0, 1]),
        gv.run("softmax_cross_entropy(x*0, 1)", x=[0, 1]),
        classes="a,b",
    )
    assert row(found, "scores", "b") == (1, 0)
    p = np.e / (1 + np.e)
    assert row(found, "scores", "b", "gradient") == pytest.approx((p - 1, -0.5))
    assert [side.right for side in found.sides] == [(1, 1), (0, 1)]


def test_what_is_no_number_is_not_lower() -> None:
    told = json.dumps(walks.data(gv.compare(gv.run("log(x)", x=-1), gv.run("log(x)", x=2))))
    assert "gives NaN: no number to compare" in told and "lower" not in told


@pytest.mark.parametrize("backend", ["numpy", "exact"])
def test_every_backend(backend: Any) -> None:
    found = compared(*(gv.run("x**2/3", x=x, backend=backend) for x in ("1/2", 4))
                     if backend == "exact" else
                     (gv.run("x**2/3", x=x) for x in (0.5, 4)))  # fmt: skip
    assert row(found, "result", kind="result") == pytest.approx((1 / 12, 16 / 3))


def test_names_of_ones_own() -> None:
    runs = [gv.run("x**2", x=x) for x in (1, 2)]
    assert [s.name for s in compared(*runs, names="before,after").sides] == ["before", "after"]
    assert [s.name for s in compared(*runs, names=["a", "b"]).sides] == ["a", "b"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda run: gv.compare(run, None), "only runs"),
        (lambda run: gv.compare(*[run] * 5), "called wrongly"),
        (lambda run: gv.compare(run, "x"), "only runs"),
        (lambda run: gv.compare(run, run, names="a"), "a name each"),
        (lambda run: gv.compare(run, run, names="a,a"), "a name each"),
        (lambda run: gv.compare(run, run, classes="a,a"), "two classes"),
        (lambda run: gv.compare(run, run, classes="a,,b"), "cannot be called"),
        (lambda run: gv.compare(run, run, classes="a,b,c"), "nothing here has 3 numbers"),
        (lambda run: gv.compare(run, run, view="grph"), "no view 'grph'"),
        (lambda run: gv.compare(run, run, run, view="graph"), "3 runs do not fit"),
        (lambda run: gv.compare(run, gv.run("y*2", y=1), view="graph"), "nothing in common"),
        (lambda run: gv.compare(run, 3, view="graph"), "only runs"),
    ],
)
def test_bad_input_is_one_clear_message(make: Any, said: str) -> None:
    with pytest.raises(GradvizError) as caught:
        make(gv.run("x**2", x=1))
    assert said in str(caught.value)
