"""Another plan, worked out right: another setting, another function, two steps exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from gradviz.graph.expression import Expression, call
from gradviz.graph.graph import CONSTANT, Graph, Node
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


def rewritten(
    asked: Asked, rewrites: Mapping[int, Rewrite], *, bits: float, kind: str, **details: Any
) -> Iterator[Made]:
    """The plan with some nodes rewritten; nothing where it has no sense."""
    trace = asked.working.trace
    plan = planned(trace.graph, trace, rewrites, asked.working.inner)
    node = min(rewrites)
    inner = asked.working.inner.get(node)
    if plan is not None and inner is not None:
        told = {"node": At(inner), **details}
        yield Made(Edit(plan=plan), Place(inner), bits, told, kind=kind)


def rewritten_inside(
    asked: Asked, rewrites: Mapping[int, Rewrite], *, bits: float, kind: str, **details: Any
) -> Iterator[Made]:
    """The same of nodes of the opened graph."""
    graph = asked.working.graph
    known = {i: i for i in range(len(graph.nodes))}
    plan = planned(graph, asked.working.trace, rewrites, known)
    node = min(rewrites)
    if plan is not None:
        told = {"node": At(node), **details}
        yield Made(Edit(plan=plan), Place(node), bits, told, kind=kind)


def nodes_of(asked: Asked) -> Iterator[tuple[Node, Op]]:
    """The computed nodes of the run that matter to the claims, with their ops."""
    working = asked.working
    graph = working.trace.graph
    for node in graph.nodes:
        op = graph.ops[node.id]
        inner = working.inner.get(node.id)
        matters = inner is not None and (asked.is_backward or inner in asked.values)
        if op is not None and matters and not op.is_condition and not op.hidden:
            yield node, op


def shape_of(asked: Asked, node: int) -> tuple[int, ...]:
    """The shape of a node of the run."""
    return tuple(np.shape(asked.working.trace.values[node]))


def _settings(asked: Asked) -> Iterator[Made]:
    tried = 0
    for node, op in nodes_of(asked):
        if op.moves or not op.options:
            continue
        for key, true, other, bits in _other_settings(
            op, node, len(shape_of(asked, node.inputs[0]))
        ):
            tried += 1
            if tried > MOST:
                return
            details = {"key": key.replace("_", " "), "other": _said(other), "true": _said(true)}
            kind = "axis" if key == "axis" else f"{bits}"
            for cut in (None, shape_of(asked, node.id)):
                rewrite = _with_options(node, {**node.options, key: other}, cut)
                found = list(rewritten(asked, {node.id: rewrite}, bits=bits, kind=kind, **details))
                yield from found
                if found or not cut:
                    break


def _said(value: Any) -> str:
    """A setting as it is written, with the digits that it has."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _with_options(node: Node, options: Mapping[str, Any], cut: Sequence[int] | None) -> Rewrite:
    """The node with other options; cut to a shape where what follows needs that."""

    def rewrite(operands: Sequence[Expression], made: Sequence[Expression]) -> Expression:
        new = Expression(node.op, tuple(operands), options)
        return new if cut is None else call("index", new, tuple(slice(0, n) for n in cut))

    return rewrite


def _other_counts(asked: Asked) -> Iterator[Made]:
    """A loss divided by the number of rows, or of columns, where it is by that of all elements."""
    for node, op in nodes_of(asked):
        shape = shape_of(asked, node.inputs[0])
        options = {**op.options, **node.options}
        if options.get("reduction") != "mean" or len(shape) < 2:
            continue
        for count, how in (
            (shape[0], "rows"),
            (shape[-1], "columns"),
            (np.prod(shape), "elements"),
        ):
            rewrite = _over_count(node, {**options, "reduction": "sum"}, int(count))
            yield from rewritten(asked, {node.id: rewrite}, bits=0.0, kind=how, how=how)


def _over_count(node: Node, options: Mapping[str, Any], count: int) -> Rewrite:
    return lambda operands, made: Expression(node.op, tuple(operands), options) / count


def _penalties(asked: Asked) -> Iterator[Made]:
    """Another parameter penalised too, as the weights are."""
    working = asked.working
    graph = working.trace.graph
    weights = [n.id for n in graph.inputs if working.inner.get(n.id) in working.weights]
    for node, op in nodes_of(asked):
        if op.operator != "+" or shape_of(asked, node.id):
            continue
        for slot, i in enumerate(node.inputs):
            inputs = _leaves(graph, i)
            own = [w for w in weights if w in inputs]
            numbers = all(not shape_of(asked, j) for j in inputs if j not in own)
            if len(own) != 1 or not numbers or graph.nodes[i].is_leaf or len(inputs) > 2:
                continue
            for other in weights:
                if other not in inputs:
                    rewrite = _penalised(slot, own[0], other)
                    details = {"source": At(working.inner[other])}
                    yield from rewritten(asked, {node.id: rewrite}, bits=0.0, kind="", **details)


