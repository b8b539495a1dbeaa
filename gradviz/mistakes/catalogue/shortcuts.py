"""Formulas for whole stretches of the way back, which people write down at once, such as p − y."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.mistakes.catalogue import losses
from gradviz.mistakes.catalogue.classes import shares
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import always, computed, into, times, value_of
from gradviz.trace.findings import At, Place

TARGETS = "ytTYl"
"""How people call what is to be predicted."""


def _softmax(asked: Asked) -> Iterator[Made]:
    """The gradient at the scores of a softmax."""
    gradients = asked.working.truth.gradients
    for p, scores, node in _softmaxes(asked) if asked.is_backward else ():
        g, above = np.asarray(gradients[scores]), np.asarray(gradients[node])
        rows = p.shape[0] if p.ndim == 2 else 1
        factor = next((n for n in (rows, 1) if _are_targets(p - g * n, p, above * n)), None)
        if factor is None:
            continue
        place, told = Place(scores, back=True), {"node": At(scores)}
        s, y = value_of(asked, scores), p - g * factor
        for bits, (how, wrong) in enumerate(_instead(p, y, s)):
            value = wrong / factor
            if not np.allclose(value, g, atol=1e-12):
                edit = Edit(gradients={scores: always(value)})
                yield Made(edit, place, bits / 4, {"how": how, **told}, kind=how)
        for f, how in ((rows, "was not divided"), (1 / rows, "was divided once more")):
            if rows > 1:
                edit = Edit(gradients={scores: times(f)})
                how = f"it {how} by the batch size"
                yield Made(edit, place, 0.0, {"how": how, **told}, kind=how)


def _softmaxes(asked: Asked) -> Iterator[tuple[Any, int, int]]:
    """The shares and the nodes of scores and shares, where the scores' gradient matters."""
    for node, scores in shares(asked):
        p, g = value_of(asked, node), asked.working.truth.gradients[scores]
        if g is not None and np.shape(g) == p.shape and scores in asked.needed:
            yield p, scores, node


def _are_targets(y: Any, p: Any, upstream: Any) -> bool:
    """Whether p − g has a 1 for each label, as it has behind a cross-entropy; or shares y, with
    −y/p as the upstream gradient of p.
    """
    with np.errstate(all="ignore"):
        shares = np.all(y > -1e-9) and np.allclose(-y / p, upstream)
    return bool(shares or np.all(abs(y - np.round(y)) < 1e-6))


def _instead(p: Any, y: Any, s: Any) -> Iterator[tuple[str, Any]]:
    yield "y − p was taken for p − y", y - p
    yield "y was not subtracted: p was taken for p − y", p
    yield "1 − p was taken for p − y", 1 - p
    yield "p(1 − p) was taken for p − y: the diagonal of softmax alone", p * (1 - p)
    yield "y was subtracted in the wrong place", p - np.roll(y, 1, -1)
    yield "y was subtracted in the wrong place", p - np.roll(y, -1, -1)
    hot = (y == y.max(-1, keepdims=True)).astype(float)
    if not np.allclose(hot, y):
        yield "the label alone was taken for the targets", p - hot
    yield "y was subtracted everywhere", p - 1
    yield "softmax was left out: s − y was taken for p − y", s - y
    yield "p − y was multiplied by p", (p - y) * p
    yield "only the right class was counted", (p - y) * y
    with np.errstate(all="ignore"):
        yield "−y/p was taken: softmax was left out on the way back", -y / p
        yield "log p − y was taken for p − y", np.log(p) - y
    yield "p − y was multiplied by p(1 − p)", (p - y) * p * (1 - p)
    yield "(p − y)² was taken for p − y", (p - y) ** 2
    yield "2(p − y) was taken for p − y", 2 * (p - y)
    yield "the sigmoid was taken for the softmax: σ(s) − y for p − y", 1 / (1 + np.exp(-s)) - y
    yield "p − y was divided by the number of classes", (p - y) / p.shape[-1]


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


def _turned_error(asked: Asked) -> Iterator[Made]:
    """t − p where p − t stands: nothing to see in the square, but in its slope."""
    if not asked.is_backward:
        return
    graph = asked.working.graph
    for node in computed(asked, "sub"):
        first, second = (graph.nodes[i] for i in node.inputs)
        if node.id in asked.needed and _is_target(first.name) != _is_target(second.name):
            edit = Edit(values={node.id: lambda operands, y: -y})
            details = {"node": At(node.id), "first": At(first.id), "second": At(second.id)}
            yield Made(edit, Place(node.id), 0.0, details)


