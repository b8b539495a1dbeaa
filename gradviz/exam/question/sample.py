"""Random graphs for hand arithmetic, in which every value and every gradient is short.

Unsuitable samples are rejected as a whole and sampled again; none is adjusted to fit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from gradviz.exam.question.keys import prove
from gradviz.exam.question.question import Difficulty, Run, fractions
from gradviz.exam.question.short_numbers import is_short, number, require
from gradviz.exam.stream import Stream
from gradviz.graph.graph import Edge, Node, labels
from gradviz.mistakes import XP, Case, Mistake, Pass, about
from gradviz.trace import Trace

INPUTS, RESULTS = "xyzw", "abcghk"
OPEN, CLOSED = "open", "closed"
NEAR = Fraction(1, 10**9)
"""How far to move a number to tell on which side of a kink it is."""


@dataclass(frozen=True)
class Plan:
    """The text of a graph, its inputs, and which ReLUs are meant to be open or closed, by name."""

    source: str
    inputs: tuple[str, ...]
    purposes: Mapping[str, str]


SIZES = {1: (3, 0, 0), 2: (3, 1, 1), 3: (4, 2, 2)}
"""The number of inputs, of unary ops, and of further uses of earlier values, by level."""


def grow(stream: Stream, level: int) -> Plan:
    """A random graph of scalars: inputs joined by + − × max, with ReLUs, squares and branches.

    The level determines how many of each there are.
    """
    inputs, unary, branches = SIZES[level]
    names = tuple(INPUTS[:inputs])  # by order of first use, so that y never comes before x
    moves = stream.shuffled(["join"] * (inputs - 1) + ["unary"] * unary + ["branch"] * branches)
    while moves[0] != "join":
        moves.append(moves.pop(0))
    fresh, used = stream.shuffled([f"in{i}" for i in range(inputs)]), list[str]()
    statements, purposes = [], {}
    for i, move in enumerate(moves):
        name = "f" if i == len(moves) - 1 else RESULTS[i]
        first = fresh.pop(0)
        if move == "unary":
            op = stream.pick(["relu", "relu", "square"]) if first not in purposes else "square"
            statement = f"{op}({first})"
            if op == "relu":
                purposes[name] = CLOSED if stream.chance(3) else OPEN
            used.append(first)
        else:
            second = (
                fresh.pop(0)
                if move == "join" and fresh
                else stream.pick([u for u in used if u != first])
            )
            op = stream.pick(["*", "*", "*", "+", "+", "-"] + ["max"] * (level > 1))
            statement = f"max({first}, {second})" if op == "max" else f"{first} {op} {second}"
            used += [n for n in (first, second) if n not in used]
        statements.append(f"{name} = {statement}")
        fresh.append(name)
    require(any(" * " in s for s in statements))
    source = "; ".join(statements)
    for name, place in zip(names, dict.fromkeys(re.findall(r"in\d", source)), strict=True):
        source = source.replace(place, name)
    return Plan(source, names, purposes)


@dataclass(frozen=True)
class Sample:
    """A graph with suitable values, from which kinds make their questions.

    asked  nodes whose gradients are keys, besides the inputs.
    """

    case: Case
    run: Run
    labels: Mapping[int, str]
    asked: tuple[int, ...] = ()

    @cached_property
    def trace(self) -> Trace:
        """The trace, with its values and the asked gradients checked. Raises KeyMismatchError."""
        trace = self.run.trace()
        prove(self.case, trace, [*(n.id for n in self.case.graph.inputs), *self.asked])
        return trace

    def id(self, label: str) -> int:
        """The node with this label."""
        return next(node for node, name in self.labels.items() if name == label)

    def value(self, node: int) -> Any:
        """A node's exact value."""
        return self.case.values[node]

    def gradient(self, node: int) -> Any:
        """A node's exact gradient."""
        return self.truth.gradients[node]

    @property
    def truth(self) -> Pass:
        """The true backward pass, in fractions."""
        return self.case.truth

    @cached_property
    def mistakes(self) -> list[tuple[Mistake, Pass]]:
        """The backward pass under every known mistake."""
        return [(m, self.case.backward(m.rule)) for m in about("backward") if m.rule is not None]

    def proved(self, *nodes: int) -> Sample:
        """The same sample, with these nodes' gradients checked too. Raises KeyMismatchError."""
        prove(
            self.case,
            self.trace,
            [n for n in nodes if self.case.graph.nodes[n] not in self.case.graph.inputs],
        )
        return self

    @property
    def edges(self) -> Sequence[Edge]:
        """The edges in the order of the backward pass."""
        return self.case.program.schedule

    @cached_property
    def uses(self) -> Counter[int]:
        """How many contributions each node receives."""
        return Counter(edge.source for edge in self.edges)

    @property
    def branching(self) -> list[int]:
        """The nodes whose gradient is a sum of several contributions."""
        return [n.id for n in self.case.graph.nodes if self.uses[n.id] > 1]


def sample(
    source: str, values: Mapping[str, Any], *, nodes: Sequence[str] = (), case: Case | None = None
) -> Sample:
    """A graph with values.

    The gradients of its inputs and of the named nodes are checked when its trace is first used.

    case  the same graph and values, if already available.
    """
    case = case or Case(source, values)
    run = Run(source, tuple((name, fractions(value)) for name, value in values.items()))
    found = labels(case.graph)
    return Sample(case, run, found, tuple(node for node, name in found.items() if name in nodes))


def nice_sample(stream: Stream, level: int, *, plan: Plan | None = None) -> Sample:
    """A random graph with suitable values. Raises UnfitError if the sample is unsuitable."""
    plan = plan or grow(stream, level)
    values = {name: number(stream, level) for name in plan.inputs}
    require(len(set(values.values())) == len(values))
    case = Case(plan.source, values)
    require(_is_fit(case, plan.purposes))
    return sample(plan.source, values, case=case)


def _is_fit(case: Case, purposes: Mapping[str, str]) -> bool:
    if not all(is_short(v) for v in case.values):
        return False
    for node in case.graph.nodes:
        operands = [case.values[i] for i in node.inputs]
        if is_at_kink(case, node):
            return False
        if node.name in purposes and (operands[0] > 0) != (purposes[node.name] == OPEN):
            return False
    found = case.backward()
    return all(is_short(g) for g in found.gradients if g is not None) and all(
        is_short(c) for c in found.contributions.values()
    )


def is_at_kink(case: Case, node: Node) -> bool:
    """Whether a scalar node has no derivative here.

    This is so if a small move of an operand changes its smooth piece.
    """
    if node.is_leaf or (pieces := case.graph.op(node).pieces) is None:
        return False
    here = [case.values[i] for i in node.inputs]
    for slot, value in enumerate(here):
        moved = [[*here[:slot], value + step, *here[slot + 1 :]] for step in (-NEAR, NEAR)]
        below, above = (pieces(XP, *operands, **node.options) for operands in moved)
        if below != above:
            return True
    return False


def digits(value: Any) -> int:
    """The number of digits to calculate with; 0 and ±1 count as none."""
    total = 0
    for v in [value] if XP.shape(value) == () else value.ravel():
        if abs(v) not in (0, 1):
            total += len(f"{float(abs(v)):.4g}".replace(".", "").strip("0"))
    return total


def difficulty(sample: Sample) -> Difficulty:
    """The difficulty of a whole run: its steps, branches and digits."""
    weight = sum(digits(v) for v in sample.case.values) + sum(
        digits(c) for c in sample.truth.contributions.values()
    )
    return Difficulty(len(sample.trace), len(sample.branching), weight)
