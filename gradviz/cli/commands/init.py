"""`gradviz init`: starter files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import click

from gradviz import shell
from gradviz.errors import FileError, UsageError, did_you_mean


class Starter(NamedTuple):
    """A starter file: what makes its text, and what to do next with the file of a given path."""

    text: Callable[[], str]
    then: Callable[[Path], str]


def _exam() -> str:
    from gradviz.exam.paper.spec import template

    return template()


def _deck() -> str:
    from gradviz.cli.deck.starter import STARTER

    return STARTER


STARTERS: Final = {
    "exam": Starter(
        _exam,
        lambda path: (
            f"Make the papers: gradviz exam make {path} --roster students.csv --format pdf -o"
            " papers\nKeep the file secret: its seed gives every paper with its key."
        ),
    ),
    "deck": Starter(
        _deck, lambda path: f"Build its pictures: {shell.line(['gradviz', 'deck', str(path)])}"
    ),
}


@click.command("init", short_help="Write a starter file for an exam or a deck.")
@click.argument("what", metavar="|".join(STARTERS))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="The file to write; by default exam.gv.toml or deck.gv.toml.",
)
def command(what: str, output: str | None) -> None:
    """Write a commented exam.gv.toml or deck.gv.toml, in which every field is explained."""
    if what not in STARTERS:
        raise UsageError(
            f"there is no starter file for {what!r}",
            expected=", ".join(STARTERS),
            hint=did_you_mean(what, STARTERS),
        )
    from gradviz.files import write_whole

    path = Path(output or f"{what}.gv.toml")
    if path.exists():
        raise FileError(
            f"{path.name} already exists",
            where=str(path),
            expected="a new name",
            hint="-o another.gv.toml",
        )
    write_whole(path, STARTERS[what].text())
    click.echo(f"{path}\n{STARTERS[what].then(path)}")
