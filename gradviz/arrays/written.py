"""A namespace that computes every formula as it is written and printed, as one does by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradviz.arrays.namespace import Value


class AsWritten:
    """What a namespace does that needs no way around rounding and overflow."""

    sqrt: Callable[[Value], Value]

    def stable(
        self,
        written: Callable[..., Value],
        computed: Callable[..., Value],
        where: Callable[..., Value] | None = None,
        *operands: Value,
    ) -> Value:
        """The formula as it is written."""
        return written(*operands)

    def average(self, x: Value, total: Callable[[Value], Value], count: Value) -> Value:
        """total(x)/count."""
        return total(x) / count

    def length(self, x: Value, total: Callable[[Value], Value], plus: Any = 0) -> Value:
        """√(total(x²) + plus)."""
        return self.sqrt(total(x * x) + plus)


class Written(AsWritten):
    """Another namespace, without its ways around rounding and overflow.

    limits  whether the limit of a formula stands in for it where it is undefined.
    """

    def __init__(self, xp: Any, *, limits: bool = True) -> None:
        self._xp, self._limits = xp, limits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)

    def limit(self, value: Value, where: Value, instead: Value) -> Value:
        """`value`, or its limit if limits are taken."""
        return self._xp.limit(value, where, instead) if self._limits else value
