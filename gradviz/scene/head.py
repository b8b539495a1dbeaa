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
        bar = self._bar(frame, y - LIFT, at_work)
        return [
            Text("header-phase", role, self.left, y, frame.heading, size, "semibold", "start"),
            Text("header-step", "muted", middle, y, frame.progress, size, "regular", "start"),
            *bar.items(frame.trace_step if self._is_pass else frame.number, at, self.right - at),
        ]

    @property
    def _is_pass(self) -> bool:
        """Whether the bar is that of a pass of a training run, all of its steps and its updates."""
        walk = self.story.walk
        return walk.trace.updates is not None and (is_graph_walk(walk) or walk.kind == "update")

    def _bar(self, frame: WalkFrame, y: float, at_work: bool) -> Bar | PassBar:
        walk, trace = self.story.walk, self.story.walk.trace
        if not self._is_pass or trace.updates is None:
            return Bar(frame.total, walk.forward_steps, y, at_work)
        bar = Bar(len(trace), trace.forward_steps, y, at_work, trace.pass_steps)
        return PassBar(bar, trace.updates.number, trace.updates.passes)


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


CLOSED: Final = 14.0
BETWEEN: Final = 6.0
"""The length of a pass that is closed, and the gap before it."""
MOST_CLOSED: Final = 12
FOLDED: Final = 46.0
"""The length of all passes before this one, or after it, where there are too many for one each."""


@dataclass(frozen=True, slots=True)
class PassBar:
    """The bar of a pass, opened into its steps, among the other passes of its run, which are
    closed.

    bar     that of its steps.
    number  of the pass, from 1, of so many `passes`.
    """

    bar: Bar
    number: int
    passes: int

    def items(self, now: int, x: float, length: float) -> list[Item]:
        """The bar after `now` steps of the pass, from x on."""
        before, after = self._closed(self.number - 1), self._closed(self.passes - self.number)
        spent = [sum(size + BETWEEN for size in sizes) for sizes in (before, after)]
        open_ = length - sum(spent)
        items: list[Item] = []
        at = x
        for k, size in enumerate(before):
            items.append(self._piece(f"pass-before-{k}", "progress update", at, size))
            at += size + BETWEEN
        items += self.bar.items(now, at, open_)
        at += open_
        for k, size in enumerate(after):
            at += BETWEEN
            items.append(self._piece(f"pass-after-{k}", "progress ahead", at, size))
            at += size
        return items

    def _closed(self, count: int) -> list[float]:
        return [CLOSED] * count if count <= MOST_CLOSED else [FOLDED]

    def _piece(self, key: str, role: str, x: float, length: float) -> Rect:
        return Rect(key, role, x, self.bar.y - THICK / 2, length, THICK, THICK / 2)
