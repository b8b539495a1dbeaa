"""Spirals that wind about each other, as in CS231n's notes."""

from typing import Any

import numpy as np

from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data

TURN = 4.0
"""The angle, in radians, through which each arm winds."""


def make(random: Any, count: int, noise: float, arms: int) -> Data:
    """Arms of equal length, a class each; point i of an arm is at radius i/n."""
    label = np.arange(count) % arms
    radius = (np.arange(count) // arms + 1) / -(-count // arms)
    angle = TURN * radius + 2 * np.pi * label / arms + noise * random.standard_normal(count)
    x = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return samples("spiral", x, label, classes=tuple(map(str, range(arms))))


SET = Set("arms that wind about each other", make, {"count": 200, "noise": 0.1, "arms": 2})
