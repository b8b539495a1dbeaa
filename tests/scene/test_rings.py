"""Which value was the local gradient."""

from __future__ import annotations

import pytest

from gradviz.engine.run import run
from gradviz.scene.views.graph.rings import local_value
from gradviz.story.frame import Story


def ringed(source: str, of: str, **values) -> str:
    """The label of the node that is ringed when `of` first receives a contribution."""
    trace = run(source, **values)
    story = Story(trace)
    step, *_ = trace.contributions(of)
    node = local_value(story.rules, step)
    return "" if node is None else story.labels[node]


@pytest.mark.parametrize(
    ("source", "of", "expected"),
    [
        ("x*y", "x", "y"),  # d(xy)/dx = y
        ("x*y", "y", "x"),
        ("x+y", "x", ""),  # 1
        ("exp(x)*y", "x", "a"),  # exp is its own slope: a is exp(x)
        ("x/y", "x", ""),  # 1/y is no value of the graph
        ("sigmoid(x)*y", "x", ""),
        ("maximum(x, y)", "x", ""),
    ],
)
def test_scalars(source, of, expected):
    assert ringed(source, of, x=2, y=3) == expected


def test_a_square_rings_its_own_input():
    assert ringed("x*x", "x", x=2) == "x"


def test_arrays():
    W, x = [[1, 2], [3, 4]], [5, 6]
    assert ringed("sum(W @ x)", "W", W=W, x=x) == "x"  # dW = u xᵀ
    assert ringed("sum(W @ x)", "x", W=W, x=x) == "W"  # dx = Wᵀ u
    assert ringed("sum(W * x)", "x", W=W, x=x) == "W"
    assert ringed("sum(x)", "x", x=x) == ""
