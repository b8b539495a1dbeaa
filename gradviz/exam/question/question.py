"""A question: a frozen value that depends on its identity alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

from gradviz.engine.run import run
from gradviz.exam.answers import Answer
from gradviz.exam.question.identity import Identity
from gradviz.exam.text import Text
from gradviz.graph.graph import Graph
from gradviz.graph.text.parser import parse
from gradviz.trace import Trace

Number = Any
"""A `Fraction`, or nested tuples of them."""


@dataclass(frozen=True, slots=True)
class Run:
    """A graph and its inputs' values: all that is needed to make the trace again."""

    source: str
    values: tuple[tuple[str, Number], ...]

    def trace(self) -> Trace:
        """The trace of the run; recent traces are cached."""
        return _trace(self)


@lru_cache(maxsize=64)
def _trace(of: Run) -> Trace:
    return run(parsed(of.source), values={name: as_floats(value) for name, value in of.values})


@lru_cache(maxsize=1024)
def parsed(source: str) -> Graph:
    """The graph of a text; the same text gives the same graph."""
    return parse(source)


def as_floats(value: Number) -> Any:
    """Fractions as floats, in nested lists."""
    return [as_floats(v) for v in value] if isinstance(value, tuple) else float(value)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of a graph. It shows only what is given here: its data do not contain the key.

    source             the graph, or the part of a run that the question is about.
    values, gradients  what is shown, by the node's label.
    blanks             what is asked for: label, "value" or "gradient", and the letter that marks
                       its box.
    form               "graph", or "grids" for what is shown as grids of cells without the graph.
    """

    source: str
    values: tuple[tuple[str, Number], ...] = ()
    gradients: tuple[tuple[str, Number], ...] = ()
    blanks: tuple[tuple[str, str, str], ...] = ()
    form: Literal["graph", "grids"] = "graph"


PREFIX = "part_"
"""The prefix of an earlier part's id in `Part.follows`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question, with one answer.

    id        "a", "b", …, or empty for the only part.
    points    its share of the question's points, relative to the other parts.
    follows   how its answer follows from those of earlier parts, as an expression in `part_a`,
              `part_b`, …: a wrong early number with correct later work earns the later marks.
    """

    id: str
    prompt: Text
    answer: Answer
    points: int = 1
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """The worked solution: sentences, and the run whose steps explain the answer.

    steps   which steps of the run to show; None for all of them.
    figure  the figure of the result, if the question itself shows none.
    """

    sentences: tuple[Text, ...] = ()
    run: Run | None = None
    steps: tuple[int, ...] | None = None
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Difficulty:
    """The amount of work: steps of the run, branches, and digits in products and sums."""

    steps: int
    branches: int = 0
    weight: int = 0

    @property
    def score(self) -> int:
        """One number: 2 per step, 3 per branch, and 1 per two digits of arithmetic."""
        return 2 * self.steps + 3 * self.branches + self.weight // 2


@dataclass(frozen=True, slots=True)
class Draft:
    """A question without its identity, as a kind generates it."""

    text: tuple[Text, ...]
    parts: tuple[Part, ...]
    difficulty: Difficulty
    solution: Solution = Solution()
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its identity."""

    identity: Identity
    draft: Draft

    @property
    def id(self) -> str:
        """The hash of the identity."""
        return self.identity.id

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return self.identity.kind

    @property
    def text(self) -> tuple[Text, ...]:
        """The paragraphs of the question."""
        return self.draft.text

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the question."""
        return self.draft.parts

    @property
    def solution(self) -> Solution:
        """The worked solution."""
        return self.draft.solution

    @property
    def figure(self) -> Figure | None:
        """The picture, if any."""
        return self.draft.figure

    @property
    def difficulty(self) -> Difficulty:
        """The amount of work."""
        return self.draft.difficulty

    def part(self, id: str) -> Part:
        """The part with this id."""
        return next(part for part in self.parts if part.id == id)


def fractions(value: Any) -> Number:
    """Fractions, or nested tuples of them, from numbers, nested lists or arrays."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return tuple(map(fractions, value)) if isinstance(value, list | tuple) else Fraction(value)
