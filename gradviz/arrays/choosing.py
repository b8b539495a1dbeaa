"""What namespaces that write code do where a formula has two forms: they write the choice down."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any


class Choosing:
    """Chooses with the namespace's own `where`; conditions that are known are booleans."""

    if TYPE_CHECKING:

        def where(self, condition: Any, a: Any, b: Any, /) -> Any:
            """`a` where the condition holds, else `b`."""

    def stable(
        self,
        written: Callable[..., Any],
        computed: Callable[..., Any],
        where: Callable[..., Any] | None = None,
        *operands: Any,
    ) -> Any:
        """The formula `computed` where the condition holds, else the equal one `written`."""
        holds = True if where is None else where(*operands)
        if isinstance(holds, bool):
            return (computed if holds else written)(*operands)
        return self.where(holds, computed(*operands), written(*operands))

    def limit(self, value: Any, where: Any, instead: Any) -> Any:
        """`value`, or its limit `instead` where the written formula is undefined."""
        return self.where(where, instead, value)
