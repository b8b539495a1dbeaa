"""`gradviz plot`: curves with their slopes, surfaces with optimizer paths."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from gradviz import sources
from gradviz.arrays.digits import writing
from gradviz.cli.arguments import WritingCommand, assignments
from gradviz.cli.options import field_options
from gradviz.cli.output import (
    columns,
    needs_ascii,
    plain_option,
    refuse_beside_plain,
    write_lines,
    wrote,
)
from gradviz.cli.sources import read_values
from gradviz.errors import UsageError
from gradviz.export.look import Look
from gradviz.graph.graph import Graph
from gradviz.sources import EVERYTHING
from gradviz.sources import values as given_values
from gradviz.story.languages import speaking
from gradviz.trace.plots import Plot
from gradviz.trace.run import Run

GROUPS = (
    "colours", "size", "dots", "letters", "numbers", "page", "sheets", "words", "pictures",
    "language",
)  # fmt: skip
LOOKS = [name for name in Look.of(*GROUPS) if name not in ("legend", "plain")]
"""The options of a drawing that are not about nodes and wires; a plot names its lines itself."""


VALUE = re.compile(r"[^\W\d]\w*=(?!=)\S")


class PlotCommand(WritingCommand):
    """A command on several sources."""

    several = True


@click.command("plot", cls=PlotCommand, short_help="Plot functions, slopes and surfaces.")
@click.argument("words", metavar="SOURCE... [NAME=VALUE]...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", help="A picture; its suffix chooses the format.")
@click.option(
    "--over", multiple=True, metavar="NAMES", help="The one or two inputs that vary: w1,w2."
)
@click.option("--range", "ranges", multiple=True, metavar="NAME=A..B", help="The range of an axis.")
@click.option("--heights", metavar="A..B", help="The range of the vertical axis.")
@click.option(
    "--together/--each",
    "together",
    default=None,
    help="All curves in one panel, or a panel for each.",
)
@click.option(
    "--paths",
    multiple=True,
    metavar="RULES",
    help="Optimizer paths: gd:0.1,momentum:0.1:0.8,adam:0.2.",
)
@click.option("--from", "start", metavar="NAMES", help="Where they start: w1=-1.5,w2=1.5.")
@click.option("--steps", type=int, default=60, show_default=True, help="The steps of each path.")
@click.option(
    "--histograms",
    type=click.Choice(["values", "gradients"]),
    help="Histograms of the numbers in each layer of a run.",
)
@click.option("--error-of", metavar="NAME", help="The error of its numerical gradient against h.")
@click.option(
    "--data",
    metavar="DATA",
    help="Samples in the plane of two features: ring, points.csv; of one feature, a fitted curve.",
)
@click.option(
    "--plane", is_flag=True, help="The plane of a saved run's samples, or its fitted curve."
)
@click.option(
    "--pass", "at", type=int, metavar="K", help="Pass K of a run: its numbers, or as it begins."
)
@click.option(
    "--after", metavar="NAMES", help="A second plane, of new features made from these: r,theta."
)
@click.option("--level", type=float, help="The output at which the class changes.")
@click.option("--templates", is_flag=True, help="Rows of a weight matrix, or kernels, as pictures.")
@click.option("--of", metavar="NAME", help="That matrix; the first one by default.")
@click.option(
    "--viewpoints",
    is_flag=True,
    help="A linear classifier seen three ways: scores worked out, lines in the plane, rows as"
    " pictures; a second SOURCE may give the pictures.",
)
@click.option("--sample", type=int, metavar="K", help="Sample K of the data, which is worked out.")
@click.option("--classes", metavar="NAMES", help="What the classes are called: cat,dog,ship.")
@click.option(
    "--ways",
    metavar="WAYS",
    help="Ways to minimise, side by side: random:500,lstsq,numerical:0.1,gd:0.1,sgd:0.1,adam:0.1,"
    " or all.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the ways to minimise.")
@click.option("--points", type=int, default=401, show_default=True, help="Points of a curve.")
@field_options(Look, *LOOKS)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@plain_option
@click.option("--json", "as_json", is_flag=True, help="Output the points as JSON.")
@click.option("--force", is_flag=True, help="Overwrite even a file that gradviz did not write.")
def command(
    words: tuple[str, ...],
    output: str | None,
    over: tuple[str, ...],
    ranges: tuple[str, ...],
    heights: str | None,
    together: bool | None,
    paths: tuple[str, ...],
    start: str | None,
    steps: int,
    histograms: Any,
    error_of: str | None,
    data: str | None,
    plane: bool,
    at: int | None,
    after: str | None,
    level: float | None,
    templates: bool,
    of: str | None,
    viewpoints: bool,
    sample: int | None,
    classes: str | None,
    ways: str | None,
    seed: int,
    points: int,
    ascii: bool,
    plain: bool,
    as_json: bool,
    force: bool,
    **look: Any,
) -> None:
    """Plot SOURCE, a function of one variable with its slope, or of two as contours.

    An input without a value varies. One with a value, x=1, is held; if it is the only input, the
    tangent is drawn there. Several SOURCEs get a panel each. A SOURCE may also be the name of an
    op, such as sigmoid, or of a family, activations or losses; "f = x**2", with spaces, calls its
    curve f. With --data, samples stand in the plane of their two features, over the class that
    SOURCE gives every point; --plane does the same for a saved run. Samples of one feature are
    drawn with the curve that is fitted to them. Several saved runs are compared by their losses.
    With --ways, one loss is minimised in several ways, and a table says what each cost. Without -o,
    the plot is drawn in the terminal. A plot is one picture in every format: how a run came to it
    is played by `gradviz render RUN --view training`.
    """
    if viewpoints or sample is not None or classes is not None:
        made = _viewpoints(words, data, at, over, sample, classes, viewpoints=viewpoints)
    elif templates or of is not None:
        made = _templates(words, of, at)
    elif histograms is not None and (runs := _runs(words)):
        from gradviz.engine.curves.asked import listed
        from gradviz.learn.histograms import histograms as counted

        made = counted(runs, histograms, at, listed(over))
    elif ways is not None:
        made = _ways(words, data, ways, over, steps, seed)
    elif data is not None or plane or at is not None or after is not None or level is not None:
        made = _plane(words, data, at, after, level, ranges)
    elif runs := _runs(words):
        from gradviz.learn.losses import losses

        made = losses(runs)
    else:
        from gradviz.engine.curves.plots import plot

        found, given = _read(words)
        made = plot(
            found,
            given,
            over=over,
            range=ranges,
            heights=heights,
            together=together,
            paths=",".join(paths),
            start=start,
            steps=steps,
            histograms=histograms,
            error_of=error_of,
            points=points,
            allowed=EVERYTHING,
        )
    if plain and output is None:
        refuse_beside_plain(plain, json=as_json, ascii=ascii, width=look["width"])
    with writing(look["numbers"], made.trace.dtype), speaking(look["language"]):
        if plain and output is None:
            _tell(made, look["digits"])
        else:
            _show(made, words, output, as_json, ascii, force, look | {"plain": plain})


def _tell(made: Plot, digits: int) -> None:
    """A plot in words."""
    from gradviz.export.reports.plain import plotted
    from gradviz.story import walks
    from gradviz.story.plot.frames import PlotStory

    story = walks.of(made, digits)
    assert isinstance(story, PlotStory)
    write_lines(plotted(story))


def _show(
    made: Plot,
    words: tuple[str, ...],
    output: str | None,
    as_json: bool,
    ascii: bool,
    force: bool,
    look: dict[str, Any],
) -> None:
    """Write a plot to its file, as JSON, or in characters."""
    if output is not None:
        if as_json:
            raise UsageError("--json writes to standard output", expected="no -o, or no --json")
        from gradviz.export.render import render

        done = render(made, output, force=force, inputs=_files(words, look["theme"]), **look)
        for note in done.notes:
            sys.stderr.write(f"gradviz: note: {note}\n")
        wrote(done.files)
    elif as_json:
        from gradviz.story import walks

        click.echo(json.dumps(walks.data(made, digits=look["digits"]), ensure_ascii=False))
    else:
        from gradviz.export.reports import walks as reports

        width = None if look["width"] is None else int(look["width"])
        write_lines(
            reports.lines(
                made, width=columns(width), digits=look["digits"], ascii=ascii or needs_ascii()
            )
        )


def _plane(
    words: tuple[str, ...],
    data: str | None,
    at: int | None,
    after: str | None,
    level: float | None,
    ranges: tuple[str, ...],
) -> Plot:
    """The plane of a source and data, or of a saved run; of one feature the fitted curve."""
    from gradviz.learn import fits, planes

    found, values = _single(words)
    if after is None and level is None and fits.is_of_one_feature(found, data):
        return fits.fit(found, data, values, at, range=ranges)
    return planes.plane(found, data, values, at, after=after, level=level, range=ranges)


def _ways(
    words: tuple[str, ...],
    data: str | None,
    asked: str,
    over: tuple[str, ...],
    steps: int,
    seed: int,
) -> Plot:
    """The ways to minimise the loss of a source."""
    from gradviz.learn.ways import ways
    from gradviz.trace.plots.ways import Ways

    found, values = _single(words)
    if not isinstance(found, Graph):
        raise UsageError("--ways minimises the loss of an expression or a network", got=words[0])
    made = ways(found, data, values, asked, over=",".join(over), steps=steps, seed=seed)
    assert isinstance(made.content, Ways)
    for note in made.content.left_out:
        sys.stderr.write(f"gradviz: note: {note}\n")
    return made


def _templates(words: tuple[str, ...], name: str | None, at: int | None) -> Plot:
    """The templates of a source, or of a saved run."""
    from gradviz.learn.templates import templates

    found, values = _single(words)
    return templates(found, values, name, at)


def _viewpoints(
    words: tuple[str, ...],
    data: str | None,
    at: int | None,
    over: tuple[str, ...],
    sample: int | None,
    classes: str | None,
    *,
    viewpoints: bool,
) -> Plot:
    """The three viewpoints of a source, with the pictures of a second one if there are two."""
    from gradviz.engine.curves.asked import listed
    from gradviz.learn.viewpoints import viewpoints as seen

    if not viewpoints:
        name = "--sample" if sample is not None else "--classes"
        raise UsageError(f"{name} belongs to --viewpoints", expected="--viewpoints")
    texts, given = _sorted(words)
    if len(texts) > 2:
        raise UsageError(
            "three viewpoints show one classifier",
            expected="one SOURCE, and a second one for the pictures",
            got=", ".join(texts)[:60],
        )
    found, *others = map(sources.read, texts)
    values = read_values(given, found) if isinstance(found, Graph) else dict(given)
    return seen(
        found,
        values,
        data,
        sample=sample,
        at=at,
        over=listed(over),
        classes=listed(classes or ()),
        pictures=others[0] if others else None,
    )


def _runs(words: tuple[str, ...]) -> list[Any]:
    """The saved runs that are plotted; none where the sources are no files."""
    texts, given = _sorted(words)
    if not texts or given or not all(sources.files_of(text) for text in texts):
        return []
    found = [sources.read(text) for text in texts]
    return found if all(isinstance(f, Run) for f in found) else []


def _single(words: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """The graph or run that is the only source, and its values."""
    texts, given = _sorted(words)
    if len(texts) != 1:
        raise UsageError("this picture shows one SOURCE", got=", ".join(texts) or "none")
    found = sources.read(texts[0])
    return found, read_values(given, found) if isinstance(found, Graph) else dict(given)


def _read(words: tuple[str, ...]) -> tuple[list[Any], dict[str, Any]]:
    """The sources, those that are graphs as such, and the values of their inputs."""
    texts, named = _sorted(words)
    return texts, _values(texts, named)


def _sorted(words: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """The sources, and the values by name: words after the first without a space around their =."""
    values = [word for word in words[1:] if VALUE.match(word)]
    texts = [word for k, word in enumerate(words) if not k or not VALUE.match(word)]
    return texts, assignments(values)


def _values(texts: list[str], named: dict[str, str]) -> dict[str, Any]:
    if not named:
        return {}
    from gradviz.engine.curves.functions import graphs

    given: dict[str, Any] = {}
    for graph in graphs(texts, named, EVERYTHING):
        own = {k: v for k, v in named.items() if k in graph.input_names}
        given |= read_values(own, graph)
    unknown = {name: text for name, text in named.items() if name not in given}
    return given | unknown  # the plot says that there is no such input


def _files(words: tuple[str, ...], theme: str) -> list[Path]:
    """The files that are read and must not be overwritten."""
    texts, given = _sorted(words)
    own = [Path(theme)] if os.path.isfile(theme) else []  # noqa: PTH113
    read = [path for text in texts for path in sources.files_of(text)]
    return [*read, *own, *(path for text in given.values() if (path := given_values.file_of(text)))]
