"""The pictures of a transposed convolution stamp by stamp: laid out once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from gradviz.arrays import for_backend
from gradviz.layout.curves import Point
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import heat
from gradviz.scene.derived import DerivedPictures, Quantity
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item, Path, Polygon, Rect, Text
from gradviz.scene.shapes import straight, with_arrow
from gradviz.scene.views.cells.place import HEADING, OVER
from gradviz.scene.views.stamps.contents import StampContents
from gradviz.scene.views.stamps.place import KEYS, NUMBER, Grid, Key, StampLayout
from gradviz.story.languages import pattern, say
from gradviz.story.stamps.frames import StampFrame, StampStory

SIGN: Final = 17.0


class StampPictures(DerivedPictures):
    """Scenes of one walk over stamps."""

    options: ClassVar = ("hide", "answers")
    NUMBER: ClassVar = NUMBER
    LEGENDS: ClassVar = (
        ("value", pattern("value")),
        ("ink", pattern("weight")),
        ("hot", pattern("this step")),
    )
    REMEDY: ClassVar = pattern("take a smaller input, or a poster with --slide none")

    def __init__(
        self,
        story: StampStory,
        framing: Framing = SLIDE,
        *,
        hide: Sequence[str] = (),
        answers: bool = False,
    ) -> None:
        super().__init__(story, framing, hide=hide, answers=answers)
        self.layout = StampLayout(story)

    def items(self, frame: StampFrame, corner: Point) -> Iterator[Item]:
        """What is drawn of a frame, from this corner on."""
        contents = StampContents(self.layout, frame)
        for key in KEYS:
            if key != "stamp" or frame.step is not None:
                yield from self._grid(key, self.layout.grids[key], contents, corner)
        yield from self._signs(frame, corner)

    def _grid(self, key: Key, grid: Grid, contents: StampContents, corner: Point) -> Iterator[Item]:
        sheet, x, y = grid.sheet, grid.x + corner.x, grid.y + corner.y
        lit = contents.lit(key)
        yield from sheet.paper(key, x, y)
        yield from sheet.tints(key, x, y, lit)
        if sheet.heat:
            yield sheet.heatmap(key, x, y, self._levels(key, contents))
            yield Rect(f"{key}-edge", "grid", *sheet.box(x, y, sheet.inside))
        yield from sheet.lines(key, x, y)
        yield from sheet.outlines(f"{key}-{contents.frame.number}", x, y, lit) if lit else ()
        if not sheet.heat:
            yield from sheet.texts(key, x, y, contents.numbers(key), {})
        words = grid.heading + self.layout.caption(key, contents.channel, contents.own)
        yield Text(f"{key}-heading", "muted", x, y - OVER, words, HEADING, "medium", "start")

    def _levels(self, key: Key, contents: StampContents) -> Any:
        """A large grid as a heatmap."""
        xp = for_backend()
        rows, columns = self.layout.grids[key].sheet.size
        array = [[0.0] * columns for _ in range(rows)]
        if key == "y":
            for place, value in contents.reached.items():
                array[place[-2]][place[-1]] = value
        else:
            source = self.layout.walk.value(0 if key == "x" else 1)
            lead = contents.place.cell[:-2] if key == "x" else contents.kernel
            array = source[lead]
        return heat(xp, xp.asarray(array), ()).panels[0]

    def _signs(self, frame: StampFrame, corner: Point) -> Iterator[Item]:
        """x · kernel = stamp → output."""
        grids = self.layout.grids
        y = self.layout.axis + corner.y

        def between(key: Key, before: Key) -> float:
            return float(grids[before].right + grids[key].x) / 2 + corner.x

        def sign(key: str, x: float, words: str) -> Text:
            at = y + cap_height(SIGN) / 2
            return Text(key, "ink", x, at, words, SIGN, "medium")

        yield sign("times", between("w", "x"), "·")
        if frame.step is None:
            return
        yield sign("equals", between("stamp", "w"), "=")
        start, end = grids["stamp"].right + corner.x + 6, grids["y"].x + corner.x - 6
        body, tip = with_arrow(straight(start, y, end, y))
        yield Path("arrow-wire", "wire hot", body)
        yield Polygon("arrow", "arrow", tip)

    def shown(self, key: str) -> Iterator[Quantity]:
        """The numbers of the graph that the text of this key shows."""
        walk = self.layout.walk
        what, *rest = key.split("-")
        if not rest or not rest[0].isdigit():
            return
        nodes = {"x": [walk.operands[0]], "w": [walk.operands[1]], "y": [walk.node]}
        for node in nodes.get(what, list(walk.operands[:2])):
            yield node, "value"

    def concerned(self, frame: StampFrame) -> set[Quantity]:
        """The numbers of the graph that the words of a frame tell."""
        return {(node, "value") for node in (*frame.walk.operands, frame.walk.node)}

    def told(self, frame: StampFrame) -> str:
        """What is known of the output."""
        contents = StampContents(self.layout, frame)
        known = [
            f"{self.story.cell(-1, place)} {self.layout.said(value)}"
            for place, value in sorted(contents.reached.items())
        ]
        told = ", ".join(known[:12])
        if len(known) > 12:
            told = say("{units} and {more} more", units=told, more=len(known) - 12)
        return say("On the output: {cells}.", cells=told) if known else ""


PICTURES: Final = StampPictures
