"""The graph's own namespace: the `xp` on which a formula builds expressions instead of computing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradviz.graph.expression import Expression, constant, function
from gradviz.graph.graph import CONSTANT
from gradviz.ops.registry import get


class Symbols:
    """An array namespace whose values are expressions, for the elementwise formulas of an op."""

    name = "graph"

    @property
    def pi(self) -> Expression:
        """π."""
        return Expression(CONSTANT, (), {"value": "pi"})

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        return function(get(name))

    def limit(self, value: Any, where: Any, instead: Any) -> Expression:
        """The written formula itself; its limits go without saying."""
        return constant(value)

    def logaddexp(self, a: Any, b: Any) -> Expression:
        """log(exp(a) + exp(b))."""
        exp, log = function(get("exp")), function(get("log"))
        return log(exp(a) + exp(b))

    def asarray(self, value: Any) -> Expression:
        """`value` as an expression."""
        return constant(value)
