"""What a page says of other inputs, against what the story says of a run on them."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays.digits import writing
from gradviz.engine.listing.javascript import program
from gradviz.story.frame import Story
from gradviz.story.live.told import told
from gradviz.trace import Trace
from tests.engine.listing.test_javascript import ARRAYS, INEXACT, SCALARS, numbers, traced
from tests.javascript import called, inputs_of, needs_node
from tests.ops.test_registry import CASES, Case

LOSSES = [
    *("huber(x, y)", "squared_error(x, y)", "sum(x*y)", "mean(x)"),
    *("x/3 + 0.1*y", "2**x", "-x*y", "x**-2 * y**0.5", "x - y - 0.3", "x/y/z"),
    *("a = 0.3; a*x + a", "exp(x)**2", "sqrt(x*y)", "(x - y)*(x + y)", "log(exp(x) + exp(y))"),
]
SOURCES = [source for source in (*SCALARS, *LOSSES) if source != "x**y"]
USUAL = "[...Array(n+1).keys()].map(k=>[s.sentence(k),s.note(k),k&&s.digits(k),k&&s.sign(k)])"


def as_said(trace: Trace, digits: int) -> str:
    """A function of inputs and the number of steps that gives what is said of each."""
    return f"((x,n)=>{{const s=({told(trace, digits)})(({program(trace)}).run(x));return {USUAL}}})"


def is_finite(trace: Trace) -> bool:
    found = [v for v in (*trace.values, *trace.gradients) if v is not None]
    return all(np.isfinite(v).all() for v in found)


def truth(trace: Trace, digits: int) -> list[list[Any]]:
    """What the story says of each step."""
    story, found = Story(trace, digits), []
    for k in range(trace.pass_steps + 1):
        frame = story.frame(k)
        formula = frame.formula
        shown = [0, 0] if formula is None else [formula.digits, formula.equals]
        found.append([frame.sentence, frame.note, *shown])
    return found


def runs(source: str, count: int) -> list[Trace]:
    """Finite runs of an example on random inputs."""
    rng, names = random.Random(source), [n.name for n in gv.parse(source).inputs]
    found: list[Trace] = []
    while len(found) < count:
        trace = gv.run(source, values=dict(zip(names, numbers(rng, len(names)), strict=True)))
        if is_finite(trace):
            found.append(trace)
    return found


@needs_node
@pytest.mark.parametrize(
    ("sources", "count", "digits"),
    [
        pytest.param(SOURCES[::15], 2, 4, id="some"),
        pytest.param(SOURCES, 200, 4, id="all", marks=pytest.mark.proof),
        pytest.param(SOURCES, 8, 6, id="six digits", marks=pytest.mark.proof),
    ],
)
def test_a_page_says_what_the_story_says(sources: list[str], count: int, digits: int) -> None:
    """Sentence, note, digits and sign of every step."""
    traces = [runs(source, count) for source in sources]
    functions = [
        (as_said(own[0], digits), [[inputs_of(t), t.pass_steps] for t in own]) for own in traces
    ]
    for source, own, found in zip(sources, traces, called(functions), strict=True):
        for trace, ours in zip(own, found, strict=True):
            for k, theirs in enumerate(truth(trace, digits)):
                told_ = ours[k] if k != trace.seed_step else ours[k][:2]  # its numbers are given
                assert told_ == theirs[: len(told_)], (source, trace.inputs(), k)


@needs_node
@pytest.mark.parametrize(
    ("sources", "count"),
    [
        pytest.param(["relu(x)*y - z/x"], 3, id="some"),
        pytest.param(SOURCES, 40, id="all", marks=pytest.mark.proof),
    ],
)
def test_a_page_writes_fractions_where_the_story_does(sources: list[str], count: int) -> None:
    """Of other inputs, some of which are short fractions, and so are some of their results. A power
    may be another float there, which is then another number.
    """
    asked, expected = [], []
    with writing("fractions"):
        for source in sources:
            rng, names = random.Random(source), [n.name for n in gv.parse(source).inputs]
            own = list[Trace]()
            while len(own) < count:
                given = [rng.choice((rng.randint(1, 12) / rng.randint(2, 9), 0.7)) for _ in names]
                trace = gv.run(source, values=dict(zip(names, given, strict=True)))
                own += [trace] if is_finite(trace) else []
            first = gv.run(source, values=dict.fromkeys(names, 1.37))
            if INEXACT.search(program(first)):
                continue
            asked.append((as_said(first, 4), [[inputs_of(t), t.pass_steps] for t in own]))
            expected.append((source, own))
        for (source, own), found in zip(expected, called(asked), strict=True):
            for trace, ours in zip(own, found, strict=True):
                for k, theirs in enumerate(truth(trace, 4)):
                    told_ = ours[k] if k != trace.seed_step else ours[k][:2]
                    assert told_ == theirs[: len(told_)], (source, trace.inputs(), k)


SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 0.5, 1e6, 1e200, -1e200, math.inf, -math.inf, math.nan)
REDUCED = ("huber", "squared_error", "sum", "mean")


@needs_node
@pytest.mark.parametrize("count", [2, pytest.param(60, marks=pytest.mark.proof)])
def test_a_page_says_why_a_number_is_not_finite(count: int) -> None:
    """At poles and outside domains, where numbers overflow or vanish, and where NaN, infinities and
    zeros with a sign come in.
    """
    sources = [s for s in SOURCES if not s.startswith(REDUCED)][:: 1 if count > 2 else 24]
    asked, expected = [], []
    for source in sources:
        rng, names = random.Random(source), [n.name for n in gv.parse(source).inputs]
        values = [{n: rng.choice(SPECIAL) for n in names} for _ in range(count)]
        own = [gv.run(source, values=v) for v in values]
        first = gv.run(source, values=dict.fromkeys(names, 1.5))
        asked.append((as_said(first, 4), [[inputs_of(t), t.pass_steps] for t in own]))
        expected.append((source, own))
    for (source, own), found in zip(expected, called(asked), strict=True):
        for trace, ours in zip(own, found, strict=True):
            for k, theirs in enumerate(truth(trace, 4)):
                assert ours[k][:2] == theirs[:2], (source, trace.inputs(), k)


@needs_node
def test_what_no_pattern_holds_is_said_plainly() -> None:
    """The slope y·x^(y − 1) shows y − 1, which is no number of the run; of a loss that is not
    finite nothing is told.
    """
    power, loss = gv.run("x**y", x=2, y=3), gv.run("squared_error(x, y)", x=1, y=2)
    (first,), (second,) = called(
        [
            (as_said(power, 4), [[inputs_of(power), power.pass_steps]]),
            (as_said(loss, 4), [[[math.inf, 2], loss.pass_steps]]),
        ]
    )
    assert [said[0] for said in first][3:] == [
        "x receives 12.",
        "The slope for the exponent is x^y · log x: 5.545 times the upstream gradient.",
    ]
    assert [said[0] for said in second][3:] == ["x receives ∞.", "y receives −∞."]


UNTOLD = {"pow": "y − 1 is no number of the run", "dropout": "what is dropped is drawn anew"}
"""Ops of which a sentence tells what no pattern can hold."""


@needs_node
@pytest.mark.parametrize(
    "cases",
    [pytest.param(CASES[::80], id="some"), pytest.param(CASES, id="all", marks=pytest.mark.proof)],
)
def test_the_sentences_of_every_op_follow_its_numbers(cases: list[Case]) -> None:
    """Patterns that are found in one run say of another what the story says of that."""
    asked, expected = [], []
    for case in cases:
        first, other = traced(case), traced(case, seed=1)
        labels = first.graph.index_leaves
        if any(not np.array_equal(first.values[i], other.values[i]) for i in labels):
            other = first
        asked.append((as_said(first, 4), [[inputs_of(other), other.pass_steps]]))
        expected.append((case, other))
    for (case, trace), (ours,) in zip(expected, called(asked), strict=True):
        for k, (said, theirs) in enumerate(zip(ours, truth(trace, 4), strict=True)):
            if case.op.name not in UNTOLD:
                assert said[0] == theirs[0], (str(case), k)


COUNTED: dict[str, dict[str, tuple[int, ...]]] = {
    "sum(maximum(x, y))": {"x": (4,), "y": (4,)},
    "sum(abs(x)*clip(y, -1, 1))": {"x": (3,), "y": (3,)},
    "max(x)*y": {"x": (4,), "y": ()},
    "mean((W @ x - t)**2)": {"W": (2, 2), "x": (2,), "t": (2,)},
    "sum(sigmoid(x*w + b))": {"x": (3,), "w": (), "b": ()},
    "squared_error(x, y)": {"x": (3,), "y": (3,)},
    "sum(relu(x) + x)": {"x": (4,)},
}


@needs_node
@pytest.mark.parametrize("count", [2, pytest.param(40, marks=pytest.mark.proof)])
def test_of_arrays_a_page_says_what_the_story_says(count: int) -> None:
    asked, expected = [], []
    for source, shapes in list({**ARRAYS, **COUNTED}.items())[:: 1 if count > 2 else 8]:
        rng, own = random.Random(source), list[Trace]()
        while len(own) < count:
            values = {n: np.reshape(numbers(rng, math.prod(s)), s) for n, s in shapes.items()}
            trace = gv.run(source, values=values)
            own += [trace] if is_finite(trace) else []
        calls = [[inputs_of(trace), trace.pass_steps] for trace in own]
        asked.append((as_said(own[0], 4), calls))
        expected.append((source, own))
    for (source, own), found in zip(expected, called(asked), strict=True):
        for trace, ours in zip(own, found, strict=True):
            for k, theirs in enumerate(truth(trace, 4)):
                assert ours[k][0] == theirs[0], (source, trace.inputs(), k)


@needs_node
def test_names_that_look_like_markers_and_patterns_are_names() -> None:
    """A name is never taken for a number, nor read by JavaScript; of one that looks like a marker
    nothing is said.
    """
    for name in ("x7000378", "x7000385", "__proto__", "constructor"):
        x = gv.inputs([name, "y"])
        trace = gv.run(3 * x[0] + x[1], values={name: 2, "y": 1})
        ((ours,),) = called([(as_said(trace, 4), [[[4, -6], trace.pass_steps]])])
        theirs = truth(gv.run(3 * x[0] + x[1], values={name: 4, "y": -6}), 4)
        for k, (said, true) in enumerate(zip(ours, theirs, strict=True)):
            assert said[0] == true[0] or ("7000" in name and said[0] in (None, "a = 12.")), (
                name,
                k,
            )
