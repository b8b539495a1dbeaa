"""`gradviz init`: starter files."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz.errors import FileError, UsageError, did_you_mean

KINDS = ("exam",)


@click.command("init", short_help="Write a starter file for an exam.")
@click.argument("what", metavar="|".join(KINDS))
@click.option(
    "-o",
    "--output",
    default="exam.gv.toml",
    show_default=True,
    metavar="FILE",
    help="The file to write.",
)
def command(what: str, output: str) -> None:
    """Write a commented exam.gv.toml, with every field and every kind of question explained."""
    if what not in KINDS:
        raise UsageError(
            f"there is no starter file for {what!r}",
            expected=", ".join(KINDS),
            hint=did_you_mean(what, KINDS),
        )
    from gradviz.exam.paper.spec import template
    from gradviz.files import write_whole

    path = Path(output)
    if path.exists():
        raise FileError(
            f"{path.name} already exists",
            where=str(path),
            expected="a new name",
            hint="-o another.gv.toml",
        )
    write_whole(path, template())
    click.echo(
        f"{path}\nMake the papers: gradviz exam make {path} --roster students.csv --format pdf -o"
        " papers\nKeep the file secret: its seed gives every paper with its key."
    )
