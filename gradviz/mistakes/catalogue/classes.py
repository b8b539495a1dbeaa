"""Losses of classes: softmax, cross-entropy and hinge, worked wrongly as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.graph.graph import Node
from gradviz.mistakes.catalogue import losses
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import always, computed, value_of
from gradviz.trace.findings import At, Place


def shares(asked: Asked) -> Iterator[tuple[int, int]]:
    """The nodes of the shares of a softmax and of its scores."""
    graph = asked.working.graph
    for node in computed(asked, "div"):
        top, below = (graph.nodes[i] for i in node.inputs)
        if top.op != "exp" or below.op != "sum":
            continue
        scores = top.inputs[0]
        while graph.nodes[scores].op == "sub":  # the largest score is taken off first
            scores = graph.nodes[scores].inputs[0]
        if value_of(asked, scores).shape == value_of(asked, node).shape:
            yield node.id, scores
    for node in computed(asked, "softmax"):  # inside another composite
        yield node.id, node.inputs[0]


def _left_out(asked: Asked) -> Iterator[Made]:
    for node, scores in shares(asked):
        edit = Edit(values={node: always(value_of(asked, scores))})
        yield Made(edit, Place(node), 0.0, {"node": At(scores)})


def _again(asked: Asked) -> Iterator[Made]:
    for node, _ in shares(asked):
        edit = Edit(values={node: lambda operands, p: _softmax(p)})
        yield Made(edit, Place(node))
    graph = asked.working.graph
    for log in computed(asked, "log"):  # of shares that are given
        p = value_of(asked, log.inputs[0])
        is_given = graph.nodes[log.inputs[0]].is_leaf and p.ndim > 0
        if is_given and np.allclose(p.sum(-1), 1) and (p >= 0).all():
            yield Made(Edit(values={log.id: always(np.log(_softmax(p)))}), Place(log.id))


def _cross_entropy(asked: Asked) -> Iterator[Made]:
    """The op as a whole: on probabilities, on scores, without the logarithm."""
    trace, inner = asked.working.trace, asked.working.inner
    for node in trace.graph.nodes:
        if node.op not in LOSSES or inner.get(node.id) not in asked.values:
            continue
        scores, labels = (np.asarray(trace.values[i]) for i in node.inputs[:2])
        options = node.options
        if labels.dtype.kind not in "iu" or options.get("reduction", "mean") != "mean":
            continue
        rows = np.atleast_2d(scores)
        at_label = np.arange(len(rows)), np.atleast_1d(labels)
        if labels.ndim > 1 or (np.atleast_1d(labels) >= rows.shape[1]).any():
            continue
        with np.errstate(all="ignore"):
            ways = list(_instead_of_log(rows, at_label))
        for how, each in ways:
            value = np.mean(each)
            if np.isfinite(value):
                edit = Edit(values={inner[node.id]: always(value)})
                yield Made(edit, Place(inner[node.id]), 0.0, {"how": how}, kind=how)


LOSSES = ("softmax_cross_entropy", "nll")


def _instead_of_log(s: Any, label: Any) -> Iterator[tuple[str, Any]]:
    """For each sample, what is taken for −log p of its class."""
    p, rows = _softmax(s), range(len(s))
    y, p_y = np.eye(s.shape[1])[label[1]], _softmax(s)[label]
    of_two = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    sigmoid = 1 / (1 + np.exp(-s))
    each = -(y * np.log(sigmoid) + (1 - y) * np.log(1 - sigmoid))
    total = np.exp(s).sum(-1)
    yield "softmax was applied twice", -np.log(_softmax(p)[label])
    yield "softmax was left out: the logarithm of the score itself was taken", -np.log(s[label])
    yield "the logarithm was left out", -p_y
    yield "1 − p was taken: the logarithm was left out", 1 - p_y
    yield "the score itself was taken", -s[label]
    yield "the logarithm of the mean probability was taken", -np.log(np.mean(p_y))
    yield "the squared error of the probabilities was taken", ((p - y) ** 2).mean(-1)
    yield "the squared errors of the probabilities were added", ((p - y) ** 2).sum(-1)
    yield "half the squared errors of the probabilities were added", ((p - y) ** 2).sum(-1) / 2
    yield "the entropy of the probabilities was taken", -(p * np.log(p)).sum(-1)
    yield "−log of 1 − p was taken", -np.log(1 - p_y)
    yield "the logarithms of all classes were added", -np.log(p).sum(-1)
    yield "the logarithms of all classes were averaged", -np.log(p).mean(-1)
    yield "−log(1 − p) of the other classes was added, as for labels of their own", of_two.sum(-1)
    yield "the cross-entropy of each class by itself was averaged", of_two.mean(-1)
    yield "the sigmoid was taken for softmax", -np.log(sigmoid[label])
    yield "the sigmoid was taken for softmax, and all classes were counted", each.sum(-1)
    yield "the sigmoid was taken for softmax, and all classes were averaged", each.mean(-1)
    yield (
        "exp was left out of softmax: the score was divided by their sum",
        -np.log(s[label] / s.sum(-1)),
    )
    yield "the score was added, not subtracted", np.log(total) + s[label]
    yield "the logarithm of the sum was left out", total - s[label]
    yield "the logarithm of the sum alone was taken", np.log(total)
    yield (
        "the labels are one too low, so that 0 counts as the last class",
        -np.log(p[rows, label[1] - 1]),
    )


def _another_loss(asked: Asked) -> Iterator[Made]:
    """Another loss of the same numbers, where a loss is written out."""
    yield from _for_a_class(asked)
    yield from _for_squares(asked)
    yield from _for_two_classes(asked)


def _for_a_class(asked: Asked) -> Iterator[Made]:
    """Another loss for the cross-entropy of one class, log(p[y])."""
    graph = asked.working.graph
    for node in computed(asked, "log"):
        picked = graph.nodes[node.inputs[0]]
        if picked.op != "index" or value_of(asked, picked).shape:
            continue
        p = value_of(asked, picked.inputs[0])
        if p.ndim != 1 or not np.allclose(p.sum(), 1) or not (p > 0).all():
            continue
        y = (p == float(value_of(asked, picked))).astype(float)
        ways = {
            "the mean squared error was taken": np.mean((p - y) ** 2),
            "the squared error was taken": np.sum((p - y) ** 2),
            "the squared error of the right class was taken": np.sum(y * (p - y) ** 2),
            "the entropy was taken": -np.sum(p * np.log(p)),
            "the logarithms of all classes were added": -np.sum(np.log(p)),
            "the logarithms of the other classes were taken": -np.sum((1 - y) * np.log(1 - p)),
            "both classes were counted, as with two outputs": -np.sum(
                y * np.log(p) + (1 - y) * np.log(1 - p)
            ),
        }
        for how, loss in ways.items():
            edit = Edit(values={node.id: always(-loss)})
            details = {"how": how, "than": "the cross-entropy"}
            yield Made(edit, Place(node.id), 0.0, details)


def _for_squares(asked: Asked) -> Iterator[Made]:
    """The cross-entropy for the squared error."""
    graph = asked.working.graph
    for node in computed(asked, "pow", "square"):
        error = graph.nodes[node.inputs[0]]
        if error.op != "sub":
            continue
        first, second = (value_of(asked, i) for i in error.inputs)
        for p, y in ((first, second), (second, first)):
            if p.shape == y.shape and ((p > 0) & (p < 1)).all() and ((y >= 0) & (y <= 1)).all():
                loss = -(y * np.log(p) + (1 - y) * np.log(1 - p))
                details = {"how": "the cross-entropy was taken", "than": "the squared error"}
                edit = Edit(values={node.id: always(loss)})
                yield Made(edit, Place(node.id), 1.0, details, kind="squared")


def _for_two_classes(asked: Asked) -> Iterator[Made]:
    """An error for the cross-entropy of two classes, y log p + (1 − y) log(1 − p)."""
    for node in computed(asked, "add"):
        found = _binary(asked, node)
        if found is not None:
            p, y = found
            for how, loss in (
                ("the squared error was taken", (p - y) ** 2),
                ("half the squared error was taken", (p - y) ** 2 / 2),
                ("the absolute error was taken", abs(p - y)),
            ):
                edit = Edit(values={node.id: always(-loss)})
                details = {"how": how, "than": "the cross-entropy"}
                yield Made(edit, Place(node.id), 0.0, details, kind="binary")


def _binary(asked: Asked, node: Node) -> tuple[Any, Any] | None:
    """p and y of y log p + (1 − y) log(1 − p)."""
    graph, found = asked.working.graph, []
    for i in node.inputs:
        product = graph.nodes[i]
        logs = [j for j in product.inputs if graph.nodes[j].op == "log"]
        if product.op != "mul" or len(logs) != 1:
            return None
        other = next(j for j in product.inputs if j != logs[0])
        found.append((value_of(asked, graph.args[logs[0]][0]), value_of(asked, other)))
    (p, y), (q, z) = found
    return (p, y) if np.allclose(p + q, 1) and np.allclose(y + z, 1) else None


def _softmax(scores: Any) -> Any:
    e = np.exp(scores - np.max(scores, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _other_axis(asked: Asked) -> Iterator[Made]:
    """Columns normalised, where rows are."""
    trace, inner = asked.working.trace, asked.working.inner
    for node in trace.graph.nodes:
        op = trace.graph.ops[node.id]
        if op is None or "axis" not in op.options or not op.expand or node.id not in inner:
            continue
        value = np.asarray(trace.values[node.id])
        if inner[node.id] not in asked.values or value.ndim != 2 or value.shape[0] == 1:
            continue
        axis = node.options.get("axis", op.options["axis"])
        if axis in (-1, 1, 0, -2):
            other = {**node.options, "axis": 0 if axis in (-1, 1) else 1}
            operands = [trace.values[i] for i in node.inputs]
            made = np.asarray(op.forward(trace.xp, *operands, **other))
            if made.shape == value.shape:
                edit = Edit(values={inner[node.id]: always(made)})
                yield Made(edit, Place(inner[node.id]), 0.0, {"node": At(inner[node.id])})


def _other_order(asked: Asked) -> Iterator[Made]:
    """Scaled after an op that should come after the scaling: softmax(s)/√d for softmax(s/√d)."""
    trace, inner = asked.working.trace, asked.working.inner
    graph = trace.graph
    for node in graph.nodes:
        op = graph.ops[node.id]
        if op is None or op.elementwise or node.id not in inner or len(node.inputs) != 1:
            continue
        before = graph.nodes[node.inputs[0]]
        first = graph.ops[before.id]
        if first is None or not first.elementwise or inner[node.id] not in asked.values:
            continue
        x, *rest = (trace.values[i] for i in before.inputs)
        if any(np.shape(r) for r in rest) or np.shape(x) != np.shape(trace.values[node.id]):
            continue
        made = op.forward(trace.xp, x, **node.options)
        made = np.asarray(first.forward(trace.xp, made, *rest, **before.options))
        if made.shape == np.shape(trace.values[node.id]):
            edit = Edit(values={inner[node.id]: always(made)})
            details = {"node": At(inner[node.id]), "source": At(inner.get(before.id, 0))}
            yield Made(edit, Place(inner[node.id]), 0.0, details)


def _divergence(asked: Asked) -> Iterator[Made]:
    """p log(q/p) where p log q stands: the KL divergence for the cross-entropy."""
    graph = asked.working.graph
    for node in computed(asked, "mul"):
        for p, log in (node.inputs, node.inputs[::-1]):
            if (
                graph.nodes[log].op != "log"
                or value_of(asked, p).shape != value_of(asked, log).shape
            ):
                continue
            share = value_of(asked, p)
            if not share.shape or (share < 0).any():
                continue
            entropy = share * np.log(np.where(share > 0, share, 1.0))
            for sign, how in ((1, "KL"), (-1, "−KL")):
                edit = Edit(values={node.id: partial(_less, entropy, sign)})
                yield Made(edit, Place(node.id), float(sign < 0), {"how": how}, kind=how)


def _logarithms_of_the_other(asked: Asked) -> Iterator[Made]:
    """p log y where y log p stands; and log Σ y p where Σ y log p stands."""
    graph = asked.working.graph
    for node in computed(asked, "mul"):
        for y, log in (node.inputs, node.inputs[::-1]):
            if graph.nodes[log].op != "log" or not value_of(asked, y).shape:
                continue
            weights, p = value_of(asked, y), value_of(asked, graph.args[log][0])
            if weights.shape != p.shape:
                continue
            with np.errstate(all="ignore"):
                turned = p * np.log(weights)
            details = {"node": At(node.id), "source": At(y), "other": At(graph.args[log][0])}
            if np.isfinite(turned).all():
                told = details | {"how": "{other} and {source} were exchanged in the logarithm"}
                yield Made(Edit(values={node.id: always(turned)}), Place(node.id), 0.0, told)
            for edge in graph.consumers[node.id]:
                if graph.nodes[edge.target].op == "sum" and not value_of(asked, edge.target).shape:
                    whole = Edit(values={edge.target: always(np.log((weights * p).sum()))})
                    told = details | {"how": "the logarithm was taken of the sum, not of each"}
                    yield Made(whole, Place(edge.target), 0.0, told)


def _less(entropy: Any, sign: int, operands: Any, y: Any) -> Any:
    return sign * (y - entropy)


def _hinge(asked: Asked) -> Iterator[Made]:
    """The op as a whole by the wrong formulas of the exams."""
    trace, inner = asked.working.trace, asked.working.inner
    for node in trace.graph.nodes:
        if node.op != "multiclass_hinge" or inner.get(node.id) not in asked.values:
            continue
        scores = np.atleast_2d(np.asarray(trace.values[node.inputs[0]], float))
        labels = np.atleast_1d(np.asarray(trace.values[node.inputs[1]])).astype(int)
        if scores.size > 256 or node.options.get("reduction", "mean") != "mean":
            continue
        for mistake in losses.MISTAKES:
            if mistake.about == "hinge" and mistake.formula is not None:
                rows = zip(scores.tolist(), labels.tolist(), strict=True)
                each = [float(mistake.formula(scores=row, label=y)) for row, y in rows]
                edit = Edit(values={inner[node.id]: always(float(np.mean(each)))})
                how = HOW[mistake.name]
                yield Made(edit, Place(inner[node.id]), 0.0, {"how": how}, kind=how)


HOW = {
    "hinge-counts-label": "the right class was counted too, with its margin",
    "hinge-without-margin": "the margin was left out of every term",
    "hinge-not-cut": "negative terms were added too",
    "hinge-largest-only": "only the largest term was kept",
}

MISTAKES = (
    Mistake(
        "softmax-left-out",
        about="working",
        places=_left_out,
        says="softmax was left out: {node} was taken as it is",
        bits=4.5,
    ),
    Mistake(
        "softmax-applied-twice",
        about="working",
        places=_again,
        says="softmax was applied twice",
        right="The loss takes scores or probabilities, not both.",
        bits=5.0,
    ),
    Mistake(
        "normalised-over-another-axis",
        about="working",
        places=_other_axis,
        says="{node} was taken over the other axis",
        bits=4.5,
    ),
    Mistake(
        "scaled-after",
        about="working",
        places=_other_order,
        says="{node} was taken before {source}, not after it",
        bits=4.5,
    ),
    Mistake(
        "divergence-for-cross-entropy",
        about="working",
        places=_divergence,
        says="{how}, the divergence, was taken for the cross-entropy",
        bits=5.0,
    ),
    Mistake(
        "logarithm-of-the-other",
        about="working",
        places=_logarithms_of_the_other,
        says="{how}",
        bits=5.0,
    ),
    Mistake(
        "another-loss", about="working", places=_another_loss, says="{how}, not {than}", bits=4.0
    ),
    Mistake(
        "cross-entropy-as-a-whole",
        about="working",
        places=_cross_entropy,
        says="{how}",
        right="The loss is −log of the probability of the right class.",
        bits=4.5,
    ),
    Mistake(
        "hinge-as-a-whole",
        about="working",
        places=_hinge,
        says="{how}",
        right="Over the other classes, max(0, s_j − s_y + 1) is added.",
        bits=3.5,
    ),
)
