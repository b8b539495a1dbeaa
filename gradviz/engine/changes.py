"""A run in which something is done differently: a mistake made, or a diagnosis tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradviz.graph.graph import Edge, Node
from gradviz.ops.op import Op


@dataclass(frozen=True, slots=True)
class Use:
    """One edge of the backward pass, as a changed rule sees it.

    xp            the array namespace of all that follows.
    value         the target's value, the node that passes its gradient back.
    operands      what the target was computed from; `own` is the one at this edge.
    options       the op's options.
    local         the true local gradient if the op is elementwise, else None.
    contribution  the true contribution for this upstream gradient, in the source's shape.
    """

    xp: Any
    edge: Edge
    op: Op
    value: Any
    operands: tuple[Any, ...]
    options: Mapping[str, Any]
    upstream: Any
    local: Any
    contribution: Any

    @property
    def own(self) -> Any:
        """The value of the operand that receives."""
        return self.operands[self.edge.slot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes to a run. A hook that is None, or returns None, changes nothing.

    value       `(node, operands, value)`: the value to use for a computed node.
    operand     `(edge, operand)`: the value that the edge's target reads from its source.
    contribute  `(use)`: the contribution of the edge, in the source's shape or, at an elementwise
                op, in the target's: then it is summed over the broadcast axes.
    accumulate  `(node, contributions)`: the gradient at a branch, from two or more contributions.
    gradient    `(node, gradient)`: the complete gradient of a node, before anything is computed
                from it; a record keeps the sum that came before.
    report      `(node, value, gradient)`: the gradient reported for a node after the pass; nothing
                is computed from it.
    """

    value: Callable[[Node, Sequence[Any], Any], Any] | None = None
    operand: Callable[[Edge, Any], Any] | None = None
    contribute: Callable[[Use], Any] | None = None
    accumulate: Callable[[Node, Sequence[Any]], Any] | None = None
    gradient: Callable[[Node, Any], Any] | None = None
    report: Callable[[Node, Any, Any], Any] | None = None

    @property
    def changes_a_step(self) -> bool:
        """Whether a number changes during the run, and not only in the reported result."""
        return any((self.value, self.operand, self.contribute, self.accumulate, self.gradient))
