"""What stands in a gate with a constant: `+1`, `×3`, `x²`, `1/x`, as the op declares it.

A constant in a gate has no card and no wire of its own; its node stays in the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal

from gradviz.graph.graph import CONSTANT, Graph
from gradviz.scene.blocks import Block, Number, wide

Constants = Literal["gates", "apart"]
"""Where constants stand: in the gates of their ops, or each on a card of its own."""

WORD: Final = 15.0
RAISED: Final = 0.72
"""The size of an exponent, as a share of that of its base."""
LIFT: Final = 0.36
"""How far an exponent is raised, as a share of the size of its base."""
LONGEST: Final = 8
"""The most characters of a number in a gate."""
GAP: Final = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """How an op reads with a constant in its gate: what stands before the number, the number, and
    what stands after it.

    constant  the node whose value the number is.
    nodes     all nodes in the gate: the op that is applied to the constant first, if there is one.
    """

    before: str
    number: str
    after: str
    constant: int
    nodes: tuple[int, ...]
    is_exponent: bool = False

    @property
    def size(self) -> float:
        """The size of the number."""
        return WORD * RAISED if self.is_exponent else WORD

    @property
    def widths(self) -> tuple[float, float, float]:
        """The width of each part, in any weight."""
        return (
            wide(self.before, WORD),
            wide(self.number, self.size) + 2 * GAP,
            wide(self.after, WORD),
        )


def readings(
    graph: Graph, block: Callable[[int], Block], nodes: Collection[int]
) -> dict[int, Reading]:
    """The ops among some nodes that have a constant in their gate.

    Such an op declares how it reads (`with_constant`) and has two operands: one depends on an
    input, the other is an unnamed number that is used nowhere else, or an unnamed op of one that
    declares how that reads, such as √2. `block` gives the block of a constant.
    """
    found = {}
    for node in map(graph.nodes.__getitem__, nodes):
        patterns = () if node.is_leaf else graph.op(node).with_constant
        if len(node.inputs) != 2 or not patterns:
            continue
        for slot, pattern in enumerate(patterns):
            nodes, other = _constant(graph, node.inputs[slot]), node.inputs[1 - slot]
            if not nodes or not pattern or other in graph.fixed:
                continue
            number = _words(graph, nodes[-1], block)
            if not number or len(number) > LONGEST:
                continue
            for outer in nodes[:-1]:
                pattern = pattern.replace("{c}", graph.op(graph.nodes[outer]).with_constant[0])
            found[node.id] = _reading(pattern, number, nodes)
    return found


def _words(graph: Graph, node: int, block: Callable[[int], Block]) -> str:
    """A constant as it stands in a gate; empty for one that is more than a number."""
    if graph.nodes[node].options["value"] == "pi":
        return "π"
    made = block(node)
    return made.words if isinstance(made, Number) else ""


def _constant(graph: Graph, node: int) -> tuple[int, ...]:
    """An unnamed number, or an unnamed op of one and that number; empty for anything else."""
    found = list[int]()
    while True:
        row = graph.nodes[node]
        if row.name or row.shape or len(graph.consumers[node]) != 1:
            return ()
        if row.op == CONSTANT:
            return (*found, node)
        if row.is_leaf or len(row.inputs) != 1 or len(graph.op(row).with_constant) != 1:
            return ()
        if found:
            return ()
        found.append(node)
        node = row.inputs[0]


def _reading(pattern: str, number: str, nodes: tuple[int, ...]) -> Reading:
    before, _, after = pattern.partition("{c}")
    power = before.endswith("^")
    before = before.removesuffix("^")
    is_open = not before or before[-1] == " " or power
    is_open = is_open and not ("/" in number and after.startswith("/"))
    if not number.isalnum() and not number.replace(".", "", 1).isdigit() and not is_open:
        before, after = before + "(", ")" + after
    return Reading(before, number, after, nodes[-1], nodes, power)
