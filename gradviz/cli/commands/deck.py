"""`gradviz deck`: many pictures from one file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.deck.watch import changes
from gradviz.cli.ending import Ended
from gradviz.cli.failures import BAD_INPUT, complain
from gradviz.errors import FileError, GradvizError, UsageError
from gradviz.files import clean

if TYPE_CHECKING:
    from gradviz.cli.deck.build import Built, Plan

USUAL = "deck.gv.toml"


@click.command("deck", short_help="Build the pictures of a deck file.")
@click.argument("file", default=USUAL, metavar="[FILE]")
@click.option(
    "--only", multiple=True, metavar="NAME", help="Only this entry, and those that it reads."
)
@click.option("--watch", is_flag=True, help="Build again whenever a file changes; Ctrl+C ends it.")
@click.option(
    "--force",
    is_flag=True,
    help="Build everything, and overwrite even files that were edited or that gradviz did not"
    " write.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Number of processes; by default as many as help.",
)
@click.option("--allow-code", "code", is_flag=True, help="Let sources run code, as FILE.py does.")
def command(
    file: str, only: tuple[str, ...], watch: bool, force: bool, jobs: int | None, code: bool
) -> None:
    """Build the pictures of FILE, a deck.gv.toml: those that have changed.

    Each entry, [[render]] or [[plot]], holds what the command of that name takes, with the names of
    its options as keys. A picture is built again when its entry, a file that it reads or gradviz
    has changed. `gradviz init deck` writes a deck to begin with.
    """
    from gradviz.cli.deck.build import Built, build, plan

    if watch and force:
        raise UsageError(
            "--force builds everything once, --watch again and again", expected="one of them"
        )
    path = Path(file)
    if file == USUAL and not path.exists():
        raise FileError(
            f"there is no {USUAL} in this folder",
            expected="a deck file",
            hint="`gradviz init deck` writes one; gradviz deck FILE takes one of another name",
        )

    def look() -> Plan:
        return plan(path, only, code=code)

    def make(found: Plan) -> int:
        done = Built()
        try:
            build(found, done, force=force, jobs=jobs)
        finally:
            _tell(done, path.parent)
        return len(done.failures)

    if watch:
        _watch(path, look, make)
    elif make(look()):
        click.get_current_context().exit(BAD_INPUT)


def _tell(done: Built, folder: Path) -> None:
    """Say how it went; a failure in what several pictures need is told once."""
    for file in done.files:
        click.echo(folder / file)
    for text in done.remarks:
        sys.stderr.write(f"gradviz: {clean(text)}\n")
    failures = {str(error): error for error in done.failures}
    for error in failures.values():
        complain(error, BAD_INPUT)
    failed = f", {len(failures):,} failed" if failures else ""
    click.echo(f"{done.targets:,} built, {done.unchanged:,} unchanged{failed}")


def _watch(path: Path, plan: Callable[[], Plan], make: Callable[[Plan], int]) -> None:
    """Build again and again until Ctrl+C."""
    found: list[Plan] = []
    files: list[Path] = [path]

    def look() -> list[Path]:
        found.clear()
        try:
            found.append(plan())
        except GradvizError as error:
            complain(error, BAD_INPUT)
        if found:
            files[:] = found[0].files
        return files

    try:
        for _ in changes(look):
            for ready in found:
                make(ready)
                others = len(files) - 1
                more = f" and {others:,} more file{'s' * (others != 1)}" if others else ""
                click.echo(f"watching {path}{more}; Ctrl+C ends it")
    except Ended:
        raise
    except KeyboardInterrupt:
        sys.stderr.write("\n")
