"""Small convolutional networks for tests, with their arithmetic in NumPy's own functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.trace.volumes import VolumeTrace

POOLS: dict[str, Any] = {"maxpool2d": np.max, "avgpool2d": np.mean}
BENDS: dict[str, Any] = {"relu": lambda v: np.maximum(v, 0), "tanh": np.tanh, "": lambda v: v}


@dataclass(frozen=True)
class Sample:
    """conv, bend, pool, flatten, a product: sizes, options, and the number of samples or None."""

    channels: int
    rows: int
    columns: int
    kernels: int
    size: tuple[int, int]
    stride: int
    padding: int
    dilation: int
    bend: str
    pool: str
    bias: bool
    batch: int | None
    seed: int

    @property
    def source(self) -> str:
        """The expression, with squares as the loss."""
        bias = ", b" if self.bias else ""
        conv = (
            f"conv2d(x, k{bias}, stride={self.stride}, padding={self.padding},"
            f" dilation={self.dilation})"
        )
        bent = f"{self.bend}({conv})" if self.bend else conv
        weighed = "linear(flatten(p, start=-3), W, d)" if self.batch else "W @ flatten(p) + d"
        return f"c = {bent}; p = {self.pool}(c, size=2, stride=1); s = {weighed}; sum((s - t)**2)"

    @property
    def made(self) -> tuple[int, int]:
        """The rows and columns of the convolution, counted: places at which the window fits."""
        span = [self.dilation * (k - 1) + 1 for k in self.size]
        sizes = zip((self.rows, self.columns), span, strict=True)
        return tuple(len(range(0, n + 2 * self.padding - k + 1, self.stride)) for n, k in sizes)  # type: ignore[return-value]

    @property
    def values(self) -> dict[str, Any]:
        """What it runs on."""
        random = np.random.default_rng(self.seed)
        rows, columns = self.made
        flat = self.kernels * (rows - 1) * (columns - 1)
        lead = (self.batch,) if self.batch else ()
        sizes = {
            "x": (*lead, self.channels, self.rows, self.columns),
            "k": (self.kernels, self.channels, *self.size),
            "W": (3, flat),
            "d": (3,),
            "t": (*lead, 3),
            **({"b": (self.kernels,)} if self.bias else {}),
        }
        return {name: random.normal(size=size) for name, size in sizes.items()}

    def layers(self, **v: Any) -> dict[str, Any]:
        """What every layer makes of each sample, and z before the bend."""
        given = v["x"] if self.batch else v["x"][None]
        p, d = self.padding, self.dilation
        padded = np.pad(given, ((0, 0), (0, 0), (p, p), (p, p)))
        span = [d * (k - 1) + 1 for k in self.size]
        seen = sliding_window_view(padded, span, (2, 3))[..., ::d, ::d]
        seen = seen[:, :, :: self.stride, :: self.stride]
        z = np.einsum("ncyxij,ocij->noyx", seen, v["k"])
        z = z + v["b"][:, None, None] if self.bias else z
        c = BENDS[self.bend](z)
        pooled = POOLS[self.pool](sliding_window_view(c, (2, 2), (2, 3)), axis=(4, 5))
        s = pooled.reshape(len(pooled), -1) @ v["W"].T + v["d"]
        return {"z": z, "c": c, "p": pooled, "s": s}

    def loss(self, **v: Any) -> float:
        """The loss."""
        return float(((self.layers(**v)["s"] - v["t"]) ** 2).sum())

    def slope(self, name: str) -> Any:
        """The gradient of an input by central differences."""
        values = self.values
        found = np.zeros_like(values[name])
        for place in np.ndindex(found.shape):
            sides = []
            for h in (1e-6, -1e-6):
                moved = values[name].copy()
                moved[place] += h
                sides.append(self.loss(**(values | {name: moved})))
            found[place] = (sides[0] - sides[1]) / 2e-6
        return found

    def walk(self) -> VolumeTrace:
        """The walk over it."""
        return walk(self.source, **self.values)


def walk(source: Any, **values: Any) -> VolumeTrace:
    """The volume walk of a run; of a network by name, without values, that of its sizes."""
    graph = gv.net(source.removeprefix("net:")) if source.startswith("net:") else source
    subject = gv.run(graph, **values) if values else graph
    made = views.seen(subject, "volumes")
    assert isinstance(made, VolumeTrace)
    return made


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Networks of small sizes, whose convolution leaves at least two rows and columns."""
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation, stride = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    padding = draw(st.integers(0, 1))
    least = [max(dilation * (k - 1) + 1 - 2 * padding + stride, 2) for k in size]
    rows, columns = (draw(st.integers(n, n + 3)) for n in least)
    return Sample(
        draw(st.integers(1, 3)),
        rows,
        columns,
        draw(st.integers(1, 3)),
        size,
        stride,
        padding,
        dilation,
        draw(st.sampled_from(sorted(BENDS))),
        draw(st.sampled_from(sorted(POOLS))),
        draw(st.booleans()),
        draw(st.sampled_from([None, None, 1, 3])),
        draw(st.integers(0, 2**16)),
    )
