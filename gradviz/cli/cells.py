"""`--into NODE`: what the commands do with what is inside a node."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from gradviz.cli.output import needs_ascii, write_lines
from gradviz.errors import UsageError, ValueInputError
from gradviz.graph.graph import Graph
from gradviz.story.steps import step_numbers
from gradviz.trace import Trace
from gradviz.trace.cells import CellTrace

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S", Graph | Trace, Trace)


def into_option(function: F) -> F:
    """`--into NODE`."""
    says = (
        "Step into a node: the cells of a convolution, pool or matrix product, the parts of a"
        " composite; a/b goes on."
    )
    return click.option("--into", metavar="NODE", help=says)(function)


def stepped(subject: S, path: str | None) -> S | Trace | CellTrace:
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


def show_cells(
    trace: CellTrace,
    wanted: str | None,
    *,
    width: int,
    digits: int,
    ascii: bool,
    as_json: bool,
    **graph_only: Any,
) -> None:
    """Print a walk over cells, or the steps of it that are wanted.

    Raises UsageError for options of graphs.
    """
    for name, value in graph_only.items():
        if value:
            raise UsageError(
                f"--{name} has no meaning for a walk over cells",
                expected=f"no --{name}, or no --into",
            )
    chosen = step_numbers(wanted, len(trace)) if wanted is not None else None
    if as_json:
        from gradviz.story.cells.data import cell_data

        click.echo(json.dumps(cell_data(trace, chosen, digits), ensure_ascii=False, indent=1))
        return
    from gradviz.export.reports.cells import walk_cells

    write_lines(
        walk_cells(trace, steps=chosen, width=width, digits=digits, ascii=ascii or needs_ascii())
    )
