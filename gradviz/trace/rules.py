"""How a parameter is changed, as data: lines of our own grammar, worked out one after the other.

The same lines are calculated on any array namespace, printed as mathematics, and saved with a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from gradviz.graph.graph import CONSTANT, INPUT, Graph

WEIGHT, GRADIENT = "w", "g"
"""The names of the parameter and of its gradient in every line."""


class Line(NamedTuple):
    """`name` becomes what `text` gives; both in the grammar of expressions: `v = momentum*v + g`.

    A name that a line gives anew stands, in the lines after it, for what it became.
    """

    name: str
    text: str

    @property
    def graph(self) -> Graph:
        """The right side as a graph."""
        return _graph(self.text)


@cache
def _graph(text: str) -> Graph:
    from gradviz.graph.text.parser import parse

    return parse(text)


@dataclass(frozen=True, slots=True)
class Rule:
    """How every parameter is changed in one step.

    name     the optimiser's.
    words    one sentence on what it does; `{name}` is the parameter.
    lines    what is worked out for each parameter, in order; the last gives the new `w`.
    numbers  what the lines take besides `w`, its gradient `g` and the state: `lr`, `momentum`, `t`.
    symbols  how names of the lines are written where they are not their own symbol: η for `lr`.
    """

    name: str
    words: str
    lines: tuple[Line, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)


def worked_out(lines: Iterable[Line], known: Mapping[str, Any], xp: Any) -> dict[str, Any]:
    """Everything known after the lines, in the array namespace `xp`."""
    found = dict(known)
    with xp.quiet():
        for line in lines:
            found[line.name] = value_of(line.graph, found, xp)
    return found


def value_of(graph: Graph, known: Mapping[str, Any], xp: Any) -> Any:
    """A right side, from the values of its names."""
    values: list[Any] = []
    for node in graph.nodes:
        if node.op == INPUT:
            values.append(known[node.name])
        elif node.op == CONSTANT:
            values.append(xp.asreal(node.options["value"]))
        else:
            op, operands = graph.op(node), [values[i] for i in node.inputs]
            if xp.grows:
                for slot, operand in enumerate(operands):
                    if op.role(slot) == "exponent":
                        xp.foresee(operands[0], operand)
            values.append(op.forward(xp, *operands, **node.options))
    return values[graph.output]
