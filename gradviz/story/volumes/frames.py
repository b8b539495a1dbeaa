"""The story of a network as volumes: the sentence and the formula of each step."""

from __future__ import annotations

import math

from gradviz.arrays.digits import DIGITS
from gradviz.story.derived import DerivedFrame, DerivedStory
from gradviz.story.languages import say
from gradviz.story.languages.counting import count
from gradviz.story.volumes.formulas import VolumeFormulas
from gradviz.story.volumes.names import Names
from gradviz.story.volumes.sentences import VolumeWords
from gradviz.trace.volumes import Place, VolumeStep, VolumeTrace


class VolumeFrame(DerivedFrame[VolumeStep]):
    """The walk after `number` steps."""

    story: VolumeStory
    walk: VolumeTrace

    @property
    def heading(self) -> str:
        """The pass that it belongs to; of a network without values, that all of it is shown."""
        return say("All layers") if self.moment and not self.walk.has_values else super().heading

    @property
    def place(self) -> Place | None:
        """What the step is about."""
        return self.walk.places[self.number - 1] if self.is_at_work else None

    def is_at(self, kind: str, layer: int) -> bool:
        """Whether the step is about a layer."""
        return self.place == (kind, layer)

    def knows(self, layer: int) -> bool:
        """Whether a layer is known by now; without values each is from the start."""
        since = self.walk.since("layer", layer)
        return not self.walk.has_values or (since is not None and since <= self.number)

    def knows_gradient(self, layer: int) -> bool:
        """Whether the gradient of a layer's value is complete."""
        since = self.walk.since("back", layer)
        return since is not None and since <= self.number

    @property
    def focus(self) -> int | None:
        """The node at work: that of the layer's op, which can be stepped into."""
        place = self.place
        if place is None:
            return None
        if place.kind == "loss":
            return self.walk.trace.graph.output
        return self.walk.layers[place.layer].node

    @property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        step, walk = self.step, self.walk
        if step is None or not walk.has_values:
            return False
        if step.place.kind == "layer":
            trace = walk.trace
            return not trace.xp.finite(trace.values[walk.layers[step.place.layer].value])
        brought = (step.value, *step.norms)
        return not all(math.isfinite(v) for v in brought if v is not None)


class VolumeStory(DerivedStory[VolumeFrame]):
    """Tells one walk over volumes; the counterpart of `gradviz.story.frame.Story`."""

    FRAME = VolumeFrame
    walk: VolumeTrace

    def __init__(self, walk: VolumeTrace, digits: int = DIGITS) -> None:
        super().__init__(walk, digits)
        self.names = Names(walk)
        self.formulas = VolumeFormulas(walk, self.rules, self.names)
        self.words = VolumeWords(walk, self.formulas, self.names)

    @property
    def title(self) -> str:
        """`8 layers as volumes`."""
        layers = len(self.walk.layers) - 1
        return say("{layers:layer} as volumes", layers=count(layers))
