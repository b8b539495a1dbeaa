"""`gradviz demo`: walk through a lecture example in the terminal."""

from __future__ import annotations

import click

from gradviz.cli.examples import find
from gradviz.cli.output import columns, needs_ascii, plain_option, refuse_beside_plain, write_lines
from gradviz.cli.sources import run_source


@click.command("demo", short_help="Walk through a lecture example.")
@click.argument("name", default="norm-squared", metavar="[NAME]")
@click.option(
    "--width", type=int, metavar="COLUMNS", help="Width in columns; by default the terminal's."
)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@plain_option
def command(name: str, width: int | None, ascii: bool, plain: bool) -> None:
    """Walk through a lecture example, step by step.

    NAME is one of `gradviz list examples`; by default, the squared length of a matrix times a
    vector.
    """
    from gradviz.export.reports import walks
    from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped

    example = find(name)
    fill = columns(width)
    refuse_beside_plain(plain, ascii=ascii, width=width)
    trace = run_source(example.source, example.values, (), None, "numpy", "float64")
    if plain:
        from gradviz.export.reports.plain import lines

        write_lines(lines(trace))
        return
    for sentence in (f"{example.line[0].upper()}{example.line[1:]}.", f"From {example.lecture}."):
        write_lines(wrapped(sentence, fill, MUTED))
    write_lines([[]])
    write_lines(walks.lines(trace, width=fill, ascii=ascii or needs_ascii()))
    # The command gets a line to itself, however long, so that it can be copied.
    last: list[Line] = [
        [],
        [("See it again, with your own numbers:", MUTED)],
        [(example.command, HEADING)],
    ]
    write_lines([*last, [("More examples: gradviz list examples", MUTED)]])
