"""Two runs, matched and joined step by step into one walk."""

from __future__ import annotations

from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph
from gradviz.graph.union import Union, union
from gradviz.trace.pair import PairTrace, joined
from gradviz.trace.plots.comparison import Comparison
from gradviz.trace.trace import Trace


def paired(
    runs: tuple[Trace, Trace], comparison: Comparison, classes: tuple[str, ...]
) -> PairTrace:
    """Two runs that were compared as one walk over one graph.

    Raises ValueInputError for runs that have no input and no op in common.
    """
    made = in_common(runs[0].graph, runs[1].graph)
    first, second = (side.name for side in comparison.sides)
    return PairTrace(
        runs,
        (first, second),
        made,
        joined(runs, made),
        comparison,
        classes,
        frozenset(_scores(runs, made, len(classes))) if classes else frozenset(),
    )


def in_common(first: Graph, second: Graph) -> Union:
    """Two bound graphs as one. Raises ValueInputError where they have nothing in common."""
    made = union(first, second)
    if not made.common:
        raise ValueInputError(
            "these runs have nothing in common: no input of one name, no op on the same operands",
            expected="two graphs that share inputs, as x*y and x + y do",
            got=" and ".join(f"{' '.join(graph.source.split()):.40}" for graph in (first, second)),
            hint="gradviz show and gradviz render --view table set their numbers side by side",
        )
    return made


def _scores(runs: tuple[Trace, Trace], made: Union, count: int) -> set[int]:
    """The nodes whose last axis is that of the classes: from the scores that a loss compares on, or
    else the output.
    """
    found = set()
    for side, run in enumerate(runs):
        first = compared_nodes(run)
        start = run.graph.output if first is None else first[0]
        for k, pair in enumerate(made.nodes):
            node = pair[side]
            if node is None or node < start:
                continue
            row = run.graph.nodes[node]
            fits = row.shape is not None and row.shape[-1:] == (count,)
            if fits and (node == start or not row.is_leaf):
                found.add(k)
    return found


def compared_nodes(run: Trace) -> tuple[int, int] | None:
    """The nodes of scores and labels that a loss compares; None without such a loss."""
    for node in reversed(run.graph.nodes):
        if not node.is_leaf and "labels" in (names := list(run.graph.op(node).inputs)):
            return node.inputs[0], node.inputs[names.index("labels")]
    return None
