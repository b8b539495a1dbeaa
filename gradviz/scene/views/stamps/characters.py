"""A transposed convolution stamp by stamp in characters: its grids, what is at work in brackets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.layout.grid import Run, cells
from gradviz.scene.brackets import MUTED, ROLES, bracketed
from gradviz.scene.views.stamps.contents import StampContents
from gradviz.scene.views.stamps.place import KEYS, Key, StampLayout
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.stamps.frames import StampFrame, StampStory

GAP: Final = 4
"""Columns between two grids."""
MOST: Final = 200
"""Of a longer walk, so many stamps are looked at for the widest number."""
Rows = list[list[Run]]


def grid(layout: StampLayout, contents: StampContents, key: Key, wide: int = 1) -> Rows:
    """A grid below its heading; of a large one only its size."""
    placed = layout.grids[key]
    rows, columns = placed.sheet.size
    heading = placed.heading + layout.caption(key, contents.channel, contents.own)
    head: list[Run] = [(heading, MUTED)]
    if placed.sheet.heat:
        return [head, [(f"  ({rows}x{columns})", MUTED)]]
    known = {
        spot: (plain_minus(words), ROLES[role])
        for spot, (words, role, _) in contents.numbers(key).items()
    }
    lit = set(contents.lit(key)) if key in ("x", "y") else set()
    return [head, *bracketed((rows, columns), known, lit, wide=wide)]


class StampCharacters:
    """The grids side by side, or one below the other where there is less room."""

    def __init__(self, story: StampStory, *, ascii: bool, beside: bool) -> None:
        self.layout, self.ascii, self.beside = StampLayout(story), ascii, beside
        every = range(0, story.total + 1, max(1, story.total // MOST))
        frames = [story.frame(k) for k in sorted({*every, 1, story.total})]
        self._wide = dict.fromkeys(KEYS, 1)
        for contents in (StampContents(self.layout, frame) for frame in frames):
            for key in KEYS:
                texts = (len(words) for words, _, _ in contents.numbers(key).values())
                self._wide[key] = max([self._wide[key], *texts])
        blocks = self._blocks(frames[-1])
        widths, heights = map(_across, blocks), map(len, blocks)
        if beside:
            self.width, self.height = sum(widths) + GAP * (len(blocks) - 1), max(heights)
        else:
            self.width, self.height = max(widths), sum(heights) + len(blocks) - 1

    def _blocks(self, frame: StampFrame) -> list[Rows]:
        contents = StampContents(self.layout, frame)
        return [grid(self.layout, contents, key, self._wide[key]) for key in KEYS]

    def rows(self, frame: StampFrame) -> Rows:
        """The rows of a frame."""
        found = list((self._side_by_side if self.beside else _stacked)(self._blocks(frame)))
        if not self.ascii:
            return found
        return [[(to_ascii(text), role) for text, role in row] for row in found]

    def _side_by_side(self, blocks: list[Rows]) -> Iterator[list[Run]]:
        for y in range(self.height):
            line: list[Run] = []
            for block in blocks:
                row = block[y] if y < len(block) else []
                pad = _across(block) - sum(cells(text) for text, _ in row)
                line += [*row, (" " * (pad + GAP), "")]
            yield line


def _stacked(blocks: list[Rows]) -> Iterator[list[Run]]:
    for n, block in enumerate(blocks):
        yield from [[]] if n else []
        yield from block


def _across(block: Rows) -> int:
    return max(sum(cells(text) for text, _ in row) for row in block)


def CHARACTERS(story: StampStory, *, ascii: bool) -> Iterator[StampCharacters]:
    """The ways to draw it, the fullest first."""
    yield StampCharacters(story, ascii=ascii, beside=True)
    yield StampCharacters(story, ascii=ascii, beside=False)
