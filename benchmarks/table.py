"""The whole table of speed: every row with its target, this run's figure and the peer's.

    make bench, or: python benchmarks/table.py [--write] [PART …]

Each part is a benchmark in a process of its own, whose calls take turns with those of the peers.
All parts together take less than ten minutes; what has not come by then is said to be missing, as
are peers that are not installed. `--write` puts the table into `results/bench.md` and the README.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from convolution import kernel
from networks import KEEPING
from side_by_side import Figure, environment, parser, received

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "bench.md"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- the table of make bench -->\n", "<!-- its end -->"
SECONDS = 570
"""After so long the part that runs is ended, and those after it are left out."""
PACKAGES = ("numpy", "torch", "jax", "autograd", "micrograd")
NEEDS = {"networks": "torch", "convolution": "torch"}
"""Benchmarks that do not run without a peer."""

PROBLEMS = ("XOR", "ring", "digits")
NETWORKS = ("mlp:784-15-10", "lenet5", "resnet18", "vgg16", "alexnet")
WIDE = ("AlexNet 3", "AlexNet 4", "AlexNet 5", "VGG 1.2", "VGG 2.2", "VGG 3.2", "VGG 4.2", "VGG 5")
"""The 3×3 layers of 64 channels or more."""
THREE = ("AlexNet 2", "AlexNet 3", "VGG 3.2")
"""A 5×5 layer and two of 3×3."""
WAYS = ("forward", "input", "weights")


class Part(NamedTuple):
    """A benchmark with its options."""

    script: str
    options: tuple[str, ...] = ()
    threads: int = 1
    more: dict[str, str] = {}


PARTS = {
    "scalars": Part("scalars", ("10", "50", "500", "5000", "10000", "100000")),
    "chain": Part("chain"),
    "files": Part("files"),
    "batches": Part("batches"),
    "small arrays": Part("small_arrays"),
    "training": Part("learning"),
    "networks": Part("networks", NETWORKS),
    "kept memory": Part("networks", ("alexnet",), more=KEEPING),
    "sixteen images": Part("networks", ("alexnet", "--batch", "16")),
    "convolution": Part("convolution", WIDE),
    "two threads": Part("networks", (*NETWORKS, "--threads", "2"), threads=2),
    "convolution, two threads": Part("convolution", (*THREE, "--threads", "2"), threads=2),
}


class MissingError(Exception):
    """Why a figure is missing."""


class Measured:
    """Every figure by part and name, and why parts are missing."""

    def __init__(self) -> None:
        self.figures: dict[tuple[str, str], Figure] = {}
        self.missing: dict[str, str] = {}

    def ours(self, part: str, name: str) -> float:
        """Our figure. Raises MissingError."""
        if (part, name) not in self.figures:
            raise MissingError(self.missing.get(part) or "not measured")
        return self.figures[part, name].ours

    def peers(self, part: str, name: str, peer: str) -> float:
        """A peer's figure. Raises MissingError."""
        self.ours(part, name)
        found = self.figures[part, name].peers[peer]
        if found is None:
            raise MissingError(f"{peer} is not installed")
        return found


Value = Callable[[Measured], list[float]]


class Row(NamedTuple):
    """A row of the table.

    before  what was measured when the targets were set.
    target  what the figure must be: at least if `least`, else at most.
    unit    what stands behind a number.
    value   the figures from what was measured; the worst counts. Raises MissingError.
    """

    what: str
    peer: str
    before: str
    target: float | Callable[[Measured], float]
    least: bool
    unit: str
    value: Value


def speed(part: str, names: Sequence[str], peer: str) -> Value:
    """How many times as fast as a peer."""
    return lambda found: [found.peers(part, n, peer) / found.ours(part, n) for n in names]


def duration(part: str, names: Sequence[str], peer: str) -> Value:
    """Our time as a share of a peer's."""
    return lambda found: [found.ours(part, n) / found.peers(part, n, peer) for n in names]


def together(part: str, names: Sequence[str], peer: str) -> Value:
    """How many times as fast as a peer at one thing after the other."""

    def value(found: Measured) -> list[float]:
        theirs = sum(found.peers(part, n, peer) for n in names)
        return [theirs / sum(found.ours(part, n) for n in names)]

    return value


def ours(part: str, names: Sequence[str], scale: float = 1) -> Value:
    """Our figure."""
    return lambda found: [found.ours(part, n) * scale for n in names]


def gain(name: str) -> Value:
    """How many times as fast two threads are."""
    return lambda found: [found.ours("networks", name) / found.ours("two threads", name)]


