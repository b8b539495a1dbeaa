"""Rows of a weight matrix as images: what a linear layer compares an image with; and kernels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from gradviz.engine.run import Compiled
from gradviz.errors import ShapeError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.declared import declared_shape, is_parameter
from gradviz.graph.graph import Graph
from gradviz.learn.problem import predictor
from gradviz.learn.replay import weights as weights_of
from gradviz.learn.scores import scores
from gradviz.networks.initialisers import draw
from gradviz.sources import as_graph
from gradviz.trace.plots import Plot
from gradviz.trace.plots.templates import Templates
from gradviz.trace.run import Run

MOST: Final = 40
"""Images in a picture."""
LEAST: Final = 4
"""Pixels of an image."""


def templates(
    source: Any, values: Mapping[str, Any], name: str | None = None, at: int | None = None
) -> Plot:
    """The templates of a source, or of a training run as pass `at` begins; by default at its end.

    values  of the inputs; parameters not given as they are first drawn.
    name    the weight matrix or the kernels; by default the first that meet the input.

    Raises ValueInputError, ShapeError, UnknownNameError and what `gv.run` raises.
    """
    if not isinstance(source, Run):
        if at is not None:
            raise ValueInputError(
                "only a training run has passes", expected="a saved run, run.json"
            )
        graph = as_graph(source)
        own = {n.name: _value(n, values) for n in graph.inputs if "init" in n.options}
        own |= {k: np.asarray(v, dtype=float) for k, v in values.items() if not isinstance(v, str)}
        return _plot(graph, own, name, (), None, "")
    if values:
        raise ValueInputError(
            "a run has its own parameters", expected="the run alone", got=", ".join(values)
        )
    graph = source.graph if source.output is None else predictor(source.graph, source.output)
    own = dict(weights_of(source, source.passes + 1 if at is None else at))
    when = f"after {source.passes:,} passes" if at is None else f"as pass {at:,} begins"
    classes = source.data.classes if source.data is not None else ()
    return _plot(graph, {**source.fixed, **own}, name, classes, _scored(source, at), when)


def _value(node: Any, values: Mapping[str, Any]) -> Any:
    if node.name in values:
        return np.asarray(values[node.name], dtype=float)
    shape = declared_shape(node.options)
    assert shape is not None
    return np.asarray(draw(node.name, shape, node.options["init"]), dtype=float)


def _scored(run: Run, at: int | None) -> tuple[int, int, bool] | None:
    """How many samples get their class, of how many, and whether they were held out."""
    if run.data is None or not run.data.classes or run.output is None:
        return None
    found = scores(run, run.passes + 1 if at is None else at)
    part = "test" if "test" in found else "train"
    count = len(run.data.test_x if part == "test" else run.data.x)
    accuracy = found[part].accuracy
    return None if accuracy is None else (round(accuracy * count), count, part == "test")


def _plot(
    graph: Graph,
    values: Mapping[str, Any],
    name: str | None,
    classes: tuple[str, ...],
    scored: tuple[int, int, bool] | None,
    when: str,
) -> Plot:
    weights, fed = _matrix(graph, values, name)
    rows, size = _rows(weights, values[weights], graph, fed)
    if len(rows) > MOST:
        raise ValueInputError(
            f"{weights} has {len(rows):,} rows, too many for one picture",
            expected=f"at most {MOST}",
        )
    names = classes if len(classes) == len(rows) else tuple(map(str, range(1, len(rows) + 1)))
    whole = {n.name: values[n.name] for n in graph.inputs if n.name in values}
    shape = declared_shape(graph.nodes[graph.find(fed)].options) or (size[0] * size[1],)
    whole.setdefault(fed, np.zeros(shape))
    return Plot(
        Templates(
            weights=weights,
            input=fed,
            size=size,
            names=names,
            images=tuple(
                tuple(tuple(map(float, line)) for line in row.reshape(size)) for row in rows
            ),
            scored=scored,
            when=when,
            trace=Compiled(graph, wrt=[]).trace(values=whole),
            kernels=np.ndim(values[weights]) == 4,
        )
    )


def _matrix(graph: Graph, values: Mapping[str, Any], name: str | None) -> tuple[str, str]:
    """The name of the weight matrix, and that of the input that it weighs."""
    found = [(w, fed) for w, fed in _weighing(graph) if np.ndim(values.get(w, 0.0)) in (2, 4)]
    if name is not None:
        if name not in graph.input_names:
            raise UnknownNameError(
                f"there is no input {name!r:.60}",
                expected=", ".join(w for w, _ in found) or "a weight matrix",
                hint=did_you_mean(name, graph.input_names),
            )
        found = [pair for pair in found if pair[0] == name]
    if not found:
        raise ValueInputError(
            f"{name} weighs no input" if name else "no weight matrix weighs an input",
            expected="weights of two axes that multiply the image, as in W @ x, or its kernels",
            hint="" if name else "the first layer has to be fully connected, or a convolution",
        )
    return found[0]


def _weighing(graph: Graph) -> list[tuple[str, str]]:
    """The parameters that meet an input, flattened or with a 1 appended at most, in a product."""
    found = []
    for node in graph.nodes:
        if node.is_leaf or len(node.inputs) < 2:
            continue
        sides = [_leaf(graph, i) for i in node.inputs[:2]]
        for fed, weights in (sides, sides[::-1]):
            if fed is None or weights is None or fed == weights:
                continue
            pair = graph.nodes[weights].name, graph.nodes[fed].name
            is_fed = not is_parameter(graph.nodes[fed].options)
            if is_fed and graph.op(node).combine == "products":
                found.append(pair)
    return found


def _leaf(graph: Graph, node: int) -> int | None:
    """The input that a node is, but for its shape; None for what is computed."""
    while not graph.nodes[node].is_leaf:
        op = graph.op(node)
        if not op.moves or len(graph.nodes[node].inputs) != 1:
            return None
        (node,) = graph.nodes[node].inputs
    return node if graph.nodes[node].op == "input" else None


def _rows(name: str, matrix: Any, graph: Graph, fed: str) -> tuple[Any, tuple[int, int]]:
    """The matrix with a row of pixels for each unit, biases left out; and the image's size."""
    if matrix.ndim == 4:
        return _kernels(name, matrix)
    declared = declared_shape(graph.nodes[graph.find(fed)].options) or ()
    image = tuple(n for n in declared if n != 1)
    if len(image) == 3:
        raise ShapeError(
            "a template of several channels is no single picture",
            expected="images of one channel",
            got=f"{fed} of {declared[0]} channels",
        )
    for rows in (matrix, matrix.T):
        pixels = rows.shape[1]
        for count in (pixels, pixels - 1):
            size = image if len(image) == 2 else (math.isqrt(count),) * 2
            if count >= LEAST and math.prod(size) == count and _fits(image, count):
                return rows[:, :count], (size[0], size[1])
    raise ShapeError(
        f"the rows of {name} are no pictures",
        expected="as many weights as a square picture has pixels, 64 for 8×8",
        got=" by ".join(map(str, matrix.shape)),
    )


def _kernels(name: str, kernels: Any) -> tuple[Any, tuple[int, int]]:
    """The kernels of a convolution of one channel as rows, and their size."""
    count, channels, *size = kernels.shape
    if channels != 1:
        raise ShapeError(
            "a kernel of several channels is no single picture",
            expected="kernels of one channel",
            got=f"{name} of {channels} channels",
        )
    return kernels.reshape(count, -1), (size[0], size[1])


def _fits(image: tuple[int, ...], count: int) -> bool:
    """Whether a declared image, or a row of pixels, has that many pixels."""
    return not image or math.prod(image) == count
