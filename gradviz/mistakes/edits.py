"""What a mistake changes in somebody's working, so that several can be made at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradviz.engine.changes import Changes, Use
from gradviz.graph.graph import Edge, Node
from gradviz.mistakes.plans import Plan

Results = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Numerical:
    """What is done differently where slopes are measured by differences.

    kept       every h that was added stays.
    base_only  the rest of the edit is made in L(W) alone, not where h is added.
    loss       what is written down for each loss.
    base, moved  losses that are given: L(W), and by node, element and sign L(W ± h).
    slope      `(above, below, distance, h)`: the quotient.
    sides      2 for differences to both sides.
    output     the node that is measured; None for the output of the run.
    nudge      `(number, h)`: what is added to an element in place of h.
    together   all elements are nudged at once.
    """

    kept: bool = False
    base_only: bool = False
    loss: Callable[[Any], Any] | None = None
    base: float | None = None
    moved: Mapping[tuple[int, tuple[int, ...], int], float] = field(default_factory=dict)
    slope: Callable[..., Any] | None = None
    sides: int = 1
    output: int | None = None
    nudge: Callable[[float, float], float] | None = None
    together: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The changes to a working. Nodes and edges are those of the opened graph.

    values     by node: `(operands, value)` to the value that is used.
    reads      by edge: the operand to what its target reads instead, forward and backward.
    brings     (edges, or None for all; use to contribution, or None).
    gathers    (nodes, or None for all; node and contributions to the gradient at a branch).
    gradients  by node: the gradient to the one that is used.
    each       `(node, number)`: every computed number, forward and backward.
    numerical  see there.
    step       `(w, lr, direction)`: a step of descent.
    written    the results to what is written down.
    plan       another graph, worked out in place of the right one; nothing else but `step`,
               `numerical` and `written` is then changed.
    """

    values: Mapping[int, Callable[[Sequence[Any], Any], Any]] = field(default_factory=dict)
    reads: Mapping[Edge, Callable[[Any], Any]] = field(default_factory=dict)
    brings: tuple[tuple[frozenset[Edge] | None, Callable[[Use], Any]], ...] = ()
    gathers: tuple[tuple[frozenset[int] | None, Callable[[Node, Sequence[Any]], Any]], ...] = ()
    gradients: Mapping[int, Callable[[Any], Any]] = field(default_factory=dict)
    each: Callable[[int, Any], Any] | None = None
    numerical: Numerical | None = None
    step: Callable[..., Any] | None = None
    written: Callable[[Results], Results] | None = None
    plan: Plan | None = None

    def __or__(self, other: Edit) -> Edit:
        """Both edits; where they meet, the other one comes second."""
        return Edit(
            values=_chained(self.values, other.values),
            reads=self.reads | other.reads,  # type: ignore[operator]
            brings=self.brings + other.brings,
            gathers=self.gathers + other.gathers,
            gradients={**self.gradients, **other.gradients},
            each=other.each or self.each,
            numerical=_merged(self.numerical, other.numerical),
            step=other.step or self.step,
            written=_one_after_the_other(self.written, other.written),
            plan=other.plan or self.plan,
        )

    @property
    def is_forward(self) -> bool:
        """Whether values change."""
        return bool(self.values or self.reads or self.each)

    @property
    def is_backward(self) -> bool:
        """Whether gradients change even where all values are right."""
        return bool(self.brings or self.gathers or self.gradients or self.each)

    def changes(self, output: int) -> Changes:
        """The hooks of a sweep."""
        return Changes(
            value=self._value if self.values or self.each else None,
            operand=self._operand if self.reads else None,
            contribute=self._contribute if self.brings else None,
            accumulate=self._accumulate if self.gathers else None,
            gradient=_gradient(self, output) if self.gradients or self.each else None,
        )

    def _value(self, node: Node, operands: Sequence[Any], value: Any) -> Any:
        change = self.values.get(node.id)
        if change is not None:
            value = change(operands, value)
        return value if self.each is None else self.each(node.id, value)

    def _operand(self, edge: Edge, operand: Any) -> Any:
        change = self.reads.get(edge)
        return None if change is None else change(operand)

    def _contribute(self, use: Use) -> Any:
        for edges, rule in self.brings:
            if edges is None or use.edge in edges:
                brought = rule(use)
                if brought is not None:
                    return brought
        return None

    def _accumulate(self, node: Node, arrived: Sequence[Any]) -> Any:
        for nodes, rule in self.gathers:
            if nodes is None or node.id in nodes:
                return rule(node, arrived)
        return None


NOTHING = Edit()


def _gradient(edit: Edit, output: int) -> Callable[[Node, Any], Any]:
    def changed(node: Node, gradient: Any) -> Any:
        change = edit.gradients.get(node.id)
        if change is not None:
            gradient = change(gradient)
        return gradient if edit.each is None or node.id == output else edit.each(node.id, gradient)

    return changed


def _chained(first: Mapping[int, Any], second: Mapping[int, Any]) -> dict[int, Any]:
    both = {**first, **second}
    for node in first.keys() & second.keys():
        both[node] = lambda ops, v, f=first[node], g=second[node]: g(ops, f(ops, v))
    return both


def _merged(first: Numerical | None, second: Numerical | None) -> Numerical | None:
    if first is None or second is None:
        return second or first
    return Numerical(
        kept=first.kept or second.kept,
        base_only=first.base_only or second.base_only,
        loss=second.loss or first.loss,
        base=second.base if first.base is None else first.base,
        moved={**second.moved, **first.moved},
        slope=second.slope or first.slope,
        sides=max(first.sides, second.sides),
        output=second.output if first.output is None else first.output,
        nudge=second.nudge or first.nudge,
        together=first.together or second.together,
    )


def _one_after_the_other(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second or first
    return lambda results: second(first(results))
