"""Formulas for whole stretches of the way back, which people write down at once, such as p − y."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.graph.graph import CONSTANT, Edge
from gradviz.mistakes.catalogue.classes import shares
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import (
    MOST_NEAR,
    always,
    are_neighbours,
    computed,
    near_nodes,
    read_as,
    times,
    value_of,
)
from gradviz.ops.contributions import contribution, reduction
from gradviz.trace.findings import At, Place

TARGETS = "ytTYl"
"""How people call what is to be predicted."""
MOST_USES = 200
"""Of a long graph, so many slopes are looked at beside each."""
PRODUCTS = ("mul", "matmul", "div", "conv2d")


def _softmax(asked: Asked) -> Iterator[Made]:
    """The gradient at the scores of a softmax."""
    gradients = asked.working.truth.gradients
    for p, scores, _ in _softmaxes(asked) if asked.is_backward else ():
        g = np.asarray(gradients[scores])
        rows = p.shape[0] if p.ndim == 2 else 1
        factor = next((n for n in (rows, 1) if _is_whole(p - g * n)), None)
        if factor is None:
            continue
        place, node = Place(scores, back=True), At(scores)
        for bits, (how, wrong) in enumerate(_instead(p, np.round(p - g * factor))):
            value = wrong / factor
            if not np.allclose(value, g, atol=1e-12):
                edit = Edit(gradients={scores: always(value)})
                yield Made(edit, place, bits / 4, {"how": how, "node": node}, kind=how)
        for f, how in ((rows, "was not divided"), (1 / rows, "was divided once more")):
            if rows > 1:
                edit = Edit(gradients={scores: times(f)})
                how = f"it {how} by the batch size"
                yield Made(edit, place, 0.0, {"how": how, "node": node}, kind=how)


def _softmaxes(asked: Asked) -> Iterator[tuple[Any, int, int]]:
    """The shares and the nodes of scores and shares, where the scores' gradient matters."""
    for node, scores in shares(asked):
        p, g = value_of(asked, node), asked.working.truth.gradients[scores]
        if g is not None and np.shape(g) == p.shape and scores in asked.needed:
            yield p, scores, node


def _is_whole(y: Any) -> bool:
    """Whether p − g has a 1 for each label, as it has behind a cross-entropy."""
    return bool(np.all(abs(y - np.round(y)) < 1e-6))


def _instead(p: Any, y: Any) -> Iterator[tuple[str, Any]]:
    yield "y − p was taken for p − y", y - p
    yield "y was not subtracted: p was taken for p − y", p
    yield "1 − p was taken for p − y", 1 - p
    yield "p(1 − p) was taken for p − y: the diagonal of softmax alone", p * (1 - p)
    yield "y was subtracted in the wrong place", p - np.roll(y, 1, -1)
    yield "y was subtracted in the wrong place", p - np.roll(y, -1, -1)
    yield "y was subtracted everywhere", p - 1
    yield "p − y was multiplied by p", (p - y) * p
    yield "only the right class was counted", (p - y) * y
    with np.errstate(all="ignore"):
        yield "−y/p was taken: softmax was left out on the way back", -y / p
        yield "log p − y was taken for p − y", np.log(p) - y
    yield "p − y was multiplied by p(1 − p)", (p - y) * p * (1 - p)
    yield "(p − y)² was taken for p − y", (p - y) ** 2
    yield "2(p − y) was taken for p − y", 2 * (p - y)


def _error(asked: Asked) -> Iterator[Made]:
    """p − y belongs to the scores before σ or softmax; people put it at p, and go on with σ'."""
    if not asked.is_backward:
        return
    working = asked.working
    values = working.truth.values
    weights = set(working.weights)
    targets = [n for n in working.graph.inputs if n.id not in weights or _is_target(n.name)]
    for node in (*working.graph.inputs, *computed(asked)):
        g = working.truth.gradients[node.id]
        if node.id not in asked.needed or g is None or node.id == working.graph.output:
            continue
        for target in targets:
            t = np.asarray(values[target.id])
            if t.shape != value_of(asked, node).shape or t.dtype.kind == "b":
                continue
            if target.id == node.id or (node.is_leaf and _is_target(node.name)):
                continue
            p = value_of(asked, node)
            for how, error in (("{node} − {target}", p - t), ("{target} − {node}", t - p)):
                if not np.allclose(error, g, atol=1e-12):
                    edit = Edit(gradients={node.id: always(error)})
                    details = {"node": At(node.id), "target": At(target.id), "how": how}
                    usual = _is_target(target.name) and bool(node.name)
                    bits = 0.5 * (how[1] == "t") + 1.5 * (not usual)
                    place, kind = Place(node.id, back=True), f"{how} {usual}"
                    yield Made(edit, place, bits, details, kind=kind)


def _is_target(name: str) -> bool:
    return name[:1] in TARGETS


