"""What is stepped: the steps of a trace, and the windows of one of its nodes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.trace.walks import Walk, is_graph_walk, landing

# Nodes: 0 x, 1 y, 2 x*y, 3 sum; steps: 1 and 2 forward, 3 seed, 4: 3→2, 5: 2→x, 6: 2→y.
PRODUCT = gv.run("sum(x*y)", x=[1, 2], y=[3, 4])
# c is computed at step 1, its sum at 2; after the seed, 3, c gets its gradient at 4, and brings x
# its own at 5 and w at 6. Four windows, forward, back to x and back to w.
OUTSIDE = gv.run(
    "c = conv2d(x, w); sum(c)", x=[[[1, 2, 0], [0, 1, 1], [2, 0, 1]]], w=[[[[1, 0], [0, -1]]]]
)
WINDOWS = gv.cells(OUTSIDE, "c")
FORWARD_ONLY = gv.cells(gv.run("W @ x", W=[[1, 2], [3, 4]], x=[1, 2]), "f")


@pytest.mark.parametrize(
    "walk", [PRODUCT, WINDOWS, FORWARD_ONLY], ids=["graph", "cells", "forward"]
)
def test_a_walk_is_told_from_what_is_none(walk: Walk) -> None:
    assert isinstance(walk, Walk)
    assert not isinstance(walk.trace.graph, Walk) and not isinstance("x*y", Walk)
    assert walk.source == walk.trace.source == walk.trace.graph.source
    assert is_graph_walk(walk) == (walk is PRODUCT)
    assert walk.phase(0) == "start" and walk.trace_step(0) == 0


def test_a_trace_is_the_walk_over_its_graph() -> None:
    assert PRODUCT.kind == "graph" and PRODUCT.trace is PRODUCT and PRODUCT.forward_steps == 2
    passes = [PRODUCT.phase(k) for k in range(len(PRODUCT) + 1)]
    assert passes == ["start", "forward", "forward", "seed", *["backward"] * 3]
    assert [PRODUCT.trace_step(k) for k in range(7)] == [0, 1, 2, 3, 4, 5, 6]
    assert [landing(PRODUCT, k) for k in range(1, 7)] == [1, 2, 3, 4, 5, 6]


def test_windows_belong_to_the_steps_of_their_node() -> None:
    assert WINDOWS.kind == "cells" and len(WINDOWS) == 12 and WINDOWS.forward_steps == 4
    passes = [WINDOWS.phase(k) for k in range(13)]
    assert passes == ["start", *["forward"] * 4, *["backward"] * 8]
    held = [WINDOWS.trace_step(k) for k in range(13)]
    assert held == [0, 1, 1, 1, 1, 5, 5, 5, 5, 6, 6, 6, 6]


def test_we_land_on_the_step_that_holds_the_one_outside() -> None:
    """The first of those that do; elsewhere in the run, where the same pass begins."""
    assert [landing(WINDOWS, k) for k in range(7)] == [1, 1, 1, 5, 5, 5, 9]


def test_a_pass_that_the_walk_lacks_ends_at_its_last_step() -> None:
    # Only b brings a gradient back: nothing flows back through the product.
    trace = gv.run("q = W @ x; sum(q) * b", W=[[1, 2], [3, 4]], x=[1, 2], b=2, wrt="b")
    walk = gv.cells(trace, "q")
    assert not walk.has_backward and len(walk) == walk.forward_steps == 2
    assert landing(walk, len(trace)) == 2


@settings(deadline=None)
@given(st.integers(1, 12))
def test_landing_finds_each_step_of_the_trace_again(k: int) -> None:
    held = WINDOWS.trace_step(k)
    found = landing(WINDOWS, held)
    assert found <= k and WINDOWS.trace_step(found) == held
    assert found == 1 or WINDOWS.trace_step(found - 1) != held
