"""A linear classifier seen three ways: its scores at a point, its lines in a plane, its rows as
images.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.engine.inside import views
from gradviz.engine.run import Compiled
from gradviz.errors import GradvizError, ValueInputError
from gradviz.graph.graph import Graph
from gradviz.learn.data import read
from gradviz.learn.planes import MARGIN, pane, span
from gradviz.learn.problem import prediction, predictor
from gradviz.learn.replay import weights as weights_of
from gradviz.learn.scores import middle
from gradviz.learn.templates import templates
from gradviz.sources import as_graph
from gradviz.trace import Trace
from gradviz.trace.classes import check
from gradviz.trace.matrix import MatrixTrace
from gradviz.trace.plots import Plot, Span
from gradviz.trace.plots.plane import Border, Pane
from gradviz.trace.plots.templates import Templates
from gradviz.trace.plots.viewpoints import Arrow, Pictures, ScoreRow, Viewpoints
from gradviz.trace.run import Data, Run

FEW: Final = 4
MOST_ROWS: Final = 3
"""Scores that are worked out and drawn: all of a few, else the highest."""
MOST_CELLS: Final = 64
"""The longest row that is drawn as a strip, where it is no square."""
MOST_PICTURES: Final = 40
ARROW: Final = 0.2
"""The longest arrow, as a part of the plane."""
AXIS: Final = re.compile(r"(?:[^\W\d]\w*\[)?(\d+)\]?")


class Taken(NamedTuple):
    """What is looked at: a run of the classifier at a point, the samples, the point's class, the
    pass, and the output at which a single one changes sides.
    """

    trace: Trace
    data: Data | None
    label: int | None
    when: str
    level: float = 0.0


def viewpoints(
    source: Any,
    values: Mapping[str, Any],
    data: Any = None,
    *,
    sample: int | None = None,
    at: int | None = None,
    over: Sequence[str] = (),
    classes: Sequence[str] = (),
    pictures: Any = None,
) -> Plot:
    """The three viewpoints of a linear classifier, or of a training run of one.

    values    of inputs, where no data feed them.
    data      samples; the numbers of sample `sample` are shown, counted from 1.
    at        the pass of a run that begins; by default what is left after all of them.
    over      the two inputs that span the plane, `x[0]` and `x[1]` or names of columns; by default
              those with the largest weights, where there are more than two.
    classes   the names of the classes.
    pictures  another source whose rows are shown as images.

    Raises ValueInputError for what is not linear, and what running and reading raise.
    """
    taken = _taken(source, values, data, sample, at)
    found = _equation(taken.trace)
    eq = found.equation
    matrix, bias = np.array(eq.weights, dtype=float), np.array(eq.bias or [0.0] * len(eq.weights))
    point, scores = np.array(eq.inputs, dtype=float), np.array(eq.scores, dtype=float)
    if not np.isfinite(np.concatenate([matrix.ravel(), bias, point, scores])).all():
        raise ValueInputError("a weight or a score is not finite", expected="finite numbers")
    names = _classes(classes, len(scores), taken.data)
    most = len(scores) if len(scores) <= FEW else MOST_ROWS
    shown = sorted(np.argsort(-scores, kind="stable")[:most].tolist())
    across = _across(over, point, matrix[shown], taken.data)
    is_last = eq.sums == taken.trace.graph.output
    level = taken.level if is_last and len(scores) == 1 else 0.0
    seen = _seen(matrix[shown], scores[shown] - level, point, across)
    plane = _plane(seen, taken, shown, across, found)
    graph = taken.trace.graph
    labels = graph.names
    offset = "" if eq.offset is None else labels.get(eq.offset, "b")
    return Plot(
        Viewpoints(
            symbols=(
                labels.get(eq.matrix, "W"), labels.get(eq.column, "x"), offset,
                labels.get(eq.sums, "") or "s",
            ),
            flipped=eq.flipped,
            classes=names,
            point=tuple(map(float, point)),
            label=taken.label,
            rows=tuple(
                ScoreRow(c, tuple(map(float, matrix[c])), float(bias[c]), float(scores[c]))
                for c in shown
            ),
            plane=plane,
            across=across,
            arrows=_arrows(seen, plane),
            pictures=_pictures(pictures, matrix, names, labels.get(eq.matrix, "W")),
            data="" if taken.data is None else taken.data.name,
            when=taken.when,
            trace=taken.trace,
            level=level,
        )
    )  # fmt: skip


def _taken(
    source: Any, values: Mapping[str, Any], data: Any, sample: int | None, at: int | None
) -> Taken:
    if isinstance(source, Run):
        if values or data is not None:
            raise ValueInputError(
                "a run has its own data and parameters", expected="the run alone",
                got="data" if data is not None else ", ".join(values),
            )  # fmt: skip
        if source.data is None or source.output is None:
            raise ValueInputError("the run has no data to take a point from", expected="--data")
        graph = predictor(source.graph, source.output)
        own = {**source.fixed, **weights_of(source, source.passes + 1 if at is None else at)}
        when = f"after {source.passes:,} passes" if at is None else f"as pass {at:,} begins"
        found = _of_data(graph, source.data, source.feeds, own, sample, when)
        return found._replace(level=middle(source))
    if at is not None:
        raise ValueInputError("only a training run has passes", expected="a saved run, run.json")
    graph = as_graph(source)
    if data is not None:
        samples = read(data)
        graph, feeds, own = prediction(graph, samples, values)
        return _of_data(graph, samples, feeds, own, sample, "")
    if sample is not None:
        raise ValueInputError("without data there are no samples", got=f"sample {sample}")
    return Taken(Compiled(graph, wrt=[]).trace(values=dict(values)), None, None, "")


def _of_data(
    graph: Graph,
    data: Data,
    feeds: Mapping[str, str],
    values: Mapping[str, Any],
    sample: int | None,
    when: str,
) -> Taken:
    """A classifier at one of the samples, the first by default."""
    number = 1 if sample is None else sample
    if isinstance(number, bool) or not 1 <= number <= len(data):
        raise ValueInputError(
            f"there is no sample {number}",
            expected=f"a sample of {data.name} from 1 to {len(data):,}",
            got=number,
        )
    one = replace(data, x=data.x[number - 1 : number], t=None)
    names = {node.name for node in graph.inputs}
    fed = {name: one.part(feed)[0] for name, feed in feeds.items() if name in names}
    own = {name: v for name, v in values.items() if name in names}
    label = int(data.t[number - 1]) if data.classes and data.t is not None else None
    return Taken(Compiled(graph, wrt=[]).trace(values={**own, **fed}), data, label, when)


def _equation(trace: Trace) -> MatrixTrace:
    """The product that makes the scores. Raises ValueInputError where they are not linear."""
    try:
        found = views.view("matrix").walk(trace)
    except GradvizError as error:
        raise _not_linear(error.what) from None
    assert isinstance(found, MatrixTrace)
    if len(found.equation.samples) > 1:
        raise ValueInputError(
            "viewpoints show one point",
            expected="a vector x, or --data with --sample K",
            got=f"{len(found.equation.samples)} samples",
        )
    graph, after = trace.graph, {found.equation.sums}
    for node in graph.nodes:
        if not node.is_leaf and after.intersection(node.inputs):
            after.add(node.id)
            if graph.op(node).combine == "products":
                raise _not_linear("another layer takes its scores")
    inputs = {found.equation.column, found.equation.operand}
    while not inputs & {node.id for node in graph.inputs}:
        inputs = {
            s for i in inputs for s in graph.nodes[i].inputs if graph.op(graph.nodes[i]).moves
        }
        if not inputs:
            raise _not_linear("what it weighs was computed from the inputs")
    return found


def _not_linear(why: str) -> ValueInputError:
    return ValueInputError(
        f"this is no linear classifier: {why}",
        expected="scores W x + b, as in net:linear-classifier or net:fc-softmax",
        hint="gradviz plot … --data shows the plane of any classifier",
    )


def _classes(asked: Sequence[str], count: int, data: Data | None) -> tuple[str, ...]:
    if asked:
        if len(asked) != count:
            raise ValueInputError(
                f"there are {count} scores and {len(asked)} names of classes",
                expected=f"a name for each of the {count} scores",
                got=",".join(asked)[:60],
            )
        check(asked)
        return tuple(asked)
    if data is not None and len(data.classes) == count:
        return data.classes
    if count == 1:
        return (data.classes[1],) if data is not None and len(data.classes) == 2 else ("score",)
    return tuple(map(str, range(1, count + 1)))


def _across(asked: Sequence[str], point: Any, matrix: Any, data: Data | None) -> tuple[int, int]:
    """The two inputs that span the plane."""
    count = len(point)
    if count < 2:
        raise ValueInputError("a plane needs two inputs", got="1")
    if not asked:
        largest = np.argsort(-np.linalg.norm(matrix, axis=0), kind="stable")
        i, j = sorted(largest[:2].tolist())
        return (0, 1) if count == 2 else (i, j)
    columns = data.columns if data is not None else ()
    found = []
    for name in asked:
        number = AXIS.fullmatch(name.replace(" ", ""))
        k = columns.index(name) if name in columns else int(number[1]) if number else -1
        if not 0 <= k < count:
            raise ValueInputError(
                f"there is no input {name!r:.40}", expected=f"x[0] to x[{count - 1}]", got=name[:40]
            )
        found.append(k)
    if len(found) != 2 or found[0] == found[1]:
        raise ValueInputError(
            "a plane has two axes", expected="two inputs: x[0],x[1]", got=",".join(asked)[:60]
        )
    return found[0], found[1]


class Seen(NamedTuple):
    """The rows in the plane: their two weights, and their scores where both inputs are 0."""

    weights: Any
    offsets: Any
    at: Any


def _seen(matrix: Any, scores: Any, point: Any, across: tuple[int, int]) -> Seen:
    two, at = matrix[:, across], point[list(across)]
    return Seen(two, scores - two @ at, at)


def _plane(
    seen: Seen, taken: Taken, shown: Sequence[int], across: tuple[int, int], found: MatrixTrace
) -> Pane:
    """The fields and the samples, those of the classes that are shown."""
    data, count = taken.data, len(found.equation.inputs)
    is_plane = data is not None and count == 2
    places = data.x.reshape(-1, 2) if is_plane and data is not None else np.zeros((0, 2))
    spans = _window(seen, places)

    def said(points: Any) -> Any:
        return points @ seen.weights.T + seen.offsets

    if is_plane and data is not None:
        labels = data.t if data.classes and data.t is not None else None
        samples = replace(data, t=labels)
        names = list(data.columns) if len(data.columns) == 2 else ["x1", "x2"]
    else:
        samples = Data("", places)
        names = [f"{_input(found)}_{k + 1}" for k in across]
    made = pane(said, samples, (names[0], names[1]), spans, places, 0.0)
    dots = tuple(
        d._replace(label=shown.index(d.label)) if d.label >= 0 and len(shown) > 1 else d
        for d in made.dots
        if d.label < 0 or d.label in shown or len(shown) == 1
    )
    lines = tuple(Border(str(c), _line(seen, n)) for n, c in enumerate(shown))
    return made._replace(scores=lines, dots=dots)


def _input(found: MatrixTrace) -> str:
    return found.trace.graph.names.get(found.equation.column, "x")


def _window(seen: Seen, places: Any) -> list[Span]:
    """A square that holds the samples, or else the point and the nearest place on each line."""
    held = [*places, seen.at]
    if not len(places):
        for w, b in zip(seen.weights, seen.offsets, strict=True):
            if w @ w > 0:
                held.append(seen.at - (w @ seen.at + b) * w / (w @ w))
    spans = [span(np.array(held)[:, k], None) for k in (0, 1)]
    half = max(s.length for s in spans) / 2 * (1 + MARGIN / 2)
    middles = [(s.low + s.high) / 2 for s in spans]
    return [Span(m - half, m + half) for m in middles]


def _line(seen: Seen, n: int) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Where a score is 0, far beyond the window at both ends; none for a row of zeros."""
    w, b = seen.weights[n], seen.offsets[n]
    size = float(np.linalg.norm(w))
    if not size:
        return ()
    foot = seen.at - (w @ seen.at + b) * w / size**2
    far = 1e3 * max(1.0, float(np.abs(foot).max()), float(np.abs(seen.at).max()))
    along = np.array([-w[1], w[0]]) / size * far
    ends = foot - along, foot + along
    return (tuple((float(x), float(y)) for x, y in ends),)


