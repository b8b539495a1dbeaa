"""Another plan, worked out right: another setting, another function, two steps exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from gradviz.graph.expression import Expression, call
from gradviz.graph.graph import CONSTANT, Graph, Node
from gradviz.graph.symbols import Symbols
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.plans import Rewrite, planned
from gradviz.ops import get
from gradviz.ops.op import REQUIRED, Op
from gradviz.ops.registry import every
from gradviz.trace import Trace
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
    plan = planned(asked.working.trace, rewrites, asked.working.inner)
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
            details = {"key": key.replace("_", " "), "other": _said(other), "true": _said(true)}
            kind = "axis" if key == "axis" else f"{bits}"
            for cut in (None, _shape(asked, node.id)):
                rewrite = _with_options(node, {**node.options, key: other}, cut)
                found = list(_plan(asked, {node.id: rewrite}, bits=bits, kind=kind, **details))
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
    for node, op in _nodes(asked):
        shape = _shape(asked, node.inputs[0])
        options = {**op.options, **node.options}
        if options.get("reduction") != "mean" or len(shape) < 2:
            continue
        for count, how in (
            (shape[0], "rows"),
            (shape[-1], "columns"),
            (np.prod(shape), "elements"),
        ):
            rewrite = _over_count(node, {**options, "reduction": "sum"}, int(count))
            yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind=how, how=how)


def _over_count(node: Node, options: Mapping[str, Any], count: int) -> Rewrite:
    return lambda operands, made: Expression(node.op, tuple(operands), options) / count


def _broadcast(asked: Asked) -> Iterator[Made]:
    """A column minus a row: every number of one set against every number of the other."""
    for node, op in _nodes(asked):
        shapes = {_shape(asked, i) for i in node.inputs}
        if len(node.inputs) != 2 or not op.elementwise or len(shapes) != 1:
            continue
        (shape,) = shapes
        size = int(np.prod(shape))
        if size < 2 or not (len(shape) == 1 or shape[1:] == (1,)):
            continue
        rewrite = partial(_set_against, node, size)
        details = {
            "first": At(asked.working.inner.get(node.inputs[0], 0)),
            "second": At(asked.working.inner.get(node.inputs[1], 0)),
        }
        yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind="", **details)


def _set_against(
    node: Node, size: int, operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    column = call("reshape", operands[0], (size, 1))
    row = call("reshape", operands[1], (1, size))
    return Expression(node.op, (column, row), node.options)


def _reading_order(asked: Asked) -> Iterator[Made]:
    """An array laid out anew in another order: down its columns, or not transposed but refilled."""
    for node, op in _nodes(asked):
        x, y = _shape(asked, node.inputs[0]), _shape(asked, node.id)
        if not op.moves or len(node.inputs) != 1 or len(x) < 2 or np.prod(x) != np.prod(y):
            continue
        refilled: Rewrite = partial(_refilled, y)
        yield from _plan(asked, {node.id: refilled}, bits=0.0, kind="", how="row by row")
        by_columns: Rewrite = partial(_by_columns, node)
        yield from _plan(asked, {node.id: by_columns}, bits=0.0, kind="", how="column by column")


def _refilled(
    shape: Sequence[int], operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    return call("reshape", operands[0], tuple(shape))


def _by_columns(
    node: Node, operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    return Expression(node.op, (call("transpose", operands[0]),), node.options)


class _Turned(Symbols):
    """Writes an op out in simpler ones, but what keeps the shape is done over another axis."""

    def __init__(self, axis: Any, *rest: Any) -> None:
        super().__init__(*rest)
        self._axis = axis

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        op = get(name)
        if "axis" not in op.options or op.variadic:
            return partial(call, op)

        def turned(*args: Any, **options: Any) -> Expression:
            normalises = "keepdims" not in op.options or options.get("keepdims", False)
            return call(op, *args, **options | ({"axis": self._axis} if normalises else {}))

        return turned


def _over_another_axis(asked: Asked) -> Iterator[Made]:
    """What an op does inside over one axis, done over another, or over all."""
    trace = asked.working.trace
    for node, op in _nodes(asked):
        axes = len(_shape(asked, node.inputs[0]))
        if op.expand is None or axes < 2 or op.moves:
            continue
        for axis in (None, *range(axes)):
            rewrite = _turned_inside(op, node, _Turned(axis, _given(trace), trace.xp))
            all_of_it = axis is None
            kind = "all" if all_of_it else "other"
            yield from _plan(asked, {node.id: rewrite}, bits=float(all_of_it), kind=kind)


def _given(trace: Trace) -> dict[str, Any]:
    return {n.name: trace.values[n.id] for n in trace.graph.inputs}


def _turned_inside(op: Op, node: Node, symbols: Symbols) -> Rewrite:
    return lambda operands, made: op.expanded(symbols, *operands, **node.options)


# Penalties.
def _penalties(asked: Asked) -> Iterator[Made]:
    """Another parameter penalised too, as the weights are."""
    working = asked.working
    graph = working.trace.graph
    weights = [n.id for n in graph.inputs if working.inner.get(n.id) in working.weights]
    for node, op in _nodes(asked):
        if op.operator != "+" or _shape(asked, node.id):
            continue
        for slot, i in enumerate(node.inputs):
            inputs = _leaves(graph, i)
            own = [w for w in weights if w in inputs]
            numbers = all(not _shape(asked, j) for j in inputs if j not in own)
            if len(own) != 1 or not numbers or graph.nodes[i].is_leaf or len(inputs) > 2:
                continue
            for other in weights:
                if other not in inputs:
                    rewrite = _penalised(slot, own[0], other)
                    details = {"source": At(working.inner[other])}
                    yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind="", **details)


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


# Functions.
def _functions(asked: Asked) -> Iterator[Made]:
    """Another op of the family, at all of its nodes and at one of them."""
    found: dict[Op, list[Node]] = {}
    for node, op in _nodes(asked):
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
                yield from _plan(asked, {node.id: rewrite}, bits=float(plain), kind=kind, **details)


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
    for node, op in _nodes(asked):
        for slot, i in enumerate(node.inputs):
            if slot or op.elementwise or op.operator:
                continue
            if _shape(asked, i) != _shape(asked, node.id):
                continue
            tried += 1
            if tried > MOST:
                return
            rewrite = _operand(slot)
            details = {"op": op.called, "source": At(asked.working.inner.get(i, 0))}
            yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind="", **details)


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


def _of_base(
    change: Change, operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    return change(operands[0])


def _powers(asked: Asked) -> Iterator[Made]:
    """Another function where a power stands: the error's amount for its square."""
    for node, op in _nodes(asked):
        if op.name != "square" and "exponent" not in op.roles:
            continue
        for how, change in POWERS:
            rewrite = partial(_of_base, change)
            yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind="", how=how)


