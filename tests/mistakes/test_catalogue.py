"""The catalogue: every mistake has its feedback and one rule, and shows where it is made."""

from __future__ import annotations

import inspect
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz import mistakes
from gradviz.graph.graph import Edge
from gradviz.mistakes import XP, Case, Mistake
from gradviz.mistakes.made import is_looked_for

IN_PASSES = ("backward", "step", "forward")
DIAGNOSED = ("slope", "working", "solved")
"""What only a diagnosis looks for, and says in its own words."""


def test_every_mistake_has_a_sentence_and_a_way_to_be_made() -> None:
    every = mistakes.every()
    assert len({m.name for m in every}) == len(every) >= 80
    for mistake in every:
        assert mistake.name == mistake.name.lower()
        told = mistake.says if mistake.about in DIAGNOSED else mistake.feedback
        assert told and told.endswith(".") == (mistake.about not in DIAGNOSED)
        ways = mistake.rule, mistake.formula, mistake.places
        asked = mistake.about in ("paths", "reading")
        assert sum(way is not None for way in ways) == (not asked)
        assert (mistake.rule is not None) == (mistake.about in (*IN_PASSES, "slope"))
        assert (mistake.places is not None) == (mistake.about in ("working", "solved"))


def test_what_a_diagnosis_looks_for_says_what_was_done() -> None:
    """A clause that begins a sentence as well as it follows "if"."""
    looked_for = [m for m in mistakes.every() if is_looked_for(m)]
    for mistake in looked_for:
        if mistake.about == "moment" or (mistake.formula and not mistake.says):
            continue
        assert mistake.says and not mistake.says.endswith("."), mistake.name
        assert not mistake.says.startswith("You"), mistake.name
        assert mistake.right == "" or mistake.right.endswith("."), mistake.name


def test_names_that_marks_and_journals_know() -> None:
    """They stand in files that people keep."""
    known = {m.name for m in mistakes.every()}
    assert {
        "upstream-dropped", "upstream-added", "product-not-swapped", "relu-ungated",
        "last-path-only", "first-path-only", "paths-multiplied", "paths-averaged",
        "gradient-not-reset", "value-for-gradient", "gradient-transposed", "batch-averaged",
        "padding-once", "bias-forgotten", "hinge-without-margin", "log-base-10", "uphill",
        "spurious-half", "half-the-distance", "gate-skipped", "right-line-accused",
    } <= known  # fmt: skip


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(gv.GradvizError) as caught:
        mistakes.get("last-path")
    assert "last-path-only" in str(caught.value)


def test_formulas_about_one_subject_take_the_same_named_arguments() -> None:
    """So that a question gives its numbers once, by name, to all of them."""
    formulas = sorted((m for m in mistakes.every() if m.formula), key=lambda m: m.about)
    for subject, group in groupby(formulas, key=lambda m: m.about):
        taken = {tuple(inspect.signature(m.formula).parameters) for m in group if m.formula}
        assert len(taken) == 1, subject


CASES = [
    Case("f = x*y*z; f + x", {"x": 2, "y": 3, "z": 5}),
    Case("a = x - y; square(a)*relu(a) + max(x, y)*x", {"x": 5, "y": 2}),
    Case("sigmoid(x*y) + tanh(x)*reciprocal(y)", {"x": 1, "y": 2}),
    Case("relu(x*y) - 2*x + 3*y", {"x": -1, "y": 2}),
    Case("sum((W @ x + b)**2)", {"W": [[1, 2], [3, -4]], "x": [5, -6], "b": [1, 2]}),
    Case(
        "sum((X @ W + b)*G)", {"X": [[1], [2]], "W": [[1, 3]], "b": [1, 2], "G": [[1, 2], [3, 5]]}
    ),
    Case("sum(g*maxpool2d(x, 2, stride=1))", {"x": [[1, 9, 2], [3, 4, 5]], "g": [[1, 2]]}),
    Case("sum(g*avgpool2d(x, 2))", {"x": [[1, 2], [3, 4]], "g": [[8]]}),
    Case(
        "sum(g*conv2d(x, w, b))",
        {
            "x": [[[1, 2, 3], [4, 5, 6], [7, 8, 10]]],
            "w": [[[[5, 6], [7, 8]]]],
            "b": [4],
            "g": [[[1, 10], [2, 3]]],
        },
    ),
]
RULES = mistakes.about("backward")


@pytest.mark.parametrize("mistake", RULES, ids=lambda m: m.name)
def test_a_mistake_shows_where_its_pass_leaves_the_rules(mistake: Mistake) -> None:
    """Every line of the pass is worked out again from the lines before it. The first that does not
    follow is where the mistake shows; a mistake that is made at no step leaves all of them right,
    and only the numbers written down are others.
    """
    assert mistake.rule is not None
    seen = 0
    for case in CASES:
        done = case.backward(mistake.rule)
        true = case.backward()
        differs = [
            node
            for node, (a, b) in enumerate(zip(done.gradients, true.gradients, strict=True))
            if b is not None and not mistakes.same(a, b)
        ]
        seen += bool(differs)
        breaks = [] if mistake.rule.report else _breaks(case, done)
        assert done.first == (breaks[0] if breaks else None)
        for node in differs:
            assert (case.goes_wrong(done, node) is not None) == mistake.is_made_at_a_step
    assert seen, "the mistake shows in one of the graphs"


def _breaks(case: Case, done: mistakes.Pass) -> list[Edge]:
    """The edges at which a pass brings, or completes, something else than follows."""
    found: list[Edge] = []
    arrived: dict[int, list[Any]] = {}
    sources = [edge.source for edge in case.program.schedule]
    for edge in case.program.schedule:
        brought = done.contributions[edge]
        here = arrived.setdefault(edge.source, [])
        here.append(brought)
        follows = _near(brought, _measured(case, edge, done.gradients[edge.target]))
        if follows and len(here) == sources.count(edge.source) > 1:
            follows = _near(done.gradients[edge.source], sum(here))
        if not follows:
            found.append(edge)
    return found


def _measured(case: Case, edge: Edge, upstream: Any) -> Any:
    """What an edge brings, by central differences of the op's values, without any backward rule."""
    op, options = case.program.ops[edge.target], case.program.options[edge.target]
    operands = [case.values[i] for i in case.graph.nodes[edge.target].inputs]
    own, step = np.asarray(operands[edge.slot], dtype=object), Fraction(1, 10**12)
    slopes = np.zeros(own.shape, dtype=object)
    for place in np.ndindex(own.shape):
        totals = []
        for h in (step, -step):
            moved = own.copy()
            moved[place] += h
            operands[edge.slot] = XP.asarray(moved if moved.shape else moved[()])
            totals.append(np.sum(upstream * op.forward(XP, *operands, **options)))  # type: ignore[union-attr]
        slopes[place] = (totals[0] - totals[1]) / (2 * step)
    return slopes


def _near(a: Any, b: Any) -> bool:
    shapes = np.shape(a) == np.shape(b)
    return shapes and bool(np.all(abs(np.asarray(a, object) - np.asarray(b, object)) < 1e-9))