def _arrows(seen: Seen, plane: Pane) -> tuple[Arrow | None, ...]:
    """The rows from the place on their line that is nearest to the middle; None outside."""
    spans = plane.spans
    middle = np.array([(s.low + s.high) / 2 for s in spans])
    most = max(float(np.linalg.norm(w)) for w in seen.weights)
    found: list[Arrow | None] = []
    for w, b in zip(seen.weights, seen.offsets, strict=True):
        size = float(np.linalg.norm(w))
        if not size or not math.isfinite(size):
            found.append(None)
            continue
        start = middle - (w @ middle + b) * w / size**2
        end = start + w * ARROW * spans[0].length / most
        inside = all(s.holds(p[k]) for p in (start, end) for k, s in enumerate(spans))
        ends = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
        found.append(Arrow(*ends) if inside else None)
    return tuple(found)


def _pictures(other: Any, matrix: Any, names: tuple[str, ...], name: str) -> Pictures | None:
    """The rows as images: of another source, or of this one where they have a shape."""
    if other is not None:
        content = templates(other, {}).content
        assert isinstance(content, Templates)
        return Pictures(content.weights, content.size, content.names, content.images)
    count, pixels = matrix.shape
    side = math.isqrt(pixels)
    if side * side == pixels:
        size = side, side
    elif pixels <= MOST_CELLS:
        size = 1, pixels
    else:
        return None
    if count > MOST_PICTURES:
        return None
    images = tuple(tuple(tuple(map(float, line)) for line in row.reshape(size)) for row in matrix)
    return Pictures(name, size, names, images)
