"""The rules of calculus for functions of functions, products and quotients."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.graph.graph import INPUT, Edge, Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import always, computed, into, value_of
from gradviz.trace.findings import At, Place

MOST_USES = 200
"""Of a long graph, so many slopes are looked at beside each."""


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


def _slope_after_the_product(asked: Asked) -> Iterator[Made]:
    """(Wᵀ g) f'(z) where Wᵀ (g f'(z)) belongs: the layer's slope a layer too far back."""
    working = asked.working
    truth = working.truth
    for edge, use in working.uses.items() if asked.is_backward else ():
        if use.local is None or len(use.operands) > 1 or not np.shape(use.local):
            continue
        for back, product in working.uses.items():
            if back.target not in working.above[edge.source] or product.op.name != "matmul":
                continue
            several = sum(e.source == back.source for e in truth.contributions) > 1
            fits = np.shape(product.contribution) == np.shape(use.local)
            if several or not fits or back.source not in asked.needed:
                continue
            edit = Edit(brings=((frozenset([edge]), lambda u: u.upstream),))
            brings = partial(_times_slope, use.local)
            edit = edit | Edit(gradients={back.source: brings})
            details = {"node": At(edge.target), "other": At(back.target)}
            yield Made(edit, Place(edge.target, edge, back=True), 0.0, details)


def _times_slope(local: Any, gradient: Any) -> Any:
    return gradient * local


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
        with np.errstate(all="ignore"):
            wrong = g * op.forward(working.xp, slope, *rest, **options)
        how = "{node} itself was taken of the slope of {inner}"
        details = {"node": At(node.id), "inner": At(inner), "how": how}
        edit = Edit(gradients={source: always(wrong)})
        yield Made(edit, Place(node.id, back=True), 0.5, details, kind=how)


def _slope_at_an_input(asked: Asked) -> Iterator[Made]:
    """The slope of f(w x + b) taken at x."""
    working = asked.working
    graph = working.graph
    for edge, use in working.uses.items() if asked.is_backward else ():
        if use.local is None or len(use.operands) != 1 or use.op.local is None:
            continue
        if edge.source not in asked.needed:
            continue
        for other in graph.nodes:
            x = working.truth.values[other.id]
            if np.shape(x) != np.shape(use.own) or other.id in (edge.source, edge.target):
                continue
            within = other.op == INPUT and other.id in working.above[edge.source]
            later = not other.is_leaf and bool(other.name) and bool(np.shape(x))
            if not within and not later:
                continue
            with np.errstate(all="ignore"):
                y = use.op.forward(use.xp, x, **use.options)
                slope = use.op.rule_for(0)(use.xp, y, x, **use.options)
            edit = Edit(brings=((frozenset([edge]), partial(_with_slope, slope)),))
            details = {"node": At(edge.target), "inner": At(edge.source), "source": At(other.id)}
            place, kind = Place(edge.target, edge, back=True), "within" if within else "later"
            yield Made(edit, place, 0.0 if within else 1.0, details, kind=kind)


def _quotient(asked: Asked) -> Iterator[Made]:
    """(u' v − u v')/v² without v², with v, or with the terms in another way."""
    for node in computed(asked, "div") if asked.is_backward else ():
        edges = [e for e in asked.working.truth.contributions if e.target == node.id]
        if len(edges) != 2 or not {e.source for e in edges} <= asked.needed:
            continue
        ops = tuple(asked.working.graph.nodes[i].op for i in node.inputs)
        bits = 3.0 if ops == ("exp", "sum") else 0.0  # a softmax, which people take as a whole
        for how, change in QUOTIENTS:
            edit = Edit(brings=((frozenset(edges), change),))
            details = {"node": At(node.id), "how": how}
            yield Made(edit, Place(node.id, back=True), bits, details, kind=how)


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


def _other_factor(asked: Asked) -> Iterator[Made]:
    """x · 3y² for the derivative of x y³ in x: the other factor is differentiated, too."""
    if not asked.is_backward:
        return
    working = asked.working
    graph = working.graph
    for gate in computed(asked, "mul"):
        for slot, other in enumerate(reversed(gate.inputs)):
            leaves = [n.id for n in graph.inputs if n.id in working.above[other]]
            edges = into(asked, gate.id, slot)
            if graph.nodes[other].is_leaf or len(leaves) != 1 or not edges:
                continue
            edge = next(iter(edges))
            if edge.source not in asked.needed or leaves[0] in working.above[edge.source]:
                continue
            if value_of(asked, other).shape or value_of(asked, leaves[0]).shape:
                continue
            slope = working.along(other, leaves[0])
            if slope is not None:
                edit = Edit(brings=((edges, partial(_with_slope, slope)),))
                details = {"node": At(gate.id), "other": At(other)}
                yield Made(edit, Place(gate.id, edge, back=True), 0.0, details)


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


MISTAKES = (
    Mistake(
        "slope-of-another-node",
        about="working",
        places=_slope_of_another,
        says="the slope at {other} was taken for that at {node}",
        bits=6.0,
    ),
    Mistake(
        "slope-after-the-product",
        about="working",
        places=_slope_after_the_product,
        says="the slope at {node} was multiplied in only after {other}",
        right="On the way back the slope of a layer comes before its weights.",
        bits=5.5,
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
        "other-factor-differentiated",
        about="working",
        places=_other_factor,
        says="the other factor {other} was differentiated too",
        right="What does not depend on the variable stays as it is.",
        bits=5.0,
    ),
    Mistake(
        "derivatives-combined",
        about="working",
        places=_rule_of_parts,
        says="{how}",
        right="(f g)′ = f′ g + f g′, and (f/g)′ = (f′ g − f g′)/g².",
        bits=5.0,
    ),
)
