"""The public calls that run what they are given and then draw it: `gv.render` and `gv.to_dot`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradviz.engine.run import Wrt, run
from gradviz.errors import ValueInputError, did_you_mean, nearest
from gradviz.export import render as drawing
from gradviz.graph.graph import Graph
from gradviz.graph.sources import as_graph
from gradviz.story.numbers import DIGITS
from gradviz.trace import Trace

if TYPE_CHECKING:
    import graphviz

RUN = {"values": None, "wrt": None, "upstream": None, "backend": "numpy", "dtype": "float64"}
RENDER = ("step", "steps", "every", "theme", "width", "scale", "digits", "engine", "force")
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
    force: bool = False,
    values: Mapping[str, Any] | None = None,
    wrt: Wrt = None,
    upstream: Any = None,
    backend: str = "numpy",
    dtype: str = "float64",
    **inputs: Any,
) -> drawing.Rendered:
    """Draw a trace, or run a graph, an expression or a text and draw that, into a file or several.

    The options of the drawing are those of `gradviz.export.render.render`, the others those of `gv.run`. A
    graph on which nothing is given to run it is drawn bare. Raises what the two raise.
    """
    given = {"values": values, "wrt": wrt, "upstream": upstream, "backend": backend, "dtype": dtype}
    return drawing.render(
        _subject(source, given, inputs, RENDER), path, step=step, steps=steps, every=every, theme=theme,
        width=width, scale=scale, digits=digits, engine=engine, force=force,
    )  # fmt: skip


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
    """The DOT source of a step (the last by default), or of the bare graph; arguments as for `gv.render`."""
    from gradviz.export.dot import to_dot

    given = {"values": values, "wrt": wrt, "upstream": upstream, "backend": backend, "dtype": dtype}
    return to_dot(_subject(source, given, inputs, TO_DOT), step=step, theme=theme, digits=digits)


def _subject(source: Any, given: Mapping[str, Any], inputs: Mapping[str, Any], options: tuple[str, ...]) -> Trace | Graph:
    """What is drawn: a trace as it is, a graph run on its values, or a graph on which there is nothing to run.

    Raises ValueInputError for values beside a trace, and for a name by which an option was probably meant.
    """
    names = [*inputs, *(name for name, value in given.items() if not _is_default(name, value))]
    if isinstance(source, Trace):
        if names:
            raise ValueInputError(
                f"a trace has its values already, so {names[0]} has no meaning here",
                expected=f"options of the drawing: {', '.join(options)}", hint=did_you_mean(names[0], options),
            )  # fmt: skip
        return source
    graph = as_graph(source)
    known = {node.name for node in graph.inputs}
    slips = [name for name in inputs if name not in known and nearest(name, options)]
    if slips:
        raise ValueInputError(
            f"{slips[0]} is no input of the graph and no option", hint=did_you_mean(slips[0], options)
        )
    return run(graph, **given, **inputs) if names or not graph.inputs else graph


def _is_default(name: str, value: Any) -> bool:
    """Whether an option of the run is as it is when it is not given; arrays are not compared."""
    if name == "values":
        return not value
    return value is None if RUN[name] is None else isinstance(value, str) and value == RUN[name]
