"""Walks over cells that the tests tell and draw: one for each thing that a cell figure can hold."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from gradviz.engine.inside.cells import cells
from gradviz.engine.run import run
from gradviz.trace.cells import CellTrace


def whole(seed: int, *shape: int) -> Any:
    """Small whole numbers, the same every time."""
    return np.random.default_rng(seed).integers(-2, 3, shape)


def real(seed: int, *shape: int) -> Any:
    """Real numbers with many digits, the same every time."""
    return np.random.default_rng(seed).normal(size=shape)


LECTURE = [[1, 3, 2, 7, 2], [5, 1, 3, 0, 5], [4, 8, 5, 0, 6], [3, 2, 6, 0, 8], [0, 7, 4, 6, 9]]

CELL_SAMPLES: dict[str, tuple[str, dict[str, Any], Any, str]] = {
    "lecture": ("maxpool2d(x, 3, stride=2)", {"x": LECTURE}, [[1, -2], [3, 0.5]], "numpy"),
    "padding": (
        "conv2d(x, w, b, stride=2, padding=1)",
        {"x": [[[1, 2, 0], [3, 1, 1], [0, 2, 1]]], "w": [[[[1, 0], [2, -1]]]], "b": [1]},
        [[[1, 2], [3, 4]]],
        "numpy",
    ),
    "channels": (
        "conv2d(x, w)",
        {"x": whole(0, 2, 3, 3), "w": whole(1, 2, 2, 2, 2)},
        whole(2, 2, 2, 2),
        "numpy",
    ),
    "matrices": (
        "a @ b",
        {"a": [[1, 2, 3], [4, 5, 6]], "b": [[1, 0], [2, 1], [0, 3]]},
        [[1, 2], [3, 4]],
        "numpy",
    ),
    "vectors": ("W @ x", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}, [1, 2], "numpy"),
    "numbers": ("a @ b", {"a": [1, 2, 3], "b": [4, 5, 6]}, None, "numpy"),
    "layer": (
        "linear(x, w, b)",
        {"x": real(0, 2, 3), "w": real(1, 2, 3), "b": real(2, 2)},
        real(3, 2, 2),
        "numpy",
    ),
    "mean": ("avgpool2d(x, 3, stride=2, padding=1)", {"x": LECTURE}, whole(5, 3, 3), "numpy"),
    "length": ("l2pool2d(x, 2, stride=1)", {"x": whole(6, 3, 3)}, whole(7, 2, 2), "numpy"),
    "one axis": (
        "conv1d(x, w, padding=1)",
        {"x": whole(8, 2, 5), "w": whole(9, 1, 2, 3)},
        whole(10, 1, 5),
        "numpy",
    ),
    "turned": (
        "conv_transpose2d(x, w, stride=2)",
        {"x": whole(11, 1, 2, 2), "w": whole(12, 1, 1, 3, 3)},
        whole(13, 1, 5, 5),
        "numpy",
    ),
    "groups": (
        "conv2d(x, w, groups=2)",
        {"x": whole(14, 4, 3, 3), "w": whole(15, 2, 2, 2, 2)},
        whole(16, 2, 2, 2),
        "numpy",
    ),
    "apart": (
        "conv2d(x, w, dilation=2, padding=1)",
        {"x": whole(17, 1, 4, 4), "w": whole(18, 1, 1, 2, 2)},
        whole(19, 1, 4, 4),
        "numpy",
    ),
    "channel by channel": (
        "maxpool2d(x, 2)",
        {"x": whole(20, 6, 4, 4)},
        whole(21, 6, 2, 2),
        "numpy",
    ),
    "large": (
        "conv2d(x, w, b, stride=2, padding=1)",
        {"x": real(22, 3, 32, 32), "w": real(23, 5, 3, 5, 5), "b": real(24, 5)},
        real(25, 5, 15, 15),
        "numpy",
    ),
    "large pool": ("maxpool2d(x, 3, stride=3)", {"x": real(26, 12, 12)}, real(27, 4, 4), "numpy"),
    "huge window": (
        "conv2d(x, w)",
        {"x": real(28, 1, 14, 14), "w": real(29, 1, 1, 11, 11)},
        real(30, 1, 4, 4),
        "numpy",
    ),
    "forward only": ("avgpool2d(x, 2)", {"x": LECTURE}, None, "numpy"),
    "exact": (
        "conv2d(x, w)",
        {"x": [[["1/3", 2], [3, "1/7"]]], "w": [[[["1/2", 1]]]]},
        [[["1/5"], [2]]],
        "exact",
    ),
    "not finite": (
        "conv1d(x, w)",
        {"x": [[1.0, float("nan"), 2.0, float("inf")]], "w": [[[1.0, -1.0]]]},
        [[1, 1, 1]],
        "numpy",
    ),
}


@cache
def cell_sample(name: str) -> CellTrace:
    """The walk of a sample."""
    source, values, upstream, backend = CELL_SAMPLES[name]
    return cells(run(source, values=values, upstream=upstream, backend=backend), "f")
