"""The ops as a catalogue: each with its family and its gradients written in symbols, from its
declaration.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradviz.graph.expression import Expression
from gradviz.graph.graph import INPUT
from gradviz.graph.symbols import Symbols
from gradviz.ops import Op, every
from gradviz.ops.op import REQUIRED, Shape
from gradviz.story.maths import M, Maths
from gradviz.story.maths.of_graph import of_expression
from gradviz.story.maths.routed import choice

OUTPUT, UPSTREAM = "y", "u"


@dataclass(frozen=True, slots=True)
class Rule:
    """The gradient of one operand.

    operand  its name, as in the op's signature.
    left     ∂y/∂x for an op that works element by element, dx for one that does not.
    right    the local gradient in symbols, or the whole contribution in matrix form, where u
             is the upstream gradient. None where there is no such form, or no gradient.
    said     the rule in words, where it has no form in symbols; empty where the operand takes no
             gradient.
    """

    operand: str
    left: Maths
    right: Maths | None
    said: str = ""


def family(op: Op) -> str:
    """The family of an op: the first line of its file's docstring."""
    said = sys.modules[op.forward.__module__].__doc__ or ""
    return said.strip().partition("\n")[0].rstrip(".")


def families() -> dict[str, list[Op]]:
    """All ops by family, both in the order of their declaration."""
    found: dict[str, list[Op]] = {}
    for op in every():
        found.setdefault(family(op), []).append(op)
    return found


def rules(op: Op) -> tuple[Rule, ...]:
    """The gradient of every operand in symbols; one rule for all operands where there may be any
    number.
    """
    written = _local if op.elementwise else _contribution
    return tuple(written(op, slot, name.lstrip("*")) for slot, name in enumerate(op.inputs))


def _local(op: Op, slot: int, operand: str) -> Rule:
    """∂y/∂x of an elementwise op."""
    left = M.partial(OUTPUT, M.name(operand))
    if not op.differentiable(slot):
        return Rule(operand, left, None)
    names = {name: Expression(INPUT, name=name) for name in (*op.inputs, *op.options)}
    operands, options = [names[i] for i in op.inputs], {o: names[o] for o in op.options}
    leaves = {id(e): M.name(name) for name, e in names.items()}
    output = Expression(INPUT, name=OUTPUT)
    if op.routes is not None:
        pieces = [leaves[id(o)] for o in operands]
        right = choice(op.routes_for(slot), M.number(1), pieces, M.name(OUTPUT), options, leaves)
        return Rule(operand, left, right)
    formula = op.rule_for(slot)
    built = Symbols().asarray(formula(Symbols(), output, *operands, **options))
    return Rule(operand, left, of_expression(built, leaves | {id(output): M.name(OUTPUT)}))


def _contribution(op: Op, slot: int, operand: str) -> Rule:
    """dx of an op on whole arrays, in matrix form or in words."""
    left = M.differential(M.name(operand))
    if not op.differentiable(slot):
        return Rule(operand, left, None)
    for shapes, given in op.examples:
        if op.variadic or () in shapes or slot >= len(shapes):
            continue
        options = _options(op, given)
        sizes = [tuple(map(_Size, shape)) for shape in shapes]
        names = [M.name(name, shape) for name, shape in zip(op.inputs, sizes, strict=False)]
        shape: Shape = tuple(map(_Size, op.shape(*shapes, **options)))
        pieces = M.name(UPSTREAM, shape), M.name(OUTPUT, shape), *names
        right = op.written_rule(slot, M, *pieces, **options)
        if right is not None:
            return Rule(operand, left, right)
    said = op.words.get(f"backward {slot} arrays", op.words.get("backward arrays", ""))
    return Rule(
        operand,
        left,
        None,
        said.replace("{source}", f"each of {operand}" if op.variadic else operand),
    )


def _options(op: Op, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given.get(name, None if v is REQUIRED else v) for name, v in op.options.items()}


class _Size(int):
    """The length of an axis, written n: a rule in symbols does not depend on a particular size."""

    def __str__(self) -> str:
        return "n"

    def __rmul__(self, other: int) -> _Size:
        return self
