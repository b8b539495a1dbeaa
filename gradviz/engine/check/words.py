"""What a check says of one input, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from gradviz.arrays.digits import number
from gradviz.engine.check.proof import Proof
from gradviz.engine.check.slopes import Side
from gradviz.engine.check.verdicts import Element
from gradviz.graph.graph import Graph, labels
from gradviz.trace.trace import Trace

DIGITS = 6
GROUPS = 3
"""Of elements with different slopes, so many are told one by one."""


def about_kinks(graph: Graph, name: str, elements: Sequence[Element]) -> tuple[str, ...]:
    """Sentences about elements without a derivative, and about those on a kink that have one."""
    return (*_without(graph, name, elements), *_smooth_all_the_same(graph, name, elements))


def why_different(trace: Trace, name: str, elements: Sequence[Element]) -> tuple[str, ...]:
    """Sentences about gradients that differ, with the reason where it can be told."""
    graph, found = trace.graph, [e for e in elements if e.verdict == "differs"]
    said = []
    for key, group in _groups(found):
        _, _, ours = key
        left, right = group[0].slopes
        who = _who(name, group)
        slope = number(left if math.isfinite(left) else right, DIGITS)
        sides = (
            "the slopes from the left and from the right are both"
            if math.isfinite(left) and math.isfinite(right)
            else "the only slope there is, from one side, is"
        )
        said.append(f"{who}: {sides} {slope}, so the derivative is {slope}, not {ours}")
    kinked = sorted({k for e in found for k in e.kinks})
    if kinked:
        ops = sorted({graph.op(k).name for k in kinked})
        each = "each" if len(kinked) > 1 else "the"
        used = "; ".join(f"{each} {op}: {_ties(graph, kinked, op)}" for op in ops)
        said.append(
            f"at kinks the rules are conventions ({used}), and these do not add up to the slope"
        )
    if any(math.isnan(e.ours) for e in found) and (where := _first_nan(trace)):
        said.append(where)
    return tuple(said)


def _which(graph: Graph, node: int) -> str:
    """`relu`, or `relu (c)` where there are several."""
    op = graph.op(node)
    several = sum(n.op == op.name for n in graph.nodes) > 1
    return f"{op.name} ({labels(graph)[node]})" if several else op.name


def _ties(graph: Graph, nodes: Iterable[int], name: str) -> str:
    return next(graph.op(n).ties for n in nodes if graph.op(n).name == name)


def _without(graph: Graph, name: str, elements: Sequence[Element]) -> tuple[str, ...]:
    found = [e for e in elements if e.verdict == "no derivative here"]
    groups = _groups(found)
    said = []
    for (left, right, ours), group in groups[:GROUPS]:
        kinked = sorted({k for e in group for k in e.kinks})
        ties = dict.fromkeys(f"{_which(graph, k)}: {graph.op(k).ties}" for k in kinked)
        because = f" ({'; '.join(ties)})" if ties else ""
        said.append(
            f"{_who(name, group)}: no derivative here (left {left}, right {right});"
            f" {_convention(group[0], ours)}{because}"
        )
    if len(groups) > GROUPS:
        rest = sum(len(group) for _, group in groups[GROUPS:])
        said.append(f"{name}: {rest} more elements have no derivative, with other slopes")
    return tuple(said)


def _convention(element: Element, ours: str) -> str:
    low, high = sorted(element.slopes) if not any(map(math.isnan, element.slopes)) else (0.0, 0.0)
    if math.isnan(element.ours):
        return "the rules give NaN, which is no slope either"
    if math.isinf(element.ours):
        return f"the rule gives {ours}"
    near = 1e-3 * max(abs(low), abs(high), abs(element.ours))
    both = element.left.kind == element.right.kind == "slope"
    outside = both and not low - near <= element.ours <= high + near
    return f"we use {ours} by convention" + (", which is not between them" if outside else "")


def _smooth_all_the_same(graph: Graph, name: str, elements: Sequence[Element]) -> tuple[str, ...]:
    found = [e for e in elements if e.verdict == "agrees" and e.kinks]
    if not found:
        return ()
    kinked = sorted({k for e in found for k in e.kinks})
    ops = " and ".join(dict.fromkeys(graph.op(k).name for k in kinked))
    change = (
        "changes its formula"
        if len({graph.op(k).name for k in kinked}) == 1
        else ("change their formulas")
    )
    f = labels(graph).get(graph.output, "f")
    return (
        f"{_who(name, found)}: {ops} {change} here, but the slopes of {f} from the left and from"
        " the right agree, so there is a derivative",
    )


def about_edges(graph: Graph, name: str, elements: Sequence[Element]) -> tuple[str, ...]:
    """A sentence about elements on one side of which the function has no value."""
    f, said = labels(graph).get(graph.output, "f"), []
    for side, other in (("left", "right"), ("right", "left")):
        found = [
            e
            for e in elements
            if e.verdict in ("agrees", "differs")
            and getattr(e, side).kind == "undefined"
            and getattr(e, other).kind == "slope"
        ]
        if found:
            said.append(
                f"{_who(name, found)}: {f} is not defined to the {side}, so the slope from the"
                f" {other} is compared"
            )
    return tuple(said)


def why_unmeasured(name: str, elements: Sequence[Element]) -> tuple[str, ...]:
    """A sentence about elements whose slopes cannot be told."""
    found = [
        e
        for e in elements
        if e.verdict == "cannot be measured" and "unknown" in (e.left.kind, e.right.kind)
    ]
    if not found:
        return ()
    return (
        f"{_who(name, found)}: the differences are lost in rounding or do not settle, so they"
        " prove nothing",
    )


def why_unproved(name: str, elements: Sequence[Element], proof: Proof) -> str:
    """A sentence about elements whose exact slope is missing though others were derived."""
    told = ("not defined here", "no derivative here")
    found = [e for e in elements if None in e.exact and e.verdict not in told]
    if not found or not proof.slopes:
        return ""
    return f"{_who(name, found)}: no exact slope, because it is infinite or cannot be derived"


def _groups(elements: Sequence[Element]) -> list[tuple[tuple[str, str, str], list[Element]]]:
    """Elements with the same slopes and the same gradient, as they are shown."""
    found: dict[tuple[str, str, str], list[Element]] = {}
    for element in elements:
        left, right = element.slopes
        key = (
            _slope(element.left, left),
            _slope(element.right, right),
            number(element.ours, DIGITS),
        )
        found.setdefault(key, []).append(element)
    return list(found.items())


def _slope(side: Side, value: float) -> str:
    """A slope, or why there is none."""
    if math.isfinite(value):
        lost = value == side.value and abs(value) <= 2 * side.error
        return number(0.0 if lost else value, DIGITS)
    return {"jump": "a jump", "undefined": "not defined", "unknown": "unknown"}.get(
        side.kind, number(value)
    )


def _who(name: str, elements: Sequence[Element]) -> str:
    """`x`, or `x[0], x[2], x[3] and 1 more`."""
    names = [f"{name}[{', '.join(map(str, e.place))}]" if e.place else name for e in elements]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _first_nan(trace: Trace) -> str:
    """Where NaN first arises in the backward pass."""
    recorded, names = trace.recording, labels(trace.graph)
    for edge, contribution in zip(recorded.edges, recorded.contribution, strict=True):
        if np.any(np.isnan(np.asarray(contribution, dtype=float))):
            op = trace.graph.op(edge.target).name
            where = names.get(edge.target, "")
            return (
                f"the NaN arises in the backward step of {op}{f' ({where})' if where else ''},"
                " where 0 meets an infinite or undefined slope, as in PyTorch and JAX; a safe"
                f" argument chosen inside the call keeps it away: {op}(where(condition, x, 1))"
            )
    return ""
