"""`--into NODE`: what the commands do with what is inside a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

import click

from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph
from gradviz.trace import Trace
from gradviz.trace.walks import Walk

F = TypeVar("F", bound=Callable[..., Any])


def into_option(function: F) -> F:
    """`--into NODE`."""
    says = (
        "Step into a node: the cells of a convolution, pool or matrix product, the parts of a"
        " composite; a/b goes on."
    )
    return click.option("--into", metavar="NODE", help=says)(function)


@overload
def stepped(subject: Trace, path: str | None) -> Walk: ...
@overload
def stepped(subject: Trace | Graph, path: str | None) -> Walk | Graph: ...
def stepped(subject: Trace | Graph, path: str | None) -> Walk | Graph:
    """What `--into` leads to; the subject itself without it.

    Raises ValueInputError for a graph without values.
    """
    if path is None:
        return subject
    if isinstance(subject, Graph):
        raise ValueInputError(
            "there is nothing to step into before the graph has values",
            got=f"--into {path}",
            expected="a value for every input",
        )
    from gradviz.engine.inside.into import into

    return into(subject, path)
