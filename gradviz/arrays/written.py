"""A namespace that computes every formula as it is written and printed, as one does by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradviz.arrays.namespace import Value


class Written:
    """Another namespace, without its ways around rounding and overflow."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)

    def stable(
        self,
        written: Callable[..., Value],
        computed: Callable[..., Value],
        where: Callable[..., Value] | None = None,
        *operands: Value,
    ) -> Value:
        """The formula that is printed."""
        return written(*operands)

    def average(self, x: Value, total: Callable[[Value], Value], count: Value) -> Value:
        """total(x)/count."""
        return total(x) / count

    def length(self, x: Value, total: Callable[[Value], Value], plus: Any = 0) -> Value:
        """√(total(x²) + plus)."""
        return self._xp.sqrt(total(x * x) + plus)