def _mean_of_squares(x: Expression, **options: Any) -> Expression:
    return call("mean", x**2, **options)


Forms = Mapping[str, tuple[tuple[str, Callable[..., Expression]], ...]]
FORMS: Forms = {
    "norm": (
        ("the absolute values were added", lambda x, **o: call("sum", call("abs", x), **o)),
        ("the largest absolute value was taken", lambda x, **o: call("max", call("abs", x), **o)),
        ("the root was left out", lambda x, **o: call("sum", x**2, **o)),
        ("the squares were averaged", lambda x, **o: call("sqrt", _mean_of_squares(x, **o))),
    ),
    "logsumexp": (
        (
            "the largest score was not added back",
            lambda s, **o: call("logsumexp", s, **o) - call("max", s, **o),
        ),
        ("exp was left out", lambda s, **o: call("log", call("sum", s, **o))),
    ),
    "softmax": (
        ("the squares of the scores were divided by their sum", lambda s, axis: _share(s**2, axis)),
        ("exp was taken, and not divided by the sum", lambda s, axis: call("exp", s)),
        ("the sigmoid was taken", lambda s, axis: call("sigmoid", s)),
        ("the sign of the scores was turned", lambda s, axis: call("softmax", -s, axis=axis)),
    ),
    "log_softmax": (
        ("the logarithm was left out", lambda s, axis: call("softmax", s, axis=axis)),
        ("log σ was taken", lambda s, axis: call("log_sigmoid", s)),
    ),
    "sigmoid_cross_entropy": (
        (
            "the sigmoid was applied twice",
            lambda s, t, **o: call("sigmoid_cross_entropy", call("sigmoid", s), t, **o),
        ),
        (
            "the sigmoid was left out: the logarithm of the score itself was taken",
            lambda s, t, **o: -call("mean", t * call("log", s) + (1 - t) * call("log", 1 - s)),
        ),
        (
            "only the term of the label was taken",
            lambda s, t, **o: -call("mean", t * call("log_sigmoid", s)),
        ),
        (
            "the squared error of the probability was taken",
            lambda s, t, **o: call("mean", (call("sigmoid", s) - t) ** 2),
        ),
    ),
    "softmax_cross_entropy": (
        (
            "softmax was applied twice",
            lambda s, y, **o: call("softmax_cross_entropy", call("softmax", s), y, **o),
        ),
    ),
    "mse": (
        ("the root of the mean square was taken", lambda p, t, **o: call("sqrt", _mse(p, t, **o))),
        ("it was halved", lambda p, t, **o: _mse(p, t, **o) / 2),
        ("the length of the error was taken", lambda p, t, **o: call("norm", p - t)),
    ),
    "kl": (
        ("the cross-entropy was taken", lambda p, q, **o: -call("sum", p * call("log", q))),
        ("both directions were added", lambda p, q, **o: call("sum", (p - q) * call("log", p / q))),
    ),
    "huber": (
        (
            "the absolute value was left out of the linear part",
            lambda p, t, delta, **o: delta * (p - t) - delta * delta / 2,
        ),
        (
            "the absolute value was left out of the linear part, with t − p for p − t",
            lambda p, t, delta, **o: delta * (t - p) - delta * delta / 2,
        ),
        ("δ²/2 was not subtracted", lambda p, t, delta, **o: delta * call("l1", p, t)),
        ("the square was taken without its half", lambda p, t, **o: call("mse", p, t)),
        ("half the square was taken everywhere", lambda p, t, **o: call("mse", p, t) / 2),
        ("the absolute value was taken everywhere", lambda p, t, **o: call("l1", p, t)),
    ),
    "layernorm": (
        ("the mean was not subtracted", lambda x, *r, eps: _scaled(x, _power(x, eps), r)),
        ("only the mean was subtracted", lambda x, *r, eps: _scaled(x - _mean(x), None, r)),
    ),
}
"""Other forms of an op, as people write them."""


