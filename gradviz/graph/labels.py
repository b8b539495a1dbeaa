"""What unnamed nodes are called, so that sentences and formulas can speak of them."""

from __future__ import annotations

from gradviz.graph.graph import CONSTANT, Graph, Node, shape_of

LETTERS = "abcghklmnpqrstuvw"
"""Letters for intermediates: none that reads as a constant, an index, a differential or a usual input."""


def labels(graph: Graph) -> dict[int, str]:
    """A label for every node but unnamed numbers, different from all names.

    Named nodes keep their name. The output is f, other intermediates take letters in topological order, or
    v1, v2, … where the letters do not suffice.
    """
    found = {n.id: n.name for n in graph.nodes if n.name}
    taken = set(found.values())
    if graph.output not in found and not _is_number(graph.nodes[graph.output]):
        found[graph.output] = next(c for c in ("f", "out", "output_", "output__") if c not in taken)
        taken.add(found[graph.output])
    unnamed = [n.id for n in graph.nodes if n.id not in found and not _is_number(n)]
    free = [c for c in LETTERS if c not in taken]
    if len(unnamed) > len(free):
        numbers = (f"v{k}" for k in range(1, len(unnamed) + len(taken) + 1))
        free = [v for v in numbers if v not in taken]
    return found | dict(zip(unnamed, free, strict=False))


def _is_number(node: Node) -> bool:
    return node.op == CONSTANT and not shape_of(node.options["value"])
