"""Two runs side by side: sequences aligned beside a search of all ways, arrays beside NumPy."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.graph.union import union
from gradviz.trace.compared import difference, length
from gradviz.trace.pair import aligned, joined
from tests.pair_samples import OWN

SEQUENCES = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6).map("".join)


def in_both(first: str, second: str) -> int:
    """The length of the longest sequence that both contain, by trying all."""
    return max(
        size
        for size in range(len(first) + 1)
        if {*combinations(first, size)} & {*combinations(second, size)}
    )


@given(SEQUENCES, SEQUENCES)
def test_as_much_as_possible_comes_at_once(first: str, second: str) -> None:
    found = [(0, 0), *aligned(first, second)]
    assert found[-1] == (len(first), len(second))
    together = 0
    for (i, j), (a, b) in pairwise(found):
        assert (a - i, b - j) in ((1, 1), (1, 0), (0, 1))
        if (a - i, b - j) == (1, 1):
            assert first[i] == second[j]
            together += 1
    assert together == in_both(first, second)


@pytest.mark.parametrize("name", OWN)
def test_every_step_of_both_runs_comes_once(name: str) -> None:
    walk = OWN[name]()
    for side, run in enumerate(walk.runs):
        steps = [found.number for k in range(1, len(walk) + 1) if (found := walk.steps(k)[side])]
        assert steps == list(range(1, len(run) + 1))
    phases = [walk.phase(k) == "forward" for k in range(1, len(walk))]
    assert phases == [True] * walk.forward_steps + [False] * (len(phases) - walk.forward_steps)
    assert [walk.trace_step(k) for k in range(len(walk) + 1)] == sorted(
        walk.trace_step(k) for k in range(len(walk) + 1)
    )


def test_equal_graphs_go_step_by_step() -> None:
    runs = gv.run("x*y + x", x=1, y=2), gv.run("x*y + x", x=3, y=4)
    made = union(runs[0].graph, runs[1].graph)
    assert joined(runs, made) == tuple((k, k) for k in range(len(runs[0]) + 1))


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12), st.integers(0, 11))
def test_differences(values: list[float], at: int) -> None:
    a = np.array(values)
    b = a.copy()
    b[at % len(a)] += 7.5
    found = difference(a, b)
    assert found is not None
    assert (found.count, found.place) == (1, (at % len(a),))
    assert found.largest == pytest.approx(7.5) and np.allclose(found.array, b - a)
    assert found.norms == pytest.approx((np.linalg.norm(a), np.linalg.norm(b)))


def test_rounding_is_no_difference_and_small_numbers_are() -> None:
    x = np.array([0.1, 1e-9, 3.0])
    assert difference(x * 3, x + x + x).is_none  # type: ignore[union-attr]
    assert difference(x, x + np.array([0, 1e-12, 0])).count == 1  # type: ignore[union-attr]
    one = np.float32(0.1)
    assert difference(one * np.float32(3), one + one + one).is_none  # type: ignore[union-attr]
    assert not difference(1.0, 1 + 1e-10).is_none  # type: ignore[union-attr]


def test_what_is_no_number() -> None:
    nan, inf = math.nan, math.inf
    assert difference([nan, 1.0], [nan, 1.0]).is_none  # type: ignore[union-attr]
    assert difference([inf, 1.0], [inf, 1.0]).is_none  # type: ignore[union-attr]
    found = difference([nan, 1.0], [2.0, 1.5])
    assert found is not None
    assert (found.count, found.largest, found.place) == (2, 0.5, (1,))
    alone = difference([nan], [2.0])
    assert alone is not None and alone.count == 1 and math.isnan(alone.largest or 0)
    assert difference("x", "y") is None
    assert length(np.array([3e200, 4e200])) == pytest.approx(5e200)
    shapes = difference([1.0, 2.0], [1.0])
    assert shapes is not None and shapes.count is None and shapes.shapes == ((2,), (1,))
