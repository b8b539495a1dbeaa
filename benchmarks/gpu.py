"""What a GPU makes of gradviz: its tests, and its speed beside PyTorch on the same device.

    make gpu                     everything, in less than ten minutes
    python benchmarks/gpu.py [--minutes 9] [--only TABLE …]

Where CuPy finds an NVIDIA GPU, the tests marked `gpu` run first, then the tables, which are written
to `benchmarks/results/gpu-DEVICE.md`. All numbers are float32; "TF32" allows tensor cores to round
factors to 10 bits, in both libraries. Rounds take turns and medians count; a call is over when the
device is. PyTorch runs with the usual layout and with channels last, and lets cuDNN choose its
algorithms by trying them; the faster layout is compared. A ratio above 1 means that gradviz is
faster. What does not fit into the time is listed as not measured.

Elsewhere the same code runs once on small arrays against the stand-in for CuPy that the tests use,
and nothing is written.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from convolution import LAYERS, Layer, numbers
from networks import CLASSES, SIZES, TRAINED, torch_layers

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.errors import BackendError
from gradviz.ops import get
from gradviz.sources import as_graph

ROOT = Path(__file__).parent.parent
ROUNDS, LEAST = 7, 0.05
"""Timings of each call, and the least number of seconds of one; short calls are repeated."""
BATCHES = (1, 64)
CLOSE = 1e-2
"""How far apart gradients may be: if two cells are nearly equal, rounding decides which of them is
the largest.
"""
CHAIN = "tanh(sigmoid(x)*x + 1) / (1 + x*x) - relu(x)"
TESTING = 240
"""The most seconds that the tests may take."""


class Case(NamedTuple):
    """One row of a table: a call of ours, and of PyTorch's in each layout; `extra` facts."""

    table: str
    name: str
    ours: Callable[[], Any]
    theirs: tuple[Callable[[], Any], ...] = ()
    extra: Callable[[], str] | None = None


class Here(NamedTuple):
    """Where cases run: on `cupy`, beside `torch` if there is one; `small` for a dry run."""

    cupy: Any
    torch: Any
    small: bool

    def array(self, shape: tuple[int, ...], seed: int = 0) -> Any:
        """Random numbers on the device."""
        drawn = np.random.default_rng(seed).standard_normal(shape, dtype="float32")
        return self.cupy.asarray(drawn)

    def tensor(self, array: Any) -> Any:
        """The same numbers for PyTorch."""
        host = array if isinstance(array, np.ndarray) else array.get()
        return self.torch.from_numpy(host).cuda()


def networks(here: Here) -> Iterator[Case]:
    """All gradients of a network, of parameters and image."""
    for name in ("lenet5", "alexnet", "vgg16", "resnet18"):
        for batch in (1,) if here.small else BATCHES:
            if here.small and name != "lenet5":
                continue
            options = {"training": False} if name in TRAINED else {}
            program = gv.compile(gv.net(name, **options), backend="cupy", dtype="float32")
            image = here.array((batch, *SIZES[name]))
            upstream = here.array((batch, CLASSES.get(name, 1000)), seed=1)
            call = _gradients(program, {"image": image}, upstream)
            yield Case(
                "networks, all gradients",
                f"{name}, batch {batch}",
                call,
                _torch_network(here, name, program, image, upstream, call),
                lambda program=program, image=image, upstream=upstream: _memory(
                    here, program, image, upstream
                ),
            )


def _gradients(program: Any, values: dict[str, Any], upstream: Any) -> Callable[[], Any]:
    return lambda: program.gradients(values=values, upstream=upstream)


