"""A walk over volumes as text: each step's sentence and formula; for chosen steps also a table of
the layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.export.reports.walks.neurons import told
from gradviz.scene.views.volumes.characters import table
from gradviz.story.languages import say
from gradviz.story.volumes.frames import VolumeStory
from gradviz.story.volumes.names import size

OPTIONS: Final = ()


def lines(
    story: VolumeStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk over volumes."""
    walk, names = story.walk, story.names
    said = [
        f"{name} {size(layer.shape)}" for name, layer in zip(names.full, walk.layers, strict=True)
    ]
    yield from wrapped(" → ".join(said), width, MUTED)
    if walk.batch is not None:
        batch = say("a batch of {batch}; cells are those of its first", batch=walk.batch)
        yield from wrapped(batch, width, MUTED)
    heading = ""
    for k in range(1, story.total + 1) if steps is None else steps:
        frame = story.frame(k)
        if frame.heading != heading:
            heading = frame.heading
            yield from [[], [(heading, HEADING)]]
        if k:
            yield from told(frame, width)
        if steps is not None:
            yield []
            yield from table(frame)
    note = walk.trace.note
    if steps is None and not walk.has_backward and note:
        yield []
        yield from wrapped(note, width, MUTED)