def _diagonal(asked: Asked) -> Iterator[Made]:
    """Each share is taken to depend on its own score alone."""
    working = asked.working
    for node in computed(asked, "div") if asked.is_backward else ():
        found = next((s for p, s, n in _softmaxes(asked) if n == node.id), None)
        g = working.truth.gradients[node.id]
        if found is None or g is None:
            continue
        p, g = value_of(asked, node), np.asarray(g)
        z = value_of(asked, found)
        ways = [
            ("p(1 − p)", g * p * (1 - p)),
            ("p", g * p),
            ("1 − p", g * (1 - p)),
            ("1", g),
            ("z(1 − z), with the scores,", g * z * (1 - z)),
            (
                "p(δ − z), with the scores for the shares,",
                g * p - z * (g * p).sum(-1, keepdims=True),
            ),
            (
                "the formula with the scores for the shares",
                z * (g - (g * z).sum(-1, keepdims=True)),
            ),
        ]
        for how, wrong in ways:
            edit = Edit(gradients={found: always(wrong)})
            details = {"how": how, "node": At(found)}
            yield Made(edit, Place(found, back=True), 0.0, details, kind=how)


def _slope_of_another(asked: Asked) -> Iterator[Made]:
    """The slope of the same function at another node: o(1 − o) for h(1 − h)."""
    working = asked.working
    for edge, use in working.uses.items() if asked.is_backward else ():
        if use.local is None or len(use.operands) > 1 or edge.source not in asked.needed:
            continue
        for other, theirs in list(working.uses.items())[:MOST_USES]:
            if other.target == edge.target or theirs.op is not use.op or theirs.local is None:
                continue
            if np.shape(theirs.local) == np.shape(use.local) and not np.array_equal(
                theirs.local, use.local
            ):
                brings = partial(_with_slope, theirs.local)
                edit = Edit(brings=((frozenset([edge]), brings),))
                details = {"node": At(edge.target), "other": At(other.target)}
                yield Made(edit, Place(edge.target, edge, back=True), 0.0, details)


def _with_slope(local: Any, use: Use) -> Any:
    return use.upstream * local


def _rule_of_parts(asked: Asked) -> Iterator[Made]:
    """(f g)' = f' g', and (f/g)' = f'/g'."""
    if not asked.is_backward:
        return
    working = asked.working
    truth, graph = working.truth, working.graph
    for gate in computed(asked, "mul", "div"):
        a, b = gate.inputs
        for node in graph.inputs:
            if node.id not in asked.needed or value_of(asked, node).shape:
                continue
            if not all(node.id in working.above[i] for i in (a, b)):
                continue
            parts = [working.along(i, node.id) for i in (a, b)]
            g = truth.gradients[gate.id]
            if None in parts or g is None:
                continue
            wrong = g * parts[0] * parts[1] if gate.op == "mul" else g * parts[0] / parts[1]
            edit = Edit(gradients={node.id: always(wrong)})
            details = {"node": At(gate.id), "op": graph.symbol(gate.id)}
            yield Made(edit, Place(gate.id, back=True), 0.0, details, kind=gate.op)


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
            if not kin and not true.shape:
                continue
            near = other.id in source.inputs or abs(other.id - source.id) == 1 or true.shape
            edit = _with_other(asked, edge, others, always(values[other.id]))
            details = {"node": At(edge.target), "source": At(source.id), "other": At(other.id)}
            place = Place(edge.target, others[0], back=True)
            yield Made(edit, place, 0.5 if near else 2.0, details)


def _updated(asked: Asked) -> Iterator[Made]:
    if not asked.is_backward or not asked.lr:
        return
    working = asked.working
    graph, truth = working.graph, working.truth
    everything = Edit()
    for edge in graph.edges:
        g = truth.gradients[edge.source]
        if edge.source not in working.weights or g is None:
            continue
        if graph.nodes[edge.target].op not in PRODUCTS:
            continue
        others = [e for e in truth.contributions if e.target == edge.target and e != edge]
        new = truth.values[edge.source] - asked.lr * g
        edit = _with_other(asked, edge, others, always(new))
        everything = everything | edit
        if any(e.source in asked.needed for e in others):
            details = {"node": At(edge.target), "source": At(edge.source)}
            says = {"how": "the updated {source} was used on the way back"}
            yield Made(edit, Place(edge.target, others[0], back=True), 1.0, details | says)
    how = {"how": "the weights were updated before the backward pass was done"}
    yield Made(everything, Place(), 0.0, how, kind="all")


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
        "softmax-shortcut",
        about="working",
        places=_softmax,
        says="{how}",
        right="The gradient of cross-entropy at the scores is p − y.",
        bits=4.0,
    ),
    Mistake(
        "error-for-gradient-of-output",
        about="working",
        places=_error,
        says="{how} was taken for the gradient of {node}",
        bits=4.5,
    ),
    Mistake(
        "softmax-diagonal",
        about="working",
        places=_diagonal,
        says="{how} was taken for the slope of softmax",
        right="∂pᵢ/∂sⱼ is pᵢ(1 − pᵢ) for i = j and −pᵢpⱼ for the others.",
        bits=4.5,
    ),
    Mistake(
        "slope-of-another-node",
        about="working",
        places=_slope_of_another,
        says="the slope at {other} was taken for that at {node}",
        bits=6.0,
    ),
    Mistake(
        "derivatives-combined",
        about="working",
        places=_rule_of_parts,
        says="the derivatives of both operands were combined by {op}",
        right="(f g)′ = f′ g + f g′, and (f/g)′ = (f′ g − f g′)/g².",
        bits=5.0,
    ),
    Mistake(
        "another-number-on-the-way-back",
        about="working",
        places=_on_the_way_back,
        says="{other} was taken for {source} on the way back through {node}",
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
