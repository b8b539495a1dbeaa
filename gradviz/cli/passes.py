"""`--pass K`: which pass of a saved training run a command is about."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from gradviz.errors import UsageError, ValueInputError
from gradviz.export.look import Direction
from gradviz.graph.graph import Graph
from gradviz.sources import EVERYTHING, Allowed, read
from gradviz.trace import Trace

if TYPE_CHECKING:
    from gradviz.learn.views import RunWalk
    from gradviz.trace.run import Run
    from gradviz.trace.walks import Walk

F = TypeVar("F", bound=Callable[..., Any])
KEY, RUN = "gradviz.pass", "gradviz.run"
OF_A_RUN = ("NAME=VALUE", "--weights", "--wrt", "--upstream", "--backend", "--dtype", "--into")
"""What says how a source is run, which a view of a saved run does not take."""


class _Number(click.types.IntParamType):
    """The number of a pass of a training run."""

    def convert(self, value: Any, *about: Any) -> Any:
        """Raise UsageError for the name of one of the passes of a run."""
        if value in get_args(Direction):
            raise UsageError(
                "--pass takes the number of a pass of a training run",
                expected="--pass 3",
                got=f"--pass {value}",
                hint=f"--direction {value} draws the steps of that pass alone",
            )
        return super().convert(value, *about)


def pass_option(function: F) -> F:
    """`--pass K`, which `read_source` looks up."""

    def keep(context: click.Context, parameter: click.Parameter, value: int | None) -> None:
        context.meta[KEY] = value

    return click.option(
        "--pass",
        type=_Number(),
        metavar="K",
        expose_value=False,
        callback=keep,
        help="Pass K of a saved training run; the last one by default.",
    )(function)


def asked_pass() -> int | None:
    """The pass that the command asks for; None where it does not say."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(KEY)


def saved_run() -> Run | None:
    """The saved run that the source names a pass of; None for another source."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(RUN)


def opened_run() -> Run:
    """The saved run that the source names a pass of. Raises UsageError for another source."""
    run = saved_run()
    if run is None:
        raise UsageError(
            "--samples asks for the samples of a pass of a saved training run",
            expected="a file that gradviz learn -o wrote",
        )
    return run


def read_source(text: str, allowed: Allowed = EVERYTHING) -> Graph | Trace:
    """The graph of a SOURCE, the saved trace that it names, or the pass of a saved run.

    Raises what reading raises, and UsageError for `--pass` with anything but a run.
    """
    found, number = read(text, allowed), asked_pass()
    if isinstance(found, Graph | Trace):
        if number is not None:
            raise UsageError(
                "--pass asks for a pass of a saved training run",
                expected="a file that gradviz learn -o wrote",
                got=text[:60],
            )
        return found
    return opened(found, number)


def walked(text: str, view: str, others: Mapping[str, Any]) -> RunWalk:
    """The walk of a view over all passes of the saved run that a source names.

    others  further options by name, none of which applies.

    Raises UsageError for such an option, and ValueInputError for another source.
    """
    from gradviz.learn.views import walk

    for name, value in others.items():
        if value not in (None, False, (), "", "numpy", "float64"):
            raise UsageError(
                f"{name} does not apply to the view {view}",
                expected="a saved run alone, with --pass K or --steps",
            )
    found = read(text)
    if isinstance(found, Graph | Trace):
        raise ValueInputError(
            f"the view {view} shows a saved training run",
            expected="a file that gradviz learn -o wrote",
            got=text[:60],
            hint="gradviz learn … --data ring -o run.json makes one",
        )
    return walk(found, view)


def step_of_pass(walk: Walk, step: Any, steps: Any) -> Any:
    """The step of a walk over passes that the command asks for. Raises UsageError for two, and
    ValueInputError for a pass that there is not.
    """
    number = asked_pass()
    if number is None:
        return step
    if step is not None or steps is not None:
        raise UsageError("--pass and --step ask for different things", expected="one of them")
    if not 1 <= number <= len(walk):
        raise ValueInputError(
            f"there is no pass {number}",
            expected=f"a pass from 1 to {len(walk) - 1:,}; {len(walk):,} is the end",
            got=number,
        )
    return number


def opened(run: Run, number: int | None) -> Trace:
    """A pass of a run as a trace. Raises ValueInputError for a pass that there is not."""
    from gradviz.learn.replay import trace

    if number is None and run.passes:
        number = run.passes
        sys.stderr.write(
            f"gradviz: note: this is pass {number:,} of {run.passes:,}; --pass K shows another\n"
        )
    if context := click.get_current_context(silent=True):
        context.meta[RUN] = run
    found = trace(run, 1 if number is None else number)
    if found.note:
        sys.stderr.write(f"gradviz: warning: {found.note}\n")
    return found
