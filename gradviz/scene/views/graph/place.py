"""The graph of a picture: laid out once, then drawn for any frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Final

from gradviz.arrays.digits import DIGITS
from gradviz.graph.graph import Edge, Graph
from gradviz.graph.graph import labels as labels_of
from gradviz.layout.apart import crossings
from gradviz.layout.cards import CHANNEL, CardLayout
from gradviz.layout.curves import Box, Curve, Point
from gradviz.layout.engines import Card, Wire
from gradviz.layout.rows import ENOUGH, PLACED, Room, late_columns, place_in_rows
from gradviz.scene.blocks import NUMBER, Block
from gradviz.scene.shapes import inset, joined, moved, straight
from gradviz.scene.views.graph import measure as forms
from gradviz.scene.views.graph import names
from gradviz.scene.views.graph.gates import Constants, readings
from gradviz.scene.views.graph.measure import Form
from gradviz.scene.views.graph.values import Figures
from gradviz.scene.views.graph.values import constants as numbers_of
from gradviz.story.frame import Story

FEWER: Final = DIGITS - 1
OTHER_ENGINE: Final = "{} placed the graph, since the bundled layout engine cannot run: {}"
USUAL: Final = ("setting", "bundled")
"""Choices of engine that need no note: the one asked for, and the one that comes with gradviz."""


SLIDE: Final = Room(908.0, 400.0, NUMBER)
"""The room on a slide, where the page does not say."""


class PlacedGraph:
    """Where everything of a graph stands, in units from its own top left corner.

    forms     the measures of each node's card.
    axes      for each node where its card begins, at the height of its trunk.
    forks     for each value with several wires where these part.
    wires     for each edge its curve, from the end of the source's trunk to the outline of the
              gate.
    symbols   what stands in each gate.
    sheets    what stands on the card of each folded scope instead.
    names     the typst source and setting of each name.
    tags      for each edge that leaves a tag, a second card of its source, the key of its card.
    readings  how a gate reads that has a constant in it.
    host      for each node without a card of its own the op in whose gate it stands.
    channel   the room for wires between columns.
    rows      the row of each card, if there are several.
    notes     what a user should be told about the layout.
    engine    the layout engine that placed it, by name and version.
    """

    def __init__(
        self,
        graph: Graph,
        figures: Figures | None,
        engine: str,
        digits: int,
        *,
        channel: float = CHANNEL,
        constants: Constants = "gates",
        room: Room = SLIDE,
        tagged: Collection[Edge] = (),
    ) -> None:
        self.graph, self.figures, self.channel, self.room = graph, figures, channel, room
        self.labels = figures.story.labels if figures else labels_of(graph)
        self.notes: list[str] = []
        self.symbols = {n.id: graph.symbol(n.id) for n in graph.nodes if not n.is_leaf}
        self.sheets = {
            n.id: forms.sheet(n) for n in graph.nodes if not n.is_leaf and graph.op(n).hidden
        }
        self.names = names.settings(graph, self._shown_labels())
        self.constants = numbers_of(graph, digits) if figures is None else {}
        block = self.constants.__getitem__ if figures is None else figures.value
        self.readings = readings(graph, block) if constants == "gates" else {}
        self.host = {i: op for op, reading in self.readings.items() for i in reading.nodes}
        self.drawn = [n.id for n in graph.nodes if n.id not in self.host]
        self.edges = [edge for edge in graph.edges if not {edge.source, edge.target} & {*self.host}]
        first = len(graph.nodes)
        self.tags = {edge: first + i for i, edge in enumerate(sorted(tagged))}
        self.forms = {i: self._form(i) for i in self.drawn}
        self.forms |= {tag: self._tag(edge) for edge, tag in self.tags.items()}
        layout = self._place({i: form.card for i, form in self.forms.items()}, engine)
        self.width, self.height = layout.width, layout.height
        self.engine = layout.engine.title if layout.engine else ""
        self.axes = {
            i: Point(box.x, box.y + self.forms[i].above) for i, box in layout.boxes.items()
        }
        self.forks, self.rows = layout.forks, layout.rows
        self.wires = {edge: self._wire(edge, layout.wires[self._ends(edge)]) for edge in self.edges}

    @cached_property
    def crossings(self) -> dict[Edge, Sequence[Curve]]:
        """For each edge the pieces of its wire where it crosses those of other values."""
        found = crossings({_wire(edge): curve for edge, curve in self.wires.items()})
        return {edge: found.get(_wire(edge), ()) for edge in self.edges}

    def _shown_labels(self) -> dict[int, str]:
        """The labels, except those that already stand on the card of a folded scope."""
        return {
            i: label
            for i, label in self.labels.items()
            if i not in self.sheets or label != self.symbols[i]
        }

    def _form(self, node: int) -> Form:
        row, figures = self.graph.nodes[node], self.figures
        name = self.names[node][1] if node in self.names else None
        values: list[Block] = [self.constants[node]] if node in self.constants else []
        gradients: list[Block] = []
        notes: list[str] = []
        contributions: list[Block | None] = [None] * len(row.inputs)
        if figures is not None:
            values, gradients, notes = (
                [figures.value(node)],
                figures.gradients(node),
                figures.notes(node),
            )
            edges = [Edge(source, node, slot) for slot, source in enumerate(row.inputs)]
            contributions = [
                None if edge in self.tags else figures.contribution(edge) for edge in edges
            ]
        if row.is_leaf:
            return forms.of_leaf(name, values, gradients, notes)
        return forms.of_op(
            self.readings.get(node, self.symbols[node]),
            self.sheets.get(node),
            name,
            contributions,
            values,
            gradients,
            notes,
        )

    def _tag(self, edge: Edge) -> Form:
        """The form of a tag: the name of what is used, and what this use brings back."""
        block = self.figures.contribution(edge) if self.figures else None
        name = self.names[edge.source][1]
        return forms.of_leaf(name, [], [block] if block else [], [], forms.TAG)

    def _ends(self, edge: Edge) -> Wire:
        """The ends of an edge's wire."""
        return _wire(edge._replace(source=self.tags.get(edge, edge.source)))

    @property
    def points(self) -> float:
        """The size of the numbers in the room, in points."""
        return self.room.points(self.width, self.height)

    def _place(self, cards: Mapping[int, Card], engine: str) -> CardLayout:
        """The layout; the use of another engine is noted."""
        layout = place_in_rows(
            cards,
            [self._ends(edge) for edge in self.edges],
            room=self.room,
            scopes={i: self.graph.nodes[i].scope for i in self.drawn},
            engine=engine,
            channel=self.channel,
        )
        used = layout.engine
        if engine == "auto" and used is not None and used.name not in USUAL:
            why = "; ".join(layout.failed) or "it is not installed"
            self.notes.append(OTHER_ENGINE.format(used.title, why))
        return layout

    def _wire(self, edge: Edge, curve: Curve) -> Curve:
        form = self.forms[edge.target]
        end = curve[-1]
        width, height = form.gate
        gate = self.axes[edge.target].x + form.left + (form.middle - width) / 2
        deep = inset(form.ports[edge.slot], height / 2, form.radius)
        return joined(curve, straight(end.x, end.y, gate + deep, end.y))

    def at(self, x: float, y: float) -> PlacedGraph:
        """The same with its top left corner at (x, y)."""
        there = copy(self)
        vars(there).pop("crossings", None)
        there.forks = {
            i: [Point(p.x + x, p.y + y) for p in points] for i, points in self.forks.items()
        }
        there.axes = {i: Point(axis.x + x, axis.y + y) for i, axis in self.axes.items()}
        there.wires = {edge: moved(curve, x, y) for edge, curve in self.wires.items()}
        return there

    def card(self, node: int) -> Box:
        """The card of a node, which contains all of it except its wires; of a constant in a gate
        the card of its op.
        """
        node = self.host.get(node, node)
        form, axis = self.forms[node], self.axes[node]
        return Box(axis.x, axis.y - form.above, form.card.width, form.card.height)

    def gate_middle(self, node: int) -> float:
        """The x of the middle of a node's gate."""
        form = self.forms[node]
        return self.axes[node].x + form.left + form.middle / 2

    def trunk(self, node: int) -> tuple[float, float]:
        """Where a node's trunk begins and ends."""
        form, x = self.forms[node], self.axes[node].x
        gate_end = form.left + (form.middle + form.gate[0]) / 2
        return x + gate_end, x + form.left + form.middle + form.trunk

    def trunk_middle(self, node: int) -> float:
        """The x about which a node's value and gradient stand."""
        form = self.forms[node]
        return self.axes[node].x + form.left + form.middle + form.trunk / 2


