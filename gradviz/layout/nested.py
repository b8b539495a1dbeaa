"""Cards within boxes of their scopes. No box is divided, and none holds a card of another scope or
is crossed by a wire that leads elsewhere.

Each scope is placed by itself; what is around it sees one card, with a port for every value that
enters and one for every value that leaves. Equal scopes are equal inside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

from gradviz.graph.fold.groups import around
from gradviz.layout.apart import kept_apart, polyline
from gradviz.layout.cards import CHANNEL, TIMEOUT, CardLayout, place_cards
from gradviz.layout.curves import Box, Curve, Point
from gradviz.layout.engines import Card, Wire, holders
from gradviz.layout.rows.place import place_in_rows
from gradviz.layout.rows.room import Room
from gradviz.layout.rows.stack import AXIS, on

PAD: Final = 8.0
"""The distance of a box from what it holds."""
TITLE: Final = 8.0
"""How far a title stands out above the upper edge of its box."""
INDENT: Final = 20.0
"""The least distance of a title from the corners of its box."""


def place_nested(
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    scopes: Mapping[int, str],
    titles: Mapping[str, float],
    *,
    room: Room,
    engine: str = "auto",
    timeout: float = TIMEOUT,
    channel: float = CHANNEL,
    stubs: Collection[int] = (),
) -> CardLayout:
    """The layout of cards, in as many rows as make its numbers largest in the room.

    scopes  the path of each card's scope, such as `block1/conv`.
    titles  the scopes that have a box, and how wide their titles are.
    stubs   see `place_in_rows`.

    A scope that its values leave and come back to has no box. Raises what `place_cards` raises.
    """

    if not titles:
        return place_in_rows(
            cards, wires, room=room, engine=engine, timeout=timeout, channel=channel, stubs=stubs
        )
    nest = _Nest(cards, wires, scopes, titles)
    return nest.layout(room, (engine, timeout, channel), stubs)


def placeable(
    paths: Iterable[str], scopes: Mapping[int, str], links: Collection[tuple[int, int]]
) -> list[str]:
    """The paths of scopes that can have boxes: no two of them need results of one another.

    scopes  the path of each card's scope; links: cards, each with one that uses its result.
    """
    found = dict.fromkeys(paths)
    while cycle := _cycle(found, scopes, links):
        for path in cycle:
            del found[path]
    return list(found)


def _cycle(
    paths: Collection[str], scopes: Mapping[int, str], links: Iterable[tuple[int, int]]
) -> set[str]:
    """Some boxes that need one another's results; none if all can be placed."""
    needs: dict[str, dict[int | str, set[int | str]]] = {}
    for source, target in links:
        one, other = (["", *_boxes(scopes.get(key, ""), paths)] for key in (source, target))
        shared = _shared(one, other)
        before = one[shared] if shared < len(one) else source
        after = other[shared] if shared < len(other) else target
        needs.setdefault(one[shared - 1], {}).setdefault(after, set()).add(before)
    for graph in needs.values():
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return {item for item in error.args[1] if isinstance(item, str)}
    return set()


