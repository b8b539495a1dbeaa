"""Windows by plain loops, as a textbook writes them: which cells meet in each output cell, what
comes of them, and what goes back. A second source for what figures of cells show.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Place = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """An op with a window, its options and the shapes of its inputs."""

    op: str
    shapes: tuple[tuple[int, ...], ...]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The expression."""
        named = [f"{name}={value}" for name, value in self.options.items()]
        return f"{self.op}({', '.join(['x', 'w', 'b'][: len(self.shapes)] + named)})"

    def option(self, name: str, usual: Any = 1) -> list[int]:
        """An option, once for each axis."""
        given = self.options.get(name, usual)
        axes = len(self.shapes[0]) - 1
        return list(given) if isinstance(given, tuple) else [given] * axes

    def __str__(self) -> str:
        return self.source + " " + " ".join("×".join(map(str, s)) for s in self.shapes)


def pairs(case: Case, place: Place) -> list[tuple[Place | None, Place | None]]:
    """The cells of x and w that meet in an output cell, in the order of the weights; None for
    padding, and for a pool's missing kernel.
    """
    if case.op == "conv_transpose2d":
        return _stamps(case, place)
    x = case.shapes[0]
    pool = case.op.endswith("pool2d")
    size = case.option("size") if pool else list(case.shapes[1][2:])
    stride = case.option("stride", tuple(size) if pool else 1)
    pad, apart = case.option("padding", 0), case.option("dilation")
    found: list[tuple[Place | None, Place | None]] = []
    channel, *at = place
    if pool:
        channels, kernels = [(channel, None)], [()]
    else:
        own, groups = case.shapes[1][1], case.options.get("groups", 1)
        first = channel // (case.shapes[1][0] // groups) * own
        channels = [(first + c, c) for c in range(own)]
        kernels = [(channel,)]
    for (source, c), taps in itertools.product(channels, itertools.product(*map(range, size))):
        spot = [
            i * s - p + t * d for i, s, p, t, d in zip(at, stride, pad, taps, apart, strict=True)
        ]
        inside = all(0 <= i < n for i, n in zip(spot, x[1:], strict=True))
        weight = None if c is None else (*kernels[0], c, *taps)
        found.append(((source, *spot) if inside else None, weight))
    return found


def _stamps(case: Case, place: Place) -> list[tuple[Place | None, Place | None]]:
    """Every cell of x that puts something there, with its weight."""
    x, w = case.shapes[:2]
    stride, pad = case.option("stride"), case.option("padding", 0)
    apart, groups = case.option("dilation"), case.options.get("groups", 1)
    found: list[tuple[Place | None, Place | None]] = []
    for source in itertools.product(*map(range, x)):
        for tap in itertools.product(range(w[1]), *map(range, w[2:])):
            channel = source[0] // (w[0] // groups) * w[1] + tap[0]
            spot = [
                i * s - p + t * d
                for i, s, p, t, d in zip(source[1:], stride, pad, tap[1:], apart, strict=True)
            ]
            if (channel, *spot) == place:
                found.append((source, (source[0], *tap)))
    return found


def parts(case: Case, x: Any, w: Any, place: Place) -> list[float]:
    """What is added up or compared in an output cell."""
    met = pairs(case, place)
    values = [0.0 if cell is None else float(x[cell]) for cell, _ in met]
    if case.op.startswith("conv"):
        return [v * float(w[weight]) for v, (_, weight) in zip(values, met, strict=True)]
    return [v * v for v in values] if case.op == "l2pool2d" else values


def made(case: Case, x: Any, w: Any, place: Place) -> float:
    """An output cell, without a bias."""
    found, there = parts(case, x, w, place), [c for c, _ in pairs(case, place) if c is not None]
    if case.op in ("maxpool2d", "minpool2d"):
        pick = max if case.op == "maxpool2d" else min
        return pick(float(x[cell]) for cell in there)
    if case.op == "avgpool2d":
        whole = case.options.get("count_include_pad", True)
        return sum(found) / (len(found) if whole else len(there))
    return math.sqrt(sum(found)) if case.op == "l2pool2d" else sum(found)


