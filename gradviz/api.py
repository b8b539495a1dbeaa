"""The public calls that run what they are given and draw or judge it: `gv.render`, `gv.to_dot`,
`gv.player`, `gv.plot`, `gv.diagnose`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from inspect import Parameter, signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import graphviz

from gradviz import options
from gradviz.engine.run import chosen, run
from gradviz.errors import ValueInputError, did_you_mean, nearest
from gradviz.export import folding
from gradviz.export import render as drawing
from gradviz.export.folding import Subject
from gradviz.export.formats import dot
from gradviz.export.look import LONGEST_CAPTION, Folding, Frames, Look
from gradviz.export.player import Player
from gradviz.files import read_whole
from gradviz.graph.graph import Graph
from gradviz.options import Option
from gradviz.sources import as_graph
from gradviz.story.languages import speaking
from gradviz.trace import Trace
from gradviz.trace.findings import Diagnosis
from gradviz.trace.plots import Plot
from gradviz.trace.plots.histograms import Counted
from gradviz.trace.run import Run
from gradviz.trace.walks import Walk

F = TypeVar("F", bound=Callable[..., Any])

RUN = [p for p in signature(run, eval_str=True).parameters.values() if p.kind is p.KEYWORD_ONLY]
"""The options of a run."""

NOTEBOOKS = frozenset(("ipykernel", "marimo"))
"""What is loaded where widgets are shown."""

DRAWN = [option for kind in drawing.OPTIONS for option in options.every(kind)]
FOLDED = options.every(Folding)
DOT = [
    *(option for option in options.every(Frames) if option.name == "step"),
    *(option for option in options.every(Look) if option.name in dot.FORMAT.options),
]


def _takes(declared: Iterable[Option], *, run: bool = True) -> Callable[[F], F]:
    """Give a function these options as keywords, with those of a run and the inputs: in its
    signature, and in its docstring at `{options}`.
    """
    declared = list(declared)
    keywords = [
        Parameter(o.name, Parameter.KEYWORD_ONLY, default=o.default, annotation=o.type)
        for o in declared
    ]

    def decorate(function: F) -> F:
        own = signature(function, eval_str=True)
        before = [p for p in own.parameters.values() if p.kind < Parameter.KEYWORD_ONLY]
        after = [p for p in own.parameters.values() if p.kind is Parameter.KEYWORD_ONLY]
        inputs = [p for p in own.parameters.values() if p.kind is Parameter.VAR_KEYWORD]
        ran = [*RUN, *inputs] if run else []
        taken = own.replace(parameters=[*before, *keywords, *after, *ran])
        vars(function)["__signature__"] = taken
        told = (function.__doc__ or "").replace("    {options}", options.told(declared))
        function.__doc__ = told
        return function

    return decorate


@_takes(DRAWN)
def render(
    source: Any,
    path: str | Path,
    *,
    into: str | None = None,
    view: str = "graph",
    force: bool = False,
    **inputs: Any,
) -> drawing.Rendered:
    """Draw a trace or a walk into files; a graph, an expression or a text is run first. Of a
    diagnosis the step is drawn in which the mistake is made, with what is said of it.

    {options}
    into     a node to step into, see `gradviz.engine.inside.into`.
    view     a view of the whole run: `graph`, `neurons` for networks of layers, `matrix` for
             W · x + b, also of the node that `into` names, `volumes` for convolutional networks,
             also without values, `differences` for the numerical gradient of an input, entry by
             entry, with the options of `gv.differences` after its name, `differences,h=0.01`; of a
             training run, whose steps are its passes, `training`.
    force    also overwrite a file that gradviz did not write.

    `gradviz.export.render.render` says what a path may be; the other options are those of `gv.run`.
    A graph without any values to run it on is drawn bare. Raises what `gv.run`,
    `gradviz.engine.inside.into` and `gradviz.export.render.render` raise.
    """
    given = {o.name: inputs.pop(o.name) for o in DRAWN if o.name in inputs}
    if isinstance(source, Run):
        walk = _passes(source, view, into, inputs)
        return drawing.render(walk, path, force=force, listing=program, **given)
    diagnosis = source if isinstance(source, Diagnosis) else None
    if diagnosis is not None:
        told = _of_diagnosis(diagnosis)
        if given.get("only") or "sentence" in given.get("without", ()):
            told.pop("caption", None)
        source, given = diagnosis.trace, {**told, **given}
    subject = _subject(source, inputs, ("into", "view", *(o.name for o in DRAWN), "force"))
    from gradviz.engine.inside import views

    walk = views.seen(_stepped(subject, into), view, into)
    if diagnosis is not None and view != "graph" and "step" in given:
        given["step"] = _step_of_walk(walk, given["step"])
    return drawing.render(walk, path, force=force, listing=program, **given)


@_takes(DRAWN)
def player(source: Any, *, into: str | None = None, view: str = "graph", **inputs: Any) -> Any:
    """A trace or a walk as a page that plays it, which a notebook shows; a graph, an expression or
    a text is run first. `gv.render(…, "walk.html")` writes the same page.

    In a notebook with anywidget (the extra `jupyter`) it is a `gradviz.export.widget.PlayerWidget`,
    whose step and inputs can be read and set; else a `gradviz.export.player.Player`.

    {options}
    into     a node to step into, see `gradviz.engine.inside.into`.
    view     a view of the whole run, see `gv.render`.

    The other options are those of `gv.run`. Raises what `gv.render` raises; options that a page
    does not respect are refused.
    """
    made = page(source, into=into, view=view, **inputs)
    if NOTEBOOKS.isdisjoint(sys.modules) or find_spec("anywidget") is None:
        return made
    from gradviz.export.widget import PlayerWidget

    return PlayerWidget(made)


def page(source: Any, **options: Any) -> Player:
    """What `player` makes outside of notebooks."""
    with TemporaryDirectory() as folder:
        made = render(source, Path(folder) / "walk.html", **options)
        return Player(read_whole(made.files[0]).decode(), made.notes)


def program(trace: Trace) -> str:
    """What a page computes a run with, see `gradviz.mistakes.listing`."""
    from gradviz.mistakes import listing

    return listing.program(trace)


@_takes(FOLDED, run=False)
def fold(source: Subject, **options: Any) -> Subject:
    """A trace, a graph or a text with scopes folded into one node each; values stay those recorded.

    depth    1 shows each top-level scope as one card, 2 opens these, and so on; layers stay cards.
             None leaves all scopes open.
    expand   paths of scopes to open at any depth, together with the scopes around them; on its own
             it implies depth 1.
    repeats  join consecutive equal scopes into one card: `block ×3`.

    A scope stays open if several of its values are used outside it. Raises UnknownNameError for a
    path that is not a scope, ValueInputError for a depth below 1.
    """
    subject = source if isinstance(source, Trace | Graph | Walk) else as_graph(source)
    return folding.fold(subject, Folding(**options))[0]


@_takes(DOT)
def to_dot(source: Any, /, **inputs: Any) -> graphviz.Source:
    """The DOT source of a step (the last by default), or of the bare graph; arguments as for
    `gv.render`.
    """
    given = {o.name: inputs.pop(o.name) for o in DOT if o.name in inputs}
    step = given.pop("step", None)
    subject = _subject(source, inputs, tuple(o.name for o in DOT))
    look = Look(**given)
    with speaking(look.language):
        return dot.to_dot(subject, look, step=step)


def plot(
    source: Any,
    /,
    *,
    values: Mapping[str, Any] | None = None,
    over: str | Sequence[str] = (),
    range: str | Sequence[str] | Mapping[str, Any] = (),
    heights: str | Sequence[float] | None = None,
    together: bool | None = None,
    paths: str | Sequence[str] = (),
    start: str | Mapping[str, float] | None = None,
    steps: int = 60,
    histograms: Counted | None = None,
    error_of: str | None = None,
    points: int = 401,
    data: Any = None,
    at_pass: int | None = None,
    after: str | Sequence[str] | None = None,
    level: float | None = None,
    plane: bool = False,
    templates: str | bool = False,
    viewpoints: bool = False,
    sample: int | None = None,
    classes: str | Sequence[str] = (),
    ways: str | Sequence[str] | None = None,
    seed: int = 0,
    **inputs: Any,
) -> Plot:
    """A plot of functions of one variable with their slopes, of one function of two as contours, of
    what a source says of a plane of data, or of training runs: their losses, their plane, their
    templates. `gv.render(plot, "a.svg")` draws it.

    source    a text, an expression or a graph, or a list of several; the name of an op such as
              "sigmoid", or of a family: "activations", "losses".
    inputs    values of inputs; `values` holds those whose names clash with the other arguments. An
              input without a value varies. One with a value is held, or if it is the only one, the
              point whose tangent is drawn.
    over      the one or two inputs that vary, or elements of them: "w1,w2", "W[0,1]".
    range     what is shown of each axis: "-6..6", "w1=-3..3,w2=-2..2", {"w1": (-3, 3)}.
    heights   the values that curves show: "0..4", (0, 4).
    together  all curves in one panel and their slopes in another, or a panel for each.
    paths     optimizers whose ways are drawn on a surface: "gd:0.1,momentum:0.1:0.8,adam:0.2".
    start     where they start: "w1=-1.5,w2=1.5", or a dictionary; by default at the values given.
    steps     how many steps they make.
    histograms  "values" or "gradients": how large those of each layer of a run are.
    error_of  how far the numerical gradient of this number is off, against h: "w", "W[0,1]".
    points    how many points of a curve are computed.
    data      samples of two features, as `gv.learn` takes them: they stand in the plane, and fields
              show the class that the source gives to every point. A run has its own data. Samples
              of one feature have the curve that is fitted to them instead.
    at_pass   the pass of a run that begins; by default what is left after all of them. Histograms
              are those of this pass, by default of the last.
    after     a second plane, of two results of the source or formulas: "r,theta=arctan2(x2,x1)".
    level     the value of a single output at which the class changes.
    plane     the plane of a run's samples, or its fitted curve, instead of its losses.
    templates the rows of a weight matrix as pictures: True, or the name of the matrix.
    viewpoints  a linear classifier seen three ways: its scores worked out at a point, their lines
              in the plane, its rows as pictures, which a second source may give. The point is the
              value of the input, or sample `sample` of the data, counted from 1; `classes` names
              the scores, `over` the two inputs of the plane where there are more.
    ways      ways to minimise a loss, side by side, of `steps` each: "gd:0.1,sgd:0.1,adam:0.1", or
              "all"; `over` names the parameters.
    seed      draws what these ways draw.

    Raises ValueInputError, UnknownNameError, ShapeError, and what `gv.run` raises.
    """
    given = {**(values or {}), **inputs}
    if templates:
        from gradviz.learn.templates import templates as pictures

        return pictures(source, given, templates if isinstance(templates, str) else None, at_pass)
    if viewpoints:
        from gradviz.engine.curves.asked import listed
        from gradviz.learn.viewpoints import viewpoints as seen

        first, *others = source if isinstance(source, list | tuple) else [source]
        return seen(
            first, given, data, sample=sample, at=at_pass, over=listed(over),
            classes=listed(classes), pictures=others[0] if others else None,
        )  # fmt: skip
    if ways is not None:
        from gradviz.learn.ways import ways as of_ways

        return of_ways(
            as_graph(source, given=()), data, given, ways, over=over, steps=steps, seed=seed
        )
    runs = source if isinstance(source, list | tuple) else [source]
    if runs and all(isinstance(run, Run) for run in runs) and not plane:
        if histograms is not None:
            from gradviz.engine.curves.asked import listed
            from gradviz.learn.histograms import histograms as counted

            return counted(runs, histograms, at_pass, listed(over))
        from gradviz.learn.losses import losses

        return losses(runs)
    if data is not None or isinstance(source, Run):
        from gradviz.learn import fits
        from gradviz.learn.planes import plane as of_plane

        if after is None and level is None and fits.is_of_one_feature(source, data):
            return fits.fit(source, data, given, at_pass, range=range)

        return of_plane(source, data, given, at_pass, after=after, level=level, range=range)
    from gradviz.engine.curves import plots

    return plots.plot(
        source if isinstance(source, list | tuple) else [source],
        given,
        over=over,
        range=range,
        heights=heights,
        together=together,
        paths=paths,
        start=start,
        steps=steps,
        histograms=histograms,
        error_of=error_of,
        points=points,
    )


def _passes(run: Run, view: str, path: str | None, given: Mapping[str, Any]) -> Walk:
    """The walk of a view over the passes of a run. Raises ValueInputError for what a run does not
    take, and for the views of a single pass.
    """
    from gradviz.learn import views

    asked = [*given, *(["into"] if path is not None else [])]
    if asked:
        raise ValueInputError(
            f"a training run already has its values, so {asked[0]} does not apply",
            expected="options of the drawing",
        )
    if view not in views.names():
        raise ValueInputError(
            f"the view {view} shows one pass of a training run",
            expected=f"run.trace(k), or a view of whole runs: {', '.join(views.names())}",
            got="a run",
        )
    return views.walk(run, view)


def diagnose(
    source: Any,
    /,
    *claims: str,
    values: Mapping[str, Any] | None = None,
    h: float | None = None,
    lr: float | None = None,
    slips: int = 1,
    only: Sequence[str] = (),
    mistakes: Sequence[Any] = (),
    wrt: Any = None,
    upstream: Any = None,
    **inputs: Any,
) -> Diagnosis:
    """Why a number is different: the likeliest mistake that gives every digit that was claimed.

    source    what `gv.run` takes, or a trace.
    claims    numbers as they were written, "L=1.6688" or "f=[0.416, _, 1.167]", in the order in
              which they were worked out: values; gradients, "dW[0,1]=0.5"; contributions, "f->x=3";
              new weights after a step of descent, "new W[0,0]=0.36"; slopes by differences,
              "slope W[0,0]=0.5", and "L(W[0,0]+h)=1.6693". Indices count from 0, and _ stands for
              an element that is not claimed.
    h, lr     the step of differences, and the learning rate.
    slips     how many mistakes may have been made at once, 1 or 2.
    only      families of mistakes to look for, or single ones, by name.
    mistakes  more mistakes to look for, as `gradviz.mistakes.Mistake`.

    The result has `says`, the sentences, a verdict for all numbers and its findings, one for each
    quantity. Raises ParseError, ValueInputError, UnknownNameError, ShapeError, and what `gv.run`
    raises.
    """
    from gradviz.mistakes import search
    from gradviz.story import findings

    if isinstance(source, Trace):
        if inputs or values:
            raise ValueInputError("a trace already has its values", expected="the trace alone")
        trace = source
    else:
        trace = run(source, values=values, wrt=wrt, upstream=upstream, **inputs)
    trained = [trace.graph.nodes[i].name for i in trace.wrt] if wrt is not None else ()
    found = search.diagnose(
        trace, claims, h=h, lr=lr, slips=slips, only=only, mistakes=mistakes, wrt=trained
    )
    return findings.told(found)


def _of_diagnosis(found: Diagnosis) -> dict[str, Any]:
    """The step and the caption of a diagnosis: its first slip that is made in a step."""
    finding = found.told
    if finding is None:
        return {"caption": "Every number is right."}
    said = " ".join([*finding.says[:1], finding.cause])
    caption = said if len(said) <= LONGEST_CAPTION else finding.cause[:LONGEST_CAPTION]
    return {"caption": caption} | ({} if finding.step is None else {"step": finding.step})


def _step_of_walk(walk: Any, step: int) -> int:
    """The step of a walk in which a step of its trace is told, or the next one."""
    return next((k for k in range(1, len(walk)) if walk.trace_step(k) >= step), len(walk))


def _stepped(subject: Any, path: str | None) -> Any:
    """The inside of the node that `into` names. Raises ValueInputError if nothing was run."""
    if path is None:
        return subject
    if not isinstance(subject, Trace):
        raise ValueInputError(
            "only a run can be stepped into",
            expected="values for the inputs",
            got=f"into={path!r:.60}",
        )
    from gradviz.engine.inside.into import into

    return into(subject, path)


def _subject(source: Any, inputs: dict[str, Any], options: tuple[str, ...]) -> Any:
    """The thing to draw: a trace (or a walk over cells) as it is, a graph run on its values, or a
    graph without values.

    Raises ValueInputError for values given with a trace, and for a name that is probably a
    misspelt option.
    """
    given = {p.name: inputs.pop(p.name, p.default) for p in RUN}
    asked = [*inputs, *chosen(given)]
    if isinstance(source, Walk):
        if asked:
            raise ValueInputError(
                f"a trace already has its values, so {asked[0]} does not apply",
                expected=f"options of the drawing: {', '.join(options)}",
                hint=did_you_mean(asked[0], options),
            )
        return source
    graph = as_graph(source, given={*inputs, *(given["values"] or ())})
    known = {node.name for node in graph.inputs}
    slips = [name for name in inputs if name not in known and nearest(name, options)]
    if slips:
        raise ValueInputError(
            f"{slips[0]} is neither an input of the graph nor an option",
            hint=did_you_mean(slips[0], options),
        )
    return run(graph, **given, **inputs) if asked or not graph.required else graph
