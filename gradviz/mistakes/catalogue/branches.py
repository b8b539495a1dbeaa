"""Mistakes at a branch, where gradients add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from gradviz.engine.changes import Changes, Use
from gradviz.graph.graph import Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import always
from gradviz.trace.findings import At, Place


def _product(node: Node, arrived: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a * b, arrived)


def _mean(node: Node, arrived: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a + b, arrived) / len(arrived)


def _left_out(asked: Asked) -> Iterator[Made]:
    """One of the paths that meet at a node."""
    edges = asked.working.truth.contributions if asked.is_backward else ()
    arrived = Counter(edge.source for edge in edges)
    for edge in edges:
        if arrived[edge.source] > 1 and edge.source in asked.needed:
            edit = Edit(brings=((frozenset([edge]), lambda use: 0 * use.contribution),))
            details = {"node": At(edge.target), "source": At(edge.source)}
            yield Made(edit, Place(edge.target, edge, back=True), 0.0, details)


def _factor_of_one_path(asked: Asked) -> Iterator[Made]:
    """The inner derivative of one path put behind the sum of all."""
    if not asked.is_backward:
        return
    working = asked.working
    brought = working.truth.contributions
    for edge, use in working.uses.items():
        others = [e for e in brought if e.source == edge.source and e != edge]
        local = use.local
        if not others or local is None or edge.source not in asked.needed:
            continue
        if np.shape(local) or abs(float(local)) == 1:
            continue
        scaled = partial(_times_local, float(local))
        edit = Edit(brings=((frozenset(others), scaled),))
        details = {"node": At(edge.target), "source": At(edge.source)}
        yield Made(edit, Place(edge.target, edge, back=True), 0.0, details)


def _times_local(local: float, use: Use) -> Any:
    return use.contribution * local


def _another_gradient(asked: Asked) -> Iterator[Made]:
    """The gradient of a later node sent on as an earlier one's: the steps between left out."""
    if not asked.is_backward:
        return
    working = asked.working
    gradients, graph = working.truth.gradients, working.graph
    claimed = {of.node for of in asked.quantities if of.kind != "contribution"}
    for node in graph.nodes:
        g = gradients[node.id]
        if node.is_leaf or g is None or node.id not in asked.needed or node.id in claimed:
            continue
        if not (node.name or any(e.source in claimed for e in working.uses if e.target == node.id)):
            continue
        passed_on = (gradients[e.target] for e in graph.consumers[node.id])
        if any(p is not None and np.array_equal(p, g) for p in passed_on):
            continue  # the same number as that of the node after it
        for later in sorted(working.below[node.id] - {node.id, graph.output}):
            theirs = gradients[later]
            if theirs is None or (np.shape(theirs) and np.shape(theirs) != np.shape(g)):
                continue
            if later in {e.target for e in graph.consumers[node.id]}:
                continue  # that is the local gradient left out
            edit = Edit(gradients={node.id: always(theirs + 0 * g)})
            details = {"node": At(node.id), "other": At(later)}
            yield Made(edit, Place(node.id, back=True), 0.0, details)


def _sent_on_early(asked: Asked) -> Iterator[Made]:
    """Each time something arrives, all that is there is passed on."""
    edges = asked.working.truth.contributions if asked.is_backward else ()
    arrived = Counter(edge.source for edge in edges)
    brought = asked.working.truth.contributions
    for node, count in arrived.items():
        above = asked.working.above[node] - {node}
        claimed = {of.node for of in asked.quantities}
        if count > 1 and node in asked.needed and above & asked.needed and node not in claimed:
            sums, so_far = 0.0, 0.0
            for edge in brought:
                if edge.source == node:
                    so_far = so_far + brought[edge]
                    sums = sums + so_far
            edit = Edit(gradients={node: always(sums)})
            yield Made(edit, Place(node, back=True), 0.0, {"node": At(node)})


def _kept_everywhere(asked: Asked) -> Iterator[Made]:
    """A second pass from the gradients of the first: those on the way are kept, too."""
    if not asked.is_backward:
        return
    graph, gradients = asked.working.graph, asked.working.truth.gradients
    kept = {
        n.id: partial(np.add, gradients[n.id])
        for n in graph.nodes
        if gradients[n.id] is not None and n.id != graph.output
    }
    yield Made(Edit(gradients=kept))


MISTAKES = (
    Mistake(
        "last-path-only",
        "You kept only the path that arrives last: at a branch the gradients of all paths add.",
        Changes(accumulate=lambda node, arrived: arrived[-1]),
        says="only the path that arrives last was kept at {node}",
        bits=5.0,
    ),
    Mistake(
        "first-path-only",
        "You kept only the path that arrives first: at a branch the gradients of all paths add.",
        Changes(accumulate=lambda node, arrived: arrived[0]),
        says="only the path that arrives first was kept at {node}",
        bits=5.0,
    ),
    Mistake(
        "paths-multiplied",
        "You multiplied the gradients of the paths: along a path they multiply, at a branch they"
        " add.",
        Changes(accumulate=_product),
        says="the paths were multiplied at {node}",
        bits=5.0,
    ),
    Mistake(
        "paths-averaged",
        "You averaged the gradients of the paths: at a branch they add, whatever their number.",
        Changes(accumulate=_mean),
        says="the paths were averaged at {node}",
        bits=5.0,
    ),
    Mistake(
        "gradient-not-reset",
        "This includes the gradient of an earlier backward pass: gradients must be set to zero"
        " first.",
        Changes(report=lambda node, value, gradient: 2 * gradient),
        says="the gradient of an earlier backward pass was added to it",
        bits=7.0,
    ),
    Mistake(
        "backward-run-twice",
        about="working",
        places=_kept_everywhere,
        says="the backward pass was run twice, and every node kept its old gradient",
        right="Gradients are set to zero before a backward pass.",
        bits=5.5,
    ),
    Mistake(
        "value-for-gradient",
        "This is the value from the forward pass; the gradient was asked for.",
        Changes(report=lambda node, value, gradient: value),
        says="this is the value, not the gradient",
        bits=4.5,
    ),
    Mistake(
        "factor-of-one-path-for-all",
        about="working",
        places=_factor_of_one_path,
        says="the local gradient of {node} was put behind the whole sum at {source}",
        right="Each path has its own factors; their products are added.",
        bits=5.5,
    ),
    Mistake(
        "gradient-of-a-later-node",
        about="working",
        places=_another_gradient,
        says="the gradient of {other} was taken for that of {node}: the steps between are missing",
        bits=5.5,
    ),
    Mistake(
        "sent-on-too-early",
        about="working",
        places=_sent_on_early,
        says="{node} passed its gradient on before it was whole, and again with the sum",
        right="A node passes its gradient on once all of its paths have come in.",
        bits=4.5,
    ),
    Mistake(
        "path-left-out",
        about="working",
        places=_left_out,
        says="the path through {node} was left out at {source}",
        right="At a branch the gradients of all paths add.",
        bits=4.0,
    ),
)