def _share(s: Expression, axis: Any) -> Expression:
    return call("div", s, call("sum", s, axis=axis, keepdims=True))


def _mse(p: Expression, t: Expression, **options: Any) -> Expression:
    return call("mse", p, t, **options)


def _mean(x: Expression) -> Expression:
    return call("mean", x, axis=-1, keepdims=True)


def _power(x: Expression, eps: float) -> Expression:
    return call("sqrt", _mean(x**2) + eps)


def _scaled(x: Expression, by: Expression | None, rest: Sequence[Expression]) -> Expression:
    """x divided by a number, then scaled and shifted."""
    y = x if by is None else x / by
    y = y * rest[0] if rest else y
    return y + rest[1] if len(rest) > 1 else y


def _forms(asked: Asked) -> Iterator[Made]:
    for node, op in _nodes(asked):
        for how, form in FORMS.get(op.name, ()):
            rewrite = partial(_formed, form, {**op.options, **node.options})
            yield from _plan(asked, {node.id: rewrite}, bits=0.0, kind=how, how=how)


def _formed(
    form: Callable[..., Expression],
    options: Mapping[str, Any],
    operands: Sequence[Expression],
    made: Sequence[Expression],
) -> Expression:
    return form(*operands, **options)


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
        "broadcast-by-mistake",
        about="working",
        places=_broadcast,
        says="every number of {first} was set against every number of {second}, as a column is"
        " against a row, at {node}",
        bits=5.5,
    ),
    Mistake(
        "laid-out-in-another-order",
        about="working",
        places=_reading_order,
        says="the numbers of {node} were laid out {how}",
        bits=5.0,
    ),
    Mistake(
        "over-another-axis",
        about="working",
        places=_over_another_axis,
        says="{node} was taken over another axis",
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
    Mistake("another-form", about="working", places=_forms, says="{how}, at {node}", bits=5.0),
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
