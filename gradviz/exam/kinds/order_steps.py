"""Put the steps of a run in order."""

from __future__ import annotations

from itertools import pairwise

from gradviz.engine.check.paths import paths
from gradviz.exam.answers.order import Ordering
from gradviz.exam.kinds import Kind
from gradviz.exam.question.given import figure, statements
from gradviz.exam.question.keys import KeyMismatchError
from gradviz.exam.question.question import Difficulty, Draft, Part, Solution
from gradviz.exam.question.sample import Sample, nice_sample
from gradviz.exam.question.short_numbers import require
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, derivative, say
from gradviz.story.maths import M

LENGTHS = {1: 2, 2: 3, 3: 4}


def generate(stream: Stream, level: int) -> Draft:
    """Forward along one path and back: each step needs the one before, so the order is unique."""
    sample = nice_sample(stream, level)
    node = stream.pick(sample.case.graph.inputs).id
    found, _ = paths(sample.trace, node)
    ways = [way for way in found or () if len(way.edges) == LENGTHS[level]]
    require(bool(ways))
    forward = [edge.target for edge in stream.pick(ways).edges]
    back = [*reversed(forward[:-1]), node]
    require(all(sample.uses[n] <= 1 for n in back[:-1]))  # else a gradient waits for another path
    items: list[Text] = [say("compute {v}", v=M.name(sample.labels[n])) for n in forward]
    items.append(say("set {g}", g=M.relation("=", derivative("f", "f"), M.number(1))))
    items += [say("compute {g}", g=derivative("f", sample.labels[n])) for n in back]
    _prove(sample, forward, back)
    places = stream.shuffled(range(len(items)))
    require(places != sorted(places))
    key = tuple(places.index(i) for i in range(len(items)))
    return Draft(
        (
            statements(sample.run.source),
            say("Here are some steps of the forward and backward passes. Put them in order."),
        ),
        (Part("", (), Ordering(tuple(items[i] for i in places), key)),),
        Difficulty(len(items)),
        Solution(run=sample.run),
        figure(sample),
    )


def _prove(sample: Sample, forward: list[int], back: list[int]) -> None:
    """The trace must take the steps in this order, and every step must need the one before it."""
    trace, graph = sample.trace, sample.case.graph
    steps = [trace.known_since(n) for n in forward] + [trace.seed_step]
    steps += [trace.contributions(n)[-1].number for n in back]
    needs = all(a in graph.nodes[b].inputs for a, b in pairwise(forward))
    if steps != sorted(steps) or not needs:
        raise KeyMismatchError(
            "the steps are not in the order of the run", expected=sorted(steps), got=steps
        )


KIND = Kind("order-steps", "Put the steps in order", generate)
