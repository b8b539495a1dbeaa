"""What the steps of one node share, made once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Latest:
    """What is known of the node that was asked for last.

    The contributions that a node makes follow each other, one for each operand. What they share may
    be as long as the row of its operands, and is forgotten with the next node.
    """

    def __init__(self) -> None:
        self._node, self._known = -1, dict[Any, Any]()

    def of(self, node: int, what: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, from the last time if it was asked of the same node."""
        if node != self._node:
            self._node, self._known = node, {}
        if what not in self._known:
            self._known[what] = make()
        return self._known[what]
