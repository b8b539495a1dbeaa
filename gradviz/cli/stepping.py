"""`--into NODE`, stepping into a node, and `--view NAME`, another view of the whole run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, overload

import click

from gradviz.cli.options import AskingOption, either
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.graph import Graph
from gradviz.trace import Trace
from gradviz.trace.walks import Walk

F = TypeVar("F", bound=Callable[..., Any])
OF_COMPARISONS: Final = "table"
"""A view of several runs, beside those of one."""
LISTED: Final = "list"
"""Lists the views, where the name of one is expected."""


def into_option(function: F) -> F:
    """`--into NODE`."""
    says = (
        "Step into a node: the cells of a convolution, pool or matrix product, or the parts of a"
        " composite; a/b steps into b inside a."
    )
    return click.option("--into", metavar="NODE", help=says)(function)


def view_option(function: F) -> F:
    """`--view NAME`."""
    return click.option(
        "--view",
        metavar="NAME",
        default="graph",
        show_default=True,
        cls=AskingOption,
        says=_views,
        callback=_known,
    )(function)


def _known(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """The name of a view; `list` lists them all. Raises UnknownNameError for one that does not
    exist.
    """
    if name == LISTED:
        from gradviz.cli.lists import listed, views
        from gradviz.cli.output import columns, needs_ascii, write_lines

        write_lines(listed(views)(columns(None), needs_ascii()))
        context.exit()
    word = name.partition(",")[0]
    if word not in ("graph", OF_COMPARISONS) and word not in (names := _names()):
        raise UnknownNameError(
            f"there is no view {name!r:.60}",
            expected=", ".join(names),
            hint=did_you_mean(word, names),
        )
    return name


def _names() -> list[str]:
    from gradviz.engine.inside import views
    from gradviz.learn import views as of_runs

    return [*views.names(), *of_runs.names()]


def _views() -> str:
    return (
        f"The view of the run: {either(_names())}; steps are those of the view; list lists them."
        " Options follow, as in"
        " differences,h=0.01,sides=central,decimals=4,cut=f:3,keeps=yes,name=W."
    )


def is_of_runs(name: str) -> bool:
    """Whether a view is one of a whole training run, not of a pass of it."""
    from gradviz.learn import views

    return name in views.names()


def viewed(subject: Any, name: str, path: str | None = None) -> Any:
    """The walk that a view leads through a run; without another view than the graph, and for what
    `--into` steps into, the subject itself.

    Raises UnknownNameError for a view that does not exist, and ValueInputError for one that does
    not fit, for a graph without values, and beside `--into`.
    """
    from gradviz.engine.inside import views

    return views.seen(subject, name, path)


def takes_bare(name: str) -> bool:
    """Whether a view shows a graph without values too. Raises UnknownNameError."""
    from gradviz.engine.inside import views

    return views.view(name).bare is not None


@overload
def stepped(subject: Trace, path: str | None) -> Walk: ...
@overload
def stepped(subject: Trace | Graph, path: str | None) -> Walk | Graph: ...
def stepped(subject: Trace | Graph, path: str | None) -> Walk | Graph:
    """The walk inside the node that `--into` names; without it, the subject itself.

    Raises ValueInputError for a graph without values.
    """
    if path is None:
        return subject
    if isinstance(subject, Graph):
        raise ValueInputError(
            "a graph without values cannot be stepped into",
            got=f"--into {path}",
            expected="a value for every input",
        )
    from gradviz.engine.inside.into import into

    return into(subject, path)
