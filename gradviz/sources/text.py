"""An expression or statements: any text that is not of another kind."""

from gradviz.graph.graph import Graph
from gradviz.sources import Source


def read(text: str) -> Graph:
    """The graph of a text. Raises ParseError."""
    from gradviz.graph.text.parser import parse

    return parse(text)


SOURCE = Source("an expression", read, is_text=True)
