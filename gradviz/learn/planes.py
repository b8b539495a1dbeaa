"""What an output says of every point of a plane of two features, beside the samples there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.arrays import contours
from gradviz.engine.curves.asked import Ranges, listed
from gradviz.engine.curves.asked import spans as spans_of
from gradviz.engine.run import Compiled
from gradviz.errors import ShapeError, ValueInputError
from gradviz.graph.graph import Graph, Node
from gradviz.learn.data import read
from gradviz.learn.problem import prediction, predictor
from gradviz.learn.replay import weights
from gradviz.learn.scores import middle
from gradviz.sources import as_graph
from gradviz.trace import Trace
from gradviz.trace.plots import Plot, Span
from gradviz.trace.plots.plane import Border, Dot, Pane, Plane
from gradviz.trace.run import Data, Run

GRID: Final = 121, 121
MARGIN: Final = 0.12
HALVINGS: Final = 40
"""Bisections of a cell's edge, after which a border is where it is to a float's precision."""
MOST_CLASSES: Final = 4
MOST_SAMPLES: Final = 100_000
FLAT: Final = 1e-9
"""Scores that depart from a plane by less, relative to their largest, are linear."""

Say = Callable[[Any], Any]
"""Scores at points, a row each: (n, 2) to (n, classes), or (n,) for a single output."""


def plane(
    source: Any,
    data: Any,
    values: Mapping[str, Any],
    at: int | None = None,
    *,
    after: str | Sequence[str] | None = None,
    level: float | None = None,
    range: Ranges = (),
) -> Plot:
    """The plane of a source with data, or of a training run.

    data    what `gradviz.learn.data.read` takes; None for a run, which has its own.
    values  of the parameters, those not given as they are first drawn.
    at      the pass of a run that begins; by default what is left after all of them.
    after   two results of the source or formulas of the features: a second plane of these.
    level   the value of a single output at which it changes sides. By default that of the loss of
            a run; else ½ where it lies between 0 and 1 at every sample, else 0.
    range   what is shown of each axis.

    Raises ValueInputError, ShapeError, UnknownNameError, ParseError and what `gv.run` raises.
    """
    asked = None if after is None else listed(after)
    if isinstance(source, Run):
        if data is not None or values:
            raise ValueInputError(
                "a run has its own data and parameters",
                expected="the run alone",
                got="data" if data is not None else ", ".join(values),
            )
        return _of_run(source, at, asked, level, range)
    if at is not None:
        raise ValueInputError("only a training run has passes", expected="a saved run, run.json")
    if data is None:
        raise ValueInputError(
            "a plane needs samples", expected="--data, such as ring, xor, or points.csv"
        )
    samples = read(data)
    _check(samples)
    graph, feeds, own = prediction(as_graph(source), samples, values)
    return _plot(graph, samples, feeds, own, level, "", asked, range)


def _of_run(
    run: Run, k: int | None, after: Sequence[str] | None, level: float | None, range: Ranges
) -> Plot:
    if run.data is None or run.output is None:
        raise ValueInputError(
            "the run has no data, so there is no plane of them", expected="a run trained on --data"
        )
    _check(run.data)
    values = {**run.fixed, **weights(run, run.passes + 1 if k is None else k)}
    graph = predictor(run.graph, run.output)
    names = {node.name for node in graph.inputs}
    own = {n: v for n, v in values.items() if n in names}
    feeds = {n: feed for n, feed in run.feeds.items() if n in names}
    when = f"after {run.passes:,} passes" if k is None else f"as pass {k:,} begins"
    level = middle(run) if level is None else level
    return _plot(graph, run.data, feeds, own, level, when, after, range)


def _plot(
    graph: Graph,
    data: Data,
    feeds: Mapping[str, str],
    values: Mapping[str, Any],
    level: float | None,
    when: str,
    after: Sequence[str] | None,
    asked: Ranges,
) -> Plot:
    compiled = Compiled(graph)

    def said(points: Any) -> Any:
        there = replace(data, x=points, t=None)
        fed = {name: there.part(feed) for name, feed in feeds.items()}
        found = np.asarray(compiled.value(values={**values, **fed}), dtype=float)
        return found.reshape(len(points), -1) + 0.0

    classes = _classes(data, said(data.x[:1]).shape[1])
    columns = data.columns if len(data.columns) == 2 else ("x1", "x2")
    spans = spans_of(asked, columns)
    shown = [span(data.x[:, i], spans.get(name)) for i, name in enumerate(columns)]
    level = level if level is not None else _level(said(data.x))
    first = pane(said, data, (columns[0], columns[1]), shown, data.x, level)
    panes = [first]
    if after is not None:
        panes.append(_after(graph, data, feeds, values, after, first, level))
    fed = {name: replace(data, t=None).part(feed) for name, feed in feeds.items()}
    trace: Trace = compiled.trace(values={**values, **fed})
    names = trace.graph.names
    return Plot(
        Plane(
            data=data.name,
            classes=classes,
            output=names.get(trace.graph.output, "") or "f",
            level=level if said(data.x[:1]).shape[1] == 1 else None,
            panes=tuple(panes),
            when=when,
            separable=tuple(_separable(pane.dots) for pane in panes),
            trace=trace,
        )
    )


def _check(data: Data) -> None:
    if len(data.shape) != 1 or data.shape[0] != 2:
        raise ShapeError(
            f"the data {data.name} do not lie in a plane",
            expected="samples of two features",
            got=f"{data.shape[0]} features" if len(data.shape) == 1 else "images",
        )
    if len(data) > MOST_SAMPLES:
        raise ValueInputError(
            f"the data {data.name} are too many for a plane",
            expected=f"at most {MOST_SAMPLES:,} samples",
            got=f"{len(data):,}",
        )
    if data.t is not None and not data.classes:
        raise ValueInputError(
            f"the targets of {data.name} are no classes",
            expected="whole numbers from 0 on, one for each class",
            hint="a surface over two inputs: gradviz plot without --data",
        )


def _classes(data: Data, outputs: int) -> tuple[str, ...]:
    """The names of the classes, those without a sample too. Raises ValueInputError for too many."""
    count = max(2, outputs, len(data.classes))
    if count > MOST_CLASSES:
        raise ValueInputError(
            f"{count} classes cannot be told apart in a plane", expected=f"at most {MOST_CLASSES}"
        )
    if outputs == 1 and len(data.classes) > 2:
        raise ShapeError(
            f"a single output cannot tell {len(data.classes)} classes apart",
            expected=f"{len(data.classes)} outputs",
            got="1",
        )
    return (*data.classes, *map(str, range(len(data.classes), count)))


def span(numbers: Any, given: Span | None) -> Span:
    """The part of an axis that shows numbers, with room around them; the given one, if any."""
    if given is not None:
        return given
    low, high = float(numbers.min()), float(numbers.max())
    room = MARGIN * (high - low) or 1.0
    return Span(low - room, high + room)


def _grid(spans: Sequence[Span]) -> tuple[Any, Any, Any]:
    """The grid's coordinates and its points, one a row."""
    xs, ys = (np.linspace(s.low, s.high, n) for s, n in zip(spans, GRID, strict=True))
    across, up = np.meshgrid(xs, ys)
    return xs, ys, np.stack([across.ravel(), up.ravel()], axis=1)


