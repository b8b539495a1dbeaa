"""Whatever stands for a graph, as a Graph."""

from __future__ import annotations

from typing import Any

from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph


def as_graph(source: Any) -> Graph:
    """The graph of a text, a Python expression or a graph.

    Raises ParseError for text that is no expression, ValueInputError for anything else.
    """
    if isinstance(source, Graph):
        return source
    if isinstance(source, str):
        from gradviz.graph.text.parser import parse

        return parse(source)
    from gradviz.graph.expression import Expression

    if isinstance(source, Expression):
        from gradviz.graph.expression import graph_of

        return graph_of(source)
    raise ValueInputError(
        "this is nothing that gradviz can run",
        expected="text, an expression built from gv.inputs, or a graph",
        got=type(source).__name__,
    )
