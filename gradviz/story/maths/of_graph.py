"""Graph expressions as mathematics: the op's own `written`, applied from the operands up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from gradviz.arrays.digits import ALL, number, typed
from gradviz.graph.expression import Expression, postorder
from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.ops.op import Op
from gradviz.ops.registry import get
from gradviz.story.maths.tree import M, Maths

PLAIN = re.compile(r"-?\d{1,12}(\.\d{1,12})?")
"""Numbers on which arithmetic is done where a formula is written."""
LARGEST = 120
"""Expressions with more nodes than this are not written out."""


def written(op: Op, operands: list[Maths], options: Mapping[str, Any]) -> Maths:
    """An op applied to pieces of mathematics, as its declaration says."""
    if op.written is not None:
        return op.written(M, *operands, **options)  # type: ignore[no-any-return]
    given = {k: v for k, v in options.items() if v != op.options.get(k)}
    extras = [M.phrase(f"{k}={v}") for k, v in given.items()]
    return M.call(op.name, *operands, *extras)


def of_expression(expression: Expression, leaves: Mapping[int, Maths]) -> Maths:
    """An expression as mathematics; `leaves` maps `id(leaf)` to what stands for it.

    Arithmetic of plain numbers is done, factors and exponents of 1 are left out and products with
    0 are 0, so that the rule of a power reads 3 · x² and not 3 · x^(3 − 1), and that of x⁰ is 0.
    """
    done: dict[int, Maths] = {}
    for node in postorder(expression):
        known, operands = leaves.get(id(node)), [done[id(i)] for i in node.inputs]
        done[id(node)] = known or _zero(node, operands) or _of_node(node, operands)
    return done[id(expression)]


def of_graph(graph: Graph, leaves: Mapping[str, Maths] | None = None) -> Maths | None:
    """A small graph as one piece of mathematics, or None for one that is too large to read;
    `leaves` maps names of inputs to what stands for them. Each piece refers to its node.
    """
    if len(graph.nodes) > LARGEST:
        return None
    done: list[Maths] = []
    for node in graph.nodes:
        known = (leaves or {}).get(node.name) if node.op == INPUT else None
        made = known or _of_node(node, [done[i] for i in node.inputs])
        done.append(replace(made, ref=f"node-{node.id}"))
    return done[graph.output]


def _in_full(value: Any) -> str:
    """A number as it was typed; a long whole number in all digits, where none can be left out."""
    said = typed(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_whole and Decimal(said) != value else said


def _zero(node: Expression, operands: list[Maths]) -> Maths | None:
    """0 for a product with a plain 0, else None."""
    if node.op in (INPUT, CONSTANT) or get(node.op).operator != "*":
        return None
    return next((o for o in operands if _is_zero(o)), None)


def _is_zero(maths: Maths) -> bool:
    return (maths.kind, maths.text, maths.role) == ("number", "0", "")


def _of_node(node: Node | Expression, operands: list[Maths]) -> Maths:
    """A node over its operands, which have been written already."""
    if node.op == INPUT:
        return M.name(node.name)
    if node.op == CONSTANT:
        value = node.options["value"]
        return M.name("π") if value == "pi" else M.number(_in_full(value))
    return _folded(get(node.op), operands, node.options)


def _folded(op: Op, operands: list[Maths], options: Mapping[str, Any]) -> Maths:
    texts = [o.text if o.kind == "number" and not o.role else None for o in operands]
    if op.operator in ("+", "-") and None not in texts:
        a, b = (_decimal(t) for t in texts)
        if a is not None and b is not None:
            return M.number(f"{(a + b if op.operator == '+' else a - b).normalize():f}")
    if op.operator == "*" and "1" in texts:
        return operands[1 - texts.index("1")]
    if op.operator == "**":
        operands = [operands[0], _worked_out(operands[1])]
        if (operands[1].kind, operands[1].text) == ("number", "1"):
            return operands[0]
    return written(op, operands, options)


def _worked_out(exponent: Maths) -> Maths:
    """A sum of two numbers as one number, in decimal arithmetic: 0.5 − 1 is −0.5."""
    texts = [part.text for part in exponent.parts if part.kind == "number"]
    if exponent.kind not in ("add", "sub") or len(texts) != 2:
        return exponent
    try:
        a, b = (Fraction(text) for text in texts)
        total = a + b if exponent.kind == "add" else a - b
        decimal = any("/" in text for text in texts)
        return M.number(str(total) if decimal else number(float(total), ALL))
    except (ValueError, OverflowError):  # NaN, infinity, or beyond the floats
        return exponent


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text and PLAIN.fullmatch(text) else None


@lru_cache(maxsize=4096)
def of_text(text: str) -> Maths:
    """An exact number or symbolic expression, given in gradviz's own grammar."""
    if text.lstrip("-").replace("/", "", 1).isdigit() or text in ("True", "False"):
        return M.number(text)
    from gradviz.graph.text.parser import parse

    return of_graph(parse(text)) or M.phrase(text if len(text) < 60 else text[:57] + "…")
