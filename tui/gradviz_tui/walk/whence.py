"""Where a gradient comes from: every path from the loss to a node, with what it brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from gradviz.arrays.digits import plain_minus
from gradviz.engine.check.paths import paths, ways
from gradviz.errors import ValueInputError
from gradviz.export.reports.chain import ChainRule
from gradviz.graph.graph import Edge
from gradviz.story.frame import Story
from gradviz.story.values import briefly

MOST_STOPS: Final = 9
"""A row names no more nodes of a path."""


class Row(NamedTuple):
    """One path, or one use of a node: where it leads, what it brings, and the step of that."""

    way: str
    brings: str
    step: int


class Whence(NamedTuple):
    """The paths to a node, and their sum."""

    title: str
    rows: tuple[Row, ...]
    total: str


def whence(story: Story, node: int) -> Whence:
    """Where the gradient of a node comes from.

    Raises ValueInputError for a node that has none.
    """
    trace, name = story.trace, story.labels.get(node, "")
    if trace.gradients[node] is None or not name:
        raise ValueInputError("No gradient comes here.", hint=trace.note)
    if node == trace.graph.output:
        raise ValueInputError(f"{name} is where the gradient starts: no path leads to it.")
    listed, why = ways(trace, node)
    rows = _uses(story, node) if listed is None else _rows(story, node, listed)
    count = "" if why else f"{len(rows)} {'path' if len(rows) == 1 else 'paths'} lead"
    if len(rows) == 1:
        count = count.replace("lead", "leads")
    title = f"{count} from {story.labels[trace.graph.output]} back to {name}"
    if why:
        title = f"{why[:1].upper()}{why[1:]}; these are the uses of {name}"
    total = briefly(trace.xp, trace.gradients[node], "panel", story.rules.digits)
    parts = [row.brings.rpartition(" ")[2] for row in rows]
    shape = trace.graph.nodes[node].shape or ()
    added = " + ".join(f"({p})" if p.startswith(("-", "−")) else p for p in parts)
    is_sum = len(rows) > 1 and not shape and trace.graph.is_scalar and not why
    said = f"d{name} = {added} {_sign(parts, total)} {total}" if is_sum else f"d{name} = {total}"
    return Whence(plain_minus(title), rows, plain_minus(said))


def _sign(parts: Sequence[str], total: str) -> str:
    """Whether the terms give the total as they are shown."""
    try:
        added = sum(Fraction(part.replace("−", "-")) for part in parts)
        return "=" if added == Fraction(total.replace("−", "-")) else "≈"
    except ValueError:  # symbols, infinities
        return "="


def _rows(story: Story, node: int, listed: Sequence[tuple[Edge, ...]]) -> tuple[Row, ...]:
    """A row for each path: the product along it, or what it brings where it is no plain product."""
    trace = story.trace
    found, _ = paths(trace, node)
    whole = found is not None and all(
        factor is not None for path in found for factor in path.locals
    )
    shared = Counter(edges[0] for edges in listed)
    rule = ChainRule(story)
    rows = []
    for number, edges in enumerate(listed):
        step = trace.step_of(edges[0])
        assert step is not None
        if whole:
            assert found is not None
            brings = rule.along(found[number])
        elif shared[edges[0]] == 1:
            brings = _brought(story, step)
        else:
            brings = f"with others by way of {story.labels.get(edges[0].target, 'a number')}"
        rows.append(Row(_said(story, edges), plain_minus(brings), step))
    return tuple(rows)


def _uses(story: Story, node: int) -> tuple[Row, ...]:
    """A row for each use of the node: what all paths through it bring together."""
    rows = []
    for step in story.trace.contributions(node):
        assert step.edge is not None
        way = f"… → {story.labels.get(step.edge.target, '')} → {story.labels[node]}"
        rows.append(Row(way, plain_minus(_brought(story, step.number)), step.number))
    return tuple(rows)


def _brought(story: Story, step: int) -> str:
    found = story.trace.step(step)
    return briefly(story.trace.xp, found.contribution, "panel", story.rules.digits)


def _said(story: Story, edges: Sequence[Edge]) -> str:
    """`f → a → x`, from the output back."""
    nodes = [edges[0].source, *(edge.target for edge in edges)][::-1]
    names = [story.labels.get(node, "a number") for node in nodes]
    if len(names) > MOST_STOPS:
        names[4:-4] = ["…"]
    return " → ".join(names)
