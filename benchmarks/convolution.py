"""Convolution layers, forward and backward to input and weights: gradviz and PyTorch in one run.

    pip install --group bench && python benchmarks/convolution.py [--threads 1] [--batch 1]
    [LAYER …]

The same machine, cores, numbers and float32 for both; calls take turns and the medians count.
PyTorch runs as installed, once with the usual memory layout and once with channels last, and the
faster of the two is compared. With one thread, processor time is measured, so that a busy machine
matters less. A ratio above 1 means that gradviz is faster. The share is gradviz's speed as a part
of that of a large matrix product, which takes turns with it; Winograd's transforms save products,
so it may exceed 1. The second share is that of the backend numpy-fast, where its kernels differ.
`--least` compares the shortest times instead, for machines that others use too.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from side_by_side import Figure, environment, parser, send, timed

PEAK = 1500
"""Rows of the square matrices whose product is the upper limit."""


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
    Layer("ResNet 2", 64, 64, 56, 3, 1, 1), Layer("ResNet 3", 128, 128, 28, 3, 1, 1),
    Layer("ResNet 4", 256, 256, 14, 3, 1, 1), Layer("ResNet 5", 512, 512, 7, 3, 1, 1),
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


def with_gradviz(
    layer: Layer, x: Any, w: Any, g: Any, backend: str = "numpy"
) -> dict[str, Callable[[], Any]]:
    from gradviz.arrays import for_backend
    from gradviz.ops import get

    xp, op = for_backend(backend, "float32"), get("conv2d")
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


def figures(layers: list[Layer], batch: int, *, least: bool = False) -> Iterator[Figure]:
    """Seconds a call, by layer and direction, beside PyTorch, a large matrix product that does as
    many operations as the convolution by its definition, and the backend numpy-fast where that does
    anything else than numpy. All take turns. `least` takes the shortest times, else medians.
    """
    import numpy as np

    a = np.ones((PEAK, PEAK), "float32")
    for layer in layers:
        x, w, g = numbers(layer, batch)
        ours, usual, last = with_gradviz(layer, x, w, g), *with_torch(layer, x, w, g)
        fast = with_gradviz(layer, x, w, g, "numpy-fast")
        share = g.size * w[0].size / PEAK**3
        for way in ours:
            calls = {"ours": ours[way], "usual": usual[way], "last": last[way]}
            if (fast[way]() != ours[way]()).any():
                calls["fast"] = fast[way]
            took = timed({**calls, "product": lambda: a @ a}, middle=min if least else None)
            peers = {
                "PyTorch": min(took["usual"], took["last"]),
                "matrix product": took["product"] * share,
                "numpy-fast": took.get("fast"),
            }
            yield Figure(f"{layer.name} {way}", took["ours"], peers)


def compare(layer: Layer, batch: int, *, least: bool) -> str:
    """A row of the table: per direction, gradviz's speed as a share of a large matrix product's, as
    numpy and as numpy-fast, and relative to PyTorch; then the latter for all three together.
    """
    cells, sums = [], [0.0, 0.0]
    for _, ours, peers in figures([layer], batch, least=least):
        theirs, product, fast = (peers[p] for p in ("PyTorch", "matrix product", "numpy-fast"))
        assert theirs is not None and product is not None
        sums = [sums[0] + ours, sums[1] + theirs]
        faster = f"{product / fast:.2f}" if fast else "-"
        cells.append(f"{product / ours:>5.2f} {faster:>5} {theirs / ours:>5.2f}×")
    return f"{layer.name:<10}  " + "  ".join(cells) + f"  {sums[1] / sums[0]:>6.2f}×"


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
    options = parser(__doc__)
    options.add_argument("layers", nargs="*", help="parts of their names; all by default")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--batch", type=int, default=1)
    options.add_argument("--least", action="store_true", help="shortest times instead of medians")
    given = options.parse_args()
    os.environ.pop("OPENBLAS_CORETYPE", None)  # it can halve the speed of NumPy's products
    os.environ |= environment(given.threads)
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed, so there is nothing to compare with: pip install torch")
        return
    torch.set_num_threads(given.threads)
    torch.set_grad_enabled(False)
    parts = [part.lower() for part in given.layers]
    layers = [k for k in LAYERS if not parts or any(p in k.name.lower() for p in parts)]
    if given.json:
        send(figures(layers, given.batch))
        return
    print(f"batch {given.batch}, threads {given.threads}, PyTorch {torch.__version__}")
    print(f"OpenBLAS's kernel {kernel()}")
    print("Speed as a share of a large matrix product's, as numpy-fast too, and beside PyTorch")
    ways = "".join(f"  {way:>18}" for way in ("forward", "input gradient", "weight gradient"))
    print(f"{'layer':<10}{ways}  {'all':>7}")
    for layer in layers:
        print(compare(layer, given.batch, least=given.least), flush=True)


if __name__ == "__main__":
    main()
