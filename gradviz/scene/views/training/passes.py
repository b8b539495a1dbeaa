"""The line of passes: small pictures of the plane, the present pass, and what it opens into."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from gradviz.layout import text
from gradviz.layout.curves import Box
from gradviz.scene.blocks import wide
from gradviz.scene.head import Bar
from gradviz.scene.model import Circle, Item, Rect, Text
from gradviz.scene.views.plot.axes import SIZE
from gradviz.scene.views.plot.heights import padded
from gradviz.scene.views.plot.marks import LETTERS, series
from gradviz.scene.views.training.fields import curve, kept
from gradviz.story.languages import say
from gradviz.story.languages.counting import count
from gradviz.story.training.frames import TrainingFrame, TrainingStory
from gradviz.trace.plots.fit import Fit
from gradviz.trace.training import Thumb

HEIGHT: Final = 110.0
"""Of the line with what is above and below it."""
SMALL: Final = 38.0
LARGE: Final = 44.0
"""The sides of the pictures, and of that of the present pass."""
LIFT: Final = 7.0
"""From the line to the pictures."""
BELOW: Final = 19.0
"""From the line to the baseline of its numbers."""
THICK: Final = 4.5
RING: Final = 2.4
NOW: Final = 6.5
MOST_RINGS: Final = 80
CLEAR: Final = 8.0


class Passes:
    """The line of passes in a box."""

    def __init__(self, story: TrainingStory, frame: TrainingFrame, box: Box) -> None:
        self.story, self.walk, self.frame = story, story.walk, frame
        self.now, self.box = frame.moment.number, box
        self.y = box.y + LARGE + LIFT

    def x(self, number: int) -> float:
        """Where a pass stands on the line."""
        inset = LARGE / 2
        share = (number - 1) / max(1, len(self.walk) - 1)
        return self.box.x + inset + (self.box.w - 2 * inset) * share

    def items(self) -> Iterator[Item]:
        """The line, the pictures over it, the numbers under it, and what is in the pass."""
        yield from self._line()
        for thumb in self.thumbs:
            yield from self._picture(f"thumb-{thumb.number}", thumb, SMALL)
        moment = self.frame.moment
        yield from self._picture("thumb-now", moment.thumb, LARGE)
        x, side = self.x(self.now), LARGE
        top = self.y - LIFT - side
        yield Rect("thumb-now-frame", "window", x - side / 2, top, side, side, 1.5)
        yield from self._numbers()
        yield from self._opened()

    @cached_property
    def thumbs(self) -> list[Thumb]:
        """The pictures that keep clear of the present one and of each other, the ends first."""
        found: list[Thumb] = []
        first, *rest, last = self.walk.thumbs
        for thumb in (first, last, *rest):
            x = self.x(thumb.number)
            apart = abs(x - self.x(self.now)) >= (SMALL + LARGE) / 2 + CLEAR / 2
            if apart and all(abs(x - self.x(t.number)) >= SMALL + CLEAR for t in found):
                found.append(thumb)
        return sorted(found, key=lambda t: t.number)

    def _picture(self, key: str, thumb: Thumb, side: float) -> Iterator[Item]:
        box = Box(self.x(thumb.number) - side / 2, self.y - LIFT - side, side, side)
        plane = self.frame.moment.plane
        if isinstance(plane, Fit):
            heights = padded([r.target for r in plane.residuals])
            yield from curve(key, thumb.margins[0], box, heights)
            yield Rect(f"{key}-edge", "grid", box.x, box.y, box.w, box.h)
            return
        grids = tuple((series(c + 1), grid) for c, grid in enumerate(thumb.margins))
        yield from kept(key, grids, box)
        yield Rect(f"{key}-edge", "grid", box.x, box.y, box.w, box.h)

    def _line(self) -> Iterator[Item]:
        start, now, end = self.x(1), self.x(self.now), self.x(len(self.walk))
        for key, role, right in (("all", "progress ahead", end), ("done", "progress now", now)):
            if right > start:
                yield Rect(
                    f"passes-{key}",
                    role,
                    start,
                    self.y - THICK / 2,
                    right - start,
                    THICK,
                    THICK / 2,
                )
        held = self.walk.kept or tuple(t.number for t in self.walk.thumbs)
        if len(held) <= MOST_RINGS:
            for number in held:
                yield Circle(f"kept-{number}", "wire dot", self.x(number), self.y, RING)
        yield Circle("passes-now", "hollow now", now, self.y, NOW)

    def _numbers(self) -> Iterator[Item]:
        """The numbers of passes, those that keep clear of the present one."""
        y = self.y + BELOW
        own = self._called(self.now)
        yield Text("pass-now", "hot", self._held(self.now, own, LETTERS), y, own, LETTERS, "bold")
        taken = [(self._held(self.now, own, LETTERS), wide(own, LETTERS))]
        ends = self.walk.thumbs[0], self.walk.thumbs[-1]
        for thumb in (*ends, *self.walk.thumbs[1:-1]):
            words = self._called(thumb.number)
            x, width = self._held(thumb.number, words, SIZE), wide(words, SIZE)
            if all(abs(x - other) > (width + w) / 2 + CLEAR for other, w in taken):
                taken.append((x, width))
                yield Text(f"pass-{thumb.number}", "muted", x, y, words, SIZE)

    def _held(self, number: int, words: str, size: float) -> float:
        """The middle of a number within the box."""
        half = wide(words, size) / 2
        return min(max(self.x(number), self.box.x + half), self.box.right - half)

    def _called(self, number: int) -> str:
        return say("end") if number > self.walk.passes else f"{number:,}"

    def _opened(self) -> Iterator[Item]:
        """The steps that the present pass opens into."""
        y, opening = self.box.bottom - 9.0, self.frame.moment.opening
        if opening is None:
            words = say("all {passes} passes are done", passes=f"{self.walk.passes:,}")
            yield Text("opens", "hot", self.box.x, y, words, LETTERS, "semibold", "start")
            return
        words = say("pass {number} opens into", number=f"{self.now:,}")
        yield Text("opens", "hot", self.box.x, y, words, LETTERS, "semibold", "start")
        widest = say("pass {number} opens into", number=f"{self.walk.passes:,}")
        left = self.box.x + wide(widest, LETTERS) + 14
        told = (
            (say("{count} forward", count=f"{opening.forward:,}"), "value"),
            (say("{count} backward", count=f"{opening.backward:,}"), "gradient"),
            (say("{updates:update}", updates=count(opening.updates)), "hot"),
        )
        x = self.box.right - sum(wide(words, LETTERS) + 16 for words, _ in told) + 16
        total = opening.forward + opening.backward + opening.updates
        bar = Bar(
            total, opening.forward, y - text.cap_height(LETTERS) / 2, False,
            opening.forward + opening.backward,
        )  # fmt: skip
        yield from bar.items(total, left, x - 18 - left)
        for key, (words, role) in zip(("forward", "backward", "update"), told, strict=True):
            yield Text(f"opens-{key}", role, x, y, words, LETTERS, "semibold", "start")
            x += wide(words, LETTERS) + 16
