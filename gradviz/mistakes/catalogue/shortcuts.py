"""Formulas for whole stretches of the way back, which people write down at once, such as p − y."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.graph.graph import CONSTANT, Edge, Node
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


def _log_softmax(asked: Asked) -> Iterator[Made]:
    """The gradient at the scores of a log-softmax."""
    if not asked.is_backward:
        return
    trace, working = asked.working.trace, asked.working
    for node in trace.graph.nodes:
        op = trace.graph.ops[node.id]
        if op is None or op.name != "log_softmax" or node.id not in working.inner:
            continue
        scores = working.inner.get(node.inputs[0])
        g = working.truth.gradients[working.inner[node.id]]
        if scores is None or g is None or scores not in asked.needed:
            continue
        y, g = np.asarray(trace.values[node.id]), np.asarray(g)
        p, total = np.exp(y), g.sum(-1, keepdims=True)
        for how, wrong in (
            ("g − Σ g log p", g - (g * y).sum(-1, keepdims=True)),
            ("g − log p Σ g", g - y * total),
            ("g − Σ g p", g - (g * p).sum(-1, keepdims=True)),
            ("g − Σ g", g - total),
            ("g − p", g - p),
            ("g + p Σ g", g + p * total),
            ("g", g),
            ("g/p", g / p),
            ("g(1 − p)", g * (1 - p)),
            ("p(g − Σ g p), the slope of softmax,", p * (g - (g * p).sum(-1, keepdims=True))),
        ):
            edit = Edit(gradients={scores: always(wrong)})
            details = {"how": how, "node": At(scores)}
            yield Made(edit, Place(scores, back=True), 0.0, details, kind=how)


def _of_its_value(asked: Asked) -> Iterator[Made]:
    """The slope of another function, known by heart, written down for the gradient of a number."""
    of, gradients = asked.only, asked.working.truth.gradients
    if of is None or of.kind != "gradient" or gradients[of.node] is None:
        return
    v = value_of(asked, of.node).astype(float)
    with np.errstate(all="ignore"):
        ways = (
            ("v(1 − v), the sigmoid's slope", v * (1 - v)),
            ("1 − v², the slope of tanh", 1 - v * v),
            ("2v", 2 * v),
            ("1/v", 1 / v),
            ("−1/v", -1 / v),
            ("v²", v * v),
            ("e^v", np.exp(v)),
        )
    for how, wrong in ways:
        edit = Edit(gradients={of.node: always(wrong)})
        yield Made(edit, Place(of.node, back=True), 0.0, {"node": At(of.node), "how": how})


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
            ways = [("{node} − {target}", p - t), ("{target} − {node}", t - p)]
            if p.size > 1:
                ways += [
                    ("({node} − {target})/n", (p - t) / p.size),
                    ("2({node} − {target})/n", 2 * (p - t) / p.size),
                ]
            for how, error in ways:
                if not np.allclose(error, g, atol=1e-12):
                    edit = Edit(gradients={node.id: always(error)})
                    details = {"node": At(node.id), "target": At(target.id), "how": how}
                    usual = _is_target(target.name) and bool(node.name)
                    bits = 0.5 * (how[1] == "t") + (how[-1] == "n") + 1.5 * (not usual)
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
            ("p(g − Σ g p), with the sum over the other axis,", p * (g - (g * p).sum(0))),
            ("p(g − Σ g)", p * (g - g.sum(-1, keepdims=True))),
            ("p(g + Σ g p)", p * (g + (g * p).sum(-1, keepdims=True))),
            ("g − Σ g p", g - (g * p).sum(-1, keepdims=True)),
            ("p Σ g p", p * (g * p).sum(-1, keepdims=True)),
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


def _slope_beside(asked: Asked) -> Iterator[Made]:
    """In an array, each element with the slope of the one beside it."""
    for edge, use in asked.working.uses.items() if asked.is_backward else ():
        local = np.asarray(use.local) if use.local is not None else np.zeros(())
        if not local.shape or local.shape[-1] < 2 or len(use.operands) > 1:
            continue
        for shift, how in ((1, "before"), (-1, "after")):
            theirs = np.roll(local, shift, -1)
            if edge.source in asked.needed and not np.array_equal(theirs, local):
                edit = Edit(brings=((frozenset([edge]), partial(_with_slope, theirs)),))
                details = {"node": At(edge.target), "how": how}
                yield Made(edit, Place(edge.target, edge, back=True), 0.0, details)


def _chain_rule(asked: Asked) -> Iterator[Made]:
    """f'(x) g'(x) and f'(g'(x)) for f'(g(x)) g'(x)."""
    uses = asked.working.uses if asked.is_backward else {}
    for edge, use in uses.items():
        if use.local is None or len(use.operands) != 1 or use.op.routes is not None:
            continue
        for inner, theirs in uses.items():
            if inner.target != edge.source or theirs.local is None:
                continue
            if np.shape(theirs.own) != np.shape(use.own) or inner.source not in asked.needed:
                continue
            if (abs(np.asarray(theirs.local)) == 1).all():
                continue
            for how, x, stop in (
                ("at {source}, not at {inner}", theirs.own, False),
                ("at the slope of {inner}, which is missing as a factor", theirs.local, True),
                ("at the slope of {inner}", theirs.local, False),
            ):
                with np.errstate(all="ignore"):
                    y = use.op.forward(use.xp, x, **use.options)
                    slope = use.op.rule_for(0)(use.xp, y, x, **use.options)
                brings: list[tuple[frozenset[Edge], Any]] = [
                    (frozenset([edge]), partial(_with_slope, slope))
                ]
                if stop:
                    brings.append((frozenset([inner]), lambda u: u.upstream))
                details = {
                    "node": At(edge.target),
                    "inner": At(edge.source),
                    "source": At(inner.source),
                    "how": how,
                }
                place = Place(edge.target, edge, back=True)
                yield Made(Edit(brings=tuple(brings)), place, 0.0, details, kind=how)


def _inner_left_out(asked: Asked) -> Iterator[Made]:
    """The whole inner derivative, however many gates it has."""
    graph, gradients = asked.working.graph, asked.working.truth.gradients
    for node, source in _functions_of_claimed(asked):
        inner, g = node.inputs[0], gradients[node.inputs[0]]
        alone = source in graph.args[inner] and len(graph.args[inner]) == 1
        if not alone and np.shape(g) == np.shape(gradients[source]):
            edit = Edit(gradients={source: always(g)})
            details = {"node": At(node.id), "source": At(inner)}
            yield Made(edit, Place(inner, back=True), 0.0, details)


def _functions_of_claimed(asked: Asked) -> Iterator[tuple[Node, int]]:
    """Functions of one number that has its own inner derivative with respect to a claimed one."""
    if not asked.is_backward:
        return
    graph, gradients = asked.working.graph, asked.working.truth.gradients
    wanted = {of.node for of in asked.quantities if of.kind in ("gradient", "update")}
    for node in computed(asked):
        if len(node.inputs) > 1 and "exponent" not in graph.op(node).roles:
            continue
        inner = node.inputs[0]
        for source in sorted(wanted & asked.working.above[inner] - {inner}):
            if gradients[inner] is not None:
                yield node, source


TAKEN = "the slope of {node} was taken"


def _whole_chain(asked: Asked) -> Iterator[Made]:
    """f'(g'(x)), with or without the factor g'(x), and f'(x) g'(x), over all gates of g."""
    working = asked.working
    for node, source in _functions_of_claimed(asked):
        op, options = working.graph.op(node), working.program.options[node.id]
        inner, g = node.inputs[0], working.truth.gradients[node.id]
        if op.local is None or value_of(asked, source).shape or value_of(asked, inner).shape:
            continue
        slope = working.along(inner, source)
        rest = [working.truth.values[i] for i in node.inputs[1:]]
        if slope is None or g is None or abs(slope) == 1:
            continue
        for how, at, factor in (
            (f"{TAKEN} at the slope of {{inner}}, which is missing as a factor", slope, 1.0),
            (f"{TAKEN} at the slope of {{inner}}", slope, slope),
            (f"{TAKEN} at {{source}}, not at {{inner}}", working.truth.values[source], slope),
            (
                "{inner} itself was multiplied in, not its derivative",
                working.truth.values[inner],
                working.truth.values[inner],
            ),
        ):
            with np.errstate(all="ignore"):
                y = op.forward(working.xp, at, *rest, **options)
                wrong = g * op.rule_for(0)(working.xp, y, at, *rest, **options) * factor
            details = {"node": At(node.id), "inner": At(inner), "source": At(source), "how": how}
            edit = Edit(gradients={source: always(wrong)})
            yield Made(edit, Place(node.id, back=True), 0.0, details, kind=how)