def _level(at_samples: Any) -> float:
    """½ for an output that is between 0 and 1 at every sample, as its classes are, else 0."""
    found = at_samples[np.isfinite(at_samples)]
    return 0.5 if found.size and found.min() >= 0 and found.max() <= 1 else 0.0


def margins(scores: Any, level: float) -> Any:
    """For each class by how much it leads, a column each."""
    if scores.shape[1] == 1:
        lead = scores[:, 0] - level
        return np.stack([-lead, lead], axis=1)
    best = np.sort(scores, axis=1)
    highest, second = best[:, -1:], best[:, -2:-1]
    return scores - np.where(scores == highest, second, highest)


def _decided(scores: Any, level: float) -> Any:
    """The class of each row; a single output exactly at the level is of the lower side."""
    if scores.shape[1] == 1:
        return (scores[:, 0] > level).astype(int)
    return scores.argmax(axis=1)


def pane(
    said: Say,
    data: Data,
    variables: tuple[str, str],
    spans: Sequence[Span],
    places: Any,
    level: float,
    decided: Any = None,
) -> Pane:
    """A plane in which `said` holds, and the samples at `places`."""
    xs, ys, points = _grid(spans)
    scores = said(points)
    leads = margins(scores, level)
    count = leads.shape[1]
    grids = [leads[:, c].reshape(len(ys), len(xs)) for c in range(count)]

    def lead(c: int) -> Callable[[Any], Any]:
        return lambda p: margins(said(p), level)[:, c]

    # Of two classes one margin is the other's negative: its line is drawn once.
    drawn = [1] if count == 2 else range(count)
    strokes = [s for c in drawn for s in _lines(grids[c], xs, ys, lead(c))]
    own: list[Border] = []
    if count > 2 and _is_linear(points, scores):
        for c in range(count):
            grid = scores[:, c].reshape(len(ys), len(xs))
            own.append(Border(str(c), tuple(_lines(grid, xs, ys, partial(_score, said, c)))))
    return Pane(
        variables,
        tuple(map(float, xs)),
        tuple(map(float, ys)),
        _dots(data, places, _decided(said(places), level) if decided is None else decided),
        tuple(tuple(tuple(map(float, row)) for row in grid) for grid in grids),
        Border("", tuple(strokes)),
        tuple(own),
    )


