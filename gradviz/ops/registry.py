"""The one table of operations.

A family declares an op with `declare(…)`; all other code calls `get`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import ParamSpec

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.ops.op import Op

Fields = ParamSpec("Fields")

_OPS: dict[str, Op] = {}
_NUMPY: dict[str, Op] = {}

_OPERATORS: dict[str, Op] = {}
_HABITS: dict[str, Op] = {}
_WRITTEN: dict[str, str] = {}


def _entered(make: Callable[Fields, Op]) -> Callable[Fields, Op]:
    """Wrap `make` so that the ops it makes are entered in the table."""

    @wraps(make)
    def declare(*args: Fields.args, **fields: Fields.kwargs) -> Op:
        op = make(*args, **fields)
        one_kind = [op.local, op.vjp, op.routes].count(None) == 2
        if op.name in _OPS or not one_kind or len(op.backward) != len(op.inputs):
            raise ValueError(f"op {op.name}: name taken, or not one rule per input")
        _OPS[op.name] = op
        for name in () if op.hidden else (op.name, *op.numpy):
            _NUMPY.setdefault(name, op)
        _HABITS.update(dict.fromkeys(op.habits, op))
        if op.operator:
            _OPERATORS[op.operator] = op
        return op

    return declare


declare = _entered(Op)
"""Make an op from the fields of `Op` and enter it in the table.

Raises ValueError for a name that is taken, or rules that do not fit.
"""


def get(name: str, *, hidden: bool = False) -> Op:
    """The op of this name; also a hidden one if `hidden`, for a node that already has it.

    Raises UnknownNameError with the nearest known one.
    """
    if known(name, hidden=hidden):
        return _OPS[name]
    meant = _HABITS.get(name) or _NUMPY.get(name)
    if meant is not None:
        hint = f"it is called {meant.name} here"
    elif name in _WRITTEN:
        hint = f"write {_WRITTEN[name]}"
    else:
        hint = did_you_mean(name, [op.name for op in every()])
    raise UnknownNameError(
        f"there is no op {name!r}", hint=hint or "`gradviz list ops` shows all of them"
    )


def written(text: str, *names: str) -> None:
    """Enter names of other libraries for what has no op here; errors about them suggest `text`."""
    _WRITTEN.update(dict.fromkeys(names, text))


def declared(names: Iterable[str]) -> dict[str, Op]:
    """The ops of these names, by name. Raises UnknownNameError."""
    return {name: get(name) for name in names}


def known(name: str, *, hidden: bool = False) -> bool:
    """Whether there is an op of this name; `hidden` ones only count when asked for."""
    return name in _OPS and (hidden or not _OPS[name].hidden)


def by_operator(operator: str) -> Op:
    """The op that text and Python write with this operator, see `Op.operator`."""
    return _OPERATORS[operator]


def by_numpy_name(name: str) -> Op | None:
    """The op that stands for NumPy's function of this name, or None."""
    return _NUMPY.get(name)


def every() -> Iterator[Op]:
    """All ops that can be called, in the order of their declaration."""
    return (op for op in _OPS.values() if not op.hidden)
