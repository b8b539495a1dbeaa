"""Routing between two columns: which vertical track each value takes.

Left-edge channel routing with vertical constraints (Hashimoto and Stevens, 1971; dogleg: Deutsch,
1976). A net is one value in one channel. It enters on the left at one row and leaves on the right
at one or more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import count

MANY_TRUNKS = 60
"""Beyond this many trunks in a channel, only constraints order the tracks, not crossings."""
OVERLAP = 1000
"""The cost of two values sharing a run, in crossings."""


class Trunk:
    """A vertical line of a net, from the row where it enters to the rows where it leaves."""

    __slots__ = ("entry", "exits", "high", "low", "track")

    def __init__(self, entry: int, exits: Sequence[int]) -> None:
        self.entry = entry
        self.exits = sorted(set(exits))
        self.low = min(entry, self.exits[0])
        self.high = max(entry, self.exits[-1])
        self.track = -1

    def meets(self, other: Trunk) -> bool:
        """Whether the two share a row, so that they cannot share a track."""
        return self.low <= other.high and other.low <= self.high

    def blocks(self, other: Trunk) -> bool:
        """Whether, standing left of `other`, it would lie on the run that enters `other`."""
        return other.entry in self.exits and other.entry not in other.exits

    def cost_left_of(self, other: Trunk) -> int:
        """The crossings of the two if this one stands left of `other`."""
        if not self.meets(other):
            return 0
        between = bisect_left(self.exits, other.high) - bisect_right(self.exits, other.low)
        return between + (self.low < other.entry < self.high) + OVERLAP * self.blocks(other)


class Net:
    """One value in one channel. A straight net has no trunk, a net with a dogleg has two."""

    __slots__ = ("entry", "exits", "trunks")

    def __init__(self, entry: int, exits: Sequence[int]) -> None:
        self.entry = entry
        self.exits = exits
        self.trunks = [Trunk(entry, exits)] if any(row != entry for row in exits) else []


def route(nets: Sequence[Net]) -> int:
    """Give every trunk its track, from 0 on the left, and return the number of tracks.

    Two values never share a run: trunks that share a row are on different tracks, and a trunk
    is left of those that leave at the row where it enters. Nets that wait for each other in a
    cycle get a dogleg. Only nets that leave at the same row (operands that share a port) meet
    there.
    """
    order = _by_constraints([trunk for net in nets for trunk in net.trunks])
    if len(order) <= MANY_TRUNKS:
        order = _by_crossings(order)
    order = _doglegs(order, nets)
    tracks = 0
    for index, trunk in enumerate(order):
        trunk.track = 1 + max(
            (left.track for left in order[:index] if left.meets(trunk)), default=-1
        )
        tracks = max(tracks, trunk.track + 1)
    return tracks


def _kind(trunk: Trunk) -> tuple[int, int, int]:
    """Trunks that go both ways, then those that go down, then up."""
    if trunk.entry == trunk.low:
        return 1, -trunk.entry, 0
    if trunk.entry == trunk.high:
        return 2, trunk.entry, 0
    return 0, trunk.high - trunk.low, trunk.entry


def _by_constraints(trunks: list[Trunk]) -> list[Trunk]:
    """Trunks that must be left first; free ones in the order of their kind."""
    ranked = sorted(trunks, key=_kind)
    entering = {trunk.entry: index for index, trunk in enumerate(ranked)}
    waiting = [0] * len(ranked)
    followers: list[list[int]] = [[] for _ in ranked]
    for index, trunk in enumerate(ranked):
        for row in trunk.exits:
            first = entering.get(row, index)
            if first != index and trunk.blocks(ranked[first]):
                waiting[index] += 1
                followers[first].append(index)
    return [ranked[index] for index in _released(waiting, followers)]


def _released(waiting: list[int], followers: list[list[int]]) -> list[int]:
    """A topological order, smallest index first; in a cycle the smallest index goes first."""
    free = [index for index, number in enumerate(waiting) if not number]
    heapify(free)
    done = [False] * len(waiting)
    order: list[int] = []
    stuck = 0
    while len(order) < len(waiting):
        while not free:
            if not done[stuck]:
                free.append(stuck)  # a cycle: this one will get a dogleg
            stuck += 1
        index = heappop(free)
        if done[index]:
            continue
        done[index] = True
        order.append(index)
        for follower in followers[index]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heappush(free, follower)
    return order


def _by_crossings(trunks: list[Trunk], rounds: int = 3) -> list[Trunk]:
    """Move trunks one at a time to where they cross the others least."""
    order = list(range(len(trunks)))
    left_of = [[a.cost_left_of(b) if a is not b else 0 for b in trunks] for a in trunks]
    for _ in range(rounds):
        moved = False
        for trunk in range(len(trunks)):
            at = order.index(trunk)
            del order[at]
            cost = sum(left_of[trunk][other] for other in order)
            costs = [cost]
            for other in order:
                cost += left_of[other][trunk] - left_of[trunk][other]
                costs.append(cost)
            best = min(costs)
            if costs[at] > best:
                at = costs.index(best)
                moved = True
            order.insert(at, trunk)
        if not moved:
            break
    return [trunks[index] for index in order]


def _doglegs(order: list[Trunk], nets: Sequence[Net]) -> list[Trunk]:
    """Split each trunk on the wrong side of another: down to an unused row, and on from there.

    Nothing else enters or leaves at that row, so the first half fits anywhere and the second half
    at the end.
    """
    place = {trunk.entry: index for index, trunk in enumerate(order)}
    wrong = [
        any(place.get(row, -1) > index and trunk.blocks(order[place[row]]) for row in trunk.exits)
        for index, trunk in enumerate(order)
    ]
    if not any(wrong):
        return order
    owner = {id(trunk): net for net in nets for trunk in net.trunks}
    used = {net.entry for net in nets}.union(*(net.exits for net in nets))
    halves: list[Trunk] = []
    result: list[Trunk] = []
    for trunk, split in zip(order, wrong, strict=True):
        if not split:
            result.append(trunk)
            continue
        row = next(
            row
            for step in count(1)
            for row in (trunk.entry + step, trunk.entry - step)
            if row not in used
        )
        used.add(row)
        first, second = Trunk(trunk.entry, [row]), Trunk(row, trunk.exits)
        owner[id(trunk)].trunks = [first, second]
        result.append(first)
        halves.append(second)
    return result + halves
