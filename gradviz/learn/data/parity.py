"""Parity: whether an odd number of bits is 1."""

from typing import Any

import numpy as np

from gradviz.errors import ValueInputError
from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data

MOST = 12


def make(random: Any, bits: int) -> Data:
    """Every row of so many bits once. Raises ValueInputError for too many."""
    if not 1 <= bits <= MOST:
        raise ValueInputError(
            "parity has a row for every choice of its bits", expected=f"1 to {MOST} bits", got=bits
        )
    x = np.array([[n >> i & 1 for i in reversed(range(bits))] for n in range(2**bits)])
    return samples("parity", x, x.sum(axis=1) % 2, classes=("even", "odd"))


SET = Set("whether an odd number of bits is 1", make, {"bits": 3})
