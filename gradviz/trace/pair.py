"""Two runs as one walk: over one graph (`gradviz.graph.union`), step by step through both.

Steps that both runs make are one step. Every number is one that a run recorded: what is known
after a step of the walk is what is known after so many steps of each run.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from gradviz.graph.union import Union
from gradviz.shown import Shown
from gradviz.trace.plots.comparison import Comparison
from gradviz.trace.step import Phase, Step
from gradviz.trace.trace import Trace

Counts = tuple[int, int]
"""So many steps of the first run, and of the second."""


@dataclass(frozen=True, eq=False)
class PairTrace(Shown):
    """The walk (`gradviz.trace.walks`) through two runs. Its last step brings nothing new: both
    are compared.

    runs        the runs; `names` what they are called.
    union       their graph.
    held        the steps of each run that are done after step k, from k = 0 on.
    comparison  their numbers side by side.
    classes     the names of the classes that scores are of; may be empty.
    scores      the nodes of the union whose last axis has a number for each class.
    """

    kind: ClassVar = "pair"

    runs: tuple[Trace, Trace]
    names: tuple[str, str]
    union: Union
    held: tuple[Counts, ...]
    comparison: Comparison
    classes: tuple[str, ...] = ()
    scores: frozenset[int] = frozenset()

    def __repr__(self) -> str:
        return f"<PairTrace of {' and '.join(self.names)}: {len(self)} steps>"

    @property
    def trace(self) -> Trace:
        """The first run."""
        return self.runs[0]

    @property
    def source(self) -> str:
        """The texts of both graphs, or the one that they have in common."""
        return source_of(self.runs)

    @property
    def has_backward(self) -> bool:
        """Whether either run has a backward pass."""
        return any(run.has_backward for run in self.runs)

    @property
    def forward_steps(self) -> int:
        """The number of steps in the forward passes, which come first."""
        return self._forward

    @cached_property
    def _forward(self) -> int:
        ends = tuple(run.forward_steps for run in self.runs)
        return self.held.index(ends)  # type: ignore[arg-type]

    @property
    def last(self) -> int:
        """The number of the step that compares both."""
        return len(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def counts(self, number: int) -> Counts:
        """How many steps of each run are done after step `number`."""
        return self.held[min(number, len(self.held) - 1)]

    def steps(self, number: int) -> tuple[Step | None, Step | None]:
        """What step `number` does in each run; None in one that waits, or at the end."""
        if not 0 < number < len(self.held):
            return None, None
        done, before = self.held[number], self.held[number - 1]
        first, second = (
            run.step(k) if k > b else None
            for run, k, b in zip(self.runs, done, before, strict=True)
        )
        return first, second

    def phase(self, number: int) -> Phase:
        """What step `number` belongs to; `start` for 0."""
        if number >= len(self.held):
            return "backward" if self.has_backward else "forward"
        for run, step in zip(self.runs, self.steps(number), strict=True):
            if step is not None:
                return run.phase(step.number)
        return "start"

    def trace_step(self, number: int) -> int:
        """The step of the first run that step `number` belongs to."""
        return self.counts(number)[0]


def joined(runs: tuple[Trace, Trace], union: Union) -> tuple[Counts, ...]:
    """How both runs go on together: the steps of each that are done after every step."""
    keys = [[_key(union, side, step) for step in run.steps] for side, run in enumerate(runs)]
    found: list[Counts] = [(0, 0)]
    for pick in ("forward",), ("seed", "contribute"), ("update",):
        parts = [[k for k in of_run if k[0] in pick] for of_run in keys]
        base = found[-1]
        found += [(base[0] + i, base[1] + j) for i, j in aligned(parts[0], parts[1])]
    return tuple(found)


def _key(union: Union, side: int, step: Step) -> tuple[str, Hashable]:
    """What a step is about; the same for steps that both runs make."""
    if step.edge is None:
        return step.kind, union.places[side][step.node]
    return step.kind, union.drawn[side][step.edge]


def aligned(first: Sequence[Hashable], second: Sequence[Hashable]) -> Iterator[Counts]:
    """How many of two sequences are done, step by step: what both have comes at once, as much of it
    as their orders allow, what lies between after what the first has there.
    """
    at = {key: j for j, key in enumerate(second)}
    shared = [(i, at[key]) for i, key in enumerate(first) if key in at]
    chosen = _rising([j for _, j in shared])
    i = j = 0
    for a, b in (shared[k] for k in chosen):
        yield from _apart(i, j, a, b)
        i, j = a + 1, b + 1
        yield i, j
    yield from _apart(i, j, len(first), len(second))


def _apart(i: int, j: int, a: int, b: int) -> Iterator[Counts]:
    """From i to a in the first, then from j to b in the second."""
    yield from ((k, j) for k in range(i + 1, a + 1))
    yield from ((a, k) for k in range(j + 1, b + 1))


def _rising(numbers: Sequence[int]) -> list[int]:
    """The places of a longest part of a sequence that rises."""
    tails, ends, before = list[int](), list[int](), list[int]()
    for k, number in enumerate(numbers):
        at = bisect_left(tails, number)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1], ends[at : at + 1] = [number], [k]
    found, k = list[int](), ends[-1] if ends else -1
    while k >= 0:
        found.append(k)
        k = before[k]
    return found[::-1]


def source_of(runs: Iterable[Trace]) -> str:
    """The texts of the graphs of some runs, each once."""
    texts = dict.fromkeys(" ".join(run.source.split()) for run in runs)
    return " and ".join(filter(None, texts))
