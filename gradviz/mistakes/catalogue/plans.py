"""Another plan, worked out right: another setting, another function, two steps exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from gradviz.graph.expression import Expression, call
from gradviz.graph.graph import Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.plans import Rewrite, planned
from gradviz.ops.op import REQUIRED, Op
from gradviz.ops.registry import every
from gradviz.trace.findings import At, Place

MOST = 40
"""At most so many plans of a kind are worked out."""
UNSAID = ("seed", "groups", "output_padding", "states", "training", "pieces")
"""Settings that people do not mistake."""
WORDS = ("mean", "sum")


def _plan(
    asked: Asked, rewrites: Mapping[int, Rewrite], *, bits: float, kind: str, **details: Any
) -> Iterator[Made]:
    """The plan with some nodes rewritten; nothing where it has no sense."""
    plan = planned(asked.working.trace, rewrites)
    node = min(rewrites)
    inner = asked.working.inner.get(node)
    if plan is not None and inner is not None:
        told = {"node": At(inner), **details}
        yield Made(Edit(plan=plan), Place(inner), bits, told, kind=kind)


def _nodes(asked: Asked) -> Iterator[tuple[Node, Op]]:
    """The computed nodes of the run that matter to the claims, with their ops."""
    working = asked.working
    graph = working.trace.graph
    for node in graph.nodes:
        op = graph.ops[node.id]
        inner = working.inner.get(node.id)
        matters = inner is not None and (asked.is_backward or inner in asked.values)
        if op is not None and matters and not op.is_condition and not op.hidden:
            yield node, op


def _shape(asked: Asked, node: int) -> tuple[int, ...]:
    return tuple(np.shape(asked.working.trace.values[node]))


# Settings.
def _settings(asked: Asked) -> Iterator[Made]:
    tried = 0
    for node, op in _nodes(asked):
        if op.moves or not op.options:
            continue
        for key, true, other, bits in _other_settings(op, node, len(_shape(asked, node.inputs[0]))):
            tried += 1
            if tried > MOST:
                return
            rewrite = _with_options(asked, node, {**node.options, key: other})
            details = {"key": key.replace("_", " "), "other": str(other), "true": str(true)}
            kind = "axis" if key == "axis" else "usual" if not bits else "setting"
            yield from _plan(asked, {node.id: rewrite}, bits=bits, kind=kind, **details)


def _with_options(asked: Asked, node: Node, options: Mapping[str, Any]) -> Rewrite:
    """The node with other options; cut to its own shape where others need that."""
    shape = _shape(asked, node.id)
    graph = asked.working.trace.graph

    def rewrite(operands: Sequence[Expression], made: Sequence[Expression]) -> Expression:
        new = Expression(node.op, tuple(operands), options)
        lone = all(len(graph.nodes[e.target].inputs) == 1 for e in graph.consumers[node.id])
        if lone or not shape or "axis" in graph.op(node).options:
            return new
        return call("index", new, tuple(slice(0, n) for n in shape))

    return rewrite


def _other_settings(op: Op, node: Node, axes: int) -> Iterator[tuple[str, Any, Any, float]]:
    for key, default in op.options.items():
        true = node.options.get(key, default)
        if key in UNSAID or true is REQUIRED:
            continue
        for other, bits in _others(key, true, default, axes):
            if other != true:
                yield key, true, other, bits


def _others(key: str, true: Any, default: Any, axes: int) -> Iterator[tuple[Any, float]]:
    if default is not REQUIRED and true != default:
        yield default, 0.0
    if key == "axis":
        own = true if true is None else true % max(axes, 1)
        for axis in range(axes):
            if axis != own:
                yield axis, 0.0
    elif isinstance(true, bool):
        yield not true, 0.0
    elif isinstance(true, str):
        for word in WORDS if true in WORDS else ():
            yield word, 0.0
    elif isinstance(true, int):
        for other in (1, 0, true - 1, true + 1):
            if other >= 0:
                yield other, float(other > 1)
    elif isinstance(true, float):
        for other in (0.0, true * 10, true / 10, 2 * true, true / 2, true**2):
            yield other, float(other != 0.0)
    elif true is None and "stride" in key:
        yield 1, 0.0
        yield 2, 1.0


# Functions.
def _functions(asked: Asked) -> Iterator[Made]:
    """Another op of the family, at all of its nodes and at one of them."""
    found: dict[Op, list[Node]] = {}
    for node, op in _nodes(asked):
        found.setdefault(op, []).append(node)
    tried = 0
    for op, nodes in found.items():
        for other in _family(op):
            groups = [nodes] if len(nodes) > 3 else [nodes, *([n] for n in nodes if len(nodes) > 1)]
            for group in groups:
                tried += 1
                if tried > MOST:
                    return
                rewrites = {n.id: _as(other, n) for n in group}
                details = {"other": other.called, "op": op.called}
                if len(group) > 1:
                    details["every"] = ""
                yield from _plan(asked, rewrites, bits=0.0, kind="", **details)


def _as(other: Op, node: Node) -> Rewrite:
    known = {key: value for key, value in node.options.items() if key in other.options}
    options = {**other.options, **known}
    return lambda operands, made: Expression(other.name, tuple(operands), options)


@lru_cache(maxsize=256)
def _family(op: Op) -> tuple[Op, ...]:
    """The ops that are declared beside an op and take the same number of operands."""
    return tuple(
        other
        for other in every()
        if other is not op
        and _room(other) == _room(op)
        and len(other.inputs) == len(op.inputs)
        and not (other.variadic or other.moves or other.is_condition or other.hidden)
        and other.elementwise == op.elementwise
        and all(value is not REQUIRED or key in op.options for key, value in other.options.items())
    )


def _room(op: Op) -> str:
    """Where an op is declared: its file, or the folder of a family with several."""
    module = op.forward.__module__
    return module if op.elementwise or module.count(".") < 3 else module.rpartition(".")[0]


# Steps.
def _exchanged(asked: Asked) -> Iterator[Made]:
    """Two steps that follow each other, in the other order."""
    graph = asked.working.trace.graph
    tried = 0
    for node, op in _nodes(asked):
        for slot, i in enumerate(node.inputs):
            first = graph.nodes[i]
            if first.is_leaf or i not in asked.working.inner:
                continue
            alone = len(node.inputs) == 1 or len(first.inputs) == 1
            if not alone and op.elementwise == graph.op(first).elementwise:
                continue
            for inner_slot, j in enumerate(first.inputs):
                if graph.nodes[j].is_leaf and graph.nodes[j].op == "constant":
                    continue
                tried += 1
                if tried > MOST:
                    return
                rewrite = _turned(node, slot, first, inner_slot)
                details = {"source": At(asked.working.inner[i])}
                yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind="", **details)


def _turned(node: Node, slot: int, first: Node, inner_slot: int) -> Rewrite:
    def rewrite(operands: Sequence[Expression], made: Sequence[Expression]) -> Expression:
        mine = list(operands)
        mine[slot] = made[first.inputs[inner_slot]]
        theirs = [made[j] for j in first.inputs]
        theirs[inner_slot] = Expression(node.op, tuple(mine), node.options)
        return Expression(first.op, tuple(theirs), first.options)

    return rewrite


def _left_out(asked: Asked) -> Iterator[Made]:
    """A step that keeps the shape, left out on both ways; or taken twice."""
    tried = 0
    for node, op in _nodes(asked):
        for slot, i in enumerate(node.inputs):
            if _shape(asked, i) != _shape(asked, node.id) or (slot and op.elementwise is False):
                continue
            tried += 1
            if tried > MOST:
                return
            rewrite = _operand(slot)
            details = {"op": op.called, "source": At(asked.working.inner.get(i, 0))}
            kind = "function" if len(node.inputs) == 1 else "operand"
            yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind=kind, **details)


def _operand(slot: int) -> Rewrite:
    def rewrite(operands: Sequence[Expression], made: Sequence[Expression]) -> Expression:
        return call("mul", operands[slot], 1)

    return rewrite


Change = Callable[[Expression], Expression]
POWERS: tuple[tuple[str, Change], ...] = (
    ("the absolute value", lambda x: call("abs", x)),
    ("the third power", lambda x: x**3),
    ("the fourth power", lambda x: x**4),
    ("the number itself", lambda x: call("mul", x, 1)),
    ("twice the number", lambda x: 2 * x),
)


def _powers(asked: Asked) -> Iterator[Made]:
    """Another function where a power stands: the error's amount for its square."""
    for node, op in _nodes(asked):
        if op.name != "square" and "exponent" not in op.roles:
            continue
        for how, change in POWERS:
            rewrite: Rewrite = lambda operands, made, change=change: change(operands[0])
            yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind="", how=how)


MISTAKES = (
    Mistake(
        "another-setting",
        about="working",
        places=_settings,
        says="{key} = {other} was taken, not {key} = {true}, at {node}",
        bits=4.0,
    ),
    Mistake(
        "another-function-planned",
        about="working",
        places=_functions,
        says="{other} was taken for {op}",
        bits=4.5,
    ),
    Mistake(
        "steps-exchanged",
        about="working",
        places=_exchanged,
        says="{node} was taken before {source}, not after it",
        bits=4.0,
    ),
    Mistake(
        "step-left-out",
        about="working",
        places=_left_out,
        says="{op} was left out: {source} was taken for {node}",
        bits=5.0,
    ),
    Mistake(
        "another-power-planned",
        about="working",
        places=_powers,
        says="{how} was taken, not the power, at {node}",
        bits=4.5,
    ),
)
