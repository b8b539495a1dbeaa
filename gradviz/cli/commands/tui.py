"""`gradviz tui`: step through a run in the terminal."""

from __future__ import annotations

import click

from gradviz.cli.arguments import SourceCommand, source_arguments
from gradviz.errors import GradvizError


@click.command("tui", cls=SourceCommand, short_help="Step through it in the terminal (to come).")
@source_arguments
def command(source: str, values: tuple[str, ...], **options: object) -> None:
    """The terminal program is still to come."""
    words = " ".join([f'"{source}"', *values])
    raise GradvizError(f"the terminal program is not here yet; look with: gradviz show {words}")