def _torch_network(
    here: Here, name: str, program: Any, image: Any, upstream: Any, call: Callable[[], Any]
) -> tuple[Callable[[], Any], ...]:
    torch = here.torch
    if torch is None:
        return ()
    names = [node.name for node in program.graph.parameters]
    trace = program.trace(values={"image": image}, upstream=upstream)
    given, ours = [trace.value(n) for n in names], call()
    calls = []
    for layout in (torch.contiguous_format, torch.channels_last):
        network = torch.nn.Sequential(*torch_layers(name)).cuda()
        with torch.no_grad():
            for own, value in zip(network.parameters(), given, strict=True):
                own.copy_(here.tensor(np.array(value)))
        network = network.to(memory_format=layout)
        x = here.tensor(image).contiguous(memory_format=layout).requires_grad_()
        wanted, g = [*network.parameters(), x], here.tensor(upstream)

        def theirs(network: Any = network, x: Any = x, wanted: Any = wanted, g: Any = g) -> Any:
            return torch.autograd.grad(network(x), wanted, g)

        for key, other in zip((*names, "image"), theirs(), strict=True):
            mine = here.tensor(ours[key])
            assert (mine - other).norm() <= CLOSE * mine.norm(), f"{name}: {key} differs"
        calls.append(theirs)
    return tuple(calls)


def _memory(here: Here, program: Any, image: Any, upstream: Any) -> str:
    """The memory that a recorded run takes, beside that of its values and gradients."""
    if here.small:
        return ""
    pool = here.cupy.get_default_memory_pool()
    pool.free_all_blocks()
    before = pool.used_bytes()
    trace = program.trace(values={"image": image}, upstream=upstream)
    taken = (pool.used_bytes() - before) / 2**20
    nodes = trace.graph.nodes
    exact = 2 * 4 * sum(int(np.prod(n.shape)) for n in nodes) / 2**20
    return f"recorded {taken:,.0f} MiB, values and gradients {exact:,.0f} MiB"


def convolutions(here: Here) -> Iterator[Case]:
    """Layers forward, and backward to input and weights, 64 images at once."""
    xp, op = for_backend("cupy", "float32"), get("conv2d")
    back: Any = op.vjp
    for layer in [Layer("small", 64, 64, 6, 3, 1, 1)] if here.small else LAYERS:
        x, w, g = map(here.cupy.asarray, numbers(layer, 2 if here.small else 64))
        options = {**op.options, "stride": layer.stride, "padding": layer.padding}
        y = op.forward(xp, x, w, **options)
        ours = {
            "forward": lambda x=x, w=w, o=options: op.forward(xp, x, w, **o),
            "input": lambda x=x, w=w, g=g, y=y, o=options: back[0](xp, g, y, x, w, **o),
            "weights": lambda x=x, w=w, g=g, y=y, o=options: back[1](xp, g, y, x, w, **o),
        }
        theirs = list(_torch_convolution(here, layer, x, w, g)) if here.torch else []
        for what, call in ours.items():
            peers = tuple(layout[what] for layout in theirs)
            yield Case("convolution, batch 64", f"{layer.name}, {what}", call, peers)


def _torch_convolution(
    here: Here, layer: Layer, x: Any, w: Any, g: Any
) -> Iterator[dict[str, Callable[[], Any]]]:
    torch = here.torch
    back = torch.ops.aten.convolution_backward
    stride, padding = [layer.stride] * 2, [layer.padding] * 2
    for layout in (torch.contiguous_format, torch.channels_last):
        a, k, u = (here.tensor(v).contiguous(memory_format=layout) for v in (x, w, g))

        def gradient(mask: list[bool], a: Any = a, k: Any = k, u: Any = u) -> Any:
            return back(u, a, k, None, stride, padding, [1, 1], False, [0, 0], 1, mask)

        yield {
            "forward": lambda a=a, k=k: torch.conv2d(a, k, None, stride, padding),
            "input": lambda gradient=gradient: gradient([True, False, False]),
            "weights": lambda gradient=gradient: gradient([False, True, False]),
        }


