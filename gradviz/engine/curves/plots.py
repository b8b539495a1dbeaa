"""From sources, values and ranges to a plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from gradviz.engine.curves import ranges
from gradviz.engine.curves.asked import Ranges, height, listed, start_of
from gradviz.engine.curves.asked import spans as spans_of
from gradviz.engine.curves.cut import Cut, Variable
from gradviz.engine.curves.descents import rules
from gradviz.engine.curves.functions import Function, functions
from gradviz.engine.curves.histograms import MOST_RUNS
from gradviz.engine.curves.histograms import histograms as counted
from gradviz.engine.curves.quotients import quotients
from gradviz.engine.curves.sampling import extremes, sample, sampled
from gradviz.engine.curves.surface import surface
from gradviz.engine.run import run
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.graph import Graph, labels
from gradviz.sources import NOTHING, Allowed
from gradviz.trace.plots import Plot, Span
from gradviz.trace.plots.curves import Curve, Curves, Sample
from gradviz.trace.plots.histograms import Counted, Histograms
from gradviz.trace.plots.quotients import Quotients

POINTS: Final = 401
LEAST_POINTS, MOST_POINTS = 2, 20_000
MOST_STEPS: Final = 2_000
MOST_TOGETHER: Final = 4


def plot(
    sources: Sequence[Any],
    given: Mapping[str, Any],
    *,
    over: str | Sequence[str] = (),
    range: Ranges = (),
    heights: str | Sequence[float] | None = None,
    together: bool | None = None,
    paths: str | Sequence[str] = (),
    start: str | Mapping[str, float] | None = None,
    steps: int = 60,
    histograms: Counted | None = None,
    error_of: str | None = None,
    points: int = POINTS,
    allowed: Allowed = NOTHING,
) -> Plot:
    """A plot of functions of one variable, or of one function of two.

    sources   texts, expressions or graphs; the name of an op, `sigmoid`, stands for it applied to
              x, that of a family (`activations`, `losses`) for its functions.
    given     values of inputs. An input without one varies; with one, a curve's variable says at
              which point the tangent is drawn.
    over      the one or two inputs that vary, or elements of them, `W[0,1]`.
    range     the part of each axis that is shown; by default what is worth seeing.
    heights   the values that curves show.
    together  curves share a panel, and their slopes another.
    paths     optimisers whose ways over a surface are drawn, see `descents.rules`.
    start     where they start; by default at the values of the two variables.
    steps     how many steps they make.
    histograms  count how large the values of activations, or the gradients of weights, are in each
              layer of a run; several sources stand side by side. `over` names what is counted,
              where not all of it is.
    error_of  plot how far the numerical gradient of this number is off, against h.
    points    how many points of a curve are computed.

    Raises ValueInputError, UnknownNameError, ShapeError, and what `gv.run` raises.
    """
    _check_number("points", points, LEAST_POINTS, MOST_POINTS)
    _check_number("steps", steps, 1, MOST_STEPS)
    chosen, family = functions(sources, given, allowed)
    _check_known(chosen, given)
    if histograms is not None:
        return Plot(_histograms(chosen, given, histograms, listed(over)))
    if error_of is not None:
        return Plot(_quotients(chosen, given, error_of))
    names = _variables(chosen, given, over)
    spans = spans_of(range, names)
    if len(names) == 2:
        if heights is not None or together:
            raise ValueInputError(
                "a surface has contours, so heights and together do not apply",
                expected="a function of one variable",
            )
        return Plot(_surface(chosen, given, names, spans, paths, start, steps))
    if paths or start is not None:
        raise ValueInputError(
            "the way of an optimizer is drawn on a surface",
            expected="a function of two variables",
            got=f"one variable, {names[0]}",
            hint="--over w1,w2 names two",
        )
    made, span = _curves(chosen, given, names[0], spans.get(names[0]), points)
    if together is None:
        together = family.together if family else False
    if together and len(made) > MOST_TOGETHER:
        raise ValueInputError(
            f"{len(made)} curves cannot be told apart in one panel",
            expected=f"at most {MOST_TOGETHER} together, or a panel for each",
        )
    high = height(heights)
    if high is None and family is not None and family.heights is not None and not spans:
        high = Span(*family.heights)
    words = (family.title, family.subtitle, family.measured) if family else ()
    return Plot(Curves(tuple(made), span, high, together, *words))


def _histograms(
    functions: Sequence[Function], given: Mapping[str, Any], of: Counted, only: Sequence[str]
) -> Histograms:
    if of not in get_args(Counted):
        raise ValueInputError(
            f"{of!r:.40} cannot be counted", expected=" or ".join(get_args(Counted))
        )
    if len(functions) > MOST_RUNS:
        raise ValueInputError(
            f"{len(functions)} runs do not fit side by side", expected=f"at most {MOST_RUNS}"
        )
    names = [f.called for f in functions]
    if len(set(names)) < len(names):
        names = [f"run {k}" for k in range(1, len(names) + 1)]
    traces = [run(f.graph, values=_own(f, given)) for f in functions]
    runs = list(zip(names, traces, strict=True))
    there = {name for _, trace in runs for name in labels(trace.graph).values()}
    for name in only:
        if name not in there:
            raise UnknownNameError(
                f"there is no node {name!r:.60}",
                expected=", ".join(sorted(there)[:12]),
                hint=did_you_mean(name, there),
            )
    return counted(runs, of, only)


def _quotients(functions: Sequence[Function], given: Mapping[str, Any], number: str) -> Quotients:
    if len(functions) > 1:
        raise ValueInputError("the error against h is that of one function", expected="one source")
    (function,) = functions
    variable = Variable.read(number, function.graph)
    Cut(function.graph, [variable], given)  # which checks it
    return quotients(function.graph, variable, given)


def _check_number(name: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueInputError(
            f"not a possible number of {name}",
            expected=f"a whole number from {least} to {most:,}",
            got=f"{value:,}" if isinstance(value, int) else f"{value!r:.40}",
        )


def _check_known(functions: Sequence[Function], given: Mapping[str, Any]) -> None:
    there = list(dict.fromkeys(name for f in functions for name in f.graph.input_names))
    for name in given:
        if name not in there:
            raise UnknownNameError(
                f"there is no input {name!r:.60}",
                expected=", ".join(there) or "a function of at least one input",
                hint=did_you_mean(name, there),
            )


def _variables(
    functions: Sequence[Function], given: Mapping[str, Any], over: str | Sequence[str]
) -> list[str]:
    """The names of the one or two variables. Raises ValueInputError for none, or more."""
    asked = listed(over)
    if asked:
        found = list(dict.fromkeys(asked))
    else:
        found = list(dict.fromkeys(n for f in functions for n in _open(f.graph, given)))
        inputs = list(dict.fromkeys(n for f in functions for n in f.graph.input_names))
        if not found and len(inputs) == 1:
            found = inputs
    if not 1 <= len(found) <= 2 or (len(found) == 2 and len(functions) > 1):
        raise _no_plot(functions, given, found, asked)
    return found


def _open(graph: Graph, given: Mapping[str, Any]) -> list[str]:
    """The inputs without a value."""
    return [node.name for node in graph.required if node.name not in given]


def _no_plot(
    functions: Sequence[Function], given: Mapping[str, Any], found: list[str], asked: list[str]
) -> ValueInputError:
    names = functions[0].graph.input_names
    if not names:
        return ValueInputError(
            "a function without a variable has no plot",
            expected="a function of one or two inputs, as in sigmoid(x)",
            got=functions[0].graph.source,
        )
    if not found:
        return ValueInputError(
            "every input has a value, so nothing varies",
            expected="one or two inputs that vary",
            got=", ".join(given) or "parameters with values of their own",
            hint=f"--over {names[0]}",
        )
    if len(found) == 2:
        return ValueInputError(
            "only one surface fits into a picture",
            expected="one function of two variables, or several of the same one",
            got=f"{len(functions)} functions of {' and '.join(found)}",
        )
    return ValueInputError(
        f"a plot has one or two variables, not {len(found)}",
        expected="values for the other inputs, or the names of those that vary",
        got=", ".join(found[:12]),
        hint="" if asked else f"--over {found[0]},{found[1]}",
    )


def _curves(
    functions: Sequence[Function],
    given: Mapping[str, Any],
    name: str,
    span: Span | None,
    points: int,
) -> tuple[list[Curve], Span]:
    """The curves, and the span in which they are shown."""
    cuts = [Cut(f.graph, [Variable.read(name, f.graph)], _own(f, given)) for f in functions]
    at = _at(cuts[0])
    shown = span or ranges.span_of(cuts, at)
    if at is not None and not shown.holds(at):
        raise ValueInputError(
            f"the point {name} = {at:g} is outside the range",
            expected=f"a value from {shown.low:g} to {shown.high:g}",
            got=f"{at:g}",
        )
    made = [_curve(f, cut, shown, at, points) for f, cut in zip(functions, cuts, strict=True)]
    names = [c.name for c in made]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise ValueInputError(
            f"two functions are called {twice:.60}", expected="a name of its own for each"
        )
    for curve in made:
        if not curve.pieces:
            raise ValueInputError(
                f"{curve.name:.60} has no finite value between {shown.low:g} and {shown.high:g}",
                expected="a range in which it is defined",
                got=f"{name}={shown.low:g}..{shown.high:g}",
                hint=f"another --range {name}=A..B",
            )
    return made, shown


def _own(function: Function, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a function's own inputs."""
    return {name: v for name, v in given.items() if name in function.graph.input_names}


