"""Frames on the character grid: one layout for a whole run, and what each frame paints on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from gradviz.arrays.digits import number
from gradviz.graph.graph import CONSTANT, INPUT, Edge, Graph
from gradviz.layout.grid import (
    CLOSE,
    HOT,
    Apart,
    Box,
    Canvas,
    Changes,
    Face,
    Flow,
    GridLayout,
    Paint,
    Wire,
    place,
)
from gradviz.story.frame import Frame, Story
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.values import ROOMS, briefly, grid_rows, is_written_out

VALUE, GRADIENT, QUIET, PLAIN = "value", "gradient", "quiet", "plain"
SELECTED, CHANGED = "selected", "changed"
LABEL_WIDTH = 7
MANY_STEPS = 200
"""Between frames further apart than this, everything is assumed to differ."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The marks that a user has set in the picture: the selected node, nodes with a breakpoint, and
    changed ones.
    """

    selected: int | None = None
    broken: frozenset[int] = frozenset()
    changed: frozenset[int] = frozenset()
    sign: str = "●"


_UNMARKED = Marked()


class Cards(NamedTuple):
    """How large the cards of a picture are.

    apart   how far they stand apart.
    heads   what stands before a value and before a gradient.
    margin  columns on each side of the numbers; a row below them where it is more than one.
    """

    apart: Apart = CLOSE
    heads: tuple[str, str] = ("v ", "∂ ")
    margin: int = 0


SMALL: Final = Cards()
NAMED: Final = ("value     ", "gradient  ")
LARGE: Final = (
    Cards(Apart(10, 4), NAMED, 2),
    Cards(Apart(6, 3), NAMED, 2),
    Cards(Apart(4, 2), NAMED, 1),
    Cards(Apart(0, 2), NAMED, 1),
    Cards(Apart(2, 3), margin=1),
    Cards(Apart(0, 2)),
)
"""Where there is room for them, the largest first."""
MANY: Final = 60
"""A graph of more nodes is not laid out in larger cards."""


def layer_of(graph: Graph, node: int) -> str:
    """The innermost scope of a node that has no name of its own and is no card of a scope; empty
    outside of scopes.
    """
    row = graph.nodes[node]
    is_own = row.name or row.is_leaf or graph.op(node).hidden
    return "" if is_own else row.scope.rpartition("/")[2]


class CharacterScene:
    """The graph of a story in boxes, laid out once.

    With `compact` a node is one row with its title only; otherwise its box holds title, value and
    gradient. With `labels` contributions stand on their wires. With `ascii` every text except names
    is in ASCII. With `old`, the story of the same graph on other inputs, numbers that differ show
    the old ones next to them. `cards` are how large the cards are.
    """

    def __init__(
        self,
        story: Story,
        *,
        compact: bool = False,
        labels: bool = True,
        ascii: bool = False,
        old: Story | None = None,
        cards: Cards = SMALL,
    ) -> None:
        self.story, self.trace, self.graph = story, story.trace, story.trace.graph
        self.compact, self.ascii, self.old, self.cards = compact, ascii, old, cards
        boxes = {n.id: self._box(n.id) for n in self.graph.nodes}
        self.layout: GridLayout = place(
            boxes,
            list(self.graph.edges),
            label_width=self._label_width() if labels and not compact else 0,
            apart=cards.apart,
        )

    @classmethod
    def filling(
        cls, story: Story, columns: int, rows: int, *, ascii: bool, old: Story | None = None
    ) -> CharacterScene:
        """The picture in the largest cards for which so many columns and rows have room."""
        for cards in LARGE if len(story.trace.graph.nodes) <= MANY else ():
            scene = cls(story, ascii=ascii, old=old, cards=cards)
            if scene.layout.width <= columns and scene.layout.height <= rows:
                return scene
        return cls(story, ascii=ascii, old=old)

    def _label_width(self) -> int:
        """The width of the widest contribution on a wire."""
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
        if self.old is not None:
            notes = [self._notes(self.story.frame(k), node) for k in moments]
            texts = [
                tuple(map("".join, zip_longest(*pair, fillvalue="")))
                for pair in zip(texts, notes, strict=True)
            ]
        margin = self.cards.margin
        rows = max(operands, 1, *map(len, texts)) + (margin > 1)
        lines = [text + " " * margin for lines in texts for text in lines]
        return Box.fitting([self.title(node)], lines, rows=rows, inputs=operands)

    def title(self, node: int) -> str:
        """The title in the border: a name, `a: ×`, in a scope `conv1/a: conv`, or nothing for an
        unnamed constant.
        """
        row = self.graph.nodes[node]
        label = self.story.labels.get(node, "")
        if row.op in (INPUT, CONSTANT):
            return label
        symbol = self.graph.symbol(node)
        titled = f"{label}: {symbol}" if label and label != symbol else symbol
        return self._plain(
            f"{within}/{titled}" if (within := layer_of(self.graph, node)) else titled
        )

    def _plain(self, text: str) -> str:
        return to_ascii(text) if self.ascii else text

    def _lines(self, frame: Frame, node: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The lines inside a box, and the role of each; a folded scope begins with what it is."""
        state = frame.node(node)
        about = self._about(node)
        values = self._number_lines(
            self.cards.heads[0], state.value, node, self.story.rules.hand.digits_of(node)
        )
        has_gradient = self.trace.gradients[node] is not None
        gradients = (
            self._number_lines(self.cards.heads[1], state.gradient, node) if has_gradient else []
        )
        if state.progress:
            gradients[-1] += f"  {state.progress}"
        roles = (PLAIN,) * len(about) + (VALUE,) * len(values) + (GRADIENT,) * len(gradients)
        margin = " " * self.cards.margin
        return tuple(margin + self._plain(t) for t in (*about, *values, *gradients)), roles

    def _about(self, node: int) -> list[str]:
        """How the scopes joined in a folded one differ, and its number of parameters."""
        options = self.graph.nodes[node].options
        count, sizes = options.get("parameters", 0), str(options.get("sizes", ""))
        learnt = f"{count:,} parameter{'s' * (count != 1)}" if count else ""
        return [line for line in (sizes, learnt) if line]

    def _number_lines(
        self, head: str, value: Any, node: int, digits: int | None = None
    ) -> list[str]:
        """A value in lines: one number, a small aligned grid, or shape and range."""
        shape = self.graph.nodes[node].shape or ()
        rows = shape[-2] if len(shape) > 1 and is_written_out(shape, "box") else 1
        if value is None:
            return [head + "·"] + [" " * len(head)] * (rows - 1)
        digits = digits or self.story.rules.digits
        if shape == () or not is_written_out(shape, "box"):
            return [head + briefly(self.trace.xp, value, "box", digits)]
        grid = [
            [number(v, digits) for v in row] for row in grid_rows(self.trace.xp.plain(value), shape)
        ]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in grid]
        return [(head if i == 0 else " " * len(head)) + line for i, line in enumerate(lines)]

    def _inline(self, contribution: Any) -> str:
        """A contribution as it stands on its wire; arrays and long numbers do not."""
        if contribution is None or tuple(self.trace.xp.shape(contribution)):
            return ""
        text = number(self.trace.xp.plain(contribution), self.story.rules.digits)
        return text if len(text) <= LABEL_WIDTH else ""

    def paint(self, frame: Frame, marked: Marked = _UNMARKED) -> Paint:
        """The boxes and labels of a frame on the layout.

        Boxes and labels are worked out when they are asked for.
        """
        active: dict[Wire, str] = {frame.edge: HOT} if frame.edge else {}
        if frame.phase == "forward" and frame.focus is not None:
            active = {
                (s, frame.focus, slot): HOT
                for slot, s in enumerate(self.graph.nodes[frame.focus].inputs)
            }
        backward = frame.phase in ("seed", "backward")
        labels = Labels(self, frame) if not self.compact and self.layout.label_width else {}
        flow: Flow = "backward" if backward else "forward"
        lit = {
            node: CHANGED for node in marked.changed if self.trace.known_since(node) <= frame.number
        }
        return Paint(Faces(self, frame, marked), active, labels, flow, lit, self._silent)

    @cached_property
    def _silent(self) -> frozenset[int]:
        """The nodes that receive no contribution: constants, labels, what nothing uses."""
        return frozenset(row.id for row in self.graph.nodes if not self.trace.uses(row.id))

    def canvas(self, frame: Frame) -> Canvas:
        """The picture of one frame."""
        return Canvas(self.layout, self.paint(frame))

    def face(self, frame: Frame, node: int, marked: Marked = _UNMARKED) -> Face:
        """The content of a box in a frame."""
        state = frame.node(node)
        role = HOT if node == frame.focus else QUIET if state.state == "unknown" else PLAIN
        if node in marked.changed and role == PLAIN:
            role = CHANGED
        title_role = SELECTED if node == marked.selected else ""
        mark = marked.sign if node in marked.broken else ""
        if self.compact:
            return Face(self.title(node), role=role, title_role=title_role)
        lines, roles = self._lines(frame, node)
        notes = self._notes(frame, node) if self.old is not None else ()
        return Face(
            self.title(node), lines, role, roles if role != QUIET else (), notes, title_role, mark
        )

    def _notes(self, frame: Frame, node: int) -> tuple[str, ...]:
        """The numbers before an edit, where they differ."""
        assert self.old is not None
        now, before = (
            frame.node(node),
            self.old.frame(min(frame.number, len(self.old.trace))).node(node),
        )
        pairs = [(now.value, before.value)]
        if self.trace.gradients[node] is not None:
            pairs.append((now.gradient, before.gradient))
        return tuple(self._note(a, b) for a, b in pairs)

    def _note(self, now: Any, before: Any) -> str:
        if now is None or before is None or self.trace.xp.shape(now) or self.trace.xp.shape(before):
            return ""
        texts = [number(self.trace.xp.plain(v), self.story.rules.digits) for v in (now, before)]
        fits = len(texts[1]) <= ROOMS["box"].longest
        return self._plain(f" was {texts[1]}") if texts[0] != texts[1] and fits else ""

    def changes(self, old: Frame, new: Frame) -> Changes | None:
        """The boxes and labels in which two frames may differ; None if there are too many."""
        first, last = sorted((old.number, new.number))
        if last - first > MANY_STEPS:
            return None
        boxes, labels = {f.focus: None for f in (old, new) if f.focus is not None}, []
        for k in range(first + 1, last + 1):
            step = self.trace.step(k)
            boxes[step.edge.source if step.edge else step.node] = None
            labels += [step.edge] if step.edge else []
        return Changes(tuple(boxes), labels)


class Faces(Mapping[int, Face]):
    """The boxes of one frame, each worked out when it is asked for."""

    def __init__(self, scene: CharacterScene, frame: Frame, marked: Marked) -> None:
        self._scene, self._frame, self._marked = scene, frame, marked
        self._made: dict[int, Face] = {}

    def __getitem__(self, node: int) -> Face:
        if node not in self._made:
            self._made[node] = self._scene.face(self._frame, node, self._marked)
        return self._made[node]

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return len(self._scene.graph.nodes)


class Labels(Mapping[Wire, str]):
    """The contributions on the wires of one frame, each worked out when it is asked for; those that
    are too long are empty.
    """

    def __init__(self, scene: CharacterScene, frame: Frame) -> None:
        self._scene, self._frame = scene, frame

    def __getitem__(self, wire: Wire) -> str:
        return self._scene._inline(self._frame.contribution(Edge(*wire)))

    def __iter__(self) -> Iterator[Wire]:
        return iter(self._scene.trace.recording.edges[: len(self)])

    def __len__(self) -> int:
        return max(0, self._frame.number - self._scene.trace.seed_step)