def _score(said: Say, c: int, points: Any) -> Any:
    return said(points)[:, c]


def _dots(data: Data, places: Any, decided: Any) -> tuple[Dot, ...]:
    labels = data.t if data.t is not None else np.full(len(places), -1)
    return tuple(
        Dot(float(x), float(y), int(label), int(c))
        for (x, y), label, c in zip(places, labels, decided, strict=True)
    )


def _is_linear(points: Any, scores: Any) -> bool:
    """Whether every score is a plane over the points."""
    rows = np.column_stack([points, np.ones(len(points))])
    fitted = rows @ np.linalg.lstsq(rows, scores, rcond=None)[0]
    return bool(np.abs(fitted - scores).max() <= FLAT * max(1.0, np.abs(scores).max()))


def _lines(grid: Any, xs: Any, ys: Any, of: Callable[[Any], Any]) -> list[Any]:
    """The lines where a number is 0: edges of the grid that it crosses, halved until the place on
    each is known.
    """
    chains = contours.chains(grid.tolist(), 0.0)
    cuts = [cut for chain in chains for cut in chain]
    if not cuts:
        return []
    low, high = (np.array([(xs[cut[end][1]], ys[cut[end][0]]) for cut in cuts]) for end in (0, 1))
    above = np.array([grid[i][j] > 0 for (i, j), _ in cuts])
    for _ in range(HALVINGS):
        half = (low + high) / 2
        same = (of(half) > 0) == above
        low, high = np.where(same[:, None], half, low), np.where(same[:, None], high, half)
    places = iter(((low + high) / 2).tolist())
    return [tuple(tuple(next(places)) for _ in chain) for chain in chains]


def _after(
    graph: Graph,
    data: Data,
    feeds: Mapping[str, str],
    values: Mapping[str, Any],
    asked: Sequence[str],
    first: Pane,
    level: float,
) -> Pane:
    """The plane of two numbers made of the features: results of the source, or texts of their own,
    `theta = arctan2(x2, x1)`.
    """
    if len(asked) != 2:
        raise ValueInputError(
            "a plane has two axes",
            expected="two results of the source, or formulas of the features: r,arctan2(x2,x1)",
            got=", ".join(asked) or "nothing",
        )
    axes = [_axis(text, graph) for text in asked]
    fed = {name: replace(data, t=None).part(feed) for name, feed in feeds.items()}
    columns = [axis.at({**values, **fed}, data) for axis in axes]
    places = np.stack(columns, axis=1)
    spans = [span(places[:, i], None) for i in (0, 1)]
    variables = axes[0].name, axes[1].name
    nodes = [axis.node for axis in axes if axis.node is not None]
    rest = _behind(graph, nodes, feeds)
    if rest is None:
        xs, ys, _ = _grid(spans)
        dots = tuple(
            Dot(float(x), float(y), d.label, d.said)
            for (x, y), d in zip(places, first.dots, strict=True)
        )
        return Pane(variables, tuple(map(float, xs)), tuple(map(float, ys)), dots, (), None)
    behind, names = Compiled(rest), {node.name for node in rest.inputs}
    own = {name: value for name, value in values.items() if name in names}
    shape = _shape_of(graph, nodes, {**values, **fed})

    def said(points: Any) -> Any:
        given = {
            graph.names.get(axis.node, f"at_{axis.node}"): points[:, k].reshape(-1, *shape)
            for k, axis in enumerate(axes)
            if axis.node is not None
        }
        found = np.asarray(behind.value(values={**own, **given}), dtype=float)
        return found.reshape(len(points), -1) + 0.0

    return pane(said, data, variables, spans, places, level)


