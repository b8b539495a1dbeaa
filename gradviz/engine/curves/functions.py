"""What is to be plotted: texts, expressions and graphs, ops and families by name."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, Final, NamedTuple

from gradviz.engine.curves.families import FAMILIES, Family
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.graph import Graph
from gradviz.ops import every, get, known
from gradviz.sources import NOTHING, Allowed, as_graph

MOST: Final = 12
"""So many functions at most fit into one picture."""
SHORTEST: Final = 4
"""A name of so many letters may be that of an op, misspelt."""


class Function(NamedTuple):
    """A function to plot: its name (empty if it has none of its own), and its graph."""

    name: str
    graph: Graph

    @property
    def called(self) -> str:
        """Its own name, or its text on one line."""
        return self.name or " ".join((self.graph.source or "f").split())


def graphs(
    sources: Sequence[Any], given: Container[str], allowed: Allowed = NOTHING
) -> list[Graph]:
    """The graphs of what is to be plotted with values of these names. Raises what `plot` raises."""
    return [function.graph for function in functions(sources, given, allowed)[0]]


def functions(
    sources: Sequence[Any], given: Container[str], allowed: Allowed
) -> tuple[list[Function], Family | None]:
    """What is to be plotted, and the family that it is, if any."""
    if not sources:
        raise ValueInputError("there is nothing to plot", expected='a function, as in "sigmoid(x)"')
    if len(sources) == 1 and isinstance(sources[0], str) and sources[0] in FAMILIES:
        family = FAMILIES[sources[0]]
        named = family.functions.items()
        return [Function(name, as_graph(text)) for name, text in named], family
    if len(sources) > MOST:
        raise ValueInputError(
            f"{len(sources)} functions do not fit into one picture", expected=f"at most {MOST}"
        )
    return [_function(source, given, allowed) for source in sources], None


def _function(source: Any, given: Container[str], allowed: Allowed) -> Function:
    if isinstance(source, str) and source.strip().isidentifier():
        found = _by_name(source.strip())
        if found is not None:
            return found
    graph = as_graph(source, given=given, allowed=allowed)
    return Function(graph.names.get(graph.output, ""), graph)


def _by_name(name: str) -> Function | None:
    """The op of a name, applied to x. Raises UnknownNameError for what looks like a misspelt name,
    ValueInputError for an op of several operands.
    """
    if not known(name):
        there = [*FAMILIES, *(op.name for op in every())]
        if len(name) >= SHORTEST and (hint := did_you_mean(name, there)):
            raise UnknownNameError(
                f"there is no function {name!r:.60}",
                expected="an op, a family or an expression",
                hint=hint,
            )
        return None
    op = get(name)
    if op.required != 1 or op.variadic or not op.takes_number(0):
        raise ValueInputError(
            f"{name} is no function of one number",
            expected="an expression, or an op of one operand",
            got=op.signature(),
        )
    return Function(op.name, as_graph(f"{op.name}(x)"))
