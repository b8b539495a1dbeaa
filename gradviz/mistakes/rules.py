"""An op's local gradient as an expression, and every way in which somebody may get it wrong.

Nothing here knows an op: what is changed is the expression that the op declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gradviz.errors import GradvizError
from gradviz.graph.expression import Expression, call, graph_of
from gradviz.graph.expression import constant as constant_of
from gradviz.graph.graph import CONSTANT, INPUT
from gradviz.graph.symbols import Symbols
from gradviz.graph.text.writer import write
from gradviz.ops import get
from gradviz.ops.op import Op
from gradviz.ops.registry import every

OUTPUT = "y"
Path = tuple[int, ...]
Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """A wrong local gradient.

    kind   what was done to the right one.
    wrong, right  both as they are written.
    bits   how much more it takes to say than others.
    value  `(xp, y, *operands)`.
    """

    kind: str
    wrong: str
    right: str
    bits: float
    value: Callable[..., Any]


def rule(op: Op, slot: int, options: Options = ()) -> Expression | None:
    """The local gradient over the op's operands and its output; None where it declares none."""
    if op.local is None or op.local[slot] is None:
        return None
    try:
        operands = [Expression(INPUT, name=name) for name in _letters(op)]
        made = op.rule_for(slot)(
            Symbols(), Expression(INPUT, name=OUTPUT), *operands, **dict(options)
        )
        return constant_of(made)
    except (GradvizError, TypeError, ValueError):
        return None


@lru_cache(maxsize=512)
def variants(op: Op, slot: int, options: Options = ()) -> tuple[Variant, ...]:
    """Every wrong local gradient of an operand, each once."""
    right = rule(op, slot, options)
    if right is None:
        return ()
    found: dict[str, Variant] = {}
    said = spelled(right)
    for kind, bits, wrong in _changed(op, right):
        text = spelled(wrong)
        if text != said and text not in found:
            found[text] = Variant(kind, text, said, bits, compiled(wrong, _letters(op)))
    return tuple(found.values())


def _letters(op: Op) -> tuple[str, ...]:
    """Names of the operands, none of which is the output's."""
    if "exponent" in op.roles:
        return tuple("n" if op.role(k) == "exponent" else "x" for k in range(len(op.inputs)))
    return tuple(name if name != OUTPUT else "v" for name in op.inputs)


def _changed(op: Op, right: Expression) -> Iterator[tuple[str, float, Expression]]:
    if right.op == CONSTANT:
        return
    for path, part in _parts(right):
        for kind, bits, wrong in _instead(op, part, is_whole=not path):
            yield kind, bits, _with(right, path, wrong)
    if len(op.inputs) == 1:
        yield from _of_others(op, right)
    for slot in range(len(op.inputs)) if len(op.inputs) > 1 else ():
        other = rule(op, slot)
        if other is not None:
            yield "operand", 0.5, other


def _instead(
    op: Op, part: Expression, *, is_whole: bool
) -> Iterator[tuple[str, float, Expression]]:
    """What may stand where a part of a rule belongs."""
    yield from _of_less(part)
    if part.op == CONSTANT:
        return
    if not is_whole:
        yield "square", 0.5, part**2
        if part.op != "pow":
            yield "turned", 1.5, -part
            yield "inverse", 1.5, 1 / part
    if part.op == INPUT:
        yield from _of_input(op, part, is_whole=is_whole)


def _of_less(part: Expression) -> Iterator[tuple[str, float, Expression]]:
    """What is left of a part whose operation was left out or taken otherwise."""
    name, inputs = part.op, part.inputs
    if name in ("add", "sub"):
        a, b = inputs
        yield "term", 0.0, a
        yield "term", 0.0, b if name == "add" else -b
        yield "sign", 0.0, a - b if name == "add" else a + b
    elif name == "mul":
        yield "factor", 0.0, inputs[0]
        yield "factor", 0.0, inputs[1]
    elif name == "div":
        a, b = inputs
        yield "factor", 0.0, a
        yield "inverse", 0.5, b
        if a.op != CONSTANT:
            yield "factor", 0.0, 1 / b
            yield "inverse", 1.0, b / a
        yield "inverse", 0.5, a * b
    elif name == "pow":
        a, n = inputs
        yield "power", 0.0, a
        yield "power", 1.0, n * a
        yield "power", 1.0, n
        yield "power", 1.5, a ** _plus(n, 1)
    elif name == "neg":
        yield "sign", 0.0, inputs[0]
    elif len(inputs) == 1:
        yield "function", 0.0, inputs[0]
        for other in _siblings(get(name)):
            yield "another", 2.0, Expression(other.name, inputs)


def _of_input(
    op: Op, part: Expression, *, is_whole: bool
) -> Iterator[tuple[str, float, Expression]]:
    """What may stand for an operand or the output."""
    letters = _letters(op)
    for letter in (*letters, OUTPUT):
        if letter != part.name:
            yield "place", 0.5, Expression(INPUT, name=letter)
    if len(op.inputs) == 1 and not is_whole:
        yield "complement", 1.5, 1 - part
    if op.role(letters.index(part.name) if part.name in letters else 0) == "exponent":
        yield "exponent", 1.5, _plus(part, -1)
        yield "exponent", 1.5, _plus(part, 1)
    if len(op.inputs) == 1 and not op.options:
        yield "again", 1.5, Expression(op.name, (part,))


