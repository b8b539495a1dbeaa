"""Two half circles, each reaching into the other."""

from typing import Any

import numpy as np

from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data


def make(random: Any, count: int, noise: float) -> Data:
    """The upper half of a circle about 0, and the lower half of one about (1, 1/2)."""
    label = np.arange(count) % 2
    angle = random.uniform(0, np.pi, count)
    x1 = np.where(label == 0, np.cos(angle), 1 - np.cos(angle))
    x2 = np.where(label == 0, np.sin(angle), 0.5 - np.sin(angle))
    x = np.stack([x1, x2], axis=1) + noise * random.standard_normal((count, 2))
    return samples("moons", x, label, classes=("upper", "lower"))


SET = Set("two half circles that reach into each other", make, {"count": 200, "noise": 0.1})