def _at(cut: Cut) -> float | None:
    """The point that is told: the value of the variable. Raises ValueInputError."""
    (variable,) = cut.variables
    if variable not in cut.given:
        return None
    value = cut.given[variable]
    if not math.isfinite(value):
        raise ValueInputError(
            f"there is no tangent at {variable} = {value:g}", expected="a finite number"
        )
    return value


def _curve(f: Function, cut: Cut, span: Span, at: float | None, points: int) -> Curve:
    found = sampled(cut, span, points)
    point: Sample | None = None if at is None else sample(cut, at)
    if point is not None and not math.isfinite(point.value):
        raise ValueInputError(
            f"{f.name or f.graph.source} has no value at {cut.variables[0]} = {at:g}",
            expected="a point at which it is defined",
        )
    trace = cut.trace(at if at is not None else (span.low + span.high) / 2)
    text = " ".join((f.graph.source or "f").split())
    return Curve(
        name=f.called,
        source=text,
        variable=str(cut.variables[0]),
        pieces=found.pieces,
        kinks=found.kinks,
        at=point,
        trace=trace,
        extremes=extremes(cut, found),
    )


def _surface(
    functions: Sequence[Function],
    given: Mapping[str, Any],
    names: Sequence[str],
    spans: Mapping[str, Span],
    paths: str | Sequence[str],
    start: str | Mapping[str, float] | None,
    steps: int,
) -> Any:
    (function,) = functions
    graph = function.graph
    cut = Cut(graph, [Variable.read(name, graph) for name in names], given)
    chosen = rules(paths) if paths else []
    begin = start_of(start, cut, names)
    if chosen and begin is None:
        raise ValueInputError(
            "a path needs a start", expected=f"--from {names[0]}=…,{names[1]}=…, or values of both"
        )
    found = surface(cut, [spans.get(name) for name in names], chosen, begin, steps)
    if not any(math.isfinite(v) for row in found.values for v in row):
        raise ValueInputError(
            "the surface has no finite value in this window",
            expected="ranges in which it is defined",
            hint=f"--range {names[0]}=A..B --range {names[1]}=A..B",
        )
    return found
