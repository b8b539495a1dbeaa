"""The order of samples: it follows from the seed and the number of the epoch alone.

The keys by which samples are sorted are the raw numbers of NumPy's PCG64, which are the same in
every version and on every machine.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np


@lru_cache(maxsize=4)
def order(seed: int, epoch: int, count: int) -> Any:
    """The samples of an epoch, counted from 0, in their order."""
    keys = np.random.PCG64(np.random.SeedSequence([seed, epoch])).random_raw(count)
    return np.argsort(keys, kind="stable")


def per_epoch(count: int, batch: int) -> int:
    """The passes of an epoch; the last has the samples that are left."""
    return -(-count // batch)


def rows(k: int, count: int, batch: int, seed: int) -> Any:
    """The samples of pass k, counted from 1. All samples at once come in their own order."""
    if batch >= count:
        return slice(None)
    epoch, place = divmod(k - 1, per_epoch(count, batch))
    return order(seed, epoch, count)[place * batch : (place + 1) * batch]
