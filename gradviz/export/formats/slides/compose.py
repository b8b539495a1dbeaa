"""Scenes as slides: every item as a native shape."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from gradviz.export.formats.slides import pictures
from gradviz.export.formats.slides.marks import ARROWS, Arrow, Paint, Step
from gradviz.export.formats.slides.shapes import Picture, Shape, Solid, of_rectangle
from gradviz.export.formats.slides.texts import SENTENCE, TITLE, Texts
from gradviz.export.formats.slides.wires import JOINING, Joined, Wire, first, open_path
from gradviz.export.formats.slides.words import Words
from gradviz.layout.curves import Box, Curve, Point, extent, hull
from gradviz.scene.model import Area, Circle, Item, Line, Path, Polygon, Rect, Scene, Text
from gradviz.scene.shapes import joined, straight
from gradviz.scene.themes import Theme
from gradviz.story.walks import WalkFrame


class Composer:
    """Makes slides of scenes, in the colours of a theme."""

    def __init__(self, theme: Theme, words: Words) -> None:
        self.theme, self.words, self.texts = theme, words, Texts(theme)

    def shapes(self, scene: Scene, frame: WalkFrame | None) -> list[Shape]:
        """The shapes of one slide in drawing order, the title first and the sentence last."""
        items, chains = self.texts.chained(list(_named_apart(scene.items)))
        scene = replace(scene, items=tuple(items))
        texts = [i for i in items if isinstance(i, Text) and i.text.strip()]
        head = [t for t in texts if t.id in TITLE]
        said = [t for t in texts if SENTENCE.fullmatch(t.id)]
        inscribed = self.texts.inscribed(scene, [t for t in texts if t not in (*head, *said)])
        arrows = _arrows(items)
        made = {t.id for t in (*head, *said)} | {head.id for head in arrows.values()}
        made.update(t.id for _, inside in inscribed.values() for t in inside)
        into = Joined()
        into.add(self.texts.title(scene, head), "")
        for item in (item for item in items if item.id not in made):
            if isinstance(item, Path | Line):
                self._line(into, item, scene, frame, arrows.get(item.id))
            elif item.id in chains:
                into.add(self.texts.chain(chains[item.id]), item.role)
            elif (shape := self._shape(item, scene, frame)) is not None:
                if isinstance(shape, Solid) and item.id in inscribed:
                    body, _ = inscribed[item.id]
                    shape = replace(shape, body=body, alt=f"{shape.alt}: {body.text}")
                into.add(shape, item.role)
        return [*into.glued(), *([self.texts.sentence(said)] if said else [])]

    def _line(
        self,
        into: Joined,
        item: Path | Line,
        scene: Scene,
        frame: WalkFrame | None,
        head: Polygon | None,
    ) -> None:
        """A line, which ends in an arrowhead or not."""
        paint = self._paint(item, scene)
        if not paint.stroke:
            return
        curve = item.points if isinstance(item, Path) else _along(item.points)
        alt = self.words.alt(item, frame)
        if head is not None:  # the line was cut short for it
            curve = joined(curve, straight(*curve[-1], *head.points[0]))
        if first(item.role) in JOINING or head is not None:
            size: Arrow = _size(head, paint.width) if head is not None else ""
            into.add_wire(Wire(item.id, alt, item.role, curve, paint, size))
            return
        if isinstance(item, Path):
            box, steps = extent(curve, tolerance=0.01), open_path(curve)
        else:
            box, steps = hull(item.points), _polyline(item.points)
        into.add(Solid(item.id, alt, box, box, paint, steps, is_open=True), item.role)

    def _paint(self, item: Item, scene: Scene) -> Paint:
        look, theme = self.theme.looks[item.role], self.theme
        width = look.width * scene.stroke
        dash: tuple[float, ...] = tuple(length * scene.stroke for length in look.dash)
        if isinstance(item, Path | Line):
            width = width if item.width is None else item.width
            dash = dash if item.dash is None else tuple(item.dash)
        fill = "" if isinstance(item, Path | Line) else theme.colour(look.fill)
        return Paint(fill, theme.colour(look.stroke), width, dash)

    def _shape(self, item: Item, scene: Scene, frame: WalkFrame | None) -> Shape | None:
        """An item that is no line; None for one of which nothing is seen."""
        alt = self.words.alt(item, frame)
        if isinstance(item, Text):
            return self.texts.box(item, alt) if item.text.strip() else None
        if isinstance(item, Rect | Circle | Polygon | Area):
            paint = self._paint(item, scene)
            made = _solid(item, alt, paint)
            return made if paint.fill or paint.stroke else None
        if isinstance(item, Path | Line):
            return None
        box = pictures.around(item)
        return Picture(item.id, alt, box, box, item)


def _named_apart(items: Iterable[Item]) -> Iterator[Item]:
    """Items none of which has the id of another."""
    seen = set[str]()
    for item in items:
        key, number = item.id, 1
        while key in seen:
            number += 1
            key = f"{item.id}-{number}"
        seen.add(key)
        yield item if key == item.id else replace(item, id=key)


def _solid(item: Rect | Circle | Polygon | Area, alt: str, paint: Paint) -> Solid:
    if isinstance(item, Rect | Circle):
        if isinstance(item, Circle):
            r = item.radius
            box, radius = Box(item.x - r, item.y - r, 2 * r, 2 * r), r
        else:
            box = Box(item.x, item.y, item.width, item.height)
            radius = min(item.radius, item.width / 2, item.height / 2)
        return Solid(item.id, alt, box, box, paint, of_rectangle(box, radius), radius)
    loops = item.loops if isinstance(item, Area) else (item.points,)
    steps: list[Step] = [s for loop in loops for s in (*_polyline(loop), ("Z", ()))]
    box = hull([p for loop in loops for p in loop])
    return Solid(item.id, alt, box, box, paint, tuple(steps))


def _polyline(points: Sequence[Point]) -> tuple[Step, ...]:
    lines: list[Step] = [("L", (p,)) for p in points[1:]]
    return (("M", (points[0],)), *lines)


def _along(points: Sequence[Point]) -> Curve:
    """Straight strokes as a curve."""
    return joined(*(straight(*a, *b) for a, b in pairwise(points)))


def _arrows(items: Iterable[Item]) -> dict[str, Polygon]:
    """The lines that end in an arrowhead, each with it."""
    found, lines = dict[str, Polygon](), list[Path | Line]()
    for item in items:
        if isinstance(item, Path | Line):
            lines.append(item)
        elif isinstance(item, Polygon) and first(item.role) == "arrow" and len(item.points) == 3:
            box = hull(item.points).grown(1.0)
            for line in reversed(lines):
                end = line.points[-1]
                if box.x <= end.x <= box.right and box.y <= end.y <= box.bottom:
                    found[line.id] = item
                    break
    return found


def _size(head: Polygon, width: float) -> Arrow:
    """The arrowhead of a line that is most like one of a scene."""
    tip, left, right = head.points
    base = Point((left.x + right.x) / 2, (left.y + right.y) / 2)
    wanted = (math.dist(tip, base) + math.dist(left, right)) / 2 / max(width, 1e-9)
    return min(ARROWS, key=lambda size: abs(ARROWS[size] - wanted))
