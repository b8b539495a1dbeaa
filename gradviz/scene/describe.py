"""Alt text: what a picture shows, in words made from the data, for people who cannot see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gradviz.graph.graph import Graph
from gradviz.graph.window import Window
from gradviz.story.frame import Frame
from gradviz.story.languages import pattern, say
from gradviz.story.values import briefly

MOST_NODES = 24
TITLES = {
    "forward": pattern("{source}: forward pass, step {number} of {total}"),
    "update": pattern("{source}: update, step {number} of {total}"),
}
BACKWARD = pattern("{source}: backward pass, step {number} of {total}")
LONGEST_SOURCE = 120


def title(graph: Graph, frame: Frame | None) -> str:
    """The expression, and which step of its run is shown."""
    source = graph.title or say("a computation graph")
    source = source if len(source) <= LONGEST_SOURCE else source[: LONGEST_SOURCE - 1] + "…"
    if frame is None:
        return source
    if not frame.number:
        return say("{source}: the inputs", source=source)
    if frame.moment == "final":
        return say("{source}: all values and gradients", source=source)
    if frame.moment:
        return say("{source}: all values", source=source)
    return say(
        TITLES.get(frame.phase, BACKWARD), source=source, number=frame.number, total=frame.total
    )


def description(
    graph: Graph,
    labels: dict[int, str],
    frame: Frame | None,
    hidden: Collection[tuple[int, str]] = (),
    window: Window | None = None,
) -> str:
    """The step's sentence, then every node with what it is made of and what is known of it.

    hidden   numbers that are not told: nodes, each with value or gradient.
    window   the part of the graph that is drawn.
    """
    shown = sorted(window.nodes) if window else range(len(graph.args))
    named = [i for i in shown if i in labels]
    told = [_node(graph, labels, node, frame, hidden) for node in named[:MOST_NODES]]
    left = len(named) - MOST_NODES
    more = [say("and {count} more nodes", count=left)] if left > 0 else []
    body = "; ".join([*told, *more])
    lead = f"{frame.sentence} {frame.note}".strip() + " " if frame else ""
    what = say("Computation graph with {count} nodes", count=len(graph.nodes))
    if window:
        what = say("A {window}", window=window.words)
    return f"{lead}{what}: {body}."


def _node(
    graph: Graph,
    labels: dict[int, str],
    node: int,
    frame: Frame | None,
    hidden: Collection[tuple[int, str]],
) -> str:
    row = graph.nodes[node]
    said = labels[node]
    if not row.is_leaf:
        operands = ", ".join(labels.get(i) or say("a constant") for i in row.inputs)
        said += f" = {graph.symbol(node) if graph.op(node).hidden else row.op}({operands})"
    if frame is None:
        return said
    state = frame.node(node)
    known = []
    if state.state != "unknown":
        told = frame.story.rules.alone(node, "alt", state.value)
        is_hidden = (node, "value") in hidden
        known.append(say("value hidden") if is_hidden else say("value {value}", value=told))
    if state.gradient is not None and (node, "gradient") in hidden:
        known.append(say("gradient hidden"))
    elif state.gradient is not None:
        part = f" ({state.progress})" if state.progress else ""
        gradient = _short(frame, state.gradient) + part
        known.append(say("gradient {gradient}", gradient=gradient))
    return said + ": " + (", ".join(known) or say("not yet computed"))


def _short(frame: Frame, value: Any) -> str:
    return briefly(frame.trace.xp, value, "alt", frame.story.rules.digits)
