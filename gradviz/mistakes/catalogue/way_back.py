"""Other numbers used on the way back than on the way forward."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.graph.graph import CONSTANT, Edge
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import MOST_NEAR, always, are_neighbours, near_nodes, read_as, value_of
from gradviz.ops.contributions import contribution, reduction
from gradviz.trace.findings import At, Place

PRODUCTS = ("mul", "matmul", "dot", "div", "conv1d", "conv2d")


def _on_the_way_back(asked: Asked) -> Iterator[Made]:
    """Another number used for a factor on the way back only."""
    if not asked.is_backward:
        return
    working = asked.working
    graph, values = working.graph, working.truth.values
    for edge in graph.edges:
        source = graph.nodes[edge.source]
        if graph.nodes[edge.target].op not in PRODUCTS or source.op == CONSTANT:
            continue
        others = [e for e in working.truth.contributions if e.target == edge.target and e != edge]
        if not any(e.source in asked.needed for e in others):
            continue
        true = value_of(asked, source)
        for other in (*near_nodes(graph, edge.target), *graph.nodes[edge.target :][:MOST_NEAR]):
            theirs = value_of(asked, other)
            if other.id == source.id or other.op == CONSTANT or other.id in graph.index_leaves:
                continue
            if (
                theirs.shape != true.shape
                or np.array_equal(theirs, true)
                or theirs.dtype.kind != "f"
            ):
                continue
            kin = other.op == source.op or other.id in source.inputs or source.id in other.inputs
            kin = kin or are_neighbours(source.name, other.name)
            if not kin and not true.shape and not (other.name and source.name):
                continue
            near = other.id in source.inputs or abs(other.id - source.id) == 1 or true.shape
            edit = _with_other(asked, edge, others, always(values[other.id]))
            details = {"node": At(edge.target), "source": At(source.id), "other": At(other.id)}
            place = Place(edge.target, others[0], back=True)
            beside = are_neighbours(source.name, other.name)
            bits = 0.5 if near and kin else 2.0 if kin else 2.5
            kind = "beside" if beside else "kin" if kin else "named"
            yield Made(edit, place, 1.0 if beside else bits, details, kind=kind)


def _factor_left_out(asked: Asked) -> Iterator[Made]:
    """A matrix or a kernel left out on the way back: every number of it counts as 1."""
    if not asked.is_backward:
        return
    working = asked.working
    for edge in working.graph.edges:
        node = working.graph.nodes[edge.target]
        if node.op not in ("matmul", "dot", "conv1d", "conv2d") or edge.slot > 1:
            continue
        others = [
            e
            for e in working.truth.contributions
            if e.target == node.id and e.slot == 1 - edge.slot
        ]
        if not any(e.source in asked.needed for e in others):
            continue
        details = {"node": At(edge.target), "source": At(edge.source)}
        place = Place(edge.target, others[0], back=True)
        for how, change in (("left out", np.ones_like), ("divided by its sums", _shares)):
            edit = _with_other(asked, edge, others, change)
            bits = 0.0 if change is np.ones_like else 1.5
            yield Made(edit, place, bits, details | {"how": how}, kind=how)


def _shares(weights: Any) -> Any:
    """Each weight as a share of all that lead to the same output."""
    return weights / weights.sum(-1, keepdims=True)


def _weights_in_order(asked: Asked) -> Iterator[Made]:
    """Two layers' weights taken for each other on the way back."""
    if not asked.is_backward:
        return
    working = asked.working
    graph, values = working.graph, working.truth.values
    edges = [
        e
        for e in graph.edges
        if e.source in working.weights and graph.nodes[e.target].op in ("matmul", "mul")
    ]
    for one, two in combinations(edges, 2):
        mine, theirs = values[one.source], values[two.source]
        on_a_path = one.target in working.above[two.target]
        if np.shape(mine) != np.shape(theirs) or np.array_equal(mine, theirs) or not on_a_path:
            continue
        kin = are_neighbours(graph.nodes[one.source].name, graph.nodes[two.source].name)
        if one.target == two.target or not (kin or np.ndim(mine) == 2):
            continue
        edit = Edit()
        for edge, other in ((one, theirs), (two, mine)):
            others = [e for e in working.truth.contributions if e.target == edge.target]
            edit = edit | _with_other(asked, edge, [e for e in others if e != edge], always(other))
        if all({e.source for e in edges or ()} & asked.needed for edges, _ in edit.brings):
            details = {"source": At(one.source), "other": At(two.source), "node": At(one.target)}
            yield Made(edit, Place(one.target, back=True), 0.0, details)