def _turned_in_a_loss(asked: Asked) -> Iterator[Made]:
    """The error of a loss that is one op, taken as target minus prediction."""
    working = asked.working
    graph, truth = working.trace.graph, working.truth
    for node in graph.nodes if asked.is_backward else ():
        op = graph.ops[node.id]
        inner = [working.inner[i] for i in node.inputs if i in working.inner]
        if op is None or op.elementwise or len(node.inputs) != 2 or len(inner) != 2:
            continue
        p, t = inner
        g = truth.gradients[p]
        alike = np.shape(truth.values[p]) == np.shape(truth.values[t])
        sides = set(np.unique(truth.values[t])) <= {-1.0, 1.0}  # of a margin, which has no error
        named = _is_target(graph.nodes[node.inputs[1]].name) and not sides
        if alike and named and g is not None and p in asked.needed:
            details = {"node": At(working.inner.get(node.id, p)), "target": At(t), "source": At(p)}
            yield Made(Edit(gradients={p: np.negative}), Place(p, back=True), 0.0, details)


def _hinge(asked: Asked) -> Iterator[Made]:
    """What the right class receives from a hinge loss, by the wrong formulas of the exams."""
    working = asked.working
    trace, truth = working.trace, working.truth
    for node in trace.graph.nodes if asked.is_backward else ():
        scores = working.inner.get(node.inputs[0]) if node.inputs else None
        if node.op != "multiclass_hinge" or scores is None or truth.gradients[scores] is None:
            continue
        s = np.atleast_2d(np.asarray(truth.values[scores], float))
        labels = np.atleast_1d(np.asarray(trace.values[node.inputs[1]])).astype(int)
        true = np.asarray(truth.gradients[scores], float)
        for mistake in losses.MISTAKES if s.size <= MOST_SCORES else ():
            if mistake.about != "hinge-gradient" or mistake.formula is None:
                continue
            wrong = np.atleast_2d(true.copy())
            for row, label in enumerate(labels):
                made = mistake.formula(scores=s[row].tolist(), label=int(label))
                opened = sum(s[row] - s[row, label] + 1 > 0) - 1
                if made is not None and opened:
                    wrong[row, label] *= -float(made) / opened
            edit = Edit(gradients={scores: always(wrong.reshape(true.shape))})
            details = {"how": HINGES[mistake.name], "node": At(scores)}
            yield Made(edit, Place(scores, back=True), 0.0, details, kind=mistake.name)


MOST_SCORES = 256
HINGES = {
    "hinge-one-open": "the right class received −1 once, not for every open margin",
    "hinge-all-open": "the right class received −1 for closed margins too",
    "hinge-sign": "the right class received its gradient with the other sign",
}


def _quadratic(asked: Asked) -> Iterator[Made]:
    """2 A x for (A + Aᵀ) x."""
    working = asked.working
    graph, values = working.graph, working.truth.values
    for node in computed(asked, "matmul") if asked.is_backward else ():
        first, x = (graph.nodes[i] for i in node.inputs)
        if first.op != "matmul" or first.inputs[0] != x.id or x.id not in asked.needed:
            continue
        a = np.asarray(values[first.inputs[1]])
        outer = frozenset(e for e in into(asked, node.id, 1))
        inner = frozenset(e for e in into(asked, first.id, 0))
        for how, edges, product in (
            ("2A x", outer, a @ np.asarray(values[x.id])),
            ("2Aᵀx", inner, a.T @ np.asarray(values[x.id])),
        ):
            edit = Edit(brings=((edges, partial(_along, product)),))
            details = {"node": At(node.id), "how": how}
            yield Made(edit, Place(node.id, back=True), 0.0, details)


def _along(product: Any, use: Use) -> Any:
    return use.upstream * product if not np.shape(use.upstream) else product


def _is_target(name: str) -> bool:
    return name[:1] in TARGETS


def _diagonal(asked: Asked) -> Iterator[Made]:
    """Each share is taken to depend on its own score alone."""
    working = asked.working
    for p, found, node in _softmaxes(asked) if asked.is_backward else ():
        g = working.truth.gradients[node]
        if g is None:
            continue
        g = np.asarray(g)
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
        "error-turned",
        about="working",
        places=_turned_error,
        says="{second} − {first} was taken for {first} − {second}",
        bits=4.0,
    ),
    Mistake(
        "error-turned-in-a-loss",
        about="working",
        places=_turned_in_a_loss,
        says="{target} minus what was predicted was taken for the error",
        right="The error is the prediction minus the target.",
        bits=4.5,
    ),
    Mistake("hinge-at-the-right-class", about="working", places=_hinge, says="{how}", bits=4.0),
    Mistake(
        "quadratic-form",
        about="working",
        places=_quadratic,
        says="{how} was taken for (A + Aᵀ)x",
        right="2A x is the gradient for a symmetric A only.",
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
)