def _slope_at_an_input(asked: Asked) -> Iterator[Made]:
    """The slope of f(w x + b) taken at x."""
    working = asked.working
    graph = working.graph
    for edge, use in working.uses.items() if asked.is_backward else ():
        if use.local is None or len(use.operands) != 1 or use.op.local is None:
            continue
        if edge.source not in asked.needed:
            continue
        for leaf in graph.inputs:
            x = working.truth.values[leaf.id]
            within = leaf.id in working.above[edge.source] and leaf.id != edge.source
            if not within or np.shape(x) != np.shape(use.own):
                continue
            with np.errstate(all="ignore"):
                y = use.op.forward(use.xp, x, **use.options)
                slope = use.op.rule_for(0)(use.xp, y, x, **use.options)
            edit = Edit(brings=((frozenset([edge]), partial(_with_slope, slope)),))
            details = {"node": At(edge.target), "inner": At(edge.source), "source": At(leaf.id)}
            yield Made(edit, Place(edge.target, edge, back=True), 0.0, details)


def _quotient(asked: Asked) -> Iterator[Made]:
    """(u' v − u v')/v² without v², with v, or with the terms in another way."""
    for node in computed(asked, "div") if asked.is_backward else ():
        edges = [e for e in asked.working.truth.contributions if e.target == node.id]
        if len(edges) != 2 or not {e.source for e in edges} <= asked.needed:
            continue
        for how, change in QUOTIENTS:
            edit = Edit(brings=((frozenset(edges), change),))
            details = {"node": At(node.id), "how": how}
            yield Made(edit, Place(node.id, back=True), 0.0, details, kind=how)


