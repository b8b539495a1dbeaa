"""The contributions at a branch, and their sum."""

from __future__ import annotations

from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import wrong_contributions, wrong_gradients
from gradviz.exam.question.given import figure, stem
from gradviz.exam.question.question import PREFIX, Draft, Part, Solution
from gradviz.exam.question.sample import difficulty, nice_sample
from gradviz.exam.question.short_numbers import is_telling, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, say
from gradviz.story.maths import M

LETTERS = "abcdefgh"


def generate(stream: Stream, level: int) -> Draft:
    """Ask for each contribution to a node that is used several times, then for their sum."""
    sample = nice_sample(stream, level)
    require(bool(sample.branching))
    node = stream.pick(sample.branching)
    edges = [edge for edge in sample.edges if edge.source == node]
    require(
        len({edge.target for edge in edges}) == len(edges)
    )  # two uses in one gate are hard to tell in words
    brought = {edge: sample.truth.contributions[edge] for edge in edges}
    require(all(v != 0 for v in brought.values()) and is_telling(sample.gradient(node)))
    name, parts = sample.proved(node).labels[node], []
    for letter, edge in zip(LETTERS, edges, strict=False):
        wrong = wrong_contributions(sample, edge)
        through = M.name(sample.labels[edge.target])
        parts.append(
            Part(
                letter,
                say("contribution through {through}:", through=through),
                Numeric(brought[edge], wrong=wrong),
            )
        )
    asked = derivative("f", name)
    total = Numeric(sample.gradient(node), wrong=wrong_gradients(sample, node))
    follows = " + ".join(f"{PREFIX}{part.id}" for part in parts)
    return Draft(
        (
            *stem(sample),
            say(
                "{name} is used {times} times, so its gradient is a sum.",
                name=M.name(name),
                times=str(len(edges)),
            ),
            say("What does each use contribute to {asked}, and what is {asked}?", asked=asked),
        ),
        (*parts, Part(LETTERS[len(parts)], (asked, " ="), total, follows=follows)),
        difficulty(sample),
        Solution(run=sample.run),
        figure(sample),
    )


KIND = Kind("branch", "Contributions and sum at a branch", generate, levels=(2, 3))