def pools(here: Here) -> Iterator[Case]:
    """Pooling, forward and backward."""
    for name, size, stride in (("max", 3, 2), ("max", 2, 2), ("avg", 2, 2), ("avg", 3, 1)):
        x = here.array((2, 3, 8, 8) if here.small else (64, 64, 112, 112))
        pool = getattr(gv, f"{name}pool2d")(*gv.inputs("x"), size, stride=stride)
        program = gv.compile(pool, backend="cupy", dtype="float32")
        side = (x.shape[-1] - size) // stride + 1
        g = here.array((*x.shape[:2], side, side), seed=1)
        theirs = []
        for layout in ("contiguous_format", "channels_last") if here.torch else ():
            kind = getattr(here.torch.nn.functional, f"{name}_pool2d")
            given = here.tensor(x).contiguous(memory_format=getattr(here.torch, layout))
            given.requires_grad_()
            u = here.tensor(g)
            theirs.append(
                lambda kind=kind, given=given, u=u, size=size, stride=stride: (
                    here.torch.autograd.grad(kind(given, size, stride), given, u)
                )
            )
        call = _gradients(program, {"x": x}, g)
        yield Case("pooling, forward and backward", f"{name} {size}×{size}, stride {stride}", call,
                   tuple(theirs))  # fmt: skip


def chains(here: Here) -> Iterator[Case]:
    """A chain of elementwise ops, forward and backward."""
    for count in (1 << 10,) if here.small else (1 << 14, 1 << 20, 1 << 24):
        x, g = here.array((count,)), here.array((count,), seed=1)
        program = gv.compile(CHAIN, backend="cupy", dtype="float32")
        theirs: tuple[Callable[[], Any], ...] = ()
        if torch := here.torch:
            given, u = here.tensor(x).requires_grad_(), here.tensor(g)

            def eager(x: Any = given, u: Any = u) -> Any:
                y = torch.tanh(torch.sigmoid(x) * x + 1) / (1 + x * x) - torch.relu(x)
                return torch.autograd.grad(y, x, u)

            theirs = (eager,)
        name = f"{count:,} elements"
        yield Case("elementwise chain, forward and backward", name,
                   _gradients(program, {"x": x}, g), theirs)  # fmt: skip


def training(here: Here) -> Iterator[Case]:
    """A hundred steps of gradient descent that stay on the device."""
    sizes, steps, batch = ((5, 4, 3), 3, 4) if here.small else ((784, 100, 10), 100, 64)
    graph = as_graph("net:mlp:" + "-".join(map(str, sizes)), given={"label": 0})
    names = [node.name for node in graph.parameters]
    program = gv.compile(graph, wrt=names, backend="cupy", dtype="float32")
    x = here.array((batch, sizes[0]))
    label = here.cupy.asarray(np.arange(batch) % sizes[-1])
    start = {
        n.name: here.array(tuple(n.options["shape"]), seed=k) * 0.1
        for k, n in enumerate(graph.parameters)
    }

    def ours() -> Any:
        weights = dict(start)
        for _ in range(steps):
            found = program.gradients(values={"x": x, "label": label, **weights})
            weights = {n: w - 0.1 * found[n] for n, w in weights.items()}
        return weights

    theirs: tuple[Callable[[], Any], ...] = ()
    if torch := here.torch:
        given, labels = here.tensor(x), here.tensor(label)
        first = [here.tensor(start[n]) for n in names]

        def loop() -> Any:
            weights = [w.clone().requires_grad_() for w in first]
            for _ in range(steps):
                a, b, c, d = weights
                hidden = torch.relu(torch.nn.functional.linear(given, a, b))
                scores = torch.nn.functional.linear(hidden, c, d)
                loss = torch.nn.functional.cross_entropy(scores, labels)
                found = torch.autograd.grad(loss, weights)
                weights = [
                    (w - 0.1 * g).detach().requires_grad_()
                    for w, g in zip(weights, found, strict=True)
                ]
            return weights

        for name, other in zip(names, loop(), strict=True):
            mine = here.tensor(ours()[name])
            assert (mine - other).norm() <= CLOSE * mine.norm(), f"training: {name} differs"
        theirs = (loop,)
    yield Case(f"training, {steps} steps", f"MLP {'-'.join(map(str, sizes))}, batch {batch}", ours,
               theirs)  # fmt: skip


