"""Batches of samples of a scalar graph, forward and backward: gradviz and its peers in one run.

    pip install --group bench torch jax && python benchmarks/batches.py [--samples 4096]

The graphs are those of `scalars.py`, in float64. PyTorch builds its graph anew in every run; JAX
has compiled it before, with every step fused. Rounds are interleaved, and the shortest time of each
counts, in nanoseconds of processor time for each step and sample. One thread each.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
os.environ |= dict.fromkeys(THREADS, "1") | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}

import numpy as np  # noqa: E402 - after the threads are set
from scalars import grow, recipe  # noqa: E402

import gradviz as gv  # noqa: E402

ROUNDS, SIZES = 15, (5, 50, 500)
Steps = list[tuple[str, int, int]]


def with_gradviz(steps: Steps, columns: list[Any], *, written: bool) -> Callable[[], Any]:
    inputs = gv.inputs([f"x{i}" for i in range(8)])
    program = gv.compile(grow(steps, list(inputs), gv.relu))
    used = {n.name for n in program.graph.inputs}
    values = {f"x{i}": c for i, c in enumerate(columns) if f"x{i}" in used}
    if not written:
        program._replays = None
    return lambda: program.batch(**values)


def with_torch(steps: Steps, columns: list[Any]) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    inputs = [torch.from_numpy(c).requires_grad_() for c in columns]

    def run() -> Any:
        output = grow(steps, list(inputs), torch.relu)
        return torch.autograd.grad(output.sum(), inputs, allow_unused=True)

    return run


def with_jax(steps: Steps, columns: list[Any]) -> Callable[[], Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    function = jax.jit(jax.grad(lambda v: grow(steps, list(v), jax.nn.relu).sum()))
    inputs = [jax.numpy.asarray(c) for c in columns]
    return lambda: jax.block_until_ready(function(inputs))


def taken(call: Callable[[], Any], runs: int) -> float:
    """Seconds of processor time per run."""
    start = time.process_time()
    for _ in range(runs):
        call()
    return (time.process_time() - start) / runs


def main() -> None:
    """Print nanoseconds per step and sample, and the speed relative to PyTorch and JAX."""
    parser = argparse.ArgumentParser(description="batches, gradviz against PyTorch and JAX")
    parser.add_argument("--samples", type=int, default=4096)
    samples = parser.parse_args().samples
    print(f"{samples} samples; ns per step and sample")
    for size in SIZES:
        rng = np.random.default_rng(size)
        steps, columns = recipe(size), [rng.normal(0, 0.3, samples) for _ in range(8)]
        calls = {
            "gradviz": with_gradviz(steps, columns, written=True),
            "interpreted": with_gradviz(steps, columns, written=False),
        }
        for name, peer in (("PyTorch", with_torch), ("JAX", with_jax)):
            try:
                calls[name] = peer(steps, columns)
            except ImportError:
                print(f"{name} is not installed")
        for call in calls.values():
            call()
            call()
        rounds = [{name: taken(call, 3) for name, call in calls.items()} for _ in range(ROUNDS)]
        best = {name: min(r[name] for r in rounds) / size / samples * 1e9 for name in calls}
        shown = [f"{name} {ns:.2f}" for name, ns in best.items()]
        ratios = [f"{best[n] / best['gradviz']:.2f}x {n}" for n in best if n != "gradviz"]
        print(f"{size:>5} steps: {', '.join(shown)}; as fast as {', '.join(ratios)}", flush=True)


if __name__ == "__main__":
    main()
