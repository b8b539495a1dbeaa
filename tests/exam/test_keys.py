"""Keys, computed twice: differences of exact fractions against known slopes, and against a run."""

from __future__ import annotations

from fractions import Fraction

import pytest

import gradviz as gv
from gradviz.exam.question.keys import KeyMismatchError, derivative, prove
from gradviz.exam.question.sample import nice_sample
from gradviz.exam.question.short_numbers import UnfitError
from gradviz.exam.stream import Stream
from gradviz.mistakes import Case


def test_differences_are_right_to_many_digits() -> None:
    """d/dx of x³ at 2 is 12, of σ at 0 is ¼, of exp at 1 is e."""
    assert abs(derivative(Case("x**3", {"x": 2}), 0) - 12) < Fraction(1, 10**25)
    assert abs(derivative(Case("sigmoid(x)", {"x": 0}), 0) - Fraction(1, 4)) < Fraction(1, 10**25)
    e = Fraction("2.718281828459045235360287471352662497757")
    assert abs(derivative(Case("exp(x)", {"x": 1}), 0) - e) < Fraction(1, 10**25)


def test_a_wrong_trace_stops_the_paper() -> None:
    stream, sample = Stream("proof"), None
    while sample is None:
        try:
            sample = nice_sample(stream, 2)
        except UnfitError:
            continue
    other = gv.run(sample.case.source, values={k: float(v) + 1 for k, v in sample.run.values})
    with pytest.raises(KeyMismatchError, match="disagree: no paper is made"):
        prove(sample.case, other)
    trace = sample.trace
    wrong = [g if g is None else g + 0.001 for g in trace.gradients]
    tampered = gv.Trace(
        trace.graph, trace.values, wrong, trace.seed, trace.recording, wrt=trace.wrt
    )
    with pytest.raises(KeyMismatchError, match="the gradient of"):
        prove(sample.case, tampered)
