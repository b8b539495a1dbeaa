"""The graph of a picture: laid out once, then drawn for any frame."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

from gradviz.arrays.digits import DIGITS
from gradviz.graph.graph import Edge, Graph
from gradviz.graph.graph import labels as labels_of
from gradviz.graph.window import Window
from gradviz.layout.apart import crossings
from gradviz.layout.cards import CHANNEL, CardLayout, check_count
from gradviz.layout.curves import Box, Curve, Point
from gradviz.layout.engines import Card, Wire
from gradviz.layout.nested import place_nested
from gradviz.layout.rows import PLACED, Room, late_columns, wanted
from gradviz.scene.blocks import NUMBER, Block
from gradviz.scene.shapes import inset, joined, moved, straight
from gradviz.scene.typeset import Setting
from gradviz.scene.views.graph import measure as forms
from gradviz.scene.views.graph import names
from gradviz.scene.views.graph.gates import Constants, readings
from gradviz.scene.views.graph.measure import Form
from gradviz.scene.views.graph.notes import Notes
from gradviz.scene.views.graph.scopes import Scopes, alike
from gradviz.scene.views.graph.strip import Entry, Strip, all_notes
from gradviz.scene.views.graph.values import Figures
from gradviz.scene.views.graph.values import constants as numbers_of
from gradviz.story.languages import say

NONE: Final[Notes] = {}
Boxed = Literal["none", "inner", "all"]
"""Which scopes have boxes: none, those that contain no other, or all."""
FEWER: Final = DIGITS - 1
OTHER_ENGINE: Final = "{} placed the graph, since the bundled layout engine cannot run: {}"
USUAL: Final = ("setting", "bundled")
"""Choices of engine that need no note: the one asked for, and the one that comes with gradviz."""


MOST_STUBS: Final = 2
"""Of a value with more uses outside a window only their number is drawn."""


@dataclass(frozen=True, slots=True)
class Stub:
    """A wire that leads out of a window, to one use of a value, or to so many."""

    source: int
    edge: Edge | None
    uses: int = 1

    @property
    def words(self) -> str:
        """What stands at its end, before the name of the one that uses it."""
        return "…" if self.edge else say("… {uses} uses", uses=f"{self.uses:,}")


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
    scopes    which scopes have a box, and what stands in each.
    frames    the box of each scope.
    strip     the values that several scopes use, which have no card of their own.
    swapped   the gates at which the two wires arrive in the other order.
    stubs     what leads out of a window, by the key of its card.
    words     the lines of the user's own below nodes.
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
        window: Window | None = None,
        words: Notes = NONE,
        boxed: Boxed = "none",
        swaps: bool = False,
    ) -> None:
        self.graph, self.figures, self.channel, self.room = graph, figures, channel, room
        self.window, self.words, self._swaps = window, words, swaps
        shown = [*range(len(graph.args))] if window is None else sorted(window.nodes)
        rows = [graph.nodes[i] for i in shown]
        self.labels = figures.story.labels if figures else labels_of(graph)
        self.notes: list[str] = []
        self.symbols = {n.id: graph.symbol(n.id) for n in rows if not n.is_leaf}
        self.constants = numbers_of(graph, digits) if figures is None else {}
        block = self.constants.__getitem__ if figures is None else figures.value
        self.readings = readings(graph, block, shown) if constants == "gates" else {}
        self.host = {i: op for op, reading in self.readings.items() for i in reading.nodes}
        own, coming = (window.inside, window.coming) if window else (graph.edges, ())
        self.coming = frozenset(self._apart(coming))
        self.edges = self._apart([*own, *coming])
        drawn = [i for i in shown if i not in self.host]
        self.scopes = Scopes(graph, drawn, self._apart(own), boxed == "inner")
        if boxed == "none":
            self.scopes = Scopes(graph, (), ())
        self.sheets = {
            n.id: forms.sheet(n, self.scopes.within(n.id, n.options["title"]))
            for n in rows
            if not n.is_leaf and graph.op(n).hidden
        }
        self.shared = self.scopes.shared
        self.drawn = [i for i in drawn if i not in self.shared]
        again = {*tagged, *self.coming, *(e for e in self.edges if e.source in self.shared)}
        self.tags = dict(zip(sorted(again), itertools.count(len(graph.args))))
        self.stubs = self._stubs(len(graph.args) + len(self.tags))
        check_count(len(self.drawn) + len(self.tags) + len(self.stubs))
        self.names = names.settings(self._shown_labels())
        self.forms = {i: self._form(i) for i in self.drawn}
        self.forms |= {tag: self._tag(edge) for edge, tag in self.tags.items()}
        self.forms |= {key: self._stub(stub) for key, stub in self.stubs.items()}
        self._make_alike()
        entries = [self._entry(node) for node in sorted(self.shared)]
        layout = self._place(engine, Strip(entries, self._heading, math.inf).height)
        self.strip = Strip(entries, self._heading, layout.width)
        self.corner = Point(0.0, 0.0)
        self.engine = layout.engine.title if layout.engine else ""
        self.rows, self.swapped, self.frames = layout.rows, layout.swapped, layout.scopes
        self.axes = {
            i: Point(box.x, box.y + self.forms[i].above) for i, box in layout.boxes.items()
        }
        self.forks = layout.forks
        self.wires = {edge: self._wire(edge, layout.wires[self._ends(edge)]) for edge in self.edges}
        self.stub_wires = {
            key: self._onto_stub(key, layout.wires[stub.source, key, 0])
            for key, stub in self.stubs.items()
        }
        self.width = max(layout.width, self.strip.width)
        self.height = layout.height + self.strip.height
        self._move((self.width - layout.width) / 2, self.strip.height)

    @cached_property
    def crossings(self) -> dict[Edge, Sequence[Curve]]:
        """For each edge the pieces of its wire where it crosses those of other values."""
        found = crossings({_wire(edge): curve for edge, curve in self.wires.items()})
        return {edge: found.get(_wire(edge), ()) for edge in self.edges}

    def _apart(self, edges: Iterable[Edge]) -> list[Edge]:
        """The edges without those of constants in gates."""
        return [e for e in edges if e.source not in self.host and e.target not in self.host]

    def _stubs(self, first: int) -> dict[int, Stub]:
        """The stubs of a window: one for each use outside, or one for all where these are many."""
        leaving = self.window.leaving if self.window else {}
        found = [
            stub
            for source, edges in leaving.items()
            if source not in self.host
            for stub in (
                [Stub(source, edge) for edge in edges]
                if len(edges) <= MOST_STUBS
                else [Stub(source, None, len(edges))]
            )
        ]
        return dict(enumerate(found, first))

    def _shown_labels(self) -> dict[int, str]:
        """The labels, except those that already stand on the card of a folded scope."""
        named = [*self.drawn, *(edge.source for edge in self.tags)]
        named += [stub.edge.target for stub in self.stubs.values() if stub.edge]
        return {
            i: self.labels[i]
            for i in dict.fromkeys(named)
            if i in self.labels and (i not in self.sheets or self.labels[i] != self.symbols[i])
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
                figures.values(node),
                figures.gradients(node),
                figures.notes(node),
            )
            edges = [Edge(source, node, slot) for slot, source in enumerate(row.inputs)]
            contributions = [
                None if edge in self.tags else figures.contribution(edge) for edge in edges
            ]
        if row.is_leaf:
            return forms.of_leaf(name, values, gradients, notes, words=self.words.get(node, ()))
        return forms.of_op(
            self.readings.get(node, self.symbols[node]),
            self.sheets.get(node),
            name,
            contributions,
            values,
            gradients,
            notes,
            self.words.get(node, ()),
            self._may_swap(node),
        )

    def _may_swap(self, node: int) -> bool:
        """Whether the two wires of a gate may arrive in either order."""
        row = self.graph.nodes[node]
        is_gate = not row.is_leaf and node not in self.readings and node not in self.sheets
        return self._swaps and is_gate and self.graph.op(row).commutes and len(row.inputs) == 2

    def port(self, edge: Edge) -> float:
        """How far below the axis of its gate a wire arrives."""
        ports = self.forms[edge.target].ports
        return ports[1 - edge.slot if edge.target in self.swapped else edge.slot]

    def _make_alike(self) -> None:
        """Give the cards of scopes that are alike the same measures: then they are placed alike."""
        for group in self.scopes.kin:
            for keys in zip(*map(self._keys, group), strict=True):
                if len({key for key in keys if key is not None}) == len(group) > 1:
                    form = alike([self.forms[key] for key in keys if key is not None])
                    self.forms |= {key: form for key in keys if key is not None}

    def _keys(self, path: str) -> list[int | None]:
        """The cards of a box in an order that is the same for all boxes alike; None in the place of
        a wire from elsewhere.
        """
        keys: list[int | None] = [*self.scopes.ops[path]]
        for edge in self.scopes.operands(path):
            own = self.scopes.homes.get(edge.source) == path and edge.source in self.forms
            keys.append(self.tags.get(edge, edge.source if own else None))
        return keys

    def _entry(self, node: int) -> Entry:
        """The entry of a shared value in the strip."""
        figures = self.figures
        if figures is None:
            values = [self.constants[node]] if node in self.constants else []
            return Entry(node, self.names[node][1], values, [], [])
        values, gradients = [figures.value(node)], figures.gradients(node)
        return Entry(node, self.names[node][1], values, gradients, all_notes(figures, node))

    @property
    def _heading(self) -> str:
        """What stands before the entries of the strip."""
        if not self.shared:
            return ""
        everywhere = self.scopes.everywhere(self.shared)
        return say("used in all" if everywhere else "used in several")

    def _tag(self, edge: Edge) -> Form:
        """The form of a tag: the name of what is used, and what this use brings back."""
        block = self.brought(edge)
        name = self.names[edge.source][1] if edge.source in self.names else None
        values = [self.figures.value(edge.source)] if self.figures and self.says(edge) else []
        return forms.of_leaf(name, values, [block] if block else [], [], forms.TAG)

    def says(self, edge: Edge) -> bool:
        """Whether the tag of an edge shows a value: that of a shared one, or from outside."""
        return edge in self.coming or edge.source in self.shared

    def _stub(self, stub: Stub) -> Form:
        """The form of a wire that leads out of the window."""
        block = self.brought(stub.edge) if stub.edge else None
        return forms.of_stub(self.stub_name(stub), block, stub.words)

    def stub_name(self, stub: Stub) -> Setting | None:
        """The setting of the name of what uses a value outside the window."""
        named = stub.edge is not None and stub.edge.target in self.names
        return self.names[stub.edge.target][1] if stub.edge and named else None

    def brought(self, edge: Edge) -> Block | None:
        """What an edge brings back, where it is drawn: at branches, and to what is outside."""
        return self.figures.contribution(edge, edge in self.coming) if self.figures else None

    def _ends(self, edge: Edge) -> Wire:
        """The ends of an edge's wire."""
        return _wire(edge._replace(source=self.tags.get(edge, edge.source)))

    @property
    def has_wide_notes(self) -> bool:
        """Whether brief notes would make the picture smaller."""
        figures = self.figures
        return figures is not None and any(map(figures.has_wide_note, self.drawn))

    @property
    def is_large_enough(self) -> bool:
        """Whether the numbers are as large as they should be in a picture of so many cards."""
        return self.points >= wanted(form.card for form in self.forms.values())

    @property
    def points(self) -> float:
        """The size of the numbers in the room, in points."""
        return self.room.points(self.width, self.height)

    def _card(self, key: int) -> Card:
        card = self.forms[key].card
        is_op = key < len(self.graph.args)
        return replace(card, swaps=True) if is_op and self._may_swap(key) else card

    def _place(self, engine: str, above: float) -> CardLayout:
        """The layout, with so much above it; the use of another engine is noted."""
        homes = dict(self.scopes.homes)
        homes |= {tag: homes.get(edge.target, "") for edge, tag in self.tags.items()}
        layout = place_nested(
            {key: self._card(key) for key in self.forms},
            [
                *(self._ends(edge) for edge in self.edges),
                *((stub.source, key, 0) for key, stub in self.stubs.items()),
            ],
            homes,
            self.scopes.widths,
            room=self.room._replace(above=above),
            engine=engine,
            channel=self.channel,
            stubs=self.stubs,
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
        deep = inset(self.port(edge), height / 2, form.radius)
        return joined(curve, straight(end.x, end.y, gate + deep, end.y))

    def _onto_stub(self, key: int, curve: Curve) -> Curve:
        end = curve[-1]
        return joined(curve, straight(end.x, end.y, end.x + self.forms[key].left, end.y))

    def at(self, x: float, y: float) -> PlacedGraph:
        """The same with its top left corner at (x, y)."""
        there = copy(self)
        vars(there).pop("crossings", None)
        there._move(x, y)
        there.corner = Point(self.corner.x + x, self.corner.y + y)
        return there

    def _move(self, x: float, y: float) -> None:
        """Move all but the strip."""
        self.forks = {i: moved(tuple(points), x, y) for i, points in self.forks.items()}
        self.axes = {i: Point(axis.x + x, axis.y + y) for i, axis in self.axes.items()}
        self.wires = {edge: moved(curve, x, y) for edge, curve in self.wires.items()}
        self.stub_wires = {key: moved(curve, x, y) for key, curve in self.stub_wires.items()}
        self.frames = {path: Box(b.x + x, b.y + y, b.w, b.h) for path, b in self.frames.items()}

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
ENOUGH: Final = 14.0
"""The points from which numbers can be read from the back row."""
SMALL: Final = 10.0
LARGER: Final = 1.08
MUCH_LARGER: Final = 1.2
"""Numbers have a digit less where that makes them so many times as large, small ones and others."""
UNBOXED: Final = 1.3
"""Boxes of scopes are left out where that makes it this much larger."""
FEWER_BOXES: Final[tuple[Boxed, ...]] = ("inner", "none")
UNREADABLE: Final = 7.0
"""Boxes are left out only where numbers are smaller: outer boxes before inner ones."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What makes a picture smaller, so that it can be drawn larger: fewer digits, inputs drawn
    again as tags, fewer boxes, brief notes.
    """

    digits: int
    tagged: frozenset[Edge] = frozenset()
    boxed: Boxed = "all"
    brief: bool = False


def place(
    graph: Graph,
    story: Any,
    *,
    engine: str = "auto",
    digits: int = DIGITS,
    images: Collection[int] = (),
    constants: Constants = "gates",
    room: Room = SLIDE,
    window: Window | None = None,
    words: Notes = NONE,
    figures: Callable[[Any, Collection[int], int, bool], Any] = Figures,
) -> PlacedGraph:
    """A graph, or a window of it, as large as the room allows.

    figures  makes the blocks of the story.

    Where its numbers stay smaller than they should be in a picture of so many cards, notes are
    brief, inputs are drawn again as tags beside far uses, and numbers have three digits instead of
    four if that is what it takes, or if it makes them clearly larger.
    """

    def placed(saving: Saving) -> PlacedGraph:
        return PlacedGraph(
            graph,
            figures(story, images, saving.digits, saving.brief) if story else None,
            engine,
            saving.digits,
            constants=constants,
            room=room,
            tagged=saving.tagged,
            window=window,
            words=words,
            boxed=saving.boxed,
            swaps=True,
        )

    nodes = range(len(graph.args)) if window is None else window.nodes
    edges = graph.edges if window is None else window.inside
    far = far_uses(graph, nodes, edges)
    if len(nodes) > PLACED:
        return _unboxed(placed, Saving(digits, far))[0]
    best, saving = _unboxed(placed, Saving(digits))
    if not best.is_large_enough and best.has_wide_notes:
        other = placed(replace(saving, brief=True))
        if other.points > best.points:
            best, saving = other, replace(saving, brief=True)
    best, saving = _tagged(placed, best, saving, far)
    if digits == DIGITS and story is not None and not best.is_large_enough:
        brief = saving.brief or best.has_wide_notes
        other = placed(replace(saving, digits=FEWER, brief=brief))
        gain = LARGER if best.points < SMALL else MUCH_LARGER
        gains = other.points >= gain * best.points
        if other.is_large_enough or best.points < ENOUGH <= other.points or gains:
            return other
    return best


Placing = Callable[[Saving], PlacedGraph]


def _unboxed(placed: Placing, saving: Saving) -> tuple[PlacedGraph, Saving]:
    """The graph with its boxes, or with fewer where that makes it much larger."""
    best = placed(saving)
    for fewer in FEWER_BOXES:
        if best.points >= UNREADABLE or not best.frames:
            break
        other = placed(replace(saving, boxed=fewer))
        if other.points >= UNBOXED * best.points:
            best, saving = other, replace(saving, boxed=fewer)
    return best, saving


def _tagged(
    placed: Placing, best: PlacedGraph, saving: Saving, far: frozenset[Edge]
) -> tuple[PlacedGraph, Saving]:
    """The graph with tags, first at far uses and then at those in other rows, where it gains."""
    for _ in range(2):
        tagged = saving.tagged | (far if not saving.tagged else _torn(best))
        if best.is_large_enough or tagged <= best.tags.keys():
            break
        other = placed(replace(saving, tagged=tagged))
        if other.points < GAIN * best.points:
            break
        best, saving = other, replace(saving, tagged=frozenset(other.tags))
    return best, saving


def far_uses(graph: Graph, nodes: Collection[int], edges: Sequence[Edge]) -> frozenset[Edge]:
    """The uses of inputs far from the first, among some nodes and the edges between them."""
    column = late_columns(nodes, [_wire(edge) for edge in edges])
    return frozenset(
        edge
        for edge in edges
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
        if rows
        and nodes[edge.source].is_leaf
        and edge.source not in placed.shared
        and rows[edge.source] != rows[edge.target]
    )
