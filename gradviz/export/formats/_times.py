"""How long the pictures of an animation are shown."""

from __future__ import annotations

from typing import Final

LAST: Final = 2
"""How many times as long as the others the last picture is shown."""


def times(count: int, seconds: float) -> list[float]:
    """The seconds that each of so many pictures is shown."""
    return [seconds] * (count - 1) + [seconds * LAST]
