"""Placing cards of known size and running wires between their ports, left to right.

All text of a picture lives in cards, so labels cannot meet if cards do not. What a layout engine
answers is made exact (wires end on their ports, level) and checked (no wire passes a card); a wire
that fails the check is run by `gradviz.layout.detour` instead.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gradviz.errors import LayoutError, ValueInputError
from gradviz.layout import engines
from gradviz.layout.curves import Box, Curve, Point, extent
from gradviz.layout.detour import clear, columns, detour
from gradviz.layout.engines import Answer, Card, Engine, LayoutTimeoutError, Request, Wire, holders
from gradviz.layout.fans import fans
from gradviz.layout.pulled import pulled_in

LIMIT: Final = 400
"""The most cards that are placed at once: of a larger graph a part is drawn, or scopes are folded.
"""
TIMEOUT: Final = 60.0
"""Seconds after which an engine that does not answer is given up. What decides whether a graph is
placed is `gradviz.layout.work`, not the clock.
"""

CARD_GAP: Final = 6
CHANNEL: Final = 16
FAR: Final = 16.0
"""An input whose wire could be so much shorter is moved to the right in its column."""
LANE: Final = 4.5
BORDER: Final = 10.0
"""A channel is at least BORDER wide, and a LANE for every value that runs in it."""


class TooLargeError(LayoutError):
    """More cards than can be placed, or placed in time: fold scopes and try again with fewer."""


@dataclass(frozen=True, slots=True)
class CardLayout:
    """The position of everything, in user units from the top left corner, y downwards.

    A wire's points are those of a cubic Bezier curve, from its source card's right edge to its
    target card's left. `forks` says where the wires of a value part, `rows` in which row
    each card is, if there are several, `swapped` at which cards the two wires arrive in the other
    order, `scopes` where the box of each scope is. `engine` placed them; `failed` says why others
    did not.
    """

    width: float
    height: float
    boxes: dict[int, Box]
    wires: dict[Wire, Curve]
    forks: Mapping[int, Sequence[Point]] = field(default_factory=dict)
    rows: Mapping[int, int] = field(default_factory=dict)
    swapped: frozenset[int] = frozenset()
    scopes: Mapping[str, Box] = field(default_factory=dict)
    engine: Engine | None = field(default=None, compare=False, repr=False)
    failed: tuple[str, ...] = field(default=(), compare=False, repr=False)


def place_cards(
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    *,
    engine: str = "auto",
    timeout: float = TIMEOUT,
    limit: int = LIMIT,
    first: Collection[int] = (),
    last: Collection[int] = (),
    channel: float = CHANNEL,
) -> CardLayout:
    """The layout of cards and the wires between them; the same input gives the same layout.

    No two cards overlap, and no wire passes through a card. The cards of `first` and `last` go
    in the leftmost and the rightmost column. `channel` is the room for wires between columns;
    `engine` and `timeout` are those of `engines.place`.
    Raises TooLargeError for more than `limit` cards or when time runs out, LayoutError when no
    engine works, and ValueInputError for ports outside their card and for wires without a card or
    port, given twice or in a cycle.
    """
    check_count(len(cards), limit)
    _check(cards, wires)
    if not cards:
        return CardLayout(0.0, 0.0, {}, {})
    try:
        request = Request(cards, wires, first, last, CARD_GAP, channel, timeout)
        answer, used, failed = engines.place(request, engine)
    except LayoutTimeoutError as error:
        raise TooLargeError(
            f"placing {len(cards)} cards took too long",
            got=error.got,
            hint="fold scopes, or allow more time",
        ) from error
    answer, holder = _led_in(answer, cards, request), holders(cards)
    answer = _widened(_beside(answer, cards, wires), cards, wires)
    swapped = _swapped(answer, cards, wires, holder)
    drawn = _wires(answer, cards, wires, holder, swapped)
    forks = _forks(answer, cards, wires, holder)
    sized = trimmed(answer.boxes, pulled_in(answer.boxes, drawn), forks)
    return CardLayout(*sized, swapped=swapped, engine=used, failed=tuple(failed))


def check_count(cards: int, limit: int = LIMIT) -> None:
    """Raise TooLargeError for more cards than can be placed."""
    if cards > limit:
        raise TooLargeError(
            f"{cards} cards are too many for one picture",
            expected=f"at most {limit}",
            hint="fold scopes",
        )


def _check(cards: Mapping[int, Card], wires: Sequence[Wire]) -> None:
    for key, card in cards.items():
        heights = (*card.ports, card.out, *card.outs.values())
        if not all(0 <= height <= card.height for height in heights):
            raise ValueInputError(f"card {key} has a port above or below it", got=card)
    seen: set[Wire] = set()
    holder = holders(cards)
    for wire in wires:
        source, target, slot = wire
        if source not in holder or target not in cards:
            raise ValueInputError(f"the wire {wire} has no card at one end")
        if not 0 <= slot < len(cards[target].ports):
            raise ValueInputError(
                f"the wire {wire} has no port at its end", expected=f"a slot of card {target}"
            )
        if wire in seen:
            raise ValueInputError(f"the wire {wire} is given twice")
        seen.add(wire)


def _led_in(answer: Answer, cards: Mapping[int, Card], request: Request) -> Answer:
    """The answer with the cards of `first` in a column of their own on the left, where an engine
    has put some of them behind others.
    """
    first, boxes = set(request.first), answer.boxes
    foremost = columns(boxes.values())[0]
    if all(boxes[key].x < foremost.right for key in first):
        return answer
    left = min((b.x for key, b in boxes.items() if key not in first), default=foremost.left)
    found, y = dict(boxes), -math.inf
    for key in sorted(first, key=lambda key: boxes[key].y):
        box = boxes[key]
        y = max(y, box.y)
        found[key] = Box(left - request.channel - box.w, y, box.w, box.h)
        y += box.h + request.gap
    holder = holders(cards)
    return Answer(found, {w: c for w, c in answer.wires.items() if holder[w[0]] not in first})


def _beside(answer: Answer, cards: Mapping[int, Card], wires: Sequence[Wire]) -> Answer:
    """The answer with inputs as near as their column allows to the next, if it alone uses them."""
    holder, standing = holders(cards), columns(answer.boxes.values())
    place = {box: i for i, column in enumerate(standing) for box in column.cards}
    led = {target for _, target, _ in wires}
    uses: dict[int, list[Wire]] = {}
    for wire in wires:
        if holder[wire[0]] not in led:
            uses.setdefault(holder[wire[0]], []).append(wire)
    boxes, drawn = dict(answer.boxes), dict(answer.wires)
    for key, leaving in uses.items():
        box = boxes[key]
        here, right = place[box], standing[place[box]].right
        if right - box.right < FAR or {place[boxes[t]] for _, t, _ in leaving} != {here + 1}:
            continue
        boxes[key] = Box(right - box.w, box.y, box.w, box.h)
        for wire in leaving:
            drawn.pop(wire, None)
    return Answer(boxes, drawn)


def _widened(answer: Answer, cards: Mapping[int, Card], wires: Sequence[Wire]) -> Answer:
    """The answer with every channel as wide as the values that run in it need."""
    holder = holders(cards)
    standing = columns(answer.boxes.values())
    gaps = [(a.right, b.left) for a, b in itertools.pairwise(standing)]
    running: list[set[int]] = [set() for _ in gaps]
    ends = [right for right, _ in gaps]
    for source, target, _ in wires:
        first = bisect_left(ends, answer.boxes[holder[source]].right)
        for i in range(first, bisect_left(ends, answer.boxes[target].x)):
            running[i].add(source)
    stretches = [
        (left, right, max(right - left, BORDER + LANE * len(values)))
        for (left, right), values in zip(gaps, running, strict=True)
    ]
    if all(wanted == right - left for left, right, wanted in stretches):
        return answer

    def moved(x: float) -> float:
        shift = 0.0
        for left, right, wanted in stretches:
            if x <= left:
                break
            shift += (wanted - right + left) * min(1.0, (x - left) / (right - left))
        return x + shift

    boxes = {key: Box(moved(b.x), b.y, b.w, b.h) for key, b in answer.boxes.items()}
    drawn = {wire: [Point(moved(x), y) for x, y in points] for wire, points in answer.wires.items()}
    return Answer(boxes, drawn)


def _swapped(
    answer: Answer, cards: Mapping[int, Card], wires: Sequence[Wire], holder: Mapping[int, int]
) -> frozenset[int]:
    """The cards whose two wires may arrive in either order and would cross in their own."""
    coming: dict[int, dict[int, tuple[float, float]]] = {}
    for wire in wires:
        source, target, slot = wire
        if cards[target].swaps:
            card, box = cards[holder[source]], answer.boxes[holder[source]]
            start = box.y + card.leaves(source)
            last = [*answer.wires.get(wire, ())][-4:]
            near = sum(y for _, y in last) / len(last) if last else start
            coming.setdefault(target, {})[slot] = round(near, 3), round(start, 3)
    pairs = {key: heights for key, heights in coming.items() if len(heights) == 2}
    return frozenset(key for key, heights in pairs.items() if heights[0] > heights[1])


def _wires(
    answer: Answer,
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    holder: Mapping[int, int],
    swapped: Collection[int],
) -> dict[Wire, Curve]:
    boxes = answer.boxes
    standing = columns(boxes.values())
    lefts = [column.left for column in standing]
    ends = {}
    for wire in wires:
        source, target, slot = wire
        box, port = boxes[holder[source]], 1 - slot if target in swapped else slot
        start = Point(box.right, box.y + cards[holder[source]].leaves(source))
        end = Point(boxes[target].x, boxes[target].y + cards[target].ports[port])
        if end.x <= start.x:
            raise ValueInputError(
                f"the wire {wire} would run backwards", expected="wires without a cycle"
            )
        ends[wire] = start, end
    found = fans(boxes, ends)
    for wire, (start, end) in ends.items():
        if wire in found:
            continue
        between = standing[bisect_right(lefts, start.x) - 1 : bisect_right(lefts, end.x)]
        curve = _joined([*answer.wires.get(wire, ())], start, end)
        found[wire] = (
            curve if curve and clear(curve, standing, lefts) else detour(start, end, between)
        )
    return found


def _forks(
    answer: Answer, cards: Mapping[int, Card], wires: Sequence[Wire], holder: Mapping[int, int]
) -> dict[int, tuple[Point, ...]]:
    """Where the values part that more than one wire leads on."""
    counts = Counter(source for source, _, _ in wires)
    found: dict[int, tuple[Point, ...]] = {}
    for value in (value for value, count in counts.items() if count > 1):
        box, card = answer.boxes[holder[value]], cards[holder[value]]
        found[value] = (Point(box.right, box.y + card.leaves(value)),)
    return found


def _joined(points: list[Point], start: Point, end: Point) -> Curve:
    """The engine's wire with its ends moved onto the ports, horizontal there; empty if none."""
    if len(points) < 4:
        return ()
    first, last = points[1].x + start.x - points[0].x, points[-2].x + end.x - points[-1].x
    points[:2] = [start, Point(max(first, start.x + 4), start.y)]
    points[-2:] = [Point(min(last, end.x - 4), end.y), end]
    return tuple(points)


def trimmed(
    boxes: Mapping[int, Box], wires: Mapping[Wire, Curve], forks: Mapping[int, Sequence[Point]]
) -> tuple[float, float, dict[int, Box], dict[Wire, Curve], dict[int, tuple[Point, ...]]]:
    """The layout moved to begin at the origin, with its size rounded up to whole units."""
    all_extents = [*boxes.values(), *(extent(curve) for curve in wires.values())]
    left, top = min(box.x for box in all_extents), min(box.y for box in all_extents)
    width = max(box.right for box in all_extents) - left
    height = max(box.bottom for box in all_extents) - top

    def moved(points: Iterable[Point]) -> tuple[Point, ...]:
        return tuple(Point(x - left, y - top) for x, y in points)

    there = {key: Box(box.x - left, box.y - top, box.w, box.h) for key, box in boxes.items()}
    drawn = {wire: moved(curve) for wire, curve in wires.items()}
    parting = {value: moved(points) for value, points in forks.items()}
    return math.ceil(width), math.ceil(height), there, drawn, parting