def _shape_of(graph: Graph, nodes: Sequence[int], values: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of one sample's result: () or (1,)."""
    if not nodes:
        return ()
    found = np.asarray(Compiled(graph).trace(values=values).values[nodes[0]])
    return found.shape[1:]


class _Axis(NamedTuple):
    """What an axis shows: its name, its graph, and its node in the source if it is a result."""

    name: str
    graph: Graph
    node: int | None

    def at(self, values: Mapping[str, Any], data: Data) -> Any:
        """Its number for each sample. Raises ShapeError where there is not one."""
        names = {node.name for node in self.graph.inputs}
        own = {name: value for name, value in values.items() if name in names}
        columns = {c: data.x[:, i] for i, c in enumerate(data.columns) if c in names - own.keys()}
        found = np.asarray(Compiled(self.graph).value(values={**own, **columns}), dtype=float)
        if found.size != len(data):
            raise ShapeError(
                f"{self.name} is no single number for each sample",
                expected=f"{len(data)} numbers",
                got=f"{found.size}",
            )
        return found.reshape(-1)


def _axis(text: str, graph: Graph) -> _Axis:
    names = {name: i for i, name in graph.names.items()}
    if text in names:
        return _Axis(text, predictor(graph, names[text]), names[text])
    own = as_graph(text)
    return _Axis(own.names.get(own.output, "") or text, own, None)


def _behind(graph: Graph, nodes: Sequence[int], feeds: Mapping[str, str]) -> Graph | None:
    """The graph with these nodes as inputs; None where it needs the features besides."""
    needed = {graph.output}
    for node in reversed(graph.nodes):
        if node.id in needed and node.id not in nodes:
            needed.update(node.inputs)
    if any(graph.find(name) in needed for name in feeds):
        return None
    place: dict[int, int] = {}
    made: list[Node] = []
    for node in graph.nodes:
        if node.id not in needed:
            continue
        place[node.id] = len(made)
        if node.id in nodes:
            made.append(Node(len(made), "input", (), {}, node.name or f"at_{node.id}"))
        else:
            moved = tuple(place[s] for s in node.inputs)
            made.append(replace(node, id=len(made), inputs=moved, shape=None))
    return Graph(made, place[graph.output], graph.source)


def _separable(dots: Sequence[Dot]) -> bool | None:
    """Whether a straight line has the samples of one class on one side and those of the other on
    the other: whether their convex hulls are apart (an edge of one of them is then such a line's
    direction). None for other than two classes.
    """
    labels = sorted({d.label for d in dots})
    if len(labels) != 2:
        return None
    hulls = [_hull([(d.x, d.y) for d in dots if d.label == label]) for label in labels]
    normals = [
        (a[1] - b[1], b[0] - a[0])
        for hull in hulls
        for a, b in (*pairwise(hull), (hull[-1], hull[0]))
        if a != b
    ]
    # Points and hulls without area are apart along the line that joins them, or across it.
    a, b = hulls[0][0], hulls[1][0]
    normals += [(b[0] - a[0], b[1] - a[1])]
    normals += [(n[1], -n[0]) for n in normals]
    for across, up in normals:
        first, second = ([across * x + up * y for x, y in hull] for hull in hulls)
        if max(first) < min(second) or max(second) < min(first):
            return True
    return False


def _hull(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of the convex hull, in order (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        for p in line:
            while len(found) > 1 and _turn(found[-2], found[-1], p) <= 0:
                found.pop()
            found.append(p)
        return found

    return half(ordered)[:-1] + half(ordered[::-1])[:-1]


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Positive where the way from a over b to c turns to the left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
