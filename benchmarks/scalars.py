"""Scalar graphs, forward and backward: gradviz and its peers in one run, as ratios.

    pip install --group bench && python benchmarks/scalars.py [--write]

Three things are compared with micrograd, which builds the graph anew for every run, since that is
how it works:

new        `gv.run` of a graph built anew, every step recorded: building is part of the time.
recorded   a compiled program replayed with every step recorded, and
gradients  without: once it is written out as Python, which its first runs see to.

Calls take turns and the medians of processor time count. Garbage is collected only between
timings: micrograd makes a lot of it, so in a real program the ratios are larger. autograd stops
near a depth of 1,000; micrograd gets a deep stack. `--write` puts the table into
`results/scalars.md`.
"""

from __future__ import annotations

import platform
import random
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from side_by_side import Figure, available, compared, parser, send, timed

import gradviz as gv

PEERS = ("micrograd", "autograd")
SHALLOW = 500
"""autograd follows graphs of fewer steps."""
SIZES = (10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)
WARM = 31
"""How many runs it takes until a long graph is written out."""
RESULTS = Path(__file__).with_name("results") / "scalars.md"


def neuron(values: list[Any], relu: Callable[[Any], Any]) -> Any:
    """Five ops: the smallest graph that is worth a picture."""
    w0, x0, w1, x1, w2 = values
    return relu(w0 * x0 + w1 * x1 + w2)


def recipe(size: int) -> list[tuple[str, int, int]]:
    """Random steps over eight inputs: sums, products and ReLUs, kept finite."""
    rng = random.Random(size)
    return [
        (
            rng.choice(["add", "mul", "relu"]),
            rng.randrange(max(0, k - 12), k),
            rng.randrange(max(0, k - 12), k),
        )
        for k in range(8, 8 + size)
    ]


def grow(steps: list[tuple[str, int, int]], values: list[Any], relu: Callable[[Any], Any]) -> Any:
    """The output of a recipe on any kind of number."""
    grown = list(values)
    for op, i, j in steps:
        a, b = grown[i], grown[j]
        grown.append(
            (a + b) * 0.5 if op == "add" else a * b * 0.5 if op == "mul" else relu(a) + b * 0.1
        )
    return grown[-1]


Make = Callable[[list[Any], Callable[[Any], Any]], Any]


def ours(make: Make, point: list[float]) -> dict[str, Callable[[], Any]]:
    """What is timed of gradviz, by column."""
    names = [f"x{i}" for i in range(len(point))]

    def built() -> Any:
        return make(list(gv.inputs(names)), gv.relu)

    program = gv.compile(built())
    used = {n.name for n in program.graph.inputs}
    values = {name: v for name, v in zip(names, point, strict=True) if name in used}
    for _ in range(WARM):
        program.gradients(**values)
    return {
        "new": lambda: gv.run(built(), **values),
        "recorded": lambda: program.trace(**values),
        "gradients": lambda: program.gradients(**values),
    }


def with_micrograd(make: Make, point: list[float]) -> Callable[[], Any]:
    from micrograd.engine import Value

    return lambda: make([Value(v) for v in point], lambda x: x.relu()).backward()


def with_autograd(make: Make, point: list[float]) -> Callable[[], Any]:
    import autograd
    import autograd.numpy as anp

    def relu(x: Any) -> Any:
        return anp.maximum(x, 0)

    gradient = autograd.grad(lambda v: make([v[i] for i in range(len(point))], relu))
    array = anp.array(point)
    return lambda: gradient(array)


def cases(sizes: Sequence[int]) -> Iterator[tuple[int, Make, int]]:
    """A neuron, and recipes of these sizes: steps, how to build it, how many inputs."""
    yield 5, neuron, 5
    for size in sizes:
        steps = recipe(size)
        yield size, lambda v, relu, s=steps: grow(s, v, relu), 8


def figures(sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    """Seconds a run: each column of gradviz beside the peers, by size."""
    for size, make, count in cases(sizes):
        point = [0.1 * i - 0.35 for i in range(count)]
        makers = {"micrograd": lambda m=make, p=point: with_micrograd(m, p)}
        if size < SHALLOW:
            makers["autograd"] = lambda m=make, p=point: with_autograd(m, p)
        mine = ours(make, point)
        peers = {name: call for name, call in available(makers).items() if call}
        took = timed({**peers, **mine})
        for column in mine:
            yield compared(f"{column} {size}", took[column], PEERS, took)


def table() -> str:
    """The speed of each engine relative to micrograd, by size."""
    lines = ["| steps | micrograd, µs | new graph | recorded | gradients | autograd |"]
    lines.append("|---:|---:|---:|---:|---:|---:|")
    found = figures()
    for new, recorded, gradients in zip(found, found, found, strict=True):
        size = int(new.name.split()[1])
        peer = new.peers["micrograd"]
        assert peer is not None
        ratios = [
            f"{peer / seconds:.2f}×" if seconds else "–"
            for seconds in (new.ours, recorded.ours, gradients.ours, new.peers["autograd"])
        ]
        name = "5 (a neuron)" if size == 5 else f"{size:,}"
        lines.append(f"| {name} | {peer * 1e6:,.1f} | {' | '.join(ratios)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def report() -> str:
    """The table with the machine."""
    return (
        "# Scalar graphs against micrograd\n\n"
        "Written by `python benchmarks/scalars.py --write`: times as fast as micrograd building"
        " the graph and going back through it, medians of processor time, one thread. A step is"
        " one to three ops.\n\n"
        f"{platform.machine()}, Python {platform.python_version()}.\n\n{table()}\n"
    )


def main() -> None:
    """Print the table, or write it down."""
    options = parser(__doc__)
    options.add_argument("sizes", nargs="*", type=int)
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    if given.json:
        send(figures(given.sizes or SIZES))
    elif given.write:
        RESULTS.write_text(report(), encoding="utf-8")
    else:
        print(report())


if __name__ == "__main__":
    sys.setrecursionlimit(10**7)
    threading.stack_size(1 << 29)
    thread = threading.Thread(target=main)  # micrograd recurses, an op deep each time
    thread.start()
    thread.join()
