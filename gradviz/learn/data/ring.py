"""A disc inside a ring: no line separates them, the distance from the middle does."""

from typing import Any

import numpy as np

from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data


def make(random: Any, count: int, noise: float) -> Data:
    """Every other point inside (class 1, radius up to 0.46), the others outside (0.62 to 1)."""
    inner = np.arange(count) % 2 == 0
    radius = np.where(inner, random.uniform(0, 0.46, count), random.uniform(0.62, 1, count))
    angle = random.uniform(0, 2 * np.pi, count)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    x = x + noise * random.standard_normal(x.shape)
    return samples("ring", x, inner.astype(int), classes=("outside", "inside"))


SET = Set("a disc inside a ring, two classes", make, {"count": 200, "noise": 0.0})
