"""`--beside`: a second walk in a panel of its own, beside that of a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gradviz import sources
from gradviz.cli.against import side
from gradviz.cli.output import folded
from gradviz.cli.sources import run_source
from gradviz.cli.stepping import is_of_runs, stepped, viewed
from gradviz.errors import UsageError
from gradviz.export.look import NOTHING, Folding
from gradviz.trace import Trace
from gradviz.trace.run import Run
from gradviz.trace.walks import Walk

if TYPE_CHECKING:
    from gradviz.trace.panels import PanelWalk

F = TypeVar("F", bound=Callable[..., Any])


def beside_options(function: F) -> F:
    """`--beside` and `--names`."""
    named = click.option(
        "--names", metavar="A,B", help="What the two panels of --beside are called."
    )
    both = click.option(
        "--beside",
        metavar="WORDS",
        help=(
            'Side by side, step by step: the backward pass ("backward"), a run of other values,'
            ' "x=3", or another source.'
        ),
    )
    return both(named(function))


def side_by_side(
    source: str,
    words: Sequence[str],
    beside: str,
    settings: Sequence[Any],
    *,
    names: str | None = None,
    view: str = "graph",
    into: str | None = None,
    folding: Folding = NOTHING,
) -> PanelWalk:
    """The walk of SOURCE beside that of `--beside`: its own backward pass, or a run of another
    source, which takes the values of SOURCE unless it has its own.

    settings  `--wrt`, `--upstream`, `--backend`, `--dtype` and `--weights`, in this order.

    Raises what running and `gradviz.engine.beside` raise, and UsageError where nothing is named.
    """
    from gradviz.engine.beside import BACKWARD
    from gradviz.engine.beside import beside as together

    def walk(text: str, own: Sequence[str], *, warn: bool) -> Walk:
        run = run_source(text, own, *settings, warn=warn)
        seen = viewed(stepped(run, into), view, into)
        return folded(seen, folding) if isinstance(seen, Trace) else seen

    if is_of_runs(view):
        raise UsageError(
            f"the view {view} takes a whole slide",
            expected="no --beside; gradviz plot compares several runs",
        )
    if not beside.strip():
        raise UsageError("--beside is empty", expected='"backward", "x=3" or "SOURCE NAME=VALUE"')
    first = walk(source, words, warn=True)
    if beside.strip() == BACKWARD:
        return together(first, BACKWARD, names=names or ())
    other, own = side(beside, source, words, "--beside")
    second = walk(other, own, warn=False)
    return together(first, second, names=names or _names(source, other))


def _names(*texts: str) -> Sequence[str]:
    """What saved training runs are called; nothing for other sources."""
    read = [sources.read(text) if sources.files_of(text) else None for text in texts]
    runs = [found for found in read if isinstance(found, Run)]
    if len(runs) < len(read):
        return ()
    from gradviz.learn.losses import names_of

    return names_of(runs)


def check_beside(beside: str | None, names: str | None, against: Sequence[str]) -> None:
    """Raise UsageError for a comparison in panels, and for names of panels that there are not."""
    if beside is not None and against:
        raise UsageError(
            "--beside draws two panels, --against one graph or table of both",
            expected="one of the two",
        )
    if names is not None and beside is None:
        raise UsageError("--names are those of two panels", expected='--beside "…" --names A,B')
