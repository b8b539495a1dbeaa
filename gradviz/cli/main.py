"""The `gradviz` program: finds the command, runs it, and turns every failure into one message."""

from __future__ import annotations

import gc
import importlib
import io
import os
import pkgutil
import sys
import warnings
from collections.abc import Sequence

import click

from gradviz import __version__
from gradviz.cli import commands
from gradviz.cli.ending import Ended, end_on_signals
from gradviz.cli.failures import BAD_INPUT, complain, exit_status, failure
from gradviz.errors import UsageError, did_you_mean
from gradviz.progress import whole
from gradviz.story import languages

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Loading modules makes many objects that stay; looking through them at Python's usual pace, every
700 new ones, takes a twentieth of the start.
"""


class Commands(click.Group):
    """The commands are the modules of the folder; each is imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted(m.name for m in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{commands.__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name gets a suggestion."""
        name = args[0] if args else ""
        if name and name not in self.list_commands(ctx):
            known = self.list_commands(ctx)
            raise UsageError(
                f"unknown command {name!r}",
                expected=", ".join(known),
                hint=did_you_mean(name, known)
                or f'to explain an expression: gradviz show "{name}" …',
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"]},
    help="Explain backpropagation by showing every step of it.",
    epilog='Try: gradviz show "x*y + z" x=-3 y=5 z=2',
)  # fmt: skip
@click.version_option(__version__, prog_name="gradviz")
def program() -> None:
    """The root of all commands."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the program and exit: 0 for success, 1 for bad input, 2 for wrong usage, 3 for "no"."""
    end_on_signals()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # they are for those who write programs
    _open_streams()
    status = run(args)
    if not _flushed():
        os._exit(status or BAD_INPUT)  # else the interpreter would try again, and complain itself
    sys.exit(status)


def run(args: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status."""
    try:
        with whole(), languages.kept():
            invoke(sys.argv[1:] if args is None else args)
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        # The reader (head, less) has exited: no one is left to read a message.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort) as stopped:
        return complain("stopped", stopped.status if isinstance(stopped, Ended) else BAD_INPUT)
    except Exception as error:  # noqa: BLE001 - a mistake of ours is told like any other
        said = failure(error)
        return complain(said, exit_status(said))
    return 0


def invoke(words: Sequence[str]) -> None:
    """Run a command line. Raises what it raises, click's exceptions among them."""
    with program.make_context("gradviz", list(words)) as context:
        program.invoke(context)


def _open_streams() -> None:
    """Make the standard streams safe to use, also those that were closed before the start.

    Nothing can be read from a closed one, and writing to it fails as it does on a full disk. Its
    number is taken, so that no file gets it. Characters that an encoding lacks are written as
    escapes, bytes that are no text as they came.
    """
    for name, flags, mode in (
        ("stdin", os.O_RDONLY, "r"),
        ("stdout", os.O_RDONLY, "w"),
        ("stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, flags), mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            whole = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if whole else "backslashreplace")


def _flushed() -> bool:
    """Whether everything that was written could be passed on."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