def _of_another_step(asked: Asked) -> Iterator[Made]:
    """A weight used at several steps, each of its products with the partner of the next step."""
    if not asked.is_backward:
        return
    working = asked.working
    graph, values = working.graph, working.truth.values
    for weight in working.weights:
        edges = [e for e in graph.consumers[weight] if graph.nodes[e.target].op in PRODUCTS]
        if len(edges) < 2 or weight not in asked.needed:
            continue
        partners = [graph.args[e.target][1 - e.slot] for e in edges if e.slot < 2]
        if len({np.shape(values[p]) for p in partners}) > 1 or len(set(partners)) < len(partners):
            continue
        after = next(
            (
                n.id
                for n in graph.nodes
                if n.op == graph.nodes[partners[-1]].op and edges[-1].target in working.above[n.id]
            ),
            None,
        )
        rows = {"later": [*partners[1:], after], "earlier": [None, *partners[:-1]]}
        for how, others in rows.items():
            edit = Edit()
            for edge, partner, other in zip(edges, partners, others, strict=True):
                here = Edge(partner, edge.target, 1 - edge.slot)
                if other is not None:
                    edit = edit | _with_other(asked, here, [edge], always(values[other]))
                elif how == "earlier":
                    edit = edit | Edit(brings=((frozenset([edge]), lambda u: 0 * u.contribution),))
            first = At(edges[0].target)
            details = {"source": At(weight), "how": how, "node": first}
            yield Made(edit, Place(edges[0].target, edges[0], back=True), 0.0, details)


def _updated(asked: Asked) -> Iterator[Made]:
    if asked.is_backward and asked.working.trace.has_backward:
        for rate in (asked.lr,) if asked.lr else RATES:
            yield from _updated_by(asked, rate, "" if asked.lr else f", at a rate of {rate:g}")


RATES = (0.5, 0.1, 1.0, 0.01)
"""Learning rates that are tried where none is given."""


def _updated_by(asked: Asked, rate: float, told: str) -> Iterator[Made]:
    working = asked.working
    graph, truth = working.graph, working.truth
    everything = Edit()
    extra = 2.0 if told else 0.0
    for edge in graph.edges:
        g = truth.gradients[edge.source]
        if edge.source not in working.weights or g is None:
            continue
        if graph.nodes[edge.target].op not in PRODUCTS:
            continue
        others = [e for e in truth.contributions if e.target == edge.target and e != edge]
        new = truth.values[edge.source] - rate * g
        edit = _with_other(asked, edge, others, always(new))
        everything = everything | edit
        if any(e.source in asked.needed for e in others):
            details = {"node": At(edge.target), "source": At(edge.source)}
            says = {"how": f"the updated {{source}} was used on the way back{told}"}
            place = Place(edge.target, others[0], back=True)
            yield Made(edit, place, 1.0 + extra, details | says)
    how = {"how": f"the weights were updated before the backward pass was done{told}"}
    yield Made(everything, Place(), extra, how, kind="all")


def _one_by_one(asked: Asked) -> Iterator[Made]:
    """Another parameter was updated already, and everything computed again with it."""
    if "update" not in asked.kinds or not asked.lr or asked.only is None:
        return
    truth = asked.working.truth
    for node in asked.working.graph.inputs:
        g = truth.gradients[node.id]
        if node.id != asked.only.node and g is not None:
            edit = read_as(asked, node.id, always(truth.values[node.id] - asked.lr * g))
            details = {"node": At(asked.only.node), "source": At(node.id)}
            yield Made(edit, Place(), 0.0, details)


def _with_other(asked: Asked, edge: Edge, others: list[Edge], change: Any) -> Edit:
    """The contributions of a gate when one of its operands is another on the way back."""
    program = asked.working.program

    def brings(use: Use) -> Any:
        operands = list(use.operands)
        operands[edge.slot] = change(operands[edge.slot])
        k = program.schedule.index(use.edge)
        wide, narrow = use.xp.shape(use.value), use.xp.shape(use.own)
        return contribution(
            use.xp,
            use.op,
            use.edge.slot,
            program.routes[k],
            reduction(use.op, wide, narrow),
            use.upstream,
            use.value,
            operands,
            use.options,
        )[1]

    return Edit(brings=((frozenset(others), brings),))


MISTAKES = (
    Mistake(
        "another-number-on-the-way-back",
        about="working",
        places=_on_the_way_back,
        says="{other} was taken for {source} on the way back through {node}",
        bits=5.0,
    ),
    Mistake(
        "factor-left-out-on-the-way-back",
        about="working",
        places=_factor_left_out,
        says="{source} was {how} on the way back through {node}",
        bits=4.5,
    ),
    Mistake(
        "weights-exchanged-on-the-way-back",
        about="working",
        places=_weights_in_order,
        says="{source} and {other} were taken for each other on the way back",
        right="The weights come in the reverse order on the way back.",
        bits=5.0,
    ),
    Mistake(
        "operands-of-another-step",
        about="working",
        places=_of_another_step,
        says="at each use of {source} the number of the step one {how} was taken",
        bits=5.0,
    ),
    Mistake(
        "updated-one-after-the-other",
        about="working",
        places=_one_by_one,
        says="{source} was updated before the gradient of {node} was taken",
        right="All gradients are taken before anything is updated.",
        bits=4.5,
    ),
    Mistake(
        "updated-too-early",
        about="working",
        places=_updated,
        says="{how}",
        right="The whole backward pass uses the old weights.",
        bits=4.0,
    ),
)
