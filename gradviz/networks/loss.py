"""Adding a loss to a network: its output is compared with a label.

A label is a class number or, for a single output, a number.
"""

from __future__ import annotations

from gradviz.errors import ShapeError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.builder import Builder
from gradviz.graph.graph import CONSTANT, INPUT, Graph
from gradviz.ops.registry import get, known

LABEL = "label"
"""The input that a loss compares the scores with."""

LOSSES = (
    "softmax_cross_entropy",
    "multiclass_hinge",
    "nll",
    "sigmoid_cross_entropy",
    "squared_error",
    "mse",
    "l1",
    "l2",
    "huber",
    "kl",
)


SINGLE = "squared_error"
"""The usual loss of a single output, which compares numbers: one score is no choice of a class."""


def outputs(graph: Graph) -> int:
    """How many scores a graph gives for a sample."""
    shape = graph.bind({}).nodes[graph.output].shape
    return shape[-1] if shape else 1


def with_loss(graph: Graph, loss: str) -> Graph:
    """The graph followed by a loss of its scores (on the last axis) and a new input `label`.

    The label of a sample is its class, counted from 0; losses that compare numbers get a 1 for it
    and a 0 for every other class, or the label itself if there is only one score. A final softmax
    is replaced by `softmax_cross_entropy`, which takes scores. Raises UnknownNameError for an
    unknown loss, ValueInputError for a graph that already has a label, and ShapeError for a scalar.
    """
    if loss not in LOSSES or not known(loss):
        raise UnknownNameError(
            f"there is no loss {loss!r:.60}",
            expected=", ".join(LOSSES),
            hint=did_you_mean(loss, LOSSES),
        )
    if any(n.name == LABEL for n in graph.nodes):
        raise ValueInputError("the graph already has a label", expected="a network without a loss")
    output = graph.nodes[graph.output]
    shape = graph.bind({}).nodes[graph.output].shape
    if not shape:
        raise ShapeError(
            "a loss compares scores",
            expected="an output with the classes on its last axis",
            got="a scalar",
        )
    if shape[-1] == 1 and get(loss).inputs[1] == "labels":
        raise ShapeError(
            f"{loss} of one score is always 0: there is nothing to choose from",
            expected="two scores or more, one for each class",
            got="one",
            hint="one output takes loss=squared_error, or loss=sigmoid_cross_entropy for a label of"
            " 0 or 1",
        )
    drops = output.op == get(loss).absorbs and not graph.consumers[output.id]
    builder = Builder(graph.source)
    rows = copied(builder, graph, without=output.id if drops else None)
    scores = rows[output.inputs[0] if drops else output.id]
    label = builder.input(LABEL, shape=list(shape[:-1]))
    target = label if get(loss).inputs[1] == "labels" else _target(builder, label, shape[-1])
    return builder.graph(builder.apply(loss, [scores, target], get(loss).options, name="loss"))


def copied(builder: Builder, graph: Graph, without: int | None) -> dict[int, int]:
    """Copy every node into the builder; returns the new ids by the old ones."""
    rows: dict[int, int] = {}
    for n in graph.nodes:
        if n.id == without:
            continue
        if n.op == INPUT:
            rows[n.id] = builder.input(n.name, scope=n.scope, **n.options)
        elif n.op == CONSTANT:
            rows[n.id] = builder.constant(n.options["value"], scope=n.scope)
            builder.name(rows[n.id], n.name)
        else:
            operands = [rows[i] for i in n.inputs]
            rows[n.id] = builder.apply(n.op, operands, n.options, name=n.name, scope=n.scope)
    return rows


def _target(builder: Builder, label: int, classes: int) -> int:
    """1 at the label's class and 0 elsewhere; of a single score, the label itself."""
    column = builder.apply("index", [label], {"index": ["...", "newaxis"]}, scope=LABEL)
    if classes == 1:
        return column
    numbers = builder.constant(list(range(classes)), scope=LABEL)
    hit = builder.apply("equal", [column, numbers], scope=LABEL)
    one, zero = (builder.constant(k, scope=LABEL) for k in (1, 0))
    return builder.apply("where", [hit, one, zero], name="target", scope=LABEL)
