"""Memory that is reused between calls, for intermediates and for results no longer referenced.

Allocating memory costs more than filling it.
"""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gradviz.arrays.namespace import ArrayNamespace, Value

MOST = 1 << 25
"""Bytes; a larger array is not kept."""


class _Kept(threading.local):
    """The arrays that each thread keeps, by use and type."""

    def __init__(self) -> None:
        self.arrays: dict[tuple[str, Any], Any] = {}
        self.pool: Pool | None = None


_kept = _Kept()


def scratch(xp: ArrayNamespace, use: str, shape: Sequence[int], dtype: Any) -> Value:
    """An uninitialised array, valid until this thread asks again for the same `use`.

    No result may refer to it. Only NumPy's memory is kept: CuPy pools freed memory itself, and kept
    memory would keep exact numbers alive.
    """
    if xp.name != "numpy":
        return xp.module.empty(shape, dtype)
    size, key = math.prod(shape), (use, dtype)
    memory = _kept.arrays.get(key)
    if memory is None or memory.size < size:
        memory = xp.module.empty(size, dtype)
        if memory.nbytes <= MOST:
            _kept.arrays[key] = memory
    return memory[:size].reshape(shape)


LARGE = 1 << 20
"""Bytes from which on a pool keeps an array."""
UNHELD = 3
"""The reference count of an array that only its pool holds: the list, the loop, the count itself.
"""
COUNTS = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether reference counts can be relied on."""


class Pool:
    """The large arrays that a program made; one is reused once neither it nor a view is referenced.

    It works inside `with pool.open():`, in this thread. Of each shape and type it keeps twice as
    many as one run needs: the results of a run are often still referenced while the next one makes
    its own.
    """

    def __init__(self) -> None:
        self._arrays: dict[tuple[tuple[int, ...], Any], list[Any]] = {}
        self._taken: dict[tuple[tuple[int, ...], Any], int] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        """While it is open, `fresh` takes from it."""
        outer, _kept.pool = _kept.pool, self
        self._taken.clear()
        try:
            yield
        finally:
            _kept.pool = outer

    def take(self, shape: tuple[int, ...], dtype: Any, empty: Any) -> Value:
        """An uninitialised array that is not in use; `empty(shape, dtype)` makes a new one."""
        key = shape, dtype
        self._taken[key] = wanted = self._taken.get(key, 0) + 1
        arrays = self._arrays.setdefault(key, [])
        for array in arrays:
            if sys.getrefcount(array) == UNHELD:
                array.setflags(write=True)  # a trace that is gone may have closed it
                return array
        array = empty(shape, dtype)
        if len(arrays) < 2 * wanted:
            arrays.append(array)
        return array


def fresh(xp: ArrayNamespace, shape: Sequence[int], dtype: Any) -> Value:
    """An uninitialised array for a result."""
    shape = tuple(shape)
    pool, size = _kept.pool, math.prod(shape) * xp.module.dtype(dtype).itemsize
    if pool is None or xp.name != "numpy" or size < LARGE or not COUNTS:
        return xp.module.empty(shape, dtype)
    return pool.take(shape, xp.module.dtype(dtype), xp.module.empty)
