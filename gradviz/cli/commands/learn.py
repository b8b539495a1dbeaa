"""`gradviz learn`: a training run, each of whose passes can be opened."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gradviz import sources
from gradviz.cli.arguments import WritingCommand
from gradviz.cli.options import AskingOption, either
from gradviz.cli.output import columns, needs_ascii, write_lines, wrote
from gradviz.cli.sources import all_values, names
from gradviz.errors import UsageError, ValueInputError
from gradviz.graph.graph import Graph
from gradviz.trace import Trace

if TYPE_CHECKING:
    from gradviz.learn.learning import Run
    from gradviz.trace import run as trace_run

F = TypeVar("F", bound=Callable[..., Any])
ANSWER_IS_NO, STOPPED = 3, 130
CONSTANT_SCHEDULE = "constant"


def _optimisers() -> str:
    from gradviz.engine.optimisers import OPTIMISERS

    return f"{either(OPTIMISERS)}, with its options: momentum,momentum=0.8."


def _schedules() -> str:
    from gradviz.engine.schedules import SCHEDULES

    return f"How the rate changes: {either(SCHEDULES)}; with options: step,factor=0.5,every=100."


def _data() -> str:
    from gradviz.learn import data

    sets = either([*data.names(), "a .csv, .tsv or .npz file", "an array"])
    return f"{sets}; with options: ring,count=300,test=100. The last column is the target."


def _options(function: F) -> F:
    option = click.option
    many: list[Callable[[F], F]] = [
        click.argument("source", metavar="SOURCE"),
        click.argument("values", metavar="[NAME=VALUE]...", nargs=-1),
        option("--data", cls=AskingOption, says=_data, metavar="DATA"),
        option("--wrt", multiple=True, metavar="NAMES", help="Train these parameters only."),
        option("--optimizer", cls=AskingOption, says=_optimisers, default="sgd", show_default=True,
               metavar="NAME"),
        option("--lr", type=float, metavar="RATE",
               help="The learning rate; by default the usual one of the optimizer."),
        option("--schedule", cls=AskingOption, says=_schedules, default=CONSTANT_SCHEDULE,
               show_default=True, metavar="NAME"),
        option("--l1", type=float, default=0.0, metavar="RATE", help="L1 weight decay."),
        option("--l2", type=float, default=0.0, metavar="RATE", help="L2 weight decay."),
        option("--clip-value", type=float, metavar="LIMIT",
               help="The largest element of a gradient."),
        option("--clip-norm", type=float, metavar="LIMIT",
               help="The largest norm of all gradients together."),
        option("--batch", type=int, metavar="B", help="Samples per pass; 10 by default."),
        option("--passes", type=int, metavar="N", help="The number of passes; 1,000 by default."),
        option("--epochs", type=int, metavar="N", help="How often all samples are seen, instead."),
        option("--seed", type=int, default=0, show_default=True,
               help="Seed of parameters, toy data and the order of samples."),
        option("--weights", metavar="FILE", help="A network's first parameters."),
        option("--keep-weights", is_flag=True, help="Keep weights that are set by hand."),
        option("--target", type=float, metavar="LOSS",
               help="Stop when the mean loss of an epoch is at most this."),
        option("--patience", type=int, metavar="EPOCHS",
               help="Stop when the loss has not fallen for so long."),
        option("--resume", is_flag=True, help="Go on with the saved run that SOURCE names."),
        option("-o", "--output", metavar="FILE", help="Save the run: run.json."),
        option("--width", type=int, metavar="COLUMNS",
               help="Width in columns; by default the terminal's."),
        option("--ascii", is_flag=True, help="ASCII characters only."),
        option("--json", "as_json", is_flag=True, help="Print the run as JSON (gradviz.run/1)."),
    ]  # fmt: skip
    for decorate in reversed(many):
        function = decorate(function)
    return function


class LearnCommand(WritingCommand):
    """A command that trains its source."""

    trains, writes = True, "json"


@click.command("learn", cls=LearnCommand, short_help="Train SOURCE; every pass can be opened.")
@_options
def command(
    source: str,
    values: tuple[str, ...],
    wrt: tuple[str, ...],
    weights: str | None,
    resume: bool,
    output: str | None,
    width: int | None,
    ascii: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train SOURCE and keep the run: gradviz show run.json --pass 237 opens any of its passes.

    A pass ends with update steps, in which each parameter moves against its gradient. SOURCE is
    what gradviz show takes. A source without a loss gets cross-entropy for classes, else squared
    error. Exit status 3 if the run diverges.
    """
    from gradviz.learn.learning import learn

    fill = columns(width)
    if output is not None:
        from gradviz.trace.saved_runs import check_path

        check_path(Path(output))
    found = sources.read(source)
    if isinstance(found, Trace):
        raise ValueInputError(
            "a saved trace cannot be trained",
            expected="an expression, a network, or a saved run with --resume",
            hint=f"train its expression: {found.source!r:.60}",
        )
    if isinstance(found, Graph):
        if resume:
            raise UsageError("--resume goes on with a saved run", expected="run.json", got=source)
        given = all_values(found, values, weights)
        run = learn(found, wrt=names(wrt), values=given, **settings)
    else:
        run = _resumed(found, values, wrt, weights, resume, settings)
    for note in run.notes:
        sys.stderr.write(f"gradviz: note: {note}\n")
    if output is not None:
        run.save(Path(output))
        wrote(filter(Path.exists, sources.files_of(output)), say=False)
    if as_json:
        click.echo(run.to_json())
    else:
        write_lines(_summary(run, output, fill, ascii=ascii or needs_ascii()))
    _end(run, output)


def _resumed(
    found: trace_run.Run,
    values: tuple[str, ...],
    wrt: tuple[str, ...],
    weights: str | None,
    resume: bool,
    settings: dict[str, Any],
) -> Run:
    """A saved run, trained on. Raises UsageError for settings that it has already."""
    from gradviz.learn.learning import learn

    if not resume:
        raise UsageError(
            "this is a saved run",
            expected="--resume, to go on with it",
            hint="gradviz show opens its passes: --pass K",
        )
    own = {"passes", "epochs", "target", "patience"}
    context = click.get_current_context()
    given = [
        name
        for name in ("values", "wrt", "weights", *settings)
        if name not in own
        and context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
        and (name != "values" or values)
    ]
    if given:
        raise UsageError(
            f"a saved run has its own {given[0].replace('_', '-')}",
            expected=f"with --resume only {', '.join(f'--{name}' for name in sorted(own))}",
        )
    return learn(found.graph, resume=found, **{name: settings[name] for name in own})


def _summary(run: Run, output: str | None, width: int, *, ascii: bool) -> Iterator[Any]:
    from gradviz.export.reports.learning import lines

    scores = run.scores() if run.passes else {}
    yield from lines(run, scores, width, ascii=ascii)
    if output is not None:
        yield [(f"saved: {output}   open a pass: gradviz show {output} --pass {run.passes}", "")]


def _end(run: Run, output: str | None) -> None:
    """Say on standard error why a run ended early, and end with that status."""
    from gradviz.learn.training import INTERRUPTED

    context = click.get_current_context()
    if run.stopped == INTERRUPTED:
        kept = (
            f"{output} has what was done: gradviz learn {output} --resume -o {output} goes on"
            if output
            else "nothing was saved; -o run.json would keep it"
        )
        sys.stderr.write(f"gradviz: stopped after {run.passes:,} passes; {kept}\n")
        context.exit(STOPPED)
    if run.stopped and run.diverged:
        sys.stderr.write(f"gradviz: warning: {run.stopped}\n")
        context.exit(ANSWER_IS_NO)
