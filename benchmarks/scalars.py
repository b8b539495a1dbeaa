"""Scalar graphs, forward and backward: gradviz and its peers in one run, as ratios.

    pip install --group bench && python benchmarks/scalars.py

Each graph is built once per engine. micrograd and autograd build it anew in every run, since that
is how they work; gradviz replays a compiled program, turned into Python during its first
runs; the last column is the cost of that, in runs of micrograd. Rounds are interleaved, and the
shortest time of each counts. Garbage is collected only between rounds: micrograd makes a lot of it,
so in a real program the ratios are larger.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import micrograd.engine

import gradviz as gv

ROUNDS, STEPS = 7, 20_000
"""A round replays a graph until this many of its steps are done."""
SIZES = (10, 100, 1_000, 5_000)


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


def with_micrograd(steps: list[tuple[str, int, int]], point: list[float]) -> Callable[[], Any]:
    def run() -> None:
        output = grow(steps, [micrograd.engine.Value(v) for v in point], lambda x: x.relu())
        output.backward()

    return run


def with_autograd(steps: list[tuple[str, int, int]], point: list[float]) -> Callable[[], Any]:
    gradient = autograd.grad(
        lambda v: grow(steps, [v[i] for i in range(8)], lambda x: anp.maximum(x, 0))
    )
    array = anp.array(point)
    return lambda: gradient(array)


def with_gradviz(
    steps: list[tuple[str, int, int]], point: list[float], *, record: bool
) -> Callable[[], Any]:
    inputs = gv.inputs([f"x{i}" for i in range(8)])
    program = gv.compile(grow(steps, list(inputs), gv.relu))
    used = {n.name for n in program.graph.inputs}
    values = {f"x{i}": v for i, v in enumerate(point) if f"x{i}" in used}
    return (lambda: program.trace(**values)) if record else (lambda: program.gradients(**values))


def taken(engine: Callable[[], Any], runs: int = 1) -> float:
    """Seconds per run; infinite if the engine recurses too deeply."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    try:
        for _ in range(runs):
            engine()
    except RecursionError:
        return float("inf")
    finally:
        gc.enable()
    return (time.perf_counter() - start) / runs


def main() -> None:
    """Print the speed of each engine relative to micrograd."""
    print(
        f"{'steps':>6}  {'micrograd':>10}  {'autograd':>9}  {'gradviz':>8} "
        f" {'recording every step':>20}  {'to begin':>9}"
    )
    for size in SIZES:
        steps, point = recipe(size), [0.1 * i - 0.35 for i in range(8)]
        peer, plain, recording = (
            with_micrograd(steps, point),
            with_gradviz(steps, point, record=False),
            with_gradviz(steps, point, record=True),
        )
        begin = taken(recording) + taken(recording)
        engines = [peer, plain, recording]
        if size < 500:  # both peers recurse, and stop near a depth of 1,000
            engines.append(with_autograd(steps, point))
        for engine in engines:
            taken(engine)
        rounds = [
            [taken(engine, max(1, STEPS // size)) for engine in engines] for _ in range(ROUNDS)
        ]
        best = [min(column) for column in zip(*rounds, strict=True)]
        stopped = best[0] == float("inf")
        ratios = ["runs" if stopped else f"{best[0] / b:.1f}×" for b in best]
        auto = ratios[3] if len(ratios) > 3 else "–"
        start = "" if stopped else f"{begin / best[0]:.0f}"
        print(
            f"{size:>6}  {'stops' if stopped else '1':>10}  {auto:>9}  {ratios[1]:>8} "
            f" {ratios[2]:>20}  {start:>9}"
        )


if __name__ == "__main__":
    main()
