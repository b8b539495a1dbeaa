"""Every failure as one error of the family, with the exit status that it gives."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from gradviz.cli.options import either
from gradviz.errors import GradvizError, UsageError, did_you_mean

BAD_INPUT, WRONG_USAGE = 1, 2

TRACEBACK = "GRADVIZ_TRACEBACK"
"""The environment variable with which a mistake in gradviz itself shows where it happened."""


def failure(error: Exception) -> GradvizError:
    """What is said of an error. Raises it again if it is a mistake of ours and TRACEBACK is set."""
    if isinstance(error, GradvizError):
        return error
    if isinstance(error, click.UsageError):
        return _misused(error)
    if isinstance(error, click.ClickException):
        return GradvizError(error.format_message())
    if isinstance(error, MemoryError):
        return GradvizError("this needs more memory than is available")
    if isinstance(error, OSError):
        said = f"{error.strerror or error}: {error.filename or 'standard output'}"
        return GradvizError(said)
    return _own_mistake(error)


def exit_status(error: GradvizError) -> int:
    """The exit status of a program that fails with it."""
    return WRONG_USAGE if isinstance(error, UsageError) else BAD_INPUT


def complain(message: object, status: int) -> int:
    """Write one message to standard error, if it can be written, and return the status."""
    from gradviz.files import clean  # a name of a file may hold what a terminal obeys

    with suppress(OSError, ValueError):  # the terminal may be gone
        sys.stderr.write(f"gradviz: {clean(str(message))}\n")
    return status


def _misused(error: click.UsageError) -> UsageError:
    """What click refuses, in the words of every other message."""
    is_missing = isinstance(error, click.MissingParameter)
    asked = error.param if isinstance(error, click.BadParameter) and not is_missing else None
    if not isinstance(asked, click.Option):
        return UsageError(error.format_message(), hint="gradviz --help")
    flag, kind = asked.opts[0], asked.type
    got = error.message.partition(" is not ")[0].strip("'")
    wanted, hint = f"a value like {kind.name}", ""
    if isinstance(kind, click.Choice):
        wanted, hint = either(kind.choices), did_you_mean(got, kind.choices)
    elif isinstance(kind, click.IntRange):
        wanted = f"a whole number from {kind.min:,} to {kind.max:,}"
    elif isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        wanted = "a whole number" if isinstance(kind, click.types.IntParamType) else "a number"
    return UsageError(
        f"{flag} cannot have this value", expected=wanted, got=f"{got!r:.60}", hint=hint
    )


def _own_mistake(error: Exception) -> GradvizError:
    """Ask for a report of an error that gradviz should have foreseen."""
    if os.environ.get(TRACEBACK):
        raise error
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return GradvizError(
        "this is a mistake in gradviz itself, not in your input",
        got=f"{what:.200}",
        hint=f"the same with {TRACEBACK}=1 set, and report what it prints",
    )
