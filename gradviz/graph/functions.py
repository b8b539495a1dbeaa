"""The ops as Python functions, `gv.sigmoid(x)`: signature and help from their declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from typing import Any

from gradviz.graph.expression import Expression, call
from gradviz.ops.op import REQUIRED, Op, Shape

ONLY_EXPRESSIONS = {Expression}
MOST_SHAPES = 3
"""How many examples of shapes a function's help gives."""

ENDING = """\
Gives an expression; operands are expressions, numbers or arrays. Raises UnknownNameError or
ValueInputError for arguments that the op does not take. Shapes are checked when the graph is bound:
ShapeError where they do not fit."""


def function(op: Op) -> Callable[..., Expression]:
    """The op as a Python function, with its signature and its help."""

    operands = 0 if op.variadic or op.optional or op.options else len(op.inputs)

    def build(*args: Any, **options: Any) -> Expression:
        if len(args) == operands and not options and {*map(type, args)} == ONLY_EXPRESSIONS:
            return Expression(op.name, args)
        return call(op, *args, **options)

    build.__name__ = build.__qualname__ = op.name
    build.__doc__ = "\n".join(_help(op))
    build.__signature__ = _signature(op)  # type: ignore[attr-defined]
    return build


def _signature(op: Op) -> Signature:
    """Operands, then options, which are keyword-only if the number of operands is arbitrary."""
    if op.variadic:
        operands = [Parameter(op.inputs[0].lstrip("*"), Parameter.VAR_POSITIONAL)]
    else:
        operands = [
            Parameter(
                name,
                Parameter.POSITIONAL_OR_KEYWORD,
                default=Parameter.empty if slot < op.required else None,
            )
            for slot, name in enumerate(op.inputs)
        ]
    kind = Parameter.KEYWORD_ONLY if op.variadic else Parameter.POSITIONAL_OR_KEYWORD
    options = [
        Parameter(name, kind, default=Parameter.empty if default is REQUIRED else default)
        for name, default in op.options.items()
    ]
    return Signature([*operands, *options], return_annotation=Expression)


def _help(op: Op) -> Iterator[str]:
    yield f"{op.signature()}: {op.summary}."
    yield ""
    yield f"Operands: {', '.join(_operand(op, slot) for slot in range(len(op.inputs)))}."
    if op.options:
        yield f"Options: {', '.join(_option(op, name) for name in op.options)}."
    yield from ("Shapes:", *(f"    {line}" for line in _shapes(op)))
    if op.ties:
        yield f"Ties and kinks: {op.ties}."
    yield ""
    yield ENDING


def _operand(op: Op, slot: int) -> str:
    name = op.inputs[slot]
    said = [f"the {op.role(slot)}"] if op.role(slot) not in ("", name) else []
    said += ["may be left out"] if slot >= op.required else []
    said += ["any number of them"] if op.variadic else []
    said += ["takes no gradient"] if not op.differentiable(slot) else []
    return name.lstrip("*") + (f" ({', '.join(said)})" if said else "")


def _option(op: Op, name: str) -> str:
    default = op.options[name]
    also = [alias for alias, meant in op.aliases.items() if meant == name]
    said = name if default is REQUIRED else f"{name}={default!r}"
    return said + (f" (also {', '.join(also)})" if also else "")


def _shapes(op: Op) -> list[str]:
    """Examples: `(2, 3), (3, 2) → (2, 2)`; broadcasting ones for elementwise ops."""
    if op.elementwise and len(op.inputs) > 1:
        wide, narrow = (2, 3), (3,)
        given = [narrow] * (len(op.inputs) - 1) + [wide]
        return [f"broadcast as in NumPy, {_shape(op, tuple(given), {})}"]
    if not op.examples:
        return [_shape(op, ((2, 3),) * len(op.inputs), {})]
    return [_shape(op, shapes, dict(options)) for shapes, options in op.examples[:MOST_SHAPES]]


def _shape(op: Op, shapes: tuple[Shape, ...], options: dict[str, Any]) -> str:
    made = op.shape(*shapes, **{**op.options, **options})
    given = [*map(str, shapes), *(f"{name}={value!r}" for name, value in options.items())]
    return f"{', '.join(given)} → {made}"
