"""Two arrays compared: how many entries differ, by how much, where, and how long both are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradviz.ops.op import Shape
from gradviz.trace.io.plain import named

ROUNDED: Final = 64
"""So many times the relative rounding of a float is no difference."""
CANCELLED: Final = 0.01
"""Where terms cancel, what is left has the rounding of an array's largest entries."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """How the arrays of two runs differ.

    shapes   of both; the members up to `array` are None where these are not the same.
    count    how many entries differ by more than rounding; NaN is the same as NaN.
    largest  the greatest distance of two entries, NaN where only one of them is a number and no
             other entries differ.
    place    where that is, counted from 0.
    array    the second less the first.
    norms    the root of the sum of all squares, of each.
    """

    shapes: tuple[Shape, Shape]
    count: int | None
    largest: float | None
    place: tuple[int, ...] | None
    array: Any
    norms: tuple[float, float]

    @property
    def size(self) -> int:
        """How many entries the first has."""
        return math.prod(self.shapes[0])

    @property
    def is_none(self) -> bool:
        """Whether both are the same."""
        return self.count == 0

    def data(self) -> dict[str, Any]:
        """All of it but the array, as JSON-ready data; infinities and NaN are texts."""
        return {
            "differing": self.count,
            "of": self.size,
            "largest": named(self.largest),
            "at": None if self.place is None else list(self.place),
            "norms": named(list(self.norms)),
            "shapes": [list(shape) for shape in self.shapes],
        }


def reals(value: Any) -> Any:
    """Real numbers as a NumPy array of floats; None for symbols and the like."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None


def difference(first: Any, second: Any) -> Difference | None:
    """How two values differ; None where they are no real numbers."""
    a, b = reals(first), reals(second)
    if a is None or b is None:
        return None
    shapes, norms = (a.shape, b.shape), (length(a), length(b))
    if a.shape != b.shape:
        return Difference(shapes, None, None, None, None, norms)
    same = _same(a, b, _eps(first, second))
    with np.errstate(all="ignore"):
        array = np.where(same, 0.0, b - a)
    count = int(np.sum(~same))
    if not count:
        return Difference(shapes, 0, 0.0, None, array, norms)
    far = np.where(same, -1.0, np.abs(array))
    index = int(np.argmax(np.where(np.isnan(far), -0.5, far)))
    place = tuple(int(k) for k in np.unravel_index(index, a.shape))
    return Difference(shapes, count, float(far.flat[index]), place, array, norms)


def _same(a: Any, b: Any, eps: float) -> Any:
    """Which entries are the same but for rounding: of themselves, or of what cancels in them."""
    with np.errstate(all="ignore"):
        sizes = np.maximum(np.abs(a), np.abs(b))
        finite = sizes[np.isfinite(sizes)]
        least = float(finite.max()) if finite.size else 0.0
        near = np.abs(a - b) <= ROUNDED * eps * np.maximum(sizes, CANCELLED * least)
    return (a == b) | (near & np.isfinite(sizes)) | (np.isnan(a) & np.isnan(b))


def _eps(*values: Any) -> float:
    """The relative rounding of the coarser of some arrays; 0 for exact numbers."""
    kinds = [np.asarray(value).dtype for value in values]
    return max((float(np.finfo(k).eps) for k in kinds if k.kind == "f"), default=0.0)


def length(array: Any) -> float:
    """The root of the sum of all squares, where squares would overflow too."""
    if not array.size:
        return 0.0
    largest = float(np.max(np.abs(array)))
    if not 0 < largest < math.inf:
        return largest
    return largest * math.sqrt(float(np.sum((array / largest) ** 2)))
