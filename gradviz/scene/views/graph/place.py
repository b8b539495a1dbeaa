"""The graph of a picture: laid out once, then drawn for any frame."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Final

from gradviz.graph.graph import Edge, Graph
from gradviz.graph.graph import labels as labels_of
from gradviz.layout.cards import CHANNEL, CardLayout
from gradviz.layout.curves import Box, Curve, Point
from gradviz.layout.engines import Card, Wire
from gradviz.layout.rows import place_in_rows
from gradviz.scene.blocks import Block
from gradviz.scene.shapes import inset, joined, moved, straight
from gradviz.scene.views.graph import measure as forms
from gradviz.scene.views.graph import names
from gradviz.scene.views.graph.measure import Form
from gradviz.scene.views.graph.values import Figures, constants

OTHER_ENGINE: Final = "{} placed the graph, since the bundled layout engine cannot run: {}"
USUAL: Final = ("setting", "bundled")
"""Choices of engine that need no note: the one asked for, and the one that comes with gradviz."""


WIDEST: Final = 1848.0
"""A graph that would be wider is broken into rows: more does not fit on a slide of 1,920 pixels."""
AROUND: Final = 300.0
"""About the height of what stands above and below the graph of a frame."""


class PlacedGraph:
    """Where everything of a graph stands, in units from its own top left corner.

    forms     the measures of each node's card.
    axes      for each node where its card begins, at the height of its trunk.
    wires     for each edge its curve, from the end of the source's trunk to the outline of the
              gate.
    symbols   what stands in each gate.
    sheets    what stands on the card of each folded scope instead.
    names     the typst source and setting of each name.
    channel   the room for wires between columns.
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
    ) -> None:
        self.graph, self.figures, self.channel = graph, figures, channel
        self.labels = figures.story.labels if figures else labels_of(graph)
        self.notes: list[str] = []
        self.symbols = {n.id: graph.symbol(n.id) for n in graph.nodes if not n.is_leaf}
        self.sheets = {
            n.id: forms.sheet(n) for n in graph.nodes if not n.is_leaf and graph.op(n).hidden
        }
        self.names = names.settings(graph, self._shown_labels())
        self.constants = constants(graph, digits) if figures is None else {}
        self.forms = {n.id: self._form(n.id) for n in graph.nodes}
        layout = self._place({i: form.card for i, form in self.forms.items()}, engine)
        self.width, self.height = layout.width, layout.height
        self.engine = layout.engine.title if layout.engine else ""
        self.axes = {
            i: Point(box.x, box.y + self.forms[i].above) for i, box in layout.boxes.items()
        }
        self.branches = frozenset(i for i, edges in enumerate(graph.consumers) if len(edges) > 1)
        self.wires = {edge: self._wire(edge, layout.wires[_wire(edge)]) for edge in graph.edges}

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
            contributions = [figures.contribution(edge) for edge in edges]
        if row.is_leaf:
            return forms.of_leaf(name, values, gradients, notes)
        return forms.of_op(
            self.symbols[node], self.sheets.get(node), name, contributions, values, gradients, notes
        )

    def _place(self, cards: Mapping[int, Card], engine: str) -> CardLayout:
        """The layout; the use of another engine is noted."""
        layout = place_in_rows(
            cards,
            [_wire(edge) for edge in self.graph.edges],
            widest=WIDEST,
            around=AROUND if self.figures else 0.0,
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
        there.axes = {i: Point(axis.x + x, axis.y + y) for i, axis in self.axes.items()}
        there.wires = {edge: moved(curve, x, y) for edge, curve in self.wires.items()}
        return there

    def card(self, node: int) -> Box:
        """The card of a node, which contains all of it except its wires."""
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
