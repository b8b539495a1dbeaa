"""`gradviz trace`: the recorded run as JSON."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz import sources
from gradviz.cli.arguments import WritingCommand, source_arguments
from gradviz.cli.output import warn_of_strange_numbers, wrote
from gradviz.cli.sources import run_source
from gradviz.progress import Progress


class TraceCommand(WritingCommand):
    """A command that writes traces."""

    writes = "json"


@click.command("trace", cls=TraceCommand, short_help="Print the recorded run as JSON.")
@source_arguments
@click.option(
    "-o", "--output", metavar="FILE", help="Write to FILE; large arrays go to a .npz next to it."
)
def command(
    source: str,
    values: tuple[str, ...],
    weights: str | None,
    wrt: tuple[str, ...],
    upstream: str | None,
    backend: str,
    dtype: str,
    output: str | None,
) -> None:
    """Run SOURCE forward and backward and print every step as JSON (format gradviz.trace/1)."""
    trace = run_source(source, values, wrt, upstream, backend, dtype, weights)
    warn_of_strange_numbers(trace)
    if output is not None:
        with Progress(f"writing {len(trace):,} steps"):
            trace.save(Path(output))
        wrote(filter(Path.exists, sources.files_of(output)), say=False)
    else:
        with Progress(f"writing {len(trace):,} steps"):
            text = trace.to_json()
        click.echo(text, nl=False)
