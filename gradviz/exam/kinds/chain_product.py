"""The chain rule as a product along a path."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from gradviz.arrays.rationals import fraction
from gradviz.engine.check.paths import paths
from gradviz.exam.answers.number import Numeric, apart
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import wrong_gradients
from gradviz.exam.question.given import figure, stem
from gradviz.exam.question.keys import agree
from gradviz.exam.question.question import PREFIX, Difficulty, Draft, Part, Solution
from gradviz.exam.question.sample import digits, nice_sample
from gradviz.exam.question.short_numbers import is_telling, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, say
from gradviz.story.maths import M, Maths

LONGEST = 5


def generate(stream: Stream, level: int) -> Draft:
    """Ask for every local gradient along one path from an input, and for their product."""
    sample = nice_sample(stream, level)
    node = stream.pick(sample.case.graph.inputs).id
    found, _ = paths(sample.trace, node)
    ways = [way for way in found or () if level < len(way.edges) <= LONGEST]
    require(bool(ways))
    way = stream.pick(ways)
    labels = sample.labels
    once = Counter((e.source, e.target) for e in sample.case.graph.edges)
    require(
        all(once[e.source, e.target] == 1 and sample.gradient(e.target) != 0 for e in way.edges)
    )
    locals_ = [
        sample.truth.contributions[e] / sample.gradient(e.target) for e in reversed(way.edges)
    ]
    require(all(2 * locals_.count(Fraction(unit)) <= len(locals_) for unit in (1, -1)))
    product, parts = Fraction(1), []
    for i, (edge, local) in enumerate(zip(reversed(way.edges), locals_, strict=True)):
        product *= local
        prompt = (derivative(labels[edge.target], labels[edge.source]), " =")
        parts.append(Part(chr(ord("a") + i), prompt, Numeric(local)))
    require(is_telling(product) and digits(product) <= 4)
    agree("the product along a path", product, fraction(way.product))
    walked: list[str | Maths] = []
    for label in (labels[node], *(labels[e.target] for e in way.edges)):
        walked += [*([" → "] if walked else []), M.name(label)]
    wrong = apart(product, wrong_gradients(sample, node), Numeric(product).tolerance)
    last = Part(
        chr(ord("a") + len(parts)),
        ("product along the path:",),
        Numeric(product, wrong=wrong),
        points=len(locals_),  # half of all, since a local gradient of 1 takes no work
        follows=" * ".join(f"{PREFIX}{p.id}" for p in parts),
    )
    return Draft(
        (
            *stem(sample),
            ("Consider the path ", *walked, "."),
            say(
                "Give the local gradient along each edge, starting from the output, and their"
                " product."
            ),
        ),
        (*parts, last),
        Difficulty(len(parts) + 1, 0, sum(digits(v) for v in locals_)),
        Solution(run=sample.run),
        figure(sample),
    )


KIND = Kind("chain-product", "The chain rule along a path", generate)
