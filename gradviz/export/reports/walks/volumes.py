"""A walk over volumes as text: each step's sentence and formula; for chosen steps also a table of
the layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.export.reports.walks.neurons import told
from gradviz.scene.characters import GRADIENT, VALUE
from gradviz.story.languages import say
from gradviz.story.volumes.frames import VolumeFrame, VolumeStory
from gradviz.story.volumes.names import bends, how, size

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
            yield from _table(frame)
    note = walk.trace.note
    if steps is None and not walk.has_backward and note:
        yield []
        yield from wrapped(note, width, MUTED)


def _table(frame: VolumeFrame) -> Iterator[Line]:
    """A row for each layer: its size, window, parameters, and the length of its gradient."""
    walk, story = frame.walk, frame.story
    has_lengths = walk.has_backward
    head = ["layer", "output", "window", "then", "parameters"]
    rows = [[(text, MUTED) for text in [*head, *(["‖gradient‖"] if has_lengths else [])]]]
    for k, layer in enumerate(walk.layers):
        at = any(frame.is_at(kind, k) for kind in ("layer", "back"))
        row = [
            (("> " if at else "  ") + layer.name, ""),
            (size(layer.shape), VALUE if frame.knows(k) else MUTED),
            (how(layer), ""),
            (", ".join(bends(walk, layer)), ""),
            (f"{layer.parameters:,}" if layer.parameters else "", ""),
        ]
        if has_lengths:
            length = walk.length(k) if frame.knows_gradient(k) else None
            row.append(("" if length is None else story.formulas.said(length), GRADIENT))
        rows.append(row)
    wide = [max(len(row[c][0]) for row in rows) for c in range(len(rows[0]))]
    for n, row in enumerate(rows):
        line: Line = []
        for c, ((text, role), width) in enumerate(zip(row, wide, strict=True)):
            text = "  " + text if not n and not c else text
            full = max(width, len(text)) if not c else width
            line += [(text.rjust(full) if c > 3 else text.ljust(full), role), ("  ", "")]
        while line and not line[-1][0].strip():
            line.pop()
        line[-1] = line[-1][0].rstrip(), line[-1][1]
        yield [("  ", ""), *line]
