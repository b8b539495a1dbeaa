"""What follows a backward pass in training: every parameter takes a step against its gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gradviz.trace.rules import Rule


class Hidden(NamedTuple):
    """A parameter inside a folded scope: its name, its value before, its gradient."""

    name: str
    before: Any
    gradient: Any


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """The update of one parameter.

    node          its input node; the value before is the trace's. For a parameter inside a folded
                  scope, which is `hidden`, the card of the scope.
    after         its new value, in its shape.
    state_before  what the optimiser kept for it, by name, each in its shape; `state_after` what it
                  keeps now.
    """

    node: int
    after: Any
    state_before: Mapping[str, Any] = field(default_factory=dict)
    state_after: Mapping[str, Any] = field(default_factory=dict)
    hidden: Hidden | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Updates:
    """The updates of one pass, in order.

    rule      how each parameter is changed.
    each      one for every parameter that is trained.
    before, after  the loss on the data of this pass, with the old parameters and with the new.
    promised  what the slope promised for `after`: before + Σ gradient · change.
    number    the number of the pass in its run, from 1, of so many `passes`.
    history   (pass, loss as it begins) for this pass and others of the run, ascending; empty where
              they are not known.
    """

    rule: Rule
    each: tuple[Update, ...]
    before: float
    after: float
    promised: float
    number: int = 1
    passes: int = 1
    history: Sequence[tuple[int, float]] = ()

    def of(self, node: int) -> Update | None:
        """The update of a node; None for one that is not trained."""
        return next((u for u in self.each if u.node == node and u.hidden is None), None)