TABLES = {
    "chains": chains, "pools": pools, "training": training, "convolutions": convolutions,
    "networks": networks,
}  # fmt: skip


def copies_of(here: Here, call: Callable[[], Any]) -> int | None:
    """How often numbers were copied from the device to the host; None where nothing counts it."""
    if here.torch is None:
        return None
    profiler = here.torch.profiler
    with profiler.profile(activities=[profiler.ProfilerActivity.CUDA]) as seen:
        call()
        here.torch.cuda.synchronize()
    return sum(event.count for event in seen.key_averages() if "DtoH" in event.key)


def seconds(here: Here, calls: list[Callable[[], Any]]) -> list[float]:
    """The median of each call, with all calls taking turns."""
    wait = here.cupy.cuda.Device().synchronize

    def timed(call: Callable[[], Any], repeats: int) -> float:
        wait()
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        wait()
        return (time.perf_counter() - start) / repeats

    for call in calls:  # kernels are compiled, algorithms chosen
        call()
        call()
    repeats = [max(1, int(LEAST / max(timed(call, 1), 1e-6))) for call in calls]
    rounds = [
        [timed(call, n) for call, n in zip(calls, repeats, strict=True)] for _ in range(ROUNDS)
    ]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def measure(names: list[str], until: float) -> None:
    """Print a row in JSON for each case, in this process; cases that are too late have no time."""
    import cupy

    try:
        import torch
    except ImportError:
        torch = None
    if torch is not None:
        torch.backends.cudnn.benchmark = True
        tensor_cores = os.environ.get("CUPY_TF32", "0") != "0"
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tensor_cores
    here = Here(cupy, torch, small=False)
    for name in names:
        if time.time() > until:
            print(json.dumps({"table": name, "name": "the rest", "late": True}), flush=True)
            continue
        for case in TABLES[name](here):
            if time.time() > until:
                print(json.dumps({"table": name, "name": case.name, "late": True}), flush=True)
                break
            ours, *theirs = seconds(here, [case.ours, *case.theirs])
            row = {"table": case.table, "name": case.name, "ours": ours}
            row |= {"theirs": min(theirs)} if theirs else {}
            row |= {"copies": copies_of(here, case.ours)}
            row |= {"extra": case.extra() if case.extra else ""}
            print(json.dumps(row), flush=True)
            cupy.get_default_memory_pool().free_all_blocks()


def rows_of(names: list[str], until: float, *, tf32: bool) -> list[dict[str, Any]]:
    """The rows of a process of its own, since CuPy decides once whether to use TF32."""
    words = [sys.executable, __file__, "--measure", str(until), "--only", *names]
    left = max(10.0, until - time.time()) + 60  # for the case that is under way
    env = {**os.environ, "CUPY_TF32": str(int(tf32))}
    found: list[dict[str, Any]] = []
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            text, _ = process.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            process.kill()
            text, _ = process.communicate()
            found.append({"table": "", "name": "stopped: the time was up", "late": True})
        if process.returncode:
            found.append(
                {"table": "", "name": f"ended with status {process.returncode}", "late": True}
            )
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")] + found


def report(device: str, versions: str, tests: str, runs: dict[str, list[dict[str, Any]]]) -> str:
    """Everything that was found, in Markdown."""
    lines = [f"# On a GPU: {device}", "", versions, "", f"Tests marked `gpu`: {tests}.", "",
             "Written by `make gpu`; see `benchmarks/gpu.py` for what is measured and how.", "",
             "Copies: how often numbers went from the device to the host in one call, as the"
             " profiler counts; labels are checked by one at the end of a pass."]  # fmt: skip
    for kind, rows in runs.items():
        for table in dict.fromkeys(r["table"] for r in rows if "late" not in r):
            lines += ["", f"## {table}, {kind}", ""]
            lines += ["| | gradviz | PyTorch | ratio | copies | |", "|---|---:|---:|---:|---:|---|"]
            lines += [_row(r) for r in rows if r["table"] == table and "late" not in r]
        late = [f"{r['table']} {r['name']}".strip() for r in rows if "late" in r]
        if late:
            lines += ["", f"Not measured ({kind}), as the time was up: {'; '.join(late)}."]
    return "\n".join(lines) + "\n"


