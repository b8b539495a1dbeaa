"""`--against`: further runs that stand beside the one of a command."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_args

import click

from gradviz import sources
from gradviz.cli.arguments import assignments, split_line
from gradviz.cli.output import folded
from gradviz.cli.passes import asked_pass
from gradviz.cli.sources import run_source
from gradviz.errors import UsageError, ValueInputError
from gradviz.export.look import NOTHING, Folding, listed
from gradviz.graph.graph import Graph, Node
from gradviz.networks.loss import LABEL
from gradviz.sources import values
from gradviz.trace.plots import Plot
from gradviz.trace.plots.comparison import View
from gradviz.trace.run import Run

if TYPE_CHECKING:
    from gradviz.trace.pair import PairTrace
    from gradviz.trace.trace import Trace

F = TypeVar("F", bound=Callable[..., Any])
MOST_CARDS, PICTURE = 60, 3
"""Graphs of more cards are drawn only if that is asked for; a picture of an array counts as so
many.
"""
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
    *,
    view: View | None = "table",
    folding: Folding = NOTHING,
) -> Plot | PairTrace:
    """The run of SOURCE beside those that `--against` names, which take its values unless they have
    their own; saved training runs beside each other, or the pass of each that `--pass` asks for.

    options  `--wrt`, `--upstream`, `--backend`, `--dtype` and `--weights`, in this order.
    view     as of `gv.compare`; None for the graph of two runs where it can be drawn, else the
             table.
    folding  folds the scopes of a graph.

    Raises what running and comparing raise, and UsageError for an empty `--against`.
    """
    sides = [(source, list(words)), *(side(text, source, words) for text in against)]
    read = [sources.read(text) if sources.files_of(text) else None for text, _ in sides]
    trained = [found for found in read if isinstance(found, Run)]
    names: Sequence[str] = ()
    if len(trained) == len(read):
        from gradviz.learn.losses import losses, names_of

        if asked_pass() is None:
            return losses(trained)
        names = names_of(trained)
    from gradviz.engine.curves.comparison import compare

    if len(sides) > MOST:
        raise ValueInputError(
            f"{len(sides)} runs do not fit beside each other", expected=f"2 to {MOST} runs"
        )
    runs = [run_source(text, own, *options, warn=False) for text, own in sides]
    if view != "table":
        runs = [folded(run, folding) for run in runs]
        view = view or _drawable(runs)
    return compare(*runs, names=names, classes=listed("classes", classes), view=view)


def _drawable(runs: Sequence[Trace]) -> View:
    """The graph of two runs, if they have one of a size that can be read; a note says if not."""
    from gradviz.graph.union import union

    if len(runs) != 2:
        return "table"
    both = union(runs[0].graph, runs[1].graph)
    if not both.common:
        sys.stderr.write(
            "gradviz: note: the runs have nothing in common, so their table is drawn\n"
        )
        return "table"
    if sum(map(_room, both.graph.nodes)) > MOST_CARDS:
        sys.stderr.write(
            f"gradviz: note: the graph of both has {len(both.nodes):,} nodes, too many to be read,"
            " so their table is drawn; --view graph, perhaps with --depth 1, draws the graph\n"
        )
        return "table"
    return "graph"


def _room(node: Node) -> int:
    """The room that a node takes, in cards of single numbers: a picture of an array takes more."""
    from gradviz.story.values import is_written_out

    return 1 if is_written_out(node.shape or (), "box") else PICTURE


def chosen_view(view: str, usual: View | None) -> View | None:
    """The view of a comparison that a command asks for. Raises UsageError for one that it lacks."""
    context = click.get_current_context(silent=True)
    source = None if context is None else context.get_parameter_source("view")
    if source is None or source is click.core.ParameterSource.DEFAULT:
        return usual
    if view not in get_args(View):
        raise UsageError(
            f"--view {view:.40} does not apply to a comparison",
            expected=" or ".join(f"--view {name}" for name in get_args(View)),
        )
    return cast(View, view)


def refuse_beside(options: Mapping[str, Any], option: str = "--against") -> None:
    """Raise UsageError for an option that a comparison, or what `option` asks for, has not."""
    what = "a comparison" if option == "--against" else "two walks side by side"
    for name, value in options.items():
        if value not in (None, False, ()):
            raise UsageError(
                f"--{name} does not apply to {what}", expected=f"no --{name}, or no {option}"
            )


def side(
    text: str, source: str, words: Sequence[str], option: str = "--against"
) -> tuple[str, list[str]]:
    """The source and values of a further run, as `option` names it."""
    first, *rest = split_line(text) if text.strip() else ("",)
    if not first:
        raise UsageError(f"{option} names a run", expected='"W=[[1, 2]]" or "SOURCE NAME=VALUE"')
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
