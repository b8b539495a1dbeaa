"""Points about a line: t = 2 x + 1 and noise, for regression."""

from typing import Any

from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data


def make(random: Any, count: int, noise: float) -> Data:
    """x from −1 to 1, t = 2 x + 1 with normal noise."""
    x = random.uniform(-1, 1, (count, 1))
    return samples("linear", x, 2 * x[:, 0] + 1 + noise * random.standard_normal(count))


SET = Set("points about the line 2x + 1, for regression", make, {"count": 50, "noise": 0.1})
