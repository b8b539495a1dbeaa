"""Two walks that keep step."""

from __future__ import annotations

import pytest

import gradviz as gv
from gradviz.trace.panels import PanelWalk
from gradviz.trace.walks import Walk
from tests.panel_samples import CIRCUIT, EVERY, POINT

NAMES = [pytest.param(n, marks=[pytest.mark.proof] if n == "exact" else []) for n in EVERY]


@pytest.mark.parametrize("name", NAMES)
def test_every_step_goes_on_and_every_step_of_each_walk_comes_once(name: str) -> None:
    walk = EVERY[name]()
    assert isinstance(walk, Walk) and walk.kind == "panels"
    for before, after in zip(walk.held, walk.held[1:], strict=False):
        moved = [b - a for a, b in zip(before, after, strict=True)]
        assert set(moved) <= {0, 1} and any(moved)
    ends = [len(own) for own in walk.walks]
    if walk.passes:
        ends[0] = walk.walks[0].forward_steps
    assert list(walk.held[-1]) == ends
    assert [walk.trace_step(k) for k in range(len(walk) + 1)] == sorted(
        walk.trace_step(k) for k in range(len(walk) + 1)
    )


@pytest.mark.parametrize("name", NAMES)
def test_forward_stands_beside_forward_and_backward_beside_backward(name: str) -> None:
    """A walk that goes on is in the pass of the step."""
    walk = EVERY[name]()
    if walk.passes:
        return
    directions = {"seed": "backward"}
    for k in range(1, len(walk) + 1):
        phases = {
            directions.get(phase, phase)
            for own, step in zip(walk.walks, walk.steps(k), strict=True)
            if step is not None
            for phase in [own.phase(step)]
        }
        assert len(phases) == 1, k


def test_step_k_is_step_k_of_both_passes() -> None:
    """Four steps forward, nine back: the forward pass waits with all its values."""
    walk = EVERY["passes"]()
    assert walk.held[:3] == ((0, 4), (1, 5), (2, 6)) and walk.held[-1] == (4, 13)
    assert walk.shown(0) == (0, "values")
    assert walk.shown(4) == (4, 8) and walk.shown(5) == ("values", 9)
    assert [walk.steps(k) for k in (0, 4, 5)] == [(None, None), (4, 8), (None, 9)]


def test_the_shorter_walk_waits_for_the_longer() -> None:
    """Two steps and five against four and nine: 2 of values, then of gradients."""
    first, second = gv.run("x*y + z", values=POINT), gv.run(CIRCUIT, values=POINT)
    walk = gv.beside(first, second)
    assert walk.held[2:6] == ((2, 2), (2, 3), (2, 4), (3, 5))
    assert walk.shown(3) == ("values", 3) and walk.shown(len(walk)) == ("final", 13)
    assert walk.forward_steps == 4 and walk.phase(5) == "seed"


def test_changing_both_passes_of_a_run_changes_it_once() -> None:
    walk = EVERY["passes"]()
    changed = walk.each(lambda own: gv.fold(own))
    assert changed.walks[0] is changed.walks[1] and changed.passes
    assert isinstance(changed, PanelWalk) and changed.held == walk.held
