"""What an op passes back, straight from its declaration."""

from __future__ import annotations

from typing import Any

from gradviz.ops.op import Op
from gradviz.ops.routing import cases, select


def local(op: Op, slot: int, xp: Any, y: Any, *inputs: Any, **options: Any) -> Any:
    """The local gradient of an elementwise op: its `local`, or the factor that is selected."""
    if op.routes is not None:
        return select(xp, 1, cases(op.routes_for(slot), xp, y, *inputs, **options))
    return op.rule_for(slot)(xp, y, *inputs, **options)


def elementwise(op: Op, slot: int, xp: Any, g: Any, y: Any, *inputs: Any, **options: Any) -> Any:
    """The contribution of the upstream gradient `g` before it is summed for a broadcast operand."""
    if op.routes is not None:
        return select(xp, g, cases(op.routes_for(slot), xp, y, *inputs, **options))
    return g * local(op, slot, xp, y, *inputs, **options)
