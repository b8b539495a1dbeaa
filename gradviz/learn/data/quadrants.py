"""First and third quadrant against the second and fourth: hard for a linear classifier."""

from typing import Any

from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data


def make(random: Any, count: int, noise: float) -> Data:
    """Points of the square from −1 to 1; class 1 where x1 x2 > 0, before the noise."""
    x = random.uniform(-1, 1, (count, 2))
    label = (x[:, 0] * x[:, 1] > 0).astype(int)
    x = x + noise * random.standard_normal(x.shape)
    return samples("quadrants", x, label, classes=("2 and 4", "1 and 3"))


SET = Set("first and third quadrant against the others", make, {"count": 200, "noise": 0.0})
