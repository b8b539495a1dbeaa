"""The correct formulas of convolutional networks, with a second way to count that checks them.

Sizes are those of one axis; convolutions are square, in floor mode, with padding on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradviz.mistakes.case import XP


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """⌊(size + 2 padding − kernel) / stride⌋ + 1."""
    return (size + 2 * padding - kernel) // stride + 1


def counted_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """The output size, counted by placing windows one after another until none fits."""
    places, start = 0, -padding
    while start + kernel <= size + padding:
        places, start = places + 1, start + stride
    return places


def conv_parameters(kernel: int, inputs: int, filters: int) -> int:
    """Every filter has kernel² · inputs weights and one bias."""
    return (kernel * kernel * inputs + 1) * filters


def linear_parameters(inputs: int, outputs: int) -> int:
    """A weight for every pair of input and output, and a bias for every output."""
    return inputs * outputs + outputs


def multiply_adds(out: int, kernel: int, inputs: int, filters: int) -> int:
    """Every cell of every output map is a sum of kernel² · inputs products."""
    return out * out * filters * kernel * kernel * inputs


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """The side length of one output cell's receptive field, from every layer's (kernel, stride)."""
    field, jump = 1, 1
    for kernel, stride in layers:
        field, jump = field + (kernel - 1) * jump, jump * stride
    return field


def traced_field(layers: Sequence[tuple[int, int]]) -> int:
    """The receptive field, found by tracing back which cells feed one output cell."""
    cells = {0}
    for kernel, stride in reversed(layers):
        cells = {stride * cell + k for cell in cells for k in range(kernel)}
    return max(cells) - min(cells) + 1


def convolved(x: Any, w: Any, stride: int, padding: int) -> Any:
    """The convolution of one channel, cell by cell: a second way to compute a key."""
    wide = XP.zeros((x.shape[0] + 2 * padding, x.shape[1] + 2 * padding))
    wide[padding : padding + x.shape[0], padding : padding + x.shape[1]] = x
    rows, columns = ((n - k) // stride + 1 for n, k in zip(wide.shape, w.shape, strict=True))
    cells = [
        [
            (
                wide[i * stride : i * stride + w.shape[0], j * stride : j * stride + w.shape[1]] * w
            ).sum()
            for j in range(columns)
        ]
        for i in range(rows)
    ]
    return np.array(cells, dtype=object)
