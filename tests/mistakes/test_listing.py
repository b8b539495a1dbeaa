"""The mistakes that a page names, against those of the catalogue on a run of the same inputs."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import gradviz as gv
from gradviz.engine.listing.javascript import program
from gradviz.mistakes import at_step, get
from gradviz.mistakes.claims import fits, written
from gradviz.mistakes.listing import ACROSS_PASSES, slips
from gradviz.mistakes.one_step import reason
from gradviz.trace import Trace
from tests.engine.listing.test_javascript import SCALARS, numbers
from tests.javascript import called, inputs_of, needs_node


def runs(source: str, count: int) -> list[Trace]:
    rng, names = random.Random(source), [n.name for n in gv.parse(source).inputs]
    return [
        gv.run(source, values=dict(zip(names, numbers(rng, len(names)), strict=True)))
        for _ in range(count)
    ]


def true(trace: Trace, k: int) -> float:
    step = trace.step(k)
    return float(trace.values[step.node] if step.kind == "forward" else step.after)


def wrong_answers(trace: Trace) -> list[tuple[int, str, str]]:
    """By step the numbers that mistakes lead to, with all their digits."""
    return [
        (k, repr(float(slip.value)), slip.mistake.name)
        for k in range(1, trace.pass_steps + 1)
        for slip in at_step(trace, k)
        if slip.mistake.name not in ACROSS_PASSES and math.isfinite(slip.value)
    ]


@needs_node
@pytest.mark.parametrize("count", [2, pytest.param(12, marks=pytest.mark.proof)])
def test_every_number_of_a_mistake_is_recognised(count: int) -> None:
    """By a mistake that gives it and takes no more to say; the right number by none."""
    asked: list[tuple[str, list[Any]]] = []
    expected = []
    for source in SCALARS[:: 1 if count > 2 else 9]:
        for trace in runs(source, count):
            answers = wrong_answers(trace)
            asked.append((naming(trace), [[inputs_of(trace), [a[:2] for a in answers]]]))
            expected.append((source, trace, answers))
    for (source, trace, answers), (found,) in zip(expected, called(asked), strict=True):
        for (k, text, name), named in zip(answers, found, strict=True):
            if fits(written(text), true(trace, k)):
                assert named is None, (source, trace.inputs(), k, text)
            else:
                assert named is not None, (source, trace.inputs(), k, text, name)
                assert get(named["name"]).bits <= get(name).bits


def naming(trace: Trace) -> str:
    run, names = f"({program(trace)}).run(x)", f"({slips(trace)})"
    return f"((x,asked)=>{{const name={names}({run});return asked.map(([k,t])=>name(k,t))}})"


@needs_node
def test_the_likeliest_is_named_as_in_the_quiz() -> None:
    """(x·y + z)·max(y, z) at 1.5, 2, −1, where dy = 3 + 2 = 5; one wrong number of each kind."""
    trace = gv.run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1)
    cases = [(1, "3.5"), (4, "-4"), (6, "1"), (10, "1"), (12, "-4"), (13, "3"), (13, "6")]
    ((found,),) = called([(naming(trace), [[inputs_of(trace), cases]])])
    for (k, text), named in zip(cases, found, strict=True):
        theirs = reason(trace, k, (), written(text))
        assert (named and named["name"]) == (theirs and theirs.mistake), (k, text)
