"""`--against`: further runs that stand beside the one of a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from gradviz import sources
from gradviz.cli.arguments import assignments, split_line
from gradviz.cli.sources import run_source
from gradviz.errors import UsageError, ValueInputError
from gradviz.export.look import listed
from gradviz.graph.graph import Graph
from gradviz.networks.loss import LABEL
from gradviz.sources import values
from gradviz.trace.plots import Plot
from gradviz.trace.run import Run

F = TypeVar("F", bound=Callable[..., Any])
MOST: Final = 4
"""Runs that stand side by side."""
VALUE: Final = re.compile(r"\s*[^\W\d]\w*=(?!=)\S")
"""A value has no space around its =; a statement of an expression has."""


def against_option(function: F) -> F:
    """`--against`, repeatable."""
    return click.option(
        "--against",
        multiple=True,
        metavar="WORDS",
        help='Compare with a run of other values, "W=@W2.csv b=[0, 1]", or of another source.',
    )(function)


def compared(
    source: str,
    words: Sequence[str],
    against: Sequence[str],
    options: Sequence[Any],
    classes: Sequence[str] = (),
) -> Plot:
    """The run of SOURCE beside those that `--against` names, which take its values unless they have
    their own; saved training runs beside each other.

    options  `--wrt`, `--upstream`, `--backend`, `--dtype` and `--weights`, in this order.

    Raises what running and comparing raise, and UsageError for an empty `--against`.
    """
    sides = [(source, list(words)), *(_side(text, source, words) for text in against)]
    read = [sources.read(text) if sources.files_of(text) else None for text, _ in sides]
    if all(isinstance(found, Run) for found in read):
        from gradviz.learn.losses import losses

        return losses([found for found in read if isinstance(found, Run)])
    from gradviz.engine.curves.comparison import compare

    if len(sides) > MOST:
        raise ValueInputError(
            f"{len(sides)} runs do not fit beside each other", expected=f"2 to {MOST} runs"
        )
    runs = [run_source(text, own, *options, warn=False) for text, own in sides]
    return compare(*runs, classes=listed("classes", classes))


def refuse_beside(options: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that a comparison does not have."""
    for name, value in options.items():
        if value not in (None, False, ()):
            raise UsageError(
                f"--{name} does not apply to a comparison", expected=f"no --{name}, or no --against"
            )


def _side(text: str, source: str, words: Sequence[str]) -> tuple[str, list[str]]:
    """The source and values of a further run."""
    first, *rest = split_line(text) if text.strip() else ("",)
    if not first:
        raise UsageError("--against names a run", expected='"W=[[1, 2]]" or "SOURCE NAME=VALUE"')
    own = [first, *rest] if VALUE.match(first) and not _is_statements(first) else rest
    other = source if own and own[0] is first else first
    given = assignments(words) | assignments(own)
    found = sources.read(other)
    taken = given if own and other is source else _known(found, given, assignments(own))
    return other, [f"{name}={value}" for name, value in taken.items()]


def _is_statements(text: str) -> bool:
    """Whether a text holds several statements, `s=W@x; s**2`, which are no value."""
    return ";" in text or "\n" in text


def _known(found: Any, given: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """The values that a source has inputs for, and its own in any case; a network takes a label,
    which adds its loss.
    """
    if not isinstance(found, Graph):
        return own
    there = {*found.input_names, *own, *([LABEL] if found.source.startswith("net:") else [])}
    return {k: v for k, v in given.items() if k in there}


def files_beside(text: str) -> list[Path]:
    """The files that an `--against` reads, which must not be overwritten."""
    words = split_line(text) if text.strip() else ()
    given = [path for word in words if (path := values.file_of(word.partition("=")[2].strip()))]
    return [*(path for word in words[:1] for path in sources.files_of(word)), *given]
