"""Convolution layers, forward and backward to input and weights: gradviz and PyTorch in one run.

    pip install --group bench torch && python benchmarks/convolution.py [--threads 1] [--batch 1]
    [LAYER …]

The same machine, cores, numbers and float32 for both; rounds are interleaved and the medians count.
PyTorch runs as installed, once with the usual memory layout and once with channels last, and the
faster of the two is compared. With one thread, processor time is measured, so that a busy machine
matters less. A ratio above 1 means that gradviz is faster.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROUNDS = 9
LEAST = 0.02
"""The least number of seconds for one timing; short calls are repeated."""


class Layer(NamedTuple):
    name: str
    channels: int
    made: int
    size: int
    kernel: int
    stride: int = 1
    padding: int = 0


LAYERS = (
    Layer("LeNet 1", 1, 6, 32, 5), Layer("LeNet 2", 6, 16, 14, 5),
    Layer("AlexNet 1", 3, 64, 224, 11, 4, 2), Layer("AlexNet 2", 64, 192, 27, 5, 1, 2),
    Layer("AlexNet 3", 192, 384, 13, 3, 1, 1), Layer("AlexNet 4", 384, 256, 13, 3, 1, 1),
    Layer("AlexNet 5", 256, 256, 13, 3, 1, 1),
    Layer("VGG 1.1", 3, 64, 224, 3, 1, 1), Layer("VGG 1.2", 64, 64, 224, 3, 1, 1),
    Layer("VGG 2.2", 128, 128, 112, 3, 1, 1), Layer("VGG 3.2", 256, 256, 56, 3, 1, 1),
    Layer("VGG 4.2", 512, 512, 28, 3, 1, 1), Layer("VGG 5", 512, 512, 14, 3, 1, 1),
    Layer("1×1", 256, 256, 28, 1),
)  # fmt: skip


def numbers(layer: Layer, batch: int) -> tuple[Any, Any, Any]:
    """x, w and the upstream gradient."""
    import numpy as np

    rng = np.random.default_rng(0)
    places = (layer.size + 2 * layer.padding - layer.kernel) // layer.stride + 1
    shapes = (
        (batch, layer.channels, layer.size, layer.size),
        (layer.made, layer.channels, layer.kernel, layer.kernel),
        (batch, layer.made, places, places),
    )
    x, w, g = (rng.standard_normal(shape, dtype="float32") for shape in shapes)
    return x, w, g


def with_gradviz(layer: Layer, x: Any, w: Any, g: Any) -> dict[str, Callable[[], Any]]:
    from gradviz.arrays import for_backend
    from gradviz.ops import get

    xp, op = for_backend("numpy", "float32"), get("conv2d")
    options = {**op.options, "stride": layer.stride, "padding": layer.padding}
    y, vjp = op.forward(xp, x, w, **options), op.vjp or ()
    return {
        "forward": lambda: op.forward(xp, x, w, **options),
        "input": lambda: vjp[0](xp, g, y, x, w, **options),
        "weights": lambda: vjp[1](xp, g, y, x, w, **options),
    }


def with_torch(layer: Layer, x: Any, w: Any, g: Any) -> Iterator[dict[str, Callable[[], Any]]]:
    """The usual memory layout, then channels last."""
    import torch

    for layout in (torch.contiguous_format, torch.channels_last):
        tx, tw, tg = (
            torch.from_numpy(a.copy()).contiguous(memory_format=layout) for a in (x, w, g)
        )

        def back(*mask: bool, x: Any = tx, w: Any = tw, g: Any = tg) -> Callable[[], Any]:
            steps, pads = [layer.stride] * 2, [layer.padding] * 2
            rest = (None, steps, pads, [1, 1], False, [0, 0], 1, [*mask, False])
            return lambda: torch.ops.aten.convolution_backward(g, x, w, *rest)

        def forward(x: Any = tx, w: Any = tw) -> Any:
            return torch.conv2d(x, w, None, layer.stride, layer.padding)

        yield {"forward": forward, "input": back(True, False), "weights": back(False, True)}


def medians(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Seconds per call, with all calls taking turns."""
    clock = time.process_time if os.environ["OMP_NUM_THREADS"] == "1" else time.perf_counter
    repeats, times = {}, {name: [] for name in calls}  # type: ignore[var-annotated]
    for name, call in calls.items():
        call()
        start = clock()
        call()
        repeats[name] = max(1, int(LEAST / max(clock() - start, 1e-6)))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = clock()
            for _ in range(repeats[name]):
                call()
            times[name].append((clock() - start) / repeats[name])
    return {name: statistics.median(t) for name, t in times.items()}


def compare(layer: Layer, batch: int) -> str:
    """A row of the table: per direction, gradviz's billions of operations per second and its
    speed relative to PyTorch.
    """
    x, w, g = numbers(layer, batch)
    ours, usual, last = with_gradviz(layer, x, w, g), *with_torch(layer, x, w, g)
    work = 2 * g.size * w[0].size
    cells = []
    for way in ours:
        took = medians({"ours": ours[way], "usual": usual[way], "last": last[way]})
        ratio = min(took["usual"], took["last"]) / took["ours"]
        cells.append(f"{work / took['ours'] / 1e9:>7.0f} {ratio:>6.2f}×")
    return f"{layer.name:<10}  " + "  ".join(cells)


def peak() -> float:
    """Billions of operations per second of a large matrix product: the upper limit."""
    import numpy as np

    a = np.ones((1500, 1500), "float32")
    return 2 * 1500**3 / medians({"product": lambda: a @ a})["product"] / 1e9


def kernel() -> str:
    """The processor that NumPy's OpenBLAS kernels are written for, if NumPy uses OpenBLAS."""
    import numpy as np

    for library in Path(np.__file__).parent.parent.glob("numpy.libs/*openblas*"):
        name = ctypes.CDLL(str(library)).scipy_openblas_get_corename64_
        name.restype = ctypes.c_char_p
        return str(name().decode())
    return "unknown"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="gradviz's convolutions against PyTorch's")
    parser.add_argument("layers", nargs="*", help="parts of their names; all by default")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1)
    given = parser.parse_args()
    os.environ.pop("OPENBLAS_CORETYPE", None)  # it can halve the speed of NumPy's products
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(given.threads)
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed, so there is nothing to compare with: pip install torch")
        return
    torch.set_num_threads(given.threads)
    torch.set_grad_enabled(False)
    print(f"batch {given.batch}, threads {given.threads}, PyTorch {torch.__version__}")
    print(f"matrix product {peak():.0f} GFlop/s by OpenBLAS's kernel {kernel()}")
    print(
        f"{'GFlop/s, ratio':<10}  {'forward':>11}  {'input gradient':>16}  {'weight gradient':>16}"
    )
    for layer in LAYERS:
        if not given.layers or any(part.lower() in layer.name.lower() for part in given.layers):
            print(compare(layer, given.batch), flush=True)


if __name__ == "__main__":
    main()
