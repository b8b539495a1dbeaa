"""What the fronts of volumes show of a run, made once for all its frames."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from gradviz.scene.blocks import Levels, heat
from gradviz.scene.images import can_be_image, image, unflattened
from gradviz.trace.volumes import VolumeTrace


class Fronts:
    """The first map of each layer, of the first sample, and that of its gradient."""

    def __init__(self, walk: VolumeTrace) -> None:
        self.walk, self.xp = walk, walk.trace.xp
        self._known: dict[tuple[int, bool], Levels] = {}

    @cached_property
    def image(self) -> bytes | None:
        """The image as a PNG; None where the first layer is none."""
        first, trace = self.walk.layers[0], self.walk.trace
        value = self._sample(trace.values[first.value])
        shape = tuple(self.xp.shape(value))
        if shape not in (first.shape, first.shape[1:]) or not can_be_image(shape):
            return None
        return image(self.xp, unflattened(self.xp, value, trace.graph.nodes[first.node])).png

    def levels(self, k: int, *, gradient: bool) -> Levels:
        """The first map of a layer, or of its gradient, as a heatmap; all of a vector."""
        key = k, gradient
        if key not in self._known:
            trace, layer = self.walk.trace, self.walk.layers[k]
            value = self._sample((trace.gradients if gradient else trace.values)[layer.value])
            if layer.is_vector:
                shown = self.xp.reshape(value, (layer.shape[0], 1))
            else:
                shown = self.xp.reshape(value, layer.shape)[0]
            self._known[key] = heat(self.xp, shown, (), most=1).panels[0]
        return self._known[key]

    def _sample(self, value: Any) -> Any:
        """The first sample of a batch."""
        return value[0] if self.walk.batch is not None else value
