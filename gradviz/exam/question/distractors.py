"""Meaningful wrong answers: each is the result of a known mistake on the same graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from gradviz.exam.answers.choice import Option
from gradviz.exam.answers.matrix import WrongMatrix
from gradviz.exam.answers.number import EXACT, Wrong, apart
from gradviz.exam.question.sample import Sample
from gradviz.exam.question.short_numbers import is_short, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, numeral
from gradviz.graph.graph import Edge
from gradviz.mistakes import XP, Pass, about


def wrong_gradients(sample: Sample, node: int, *, tolerance: Fraction = EXACT) -> tuple[Wrong, ...]:
    """A node's gradient under every mistake in the backward pass, without collisions."""
    return wrong_numbers(
        sample, sample.gradient(node), lambda done: done.gradients[node], node, tolerance
    )


def wrong_contributions(
    sample: Sample, edge: Edge, *, tolerance: Fraction = EXACT
) -> tuple[Wrong, ...]:
    """An edge's contribution under every mistake in the backward pass, without collisions."""
    key = sample.truth.contributions[edge]
    return wrong_numbers(sample, key, lambda done: done.contributions.get(edge), edge, tolerance)


def wrong_numbers(
    sample: Sample,
    key: Fraction,
    read: Callable[[Pass], Any],
    of: int | Edge,
    tolerance: Fraction = EXACT,
) -> tuple[Wrong, ...]:
    """The number that `read` takes from a backward pass, under every mistake.

    The number is the gradient of a node or the contribution of an edge.
    """
    found, passes = list[Wrong](), dict[str, Pass]()
    for mistake, done in sample.mistakes:
        value = read(done)
        if value is None or XP.shape(value) != ():
            continue
        found.append(Wrong(value, mistake.name, mistake.feedback))
        passes[mistake.name] = done
    kept = apart(key, found, tolerance)
    return tuple(replace(w, step=_step(sample, passes[w.misconception], of)) for w in kept)


def _step(sample: Sample, done: Pass, of: int | Edge) -> int | None:
    """The step where a number goes wrong; None if only the reported number is wrong."""
    edge = sample.case.goes_wrong(done, of)
    return None if edge is None else sample.trace.step_of(edge)


def by_formula(
    subject: str, key: Fraction, tolerance: Fraction, /, **arguments: Any
) -> tuple[Wrong, ...]:
    """The results of every mistaken formula about a subject, called with these arguments.

    A mistake that does not apply here is left out.
    """
    found = []
    for mistake in about(subject):
        assert mistake.formula is not None
        value = mistake.formula(**arguments)
        if value is not None:
            found.append(Wrong(Fraction(value), mistake.name, mistake.feedback))
    return apart(key, found, tolerance)


def wrong_matrices(sample: Sample, node: int, ops: Sequence[str]) -> tuple[WrongMatrix, ...]:
    """The different gradients of an array, in any shape, under every mistake at these ops."""
    seen = [as_rows(sample.gradient(node))]
    found = []
    for mistake, done in sample.mistakes:
        if done.first is not None and sample.case.graph.nodes[done.first.target].op not in ops:
            continue
        rows = as_rows(done.gradients[node])
        if rows not in seen:
            seen.append(rows)
            found.append(
                WrongMatrix(rows, mistake.name, mistake.feedback, _step(sample, done, node))
            )
    return tuple(found)


def as_rows(value: Any) -> tuple[tuple[Fraction, ...], ...]:
    """A number, a vector or a matrix as rows; leading axes of length 1 are dropped."""
    if XP.shape(value) == ():
        return ((value,),)
    if value.ndim > 2:
        return as_rows(value[0])
    return tuple(map(tuple, value.tolist())) if value.ndim == 2 else (tuple(value.tolist()),)


def options(
    stream: Stream,
    key: Fraction,
    wrong: Sequence[Wrong],
    *,
    show: Callable[[Fraction], Text] = lambda value: (numeral(value),),
    places: int = 3,
    count: int = 3,
) -> tuple[Option, ...]:
    """The key among `count` mistakes, shuffled.

    Raises UnfitError if there are too few mistakes; there are no filler options.
    """
    short = [w for w in wrong if is_short(w.value, places, 10**6)]
    require(len(short) >= count)
    right = Option(show(key), True, "That is right.")
    others = [
        Option(show(w.value), False, w.feedback, w.misconception, w.step)
        for w in stream.chosen(short, count)
    ]
    return tuple(stream.shuffled([right, *others]))
