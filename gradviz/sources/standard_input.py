"""An expression on standard input: `-`."""

import sys

from gradviz.graph.graph import Graph
from gradviz.graph.text.grammar import LIMIT
from gradviz.sources import Source


def read(text: str) -> Graph:
    """The graph of the text on standard input. Raises ParseError."""
    from gradviz.graph.text.parser import parse

    return parse(sys.stdin.read(LIMIT + 1))


SOURCE = Source("standard input", read, word="-", reads_files=True)
