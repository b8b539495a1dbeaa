"""`gradviz diagnose`: why a number is different."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gradviz.cli.arguments import WritingCommand, source_arguments
from gradviz.cli.output import columns, needs_ascii, warn_of_strange_numbers, write_lines, wrote
from gradviz.cli.sources import run_source
from gradviz.cli.stepping import view_option
from gradviz.errors import UsageError

ANSWER_IS_NO = 3


@click.command("diagnose", cls=WritingCommand, short_help="Say why a number is different.")
@source_arguments
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME=NUMBER",
    help="What somebody got: L=1.6688, dW[0,1]=0.5, new W[0,0]=0.36.",
)
@click.option(
    "--claims", "files", multiple=True, metavar="FILE", help="Claims from a table, text or JSON."
)
@click.option("--h", type=float, metavar="NUMBER", help="What is added where slopes are measured.")
@click.option("--lr", type=float, metavar="NUMBER", help="The learning rate, for new weights.")
@click.option(
    "--slips",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="How many mistakes at once.",
)
@click.option("--only", multiple=True, metavar="NAMES", help="Only these families of mistakes.")
@click.option("-o", "--output", metavar="FILE", help="Draw the step in which it went wrong.")
@view_option
@click.option("--force", is_flag=True, help="Overwrite even a file that gradviz did not write.")
@click.option(
    "--width", type=int, metavar="COLUMNS", help="Width in columns; by default the terminal's."
)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@click.option("--json", "as_json", is_flag=True, help="Output as JSON (gradviz.findings/1).")
def command(
    source: str,
    values: tuple[str, ...],
    weights: str | None,
    wrt: tuple[str, ...],
    upstream: str | None,
    backend: str,
    dtype: str,
    claims: tuple[str, ...],
    files: tuple[str, ...],
    h: float | None,
    lr: float | None,
    slips: int,
    only: tuple[str, ...],
    output: str | None,
    view: str,
    force: bool,
    width: int | None,
    ascii: bool,
    as_json: bool,
) -> None:
    """Say why numbers differ from those of SOURCE: the mistake that gives every digit.

    A claim is a number as it was written: a value L=1.6688 or s=[0.98, _, 0.38], a gradient
    dW[0,1]=0.5, a contribution f->x=3, a new weight "new W[0,0]=0.36" with --lr, a slope by
    differences "slope W[0,0]=0.5" or "L(W[0,0]+h)=1.6693" with --h. Give claims in the order in
    which they were worked out: later ones may follow from earlier ones. Indices count from 0.
    Exit status 3 unless every number is right.
    """
    from gradviz.sources import claims as claimed

    fill = columns(width)
    given = [*claims, *(claim for file in files for claim in claimed.read(Path(file)))]
    if not given:
        raise UsageError("nothing is claimed", expected="--claim NAME=NUMBER, or --claims FILE")
    if view != "graph" and output is None:
        raise UsageError("--view says how a picture is drawn", expected="-o FILE")
    if backend not in ("numpy", "numpy-fast") or dtype != "float64":
        raise UsageError(
            "diagnoses are made with numpy in float64", expected="no --backend and no --dtype"
        )
    trace = run_source(source, values, wrt, upstream, backend, dtype, weights)
    warn_of_strange_numbers(trace)
    from gradviz.api import diagnose, render
    from gradviz.export.reports.findings import lines

    families = [name.strip() for text in only for name in text.split(",") if name.strip()]
    trained = ",".join(wrt) if wrt else None
    found = diagnose(trace, *given, h=h, lr=lr, slips=slips, only=families, wrt=trained)
    if as_json:
        click.echo(json.dumps(found.data(), ensure_ascii=False, indent=1))
    else:
        write_lines(lines(found, width=fill, ascii=ascii or needs_ascii()))
    if output is not None:
        wrote(render(found, output, view=view, force=force).files, err=as_json)
    if not found.is_right:
        click.get_current_context().exit(ANSWER_IS_NO)
