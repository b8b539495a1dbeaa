"""Writing to the terminal: in colour where possible, with warnings on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from gradviz.arrays.digits import plain_minus
from gradviz.errors import UsageError
from gradviz.export.look import Folding
from gradviz.export.reports.text import Line, plain
from gradviz.fonts.estimates import estimating
from gradviz.progress import each, silence
from gradviz.story.frame import Story
from gradviz.trace import Trace

COLOURS = {
    "heading": {"bold": True}, "value": {"fg": "bright_blue"}, "gradient": {"fg": "yellow"},
    "hot": {"fg": "magenta"}, "muted": {"dim": True}, "quiet": {"dim": True}, "wire": {"dim": True},
    "label": {"fg": "yellow"}, "warning": {"fg": "red", "bold": True},
}  # fmt: skip
PIPED_WIDTH = 100
NARROWEST = 40


WRITTEN = "gradviz.written"
"""Where a context keeps the files that its command wrote."""


def wrote(files: Iterable[Path], *, say: bool = True, err: bool = False) -> None:
    """Name the files that a command wrote, on standard output or standard error; `wrote` in its
    context keeps them. `say` whether they are named.
    """
    for path in files:
        if context := click.get_current_context(silent=True):
            context.meta.setdefault(WRITTEN, []).append(path)
        if say:
            click.echo(path, err=err)


def columns(asked: int | None) -> int:
    """How wide to write: as asked, as the terminal is, or PIPED_WIDTH columns."""
    if asked is not None:
        if asked < NARROWEST:
            raise UsageError(
                "the width is too small", expected=f"at least {NARROWEST} columns", got=asked
            )
        return asked
    return max(NARROWEST, _terminal_columns())


def _terminal_columns() -> int:
    # As `shutil.get_terminal_size`, whose module loads every kind of archive first.
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and len(asked) < 10 and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or PIPED_WIDTH  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return PIPED_WIDTH


def encoding_of(stream: object) -> str | None:
    """The encoding of a stream; None for one that takes any text, as `io.StringIO` does."""
    return getattr(stream, "encoding", None)


def needs_ascii() -> bool:
    """Whether standard output cannot take box characters."""
    encoding = encoding_of(sys.stdout)
    try:
        "╭∂σ".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


plain_option = click.option(
    "--plain", is_flag=True, help="For screen readers: no picture and no table, symbols in words."
)


def refuse_beside_plain(plain: bool, **given: Any) -> None:
    """Raise UsageError for options that say nothing where lines are read aloud."""
    told = [name for name, value in given.items() if value]
    if plain and told:
        raise UsageError(
            f"--{told[0]} does not go with --plain",
            expected="--plain alone: lines in words, which the terminal breaks",
        )


def write_lines(lines: Iterable[Line]) -> None:
    """Write lines as they are made: coloured on a terminal, plain otherwise.

    On a terminal they say themselves how far the work is.
    """
    with silence() if sys.stdout.isatty() else nullcontext(), estimating():
        _write(lines)


def _write(lines: Iterable[Line]) -> None:
    if needs_ascii() and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    coloured = (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )
    if not coloured:
        for text in plain(lines):
            sys.stdout.write(text + "\n")
        return
    for line in lines:
        parts = [
            click.style(text, **COLOURS[role]) if role in COLOURS else text  # type: ignore[arg-type]
            for text, role in line
        ]
        sys.stdout.write("".join(parts) + "\n")


def warn_of_strange_numbers(trace: Trace) -> None:
    """Say on standard error, once, that NaN or infinity turned up, and where first."""
    finite = trace.xp.finite
    values = all(finite(v) for v in trace.values)
    gradients = all(g is None or finite(g) for g in trace.gradients)
    if values and gradients:
        return
    story = Story(trace)
    steps = each("steps searched for NaN", range(1, len(trace) + 1))
    frames = (story.frame(k) for k in steps)
    first = next((f for f in frames if f.strange), None)
    where = (
        f"step {first.number}: {first.sentence}"
        if first
        else "NaN or infinity is among the inputs."
    )
    sys.stderr.write(plain_minus(f"gradviz: warning: {where}\n"))


def folded(trace: Trace, folding: Folding) -> Trace:
    """The trace with its scopes folded; scopes that stay open are reported on standard error."""
    if not folding:
        return trace
    from gradviz.export.folding import fold

    found, notes = fold(trace, folding)
    for note in notes:
        sys.stderr.write(f"gradviz: note: {note}\n")
    return found