def _leaves(graph: Graph, node: int) -> set[int]:
    """The inputs that a node is computed from."""
    if graph.nodes[node].is_leaf:
        return set() if graph.nodes[node].op == CONSTANT else {node}
    return set().union(*(_leaves(graph, i) for i in graph.args[node]))


def _penalised(slot: int, own: int, other: int) -> Rewrite:
    def rewrite(operands: Sequence[Expression], made: Sequence[Expression]) -> Expression:
        more = _replaced(operands[slot], made[own], made[other])
        return call("add", call("add", *operands), more)

    return rewrite


def _replaced(whole: Expression, old: Expression, new: Expression) -> Expression:
    """The expression, unnamed, with another one for one of its inputs."""
    if whole is old:
        return new
    if not whole.inputs:
        return whole
    parts = tuple(_replaced(part, old, new) for part in whole.inputs)
    return Expression(whole.op, parts, whole.options)


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
        yield from ((axis, 0.0) for axis in range(axes) if axis != own)
    elif true is None and "stride" in key:
        yield from ((1, 0.0), (2, 1.0))
    else:
        yield from _near(true)


def _near(true: Any) -> Iterator[tuple[Any, float]]:
    """Other values of a setting that is a word, a switch or a number."""
    if isinstance(true, bool):
        yield not true, -0.5
    elif isinstance(true, str):
        yield from ((word, 0.5) for word in WORDS if true in WORDS)
    elif isinstance(true, int):
        others = (1, 0, true - 1, true + 1)
        yield from ((other, float(other > 1)) for other in others if other >= 0)
    elif isinstance(true, float):
        factors = (0.0, 10.0, 0.1, 2.0, 0.5, true)
        yield from ((true * factor, float(factor != 0.0)) for factor in factors)


def _functions(asked: Asked) -> Iterator[Made]:
    """Another op of the family, at all of its nodes and at one of them."""
    found: dict[Op, list[Node]] = {}
    for node, op in nodes_of(asked):
        found.setdefault(op, []).append(node)
    tried = 0
    for op, nodes in found.items():
        if op.operator:
            continue
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
                yield from rewritten(asked, rewrites, bits=0.0, kind="", **details)


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


def _exchanged(asked: Asked) -> Iterator[Made]:
    """Two steps that follow each other, in the other order."""
    graph = asked.working.trace.graph
    tried = 0
    for node, op in nodes_of(asked):
        for slot, i in enumerate(node.inputs):
            first = graph.nodes[i]
            if first.is_leaf or i not in asked.working.inner:
                continue
            alone = min(_operands(graph, node), _operands(graph, first)) == 1
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
                plain = op.elementwise and graph.op(first).elementwise
                kind = "elementwise" if plain else "whole"
                yield from rewritten(
                    asked, {node.id: rewrite}, bits=float(plain), kind=kind, **details
                )


def _operands(graph: Graph, node: Node) -> int:
    """How many operands a node has that are not plain numbers."""
    return sum(graph.nodes[i].op != CONSTANT for i in node.inputs)


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
    for node, op in nodes_of(asked):
        for slot, i in enumerate(node.inputs):
            if slot or op.elementwise or op.operator:
                continue
            if shape_of(asked, i) != shape_of(asked, node.id):
                continue
            tried += 1
            if tried > MOST:
                return
            rewrite = _operand(slot)
            details = {"op": op.called, "source": At(asked.working.inner.get(i, 0))}
            yield from rewritten(asked, {node.id: rewrite}, bits=0.0, kind="", **details)


def _operand(slot: int) -> Rewrite:
    def rewrite(operands: Sequence[Expression], made: Sequence[Expression]) -> Expression:
        return call("mul", operands[slot], 1)

    return rewrite


MISTAKES = (
    Mistake(
        "another-setting",
        about="working",
        places=_settings,
        says="{key} = {other} was taken, not {key} = {true}, at {node}",
        bits=4.0,
    ),
    Mistake(
        "loss-over-another-count",
        about="working",
        places=_other_counts,
        says="it was divided by the number of {how}, at {node}",
        bits=4.5,
    ),
    Mistake(
        "another-parameter-penalised",
        about="working",
        places=_penalties,
        says="{source} was penalised too",
        bits=4.0,
    ),
    Mistake(
        "another-function-planned",
        about="working",
        places=_functions,
        says="{other} was taken for {op}",
        bits=5.5,
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
)