def wanted_gain(name: str) -> Callable[[Measured], float]:
    """No loss, and 1.6 times where PyTorch gains that."""

    def value(found: Measured) -> float:
        one, two = (found.peers(part, name, "PyTorch") for part in ("networks", "two threads"))
        return 1.6 if one / two >= 1.6 else 1.0

    return value


def _scalars(column: str, *sizes: int) -> Value:
    return speed("scalars", [f"{column} {size}" for size in sizes], "micrograd")


def rows() -> Iterator[Row]:
    """The table."""
    yield from scalar_rows()
    yield from array_rows()
    yield from training_rows()
    yield from convolution_rows()
    yield from thread_rows()


def scalar_rows() -> Iterator[Row]:
    new, replay = "`gv.run` of a new scalar graph", "replay with every step recorded"
    yield Row(f"{new}, 5 steps", "micrograd", "0.03", 0.13, True, "×", _scalars("new", 5))
    sizes = (50, 500, 5_000, 10_000)
    yield Row(
        f"{new}, 50 to 10,000", "micrograd", "0.05-0.09", 0.4, True, "×", _scalars("new", *sizes)
    )
    for what, before, target, steps in (
        ("5 steps", "2.0", 6, (5,)),
        ("10", "10", 12, (10,)),
        ("50 to 5,000", "10-19", 14, (50, 500, 5_000)),
        ("10,000 to 100,000", "1.4", 8, (10_000, 100_000)),
    ):
        value = _scalars("recorded", *steps)
        yield Row(f"{replay}, {what}", "micrograd", before, target, True, "×", value)
    million = "a chain of 1,000,000 ops"
    yield Row(
        f"first number of {million}", "", "78", 15, False, "s", ours("chain", ["first number"])
    )
    for each, before, target in (("node", "876", 300), ("step", "66", 34)):
        value = ours("chain", [f"bytes a {each}"])
        yield Row(f"memory of {million}, a {each}", "", before, target, False, "bytes", value)
    for way, before in (("save", "53"), ("load", "more than 60")):
        value = ours("files", [way])
        yield Row(f"{way} a trace of 1,000,000 steps", "", before, 3, False, "s", value)
        value = duration("files", [way], "json")
        yield Row("the same", "the same numbers by json", "–", 3, False, "of its time", value)


def array_rows() -> Iterator[Row]:
    batches = [f"batch {size}" for size in (5, 50, 500)]
    batch = "a batch of 4,096"
    value = ours("batches", batches)
    yield Row(f"{batch}, per step and sample", "", "12.5", 3.3, False, "ns", value)
    for peer, before, target in (("PyTorch", "0.65-0.7", 1.0), ("JAX", "0.25", 1.0)):
        yield Row(batch, peer, before, target, True, "×", speed("batches", batches, peer))
    value = ours("small arrays", ["layers: gradients", "operations: gradients"], 1e6)
    yield Row("ring 2-4-4-1, batch 10, a pass", "", "880", 110, False, "µs", value)
    stock = "stock PyTorch"
    for name, title, before, target in (
        ("lenet5", "LeNet-5", "1.96", 0.8),
        ("mlp:784-15-10", "MLP 784-15-10", "1.0", 0.7),
        ("resnet18", "ResNet-18", "1.6", 0.9),
        ("vgg16", "VGG-16", "1.18", 0.75),
        ("alexnet", "AlexNet", "0.68", 0.45),
    ):
        value = duration("networks", [name], "PyTorch")
        yield Row(title, stock, before, target, False, "of its time", value)
    value = duration("kept memory", ["alexnet"], "PyTorch")
    yield Row("AlexNet", "PyTorch keeping memory", "1.09", 0.8, False, "of its time", value)
    value = duration("sixteen images", ["alexnet"], "PyTorch")
    yield Row("AlexNet, 16 images", stock, "1.20", 0.85, False, "of its time", value)


def training_rows() -> Iterator[Row]:
    """A training step: gradients and update."""
    what = f"a training step, {', '.join(PROBLEMS)}"
    for peer, name, target in (("gradients alone", "gradients", 1.3), ("PyTorch", "PyTorch", 1.0)):
        value = duration("training", PROBLEMS, name)
        yield Row(what, peer, "–", target, False, "of its time", value)


def convolution_rows() -> Iterator[Row]:
    for way, title in zip(WAYS, ("forward", "input gradient", "weight gradient"), strict=True):
        value = speed("convolution", [f"{layer} {way}" for layer in WIDE], "matrix product")
        what = f"3×3 convolutions of 64 to 512 channels, {title}"
        yield Row(what, "a large matrix product", "0.38-1.14", 1.0, True, "×", value)