def _boxes(path: str, paths: Collection[str]) -> list[str]:
    """The boxes around what is in a scope, from the outermost."""
    return [found for found in around(path) if found in paths]


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many boxes are around both."""
    return sum(a == b for a, b in zip(one, other, strict=False))


class _Level(NamedTuple):
    """What stands directly in one box, or in none: the cards there, those of boxes in it and small
    ones where values enter and leave, and the wires between all of these.
    """

    cards: dict[int, Card]
    wires: dict[Wire, None]
    enters: dict[int, int]
    leaves: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Inside:
    """A placed level, and where it begins in its box."""

    layout: CardLayout
    x: float
    y: float


class _Nest:
    """Boxes within boxes, each placed before what is around it."""

    def __init__(
        self,
        cards: Mapping[int, Card],
        wires: Sequence[Wire],
        scopes: Mapping[int, str],
        titles: Mapping[str, float],
    ) -> None:
        self.cards, self.scopes = cards, scopes
        self.holder = holders(cards)
        links = [(self.holder[source], target) for source, target, _ in wires]
        self.titles = {path: titles[path] for path in placeable(titles, scopes, links)}
        self._keys = iter(range(max(self.holder, default=0) + 1, 1 << 62))
        self.boxes = {path: next(self._keys) for path in self.titles}
        self.levels = {path: _Level({}, {}, {}, {}) for path in ("", *self.titles)}
        for key, card in cards.items():
            self.levels[self._home(key)].cards[key] = card
        self.legs = {wire: [*self._legs(wire)] for wire in wires}
        for legs in self.legs.values():
            for path, leg in legs:
                self.levels[path].wires[leg] = None

    def _home(self, key: int) -> str:
        """The innermost box around a card; empty if there is none."""
        return self._chain(key)[-1]

    def _around(self, path: str) -> str:
        """The box around a box."""
        return ["", *_boxes(path, self.titles)][-2]

    def _chain(self, key: int) -> list[str]:
        """The boxes around a card, from the outermost, after none."""
        return ["", *_boxes(self.scopes.get(key, ""), self.titles)]

    def _legs(self, wire: Wire) -> Iterator[tuple[str, Wire]]:
        """A wire in parts: out of the boxes around its source, and into those around its end."""
        source, target, _ = wire
        one, other = self._chain(self.holder[source]), self._chain(target)
        shared = _shared(one, other)
        for path in reversed(one[shared:]):
            yield path, (source, self._leave(path, source), 0)
        for outer, path in zip(other[shared - 1 :], other[shared:], strict=False):
            yield outer, (source, self.boxes[path], self._enter(path, source))
        yield other[-1], wire

    def _enter(self, path: str, value: int) -> int:
        """The port of a box at which a value enters."""
        level = self.levels[path]
        if value not in level.enters:
            level.enters[value] = next(self._keys)
            level.cards[level.enters[value]] = Card(2, 13, (), AXIS, {value: AXIS})
        return [*level.enters].index(value)

    def _leave(self, path: str, value: int) -> int:
        """The small card at which a value leaves a box."""
        level = self.levels[path]
        if value not in level.leaves:
            level.leaves[value] = next(self._keys)
            level.cards[level.leaves[value]] = Card(2, 13, (AXIS,), AXIS)
        return level.leaves[value]

    def layout(
        self, room: Room, placing: tuple[str, float, float], stubs: Collection[int]
    ) -> CardLayout:
        """Everything in its place."""
        engine, timeout, channel = placing
        inside: dict[str, _Inside] = {}
        known: dict[object, CardLayout] = {}
        for path in sorted(self.titles, key=lambda path: (-path.count("/"), path)):
            made = _placed(self.levels[path], known, placing)
            wide = max(made.width + 2 * PAD, self.titles[path] + 2 * INDENT)
            inside[path] = _Inside(made, (wide - made.width) / 2, TITLE + PAD)
            self.levels[self._around(path)].cards[self.boxes[path]] = self._box(
                self.levels[path], inside[path], wide
            )
        top = self.levels[""]
        whole = place_in_rows(
            top.cards,
            [*top.wires],
            room=room,
            engine=engine,
            timeout=timeout,
            channel=channel,
            stubs=stubs,
        )
        inside[""] = _Inside(whole, 0.0, 0.0)
        return self._assembled(inside)

    def _box(self, level: _Level, inside: _Inside, width: float) -> Card:
        """The card of a box."""
        made = inside.layout
        ports = [made.boxes[key].y + AXIS + inside.y for key in level.enters.values()]
        outs = {value: made.boxes[key].y + AXIS + inside.y for value, key in level.leaves.items()}
        height = inside.y + made.height + PAD
        return Card(width, height, tuple(ports), height / 2, outs)

    def _assembled(self, inside: Mapping[str, _Inside]) -> CardLayout:
        whole, origins = inside[""].layout, {"": Point(0.0, 0.0)}
        scopes = {}
        for path in sorted(self.titles, key=lambda path: (path.count("/"), path)):
            around = self._around(path)
            x, y, w, h = _at(inside[around].layout.boxes[self.boxes[path]], origins[around])
            origins[path] = Point(x + inside[path].x, y + inside[path].y)
            scopes[path] = Box(x, y + TITLE, w, h - TITLE)
        boxes = {
            key: _at(inside[self._home(key)].layout.boxes[key], origins[self._home(key)])
            for key in self.cards
        }
        wires = {}
        for wire, legs in self.legs.items():
            curve: Curve = ()
            for path, leg in legs:
                more = _moved(inside[path].layout.wires[leg], origins[path])
                curve = on(on(curve, polyline([curve[-1], more[0]])), more) if curve else more
            wires[wire] = curve
        forks: dict[int, tuple[Point, ...]] = {}
        for path, part in inside.items():
            for value, points in part.layout.forks.items():
                forks[value] = (*forks.get(value, ()), *_moved(points, origins[path]))
        outermost = {key: self._chain(key)[1:2] for key in self.cards}
        rows = {
            key: whole.rows[self.boxes[path[0]] if path else key]
            for key, path in outermost.items()
            if whole.rows
        }
        swapped = {key for part in inside.values() for key in part.layout.swapped}
        return replace(
            whole,
            boxes=boxes,
            wires=wires,
            forks=forks,
            rows=rows,
            swapped=frozenset(swapped),
            scopes=scopes,
        )


def _placed(
    level: _Level, known: dict[object, CardLayout], placing: tuple[str, float, float]
) -> CardLayout:
    """A level in one row; equal levels are placed once."""
    engine, timeout, channel = placing
    keys = sorted(level.cards)
    values = [value for key in keys for value in (key, *level.cards[key].outs)]
    number = {value: i for i, value in enumerate(values)}
    cards = {
        number[key]: replace(card, outs={number[value]: y for value, y in card.outs.items()})
        for key, card in level.cards.items()
    }
    wires = sorted((number[s], number[t], slot) for s, t, slot in level.wires)
    ends = [sorted(number[key] for key in ends.values()) for ends in (level.enters, level.leaves)]
    same = repr((sorted(cards.items()), wires, ends))
    if same not in known:
        first, last = ends
        known[same] = kept_apart(
            place_cards(
                cards,
                wires,
                engine=engine,
                timeout=timeout,
                channel=channel,
                first=first,
                last=last,
            )
        )
    made = known[same]
    return replace(
        made,
        boxes={values[i]: box for i, box in made.boxes.items()},
        wires={(values[s], values[t], slot): way for (s, t, slot), way in made.wires.items()},
        forks={values[i]: points for i, points in made.forks.items()},
        swapped=frozenset(values[i] for i in made.swapped),
    )


def _at(box: Box, origin: Point) -> Box:
    return Box(box.x + origin.x, box.y + origin.y, box.w, box.h)


def _moved(points: Iterable[Point], origin: Point) -> tuple[Point, ...]:
    return tuple(Point(x + origin.x, y + origin.y) for x, y in points)
