"""Whole networks, with the gradients of all parameters and of the image: gradviz and PyTorch.

    pip install --group bench && python benchmarks/networks.py [--threads 1] [--batch 1]
    [NETWORK …]

The same machine, cores, numbers and float32 for both, without dropout; calls take turns and the
medians count. With one thread, processor time is measured, so that a busy machine matters less.
Both allocate every gradient anew, which for many parameters costs more than computing it; the
second table is measured with an allocator that keeps freed memory (glibc's, set by its variables).
PyTorch runs once with the usual memory layout and once with channels last, and the faster of the
two is compared. A ratio above 1 means that gradviz is faster.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from side_by_side import Figure, environment, parser, send, timed

KEEPING = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "MALLOC_TOP_PAD_": str(1 << 28),
}
SIZES = {
    "mlp:784-15-10": (784,),
    "lenet5": (1, 32, 32),
    "alexnet": (3, 227, 227),
    "vgg16": (3, 224, 224),
    "resnet18": (3, 224, 224),
}
CLASSES = {"lenet5": 10, "mlp:784-15-10": 10}
TRAINED = ("alexnet", "vgg16")
"""Networks with dropout, which is left out."""
CLOSE = 1e-2
"""How far apart gradients may be: if two cells are nearly equal, rounding decides which of them is
the largest.
"""


def torch_layers(name: str) -> Iterator[Any]:
    """The layers of a network as PyTorch has them."""
    from torch import nn

    if name.startswith("mlp"):
        yield from (nn.Linear(784, 15), nn.ReLU(), nn.Linear(15, 10))
        return
    if name == "resnet18":
        yield from resnet18_layers()
        return
    if name == "lenet5":
        for channels, made in ((1, 6), (6, 16)):
            yield from (nn.Conv2d(channels, made, 5), nn.Tanh(), nn.AvgPool2d(2))
        yield from (
            nn.Flatten(),
            nn.Linear(400, 120),
            nn.Tanh(),
            nn.Linear(120, 84),
            nn.Tanh(),
            nn.Linear(84, 10),
        )
        return
    if name == "alexnet":
        norm = nn.LocalResponseNorm(5, 5e-4, 0.75, 2.0)
        yield from (nn.Conv2d(3, 96, 11, 4), nn.ReLU(), nn.MaxPool2d(3, 2), norm)
        yield from (nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2), norm)
        for channels, made in ((256, 384), (384, 384), (384, 256)):
            yield from (nn.Conv2d(channels, made, 3, padding=1), nn.ReLU())
        yield from (nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(9216, 4096))
    else:
        channels = 3
        for made, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            for _ in range(depth):
                yield from (nn.Conv2d(channels, made, 3, padding=1), nn.ReLU())
                channels = made
            yield nn.MaxPool2d(2)
        yield from (nn.Flatten(), nn.Linear(25088, 4096))
    yield from (nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000))


def resnet18_layers() -> Iterator[Any]:
    """ResNet-18 as in torchvision; batch normalisation uses the run's own statistics."""
    from torch import nn

    def normed(channels: int, made: int, kernel: int, stride: int) -> tuple[Any, Any]:
        convolution = nn.Conv2d(channels, made, kernel, stride, kernel // 2, bias=False)
        return convolution, nn.BatchNorm2d(made, track_running_stats=False)

    class Block(nn.Module):
        def __init__(self, channels: int, made: int, stride: int) -> None:
            super().__init__()
            self.main = nn.Sequential(
                *normed(channels, made, 3, stride), nn.ReLU(), *normed(made, made, 3, 1)
            )
            self.skip = nn.Sequential(*normed(channels, made, 1, stride) if stride > 1 else ())

        def forward(self, x: Any) -> Any:
            return self.main(x) + self.skip(x)

    yield from (*normed(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
    channels = 64
    for made in (64, 128, 256, 512):
        yield from (Block(channels, made, made // channels), nn.ReLU())
        yield from (Block(made, made, 1), nn.ReLU())
        channels = made
    yield from (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def with_torch(
    name: str, image: Any, upstream: Any, parameters: list[Any]
) -> Iterator[Callable[[], list[Any]]]:
    """The usual memory layout, then channels last."""
    import torch

    for layout in (torch.contiguous_format, torch.channels_last):
        network = torch.nn.Sequential(*torch_layers(name))
        with torch.no_grad():
            for own, given in zip(network.parameters(), parameters, strict=True):
                own.copy_(torch.from_numpy(given))
        x = torch.from_numpy(image)
        if x.ndim == 4:
            network, x = network.to(memory_format=layout), x.contiguous(memory_format=layout)
        x.requires_grad_()
        wanted, g = [*network.parameters(), x], torch.from_numpy(upstream)
        yield lambda network=network, x=x, wanted=wanted, g=g: torch.autograd.grad(
            network(x), wanted, g
        )


def calls(name: str, batch: int) -> dict[str, Callable[[], Any]]:
    """A call for each engine. Raises AssertionError if they disagree on any gradient."""
    import numpy as np

    import gradviz as gv

    rng = np.random.default_rng(0)
    image = rng.random((batch, *SIZES[name]), dtype="float32")
    upstream = rng.standard_normal((batch, CLASSES.get(name, 1000)), dtype="float32")
    program = gv.compile(
        gv.net(name, **({"training": False} if name in TRAINED else {})), dtype="float32"
    )
    (given,) = (node.name for node in program.graph.required)
    values = {given: image}
    trace = program.trace(values=values, upstream=upstream)
    names = [node.name for node in trace.graph.parameters]
    usual, last = with_torch(name, image, upstream, [trace.value(n) for n in names])
    for theirs in (usual(), last()):
        for ours, other in zip((trace.gradient(n) for n in (*names, given)), theirs, strict=True):
            apart = np.linalg.norm(ours - other.numpy())
            assert apart <= CLOSE * np.linalg.norm(ours), f"{name}: gradients differ"
    return {
        "gradviz": lambda: program.gradients(values=values, upstream=upstream),
        "usual": usual,
        "last": last,
    }


def figures(names: list[str], threads: int, batch: int) -> Iterator[Figure]:
    """Seconds a pass, in this process."""
    import torch

    torch.set_num_threads(threads)
    for name in names:
        took = timed(calls(name, batch))
        yield Figure(name, took["gradviz"], {"PyTorch": min(took["usual"], took["last"])})


def measure(names: list[str], threads: int, batch: int) -> None:
    """Print a row for each network, in this process."""
    for name, ours, peers in figures(names, threads, batch):
        theirs = peers["PyTorch"]
        assert theirs is not None
        print(
            f"{name:<10}  {ours * 1e3:>8.1f} ms  {theirs * 1e3:>8.1f} ms  {theirs / ours:>6.2f}×",
            flush=True,
        )


def main() -> None:
    """Print both tables."""
    options = parser(__doc__)
    options.add_argument("networks", nargs="*", help=f"of {', '.join(SIZES)}; all by default")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--batch", type=int, default=1)
    options.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    names = [n for n in SIZES if not given.networks or n in given.networks]
    if given.json:
        send(figures(names, given.threads, given.batch))
        return
    if given.measure:
        measure(names, given.threads, given.batch)
        return
    try:
        from torch import __version__ as version
    except ImportError:
        print("PyTorch is not installed, so there is nothing to compare with: pip install torch")
        return
    env = environment(given.threads)
    print(f"batch {given.batch}, threads {given.threads}, PyTorch {version}")
    for title, more in (("as it comes", {}), ("keeping freed memory", KEEPING)):
        print(f"{title:<22} {'gradviz':>9}  {'PyTorch':>11}  {'ratio':>7}", flush=True)
        subprocess.run(
            [sys.executable, __file__, "--measure", *sys.argv[1:]], env={**env, **more}, check=True
        )


if __name__ == "__main__":
    main()
