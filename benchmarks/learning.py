"""A training step, gradients and update, beside the gradients alone and PyTorch's eager step.

    pip install --group bench && python benchmarks/learning.py

XOR (2-4-1, four rows), the ring (2-4-4-2, batches of 10) and the digits (64-15-10, batches of 10),
in float64, with gradient descent. Calls take turns, and the medians count, in microseconds of
processor time. One thread each. The rate is so small that the parameters stay what they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from side_by_side import Figure, available, compared, environment, parser, send, timed

os.environ |= environment(threads=1)

import gradviz as gv
from gradviz.learn.training import Passes, compiled_of

PROBLEMS = {
    "XOR": ("net:mlp:2-4-1,activation=tanh", "xor"),
    "ring": ("net:mlp:2-4-4-2,activation=tanh", "ring"),
    "digits": ("net:mlp:64-15-10,activation=tanh", "digits"),
}
RATE, BATCHES = 1e-9, 20
PEERS = ("gradients", "PyTorch")


def with_gradviz(run: Any) -> Callable[[], Any]:
    passes = Passes(run, run.kept.weights[-1], {}, run.passes)
    passes.total = 10**9
    return passes.step


def gradients_alone(run: Any) -> Callable[[], Any]:
    """`compile().gradients` on the same batches."""
    program, feeder = compiled_of(run), Passes(run, run.kept.weights[-1], {}, 0).feeder
    given = cycle([feeder.inputs(k) | run.weights() for k in range(1, BATCHES + 1)])
    return lambda: program.gradients(values=next(given))


def with_torch(run: Any) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    feeder = Passes(run, run.kept.weights[-1], {}, 0).feeder
    weights = {n: torch.tensor(v, requires_grad=True) for n, v in run.weights().items()}
    given = cycle(
        [{n: torch.tensor(v) for n, v in feeder.inputs(k).items()} for k in range(1, BATCHES + 1)]
    )
    optimizer = torch.optim.SGD(weights.values(), RATE)
    depth = len(weights) // 2

    def step() -> Any:
        batch = next(given)
        y = batch["x"]
        for k in range(1, depth + 1):
            y = torch.nn.functional.linear(y, weights[f"W{k}"], weights[f"b{k}"])
            y = y if k == depth else torch.tanh(y)
        if y.shape[1] == 1:
            loss = ((y[:, 0] - batch["label"]) ** 2).mean()
        else:
            loss = torch.nn.functional.cross_entropy(y, batch["label"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def figures() -> Iterator[Figure]:
    """Microseconds per training step."""
    for name, (source, data) in PROBLEMS.items():
        run = gv.learn(source, data=data, lr=RATE, passes=BATCHES)
        calls = {"gradviz": with_gradviz(run), "gradients": gradients_alone(run)}
        makers = {"PyTorch": lambda r=run: with_torch(r)}
        calls |= {peer: call for peer, call in available(makers).items() if call}
        took = {peer: 1e6 * t for peer, t in timed(calls).items()}
        yield compared(name, took["gradviz"], PEERS, took)


def main() -> None:
    """Print microseconds per step, and how they compare."""
    given = parser(__doc__).parse_args()
    if given.json:
        send(figures())
        return
    for name, ours, peers in figures():
        shown = [f"{peer} {t:.0f}" if t else f"{peer} is missing" for peer, t in peers.items()]
        ratios = [f"{ours / t:.2f} of {peer}" for peer, t in peers.items() if t]
        print(f"{name:>7}: {ours:.0f} µs a step; {', '.join(shown)}; {', '.join(ratios)}")


if __name__ == "__main__":
    main()
