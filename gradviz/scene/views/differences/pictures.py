"""The pictures of a numerical gradient: laid out once, then a scene for every entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

from gradviz.arrays.digits import number, typeset
from gradviz.layout import text
from gradviz.layout.curves import Point
from gradviz.scene.blocks import wide
from gradviz.scene.derived import DerivedPictures
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item, Maths, Path, Rect, Text
from gradviz.scene.shapes import straight
from gradviz.scene.typeset import SIZE as SET
from gradviz.scene.typeset import typeset as set_
from gradviz.story.differences.frames import DifferenceFrame, DifferenceStory
from gradviz.story.languages import pattern, say
from gradviz.story.maths import M
from gradviz.story.maths.source import source
from gradviz.story.maths.tree import Maths as Tree
from gradviz.story.maths.unicode import powers

NUMBER: Final = 16.0
ROW: Final = 52.0
LEAST: Final = 64.0
"""The least width of a cell."""
GAP: Final = 40.0
HEAD: Final = 34.0
"""Above a table: its name, and what it is."""
FORMULA: Final = 20.0
WORDS: Final = 13.0
LOSSES: Final = 58.0
"""Below the tables, down to the losses' baseline."""
LOSS: Final = 21.0
APART, BESIDE = 10.0, 14.0
"""Between the name of a table and its words, between a loss and its number."""
UNKNOWN: Final = "?"


@dataclass
class DifferenceLayout:
    """Where the tables stand, with the widest number that each will ever hold."""

    story: DifferenceStory

    @cached_property
    def cell(self) -> float:
        """The width of a cell, the same in all three tables."""
        walk, say = self.story.walk, self.story.said
        texts = [say(v) for row in walk.rows for v in row]
        texts += [self.moved(v + walk.h) for row in walk.rows for v in row]
        texts += [say(step.slope) for step in walk]
        return max(LEAST, max(wide(words, NUMBER) for words in texts) + 14)

    @property
    def columns(self) -> int:
        """The columns of a table."""
        return len(self.story.walk.rows[0])

    @cached_property
    def table(self) -> float:
        """The width of a table, or of what stands above or below it."""
        walk, below = self.story.walk, 0.0
        losses = [w for step in walk for w in self.story.losses(step)]
        if losses:
            called = max(self.set_width(M.call(walk.output, a)) for a in self.arguments)
            below = called + BESIDE + max(wide(words, LOSS) for words in losses)
        heads = (self.set_width(maths) + APART + wide(words, WORDS) for maths, words in self.heads)
        return max(self.cell * self.columns, below, *heads, 200.0)

    @property
    def heads(self) -> Iterator[tuple[Tree, str]]:
        """What stands above each table: its name, and words."""
        walk = self.story.walk
        name = M.name(walk.name)
        yield name, say("as it is")
        yield (
            M.add(name, M.name("h")),
            say(
                "entries raised by {h}" if walk.slips.keeps else "one entry raised by {h}",
                h=self.story.said(walk.h),
            ),
        )
        yield M.differential(name), say("found so far")

    @property
    def arguments(self) -> tuple[Tree, Tree]:
        """Where the two losses are taken."""
        name, h = M.name(self.story.walk.name), M.name("h")
        return M.sub(name, h) if self.story.walk.sides == "central" else name, M.add(name, h)

    @staticmethod
    def set_width(maths: Tree) -> float:
        """The width of mathematics, as large as it is set here."""
        written = source(maths)
        return set_([written])[written].width * FORMULA / SET

    @property
    def width(self) -> float:
        """All three tables."""
        return 3 * self.table + 2 * GAP

    @property
    def height(self) -> float:
        """The tables, and the losses below."""
        return HEAD + ROW * len(self.story.walk.rows) + LOSSES + 34.0

    def moved(self, value: float) -> str:
        """An entry with h added, in as many digits as show it."""
        return powers(typeset(number(value, max(self.story.digits, 6))))


