"""The bar that shows how far a run has come: a segment a step, or a plain line for a long run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gradviz.scene.model import Item, Rect

MOST_SEGMENTS: Final = 60
THICK: Final = 5.0
GAP: Final = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a run of `total` steps, of which the first `forward` are the forward pass, about the height y."""

    total: int
    forward: int
    y: float

    def items(self, now: int, x: float, length: float) -> list[Item]:
        """The bar after `now` steps, from x on."""
        if not self.total:
            return []
        return self._segments(now, x, length) if self.total <= MOST_SEGMENTS else self._line(now, x, length)

    def _segments(self, now: int, x: float, length: float) -> list[Item]:
        pitch = (length + GAP) / self.total
        return [
            self._piece(f"progress-{k}", self._role(k, now), x + (k - 1) * pitch, pitch - GAP)
            for k in range(1, self.total + 1)
        ]

    def _role(self, k: int, now: int) -> str:
        if k > now:
            return "progress ahead"
        if k == now:
            return "progress now"
        return "progress forward" if k <= self.forward else "progress backward"

    def _line(self, now: int, x: float, length: float) -> list[Item]:
        """A plain line: so far forward, so far backward, and a mark for now."""
        def at(k: int) -> float:
            return length * k / self.total

        items: list[Item] = [self._piece("progress-ahead", "progress ahead", x, length)]
        forward = min(now, self.forward)
        if forward:
            items.append(self._piece("progress-forward", "progress forward", x, at(forward)))
        if now > forward:
            items.append(self._piece("progress-backward", "progress backward", x + at(forward), at(now) - at(forward)))
        if now:
            left = x + min(max(at(now) - 5, 0.0), length - 10)
            items.append(Rect("progress-now", "progress now", left, self.y - 5, 10, 10, 5))
        return items

    def _piece(self, key: str, role: str, x: float, length: float) -> Rect:
        thick = THICK + 2 if role == "progress now" else THICK
        return Rect(key, role, x, self.y - thick / 2, length, thick, min(thick, length) / 2)
