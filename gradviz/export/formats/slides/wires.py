"""Wires as connectors glued to what they join.

The straight parts of a wire are connectors, its curved part a freeform that these are glued to;
where one end joins nothing, a dot as thick as the wire is put. So every line stands exactly where
the scene has it, in every program, and follows a gate that is moved.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from gradviz.export.formats.slides.marks import Arrow, Paint, Step
from gradviz.export.formats.slides.shapes import Connector, Shape, Solid, of_rectangle
from gradviz.layout.curves import Box, Curve, Piece, Point, extent, pieces

JOINING: Final = ("wire", "arc", "tie")
"""The first words of the roles of lines that join shapes."""
JOINED: Final = ("gate", "entry", "dot", "capsule")
WINDOW: Final = "window"
"""The first words of the roles of shapes that wires lead to, and the role of one more."""
NEAR: Final = 1.5
"""How far from a shape an end may be that belongs to it."""
SAME: Final = 0.1
"""How far apart ends may be that meet."""
SQUARE: Final = 64.0
"""The side of the squares of a slide by which shapes are found."""
Square = tuple[int, int]
FLAT: Final = 0.05
"""How far from a straight line its handles may be."""
SHORTEST: Final = 3.0
"""A shorter straight part stays with the curve; so does one shorter than POINTED with an
arrowhead.
"""
POINTED: Final = 16.0


class Wire(NamedTuple):
    """A line of a scene: its name and role, and what it leads along."""

    name: str
    alt: str
    role: str
    curve: Curve
    paint: Paint
    arrow: Arrow = ""


@dataclass
class Joined:
    """The shapes of a scene in drawing order, and its wires among them, which are glued to them."""

    shapes: list[Shape | Wire] = field(default_factory=list)
    _hosts: defaultdict[Square, list[Solid]] = field(default_factory=lambda: defaultdict(list))
    _ends: dict[Square, str] = field(default_factory=dict)
    _sites: dict[str, list[Point]] = field(default_factory=dict)

    def add(self, shape: Shape, role: str) -> None:
        """A shape; wires may be glued to it if its role says so."""
        if isinstance(shape, Solid) and (first(role) in JOINED or role == WINDOW):
            self._take(shape)
        self.shapes.append(shape)

    def add_wire(self, wire: Wire) -> None:
        """A wire, in parts."""
        parts = parted(wire)
        for part in parts:
            if not is_straight(part.curve):
                self._lay(part)
        self.shapes += parts

    def _take(self, host: Solid) -> None:
        """A shape that wires may be glued to."""
        box = host.box.grown(NEAR)
        for across in range(int(box.x // SQUARE), int(box.right // SQUARE) + 1):
            for down in range(int(box.y // SQUARE), int(box.bottom // SQUARE) + 1):
                self._hosts[across, down].append(host)

    def _lay(self, wire: Wire) -> None:
        """A line whose ends connectors may be glued to."""
        for end in (wire.curve[0], wire.curve[-1]):
            self._ends.setdefault(_met(end), wire.name)

    def glued(self) -> list[Shape]:
        """All shapes, the straight wires as connectors."""
        made: list[Shape] = []
        for shape in self.shapes:
            if not isinstance(shape, Wire):
                made.append(shape)
            elif not is_straight(shape.curve):
                made.append(freeform(shape))
            else:
                made += self._connected(shape)
        return [
            replace(shape, sites=tuple(self._sites[shape.name]))
            if isinstance(shape, Solid) and shape.name in self._sites
            else shape
            for shape in made
        ]

    def _connected(self, wire: Wire) -> Iterator[Shape]:
        """A straight wire as a connector, with a dot where only one end joins something; as a line
        of its own where none does, or where it points at nothing.
        """
        start, stop = wire.curve[0], wire.curve[-1]
        hosts = [self._host(start), self._host(stop)]
        if hosts == [None, None] or (wire.arrow and hosts[1] is None):
            self._lay(wire)
            yield freeform(wire)
            return
        for i, (end, tag) in enumerate(((start, "start"), (stop, "end"))):
            if hosts[i] is None:
                joint = _joint(wire, end, tag)
                self._take(joint)
                yield joint
                hosts[i] = joint.name
        first_, last = map(str, hosts)
        sites = self._site(first_, start), self._site(last, stop)
        ends = first_, last
        yield Connector(wire.name, wire.alt, start, stop, ends, sites, wire.paint, wire.arrow)

    def _host(self, end: Point) -> str | None:
        """The smallest shape that an end touches, or a curve that begins or ends there."""
        touching = [h for h in self._hosts[_square(end, SQUARE)] if _touches(h, end)]
        if touching:
            return min(touching, key=lambda h: h.box.w * h.box.h).name
        return self._ends.get(_met(end))

    def _site(self, host: str, end: Point) -> int:
        """The number of a site of a shape, made where there is none."""
        sites = self._sites.setdefault(host, [])
        for i, site in enumerate(sites):
            if math.dist(site, end) < SAME / 10:
                return i
        sites.append(end)
        return len(sites) - 1


def _square(point: Point, side: float) -> Square:
    """The square of a grid that a point is in."""
    return int(point.x // side), int(point.y // side)


def _met(end: Point) -> Square:
    """What ends have in common that meet."""
    return round(end.x / SAME), round(end.y / SAME)


def first(role: str) -> str:
    """The first word of a role."""
    return role.partition(" ")[0]


def is_straight(curve: Curve) -> bool:
    """Whether a curve is a straight line from its first point to its last."""
    return _run(list(pieces(curve))) == len(curve) // 3


def parted(wire: Wire) -> list[Wire]:
    """A wire in its straight beginning, its curved middle and its straight end; those that there
    are.
    """
    parts = list(pieces(wire.curve))
    ahead = _run(parts)
    if ahead == len(parts):
        return [wire]
    behind = _run([tuple(reversed(p)) for p in reversed(parts)])  # type: ignore[misc]
    least = POINTED if wire.arrow else SHORTEST
    if _length(parts[:ahead]) < SHORTEST:
        ahead = 0
    if _length(parts[len(parts) - behind :]) < least:
        behind = 0
    middle, stop = wire.curve[3 * ahead : len(wire.curve) - 3 * behind], len(parts) - behind
    found = [wire._replace(curve=middle, arrow="" if behind else wire.arrow)]
    if ahead:
        start = wire.curve[: 3 * ahead + 1]
        found.insert(0, wire._replace(name=f"{wire.name}-first", curve=start, arrow=""))
    if behind:
        found.append(wire._replace(name=f"{wire.name}-last", curve=wire.curve[3 * stop :]))
    return found


def _run(parts: Sequence[Piece]) -> int:
    """How many pieces from the first on lie on one straight line, and lead the same way."""
    if not parts:
        return 0
    start = parts[0][0]
    for count, piece in enumerate(parts):
        stop = piece[3]
        length = math.dist(start, stop)
        if length < SAME:
            return count
        along = Point((stop.x - start.x) / length, (stop.y - start.y) / length)
        before = -FLAT
        for point in (p for part in parts[: count + 1] for p in part):
            across = abs((point.x - start.x) * along.y - (point.y - start.y) * along.x)
            ahead = (point.x - start.x) * along.x + (point.y - start.y) * along.y
            if across > FLAT or ahead < before - FLAT:
                return count
            before = ahead
    return len(parts)


def _length(parts: Sequence[Piece]) -> float:
    return math.dist(parts[0][0], parts[-1][3]) if parts else 0.0


def _touches(host: Solid, end: Point) -> bool:
    """Whether a point lies on a shape, or just beside it."""
    radius = min(host.radius or 0.0, host.box.w / 2, host.box.h / 2)
    inner = host.box.grown(-radius)
    away = (
        max(inner.x - end.x, end.x - inner.right, 0.0),
        max(inner.y - end.y, end.y - inner.bottom, 0.0),
    )
    return math.hypot(*away) <= radius + NEAR


def _joint(wire: Wire, end: Point, tag: str) -> Solid:
    """A dot as thick as a wire, where it begins or ends freely."""
    radius = wire.paint.width / 2
    box = Box(end.x - radius, end.y - radius, 2 * radius, 2 * radius)
    steps = of_rectangle(box, radius)
    paint = Paint(fill=wire.paint.stroke)
    return Solid(f"{wire.name}-{tag}", f"end of {wire.alt}", box, box, paint, steps, radius)


def freeform(wire: Wire) -> Solid:
    """A curve as it is."""
    box = extent(wire.curve, tolerance=0.01)
    steps = open_path(wire.curve)
    return Solid(wire.name, wire.alt, box, box, wire.paint, steps, is_open=True, arrow=wire.arrow)


def open_path(curve: Curve) -> tuple[Step, ...]:
    """The steps along a curve."""
    bends: list[Step] = [("C", piece[1:]) for piece in pieces(curve)]
    return (("M", curve[:1]), *bends)