class DifferencePictures(DerivedPictures):
    """Scenes of one table."""

    NUMBER: ClassVar = NUMBER
    LEGENDS: ClassVar = (
        ("value", pattern("value")),
        ("gradient", pattern("quotient")),
        ("hot", pattern("this entry")),
    )
    REMEDY: ClassVar = pattern("a smaller input, or fewer digits")

    def __init__(self, story: DifferenceStory, framing: Framing = SLIDE) -> None:
        super().__init__(story, framing)
        self.layout = DifferenceLayout(story)

    def items(self, frame: DifferenceFrame, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""
        return _Drawing(self.layout, frame, corner).items()

    def told(self, frame: DifferenceFrame) -> str:
        """The quotients found so far."""
        found = [
            f"{self.story.entry(s.place)} {self.story.said(s.slope)}"
            for s in map(frame.walk.step, range(1, frame.number + 1))
        ]
        return say("Found so far: {entries}.", entries=", ".join(found) or say("nothing"))


@dataclass
class _Drawing:
    """One frame."""

    layout: DifferenceLayout
    frame: DifferenceFrame
    corner: Point

    def items(self) -> Iterator[Item]:
        """The three tables, the losses and what backpropagation finds."""
        tables = ("value", "value"), ("moved", "muted"), ("slope", "gradient")
        for k, ((key, role), head) in enumerate(zip(tables, self.layout.heads, strict=True)):
            left = self.corner.x + k * (self.layout.table + GAP)
            yield from self._head(key, *head, left)
            yield from self._table(key, role, left)
        if self.frame.step is not None:
            yield from self._below()

    def _head(self, key: str, maths: Tree, words: str, left: float) -> Iterator[Item]:
        written = source(maths)
        setting, scale = set_([written])[written], FORMULA / SET
        base = self.corner.y + HEAD - 10
        yield Maths(
            f"{key}-name", "ink", left, base - setting.baseline * scale, written, setting, scale
        )
        x = left + setting.width * scale + APART
        yield Text(f"{key}-words", "muted", x, base, words, WORDS, "regular", "start")

    def _table(self, key: str, role: str, left: float) -> Iterator[Item]:
        walk, cell = self.frame.walk, self.layout.cell
        top, rows, columns = self.corner.y + HEAD, len(walk.rows), self.layout.columns
        lit = self.frame.step.place if self.frame.step is not None else None
        if lit is not None:
            place = left + lit[1] * cell, top + lit[0] * ROW
            yield Rect(f"{key}-lit-{lit[0]}-{lit[1]}", "window tint", *place, cell, ROW)
        for i in range(rows + 1):
            y = top + i * ROW
            line = straight(left, y, left + columns * cell, y)
            yield Path(f"{key}-row-{i}", "grid", line)
        for j in range(columns + 1):
            x = left + j * cell
            yield Path(f"{key}-column-{j}", "grid", straight(x, top, x, top + rows * ROW))
        for i in range(rows):
            for j in range(columns):
                words = self._cell(key, (i, j))
                shown = "muted" if words == UNKNOWN else role
                hot = (i, j) == lit and key != "value"
                x, y = left + (j + 0.5) * cell, top + i * ROW + ROW / 2
                yield Text(
                    f"{key}-{i}-{j}",
                    "hot" if hot else shown,
                    x,
                    y + text.cap_height(NUMBER) / 2,
                    words,
                    NUMBER,
                    "bold" if (i, j) == lit else "medium",
                )
        if lit is not None:
            yield Rect(f"{key}-window-{lit[0]}-{lit[1]}", "window", *place, cell, ROW, 2.0)

    def _cell(self, key: str, place: tuple[int, int]) -> str:
        walk, say = self.frame.walk, self.layout.story.said
        number_ = place[0] * self.layout.columns + place[1] + 1
        value = walk.rows[place[0]][place[1]]
        if key == "value":
            return say(value)
        if key == "moved":
            kept = walk.slips.keeps and number_ < self.frame.number
            raised = self.frame.is_at_work and (number_ == self.frame.number or kept)
            return self.layout.moved(value + walk.h) if raised else say(value)
        return say(walk.step(number_).slope) if number_ <= self.frame.number else UNKNOWN

    def _below(self) -> Iterator[Item]:
        """Both losses, the digits in which they agree in grey, and the exact slope."""
        walk, story, step = self.frame.walk, self.layout.story, self.frame.step
        assert step is not None
        base = self.corner.y + HEAD + ROW * len(walk.rows) + LOSSES
        here, there = story.losses(step)
        same = next((k for k, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), None)
        same = len(here) if same is None else same
        pairs = zip(self.layout.arguments, (here, there), strict=True)
        for k, (argument, words) in enumerate(pairs):
            left = self.corner.x + k * (self.layout.table + GAP)
            written = source(M.call(walk.output, argument))
            setting, scale = set_([written])[written], FORMULA / SET
            top = base - setting.baseline * scale
            yield Maths(f"loss-{k}", "ink", left, top, written, setting, scale)
            x = left + setting.width * scale + BESIDE
            yield Text(f"loss-{k}-same", "muted", x, base, words[:same], LOSS, "medium", "start")
            x += wide(words[:same], LOSS)
            yield Text(
                f"loss-{k}-rest-{same}", "value", x, base, words[same:], LOSS, "bold", "start"
            )
        left, right = self.corner.x + 2 * (self.layout.table + GAP), self.corner.x
        right = left + self.layout.cell * self.layout.columns
        rows = (
            ("by backpropagation", powers(story.said(step.exact)), "gradient", base),
            ("off by", powers(story.said(abs(step.slope - step.exact))), "muted", base + 26),
        )
        for word, words, role, y in rows:
            key = word.replace(" ", "-")
            yield Text(f"{key}-word", "muted", left, y, word, WORDS, "regular", "start")
            x = max(right, left + wide(word, WORDS) + wide(words, NUMBER) + 12)
            yield Text(key, role, x, y, words, NUMBER, "semibold", "end")


PICTURES: Final = DifferencePictures