def _wire(edge: Edge) -> Wire:
    return edge.source, edge.target, edge.slot


APART: Final = 3
"""A use so many columns after the first may be fed from a tag."""
GAIN: Final = 1.1
"""Tags are drawn where they make a picture this much larger."""


def place(
    graph: Graph,
    story: Story | None,
    *,
    engine: str = "auto",
    digits: int = DIGITS,
    images: Collection[int] = (),
    constants: Constants = "gates",
    room: Room = SLIDE,
) -> PlacedGraph:
    """A graph as large as the room allows.

    Where its numbers stay smaller than ENOUGH, inputs are drawn again as tags beside far uses, and
    numbers have three digits instead of four if that is what it takes.
    """

    def placed(tagged: Collection[Edge], digits: int) -> PlacedGraph:
        figures = Figures(story, images, digits) if story else None
        return PlacedGraph(
            graph, figures, engine, digits, constants=constants, room=room, tagged=tagged
        )

    large = len(graph.nodes) > PLACED
    tagged = _far(graph) if large else frozenset[Edge]()
    best = placed(tagged, digits)
    if best.points >= ENOUGH or large:
        return best
    for _ in range(2):
        tagged = tagged | (_far(graph) if not tagged else _torn(best))
        if tagged <= best.tags.keys():
            break
        other = placed(tagged, digits)
        if other.points < GAIN * best.points:
            break
        best = other
    if digits == DIGITS and story is not None and best.points < ENOUGH:
        fewer = placed([*best.tags], FEWER)
        best = fewer if fewer.points >= ENOUGH else best
    return best


def _far(graph: Graph) -> frozenset[Edge]:
    """The uses of inputs that are far from the first."""
    wires = [(edge.source, edge.target, edge.slot) for edge in graph.edges]
    column = late_columns(range(len(graph.nodes)), wires)
    return frozenset(
        edge
        for edge in graph.edges
        if graph.nodes[edge.source].is_leaf
        and graph.nodes[edge.source].name
        and column[edge.target] >= column[edge.source] + APART
    )


def _torn(placed: PlacedGraph) -> frozenset[Edge]:
    """The uses of inputs that stand in another row."""
    nodes, rows = placed.graph.nodes, placed.rows
    return frozenset(
        edge
        for edge in placed.edges
        if rows and nodes[edge.source].is_leaf and rows[edge.source] != rows[edge.target]
    )
