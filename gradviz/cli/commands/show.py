"""`gradviz show`: the walk-through as text."""

from __future__ import annotations

import json
from typing import Any

import click

from gradviz.cli.arguments import SourceCommand, source_arguments
from gradviz.cli.output import columns, needs_ascii, warn_of_strange_numbers, write_lines
from gradviz.cli.sources import run_source
from gradviz.errors import UsageError
from gradviz.story.steps import step_numbers


@click.command("show", cls=SourceCommand, short_help="Walk through every step in the terminal.")
@source_arguments
@click.option("--step", type=int, metavar="K", help="Only step K, and the graph as it stands then.")
@click.option("--steps", metavar="A-B", help="Only these steps: 3-9, 3- or 1,4-6.")
@click.option("--brief", is_flag=True, help="The result table only.")
@click.option("--index", is_flag=True, help="Rules of arrays index by index too.")
@click.option("--digits", type=click.IntRange(1, 17), default=4, show_default=True, help="Significant digits.")
@click.option("--width", type=int, metavar="COLUMNS", help="Columns to fill; the terminal's by default.")
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@click.option("--json", "as_json", is_flag=True, help="Sentences and formulas as JSON.")
def command(
    source: str, values: tuple[str, ...], wrt: tuple[str, ...], upstream: str | None, backend: str, dtype: str,
    step: int | None, steps: str | None, brief: bool, index: bool, digits: int, width: int | None, ascii: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Walk through the forward and the backward pass of SOURCE, step by step.

    SOURCE is an expression in quotes, - for standard input, or a saved trace. A VALUE is a number, a fraction,
    an array such as [[1, 2], [3, 4]], @file.npy, @file.csv, or random:SEED (random:SEED:2x3 with a shape).
    """
    if step is not None and steps is not None:
        raise UsageError("--step and --steps ask for different things", expected="one of them")
    fill = columns(width)
    trace = run_source(source, values, wrt, upstream, backend, dtype)
    wanted = str(step) if step is not None else steps
    chosen = step_numbers(wanted, len(trace)) if wanted is not None else None
    warn_of_strange_numbers(trace)
    if as_json:
        from gradviz.story.data import story_data

        click.echo(json.dumps(story_data(trace, chosen, digits), ensure_ascii=False, indent=1))
        return
    from gradviz.export.text import walk

    options: dict[str, Any] = {"brief": brief, "index": index, "digits": digits}
    write_lines(walk(trace, steps=chosen, width=fill, ascii=ascii or needs_ascii(), **options))