def thread_rows() -> Iterator[Row]:
    for name in NETWORKS:
        what = f"two threads, {name}"
        yield Row(what, "one thread", "–", wanted_gain(name), True, "×", gain(name))
    for layer, kernel_size, target in zip(THREE, ("5×5", "3×3", "3×3"), (0.9, 1, 1), strict=True):
        names = [f"{layer} {way}" for way in WAYS]
        value = together("convolution, two threads", names, "PyTorch")
        what = f"{kernel_size} convolution {layer}, both passes, two threads"
        yield Row(what, "PyTorch", "–", target, True, "×", value)


def measure(chosen: Sequence[str]) -> Measured:
    """Run the parts, one after the other."""
    found, end = Measured(), time.monotonic() + SECONDS
    for name in chosen:
        part, start = PARTS[name], time.monotonic()
        peer = NEEDS.get(part.script, "")
        if peer and not installed(peer):
            why = f"{peer} is not installed"
        elif (os.cpu_count() or 1) < part.threads:
            why = "there is one processor only"
        else:
            why = _run(name, part, end - start, found)
        found.missing[name] = why
        print(f"{name}: {time.monotonic() - start:.0f} s  {why}", file=sys.stderr, flush=True)
    return found


def _run(name: str, part: Part, seconds: float, found: Measured) -> str:
    """Run a part, and say what went wrong."""
    if seconds < 1:
        return "no time was left"
    command = [sys.executable, str(HERE / f"{part.script}.py"), "--json", *part.options]
    env = {**environment(part.threads), **part.more}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            assert process.stdout is not None
            for figure in received(process.stdout):
                found.figures[name, figure.name] = figure
        finally:
            in_time = timer.is_alive()
            timer.cancel()
    if process.returncode:
        return "the run failed" if in_time else "no time was left"
    return ""


def installed(package: str) -> str:
    """The version of a package; empty if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def machine() -> str:
    """Processor, cores, versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.processor() or platform.machine()
    versions = [f"{name} {installed(name) or 'missing'}" for name in PACKAGES]
    cores = f"{os.cpu_count()} cores"
    return (
        f"{model}, {cores}, {platform.system()}; Python {platform.python_version()},"
        f" {', '.join(versions)}; NumPy's OpenBLAS runs its kernels for {kernel()}."
    )


def shown(row: Row, found: Measured) -> str:
    """A row as Markdown."""
    sign, target = "≥" if row.least else "≤", "–"
    try:
        bound = row.target if isinstance(row.target, float | int) else row.target(found)
        target = f"{sign} {bound:g}"
        values = sorted(row.value(found))
        met = values[0] >= bound if row.least else values[-1] <= bound
        figure = " to ".join(f"{v:.3g}" for v in dict.fromkeys((values[0], values[-1])))
        figure, verdict = f"{figure} {row.unit}", "yes" if met else "no"
    except MissingError as why:
        figure, verdict = str(why), "–"
    return f"| {row.what} | {row.peer} | {row.before} | {target} | {figure} | {verdict} |"


def report(found: Measured, seconds: float) -> str:
    """The table with the machine, as Markdown."""
    lines = [
        f"`make bench`, {date.today()}, {seconds:.0f} s on {machine()}",
        "",
        "Medians of calls that took turns in one process; processor time where there is one thread."
        " × is how many times as fast; where a row has several cases, the worst is judged. Before:"
        " when the targets were set.",
        "",
        "| what | compared with | before | target | now | met |",
        "|---|---|---:|---:|---:|---|",
        *[shown(row, found) for row in rows()],
    ]
    return "\n".join(lines) + "\n"


def write(text: str) -> None:
    """Write the table down, and quote it in the README."""
    RESULTS.write_text(f"# Speed beside the peers\n\n{text}", encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    README.write_text(f"{head}{begin}\n{text}{end}{tail}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write down."""
    options = parser(__doc__)
    options.add_argument("parts", nargs="*", help=f"of: {', '.join(PARTS)}; all by default")
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    os.environ.pop("OPENBLAS_CORETYPE", None)  # the parts run without it
    start = time.monotonic()
    found = measure([name for name in PARTS if not given.parts or name in given.parts])
    text = report(found, time.monotonic() - start)
    print(text)
    if given.write:
        write(text)


if __name__ == "__main__":
    main()
