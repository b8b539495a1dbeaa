"""The top of a frame: the pass, the step's number, and a bar that shows how far the run has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Text
from gradviz.scene.progress import Bar
from gradviz.story.frame import Frame
from gradviz.trace import Trace

SIZE: Final = 13.0
BASELINE: Final = 34.0
PHASES: Final = {"start": "Start", "forward": "Forward", "seed": "Backward", "backward": "Backward"}


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
        bar = Bar(total, len(self.trace.forward_nodes), BASELINE - 4.6)
        return items + bar.items(frame.number, self._bar, width - self.margin - self._bar)
