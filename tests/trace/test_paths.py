"""Paths: their number, their products, and that the products of all of them are the gradient."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.graph.graph import labels
from gradviz.trace import Trace
from gradviz.trace.paths import MOST, paths
from tests.strategies import RATIONAL, SCALARS, SMOOTH, Sample, runs


def named(trace: Trace, text: str) -> list[str]:
    names = labels(trace.graph)
    return ["".join(names.get(n, "#") for n in way.nodes) for way in paths(trace, text).ways]


MARK = gv.run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1)


@pytest.mark.parametrize(
    ("text", "ways", "products", "is_all"),
    [
        # f = (xy + z) · max(y, z) at x = 1.5, y = 2, z = −1: a = 3, b = 2, c = 2.
        ("x..f", ["xabf"], [2 * 1 * 2], True),
        ("y..f", ["yabf", "ycf"], [1.5 * 1 * 2, 1 * 2], True),
        ("y..a..f", ["yabf"], [3], False),
        ("z..f", ["zbf", "zcf"], [2, 0], True),
        ("y..b", ["yab"], [1.5], True),
        (" y .. c ", ["yc"], [1], True),
        ("a..f", ["abf"], [2], True),
    ],
)
def test_paths_of_the_lecture(
    text: str, ways: list[str], products: list[float], is_all: bool
) -> None:
    found = paths(MARK, text)
    assert named(MARK, text) == ways and found.count == len(ways) and found.is_all == is_all
    assert [float(way.product) for way in found.ways] == products
    assert float(found.total) == sum(products)


@given(st.integers(1, 40))
def test_paths_are_counted_and_never_listed_one_by_one(doublings: int) -> None:
    """x·x, n times, has 2ⁿ paths; their products add up to d(x^(2ⁿ))/dx = 2ⁿ at x = 1."""
    text = "; ".join(["a0 = x*x", *(f"a{k} = a{k - 1}*a{k - 1}" for k in range(1, doublings))])
    trace = gv.run(text, x=1.0)
    found = paths(trace, f"x..a{doublings - 1}")
    assert found.count == 2**doublings and float(found.total) == 2.0**doublings
    assert len(found.ways) == (2**doublings if 2**doublings <= MOST else 0)


@given(runs(shapes=SCALARS, ops=SMOOTH))
@settings(max_examples=60, deadline=None)
def test_all_paths_together_bring_the_gradient(example: Sample) -> None:
    """The sum over paths of the products of local gradients is the derivative (chain rule)."""
    trace = example.run()
    output = labels(trace.graph).get(trace.graph.output, "no name")
    for node in trace.graph.inputs:
        if node.id == trace.graph.output or not trace.uses(node.id):
            continue
        found = paths(trace, f"{node.name}..{output}")
        assert found.is_all
        if found.ways and all(way.product is not None for way in found.ways):
            together = sum(float(way.product) for way in found.ways)
            np.testing.assert_allclose(together, float(found.total), rtol=1e-9, atol=1e-12)
        if found.total is not None:
            wanted = float(trace.gradients[node.id]) / float(trace.seed)
            np.testing.assert_allclose(float(found.total), wanted, rtol=1e-9, atol=1e-12)


@given(runs(shapes=SCALARS, ops=RATIONAL))
@settings(max_examples=30, deadline=None)
def test_exact_paths_bring_the_exact_gradient(example: Sample) -> None:
    trace = example.run(backend="exact")
    output = labels(trace.graph).get(trace.graph.output, "no name")
    for node in trace.graph.inputs:
        if node.id == trace.graph.output or not trace.uses(node.id):
            continue
        found = paths(trace, f"{node.name}..{output}")
        if found.total is not None:
            assert found.total == trace.gradients[node.id] / trace.seed


def test_arrays_of_one_shape_multiply_by_elements() -> None:
    trace = gv.run("relu(x)*w + b", x=[1, -2, 3], w=[2, 3, 4], b=[0, 0, 0], upstream=[1, 1, 1])
    (way,) = paths(trace, "x..f").ways
    assert way.factors is not None
    assert np.array_equal(way.product, [2, 0, 4])


@pytest.mark.parametrize(
    ("source", "values", "path"),
    [
        ("q = W @ x; sum(q**2)", {"W": [[1, 2], [3, 4]], "x": [1, 2]}, "W..f"),
        ("sum(x*2)", {"x": [1, 2]}, "x..f"),
        ("sum(x + b)", {"x": [1, 2], "b": 3}, "b..f"),
    ],
)
def test_what_has_no_local_gradient_of_one_shape_has_no_product(
    source: str, values: dict[str, Any], path: str
) -> None:
    found = paths(gv.run(source, values=values), path)
    assert found.count == 1 and found.total is None and found.ways[0].product is None
    assert found.edges == set(found.ways[0].edges)


def test_exact_products_are_exact() -> None:
    trace = gv.run("x**2*y", x="1/3", y="2/7", backend="exact")
    assert str(paths(trace, "x..f").total) == str(Fraction(2, 3) * Fraction(2, 7))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "a path is given by its ends"),
        ("", "a path is given by its ends"),
        ("..", "a path is given by its ends"),
        ("x..", "a path is given by its ends"),
        ("x....f", "a path is given by its ends"),
        ("x..q", "there is no node 'q'"),
        ("q..f", "there is no node 'q'"),
        ("f..x", "no gradient goes along a path from f to x"),
        ("x..x", "no gradient goes along a path from x to x"),
        ("x..c", "no gradient goes along a path from x to c"),
        ("x..y..f", "no gradient goes along a path from x to y"),
        ("x" * 10_000 + "..f", "there is no node"),
        (None, "a path is given by its ends"),
        (3, "a path is given by its ends"),
    ],
)
def test_a_path_that_is_none(text: Any, said: str) -> None:
    with pytest.raises(GradvizError, match=said) as refused:
        paths(MARK, text)
    assert len(str(refused.value)) < 800


def test_the_other_way_round_is_suggested() -> None:
    with pytest.raises(GradvizError) as refused:
        paths(MARK, "f..x")
    assert refused.value.hint == "x..f"


def test_a_forward_pass_only_has_no_paths() -> None:
    with pytest.raises(GradvizError, match="forward pass only"):
        paths(gv.run("x*y", x=[1, 2], y=3), "x..f")


def test_labels_and_conditions_are_on_no_path() -> None:
    trace = gv.run("where(c, x, y)", c=1, x=2, y=3)
    with pytest.raises(GradvizError, match="no gradient goes along"):
        paths(trace, "c..f")