def _row(row: dict[str, Any]) -> str:
    theirs = row.get("theirs")
    beside = f"{theirs * 1e3:.3f} ms | {theirs / row['ours']:.2f}" if theirs else "– | –"
    copies = "–" if row["copies"] is None else row["copies"]
    return f"| {row['name']} | {row['ours'] * 1e3:.3f} ms | {beside} | {copies} | {row['extra']} |"


def tests_on_the_device() -> str:
    """What the tests marked `gpu` say, in one line."""
    words = [sys.executable, "-m", "pytest", "-m", "gpu", "-n", "4", "tests/arrays/test_cupy.py"]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=TESTING)
    except subprocess.TimeoutExpired:
        return f"not finished after {TESTING} seconds"
    print(done.stdout[-3000:] if done.returncode else "", end="")
    return done.stdout.strip().splitlines()[-1].strip("= ") if done.stdout.strip() else "no tests"


def dry_run(names: list[str]) -> None:
    """Each case once on small arrays, on the stand-in for CuPy."""
    sys.path.insert(0, str(ROOT))
    from tests import stand_in

    with ExitStack() as stack:
        library = stack.enter_context(stand_in.installed())
        here = Here(library, None, small=True)
        for name in names:
            for case in TABLES[name](here):
                library.calls.clear()
                library.copies.clear()
                case.ours()
                calls, copies = sum(library.calls.values()), len(library.copies)
                found = f"{calls} calls on the device, {copies} copies to the host, outside passes"
                print(f"{case.table}: {case.name}: {found}")


def main() -> None:
    """Test and measure, or try."""
    parser = argparse.ArgumentParser(description="gradviz on a GPU")
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--only", nargs="*", choices=TABLES, default=list(TABLES), metavar="TABLE",
                        help=f"of {', '.join(TABLES)}")  # fmt: skip
    parser.add_argument("--measure", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.only, given.measure)
        return
    try:
        for_backend("cupy")
    except BackendError as error:
        got = f" ({error.got})" if error.got else ""
        print(f"Nothing is measured here: {error.what}{got}. This is a dry run of the same code on"
              " a stand-in for CuPy.")  # fmt: skip
        dry_run(given.only)
        return
    began, left = time.time(), 60 * given.minutes
    import cupy

    device = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    tests = tests_on_the_device()
    middle = time.time() + (began + left - time.time()) * 2 / 3
    plain = rows_of(given.only, middle, tf32=False)
    dense = [n for n in ("convolutions", "networks") if n in given.only]
    runs = {"float32": plain, "TF32": rows_of(dense, began + left - 30, tf32=True)}
    text = report(device, _versions(cupy), tests, runs)
    path = ROOT / "benchmarks" / "results" / f"gpu-{re.sub(r'[^a-z0-9]+', '-', device.lower())}.md"
    path.write_text(text, encoding="utf-8")
    print(f"{text}\n{path.relative_to(ROOT)}, {time.time() - began:.0f} s")


def _versions(cupy: Any) -> str:
    found = f"CuPy {cupy.__version__}, CUDA {cupy.cuda.runtime.runtimeGetVersion()}"
    try:
        from torch import __version__
    except ImportError:
        return f"{found}; PyTorch is not installed, so nothing stands beside gradviz."
    return f"{found}, PyTorch {__version__}, NumPy {np.__version__}."


if __name__ == "__main__":
    main()
