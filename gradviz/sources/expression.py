"""An expression that was built in Python, from `gv.inputs`."""

from typing import Any

from gradviz.graph.graph import Graph
from gradviz.sources import Source


def graph_of(value: Any) -> Graph | None:
    """The graph that ends in an expression; None for any other object. Raises ValueInputError."""
    from gradviz.graph import expression

    return expression.graph_of(value) if isinstance(value, expression.Expression) else None


SOURCE = Source("an expression in Python", of_object=graph_of)
