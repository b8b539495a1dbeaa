"""The first frame as text, from the same lines as the widgets, shown before they are loaded."""

from __future__ import annotations

from functools import lru_cache
from math import prod

import gradviz as gv
from gradviz.export.reports.text import Line
from gradviz.story.frame import Story
from gradviz_tui.view import areas, palette, panes
from gradviz_tui.view.division import divided
from gradviz_tui.view.pictured import pictured, room_of
from gradviz_tui.view.step import Words
from gradviz_tui.walk.state import Walk

LARGE, HEAVY = 400, 1_000_000
"""Graphs with more nodes than this, or with more numbers than this in one of them, take long to lay
out.
"""


def takes_long(graph: gv.Graph) -> bool:
    """Whether a graph is better laid out in a thread."""
    return len(graph.nodes) > LARGE or any(prod(n.shape or ()) > HEAVY for n in graph.nodes)


def laying_out(graph: gv.Graph) -> str:
    """The header's note while a graph is laid out."""
    return f"laying out {len(graph.nodes)} nodes …"


class FirstFrame:
    """The first frame of a walk; one that takes long to lay out has no picture yet.

    size     of the screen.
    indexed  whether colours are given by number, for a terminal that has 256 of them.
    """

    def __init__(
        self, walk: Walk, size: tuple[int, int], *, theme: str, ascii: bool, indexed: bool = False
    ) -> None:
        self.walk, self.trace, self._theme, self._ascii, self._indexed = (
            walk,
            walk.trace,
            theme,
            ascii,
            indexed,
        )
        self.story = Story(self.trace)
        self._size, self._room = size, room_of(*size)
        self.scene = (
            None if takes_long(self.trace.graph) else pictured(self.story, self._room, ascii=ascii)
        )

    def shows(
        self,
        trace: gv.Trace,
        old: gv.Trace | None,
        compact: bool,
        ascii: bool,
        room: tuple[int, int],
    ) -> bool:
        """Whether the scene of this frame is the one for such a picture."""
        same = (compact, ascii, room) == (False, self._ascii, self._room)
        return same and trace is self.trace and old is None

    def text(self) -> str:
        """The whole screen, with the terminal's control sequences."""
        lines = self.lines()
        return "".join(f"\x1b[{y + 1};1H{self._sgr_line(line)}" for y, line in enumerate(lines))

    def lines(self) -> list[Line]:
        """The whole screen; empty where there is too little room for it."""
        width, height = self._size
        frame, walk = self.story.frame(self.walk.k), self.walk
        words = Words(frame, walk, ascii=self._ascii)
        shared = divided(words, width, height)
        if not shared.fits:
            return [self._fit([], width) for _ in range(height)]
        note = "" if self.scene is not None else laying_out(self.trace.graph)
        opened = walk.root.opened
        title = panes.title_of(walk.trace, walk.k, opened.title, width)
        head = panes.header(
            frame, title, width, walk.trail, note, panes.passing(opened.trace, self._ascii)
        )
        lines = [
            *([head] if shared.header else []),
            *(self._beside if shared.beside else self._below)(words, width, shared),
            *([panes.scrubber(frame, width, walk.stops, self._ascii)] if shared.scrubber else []),
            panes.footer(width, self._ascii, passes=opened.passes is not None),
        ]
        return [self._fit(line, width) for line in lines]

    def _below(self, words: Words, width: int, shared: areas.Areas) -> list[Line]:
        """The picture, and below it the step and the node."""
        inner = shared.words - 1
        step, node = _words(words, shared, inner, inner)
        return [
            *self._picture(width, shared.picture),
            [(("-" if self._ascii else "─") * width, "ahead")],
            *(
                [(" ", ""), *self._fit(a, shared.step), (" ", ""), *self._fit(b, shared.node)]
                for a, b in zip(step, node, strict=True)
            ),
        ]

    def _beside(self, words: Words, width: int, shared: areas.Areas) -> list[Line]:
        """The picture, and beside it the step above the node."""
        left = width - shared.step - 3
        above, below = _words(words, shared, shared.above, shared.words - shared.above)
        rule = "|" if self._ascii else "│"
        return [
            [*self._fit(picture, left), (rule, "ahead"), (" ", ""), *self._fit(said, shared.step)]
            for picture, said in zip(
                self._picture(left, shared.picture), [*above, *below], strict=True
            )
        ]

    def _sgr_line(self, line: Line) -> str:
        """A line in its colours."""
        looks = palette.looks(self._theme)
        return "".join(
            _sgr(looks.get(role, looks["plain"]), self._indexed) + text for text, role in line
        )

    def _fit(self, line: Line, width: int) -> Line:
        return panes.fitted(line, width, ascii=self._ascii)

    def _picture(self, width: int, height: int) -> list[Line]:
        if self.scene is None:
            return [[] for _ in range(height)]
        frame, layout = self.story.frame(self.walk.k), self.scene.layout
        focus = self.walk.place if frame.focus is None else frame.focus
        also = () if frame.edge is None else (frame.edge.source,)
        whole = layout.width, layout.height
        room = (width, height) if self._ascii else areas.beside_bars(width, height, whole)
        at = areas.reveal([layout.boxes[n] for n in (focus, *also)], (0, 0), room)
        left, top = (
            areas.begins(min(a, max(0, w - r)), r, w)
            for a, r, w in zip(at, room, whole, strict=True)
        )
        canvas = self.scene.canvas(frame)
        rows: list[Line] = [
            list(canvas.row(top + y, left, left + room[0], ascii=self._ascii))
            for y in range(room[1])
        ]
        return _filled(rows, height)


def _words(
    words: Words, shared: areas.Areas, above: int, below: int
) -> tuple[list[Line], list[Line]]:
    """The rows of the step and of the node."""
    node = words.node_lines(shared.node, below, beside=shared.beside) if shared.node else []
    return _filled(words.step_lines(shared.step, above), above), _filled(node, below)


def _filled(lines: list[Line], height: int) -> list[Line]:
    return [*lines, *([] for _ in range(height - len(lines)))][:height]


@lru_cache(maxsize=256)
def _sgr(look: palette.Look, indexed: bool) -> str:
    """The control sequence of a look in `#rrggbb`."""
    colours = ((38, look.color), (48, look.ground))
    shown = (
        f"{layer};{_indexed(c) if indexed else _direct(c)}" for layer, c in colours if c is not None
    )
    return f"\x1b[{';'.join(['0', *(['1'] if look.bold else []), *shown])}m"


def _direct(colour: str) -> str:
    return f"2;{int(colour[1:3], 16)};{int(colour[3:5], 16)};{int(colour[5:7], 16)}"


def _indexed(colour: str) -> str:
    """The nearest of 256 colours: the one that Textual's own renderer takes."""
    from rich.color import Color, ColorSystem

    return f"5;{Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).number}"
