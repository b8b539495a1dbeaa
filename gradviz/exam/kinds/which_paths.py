"""Which paths contribute to a gradient."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from gradviz.exam.answers.choice import Choice, Option
from gradviz.exam.kinds import Kind
from gradviz.exam.question.given import statements
from gradviz.exam.question.keys import KeyMismatchError
from gradviz.exam.question.question import Difficulty, Draft, Figure, Part, Solution
from gradviz.exam.question.sample import Sample, nice_sample
from gradviz.exam.question.short_numbers import require
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, derivative, say
from gradviz.graph.graph import Edge
from gradviz.mistakes import get
from gradviz.story.maths import M, Maths

Walk = tuple[int, ...]


def generate(stream: Stream, level: int) -> Draft:
    """List right and wrong paths from an input that reaches the output along several paths."""
    sample = nice_sample(stream, level)
    inputs = [n.id for n in sample.case.graph.inputs]
    true = {n: _walks(sample, n) for n in inputs}
    several = [n for n in inputs if 2 <= len(true[n]) <= 3]
    require(bool(several))
    node = stream.pick(several)
    require(len(set(true[node])) == len(true[node]))  # no gate takes the same value twice
    _prove(sample, node, true[node])
    false: dict[Walk, str] = {}
    for walk in true[node]:
        for i in range(1, len(walk) - 1):
            false.setdefault((*walk[:i], *walk[i + 1 :]), "gate-skipped")
    for other in inputs:
        if other != node:
            false.update(dict.fromkeys(true[other], "path-of-another-input"))
    wrong = [walk for walk in false if walk not in true[node]]
    require(len(wrong) >= 2)
    chosen = stream.chosen(wrong, 5 - len(true[node]) if len(wrong) >= 5 - len(true[node]) else 2)
    found = [Option(_said(sample, walk), True, "That is one of them.") for walk in true[node]]
    for walk in chosen:
        mistake = get(false[walk])
        found.append(Option(_said(sample, walk), False, mistake.feedback, mistake.name))
    asked = derivative("f", sample.labels[node])
    return Draft(
        (
            statements(sample.run.source),
            say(
                "{asked} is a sum of products of local gradients, one product for each path. Which"
                " paths are they?",
                asked=asked,
            ),
        ),
        (Part("", (), Choice(tuple(stream.shuffled(found)), several=True)),),
        Difficulty(len(true[node]) * 2, len(sample.branching)),
        Solution(run=sample.run),
        Figure(sample.run.source),
    )


def _walks(sample: Sample, node: int) -> list[Walk]:
    """Every path from a node to the output, walked edge by edge."""
    graph, done = sample.case.graph, list[Walk]()
    todo: list[Walk] = [(node,)]
    while todo:
        walk = todo.pop()
        if walk[-1] == graph.output:
            done.append(walk)
        todo += [(*walk, edge.target) for edge in graph.consumers[walk[-1]]]
    return sorted(done)


def _prove(sample: Sample, node: int, walks: list[Walk]) -> None:
    """Check that the products along the paths add up to the gradient."""
    total = sum((_product(sample, walk) for walk in walks), Fraction(0))
    if total != sample.gradient(node):
        raise KeyMismatchError(
            "the paths do not add up to the gradient", expected=sample.gradient(node), got=total
        )


def _product(sample: Sample, walk: Walk) -> Fraction:
    """The local gradients along a walk, multiplied."""
    graph, product = sample.case.graph, Fraction(1)
    for source, target in pairwise(walk):
        product *= sample.case.slope(Edge(source, target, graph.nodes[target].inputs.index(source)))
    return product


def _said(sample: Sample, walk: Walk) -> Text:
    said: list[str | Maths] = []
    for node in walk:
        said += [*([" → "] if said else []), M.name(sample.labels[node])]
    return tuple(said)


KIND = Kind("which-paths", "Which paths are summed", generate, levels=(2, 3))
