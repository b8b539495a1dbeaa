"""`gradviz exam`: make papers, mark answers, check a bank of questions."""

from __future__ import annotations

import importlib
import pkgutil

import click

from gradviz.cli import exams
from gradviz.errors import UsageError, did_you_mean


class Tasks(click.Group):
    """The tasks are the modules of `gradviz.cli.exams`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every task's name."""
        return sorted(m.name for m in pkgutil.iter_modules(exams.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The task of this name. Raises UsageError if there is none."""
        known = self.list_commands(ctx)
        if cmd_name not in known:
            raise UsageError(
                f"unknown exam command {cmd_name!r}",
                expected=", ".join(known),
                hint=did_you_mean(cmd_name, known),
            )
        found: click.Command = importlib.import_module(f"{exams.__name__}.{cmd_name}").command
        return found


@click.command("exam", cls=Tasks, short_help="Make exams, mark answers, check questions.")
def command() -> None:
    """Make a different, equally fair paper, with its key, for every student.

    Begin with `gradviz init exam`, which writes an exam.gv.toml to edit.
    """
