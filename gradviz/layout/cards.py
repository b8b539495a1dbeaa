"""Placing cards of known size and running wires between their ports, left to right.

All text of a picture lives in cards, so labels cannot meet if cards do not. The engine sees each
card as a table of fixed size whose one-unit rows are the ports; what it answers is then made exact
(wires end on their ports, level) and checked (no wire passes a card), and a wire that fails the
check is run by `gradviz.layout.detour` instead.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gradviz.errors import LayoutError, ValueInputError
from gradviz.layout import dot
from gradviz.layout.curves import Box, Curve, Point, crosses, extent
from gradviz.layout.detour import Column, columns, detour

LIMIT: Final = 400
"""The most cards that are placed at once: a larger graph is unreadable, and scopes should be
folded.
"""

CARD_GAP: Final = 24
CHANNEL: Final = 44

Wire = tuple[int, int, int]
"""Source card, target card, slot: which operand port of the target."""


class TooLargeError(LayoutError):
    """More cards than can be placed, or placed in time: fold scopes and try again with fewer."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is placed: its size, the heights of its operand ports (left edge) and of its output port
    (right).

    Heights are counted from the card's top, all in user units.
    """

    width: float
    height: float
    ports: tuple[float, ...]
    out: float


@dataclass(frozen=True, slots=True)
class CardLayout:
    """Where everything stands, in user units from the top left corner, y downwards.

    A wire's points are those of a cubic Bezier curve, from its source card's right edge to its
    target card's left.
    """

    width: float
    height: float
    boxes: dict[int, Box]
    wires: dict[Wire, Curve]


def place_cards(
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    *,
    engine: str = "auto",
    timeout: float = 10.0,
    limit: int = LIMIT,
    first: Collection[int] = (),
    last: Collection[int] = (),
    channel: float = CHANNEL,
) -> CardLayout:
    """The layout of cards and the wires between them; the same input gives the same layout.

    No two cards overlap, and no wire passes through a card. The cards of `first` and `last` have a
    column of their own at the left and at the right end. `channel` is the room for wires between
    columns; `engine` and `timeout` are those of `dot.run`.
    Raises TooLargeError for more than `limit` cards or when time ran out, LayoutError when no
    engine works, and ValueInputError for ports beyond their card and for wires without a card or
    port, twice the same or in a circle.
    """
    if len(cards) > limit:
        raise TooLargeError(
            f"{len(cards)} cards are too many for one picture",
            expected=f"at most {limit}",
            hint="fold scopes",
        )
    _check(cards, wires)
    if not cards:
        return CardLayout(0.0, 0.0, {}, {})
    try:
        ends = {"source": first, "sink": last}
        answer = dot.run(_dot_text(cards, wires, ends, channel), engine=engine, timeout=timeout)
    except dot.LayoutTimeoutError as error:
        raise TooLargeError(
            f"placing {len(cards)} cards took too long",
            got=error.got,
            hint="fold scopes, or allow more time",
        ) from error
    boxes = _boxes(answer, cards)
    return _trimmed(boxes, _wires(answer, cards, wires, boxes))


def _check(cards: Mapping[int, Card], wires: Sequence[Wire]) -> None:
    for key, card in cards.items():
        if not all(0 <= height <= card.height for height in (*card.ports, card.out)):
            raise ValueInputError(f"card {key} has a port above or below it", got=card)
    seen: set[Wire] = set()
    for wire in wires:
        source, target, slot = wire
        if source not in cards or target not in cards:
            raise ValueInputError(f"the wire {wire} has no card at one end")
        if not 0 <= slot < len(cards[target].ports):
            raise ValueInputError(
                f"the wire {wire} has no port at its end", expected=f"a slot of card {target}"
            )
        if wire in seen:
            raise ValueInputError(f"the wire {wire} comes twice")
        seen.add(wire)


def _dot_text(
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    ends: Mapping[str, Collection[int]],
    channel: float,
) -> str:
    lines = [
        (
            f"digraph {{ rankdir=LR splines=spline nodesep={CARD_GAP / 72:.4f}"
            f" ranksep={channel / 72:.4f}"
        ),
        "node [shape=plain margin=0] edge [arrowhead=none]",
    ]
    lines += [f"c{key} [label=<{_table(cards[key])}>]" for key in sorted(cards)]
    for rank, keys in ends.items():
        if keys:
            # Without newrank a constraint can leave other cards far from where they are used.
            lines.append(
                f"newrank=true {{rank={rank} {' '.join(f'c{key}' for key in sorted(keys))}}}"
            )
    for index, (source, target, slot) in enumerate(wires):
        tail = f"c{source}:r{_row(cards[source].out, cards[source])}:e"
        head = f"c{target}:l{_row(cards[target].ports[slot], cards[target])}:w"
        lines.append(f'{tail} -> {head} [id="{index}"]')
    return "\n".join([*lines, "}"])


def _table(card: Card) -> str:
    """The card as a table of two columns: a row of height one where there is a port, and rows
    between.
    """
    left = {_row(height, card) for height in card.ports}
    right = _row(card.out, card)
    width, height = max(2, math.ceil(card.width)), max(1, math.ceil(card.height))
    widths = (width // 2, width - width // 2)
    rows, top = [], 0
    for row in sorted(left | {right}):
        if row > top:
            rows.append(_cells(widths, row - top, "", ""))
        rows.append(
            _cells(widths, 1, f"l{row}" if row in left else "", f"r{row}" if row == right else "")
        )
        top = row + 1
    if height > top:
        rows.append(_cells(widths, height - top, "", ""))
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{"".join(rows)}</TABLE>'
    )


def _cells(widths: tuple[int, int], height: int, *ports: str) -> str:
    cells = ""
    for width, port in zip(widths, ports, strict=True):
        name = f' PORT="{port}"' if port else ""
        cells += f'<TD{name} FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"></TD>'
    return f"<TR>{cells}</TR>"


def _row(height: float, card: Card) -> int:
    return min(max(0, math.floor(height)), max(1, math.ceil(card.height)) - 1)


def _boxes(answer: dict[str, Any], cards: Mapping[int, Card]) -> dict[int, Box]:
    top = _numbers(answer["bb"])[3]
    centres = {item["name"]: _numbers(item["pos"]) for item in answer["objects"] if "pos" in item}
    boxes = {}
    for key in sorted(cards):
        (x, y), card = centres[f"c{key}"], cards[key]
        boxes[key] = Box(x - card.width / 2, top - y - card.height / 2, card.width, card.height)
    return boxes


def _wires(
    answer: dict[str, Any],
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    boxes: Mapping[int, Box],
) -> dict[Wire, Curve]:
    top = _numbers(answer["bb"])[3]
    drawn = {int(edge["id"]): edge.get("pos", "") for edge in answer.get("edges", [])}
    standing = columns(boxes.values())
    lefts = [column.left for column in standing]
    found = {}
    for index, wire in enumerate(wires):
        source, target, slot = wire
        start = Point(boxes[source].right, boxes[source].y + cards[source].out)
        end = Point(boxes[target].x, boxes[target].y + cards[target].ports[slot])
        if end.x <= start.x:
            raise ValueInputError(
                f"the wire {wire} would run backwards", expected="wires without a circle"
            )
        between = standing[bisect_right(lefts, start.x) - 1 : bisect_right(lefts, end.x)]
        curve = _joined(_points(drawn.get(index, ""), top), start, end)
        found[wire] = (
            curve if curve and _clear(curve, standing, lefts) else detour(start, end, between)
        )
    return found


def _joined(points: list[Point], start: Point, end: Point) -> Curve:
    """The engine's wire with its ends moved onto the ports and made level there; empty if there is
    none.
    """
    if len(points) < 4:
        return ()
    first, last = points[1].x + start.x - points[0].x, points[-2].x + end.x - points[-1].x
    points[:2] = [start, Point(max(first, start.x + 4), start.y)]
    points[-2:] = [Point(min(last, end.x - 4), end.y), end]
    return tuple(points)


def _clear(curve: Curve, standing: list[Column], lefts: list[float]) -> bool:
    around = extent(curve)
    first, last = bisect_left(lefts, around.x), bisect_right(lefts, around.right)
    near = [card for column in standing[max(0, first - 1) : last] for card in column.cards]
    # Its own two cards it touches at their edges, which are not their inside.
    return not any(crosses(curve, card.grown(-0.5)) for card in near if card.meets(around))


def _trimmed(boxes: dict[int, Box], wires: dict[Wire, Curve]) -> CardLayout:
    """The layout moved so that cards and wires begin at the origin, its size rounded up to whole
    units.
    """
    all_extents = [*boxes.values(), *(extent(curve) for curve in wires.values())]
    left, top = min(box.x for box in all_extents), min(box.y for box in all_extents)
    width = max(box.right for box in all_extents) - left
    height = max(box.bottom for box in all_extents) - top
    moved_boxes = {key: Box(box.x - left, box.y - top, box.w, box.h) for key, box in boxes.items()}
    moved_wires = {
        wire: tuple(Point(x - left, y - top) for x, y in curve) for wire, curve in wires.items()
    }
    return CardLayout(math.ceil(width), math.ceil(height), moved_boxes, moved_wires)


def _points(text: str, top: float) -> list[Point]:
    """The points of a spline in the engine's words, where y runs upwards; arrow tips (`e,x,y`) are
    not.
    """
    pairs = [_numbers(pair) for pair in text.split() if not pair[0].isalpha()]
    return [Point(x, top - y) for x, y in pairs]


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
