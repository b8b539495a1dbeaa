"""An elementwise op on single floats: small Python functions written from its own formulas, once.

Where a formula inspects its numbers, and so cannot be written, the function calls it. A function
raises where Python's floats depart from IEEE 754, see `gradviz.arrays.scalars`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from gradviz.arrays.code import FLOATS, NAMES, Code, Term, number
from gradviz.ops.op import Formula, Op, Routes
from gradviz.ops.routing import cases, select, taken

CODE = Code()
Kernel = Callable[..., Any]
NO_OPTIONS: Mapping[str, Any] = {}


def value_of(op: Op, options: Mapping[str, Any] = NO_OPTIONS) -> Kernel:
    """`(*operands)`: the value."""
    names = _names(len(op.inputs))
    return _value(op.forward, names, options) if options else _usual_value(op.forward, names)


def local_of(
    op: Op, slot: int, options: Mapping[str, Any] = NO_OPTIONS, *, fixed: bool = False
) -> Kernel | float:
    """`(y, *operands)`: the local gradient for the operand at `slot`, or the float that it always
    is. `fixed` says whether the operand meets a fixed one.
    """
    names = ("y", *_names(len(op.inputs)))
    if op.routes is None:
        rule = op.rule_for(slot)
        return _local(rule, names, options) if options else _usual_local(rule, names)
    routes = op.routes_for(slot, fixed=fixed)
    return _routed(routes, names, options) if options else _usual_routed(routes, names)


def locals_of(op: Op) -> Sequence[Kernel | float]:
    """The local gradients for all operands, of an op without options or a say for fixed ones."""
    return _usual_locals(len(op.inputs), op.local, op.routes)


@cache
def _usual_locals(operands: int, local: Any, routes: Any) -> Sequence[Kernel | float]:
    names = ("y", *_names(operands))
    if routes is not None:
        return [_usual_routed(route, names) for route in routes]
    return [_usual_local(rule, names) for rule in local]


@cache
def _names(operands: int) -> tuple[str, ...]:
    return tuple(f"x{slot}" for slot in range(operands))


def _value(formula: Formula, names: Sequence[str], options: Mapping[str, Any]) -> Kernel:
    try:
        return _function(names, number(formula(CODE, *map(Term, names), **options)))
    except (TypeError, AttributeError):
        return partial(formula, FLOATS, **options)


def _local(rule: Formula, names: Sequence[str], options: Mapping[str, Any]) -> Kernel | float:
    try:
        found = number(rule(CODE, *map(Term, names), **options))
    except (TypeError, AttributeError):
        return partial(rule, FLOATS, **options)
    return _function(names, found) if found.value is None else found.value


def _routed(routes: Routes, names: Sequence[str], options: Mapping[str, Any]) -> Kernel | float:
    try:
        found = number(select(CODE, 1, cases(routes, CODE, *map(Term, names), **options)))
    except (TypeError, AttributeError):
        return lambda y, *operands: taken(routes, FLOATS, y, operands, options)
    return _function(names, found) if found.value is None else found.value


@cache
def _usual_value(formula: Formula, names: Sequence[str]) -> Kernel:
    return _value(formula, names, NO_OPTIONS)


@cache
def _usual_local(rule: Formula, names: Sequence[str]) -> Kernel | float:
    return _local(rule, names, NO_OPTIONS)


@cache
def _usual_routed(routes: Routes, names: Sequence[str]) -> Kernel | float:
    return _routed(routes, names, NO_OPTIONS)


def _function(names: Sequence[str], written: Term) -> Kernel:
    found: Kernel = eval(f"lambda {', '.join(names)}: {written.text}", NAMES)
    return found
