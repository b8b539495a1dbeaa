"""`gradviz show`: the walk-through as text."""

from __future__ import annotations

import json
from typing import Any

import click

from gradviz.cli.arguments import SourceCommand, source_arguments
from gradviz.cli.cells import into_option, show_cells, stepped
from gradviz.cli.options import field_options
from gradviz.cli.output import columns, folded, needs_ascii, warn_of_strange_numbers, write_lines
from gradviz.cli.sources import bound_source, run_source
from gradviz.errors import UsageError
from gradviz.export.look import Folding, Look
from gradviz.story.steps import step_numbers
from gradviz.trace.cells import CellTrace


@click.command("show", cls=SourceCommand, short_help="Walk through every step in the terminal.")
@source_arguments
@click.option("--step", type=int, metavar="K", help="Only step K, and the graph as it stands then.")
@click.option("--steps", metavar="A-B", help="Only these steps: 3-9, 3- or 1,4-6.")
@click.option("--brief", is_flag=True, help="The result table only.")
@click.option(
    "--summary", is_flag=True, help="Layers, parameters and work as a table; nothing is run."
)
@into_option
@field_options(Folding)
@click.option("--index", is_flag=True, help="Rules of arrays index by index too.")
@field_options(Look, "digits")
@click.option(
    "--width", type=int, metavar="COLUMNS", help="Columns to fill; the terminal's by default."
)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@click.option("--json", "as_json", is_flag=True, help="Sentences and formulas as JSON.")
def command(
    source: str,
    values: tuple[str, ...],
    weights: str | None,
    wrt: tuple[str, ...],
    upstream: str | None,
    backend: str,
    dtype: str,
    step: int | None,
    steps: str | None,
    brief: bool,
    summary: bool,
    into: str | None,
    depth: int | None,
    expand: tuple[str, ...],
    repeats: bool,
    index: bool,
    digits: int,
    width: int | None,
    ascii: bool,
    as_json: bool,
) -> None:
    """Walk through the forward and the backward pass of SOURCE, step by step.

    SOURCE is an expression in quotes, - for standard input, a network such as net:lenet5, or a
    saved trace. A VALUE is a number, a fraction, an array such as [[1, 2], [3, 4]], @file.npy,
    @file.npz (@file.npz:NAME for one of several), @file.csv, @file.tsv, @file.json, @photo.png,
    digit:3, or random:SEED (random:SEED:2x3 with a shape).
    """
    if step is not None and steps is not None:
        raise UsageError("--step and --steps ask for different things", expected="one of them")
    fill = columns(width)
    if summary:
        _summarise(source, values, fill, ascii=ascii or needs_ascii(), as_json=as_json)
        return
    found = stepped(run_source(source, values, wrt, upstream, backend, dtype, weights), into)
    wanted = str(step) if step is not None else steps
    if isinstance(found, CellTrace):
        show_cells(
            found,
            wanted,
            width=fill,
            digits=digits,
            ascii=ascii,
            as_json=as_json,
            brief=brief,
            index=index,
            depth=depth,
            expand=expand,
        )
        return
    trace = folded(found, Folding(depth, expand, repeats))
    chosen = step_numbers(wanted, len(trace)) if wanted is not None else None
    warn_of_strange_numbers(trace)
    if as_json:
        from gradviz.story.data import story_data

        click.echo(json.dumps(story_data(trace, chosen, digits), ensure_ascii=False, indent=1))
        return
    from gradviz.export.reports.text import walk

    options: dict[str, Any] = {"brief": brief, "index": index, "digits": digits}
    write_lines(walk(trace, steps=chosen, width=fill, ascii=ascii or needs_ascii(), **options))


def _summarise(
    source: str, values: tuple[str, ...], width: int, *, ascii: bool, as_json: bool
) -> None:
    from gradviz.export.reports.summary import summary_text
    from gradviz.networks.summary import summarise

    found = summarise(bound_source(source, values))
    if as_json:
        click.echo(json.dumps(found.data(), ensure_ascii=False, indent=1))
    else:
        write_lines(summary_text(found, width, ascii=ascii))
