"""Frames on the character grid: one layout for a whole run, and what each frame paints on it."""

from __future__ import annotations

from typing import Any

from gradviz.graph.graph import CONSTANT, INPUT
from gradviz.layout.grid import HOT, Box, Canvas, Face, GridLayout, Paint, Wire, place
from gradviz.story.ascii import to_ascii
from gradviz.story.frame import Frame, Story
from gradviz.story.numbers import grid_rows, is_small, number

VALUE, GRADIENT, QUIET, PLAIN = "value", "gradient", "quiet", "plain"
LABEL_WIDTH = 7


class CharacterScene:
    """The graph of a story in boxes, laid out once.

    With `compact` a node is one row with its title only; otherwise its box holds title, value and gradient.
    With `labels` contributions stand on their wires.
    With `ascii` every text is in ASCII, names aside.
    """

    def __init__(
        self, story: Story, *, compact: bool = False, labels: bool = True, ascii: bool = False
    ) -> None:
        self.story, self.trace, self.graph = story, story.trace, story.trace.graph
        self.compact, self.ascii = compact, ascii
        boxes = {n.id: self._box(n.id) for n in self.graph.nodes}
        self.layout: GridLayout = place(
            boxes, list(self.graph.edges), label_width=self._label_width() if labels and not compact else 0
        )

    def _label_width(self) -> int:
        """Room for the widest contribution that stands on a wire."""
        if not self.trace.has_backward:
            return 0
        widths = [len(self._inline(c)) for c in self.trace.recording.contribution]
        return min(max(widths, default=0) + 1, LABEL_WIDTH + 1) if any(widths) else 0

    def _box(self, node: int) -> Box:
        """A box as large as its fullest moment, so that nothing moves between frames."""
        operands = len(self.graph.nodes[node].inputs)
        if self.compact:
            return Box.fitting([self.title(node)], [], rows=0, inputs=operands)
        moments = [len(self.trace), *(s.number for s in self.trace.contributions(node))]
        texts = [self._lines(self.story.frame(k), node)[0] for k in moments]
        rows = max(operands, 1, *map(len, texts))
        return Box.fitting([self.title(node)], [t for lines in texts for t in lines], rows=rows, inputs=operands)

    def title(self, node: int) -> str:
        """What stands in the border: a name, `a: ×`, or nothing for an unnamed constant."""
        row = self.graph.nodes[node]
        label = self.story.labels.get(node, "")
        if row.op in (INPUT, CONSTANT):
            return label
        symbol = self.graph.symbol(node)
        return self._plain(f"{label}: {symbol}" if label and label != symbol else symbol)

    def _plain(self, text: str) -> str:
        return to_ascii(text) if self.ascii else text

    def _lines(self, frame: Frame, node: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The lines inside a box, and the role of each; a folded scope says what it is first."""
        state = frame.node(node)
        about = self._about(node)
        values = self._number_lines("v ", state.value, node)
        has_gradient = self.trace.gradients[node] is not None
        gradients = self._number_lines("∂ ", state.gradient, node) if has_gradient else []
        if state.progress:
            gradients[-1] += f"  {state.progress}"
        roles = (PLAIN,) * len(about) + (VALUE,) * len(values) + (GRADIENT,) * len(gradients)
        return tuple(map(self._plain, (*about, *values, *gradients))), roles

    def _about(self, node: int) -> list[str]:
        """How many numbers a folded scope learns."""
        count = self.graph.nodes[node].options.get("parameters", 0)
        return [f"{count:,} parameter{'s' * (count != 1)}"] if count else []

    def _number_lines(self, head: str, value: Any, node: int) -> list[str]:
        """A value in lines: one number, a small aligned grid, or shape and range."""
        shape = self.graph.nodes[node].shape or ()
        rows = shape[-2] if len(shape) > 1 and is_small(shape) else 1
        if value is None:
            return [head + "·"] + [" " * len(head)] * (rows - 1)
        plain = self.trace.xp.plain(value)
        digits = self.story.rules.digits
        if shape == ():
            text = number(plain, digits)
            return [head + (text if len(text) <= 24 else text[:23] + "…")]
        if not is_small(shape) or 0 in shape:
            return [head + "×".join(map(str, shape))]
        grid = [[number(v, digits) for v in row] for row in grid_rows(plain, shape)]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in grid]
        return [(head if i == 0 else " " * len(head)) + line for i, line in enumerate(lines)]

    def _inline(self, contribution: Any) -> str:
        """A contribution as it stands on its wire; arrays and long numbers do not."""
        if contribution is None or tuple(self.trace.xp.shape(contribution)):
            return ""
        text = number(self.trace.xp.plain(contribution), self.story.rules.digits)
        return text if len(text) <= LABEL_WIDTH else ""

    def paint(self, frame: Frame) -> Paint:
        """What a frame shows on the layout."""
        faces: dict[int, Face] = {}
        labels: dict[Wire, str] = {}
        for node in self.graph.nodes:
            lines, roles = ((), ()) if self.compact else self._lines(frame, node.id)
            state = frame.node(node.id).state
            role = HOT if node.id == frame.focus else QUIET if state == "unknown" else PLAIN
            faces[node.id] = Face(self.title(node.id), lines, role, roles if role != QUIET else ())
        if not self.compact and self.layout.label_width:
            for edge in self.graph.edges:
                labels[edge] = self._inline(frame.contribution(edge))
        active: dict[Wire, str] = {frame.edge: HOT} if frame.edge else {}
        if frame.phase == "forward" and frame.focus is not None:
            active = {(s, frame.focus, slot): HOT for slot, s in enumerate(self.graph.nodes[frame.focus].inputs)}
        backward = frame.phase in ("seed", "backward")
        return Paint(faces, active, {k: v for k, v in labels.items() if v}, "backward" if backward else "forward")

    def canvas(self, frame: Frame) -> Canvas:
        """The picture of one frame."""
        return Canvas(self.layout, self.paint(frame))
