"""Memory for intermediate numbers that is kept from call to call: fresh memory costs more than filling it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

MOST = 1 << 25
"""Bytes; a larger array is not kept."""


class _Kept(threading.local):
    """What each thread keeps, by use and type."""

    def __init__(self) -> None:
        self.arrays: dict[tuple[str, str], Any] = {}


_kept = _Kept()


def scratch(xp: Any, use: str, shape: Sequence[int], dtype: Any) -> Any:
    """An array of any content. It is valid until this thread asks again for the same `use`: no result may hold it.

    CuPy keeps freed memory itself, and kept memory would keep exact numbers alive, so only NumPy's is kept.
    """
    if xp.name != "numpy":
        return xp.module.empty(shape, dtype)
    size, key = math.prod(shape), (use, str(dtype))
    memory = _kept.arrays.get(key)
    if memory is None or memory.size < size:
        memory = xp.module.empty(size, dtype)
        if memory.nbytes <= MOST:
            _kept.arrays[key] = memory
    return memory[:size].reshape(shape)
