"""Whether a run fits into memory, checked before anything is allocated."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gradviz.errors import BackendError, ValueInputError
from gradviz.graph.graph import Edge, Graph

LIMIT = "GRADVIZ_MEMORY"
"""The environment variable that sets a limit, such as 2GiB or 500MB."""

SMALL = 1 << 28
"""Runs below this many bytes are not checked unless a limit is set: any machine has that much."""

UNITS = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}


def estimate(graph: Graph, itemsize: int) -> int:
    """The bytes of all values and gradients of a bound graph.

    Contributions share the memory of gradients, except at branches.
    """
    return 2 * itemsize * sum(math.prod(n.shape or ()) for n in graph.nodes)


def at_branches(graph: Graph, edges: Iterable[Edge], itemsize: int) -> int:
    """The bytes of what `edges` contribute to values that are used several times: a gradient with
    k contributions keeps each of them and the k − 1 sums, of which the last is the gradient.
    """
    uses = Counter(edge.source for edge in edges)
    return itemsize * sum(
        (2 * k - 2) * math.prod(graph.nodes[source].shape or ())
        for source, k in uses.items()
        if k > 1
    )


def check(graph: Graph, xp: Any, edges: Iterable[Edge] = ()) -> None:
    """Raise BackendError if a run of a bound graph would need more memory than is available.

    edges  the edges that contribute.
    """
    if xp.name == "exact":
        return
    itemsize = 4 if xp.dtype == "float32" else 8
    refuse(estimate(graph, itemsize) // 2, at_branches(graph, edges, itemsize), xp)


def refuse(values: int, steps: int, xp: Any) -> None:
    """Raise BackendError if a run does not fit that takes so many bytes for its values, as many
    for their gradients, and so many for recording its steps.
    """
    needed = 2 * values + steps
    stated = os.environ.get(LIMIT, "").strip()
    if not stated and needed < SMALL:
        return
    free = in_bytes(stated) if stated else free_bytes(xp.name)
    if free is None or needed <= free:
        return
    half = " or dtype float32, which needs half" if xp.dtype == "float64" and values > steps else ""
    recorded = f", and {say_bytes(steps)} for the steps" if steps else ""
    raise BackendError(
        "the run needs more memory than is available",
        expected=f"at most {say_bytes(free)}, "
        + (f"as {LIMIT} says" if stated else "the free memory"),
        got=(
            f"{say_bytes(needed)} in {xp.dtype}: {say_bytes(values)} for values and as much"
            f" for gradients{recorded}"
        ),
        hint=(
            f"smaller inputs, a smaller batch{half}; gradviz show SOURCE --summary shows what takes"
            " how much"
        ),
    )


def free_bytes(backend: str) -> int | None:
    """How much memory a run may take, or None if the machine does not say."""
    if backend == "cupy":
        import cupy

        return int(cupy.cuda.Device().mem_info[0])
    found = [n for n in (_available(), _granted()) if n is not None]
    return min(found, default=None)


def _available() -> int | None:
    """The memory that Linux calls available: free, or easily freed."""
    match = re.search(r"MemAvailable:\s+(\d+) kB", _text("/proc/meminfo"))
    return int(match[1]) * 1024 if match else None


def _granted() -> int | None:
    """The rest of what a container may use."""
    most, used = (_text(f"/sys/fs/cgroup/memory.{name}").strip() for name in ("max", "current"))
    return max(0, int(most) - int(used)) if most.isdecimal() and used.isdecimal() else None


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def in_bytes(text: str) -> int:
    """Bytes from text such as `2GiB` or `500 MB`. Raises ValueInputError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", text)
    if match is None or match[2].upper() not in UNITS:
        raise ValueInputError(
            f"{LIMIT} is not an amount of memory", expected="such as 2GiB or 500MB", got=text
        )
    return int(float(match[1]) * UNITS[match[2].upper()])


def say_bytes(count: int) -> str:
    """Bytes for people: `1.5 GiB`, `12 KiB`, `320 bytes`."""
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            amount = count / size
            return f"{amount:.1f} {unit}" if amount < 100 else f"{amount:,.0f} {unit}"
    return f"{count} bytes"
