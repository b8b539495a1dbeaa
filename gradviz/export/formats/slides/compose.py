"""Scenes as slides: every item as a native shape, which stands in one place on all slides."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from gradviz.export.formats.slides.marks import ARROWS, Arrow, Body, Paint, Paragraph, Run, Step
from gradviz.export.formats.slides.pictures import Pictures, around
from gradviz.export.formats.slides.shapes import (
    Connector,
    Picture,
    Shape,
    Solid,
    TextBox,
    of_rectangle,
)
from gradviz.export.formats.slides.wires import JOINING, Joined, Wire, first, open_path
from gradviz.export.formats.slides.words import Words
from gradviz.fonts import Weight
from gradviz.layout import text as measured
from gradviz.layout.curves import Box, Curve, Point, extent, hull
from gradviz.scene.model import Area, Circle, Item, Line, Path, Polygon, Rect, Scene, Text
from gradviz.scene.shapes import joined, straight
from gradviz.scene.themes import Theme
from gradviz.story.walks import WalkFrame

SHARES: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}
LEADING: Final = 1.2
"""The height of a line in a text box, as a share of the size of its letters."""
RISE: Final = (measured.ascent(1.0) - measured.descent(1.0)) / 2
"""How far the middle of a line is above its baseline, as such a share; about the same in any font,
so that texts are put by their middles.
"""
CLOSE: Final = 0.1
"""How far apart texts that touch may be, as a share of their size."""
STILL: Final = 2.0
"""What moves less from slide to slide does not move: it is larger or smaller there."""
SLACK: Final = 18.0
"""More room for a title, which some programs break into lines if it is as wide as its box."""
TITLE: Final = ("header-phase", "header-step")
SENTENCE: Final = re.compile(r"sentence-\d+|note(-\d+)?")
FOOT: Final = re.compile(r"sentence|formula-\d+|header-phase")
"""The parts of a page that have room of their own, in which they stand where they fit best."""
AWAY: Final = 40.0
"""How far above a slide without a head its title stands, for who cannot see it."""


class Composer:
    """Makes slides of scenes, in the colours of a theme."""

    def __init__(self, theme: Theme, words: Words) -> None:
        self.theme, self.words = theme, words
        self._gates: dict[tuple[str, float, float], str | None] = {}

    def shapes(self, scene: Scene, frame: WalkFrame | None) -> list[Shape]:
        """The shapes of one slide in drawing order, the title first and the sentence last."""
        joined_, last = Joined(), list[Shape]()
        items, chains = self._chained(list(_named_apart(scene.items)))
        scene = replace(scene, items=tuple(items))
        texts = [i for i in scene.items if isinstance(i, Text) and i.text.strip()]
        joined_.add(self._title(scene, [t for t in texts if t.id in TITLE]), "")
        said = [t for t in texts if SENTENCE.fullmatch(t.id)]
        last += [self._sentence(said)] if said else []
        done = {t.id for t in [*said, *texts] if t in said or t.id in TITLE}
        inscribed = self._inscribed(scene, [t for t in texts if t.id not in done])
        done.update(t.id for _, found in inscribed.values() for t in found)
        arrows = _arrows(scene)
        heads = list(arrows.values())
        for item in scene.items:
            if item.id in done or item in heads:
                continue
            if isinstance(item, Path | Line):
                self._line(joined_, item, scene, frame, arrows.get(item.id))
            elif item.id in chains:
                joined_.add(self._chain(chains[item.id]), item.role)
            elif (shape := self._shape(item, scene, frame)) is not None:
                if isinstance(shape, Solid) and item.id in inscribed:
                    body, _ = inscribed[item.id]
                    shape = replace(shape, body=body, alt=f"{shape.alt}: {body.text}")
                joined_.add(shape, item.role)
        return [*joined_.glued(), *last]

    # Lines.

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

    # Shapes.

    def _shape(self, item: Item, scene: Scene, frame: WalkFrame | None) -> Shape | None:
        """An item that is no line; None for one of which nothing is seen."""
        alt = self.words.alt(item, frame)
        if isinstance(item, Text):
            return self._text(item, alt) if item.text.strip() else None
        if isinstance(item, Rect | Circle | Polygon | Area):
            paint = self._paint(item, scene)
            made = _solid(item, alt, paint)
            return made if paint.fill or paint.stroke else None
        if isinstance(item, Path | Line):
            return None
        box = around(item)
        return Picture(item.id, alt, box, box, item)

    def _run(self, item: Text, words: str, raised: bool = False, size: float = 0.0) -> Run:
        look = self.theme.looks[item.role]
        is_sign = words == item.text and unicodedata.category(words[0]) == "Sm" and not words[1:]
        bold = _is_bold(look.weight or item.weight) or (is_sign and item.weight == "medium")
        return Run(words, size or item.size, self.theme.colour(look.fill), bold, raised)

    def _extent(self, item: Text) -> Box:
        """The room of a text in our own font."""
        look = self.theme.looks[item.role]
        bold = _is_bold(look.weight or item.weight)
        width = measured.width(item.text, item.size, "bold" if bold else "medium")
        tall = LEADING * item.size
        middle = item.y - RISE * item.size
        return Box(item.x - SHARES[item.anchor] * width, middle - tall / 2, width, tall)

    def _text(self, item: Text, alt: str) -> TextBox:
        box = self._extent(item)
        body = Body((Paragraph(((self._run(item, item.text),),)),), item.anchor)
        return TextBox(item.id, alt, box, box, body, Point(item.x, item.y))

    # Texts that go on in another look.

    def _chained(self, items: Sequence[Item]) -> tuple[list[Item], dict[str, list[Text]]]:
        """The items without the texts that go on from others, and those with what follows them."""
        kept, chains = list[Item](), dict[str, list[Text]]()
        chain, end = list[Text](), 0.0
        for item in items:
            if not isinstance(item, Text) or item.anchor != "start" or not item.text.strip():
                kept.append(item)
                continue
            level = bool(chain) and (chain[0].y, chain[0].size) == (item.y, item.size)
            if level and abs(item.x - end) < CLOSE * item.size:
                chain.append(item)
                chains[chain[0].id] = chain
            else:
                kept.append(item)
                chain = [item]
            weight = self.theme.looks[item.role].weight or item.weight
            end = item.x + measured.width(item.text, item.size, weight)
        return kept, chains

    def _chain(self, texts: Sequence[Text]) -> TextBox:
        """Texts one after the other as one."""
        first_ = texts[0]
        box = _around(map(self._extent, texts))
        runs = tuple(self._run(item, item.text) for item in texts)
        said = "".join(item.text for item in texts)
        body = Body((Paragraph((runs,)),), "start")
        return TextBox(first_.id, said, box, box, body, Point(first_.x, first_.y))

    # The texts of a page.

    def _title(self, scene: Scene, texts: Sequence[Text]) -> TextBox:
        """What stands at the left of the head; out of sight on a slide without a head."""
        if not texts:
            box = Box(0.0, -AWAY, scene.width, LEADING * 12)
            run = Run(scene.title, 12.0, self.theme.colour("ink"))
            body = Body((Paragraph(((run,),)),), "start")
            return TextBox("title", scene.title, box, box, body, Point(0, 0), is_title=True)
        head = texts[0]
        runs = [self._run(head, head.text)]
        for before, item in pairwise(texts):
            gap = self._extent(item).x - self._extent(before).right
            space = self._run(item, " ")
            room = gap - measured.width(" ", item.size, "medium")
            runs += [replace(space, apart=room), self._run(item, item.text)]
        box = _around(map(self._extent, texts))
        box = Box(box.x, box.y, box.w + SLACK, box.h)
        body = Body((Paragraph((tuple(runs),)),), "start")
        said = " ".join(item.text for item in texts)
        return TextBox(head.id, said, box, box, body, Point(head.x, head.y), is_title=True)

    def _sentence(self, texts: Sequence[Text]) -> TextBox:
        """The sentence and its note as one text."""
        box = _around(map(self._extent, texts))
        groups: dict[bool, list[Text]] = defaultdict(list)
        for item in texts:
            groups[item.id.startswith("note")].append(item)
        leading = texts[1].y - texts[0].y if len(texts) > 1 else 0.0
        paragraphs = [
            Paragraph(tuple((self._run(t, t.text),) for t in group), leading)
            for _, group in sorted(groups.items())
        ]
        said, at = " ".join(t.text for t in texts), Point(texts[0].x, texts[0].y)
        return TextBox("sentence", said, box, box, Body(tuple(paragraphs), "start"), at)

    # The texts in gates.

    def _inscribed(self, scene: Scene, texts: Sequence[Text]) -> dict[str, tuple[Body, list[Text]]]:
        """The text of every gate whose texts stand in its middle, and those texts."""
        gates = {i.id: i for i in scene.items if isinstance(i, Rect) and first(i.role) == "gate"}
        found = defaultdict[str, list[Text]](list)
        for item in texts if gates else ():
            key = item.id, item.x, item.y
            if key not in self._gates:
                self._gates[key] = next((k for k, g in gates.items() if _holds(g, item)), None)
            gate = self._gates[key]
            if gate in gates:
                found[str(gate)].append(item)
        bodies = {key: self._inside(gates[key], group) for key, group in found.items()}
        return {key: (body, found[key]) for key, body in bodies.items() if body is not None}

    def _inside(self, gate: Rect, texts: Sequence[Text]) -> Body | None:
        """Texts as one in the middle of a gate; None where they stand otherwise."""
        lines = _lines(texts)
        middle = gate.x + gate.width / 2
        paragraphs, before = [], 0.0
        for base, line in lines:
            box = _around(map(self._extent, line))
            if abs(box.x + box.w / 2 - middle) > STILL:
                return None
            leading = base.y - before if before else 0.0
            paragraphs.append(Paragraph((tuple(self._runs(base, line)),), leading))
            before = base.y
        (top, _), (bottom, _) = lines[0], lines[-1]
        centre = (top.y - RISE * top.size + bottom.y - RISE * bottom.size) / 2
        lower = 2 * (centre - gate.y - gate.height / 2)
        return Body(tuple(paragraphs), "middle", (0.0, max(lower, 0.0), 0.0, max(-lower, 0.0)))

    def _runs(self, base: Text, line: Sequence[Text]) -> Iterator[Run]:
        boxes = [self._extent(item) for item in line]
        gaps = [False, *(b.x - a.right > 0.15 * base.size for a, b in pairwise(boxes))]
        for item, gap in zip(line, gaps, strict=True):
            raised = item.y < base.y - 0.1 * base.size
            run = self._run(item, " " * gap + item.text, raised, base.size if raised else 0.0)
            yield replace(run, bold=False) if len(line) > 1 else run


def frozen(slides: Sequence[list[Shape]], pictures: Pictures) -> list[list[Shape]]:
    """Slides on which what keeps its place has one frame, and whose pictures are drawn."""
    found = defaultdict[str, list[Shape]](list)
    for shape in (shape for slide in slides for shape in slide):
        found[shape.name].append(shape)
    frames = {
        name: _around(shape.box for shape in shapes)
        for name, shapes in found.items()
        if len({shape.box for shape in shapes}) > 1 and _keeps_place(name, shapes)
    }
    return [[_framed(s, frames.get(s.name, s.frame), pictures) for s in slide] for slide in slides]


def numbered(slides: Sequence[list[Shape]]) -> list[list[Shape]]:
    """Slides on which a name stands for one place: what stands elsewhere than where its name was
    first has a number behind its name.
    """
    taken = {shape.name for slide in slides for shape in slide}
    names = dict[tuple[str, tuple[float, ...]], str]()
    seen = set[str]()

    def name(shape: Shape) -> str:
        key = shape.name, _place(shape)
        if key not in names:
            found, number = shape.name, 1
            while found in (seen if number == 1 else taken):
                number += 1
                found = f"{shape.name}-{number}"
            names[key] = found
            seen.add(found)
            taken.add(found)
        return names[key]

    made = []
    for slide in slides:
        new = {shape.name: name(shape) for shape in slide}
        made.append([_renamed(shape, new) for shape in slide])
    return made


def _place(shape: Shape) -> tuple[float, ...]:
    ends = (*shape.start, *shape.end) if isinstance(shape, Connector) else shape.frame
    return tuple(round(length, 3) for length in ends)


def _renamed(shape: Shape, names: Mapping[str, str]) -> Shape:
    if isinstance(shape, Connector):
        hosts = names[shape.hosts[0]], names[shape.hosts[1]]
        shape = shape if hosts == shape.hosts else replace(shape, hosts=hosts)
    name = names[shape.name]
    return shape if name == shape.name else replace(shape, name=name)


def _keeps_place(name: str, shapes: Sequence[Shape]) -> bool:
    """Whether shapes of one name stand in one place, though they may be larger or smaller."""
    if FOOT.fullmatch(name):
        return True
    if not all(isinstance(s, TextBox | Picture) or _is_simple(s) for s in shapes):
        return False
    places = [s.at if isinstance(s, TextBox) else _middle(s.box) for s in shapes]
    around_ = hull(places)
    return max(around_.w, around_.h) < STILL


def _is_simple(shape: Shape) -> bool:
    return isinstance(shape, Solid) and shape.radius is not None


def _framed(shape: Shape, frame: Box, pictures: Pictures) -> Shape:
    if isinstance(shape, Picture):
        svg, png = pictures.drawn(shape.item, frame, shape.alt)
        return replace(shape, frame=frame, svg=svg, png=png)
    if isinstance(shape, TextBox) and frame != shape.box:
        box = shape.box
        inside = (
            box.x - frame.x,
            box.y - frame.y,
            frame.right - box.right,
            frame.bottom - box.bottom,
        )
        return replace(shape, frame=frame, body=replace(shape.body, inside=inside))
    if isinstance(shape, Solid) and frame != shape.frame:
        return replace(shape, frame=frame)
    return shape


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


def _middle(box: Box) -> Point:
    return Point(box.x + box.w / 2, box.y + box.h / 2)


def _around(boxes: Iterable[Box]) -> Box:
    return hull([p for b in boxes for p in (Point(b.x, b.y), Point(b.right, b.bottom))])


def _is_bold(weight: Weight) -> bool:
    return weight in ("semibold", "bold")


def _holds(gate: Rect, item: Text) -> bool:
    inside = gate.x <= item.x <= gate.x + gate.width
    return inside and gate.y <= item.y - item.size / 3 <= gate.y + gate.height


def _lines(texts: Sequence[Text]) -> list[tuple[Text, list[Text]]]:
    """Texts in lines from the top, each with the one that gives its baseline."""
    lines: list[list[Text]] = []
    for item in sorted(texts, key=lambda t: -t.y):
        line = lines[-1] if lines else []
        if line and line[0].y - item.y < 0.6 * line[0].size:
            line.append(item)
        else:
            lines.append([item])
    return [
        (max(line, key=lambda t: (t.size, t.y)), sorted(line, key=_left))
        for line in reversed(lines)
    ]


def _left(item: Text) -> float:
    """What texts of one line are sorted by."""
    return item.x - SHARES[item.anchor]


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


def _arrows(scene: Scene) -> dict[str, Polygon]:
    """The lines that end in an arrowhead, each with it."""
    found, lines = dict[str, Polygon](), list[Path | Line]()
    for item in scene.items:
        if isinstance(item, Path | Line):
            lines.append(item)
        elif isinstance(item, Polygon) and item.role == "arrow" and len(item.points) == 3:
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