QUOTIENTS: tuple[tuple[str, Any], ...] = (
    (
        "it was not divided by the square of the denominator",
        lambda u: u.contribution * u.operands[1] ** 2,
    ),
    (
        "it was divided by the denominator, not by its square",
        lambda u: u.contribution * u.operands[1],
    ),
    ("the numerator is u v′ − u′ v, with the wrong sign", lambda u: -u.contribution),
    (
        "the numerator is u′ v + u v′, with the wrong sign",
        lambda u: u.contribution * (-1) ** u.edge.slot,
    ),
)


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
            u, v = (truth.values[i] for i in (a, b))
            for how, wrong in _parts_combined(gate.op, u, v, *parts):
                edit = Edit(gradients={node.id: always(g * wrong)})
                details = {"node": At(gate.id), "how": how}
                yield Made(edit, Place(gate.id, back=True), 0.0, details, kind=how)


def _parts_combined(op: str, u: Any, v: Any, du: Any, dv: Any) -> Iterator[tuple[str, Any]]:
    """What people write for the derivative of u v, and of u/v."""
    if op == "mul":
        yield "the derivatives of both operands were combined by ×", du * dv
        yield "u′ + v′ was taken for u′ v + u v′", du + dv
        yield "u′ u + v′ v was taken for u′ v + u v′", du * u + dv * v
    else:
        yield "the derivatives of both operands were combined by ÷", du / dv
        yield "(u′ − v′)/v² was taken for (u′ v − u v′)/v²", (du - dv) / v**2
        yield "(u′ u − v′ v)/v² was taken for (u′ v − u v′)/v²", (du * u - dv * v) / v**2
        yield "u′ v′/v² was taken for (u′ v − u v′)/v²", du * dv / v**2
        yield "u′/v² was taken for (u′ v − u v′)/v²", du / v**2


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
        "log-softmax-shortcut",
        about="working",
        places=_log_softmax,
        says="{how} was taken for g − p Σ g, at the scores of log-softmax",
        right="The gradient at the scores of log-softmax is g − p Σ g.",
        bits=4.5,
    ),
    Mistake(
        "slope-known-by-heart",
        about="working",
        places=_of_its_value,
        says="{how}, with v the value, was taken for the gradient of {node}",
        bits=6.0,
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
        "slope-of-the-element-beside",
        about="working",
        places=_slope_beside,
        says="each element of {node} got the slope of the one {how} it",
        bits=5.5,
    ),
    Mistake(
        "chain-rule-at-another-number",
        about="working",
        places=_chain_rule,
        says="the slope of {node} was taken {how}",
        right="(f(g(x)))′ is f′(g(x)) g′(x).",
        bits=6.0,
    ),
    Mistake(
        "whole-chain-rule-at-another-number",
        about="working",
        places=_whole_chain,
        says="{how}",
        right="(f(g(x)))′ is f′(g(x)) g′(x).",
        bits=6.0,
    ),
    Mistake(
        "slope-at-an-input",
        about="working",
        places=_slope_at_an_input,
        says="the slope of {node} was taken at {source}, not at {inner}",
        right="(f(g(x)))′ is f′(g(x)) g′(x).",
        bits=4.5,
    ),
    Mistake(
        "inner-derivative-left-out",
        about="working",
        places=_inner_left_out,
        says="the inner derivative, that of {source}, was left out",
        right="(f(g(x)))′ is f′(g(x)) g′(x).",
        bits=4.5,
    ),
    Mistake(
        "quotient-rule",
        about="working",
        places=_quotient,
        says="{how}",
        right="(u/v)′ is (u′ v − u v′)/v².",
        bits=4.0,
    ),
    Mistake(
        "derivatives-combined",
        about="working",
        places=_rule_of_parts,
        says="{how}",
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
