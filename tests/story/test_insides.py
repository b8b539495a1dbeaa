"""Stepping into a composite op: its inside has the op's own numbers, its sentences are true and its
equations too, over the grid of operands (`tests.story.grid`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.ops import Op, every
from gradviz.story.frame import Story
from tests.engine.test_enter import contributions
from tests.sampled import sampled
from tests.story.grid import runs
from tests.story.test_claims import faults
from tests.story.test_equations import untrue

COMPOSITES = [op for op in every() if op.expand is not None]

FEWER_NANS = {
    "logsumexp": "its slope is softmax, NaN for all scores beside an infinite one",
    "huber": "nothing goes through an |x| that is NaN",
}
"""Ops whose inside is NaN at fewer places than they are, and why."""

OVERFLOWING = {
    "attention": "the op scales each row of scores before it multiplies",
    "rnn": "the op halves its terms before it adds them",
    "sigmoid_cross_entropy": "its terms are ∞ − ∞ where score and target are infinite",
}
"""Ops whose insides, made of plain ops, lose numbers to overflow that the ops keep, and why."""


def differences(what: str, op: Op, trace: Any, inside: Any, node: int) -> Iterator[str]:
    """Where the inside has other numbers than the op."""
    pairs = {"value": (inside.values[inside.graph.output], trace.values[node])}
    for name, gradient in contributions(trace).items():
        pairs[f"gradient of {name}"] = inside.gradient(name), gradient
    for which, (ours, recorded) in pairs.items():
        ours, recorded = np.asarray(ours, float), np.asarray(recorded, float)
        if op.name in FEWER_NANS:
            ours = np.where(np.isnan(recorded), np.nan, ours)
        if op.name in OVERFLOWING:
            ours = np.where(np.isfinite(ours), ours, recorded)
        size = np.max(np.abs(recorded), initial=1.0, where=np.isfinite(recorded))
        if not np.allclose(ours, recorded, 1e-9, 1e-12 * size, equal_nan=True):
            yield f"{what}: {which} {ours} instead of {recorded}"


def wrong(op: Op, stride: int = 1) -> list[str]:
    """What is wrong inside every `stride`-th run of the grid."""
    found = []
    for told in itertools.islice(runs(op), 0, None, stride):
        node = next(row.id for row in told.trace.graph.nodes if row.op == op.name)
        inside = gv.enter(told.trace, node)
        story = Story(inside)
        for frame in story:
            found += [f"{told.what}: {frame.sentence} [{fault}]" for fault in faults(frame)]
        found += [f"{told.what}: {equation}" for equation in untrue(story)]
        found += differences(told.what, op, told.trace, inside, node)
    return found


@sampled("op", COMPOSITES, few=10, ids=lambda op: op.name)
def test_insides_are_true(op: Op) -> None:
    found = wrong(op, 31)
    assert not found, "\n".join(found[:12])


@pytest.mark.proof
@pytest.mark.parametrize("op", COMPOSITES, ids=lambda op: op.name)
def test_every_inside_is_true(op: Op) -> None:
    found = wrong(op)
    assert not found, "\n".join(found[:12]) + f"\n… {len(found)} in all"


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([[np.inf], [1.0]], [np.inf, 1.0]),
        ([[np.inf, np.inf], [0.0, -40]], [np.inf, np.exp(-40.0)]),
        ([[-np.inf, -np.inf], [-np.inf, 3.0]], [-np.inf, 3.0]),
    ],
)
def test_an_infinite_score_decides_its_row_alone(scores: Any, expected: Any) -> None:
    """log Σ exp of a row with ∞ is ∞, whatever the other rows hold; of nothing but −∞ it is −∞."""
    made = gv.run("logsumexp(s, axis=1)", values={"s": scores}, wrt=[]).value("f")
    np.testing.assert_allclose(made, expected, rtol=1e-15)


def test_a_guess_costs_nothing_where_the_truth_is_0() -> None:
    """0 · log(0/q) is 0 for every q, so its slope is 0, at q = 0 too; inside as outside."""
    trace = gv.run("kl(p, q)", p=[0.0, 1], q=[0.0, 0.5])
    inside = gv.enter(trace, "f")
    for run in (trace, inside):
        np.testing.assert_allclose(run.gradient("q"), [0, -2])
        np.testing.assert_allclose(run.gradient("p"), [0, np.log(2) + 1])


def test_what_is_not_looked_up_does_not_matter() -> None:
    trace = gv.run("embedding(T, k)", values={"T": [[1.0, 2], [np.nan, np.inf]], "k": 0}, wrt=["T"],
                   upstream=[1, 1])  # fmt: skip
    inside = gv.enter(trace, "f")
    np.testing.assert_array_equal(inside.values[inside.graph.output], [1, 2])
    np.testing.assert_array_equal(inside.gradient("T"), [[1, 1], [0, 0]])
