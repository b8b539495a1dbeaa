"""Three clusters of one class in a sea of another: hard for a linear classifier."""

from typing import Any

import numpy as np

from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data

MIDDLES = ((-0.6, -0.5), (0.6, -0.4), (0.0, 0.6))
RADIUS, GAP = 0.22, 0.38
"""The radius of a cluster, and how near others come to its middle."""


def make(random: Any, count: int, noise: float) -> Data:
    """Every other point in one of three discs (class 1), the others anywhere else."""
    inner, x = np.arange(count) % 2 == 0, np.empty((count, 2))
    for i in range(count):
        if inner[i]:
            radius, angle = RADIUS * random.uniform() ** 0.5, random.uniform(0, 2 * np.pi)
            middle = MIDDLES[i // 2 % len(MIDDLES)]
            x[i] = middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle)
            continue
        x[i] = random.uniform(-1, 1, 2)
        while min(np.hypot(*(x[i] - m)) for m in MIDDLES) < GAP:
            x[i] = random.uniform(-1, 1, 2)
    x = x + noise * random.standard_normal(x.shape)
    return samples("modes", x, inner.astype(int), classes=("around", "mode"))


SET = Set("three clusters of one class, the other around them", make, {"count": 200, "noise": 0.0})
