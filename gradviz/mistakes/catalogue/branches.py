"""Mistakes at a branch, where gradients add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

from gradviz.engine.changes import Changes
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
        bits=6.0,
    ),
    Mistake(
        "value-for-gradient",
        "This is the value from the forward pass; the gradient was asked for.",
        Changes(report=lambda node, value, gradient: value),
        says="this is the value, not the gradient",
        bits=4.5,
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
