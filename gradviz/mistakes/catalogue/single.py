"""Mistakes that are only used where a single step is asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradviz.engine.changes import Changes, Use
from gradviz.graph.graph import Node
from gradviz.mistakes.mistake import Mistake


def _other_input(use: Use) -> Any:
    """The contribution that belongs to the other operand of a quotient."""
    if use.op.name != "div" or use.op.local is None:
        return None
    rule = use.op.rule_for(1 - use.edge.slot)
    return use.upstream * rule(use.xp, use.value, *use.operands, **use.options)


def _before(node: Node, arrived: Sequence[Any]) -> Any:
    return sum(arrived[:-1])


def computed(op: str, value: Callable[[Any, Any], Any]) -> Changes:
    """A rule that computes a different value from the two operands of an op."""
    return Changes(value=lambda node, operands, _: value(*operands) if node.op == op else None)


MISTAKES = (
    Mistake(
        "sum-multiplied",
        "You multiplied; + adds.",
        computed("add", lambda a, b: a * b),
        about="forward",
        says="it was multiplied, where + stands",
        bits=6.0,
    ),
    Mistake(
        "product-added",
        "You added; × multiplies.",
        computed("mul", lambda a, b: a + b),
        about="forward",
        says="it was added, where × stands",
        bits=6.0,
    ),
    Mistake(
        "subtracted-the-wrong-way-round",
        "You subtracted the wrong way round: the second input is subtracted from the first.",
        computed("sub", lambda a, b: b - a),
        about="forward",
        says="it was subtracted the wrong way round",
        bits=5.0,
    ),
    Mistake(
        "value-sign-turned",
        "The sign is wrong.",
        Changes(value=lambda node, operands, value: -value),
        about="forward",
        says="the sign of {node} was turned",
        bits=5.0,
    ),
    Mistake(
        "last-path-missing",
        "That is the gradient before this step: this path's contribution is missing.",
        Changes(accumulate=_before),
        about="step",
        says="the path that arrives last was left out at {node}",
        bits=5.0,
    ),
    Mistake(
        "paths-subtracted",
        "Gradients add at a branch; you subtracted.",
        Changes(accumulate=lambda node, arrived: _before(node, arrived) - arrived[-1]),
        about="step",
        says="the paths were subtracted at {node}",
        bits=5.0,
    ),
    Mistake(
        "quotient-swapped",
        "You swapped the inputs: that is what the other input receives.",
        Changes(contribute=_other_input),
        about="step",
        says="the inputs of ÷ were swapped on the way back",
        bits=6.0,
    ),
    Mistake(
        "local-dropped",
        "You forgot the local gradient: this is the upstream gradient alone.",
        Changes(contribute=lambda use: use.upstream),
        about="step",
        says="the local gradient was left out",
        bits=4.5,
    ),
    Mistake(
        "sign-turned",
        "The sign is wrong.",
        Changes(contribute=lambda use: -use.contribution),
        about="step",
        says="the sign was turned",
        bits=5.0,
    ),
)
