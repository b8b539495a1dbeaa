"""`gradviz show`: the walk-through as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import click

from gradviz.arrays.digits import Numbers, writing
from gradviz.cli.against import against_option, chosen_view, compared, refuse_beside
from gradviz.cli.arguments import SourceCommand, source_arguments
from gradviz.cli.beside import beside_options, check_beside, side_by_side
from gradviz.cli.options import field_options, language_option
from gradviz.cli.output import columns, folded, needs_ascii, warn_of_strange_numbers, write_lines
from gradviz.cli.passes import OF_A_RUN, step_of_pass, walked
from gradviz.cli.sources import bound_source, run_or_bare, run_source
from gradviz.cli.stepping import into_option, is_of_runs, stepped, takes_bare, view_option, viewed
from gradviz.errors import UsageError
from gradviz.export.classes import called
from gradviz.export.look import Folding, Look, listed
from gradviz.story.steps import step_numbers
from gradviz.trace import Trace
from gradviz.trace.walks import Walk


class Written(NamedTuple):
    """How numbers are written: in how many digits, or as fractions."""

    digits: int
    numbers: Numbers


@click.command("show", cls=SourceCommand, short_help="Walk through every step in the terminal.")
@source_arguments
@language_option
@click.option("--step", type=int, metavar="K", help="Only step K, with the graph at that step.")
@click.option("--steps", metavar="A-B", help="Only these steps: 3-9, 3- or 1,4-6.")
@click.option("--brief", is_flag=True, help="Only the table of results.")
@click.option(
    "--summary", is_flag=True, help="A table of layers, parameters and work; nothing is run."
)
@click.option(
    "--samples",
    is_flag=True,
    help="Of a pass of a training run: the gradients of each sample, and their mean.",
)
@into_option
@view_option
@field_options(Folding)
@against_option
@beside_options
@click.option("--index", is_flag=True, help="Also write array rules index by index.")
@field_options(Look, "code", "digits", "numbers", "classes")
@click.option(
    "--width", type=int, metavar="COLUMNS", help="Width in columns; by default the terminal's."
)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@click.option(
    "--plain", is_flag=True, help="For screen readers: no picture, a line a step, symbols in words."
)
@click.option("--json", "as_json", is_flag=True, help="Output the sentences and formulas as JSON.")
def command(
    source: str,
    values: tuple[str, ...],
    weights: str | None,
    wrt: tuple[str, ...],
    upstream: str | None,
    backend: str,
    dtype: str,
    step: int | None,
    steps: str | None,
    brief: bool,
    summary: bool,
    samples: bool,
    into: str | None,
    view: str,
    depth: int | None,
    expand: tuple[str, ...],
    repeats: bool,
    against: tuple[str, ...],
    beside: str | None,
    names: str | None,
    index: bool,
    code: bool,
    digits: int,
    numbers: Numbers,
    classes: tuple[str, ...],
    width: int | None,
    ascii: bool,
    plain: bool,
    as_json: bool,
) -> None:
    """Walk through the forward and the backward pass of SOURCE, step by step.

    SOURCE is an expression in quotes, - for standard input, a network such as net:lenet5, a
    function in a file of Python (FILE.py::FUNCTION), or a saved trace. A VALUE is a number, a
    fraction, an array such as [[1, 2], [3, 4]], @file.npy, @file.npz (@file.npz:NAME for one of
    several), @file.csv, @file.tsv, @file.json, @photo.png, digit:3, random:SEED (random:SEED:2x3
    with a shape), or symbols:2x3 (--backend exact).
    """
    if step is not None and steps is not None:
        raise UsageError("--step and --steps ask for different things", expected="one of them")
    if plain:
        _refuse_beside_plain(
            {"summary": summary, "samples": samples, "json": as_json, "width": width}
        )
    fill = columns(width)
    written = Written(digits, numbers)
    if summary:
        of_a_run = {
            "wrt": wrt,
            "upstream": upstream,
            "backend": backend != "numpy",
            "dtype": dtype != "float64",
        }
        of_steps: dict[str, Any] = {"step": step, "steps": steps, "brief": brief, "into": into}
        of_steps |= {"index": index, "code": code, "classes": classes, "against": against}
        of_steps |= {"beside": beside, "names": names}
        of_steps["view"] = view if view != "graph" else None
        of_folds = {"depth": depth, "expand": expand, "fold-repeats": repeats}
        _refuse_beside_summary(of_a_run | of_steps | of_folds)
        _summarise(source, values, weights, fill, ascii=ascii or needs_ascii(), as_json=as_json)
        return
    if samples:
        trace = run_source(source, values, wrt, upstream, backend, dtype, weights)
        _tell_samples(trace, fill, written, as_json=as_json)
        return
    check_beside(beside, names, against)
    if beside is not None:
        refuse_beside({"brief": brief, "index": index, "code": code}, "--beside")
        both = side_by_side(
            source,
            values,
            beside,
            (wrt, upstream, backend, dtype, weights),
            names=names,
            view=view,
            into=into,
            folding=Folding(depth, expand, repeats),
        )
        both = called(both, listed("classes", classes))
        chosen = _numbers(both, step, steps)
        _write(both, chosen, fill, written, as_json=as_json, ascii=ascii, plain=plain)
        return
    if against:
        refuse_beside({"brief": brief, "into": into, "index": index, "code": code})
        wanted = str(step) if step is not None else steps
        settings = wrt, upstream, backend, dtype, weights
        folding = Folding(depth, expand, repeats)
        made = _both(source, values, against, settings, classes, view, wanted, folding)
        chosen = step_numbers(wanted, len(made)) if wanted is not None else None
        _write(made, chosen, fill, written, as_json=as_json, ascii=ascii, plain=plain)
        return
    if is_of_runs(view):
        given = (values, weights, wrt, upstream, backend, dtype, into)
        of_a_graph = {"--brief": brief, "--index": index, "--depth": depth, "--expand": expand}
        of_a_graph |= {"--fold-repeats": repeats, "--classes": classes}
        of_a_graph |= {"--code": code}
        passes = walked(source, view, dict(zip(OF_A_RUN, given, strict=True)) | of_a_graph)
        chosen = _numbers(passes, step_of_pass(passes, step, steps), steps)
        told = list(passes.told) if plain and chosen is None else chosen
        _write(passes, told, fill, written, as_json=as_json, ascii=ascii, plain=plain)
        return
    read = run_or_bare if into is None and takes_bare(view) else run_source
    walk = stepped(read(source, values, wrt, upstream, backend, dtype, weights), into)
    walk = called(viewed(walk, view, into), listed("classes", classes))
    extra = _extra(walk, {"brief": brief, "index": index, "code": code})
    if isinstance(walk, Trace):
        walk = folded(walk, Folding(depth, expand, repeats))
    else:
        _refuse(walk, {"depth": depth, "expand": expand})
    chosen = _numbers(walk, step, steps)
    if isinstance(walk, Trace):
        warn_of_strange_numbers(walk)
    _write(walk, chosen, fill, written, as_json=as_json, ascii=ascii, plain=plain, **extra)


def _both(
    source: str,
    values: Sequence[str],
    against: Sequence[str],
    settings: Sequence[Any],
    classes: Sequence[str],
    view: str,
    steps: str | None,
    folding: Folding,
) -> Any:
    """A comparison: its table, or where steps or the graph are asked for, its walk."""
    asked = chosen_view(view, "table" if steps is None else "graph")
    if asked == "table":
        refuse_beside({"steps": steps, **vars(folding)})
    return compared(source, values, against, settings, classes, view=asked, folding=folding)


def _refuse_beside_summary(options: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that a summary does not have."""
    for name, value in options.items():
        if value not in (None, False, ()):
            raise UsageError(
                f"--{name} does not apply to a summary", expected=f"no --{name}, or no --summary"
            )


