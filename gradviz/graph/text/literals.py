"""The values of inputs as text: the VALUE in `NAME=VALUE` on the command line."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gradviz.errors import ParseError, Span, did_you_mean
from gradviz.graph.graph import CONSTANT, Graph, Node, shape_of
from gradviz.graph.text.grammar import CONSTANTS
from gradviz.graph.text.parser import parse
from gradviz.ops.registry import get

Value = int | float | Fraction | list[Any] | Graph


def value(text: str) -> Value:
    """The number or nested lists written in `text`; quotients of whole numbers are exact Fractions.

    A value that has to be computed, such as `sqrt(2)/2` or `pi`, is a Graph without inputs. NaN and
    infinity are written `nan` or `NaN`, `inf` or `Infinity`. Raises ParseError with the place in
    the text.
    """
    graph = parse(text)
    _check_single(graph)
    found: list[Any] = []
    for node in graph.nodes:
        written = _written_out(node, [found[i] for i in node.inputs], graph.source)
        if written is None:
            return graph
        found.append(written)
    result: Value = found[graph.output]
    return result


def _check_single(graph: Graph) -> None:
    """Refuse names and further statements."""
    for node in graph.nodes:
        where = graph.source, node.span or Span(0, 0)
        if node.name:
            raise ParseError(
                "a value cannot contain names",
                where=where,
                expected="a number, a fraction or an array",
                got=node.name,
                hint=did_you_mean(node.name, CONSTANTS) or "write numbers only",
            )
        if node.id != graph.output and not graph.consumers[node.id]:
            raise ParseError(
                "a value is one expression",
                where=where,
                expected="one expression",
                got="several statements",
                hint="[1, 2] is an array of several numbers",
            )


def _written_out(node: Node, operands: list[Any], source: str) -> Any:
    """The value of a node that need not be computed; None for other nodes."""
    if node.op == CONSTANT:
        return None if node.options["value"] == "pi" else node.options["value"]
    operator = get(node.op).operator if not node.is_leaf else ""
    if operator == "[]" and not any(node.options.values()):
        return operands if len({shape_of(v) for v in operands}) == 1 else None
    if operator == "-x" and _is_exact(operands[0]):
        return -operands[0]
    if operator == "/" and all(map(_is_exact, operands)):
        if operands[1] == 0:
            raise ParseError(
                "a fraction divides by zero",
                where=(source, node.span or Span(0, 0)),
                expected="a denominator that is not 0",
                hint="infinity is written inf",
            )
        return Fraction(operands[0], operands[1])
    return None


def _is_exact(number: Any) -> bool:
    return isinstance(number, int | Fraction) and not isinstance(number, bool)
