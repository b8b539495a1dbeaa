"""Paths through the numbers of a network or of a product, with the local gradients along them.

Where `gradviz.trace.paths` goes from node to node of a graph, these go from unit to unit and from
entry to entry.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

from gradviz.trace.paths import MOST

MOST_HOPS: Final = 200_000
"""So many hops are followed."""

Spot = tuple[Any, ...]
"""A number, by what its walk knows it: a layer and a unit, an array and its indices."""


class Hop(NamedTuple):
    """From one number to one that is computed from it. The product of the factors is the local
    gradient; None where it is not a number of these two alone.
    """

    source: Spot
    target: Spot
    factors: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Ways:
    """The paths from some numbers to others.

    hops    the pairs of numbers that they connect.
    count   how many paths there are; 0 where none leads.
    listed  each of them, if there are at most `gradviz.trace.paths.MOST`; else none.
    total   the sum of their products; None where one is unknown, or there are several ends.
    """

    hops: frozenset[tuple[Spot, Spot]]
    count: int
    listed: tuple[tuple[Hop, ...], ...]
    total: float | None


def ways(hops: Sequence[Hop], stops: Sequence[Collection[Spot]]) -> Ways:
    """The paths that pass through one number of each stop.

    hops  in topological order: those that arrive at a number come before those that leave it.
    """
    stretches = [_between(hops, *ends) for ends in pairwise(stops)]
    if not all(stretches):
        return Ways(frozenset(), 0, (), None)
    followed = [hop for stretch in stretches for hop in stretch]
    counts, sums = _sums(followed, stops[-1])
    count = sum(counts.get(spot, 0) for spot in stops[0])
    listed = tuple(_listed(followed, stops[0])) if count <= MOST else ()
    is_single = len(stops[0]) == len(stops[-1]) == 1
    total = sums.get(next(iter(stops[0]))) if is_single else None
    return Ways(frozenset(hop[:2] for hop in followed), count, listed, total)


def product(hops: Iterable[Hop]) -> float | None:
    """The product of the local gradients along a path."""
    factors = [hop.factors for hop in hops]
    return None if None in factors else math.prod(v for given in factors for v in given or ())


def _between(hops: Sequence[Hop], start: Collection[Spot], end: Collection[Spot]) -> list[Hop]:
    """The hops of all paths from one stop to the next."""
    after, leading = set(start), []
    for hop in hops:
        if hop.source in after:
            after.add(hop.target)
            leading.append(hop)
    before, found = set(end), []
    for hop in reversed(leading):
        if hop.target in before:
            before.add(hop.source)
            found.append(hop)
    return found[::-1]


def _sums(
    hops: Sequence[Hop], end: Collection[Spot]
) -> tuple[dict[Spot, int], dict[Spot, float | None]]:
    """For every number how many paths lead from it to the end, and the sum of their products."""
    counts, sums = dict.fromkeys(end, 1), dict[Spot, float | None](dict.fromkeys(end, 1.0))
    for hop in reversed(hops):
        counts[hop.source] = counts.get(hop.source, 0) + counts[hop.target]
        before, after, own = sums.get(hop.source, 0.0), sums[hop.target], product([hop])
        known = before is not None and after is not None and own is not None
        sums[hop.source] = before + own * after if known else None  # type: ignore[operator]
    return counts, sums


def _listed(hops: Sequence[Hop], start: Collection[Spot]) -> Iterator[tuple[Hop, ...]]:
    """Each path, in the order of the hops."""
    leaving: dict[Spot, list[Hop]] = {}
    for hop in hops:
        leaving.setdefault(hop.source, []).append(hop)
    waiting: list[tuple[Hop, ...]] = []
    waiting.extend((hop,) for spot in start for hop in leaving.get(spot, ()))
    waiting.reverse()
    while waiting:
        way = waiting.pop()
        further = leaving.get(way[-1].target, ())
        if not further:
            yield way
        waiting += [(*way, hop) for hop in reversed(further)]
