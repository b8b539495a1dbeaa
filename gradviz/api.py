"""The public calls that run what they are given and then draw it: `gv.render` and `gv.to_dot`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradviz.arrays.digits import DIGITS
from gradviz.engine.run import Wrt, run
from gradviz.errors import ValueInputError, did_you_mean, nearest
from gradviz.export import folding
from gradviz.export import render as drawing
from gradviz.export.drawing import Edges
from gradviz.export.folding import Subject
from gradviz.sources import as_graph
from gradviz.trace import Trace
from gradviz.trace.cells import CellTrace

if TYPE_CHECKING:
    import graphviz

RUN = {"values": None, "wrt": None, "upstream": None, "backend": "numpy", "dtype": "float64"}
RENDER = (
    "into",
    "step",
    "steps",
    "every",
    "theme",
    "width",
    "scale",
    "digits",
    "engine",
    "images",
    "edges",
    "depth",
    "expand",
    "repeats",
    "force",
)
TO_DOT = ("step", "theme", "digits")


def render(
    source: Any,
    path: str | Path,
    *,
    step: int | None = None,
    steps: str | Iterable[int] | None = None,
    every: drawing.Every = "step",
    theme: str = "light",
    width: float | None = None,
    scale: float = 2.0,
    digits: int = DIGITS,
    engine: str = "auto",
    images: Iterable[str] = (),
    edges: Edges = "plain",
    depth: int | None = None,
    expand: Iterable[str] = (),
    repeats: bool = False,
    into: str | None = None,
    force: bool = False,
    values: Mapping[str, Any] | None = None,
    wrt: Wrt = None,
    upstream: Any = None,
    backend: str = "numpy",
    dtype: str = "float64",
    **inputs: Any,
) -> drawing.Rendered:
    """Draw a trace or a walk over cells, or run a graph, an expression or a text and draw that,
    into files.

    The options of the drawing are those of `gradviz.export.render.render`, the others those of
    `gv.run`. A graph on which nothing is given to run it is drawn bare. `into` names a node to step
    into, see `gradviz.engine.inside.into`. Raises what the three raise.
    """
    given = {"values": values, "wrt": wrt, "upstream": upstream, "backend": backend, "dtype": dtype}
    subject = _stepped(_subject(source, given, inputs, RENDER), into)
    return drawing.render(
        subject,
        path,
        step=step,
        steps=steps,
        every=every,
        theme=theme,
        width=width,
        scale=scale,
        digits=digits,
        engine=engine,
        images=images,
        edges=edges,
        depth=depth,
        expand=expand,
        repeats=repeats,
        force=force,
    )


def fold(
    source: Subject, *, depth: int | None = None, expand: Iterable[str] = (), repeats: bool = False
) -> Subject:
    """A trace, or a graph, with scopes folded into one node each: what can be seen is what was
    recorded.

    depth    1 shows each scope at the top as one card, 2 opens these, and so on; layers stay cards.
             None leaves all open.
    expand   paths of scopes that are open whatever the depth, with all that contains them; alone it
             means depth 1.
    repeats  equal scopes that follow one another become one card: `block ×3`.

    A scope with several values that are used outside it stays open. Raises UnknownNameError for a
    path that is no scope, ValueInputError for a depth below 1.
    """
    return folding.fold(source, depth, expand, repeats)[0]


def to_dot(
    source: Any,
    /,
    *,
    step: int | None = None,
    theme: str = "light",
    digits: int = DIGITS,
    values: Mapping[str, Any] | None = None,
    wrt: Wrt = None,
    upstream: Any = None,
    backend: str = "numpy",
    dtype: str = "float64",
    **inputs: Any,
) -> graphviz.Source:
    """The DOT source of a step (the last by default), or of the bare graph; arguments as for
    `gv.render`.
    """
    from gradviz.export.formats.dot import to_dot

    given = {"values": values, "wrt": wrt, "upstream": upstream, "backend": backend, "dtype": dtype}
    return to_dot(_subject(source, given, inputs, TO_DOT), step=step, theme=theme, digits=digits)


def _stepped(subject: Any, path: str | None) -> Any:
    """What is inside the node that `into` names. Raises ValueInputError where nothing was run."""
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


def _subject(
    source: Any, given: Mapping[str, Any], inputs: Mapping[str, Any], options: tuple[str, ...]
) -> Any:
    """What is drawn: a trace (or a walk over cells) as it is, a graph run on its values, or a graph
    on which there is nothing to run.

    Raises ValueInputError for values beside a trace, and for a name by which an option was probably
    meant.
    """
    names = [*inputs, *(name for name, value in given.items() if not _is_default(name, value))]
    if isinstance(source, Trace | CellTrace):
        if names:
            raise ValueInputError(
                f"a trace has its values already, so {names[0]} has no meaning here",
                expected=f"options of the drawing: {', '.join(options)}",
                hint=did_you_mean(names[0], options),
            )
        return source
    graph = as_graph(source, given={*inputs, *(given["values"] or ())})
    known = {node.name for node in graph.inputs}
    slips = [name for name in inputs if name not in known and nearest(name, options)]
    if slips:
        raise ValueInputError(
            f"{slips[0]} is no input of the graph and no option",
            hint=did_you_mean(slips[0], options),
        )
    return run(graph, **given, **inputs) if names or not graph.required else graph


def _is_default(name: str, value: Any) -> bool:
    """Whether an option of the run is as it is when it is not given; arrays are not compared."""
    if name == "values":
        return not value
    return value is None if RUN[name] is None else isinstance(value, str) and value == RUN[name]
