"""Where things stand on the slides of a deck: one frame and one place for a name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from gradviz.export.formats.slides.pictures import Pictures
from gradviz.export.formats.slides.shapes import Connector, Picture, Shape, Solid, TextBox
from gradviz.layout.curves import Box, Point, hull

STILL: Final = 2.0
"""What moves less from slide to slide does not move: it is larger or smaller there."""
FOOT: Final = re.compile(r"sentence|formula-\d+|header-phase")
"""The parts of a page that have room of their own, in which they stand where they fit best."""


def frozen(slides: Sequence[list[Shape]], pictures: Pictures) -> list[list[Shape]]:
    """Slides on which what keeps its place has one frame, and whose pictures are drawn."""
    found = defaultdict[str, list[Shape]](list)
    for shape in (shape for slide in slides for shape in slide):
        found[shape.name].append(shape)
    frames = {
        name: around(shape.box for shape in shapes)
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


def _middle(box: Box) -> Point:
    return Point(box.x + box.w / 2, box.y + box.h / 2)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around boxes."""
    return hull([p for b in boxes for p in (Point(b.x, b.y), Point(b.right, b.bottom))])
