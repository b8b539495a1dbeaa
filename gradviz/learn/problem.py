"""What is to be learnt: from a source, its values and data to a loss and its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, Final

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine import inputs as given_inputs
from gradviz.engine.program import schedule
from gradviz.errors import GradvizError, ShapeError, ValueInputError
from gradviz.graph.builder import Builder
from gradviz.graph.declared import declared_shape, is_parameter
from gradviz.graph.graph import Graph, Node, labels
from gradviz.networks.initialisers import draw, he, is_random, normal, zeros
from gradviz.networks.loss import LABEL, copied, outputs
from gradviz.networks.named import seeded, with_usual_loss
from gradviz.ops.op import say_shape
from gradviz.ops.registry import get
from gradviz.trace.run import COLUMN, Data

FEATURES: Final = ("x", "X", "image", "images", "features")
TARGETS: Final = (LABEL, "labels", "t", "T", "target", "targets", "y", "Y")
"""The inputs that take the features of samples, and their targets."""


@dataclass
class Problem:
    """What is to be learnt; the fields are those of `gradviz.trace.run.Run`.

    start  the first value of every parameter, by name.
    """

    graph: Graph
    output: int | None
    data: Data | None
    feeds: dict[str, str]
    fixed: dict[str, Any]
    start: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def problem(
    graph: Graph,
    data: Data | None,
    values: Mapping[str, Any],
    wrt: str | Iterable[Any] | None = None,
    *,
    seed: int = 0,
    keep_weights: bool = False,
) -> Problem:
    """What is to be learnt by a graph.

    values        of inputs and parameters; they go before data and initialisers.
    wrt           the parameters to train; by default all inputs that no data feed.
    seed          from which parameters are drawn.
    keep_weights  keep weights that a network sets by hand; they are drawn otherwise.

    Raises ShapeError, ValueInputError and UnknownNameError for what does not fit.
    """
    given_inputs.refuse_logic(graph)
    notes: list[str] = []
    if data is not None and data.t is not None and not _takes_target(graph, data, values):
        own = with_usual_loss(graph)
        if own is not graph:
            _check_outputs(outputs(graph), data)
            said = own.op(own.output).in_prose
            notes.append(f"its loss is the network's own, {said}, averaged over the samples")
            own = _of_mean(own)
        graph = own
    feeds = {} if data is None else _feeds(graph, data, values)
    if data is not None:
        graph, output = _with_loss(graph, data, feeds, values, notes)
    else:
        output = None
    graph = seeded(graph, seed)
    trained = _trained(graph, feeds, values, wrt)
    start, fixed = dict[str, Any](), dict[str, Any]()
    for node in graph.inputs:
        if node.name in feeds:
            continue
        value = _value(node, values, seed, keep_weights or node.name not in trained, notes)
        (start if node.name in trained else fixed)[node.name] = value
    found = Problem(graph, output, data, feeds, fixed, start, notes)
    bound = _check(found, trained)
    if data is not None:
        _check_labels(bound, data, feeds)
    return found


def _check_labels(graph: Graph, data: Data, feeds: Mapping[str, str]) -> None:
    """Raise ValueInputError for a label that is no class of the source, naming the sample."""
    for name in (name for name, feed in feeds.items() if feed == "t"):
        node = graph.find(name)
        if len(graph.nodes[node].shape or ()) != 1 or node not in graph.index_leaves:
            continue
        beside = [i for e in graph.consumers[node] for i in graph.nodes[e.target].inputs]
        classes = next(((graph.nodes[i].shape or (0,))[-1] for i in beside if i != node), 0)
        for t, held in ((data.t, ""), (data.test_t, " held out")):
            bad = np.zeros(0, int)
            if t is not None:
                bad = np.flatnonzero((t < 0) | (t >= classes) | (t != np.floor(t)))
            if bad.size:
                raise ValueInputError(
                    f"a label of the data {data.name} is out of range",
                    where=f"sample {int(bad[0]) + 1:,}{held}",
                    expected=f"a whole number from 0 to {classes - 1}, as the source has"
                    f" {classes} outputs",
                    got=f"{t[bad[0]]:g}",
                )


def _takes_target(graph: Graph, data: Data, values: Mapping[str, Any]) -> bool:
    names = {n.name for n in graph.inputs if n.name not in values and not is_parameter(n.options)}
    return bool(names.intersection({*TARGETS, data.target} - {""}))


def _feeds(graph: Graph, data: Data, values: Mapping[str, Any]) -> dict[str, str]:
    """What each input takes of the data. Raises ValueInputError where nothing takes any."""
    found = {}
    for node in graph.inputs:
        name = node.name
        if name in values or is_parameter(node.options):
            continue
        if name in data.columns:
            found[name] = name
        elif name == data.target or (name in TARGETS and data.t is not None):
            found[name] = "t"
        elif name in FEATURES:
            found[name] = _shaped(node, data)
    if not any(feed != "t" for feed in found.values()):
        columns = f", or {', '.join(data.columns)}" if data.columns else ""
        raise ValueInputError(
            f"nothing in the source takes the data {data.name}",
            expected=f"an input named x for the features{columns}",
            got=", ".join(n.name for n in graph.inputs) or "no inputs",
        )
    return found


def _shaped(node: Node, data: Data) -> str:
    """The features, in the shape that the input declares where they have as many numbers."""
    declared = declared_shape(node.options)
    if declared is None or declared == data.shape or prod(declared) != prod(data.shape):
        return "x"
    return f"x:{'x'.join(map(str, declared))}"


def _with_loss(
    graph: Graph, data: Data, feeds: dict[str, str], values: Mapping[str, Any], notes: list[str]
) -> tuple[Graph, int | None]:
    """The graph whose output is the mean loss of the samples, and its node that predicts; where the
    source has no loss it gets one.
    """
    if "t" not in feeds.values() and data.t is not None:
        bound = _bound(graph, data, feeds, values)
        graph = _compared(graph, bound.nodes[bound.output].shape or (), data, feeds, notes)
    _fit_target(graph, data, feeds, values)
    bound = _bound(graph, data, feeds, values)
    predicts = _predicting(graph, feeds)
    return (_averaged(graph) if bound.nodes[bound.output].shape else graph), predicts


def _of_mean(graph: Graph) -> Graph:
    """A graph whose loss averages, where it would add up all samples."""
    loss = graph.nodes[graph.output]
    if "reduction" not in loss.options:
        return graph
    averaging = replace(loss, options={**loss.options, "reduction": "mean"})
    nodes = [averaging if node is loss else node for node in graph.nodes]
    return Graph(nodes, graph.output, graph.source)


def _averaged(graph: Graph) -> Graph:
    """The graph followed by a mean over the samples; its nodes keep their numbers."""
    taken, last = set(labels(graph).values()), len(graph.nodes)
    name = next(n for n in ("L", "loss", "mean_loss", "mean_of_losses") if n not in taken)
    mean = Node(last, "mean", (graph.output,), dict(get("mean").options), name)
    return Graph([*graph.nodes, mean], last, graph.source)


def _compared(
    graph: Graph, shape: Sequence[int], data: Data, feeds: dict[str, str], notes: list[str]
) -> Graph:
    """The graph with a loss: cross-entropy for classes, squared error else."""
    count = shape[-1] if len(shape) > 1 else 1
    by_class = bool(data.classes) and count > 1
    _check_outputs(count, data)
    loss = "softmax_cross_entropy" if by_class else "mse"
    taken = {n.name for n in graph.inputs}
    wanted = (LABEL, "labels") if by_class else ("t", "target", "targets")
    name = next(n for n in wanted if n not in taken)
    builder, last = Builder(graph.source), graph.nodes[graph.output]
    absorbed = last.op == get(loss).absorbs and not graph.consumers[last.id]
    rows = copied(builder, graph, without=last.id if absorbed else None)
    scores = rows[last.inputs[0] if absorbed else last.id]
    found = builder.graph(
        builder.apply(loss, [scores, builder.input(name)], get(loss).options, name="L")
    )
    feeds[name] = "t"
    said = "cross-entropy of its classes" if by_class else "squared error"
    notes.append(f"the source has no loss: it gets the {said}, averaged over the samples")
    return found


def _check_outputs(count: int, data: Data) -> None:
    """Raise ShapeError for several outputs that are too few for the classes."""
    if data.classes and 1 < count < len(data.classes):
        raise ShapeError(
            "the network has fewer outputs than there are classes",
            expected=f"{len(data.classes)} outputs, one for each class of {data.name}",
            got=f"{count}",
        )


def _fit_target(graph: Graph, data: Data, feeds: dict[str, str], values: Mapping[str, Any]) -> None:
    """Give the target as a vector or as a column, whichever meets a prediction of its own shape: a
    vector beside a column would be compared with all others.

    Raises ShapeError where neither does.
    """
    names = [name for name, feed in feeds.items() if feed == "t"]
    if not names or data.t is None or data.t.ndim != 1:
        return
    (name,) = names[:1]
    seen: list[str] = []
    refused: list[GradvizError] = []
    for feed in ("t", f"t{COLUMN}"):
        try:
            bound = _bound(graph, data, {**feeds, name: feed}, values)
        except GradvizError as error:
            refused.append(error)
            continue
        node = bound.find(name)
        for edge in bound.edges:
            if edge.source != node:
                continue
            others = [i for i in bound.nodes[edge.target].inputs if i != node]
            op = bound.op(edge.target)
            shapes = [bound.nodes[i].shape for i in others]
            if op.elementwise and any(s != bound.nodes[node].shape for s in shapes if s):
                met = " and ".join(say_shape(s or ()) for s in shapes)
                seen.append(f"a target of {say_shape(bound.nodes[node].shape or ())} meets {met}")
                break
        else:
            feeds[name] = feed
            return
    if not seen:
        raise refused[0]
    raise ShapeError(
        "the data do not fit the source",
        expected=f"a prediction for each of the {len(data)} samples of {data.name}",
        got=seen[0],
        hint="a network takes samples as rows: X @ W + b",
    )


def _predicting(graph: Graph, feeds: Mapping[str, str]) -> int | None:
    """The node that predicts: what is compared with the target."""
    targets = [graph.find(n) for n, feed in feeds.items() if feed in ("t", f"t{COLUMN}")]
    known = {graph.find(name) for name in feeds}
    from_x = {i for i in known if i not in targets}
    reached = set(from_x)
    for node in graph.nodes:
        if not node.is_leaf and reached.intersection(node.inputs):
            reached.add(node.id)
    from_t = set(targets)
    for node in graph.nodes:
        if node.is_leaf or not from_t.intersection(node.inputs):
            continue
        others = [i for i in node.inputs if i in reached and i not in from_t]
        if others:
            return others[0]
        from_t.add(node.id)
    return graph.output if not targets else None


def _bound(graph: Graph, data: Data, feeds: Mapping[str, str], values: Mapping[str, Any]) -> Graph:
    """The graph with the shapes of all samples."""
    shapes = {name: tuple(data.part(feed).shape) for name, feed in feeds.items()}
    xp = for_backend()
    for name, value in values.items():
        shapes[name] = tuple(xp.shape(given_inputs.to_array(value, name, xp)))
    missing = [
        n.name for n in graph.inputs if n.name not in shapes and declared_shape(n.options) is None
    ]
    if missing:
        raise _missing(missing)
    try:
        return graph.bind(shapes)
    except ShapeError as error:
        error.what = f"the data {data.name} do not fit the source: {error.what}"
        raise


def _missing(names: Sequence[str]) -> ValueInputError:
    first, *_ = names
    *others, last = names
    them = f"{', '.join(others)} and {last}" if others else last
    return ValueInputError(
        f"{them} {'have' if others else 'has'} no first value",
        expected="a value for every parameter, or --data that feed it",
        hint=f"draw it: {first}=random:1:2x4 (its shape), or type it: {first}=0.5",
    )


def _trained(
    graph: Graph, feeds: Mapping[str, str], values: Mapping[str, Any], wrt: Any
) -> tuple[str, ...]:
    """The names of the parameters to train."""
    if wrt is not None:
        chosen = [graph.nodes[i].name for i in given_inputs.wanted(graph, wrt)]
        if fed := [name for name in chosen if name in feeds]:
            raise ValueInputError(
                f"{fed[0]} takes the data, so it cannot be trained",
                expected="parameters",
                got=", ".join(chosen),
            )
        return tuple(chosen)
    parameters = [n.name for n in graph.inputs if is_parameter(n.options) and n.name not in feeds]
    if parameters:
        return tuple(parameters)
    fixed = graph.index_leaves | graph.label_leaves
    rest = [n for n in graph.inputs if n.name not in feeds and n.id not in fixed]
    return tuple(n.name for n in rest if n.options.get("trained", True) is not False)


def _value(node: Node, values: Mapping[str, Any], seed: int, keep: bool, notes: list[str]) -> Any:
    """The first value of an input."""
    xp = for_backend()
    if node.name in values:
        return np.array(given_inputs.to_array(values[node.name], node.name, xp), copy=True)
    init, shape = node.options.get("init"), declared_shape(node.options)
    if init is None or shape is None:
        raise _missing([node.name])
    if not keep and not is_random(init) and _is_by_hand(init, shape):
        notes.append(f"the weights {node.name}, set by hand, are drawn anew")
        init = zeros() if node.name.lower().startswith("b") else _fresh(shape)
        init = init if not is_random(init) else {**init, "seed": seed}
    return np.array(draw(node.name, shape, init), dtype=np.float64)


def _is_by_hand(init: Mapping[str, Any], shape: tuple[int, ...]) -> bool:
    """Whether the numbers of an initialiser are a solution, not a start: given one by one."""
    return isinstance(init["value"], list | tuple) or (shape == () and init["value"] != 0)


def _fresh(shape: tuple[int, ...]) -> Mapping[str, Any]:
    return he(max(1, int(np.prod(shape[1:])))) if len(shape) > 1 else normal(1.0)


def _check(found: Problem, trained: tuple[str, ...]) -> Graph:
    """The graph with its shapes. Raises where nothing can be learnt: no parameters, no loss, no
    slope.
    """
    if not trained:
        raise ValueInputError(
            "there is nothing to train",
            expected="a parameter: an input that no data feed",
            got=", ".join(n.name for n in found.graph.inputs) or "no inputs",
        )
    graph = found.graph
    if found.data is not None:
        bound = _bound(graph, found.data, found.feeds, found.fixed | found.start)
    else:
        bound = graph.bind({k: np.shape(v) for k, v in (found.fixed | found.start).items()})
    if shape := bound.nodes[bound.output].shape:
        raise ShapeError(
            "a loss is a single number",
            expected="a scalar output, such as a sum or a mean",
            got=f"an output of the shape {say_shape(shape)}",
            hint="put sum(…) or mean(…) around it",
        )
    wrt = [graph.find(name) for name in trained]
    reached = _reached(bound, wrt)
    dead = [graph.nodes[i].name for i in wrt if i not in reached]
    if dead:
        raise ValueInputError(
            f"{' and '.join(dead)} cannot learn: no gradient reaches {_them(dead)}",
            expected="a way to the loss along which there is a slope",
            got="only thresholds, comparisons or labels, or no way at all",
            hint="use sigmoid, tanh or relu in place of a threshold (net:xor,activation=relu)",
        )
    return bound


def _reached(graph: Graph, wrt: Sequence[int]) -> set[int]:
    """The nodes that a gradient reaches: not across a threshold, whose slope is 0 everywhere."""
    found = {graph.output}
    for edge in schedule(graph, wrt):
        if edge.target in found and graph.routes(edge) != ():
            found.add(edge.source)
    return found


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def prediction(
    graph: Graph, data: Data, values: Mapping[str, Any]
) -> tuple[Graph, dict[str, str], dict[str, Any]]:
    """The graph of what a source predicts of data, what its inputs take of these, and the values of
    all others, given or first drawn. Nothing need be trainable.

    Raises ValueInputError and what `gv.run` raises.
    """
    feeds = _feeds(graph, data, values)
    output = _predicting(graph, feeds)
    assert output is not None
    graph = predictor(graph, output)
    names = {node.name for node in graph.inputs}
    rest = [node for node in graph.inputs if node.name not in feeds]
    taken = {name: feed for name, feed in feeds.items() if name in names}
    return graph, taken, {n.name: _value(n, values, 0, True, []) for n in rest}


def predictor(graph: Graph, output: int) -> Graph:
    """The graph of what a node predicts, without what comes after it; its other inputs are gone."""
    needed = {output}
    for node in reversed(graph.nodes):
        if node.id in needed:
            needed.update(node.inputs)
    kept = [node for node in graph.nodes if node.id in needed]
    place = {node.id: i for i, node in enumerate(kept)}
    nodes = [
        replace(node, id=i, inputs=tuple(place[s] for s in node.inputs), shape=None)
        for i, node in enumerate(kept)
    ]
    return Graph(nodes, place[output], graph.source)
