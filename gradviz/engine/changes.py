"""A pass in which something is done differently: what a mistake is, and what a diagnosis tries."""

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
    operands      what the target was computed from; `own` is the one that receives.
    options       the op's options.
    local         the true local gradient where the op works element by element, else None.
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
    """What a pass does differently. A hook that is None, or gives None, changes nothing.

    value       `(node, operands, value)`: what a computed node is taken to be.
    operand     `(edge, operand)`: what the edge's target reads of its source.
    contribute  `(use)`: what the edge brings instead, in the source's shape or, at an elementwise
                op, in the target's: then it is summed over the axes of broadcasting.
    accumulate  `(node, contributions)`: what a branch makes of the two or more that have arrived.
    report      `(node, value, gradient)`: what is written down for a node after the pass; nothing
                further is computed from it.
    """

    value: Callable[[Node, Sequence[Any], Any], Any] | None = None
    operand: Callable[[Edge, Any], Any] | None = None
    contribute: Callable[[Use], Any] | None = None
    accumulate: Callable[[Node, Sequence[Any]], Any] | None = None
    report: Callable[[Node, Any, Any], Any] | None = None

    @property
    def changes_a_step(self) -> bool:
        """Whether a number goes wrong on the way, and not only where the result is written down."""
        return any((self.value, self.operand, self.contribute, self.accumulate))
