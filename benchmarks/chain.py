"""A chain of a million operations: how long its first number takes, and how much memory.

    python benchmarks/chain.py [--ops 1000000]

Every other operation takes the input again, the others a constant. The chain is built, compiled and
run with every step recorded, in processor time. A second trace costs the bytes of its steps; what
else the process holds then is what the nodes cost, beside the expression that was built.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from side_by_side import Figure, parser, send

import gradviz as gv

OPS = 1_000_000
HELD = Path("/proc/self/statm")


def chain(ops: int) -> Any:
    x = gv.inputs("x")[0]
    f = x * 1.0
    for k in range(1, ops):
        f = f + x if k % 2 else f * 0.5
    return f


def held() -> float:
    """Bytes in memory; the most so far where the system does not say."""
    gc.collect()
    if HELD.exists():
        return int(HELD.read_text().split()[1]) * resource.getpagesize()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def figures(ops: int = OPS) -> Iterator[Figure]:
    """Seconds to the first number; bytes a node and a step."""
    start = time.process_time()
    output = chain(ops)
    building = time.process_time() - start
    before = held()
    start = time.process_time()
    program = gv.compile(output)
    trace = program.trace(x=0.3)
    trace.gradient("x")
    seconds = building + time.process_time() - start
    first = held()
    another = program.trace(x=0.4)
    recorded = held() - first
    yield Figure("first number", seconds)
    yield Figure("bytes a node", (first - recorded - before) / len(trace.graph.args))
    yield Figure("bytes a step", recorded / len(another))


def main() -> None:
    """Print the three figures."""
    options = parser(__doc__)
    options.add_argument("--ops", type=int, default=OPS)
    given = options.parse_args()
    if given.json:
        send(figures(given.ops))
        return
    for name, value, _ in figures(given.ops):
        print(f"{name:<14} {value:>8.1f}")


if __name__ == "__main__":
    main()
