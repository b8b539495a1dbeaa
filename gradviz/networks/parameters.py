"""Building blocks of layers: data of a declared shape, parameters, and their shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gradviz.errors import GradvizError, ShapeError, ValueInputError
from gradviz.graph.declared import declared_shape, misdeclared
from gradviz.graph.expression import Expression, checked_name, current_scope, postorder
from gradviz.graph.graph import CONSTANT, INPUT, shape_of
from gradviz.networks.initialisers import Init, constant
from gradviz.ops.op import Shape, say_shape
from gradviz.ops.registry import get


def data(
    name: str, shape: Sequence[int] = (), example: Any = None, *, image: bool = False
) -> Expression:
    """An input of a declared shape, that of one sample; a run also takes a batch, samples first.

    A run without a value uses the `example`, if there is one. An `image` is drawn as one, though
    its pixels may be given in one row. Raises ValueInputError for an invalid
    name or shape.
    """
    options: dict[str, Any] = {"shape": [*shape]} | ({"image": True} if image else {})
    if example is not None:
        options |= {"init": dict(_fitting(name, shape, constant(example))), "trained": False}
    return _input(name, options)


def parameter(
    name: str, shape: Sequence[int], init: Init, *, trained: bool = True, full: bool = False
) -> Expression:
    """A parameter, initialised by `init` (see `gradviz.networks.initialisers`) unless it is given.

    Within a scope its name is the scope's path and its own, joined by `_`: `w` within
    `block1/conv2` is `block1_conv2_w`. A name that is already `full` stays unchanged. An input that
    is not `trained`, such as a running mean, is initialised in the same way but is not a parameter.
    Raises ValueInputError for an init that does not fit.
    """
    options = {"shape": [*shape], "init": dict(_fitting(name, shape, init))} | (
        {} if trained else {"trained": False}
    )
    path = "" if full else current_scope()
    return _input(re.sub(r"\W", "_", f"{path}_{name}") if path else name, options)


def _fitting(name: str, shape: Sequence[int], init: Init) -> Init:
    value = init.get("value")
    if isinstance(value, list | tuple) and shape_of(value) != tuple(shape):
        raise ValueInputError(
            f"the numbers of {name} do not have its shape",
            expected=say_shape(tuple(shape)),
            got=say_shape(shape_of(value)),
        )
    return init


def _input(name: str, options: dict[str, Any]) -> Expression:
    if wrong := misdeclared(options):
        raise ValueInputError(f"the input {name} cannot be declared like this", got=wrong)
    return Expression(INPUT, (), options, checked_name(name))


def shape(expression: Expression) -> Shape:
    """The shape that an expression has for one sample, from the declared shapes of its inputs.

    Raises ShapeError for an input that declares none, and for operands that do not fit.
    """
    for part in postorder(expression, done=_is_known):
        part._shape = _shape(part)
    return expression._shape


def _is_known(expression: Expression) -> bool:
    return hasattr(expression, "_shape")


def _shape(expression: Expression) -> Shape:
    if expression.op == CONSTANT:
        return shape_of(expression.options["value"])
    if expression.op != INPUT:
        try:
            return tuple(
                get(expression.op).shape(
                    *[i._shape for i in expression.inputs], **expression.options
                )
            )
        except GradvizError as error:
            error.where = error.where or expression.scope
            raise
    declared = declared_shape(expression.options)
    if declared is None:
        raise ShapeError(
            f"a layer must know the shape of {expression.name}",
            expected="an input of a declared shape",
            hint=f'{expression.name} = gradviz.networks.data("{expression.name}", (3, 32, 32))',
        )
    return declared


def whole(what: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`. Raises ValueInputError naming `what`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueInputError(
            f"{what} is a whole number", expected=f"{least} or more", got=f"{value!r:.40}"
        )
    return value
