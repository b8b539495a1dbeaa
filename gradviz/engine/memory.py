"""Whether a run fits into memory, checked before anything is allocated."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gradviz.engine.program import schedule
from gradviz.errors import BackendError, GradvizError, ValueInputError
from gradviz.graph.declared import declared_shape
from gradviz.graph.graph import Edge, Graph, Node
from gradviz.limits import Way, fitting, say_bytes, too_large
from gradviz.ops.op import Shape

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


def itemsize(xp: Any) -> int:
    """The bytes of a real number."""
    return 4 if xp.dtype == "float32" else 8


class Again(NamedTuple):
    """How the graph of a run was bound, so that smaller runs of it can be foreseen.

    bind     the graph for other shapes of its inputs.
    wrt      the inputs that get gradients.
    samples  whether every input holds one number a sample.
    """

    bind: Callable[[dict[str, Shape]], Graph]
    wrt: Sequence[int]
    samples: bool = False


def check(graph: Graph, xp: Any, again: Again, edges: Sequence[Edge] = ()) -> None:
    """Raise BackendError if a run of a bound graph would need more memory than is available.

    edges  the edges that contribute, once they are known.
    """
    if xp.name == "exact":
        return
    size = itemsize(xp)

    def needs(graph: Graph, edges: Sequence[Edge]) -> int:
        return estimate(graph, size) + at_branches(graph, edges, size)

    if (free := lacking(needs(graph, edges), xp)) is None:
        return
    edges = edges or schedule(graph, again.wrt)

    def needs_with(shapes: dict[str, Shape]) -> float:
        try:
            return needs(again.bind(shapes), edges)
        except GradvizError:
            return math.inf

    ways = ways_of(graph, needs_with, samples=again.samples)
    work = ways[0].words.format(ways[0].most) if ways and "batch" in ways[0].words else "the run"
    raise refusal(work, needs(graph, edges), free, ways, xp)


def refuse(needed: int, xp: Any, words: str, count: int) -> None:
    """Raise BackendError if work on `count` things that need so many bytes in all, each as much as
    another, does not fit into memory.

    words  how it is said: "a batch of {:,}".
    """
    if (free := lacking(needed, xp)) is not None:
        way = Way(words, count, lambda some: needed * some / count)
        raise refusal(words.format(count), needed, free, [way], xp, halves=False)


def lacking(needed: int, xp: Any) -> int | None:
    """The bytes that there are, if they are too few; else None."""
    stated = os.environ.get(LIMIT, "").strip()
    if not stated and needed < SMALL:
        return None
    free = in_bytes(stated) if stated else free_bytes(xp.name)
    return None if free is None or needed <= free else free


def refusal(
    work: str, needed: int, free: int, ways: Sequence[Way], xp: Any, *, halves: bool = True
) -> BackendError:
    """The error about work that does not fit; `halves`: it would need half in float32."""
    if halves and xp.dtype == "float64":
        ways = [*ways, Way("dtype float32", 1, lambda _: needed / 2)]
    stated = os.environ.get(LIMIT, "").strip()
    limit = f"{LIMIT} allows {say_bytes(free)}" if stated else f"{say_bytes(free)} are free"
    return BackendError(
        too_large(f"{work} needs", f"about {say_bytes(needed)}", limit, fitting(ways, free))
    )


def ways_of(
    graph: Graph, needs: Callable[[dict[str, Shape]], float], *, samples: bool = False
) -> list[Way]:
    """How the run of a bound graph can be made smaller: by its batch, else by its longest axis.

    needs    the bytes of a run with other shapes of its inputs.
    samples  whether every input holds one number a sample.
    """
    shapes = {n.name: n.shape or () for n in graph.inputs}
    data = {n.name: shapes[n.name] for n in graph.inputs if "init" not in n.options}
    rows = {n.name for n in graph.inputs if data.get(n.name) and (samples or _is_batch(graph, n))}
    batches = {shapes[name][0] for name in rows}
    free = {n.name for n in graph.inputs if n.name in data and "shape" not in n.options}
    longest = max((size for name in free for size in data[name]), default=0)

    def with_batch(size: int) -> float:
        return needs({k: (size, *s[1:]) if k in rows else s for k, s in shapes.items()})

    def with_axes(size: int) -> float:
        return needs(
            {
                k: tuple(size if k in free and n == longest else n for n in s)
                for k, s in shapes.items()
            }
        )

    ways = [Way("a batch of {:,}", batches.pop(), with_batch)] if len(batches) == 1 else []
    if longest > 1 and not samples:
        ways.append(Way(_axes(longest, [data[name] for name in free]), longest, with_axes))
    return [way for way in ways if way.most > 1]


def _is_batch(graph: Graph, node: Node) -> bool:
    """Whether the first axis of an input counts samples: its other axes are the declared ones, or
    those of an image.
    """
    shape, declared = node.shape or (), declared_shape(node.options)
    if declared is not None:
        return len(shape) == len(declared) + 1
    uses = graph.consumers[node.id]
    return len(shape) == 4 and any(graph.op(e.target).role(e.slot) == "input" for e in uses)


def _axes(longest: int, shapes: Sequence[Shape]) -> str:
    """The words for shorter axes, where only those of one image have that length, or any."""
    having = [s for s in shapes if longest in s]
    if len(having) == 1 and having[0][-2:] == (longest, longest) and len(having[0]) in (3, 4):
        return "an image of {0:,} x {0:,}"
    return f"an axis of {{:,}} in place of {longest:,}"


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