def sent(
    case: Case, x: Any, w: Any, slot: int, place: Place, u: float
) -> Iterator[tuple[Place, float]]:
    """What an output cell sends back to the cells of an operand, given its gradient."""
    met = pairs(case, place)
    there = [cell for cell, _ in met if cell is not None]
    result = made(case, x, w, place)
    if slot == 2:
        yield (place[0],), u
    elif case.op.startswith("conv"):
        for cell, weight in met:
            if slot == 0 and cell is not None:
                yield cell, u * float(w[weight])
            elif slot == 1 and weight is not None:
                yield weight, 0.0 if cell is None else u * float(x[cell])
    elif case.op in ("maxpool2d", "minpool2d"):
        yield next(cell for cell in there if float(x[cell]) == result), u
    elif case.op == "avgpool2d":
        whole = case.options.get("count_include_pad", True)
        yield from ((cell, u / (len(met) if whole else len(there))) for cell in there)
    else:
        yield from ((cell, u * float(x[cell]) / result if result else 0.0) for cell in there)


def numbers(case: Case, seed: int = 0) -> dict[str, Any]:
    """Values for its inputs, whole in every second case so that there are ties and zeros."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers if seed % 2 else rng.uniform
    return {
        name: drawn(-4, 5, shape).astype(float)
        for name, shape in zip("xwb", case.shapes, strict=False)
    }


CASES = [
    Case("conv2d", ((1, 4, 4), (1, 1, 3, 3))),
    Case("conv2d", ((1, 3, 4), (1, 1, 2, 2), (1,)), {"padding": 1, "stride": 2}),
    Case("conv2d", ((2, 4, 4), (3, 2, 3, 3), (3,)), {"padding": 1}),
    Case("conv2d", ((4, 3, 3), (4, 2, 2, 2)), {"groups": 2}),
    Case("conv2d", ((3, 4, 4), (3, 1, 2, 2)), {"groups": 3, "padding": 1}),
    Case("conv2d", ((1, 5, 5), (1, 1, 2, 3)), {"dilation": 2, "padding": (1, 2)}),
    Case("conv2d", ((1, 4, 5), (2, 1, 1, 1))),
    Case("conv2d", ((1, 9, 9), (1, 1, 6, 6)), {"padding": 1}),
    Case("conv2d", ((6, 3, 3), (1, 6, 2, 2))),
    Case("conv2d", ((3, 12, 12), (2, 3, 5, 5)), {"stride": 2}),
    Case("conv1d", ((1, 6), (1, 1, 3)), {"padding": 1}),
    Case("conv1d", ((4, 6), (2, 2, 3), (2,)), {"groups": 2, "stride": 2}),
    Case("conv1d", ((2, 7), (1, 2, 3)), {"dilation": 2}),
    Case("maxpool2d", ((1, 4, 4),), {"size": 2}),
    Case("maxpool2d", ((3, 5, 5),), {"size": 3, "stride": 2, "padding": 1}),
    Case("minpool2d", ((1, 4, 5),), {"size": (2, 3), "stride": 1}),
    Case("maxpool2d", ((2, 12, 12),), {"size": 3}),
    Case("avgpool2d", ((2, 4, 4),), {"size": 2, "stride": 1}),
    Case("avgpool2d", ((1, 4, 4),), {"size": 3, "padding": 1, "count_include_pad": False}),
    Case("avgpool2d", ((1, 12, 12),), {"size": 4}),
    Case("l2pool2d", ((1, 4, 4),), {"size": 2, "stride": 1}),
    Case("l2pool2d", ((2, 3, 4),), {"size": 2, "padding": 1}),
    Case("conv_transpose2d", ((1, 2, 2), (1, 1, 3, 3)), {"stride": 2}),
    Case("conv_transpose2d", ((2, 2, 3), (2, 2, 2, 2)), {"stride": 2, "padding": 1}),
    Case("conv_transpose2d", ((4, 2, 2), (4, 1, 2, 2)), {"groups": 2, "dilation": 2}),
]
"""A case for each thing that a window can have."""
