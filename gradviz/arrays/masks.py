"""Random masks that are the same for every backend, because NumPy always draws them."""

from __future__ import annotations

from typing import Any


def keep_mask(shape: tuple[int, ...], drop: Any, seed: int) -> Any:
    """Which elements stay when each is dropped with the probability `drop`; the seed alone
    decides.
    """
    import numpy as np

    return np.asarray(np.random.Generator(np.random.PCG64(seed)).random(shape) >= float(drop))
