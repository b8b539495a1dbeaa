"""A network of volumes in characters: a row for each layer, that at work lit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from gradviz.layout.grid import Run, cells, ljust, rjust
from gradviz.scene.characters import GRADIENT, VALUE
from gradviz.story.languages import pattern, say
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.volumes.frames import VolumeFrame, VolumeStory
from gradviz.story.volumes.names import bends, how, size
from gradviz.trace.volumes import Layer

HOT, MUTED = "hot", "muted"
HEADS: Final = (
    pattern("layer"), pattern("output"), pattern("window"), pattern("then"), pattern("parameters"),
)  # fmt: skip
LEFT: Final = 4
"""Columns that begin at the left; those after them end at the right."""
BAR: Final = 24
"""The longest bar, that of the volume with the most numbers; lengths are logarithms."""


def table(frame: VolumeFrame, *, bars: bool = False, steady: bool = False) -> Iterator[list[Run]]:
    """A row for each layer: its size, window, parameters, and the length of its gradient; with
    `bars` also how many numbers it has.

    steady  whether gradients that are still to come have their room already.
    """
    walk, story = frame.walk, frame.story
    has_lengths = walk.has_backward
    heads = [*map(say, HEADS), *([f"‖{say('gradient')}‖"] if has_lengths else [])]
    rows = [[(text, MUTED) for text in heads]]
    for k, layer in enumerate(walk.layers):
        at = any(frame.is_at(kind, k) for kind in ("layer", "back"))
        row = [
            (("> " if at else "  ") + layer.name, HOT if at else ""),
            (size(layer.shape), VALUE if frame.knows(k) else MUTED),
            (how(layer), ""),
            (", ".join(bends(walk, layer)), ""),
            (f"{layer.parameters:,}" if layer.parameters else "", ""),
        ]
        if has_lengths:
            length = walk.length(k) if frame.knows_gradient(k) else None
            row.append(("" if length is None else story.formulas.said(length), GRADIENT))
        rows.append(row)
    rows[0][0] = f"  {heads[0]}", MUTED
    wide = [max(cells(row[c][0]) for row in rows) for c in range(len(rows[0]))]
    if steady and has_lengths:
        lengths = (walk.length(k) for k in range(len(walk.layers)))
        said = (cells(story.formulas.said(found)) for found in lengths if found is not None)
        wide[-1] = max([wide[-1], *said])
    for n, row in enumerate(rows):
        line: list[Run] = [("  ", "")]
        for c, ((text, role), width) in enumerate(zip(row, wide, strict=True)):
            line += [((ljust if c < LEFT else rjust)(text, width), role), ("  ", "")]
        if bars and n:
            layer = walk.layers[n - 1]
            line.append((_bar(layer, walk.layers), VALUE if frame.knows(n - 1) else MUTED))
        while line and not line[-1][0].strip():
            line.pop()
        line[-1] = line[-1][0].rstrip(), line[-1][1]
        yield line


def _bar(layer: Layer, layers: tuple[Layer, ...]) -> str:
    most = max(math.log2(1 + math.prod(one.shape)) for one in layers)
    return "▆" * max(1, round(BAR * math.log2(1 + math.prod(layer.shape)) / most))


class VolumeCharacters:
    """The table, with the sizes of volumes as bars where there is room for them."""

    def __init__(self, story: VolumeStory, *, ascii: bool, bars: bool, apart: bool) -> None:
        self.ascii, self.bars, self.apart = ascii, bars, apart
        ends = [story.frame(0), story.frame(1)]
        lines = [row for frame in ends for row in self.rows(frame)]
        self.width = max(sum(cells(text) for text, _ in row) for row in lines)
        self.height = len(lines) // 2

    def rows(self, frame: VolumeFrame) -> list[list[Run]]:
        """The rows of a frame."""
        found: list[list[Run]] = []
        for n, row in enumerate(table(frame, bars=self.bars, steady=True)):
            found += [[]] if n and self.apart else []
            found.append([(self._said(text), role) for text, role in row])
        return found

    def _said(self, text: str) -> str:
        return to_ascii(text.replace("▆", "#")) if self.ascii else text


def CHARACTERS(story: VolumeStory, *, ascii: bool) -> Iterator[VolumeCharacters]:
    """The ways to draw it, the fullest first."""
    for bars, apart in ((True, True), (True, False), (False, False)):
        yield VolumeCharacters(story, ascii=ascii, bars=bars, apart=apart)
