"""Two runs that are compared: where the one is when the other is at a step, and what it knows of a
node.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import gradviz as gv
from gradviz.graph.union import Union, union
from gradviz.trace.compared import difference
from gradviz.trace.pair import Counts, joined
from gradviz_tui.walk.state import Walk


class Counterpart(NamedTuple):
    """What the other run has for a node at the same place; None for what it does not know yet."""

    name: str
    trace: gv.Trace
    value: Any
    gradient: Any


@lru_cache(maxsize=4)
def together(first: gv.Trace, second: gv.Trace) -> tuple[Union, tuple[Counts, ...]]:
    """The graph of two runs, and the steps of both that are done after every step of it."""
    made = union(first.graph, second.graph)
    return made, joined((first, second), made)


def switched(walk: Walk) -> Walk | None:
    """The other run at the same place, with the same node chosen; None where nothing is compared,
    and inside a node.
    """
    opened = walk.opened.switched
    if opened is None or walk.outer is not None:
        return None
    then = walk.view_of(opened)

    def carried(node: int) -> int | None:
        own = _partner(walk, walk.view.node[node])
        return None if own is None else then.card[own]

    chosen = None if walk.selected is None else carried(walk.selected)
    broken = frozenset(n for b in walk.broken if (n := carried(b)) is not None)
    k = then.from_whole(_step(walk))
    return replace(walk, opened=opened, k=k, selected=chosen, broken=broken, past=(), future=())


def counterpart(walk: Walk, node: int) -> Counterpart | None:
    """What the other run has for a node; None where it lacks it, and where nothing is compared."""
    rival = walk.opened.rival
    if rival is None or walk.outer is not None:
        return None
    own, k = _partner(walk, walk.view.node[node]), _step(walk)
    if own is None:
        return None
    trace = rival.trace
    return Counterpart(rival.name, trace, trace.value_by(own, k), trace.gradient_by(own, k))


def differing(walk: Walk) -> frozenset[int]:
    """The nodes that are shown whose values differ in the other run."""
    rival = walk.opened.rival
    if rival is None or walk.outer is not None:
        return frozenset()
    return _differing(walk.opened.trace, rival.trace, walk)


def _differing(first: gv.Trace, second: gv.Trace, walk: Walk) -> frozenset[int]:
    apart = apart_nodes(first, second)
    return frozenset(seen for seen, whole in walk.view.node.items() if whole in apart)


@lru_cache(maxsize=4)
def apart_nodes(first: gv.Trace, second: gv.Trace) -> frozenset[int]:
    """The nodes of the first run whose value differs in the second."""
    found = set()
    for i, j in together(first, second)[0].nodes:
        if i is not None and j is not None:
            apart = difference(first.values[i], second.values[j])
            found |= set() if apart is not None and apart.is_none else {i}
    return frozenset(found)


def _partner(walk: Walk, whole: int) -> int | None:
    """The node of the other run for one of this whole run."""
    assert walk.opened.rival is not None
    made, _ = together(walk.opened.trace, walk.opened.rival.trace)
    return made.nodes[made.places[0][whole]][1]


def _step(walk: Walk) -> int:
    """The step of the other whole run that belongs to this one's."""
    assert walk.opened.rival is not None
    _, held = together(walk.opened.trace, walk.opened.rival.trace)
    return meeting(held)[walk.view.to_whole(walk.k)]


@lru_cache(maxsize=4)
def meeting(held: tuple[Counts, ...]) -> tuple[int, ...]:
    """For each step of the first run, from 0 on, the one of the second that belongs to it: the same
    step, or where each goes its own way as many steps along that.
    """
    found, k = [0], 1
    while k < len(held):
        (i, j), mine, theirs = held[k - 1], 0, 0
        if held[k] == (i + 1, j + 1):
            found.append(j + 1)
            k += 1
            continue
        while k < len(held) and held[k] == (i + mine + 1, j):
            mine, k = mine + 1, k + 1
        while k < len(held) and held[k] == (i + mine, j + theirs + 1):
            theirs, k = theirs + 1, k + 1
        found += [j + min(a, theirs) for a in range(1, mine)]
        found += [j + theirs] if mine else []
    return tuple(found)
