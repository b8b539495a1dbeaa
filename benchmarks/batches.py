"""Batches of samples of a scalar graph, forward and backward: gradviz and its peers in one run.

    pip install --group bench && python benchmarks/batches.py [--samples 4096]

The graphs are those of `scalars.py`, in float64. PyTorch builds its graph anew in every run; JAX
has compiled it before, with every step fused. Calls take turns, and the medians count, in
nanoseconds of processor time for each step and sample. One thread each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from side_by_side import Figure, available, compared, environment, parser, send, timed

os.environ |= environment(threads=1)

import numpy as np
from scalars import grow, recipe

import gradviz as gv

SAMPLES, SIZES = 4096, (5, 50, 500)
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


PEERS = {"PyTorch": with_torch, "JAX": with_jax}


def figures(samples: int = SAMPLES) -> Iterator[Figure]:
    """Nanoseconds per step and sample, by size."""
    for size in SIZES:
        rng = np.random.default_rng(size)
        steps, columns = recipe(size), [rng.normal(0, 0.3, samples) for _ in range(8)]
        calls = {
            "gradviz": with_gradviz(steps, columns, written=True),
            "interpreted": with_gradviz(steps, columns, written=False),
        }
        makers = {n: lambda p=peer, s=steps, c=columns: p(s, c) for n, peer in PEERS.items()}
        calls |= {name: call for name, call in available(makers).items() if call}
        calls["gradviz"]()
        took = {name: t / size / samples * 1e9 for name, t in timed(calls).items()}
        yield compared(f"batch {size}", took["gradviz"], (*PEERS, "interpreted"), took)


def main() -> None:
    """Print nanoseconds per step and sample, and the speed relative to PyTorch and JAX."""
    options = parser(__doc__)
    options.add_argument("--samples", type=int, default=SAMPLES)
    given = options.parse_args()
    if given.json:
        send(figures(given.samples))
        return
    print(f"{given.samples} samples; ns per step and sample")
    for name, ns, peers in figures(given.samples):
        shown = [f"{peer} {t:.2f}" if t else f"{peer} is missing" for peer, t in peers.items()]
        ratios = [f"{t / ns:.2f}x {peer}" for peer, t in peers.items() if t]
        print(f"{name:>9} steps: gradviz {ns:.2f}, {', '.join(shown)}; {', '.join(ratios)}")


if __name__ == "__main__":
    main()
