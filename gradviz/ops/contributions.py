"""What one edge of a graph contributes, asked of the op: the one place where rules are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.ops.op import Array, Namespace, Op, Routes
from gradviz.ops.routing import cases, select
from gradviz.ops.shapes import summed_axes

Reduction = tuple[tuple[int, ...], Any, Any]
"""How to reduce a contribution to the source's shape: axes to sum, shapes of target and source."""


def reduction(op: Op, wide: Any, narrow: Any) -> Reduction:
    """How the contribution of an op of shape `wide` comes to an operand of shape `narrow`."""
    return summed_axes(wide, narrow) if op.elementwise else (), wide, narrow


def contribution(
    xp: Namespace,
    op: Op,
    slot: int,
    routes: Routes | None,
    reduced: Reduction,
    upstream: Array,
    value: Array,
    operands: Sequence[Array],
    options: Mapping[str, Any],
    *,
    told: bool = True,
    stretch: slice | None = None,
) -> tuple[Array | None, Array]:
    """The local gradient (None unless elementwise or a single number) and the contribution.

    routes  the routes of a routing op at this edge (`Graph.routes`), else None.
    told    whether the local gradient is asked for where it takes work of its own.
    stretch  one of the op's `stretches`, where they are known.
    """
    if routes is not None:
        return _routed(xp, routes, reduced, upstream, value, operands, options, told=told)
    rule = op.rule_for(slot)
    if op.elementwise:
        axes, wide, narrow = reduced
        local = xp.asarray(rule(xp, value, *operands, **options))
        brought = upstream * local
        if wide:
            if told and xp.shape(local) != wide:
                local = xp.broadcast_to(local, wide)
            brought = sum_broadcast(xp, brought, axes, wide, narrow)
        return local, xp.asarray(brought)
    if op.variadic:
        known = {} if stretch is None else {"stretch": stretch}
        options = {**options, "slot": slot, **known}
    brought = xp.asarray(rule(xp, upstream, value, *operands, **options))
    if xp.shape(value) == () == xp.shape(operands[slot]):
        return xp.asarray(rule(xp, xp.asarray(1), value, *operands, **options)), brought
    return None, brought


def _routed(
    xp: Namespace,
    routes: Routes,
    reduced: Reduction,
    upstream: Array,
    value: Array,
    operands: Sequence[Array],
    options: Mapping[str, Any],
    *,
    told: bool,
) -> tuple[Array | None, Array]:
    """The factor of the upstream gradient (None unless `told`) and the contribution, which is
    selected.
    """
    axes, wide, narrow = reduced
    found = cases(routes, xp, value, *operands, **options)
    brought = select(xp, upstream, found)
    if wide:
        brought = sum_broadcast(xp, brought, axes, wide, narrow)
    if not told:
        return None, xp.asarray(brought)
    local = xp.asarray(select(xp, 1, found))
    if wide and xp.shape(local) != wide:
        local = xp.broadcast_to(local, wide)
    return local, xp.asarray(brought)


def sum_broadcast(
    xp: Namespace, brought: Array, axes: tuple[int, ...], wide: tuple[int, ...], narrow: Any
) -> Array:
    """A contribution of an elementwise op in its source's shape `narrow`: summed over the `axes`
    along which the source was broadcast to `wide`.
    """
    if xp.shape(brought) != wide:
        brought = xp.broadcast_to(xp.asarray(brought), wide)
    return xp.reshape(xp.asarray(xp.sum(brought, axis=axes)), narrow) if axes else brought
