"""What one edge of a graph contributes, asked of the op: the one place where rules are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.ops.op import Array, Namespace, Op
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
    reduced: Reduction,
    upstream: Array,
    value: Array,
    operands: Sequence[Array],
    options: Mapping[str, Any],
) -> tuple[Array | None, Array]:
    """The local gradient (None unless elementwise or a single number) and the contribution."""
    rule = op.rule_for(slot)
    if op.elementwise:
        axes, wide, narrow = reduced
        local = xp.asarray(rule(xp, value, *operands, **options))
        brought = upstream * local
        if wide:
            if xp.shape(local) != wide:
                local = xp.broadcast_to(local, wide)
            brought = sum_broadcast(xp, brought, axes, wide, narrow)
        return local, xp.asarray(brought)
    if op.variadic:
        options = {**options, "slot": slot}
    brought = xp.asarray(rule(xp, upstream, value, *operands, **options))
    if xp.shape(value) == () == xp.shape(operands[slot]):
        return xp.asarray(rule(xp, xp.asarray(1), value, *operands, **options)), brought
    return None, brought


def sum_broadcast(
    xp: Namespace, brought: Array, axes: tuple[int, ...], wide: tuple[int, ...], narrow: Any
) -> Array:
    """A contribution of an elementwise op in its source's shape `narrow`: summed over the `axes`
    along which the source was broadcast to `wide`.
    """
    if xp.shape(brought) != wide:
        brought = xp.broadcast_to(xp.asarray(brought), wide)
    return xp.reshape(xp.asarray(xp.sum(brought, axis=axes)), narrow) if axes else brought
