"""The head of a slide: the pass, how far the walk has come, and the bar of all its steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Rect, Text
from gradviz.story.walks import WalkFrame, WalkStory
from gradviz.trace.walks import is_graph_walk

LETTERS: Final = 15.0
BASELINE: Final = 29.0
LIFT: Final = 5.2
"""How far the middle of the bar is above the baseline."""
GAPS: Final = (13.0, 20.0)
"""The gaps after the heading and after the progress."""


SHORTEST: Final = 120.0
"""The least length of the bar; longer headings are written smaller."""


@dataclass(frozen=True)
class Head:
    """The heads of all frames of a story, from `left` to `right`; the bar begins in the same place
    in all of them.
    """

    story: WalkStory
    left: float
    right: float

    @cached_property
    def _widths(self) -> tuple[float, float]:
        """The widest heading and progress, with the gaps after them."""
        heading = max(wide(h, LETTERS) for h in self.story.headings) + GAPS[0]
        return heading, wide(self.story.longest_progress, LETTERS) + GAPS[1]

    @cached_property
    def _share(self) -> float:
        """How many times LETTERS the letters are."""
        return min(1.0, (self.right - self.left - SHORTEST) / sum(self._widths))

    def items(self, frame: WalkFrame) -> list[Item]:
        """The items at the top of a frame."""
        at_work = frame.focus is not None
        role = "hot" if at_work else "ink" if frame.number else "muted"
        size, y = LETTERS * self._share, BASELINE
        middle = self.left + self._widths[0] * self._share
        at = middle + self._widths[1] * self._share
        walk = self.story.walk
        both = walk.trace.pass_steps if is_graph_walk(walk) else len(walk)
        bar = Bar(frame.total, walk.forward_steps, y - LIFT, at_work, both)
        return [
            Text("header-phase", role, self.left, y, frame.heading, size, "semibold", "start"),
            Text("header-step", "muted", middle, y, frame.progress, size, "regular", "start"),
            *bar.items(frame.number, at, self.right - at),
        ]


MOST_SEGMENTS: Final = 60
THICK: Final = 5.0
GAP: Final = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a run of `total` steps, of which the first `forward` are the forward pass, and the
    first `both` the forward and the backward pass, about the height y. The last step done is marked
    if it is at work.
    """

    total: int
    forward: int
    y: float
    at_work: bool = True
    both: int | None = None

    def items(self, now: int, x: float, length: float) -> list[Item]:
        """The bar after `now` steps, from x on."""
        if not self.total:
            return []
        return (
            self._segments(now, x, length)
            if self.total <= MOST_SEGMENTS
            else self._line(now, x, length)
        )

    def _segments(self, now: int, x: float, length: float) -> list[Item]:
        pitch = (length + GAP) / self.total
        return [
            self._piece(f"progress-{k}", self._role(k, now), x + (k - 1) * pitch, pitch - GAP)
            for k in range(1, self.total + 1)
        ]

    def _role(self, k: int, now: int) -> str:
        if k > now:
            return "progress ahead"
        if k == now and self.at_work:
            return "progress now"
        if self.both is not None and k > self.both:
            return "progress update"
        return "progress forward" if k <= self.forward else "progress backward"

    def _line(self, now: int, x: float, length: float) -> list[Item]:
        """A plain line: the forward part, the backward part, and a mark for the current step."""

        def at(k: int) -> float:
            return length * k / self.total

        items: list[Item] = [self._piece("progress-ahead", "progress ahead", x, length)]
        forward = min(now, self.forward)
        if forward:
            items.append(self._piece("progress-forward", "progress forward", x, at(forward)))
        both = min(now, self.total if self.both is None else self.both)
        parts = (("backward", forward, both), ("update", both, now))
        for name, start, stop in parts:
            if stop > start:
                key, role = f"progress-{name}", f"progress {name}"
                items.append(self._piece(key, role, x + at(start), at(stop) - at(start)))
        if now and self.at_work:
            left = x + min(max(at(now) - 5, 0.0), length - 10)
            items.append(Rect("progress-now", "progress now", left, self.y - 5, 10, 10, 5))
        return items

    def _piece(self, key: str, role: str, x: float, length: float) -> Rect:
        thick = THICK + 2 if role == "progress now" else THICK
        return Rect(key, role, x, self.y - thick / 2, length, thick, min(thick, length) / 2)
