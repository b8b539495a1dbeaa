"""A small network on a small batch, where bookkeeping costs more than arithmetic.

    pip install --group bench && python benchmarks/small_arrays.py

The network is 2-4-4-1 on ten points of a ring: forward, and backward to its six parameters, in
float64. It is written twice, with layers and in single operations. By hand means the same NumPy
calls as a person would write them. Calls take turns and the medians of processor time count.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from side_by_side import Figure, available, compared, environment, parser, send, timed

os.environ |= environment(threads=1)

import numpy as np

import gradviz as gv

PEERS = ("NumPy by hand", "PyTorch")
LAYERS = """h = relu(linear(x, W1, b1)); k = relu(linear(h, W2, b2))
sigmoid_cross_entropy(linear(k, W3, b3), t)"""
OPERATIONS = """h = maximum(x @ W1.T + b1, 0); k = maximum(h @ W2.T + b2, 0)
p = sigmoid(k @ W3.T + b3)
-mean(t*log(p) + (1 - t)*log(1 - p))"""
PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")


def point() -> dict[str, Any]:
    """Ten points, whether each is outside of the ring, and the parameters."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((10, 2))
    sizes = {"W1": (4, 2), "b1": 4, "W2": (4, 4), "b2": 4, "W3": (1, 4), "b3": 1}
    drawn = {name: rng.standard_normal(size) * 0.5 for name, size in sizes.items()}
    return {"x": x, "t": (np.linalg.norm(x, axis=1, keepdims=True) > 1).astype(float), **drawn}


def by_hand(
    x: Any, t: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any
) -> tuple[Any, ...]:
    h = np.maximum(x @ W1.T + b1, 0)
    k = np.maximum(h @ W2.T + b2, 0)
    p = 1 / (1 + np.exp(-(k @ W3.T + b3)))
    ds = (p - t) / p.size
    dk = ds @ W3 * (k > 0)
    dh = dk @ W2 * (h > 0)
    return dh.T @ x, dh.sum(0), dk.T @ h, dk.sum(0), ds.T @ k, ds.sum(0)


def with_torch(values: dict[str, Any]) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    v = {name: torch.from_numpy(a.copy()) for name, a in values.items()}
    wanted = [v[name].requires_grad_() for name in PARAMETERS]
    linear, relu = torch.nn.functional.linear, torch.relu

    def run() -> Any:
        k = relu(linear(relu(linear(v["x"], v["W1"], v["b1"])), v["W2"], v["b2"]))
        scores = linear(k, v["W3"], v["b3"])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, v["t"])
        return torch.autograd.grad(loss, wanted)

    return run


def figures() -> Iterator[Figure]:
    """Seconds a pass. Raises AssertionError if the gradients are not those by hand."""
    values, by_name = point(), {"layers": LAYERS, "operations": OPERATIONS}
    calls: dict[str, Callable[[], Any]] = {"NumPy by hand": lambda: by_hand(**values)}
    for name, text in by_name.items():
        program = gv.compile(text, wrt=PARAMETERS)
        calls[f"{name}: gradients"] = lambda program=program: program.gradients(**values)
        calls[f"{name}: every step recorded"] = lambda program=program: program.trace(**values)
        for found, expected in zip(
            program.gradients(**values).values(), by_hand(**values), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    torch = available({"PyTorch": lambda: with_torch(values)})
    took = timed(calls | {name: call for name, call in torch.items() if call})
    for name in calls:
        if name not in PEERS:
            yield compared(name, took[name], PEERS, took)


def main() -> None:
    """Print microseconds per pass, and each relative to NumPy by hand."""
    if parser(__doc__).parse_args().json:
        send(figures())
        return
    for name, seconds, peers in figures():
        shown = [f"{n} {t * 1e6:.1f} µs" if t else f"{n} is missing" for n, t in peers.items()]
        print(f"{name:<34} {seconds * 1e6:>7.1f} µs  {', '.join(shown)}", flush=True)


if __name__ == "__main__":
    main()
