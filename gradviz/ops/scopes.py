"""The op that stands for a folded scope in a graph; its values are recorded, never computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from gradviz.errors import ShapeError, ValueInputError
from gradviz.ops.op import Array, Maths, Namespace, Notation, Shape, Told, say_shape
from gradviz.ops.registry import declare

MOST_NAMED = 3
"""Up to this many operands are listed one by one."""


def _not_run(*_: Any, **options: Any) -> NoReturn:
    raise ValueInputError(
        f"the folded scope {options.get('title', '')!r} cannot be run",
        expected="a graph without folded scopes",
        hint="run the graph first, then fold its trace",
    )


def _shape(*shapes: Shape, **options: Any) -> Shape:
    """The shape that was recorded.

    Raises ShapeError if there is none, or if an option is malformed.
    """
    shape, indices = options["shape"], options["indices"]
    sound = (
        isinstance(options["title"], str)
        and isinstance(options["detail"], str)
        and isinstance(options["sizes"], str)
        and _are_counts([options["parameters"]])
        and _are_counts(indices)
        and _are_counts(shape)
        and all(slot < len(shapes) for slot in indices)
    )
    if not sound:
        raise ShapeError(
            "the options of a folded scope are not valid",
            got=", ".join(f"{k}={v!r:.20}" for k, v in options.items()),
            hint="run the graph first, then fold its trace",
        )
    return tuple(shape)


def _are_counts(sizes: Any) -> bool:
    return isinstance(sizes, Sequence) and all(type(n) is int and n >= 0 for n in sizes)


def _came(xp: Namespace, y: Array, *inputs: Array, **_: Any) -> Told | str:
    """The shapes that come in: `3×227×227`, `4 numbers and a number`, `5 values`."""
    if len(inputs) > MOST_NAMED:
        return Told("{count} values", {"count": str(len(inputs))})
    said = [_size(tuple(xp.shape(x))) for x in inputs]
    return said[0] if len(said) == 1 else Told("{listed}", {"listed": tuple(said)})


def _size(shape: Shape) -> Told | str:
    if len(shape) > 1:
        return say_shape(shape)
    if shape in ((), (1,)):
        return Told("a number")
    return Told("{count} numbers", {"count": str(shape[0])})


def _written(m: Notation, *inputs: Maths, **options: Any) -> Maths:
    """x → conv2d → relu."""
    return m.relation(
        "→", inputs[0] if len(inputs) == 1 else m.call("", *inputs), m.phrase(options["detail"])
    )


PASSED = "{title} passes the gradient back to {source}: {upstream} arrives, {contribution} leaves."

scope = declare(
    "scope",
    ("*xs",),
    "several operations that are shown as one",
    forward=_not_run,
    vjp=(_not_run,),
    options={"title": "", "parameters": 0, "detail": "", "sizes": "", "shape": (), "indices": ()},
    shape=_shape,
    written=_written,
    facts={
        "title": lambda xp, y, *xs, title, **_: title,
        "came": _came,
        "made": lambda xp, y, *xs, **_: _size(tuple(xp.shape(y))),
    },
    words={
        "forward": "{title} turns {came} into {value}.",
        "forward arrays": "{title} turns {came} into {made}.",
        "backward": PASSED,
        "backward arrays": PASSED,
    },
    hidden=True,
)
"""Options: `title`; `parameters`, how many numbers are trained in it; `detail`, the ops in it;
`sizes`, how the scopes in it differ; the recorded `shape`; `indices`, the operands that receive no
gradient. Operands are the values from outside, each once.
"""
