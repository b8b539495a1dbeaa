"""Formulas read with other brackets, and worked out right from there, on the way back too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from gradviz.graph.expression import Expression, call
from gradviz.graph.graph import Node
from gradviz.mistakes.catalogue.plans import rewritten_inside
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import computed
from gradviz.mistakes.plans import Rewrite
from gradviz.ops.op import Op
from gradviz.trace.findings import At

MOST = 24
"""At most so many readings are worked out."""
SUMS, PRODUCTS = ("add", "sub"), ("mul", "div")
ALONE = "brackets were ignored: {node} was taken of {source} alone"
EACH = "{node} was taken term by term"


def _readings(asked: Asked) -> Iterator[Made]:
    """f(a) + b, a + f(b) and f(a) + f(b) for f(a + b); f(a) b for f(a b)."""
    found = ((node, *reading) for node in _functions(asked) for reading in _of(asked, node))
    for count, (node, source, how, bits, rewrite) in enumerate(found):
        if count == MOST:
            return
        details = {"source": At(source), "how": how}
        yield from rewritten_inside(asked, {node.id: rewrite}, bits=bits, kind=how, **details)


def _functions(asked: Asked) -> Iterator[Node]:
    return computed(asked) if asked.is_backward else iter(())


def _of(asked: Asked, node: Node) -> Iterator[tuple[int, str, float, Rewrite]]:
    """The readings at a node: what it is taken of, how, how rarely, and the node anew."""
    graph = asked.working.graph
    op = graph.op(node)
    if not op.elementwise:
        return
    for slot, i in enumerate(node.inputs):
        inner = graph.nodes[i]
        if inner.op in SUMS:
            for alone in _alone(op, slot):
                yield inner.inputs[alone], ALONE, 0.0, partial(_of_one, node, slot, inner, alone)
            if op.name not in (*SUMS, "mul", "neg") and (op.name != "div" or slot):
                yield inner.inputs[0], EACH, 0.5, partial(_of_each, node, slot, inner)
        elif inner.op in PRODUCTS and op.name not in (*SUMS, *PRODUCTS, "neg") and not slot:
            for alone in (0, 1):
                change = partial(_of_one, node, slot, inner, alone)
                yield inner.inputs[alone], ALONE, 0.5, change


def _alone(op: Op, slot: int) -> Sequence[int]:
    """The terms of a sum that an operation may be taken of alone."""
    if op.name in ("mul", "div"):
        return (0, 1) if op.name == "mul" or not slot else (0,)
    if op.name == "sub":
        return (0,) if slot else ()
    return (0, 1) if not slot and op.name != "add" else ()


def _of_one(
    node: Node,
    slot: int,
    inner: Node,
    alone: int,
    operands: Sequence[Expression],
    made: Sequence[Expression],
) -> Expression:
    parts = [made[i] for i in inner.inputs]
    parts[alone] = _taken(node, slot, operands, parts[alone])
    return call(inner.op, *parts)


def _of_each(
    node: Node, slot: int, inner: Node, operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    return call(inner.op, *(_taken(node, slot, operands, made[i]) for i in inner.inputs))


def _taken(node: Node, slot: int, operands: Sequence[Expression], part: Expression) -> Expression:
    """The operation with another operand at one slot."""
    inputs = list(operands)
    inputs[slot] = part
    return Expression(node.op, tuple(inputs), node.options)


MISTAKES = (
    Mistake("read-with-other-brackets", about="working", places=_readings, says="{how}", bits=5.0),
)
