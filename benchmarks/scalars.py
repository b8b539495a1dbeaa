"""Scalar graphs, forward and backward: gradviz and its peers in one run, as ratios.

    pip install --group bench && python benchmarks/scalars.py [--write]

Three things are compared with micrograd, which builds the graph anew for every run, since that is
how it works:

new        `gv.run` of a graph built anew, every step recorded: building is part of the time.
recorded   a compiled program replayed with every step recorded, and
gradients  without: once it is written out as Python, which its first runs see to.

Rounds are interleaved and the medians of processor time count. Garbage is collected only between
rounds: micrograd makes a lot of it, so in a real program the ratios are larger. autograd stops near
a depth of 1,000; micrograd gets a deep stack. `--write` puts the table into `results/scalars.md`.
"""

from __future__ import annotations

import argparse
import gc
import platform
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd
import autograd.numpy as anp
import micrograd.engine

import gradviz as gv

ROUNDS, STEPS = 7, 20_000
"""A round replays a graph until this many of its steps are done."""
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


def engines(make: Make, count: int, *, shallow: bool) -> dict[str, Callable[[], Any]]:
    """What is timed, by column."""
    point = [0.1 * i - 0.35 for i in range(count)]
    names = [f"x{i}" for i in range(count)]

    def with_micrograd() -> None:
        make([micrograd.engine.Value(v) for v in point], lambda x: x.relu()).backward()

    def built() -> Any:
        return make(list(gv.inputs(names)), gv.relu)

    program = gv.compile(built())
    used = {n.name for n in program.graph.inputs}
    values = {name: v for name, v in zip(names, point, strict=True) if name in used}
    for _ in range(WARM):
        program.gradients(**values)
    found: dict[str, Callable[[], Any]] = {
        "micrograd": with_micrograd,
        "new": lambda: gv.run(built(), **values),
        "recorded": lambda: program.trace(**values),
        "gradients": lambda: program.gradients(**values),
    }
    if shallow:
        gradient = autograd.grad(lambda v: make([v[i] for i in range(count)], _autograd_relu))
        array = anp.array(point)
        found["autograd"] = lambda: gradient(array)
    return found


def _autograd_relu(x: Any) -> Any:
    return anp.maximum(x, 0)


def taken(engine: Callable[[], Any], runs: int) -> float:
    """Seconds of processor time per run."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    try:
        for _ in range(runs):
            engine()
    finally:
        gc.enable()
    return (time.process_time() - start) / runs


def table() -> str:
    """The speed of each engine relative to micrograd, by size."""
    lines = ["| steps | micrograd, µs | new graph | recorded | gradients | autograd |"]
    lines.append("|---:|---:|---:|---:|---:|---:|")
    cases: list[tuple[str, int, Make, int]] = [("5 (a neuron)", 5, neuron, 5)]
    for size in SIZES:
        steps = recipe(size)
        cases.append((f"{size:,}", size, lambda v, relu, s=steps: grow(s, v, relu), 8))
    for name, size, make, count in cases:
        timed = engines(make, count, shallow=size < 500)
        runs = max(1, STEPS // size)
        for engine in timed.values():
            taken(engine, 1)
        rounds = [
            {
                column: taken(engine, max(1, runs // 8 if column in ("new", "autograd") else runs))
                for column, engine in timed.items()
            }
            for _ in range(ROUNDS if size < 50_000 else 3)
        ]
        found = {c: statistics.median(r[c] for r in rounds) for c in timed}
        peer = found["micrograd"]
        ratios = [
            f"{peer / found[column]:.2f}×" if column in found else "–"
            for column in ("new", "recorded", "gradients", "autograd")
        ]
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
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    text = report()
    if write:
        RESULTS.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    sys.setrecursionlimit(10**7)
    threading.stack_size(1 << 29)
    thread = threading.Thread(target=main)  # micrograd recurses, an op deep each time
    thread.start()
    thread.join()
