"""The top of a frame: the pass, the step's number, and a bar that shows how far the run has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Rect, Text
from gradviz.story.frame import Frame
from gradviz.trace import Trace

SIZE: Final = 13.0
BASELINE: Final = 34.0
MOST_SEGMENTS: Final = 60
PHASES: Final = {"start": "Start", "forward": "Forward", "seed": "Backward", "backward": "Backward"}
THICK: Final = 5.0


@dataclass(frozen=True)
class Header:
    """The header of every frame of a run, in a picture of a given width and margin."""

    trace: Trace
    margin: float

    @property
    def _step(self) -> float:
        words = [PHASES["backward"] if self.trace.has_backward else "", PHASES["forward"]]
        return self.margin + max(wide(w, SIZE) for w in words) + 12

    @property
    def _bar(self) -> float:
        total = len(self.trace)
        return self._step + wide(f"step {total} of {total}", SIZE) + 18

    @property
    def width(self) -> float:
        """The least width of the picture."""
        return self._bar + 160 + self.margin

    def items(self, frame: Frame, width: float) -> list[Item]:
        """What stands at the top of a frame."""
        phase = PHASES[frame.phase]
        total, role = frame.total, "hot" if frame.number else "muted"
        count = f"step {frame.number} of {total}" if frame.number else f"{total} step{'s' * (total != 1)}"
        items: list[Item] = [
            Text("header-phase", role, self.margin, BASELINE, phase, SIZE, "semibold", "start"),
            Text("header-step", "muted", self._step, BASELINE, count, SIZE, "regular", "start"),
        ]
        bar = width - self.margin - self._bar
        if not total:
            return items
        return items + (self._segments(frame, bar) if total <= MOST_SEGMENTS else self._line(frame, bar))

    def _segments(self, frame: Frame, bar: float) -> list[Item]:
        pitch = (bar + 3) / frame.total
        return [
            self._piece(f"progress-{k}", self._role(k, frame), self._bar + (k - 1) * pitch, pitch - 3)
            for k in range(1, frame.total + 1)
        ]

    def _role(self, k: int, frame: Frame) -> str:
        if k > frame.number:
            return "progress ahead"
        if k == frame.number:
            return "progress now"
        return "progress forward" if k < self.trace.seed_step else "progress backward"

    def _line(self, frame: Frame, bar: float) -> list[Item]:
        """A plain line: so far forward, so far backward, and a mark for now."""
        def at(k: int) -> float:
            return bar * k / frame.total

        items: list[Item] = [self._piece("progress-ahead", "progress ahead", self._bar, bar)]
        forward = min(frame.number, len(self.trace.forward_nodes))
        if forward:
            items.append(self._piece("progress-forward", "progress forward", self._bar, at(forward)))
        if frame.number > forward:
            start, length = self._bar + at(forward), at(frame.number) - at(forward)
            items.append(self._piece("progress-backward", "progress backward", start, length))
        if frame.number:
            x = self._bar + min(max(at(frame.number) - 5, 0.0), bar - 10)
            items.append(Rect("progress-now", "progress now", x, self._middle - 5, 10, 10, 5))
        return items

    @property
    def _middle(self) -> float:
        return BASELINE - 4.6

    def _piece(self, key: str, role: str, x: float, length: float) -> Rect:
        thick = THICK + 2 if role == "progress now" else THICK
        return Rect(key, role, x, self._middle - thick / 2, length, thick, min(thick, length) / 2)
