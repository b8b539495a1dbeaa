"""A loss as a function of one vector: its value, and its gradient on all samples or on a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradviz.engine.run import Compiled
from gradviz.learn.problem import Problem
from gradviz.learn.training import Feeder, flat


class Objective:
    """The loss of a problem; its parameters are one vector of `size` numbers, first `start`.

    batch  samples of a batch, 0 without data; `count` all samples, 1 without data.
    """

    def __init__(self, found: Problem, batch: int, seed: int) -> None:
        self.batch = batch
        self.start = flat(list(found.start.values())).astype(float)
        self.size = self.start.size
        self._shapes = {name: np.shape(value) for name, value in found.start.items()}
        self.count = 1 if found.data is None else len(found.data)
        self._compiled = Compiled(found.graph, wrt=list(found.start))
        sizes = (self.count, max(1, batch))
        self._all, self._part = (
            Feeder(found.data, found.feeds, {"batch": size, "seed": seed}, found.fixed)
            for size in sizes
        )
        self._whole = self._all.inputs(1)

    def apart(self, w: Any) -> dict[str, Any]:
        """A vector as parameters by name."""
        found, first = {}, 0
        for name, shape in self._shapes.items():
            last = first + int(np.prod(shape, dtype=int))
            found[name] = np.reshape(w[first:last], shape)
            first = last
        return found

    def inputs(self, w: Any) -> dict[str, Any]:
        """All inputs, with all samples."""
        return self._whole | self.apart(w)

    def samples(self, k: int) -> int:
        """The number of samples in batch k."""
        return self._part.size(k)

    def value(self, w: Any) -> float:
        """The loss of all samples."""
        return float(self._compiled.value(values=self.inputs(w)))

    def gradient(self, w: Any, k: int | None = None) -> tuple[float, Any]:
        """The loss and its gradient: of all samples, or of batch k, from 1."""
        inputs = self._whole if k is None else self._part.inputs(k)
        value, slopes = self._compiled.value_and_gradients(inputs | self.apart(w))
        return float(value), flat([slopes[name] for name in self._shapes])
