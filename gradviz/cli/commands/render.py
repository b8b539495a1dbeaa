"""`gradviz render`: pictures and files of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from gradviz import sources
from gradviz.cli.against import against_option, chosen_view, compared, files_beside, refuse_beside
from gradviz.cli.arguments import WritingCommand, assignments, source_arguments
from gradviz.cli.beside import beside_options, check_beside, side_by_side
from gradviz.cli.options import either, field_options
from gradviz.cli.output import warn_of_strange_numbers, wrote
from gradviz.cli.passes import OF_A_RUN, step_of_pass, walked
from gradviz.cli.sources import run_or_bare
from gradviz.cli.stepping import into_option, is_of_runs, stepped, view_option, viewed
from gradviz.errors import UsageError, ValueInputError
from gradviz.export import formats
from gradviz.export.look import Folding, Frames, Look, Windowing
from gradviz.sources import values as given_values
from gradviz.trace import Trace

SUFFIXES = formats.suffixes()
KINDS = either(suffix.removeprefix(".").upper() for suffix in SUFFIXES)
HELP = f"""Draw SOURCE into FILE: {either(SUFFIXES)}.

A .pdf or .pptx has one page per step; a .gif, .apng, .mp4 or .webm plays all steps, and so does an
.svg with --steps all; other pictures show the last step, or --step K. A folder (out/) or a pattern
such as out/step-{{k:02}}.svg gets one file per step. Without values, the bare graph is drawn.
"""


@click.command("render", cls=WritingCommand, help=HELP, short_help=f"Draw SOURCE as {KINDS}.")
@source_arguments
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="The output file; its suffix chooses the format.",
)
@field_options(Frames)
@field_options(Look)
@into_option
@view_option
@field_options(Folding)
@field_options(Windowing)
@against_option
@beside_options
@click.option("--embed", is_flag=True, help="Also print the HTML that shows a .html elsewhere.")
@click.option("--force", is_flag=True, help="Overwrite even a file that gradviz did not write.")
def command(
    source: str,
    values: tuple[str, ...],
    weights: str | None,
    wrt: tuple[str, ...],
    upstream: str | None,
    backend: str,
    dtype: str,
    output: str,
    into: str | None,
    view: str,
    against: tuple[str, ...],
    beside: str | None,
    names: str | None,
    embed: bool,
    **options: Any,
) -> None:
    """Draw a source into files, in the format that their suffix names."""
    if options["step"] is not None and (options["steps"] is not None or options["every"] != "step"):
        raise UsageError(
            "--step asks for one frame, --steps and --every ask for several", expected="one of them"
        )
    from gradviz.api import program
    from gradviz.export.render import render

    options["listing"] = program
    if embed:
        _check_page(output)
    check_beside(beside, names, against)
    settings = wrt, upstream, backend, dtype, weights
    if beside is not None:
        folding = Folding(*(options.pop(name) for name in ("depth", "expand", "repeats")))
        both = side_by_side(
            source, values, beside, settings, names=names, view=view, into=into, folding=folding
        )
        read = [*_files_read(source, values, upstream, weights, options["theme"])]
        _say(render(both, output, inputs=[*read, *files_beside(beside)], **options), embed)
        return
    if against:
        refuse_beside({"into": into})
        made = _both(source, values, against, settings, view, options)
        done = render(
            made,
            output,
            inputs=[
                *_files_read(source, values, upstream, weights, options["theme"]),
                *(path for text in against for path in files_beside(text)),
            ],
            **options,
        )
        _say(done, embed)
        return
    if is_of_runs(view):
        given = dict(
            zip(OF_A_RUN, (values, weights, wrt, upstream, backend, dtype, into), strict=True)
        )
        walk = walked(source, view, given)
        options["step"] = step_of_pass(walk, options["step"], options["steps"])
        _say(
            render(
                walk,
                output,
                inputs=_files_read(source, (), None, None, options["theme"]),
                **options,
            ),
            embed,
        )
        return
    subject = run_or_bare(source, values, wrt, upstream, backend, dtype, weights)
    if isinstance(subject, Trace):
        warn_of_strange_numbers(subject)
        if subject.note:
            sys.stderr.write(f"gradviz: note: {subject.note}\n")
    read = _files_read(source, values, upstream, weights, options["theme"])
    walk = viewed(stepped(subject, into), view, into)
    _say(render(walk, output, inputs=read, **options), embed)


def _both(
    source: str,
    values: tuple[str, ...],
    against: tuple[str, ...],
    settings: tuple[Any, ...],
    view: str,
    options: dict[str, Any],
) -> Any:
    """What a comparison draws: two runs on one graph, unless that cannot be or is not asked for,
    then their table; options that are used up are taken out.
    """
    classes = options.pop("classes")
    folding = Folding(*(options.pop(name) for name in ("depth", "expand", "repeats")))
    asked = chosen_view(view, None)
    if asked == "table":
        refuse_beside(vars(folding))
    return compared(source, values, against, settings, classes, view=asked, folding=folding)


def _check_page(output: str) -> None:
    """Raise ValueInputError for a file that no page can show in a frame."""
    if not formats.of(Path(output)).embeds:
        raise ValueInputError(
            "only a page can be embedded", expected="-o walk.html", got=f"--embed, -o {output:.60}"
        )


def _say(done: Any, embed: bool) -> None:
    """The notes and the files of a drawing, and the HTML that shows each elsewhere."""
    for note in done.notes:
        sys.stderr.write(f"gradviz: note: {note}\n")
    wrote(done.files)
    for path in done.files if embed else ():
        from gradviz.export.player import snippet

        click.echo(snippet(path.name))


def _files_read(
    source: str, words: tuple[str, ...], upstream: str | None, weights: str | None, theme: str
) -> list[Path]:
    """The files that must not be overwritten: a saved trace and its arrays, `@file` values,
    weights, a theme file.
    """
    texts = [*assignments(words).values(), upstream or ""]
    given = [path for text in texts if (path := given_values.file_of(text))]
    own = [Path(name) for name in (weights or "", theme) if os.path.isfile(name)]  # noqa: PTH113
    return [*sources.files_of(source), *own, *given]