def _numbers(walk: Walk, step: int | None, steps: str | None) -> list[int] | None:
    """The steps that are asked for; None for all."""
    wanted = str(step) if step is not None else steps
    return step_numbers(wanted, len(walk)) if wanted is not None else None


def _write(
    walk: Walk,
    chosen: list[int] | None,
    width: int,
    written: Written,
    *,
    as_json: bool,
    ascii: bool,
    plain: bool,
    **extra: bool,
) -> None:
    """A walk as JSON, in words, or as text with its picture."""
    digits = written.digits
    with writing(written.numbers, walk.trace.dtype):
        if as_json:
            from gradviz.story import walks

            click.echo(_json(walks.data(walk, chosen, digits)))
        elif plain:
            from gradviz.export.reports.plain import lines

            write_lines(lines(walk, steps=chosen, digits=digits, **extra))
        else:
            from gradviz.export.reports import walks as reports

            extra["ascii"] = ascii or needs_ascii()
            write_lines(reports.lines(walk, steps=chosen, width=width, digits=digits, **extra))


def _refuse_beside_plain(options: Mapping[str, Any]) -> None:
    """Raise UsageError for what --plain cannot say."""
    for name, value in options.items():
        if value not in (None, False):
            raise UsageError(
                f"--{name} does not go with --plain",
                expected="--plain alone: a line for each step, which the terminal breaks",
            )


def _tell_samples(trace: Trace, width: int, written: Written, *, as_json: bool) -> None:
    """The gradients of each sample of a pass beside their mean."""
    from gradviz.cli.passes import opened_run
    from gradviz.export.reports.learning import sample_data, sample_lines
    from gradviz.learn.replay import samples

    run, updates = opened_run(), trace.updates
    assert updates is not None
    found = samples(run, updates.number)
    if as_json:
        click.echo(_json({"pass": updates.number, **sample_data(found)}))
    else:
        with writing(written.numbers, trace.dtype):
            write_lines(sample_lines(found, updates.number, width, written.digits))


def _extra(walk: Walk, given: Mapping[str, bool]) -> dict[str, bool]:
    """The options that only some reports have. Raises UsageError for one that this report lacks."""
    from gradviz.export.reports import walks as reports

    taken = reports.options(walk.kind)
    _refuse(walk, {name: value for name, value in given.items() if name not in taken})
    return {name: value for name, value in given.items() if name in taken}


def _refuse(walk: Walk, options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        if value:
            raise UsageError(
                f"--{name} does not apply to a walk over {walk.kind}",
                expected=f"no --{name}, or the graph, without --into and --view",
            )


def _summarise(
    source: str,
    values: tuple[str, ...],
    weights: str | None,
    width: int,
    *,
    ascii: bool,
    as_json: bool,
) -> None:
    from gradviz.export.reports.summary import summary_text
    from gradviz.networks.summary import summarise

    found = summarise(bound_source(source, values, weights))
    if as_json:
        click.echo(_json(found.data()))
    else:
        write_lines(summary_text(found, width, ascii=ascii))


def _json(found: Any) -> str:
    import json

    return json.dumps(found, ensure_ascii=False, indent=1)