def _plus(whole: Expression, number: int) -> Expression:
    """A sum with a number, which is taken at once where the other one is a number too."""
    if whole.op == CONSTANT and not isinstance(whole.options["value"], str):
        return constant_of(whole.options["value"] + number)
    return call("add" if number > 0 else "sub", whole, abs(number))


def _of_others(op: Op, right: Expression) -> Iterator[tuple[str, float, Expression]]:
    """Other functions of the family, and their slopes, at the input and with the output of op."""
    x, y = Expression(INPUT, name=_letters(op)[0]), Expression(INPUT, name=OUTPUT)
    for other in _siblings(op):
        theirs = rule(other, 0)
        if theirs is not None and theirs.op != CONSTANT:
            own = {_letters(other)[0]: x, OUTPUT: Expression(other.name, (x,))}
            yield "slope", 1.5, _filled(theirs, own)
            yield "slope", 1.5, _filled(theirs, own | {OUTPUT: y})
        yield "value", 2.5, Expression(other.name, (x,))
    yield "value", 1.5, Expression(op.name, (y,)) if not op.options else y
    yield "value", 1.5, 1 - y
    yield "value", 1.5, 1 - x
    yield "value", 1.5, 1 / x
    yield "value", 1.5, 1 / y
    yield "value", 2.0, x * y
    yield "value", 2.0, right * x
    yield "value", 2.0, right * y
    yield "value", 2.0, right + y
    yield "value", 2.0, right + x
    yield "value", 2.0, right / x


@lru_cache(maxsize=64)
def _siblings(op: Op) -> tuple[Op, ...]:
    """The other functions of one number that are declared beside an op."""
    return tuple(
        other
        for other in every()
        if other is not op
        and other.forward.__module__ == op.forward.__module__
        and other.local is not None
        and len(other.inputs) == len(op.inputs) == 1
        and not other.options
    )


# Expressions.
def _parts(whole: Expression, path: Path = ()) -> Iterator[tuple[Path, Expression]]:
    """Every part of an expression, with the slots that lead there."""
    yield path, whole
    for slot, part in enumerate(whole.inputs):
        yield from _parts(part, (*path, slot))


def _with(whole: Expression, path: Path, part: Expression) -> Expression:
    """The expression with another part at one place."""
    if not path:
        return part
    inputs = list(whole.inputs)
    inputs[path[0]] = _with(inputs[path[0]], path[1:], part)
    return Expression(whole.op, tuple(inputs), whole.options)


def _filled(whole: Expression, inputs: Mapping[str, Expression]) -> Expression:
    """The expression with others for its inputs."""
    if whole.op == INPUT:
        return inputs.get(whole.name, whole)
    if not whole.inputs:
        return whole
    return Expression(whole.op, tuple(_filled(i, inputs) for i in whole.inputs), whole.options)


def compiled(whole: Expression, letters: tuple[str, ...]) -> Callable[..., Any]:
    """An expression as a function `(xp, y, *operands)`."""
    names = (OUTPUT, *letters)
    made = _function(whole)

    def value(xp: Any, *numbers: Any) -> Any:
        return made(xp, dict(zip(names, numbers, strict=False)))

    return value


def _function(whole: Expression) -> Callable[[Any, Mapping[str, Any]], Any]:
    if whole.op == INPUT:
        name = whole.name
        return lambda xp, of: of[name]
    if whole.op == CONSTANT:
        value = whole.options["value"]
        number = np.float64(np.pi if value == "pi" else np.e if value == "e" else value)
        return lambda xp, of: number
    forward, options = get(whole.op).forward, whole.options
    parts = tuple(map(_function, whole.inputs))
    return lambda xp, of: forward(xp, *(part(xp, of) for part in parts), **options)


POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def spelled(whole: Expression) -> str:
    """An expression as people write it: 1 − y²."""
    text = write(graph_of(_separate(whole)))
    text = re.sub(r"\*\*(\d+)", lambda m: m[1].translate(POWERS), text)
    text = re.sub(r"\*\*\((-\d+)\)", lambda m: m[1].translate(POWERS), text)
    text = text.replace("**", "^").replace("*", " · ").replace("-", "−").replace("sqrt(", "√(")
    return re.sub(r"\bpi\b", "π", re.sub(r"(\d)\.0\b", r"\1", text))


def _separate(whole: Expression) -> Expression:
    """The expression as a tree, in which only inputs are shared: it is written in one line."""
    known: dict[str, Expression] = {}

    def made(part: Expression) -> Expression:
        if part.op == INPUT:
            return known.setdefault(part.name, part)
        return Expression(part.op, tuple(map(made, part.inputs)), part.options)

    return made(whole)
