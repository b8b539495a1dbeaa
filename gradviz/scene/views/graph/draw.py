"""Drawing a placed graph at a frame: wires, gates, numbers, and the parts highlighted in a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from gradviz.fonts import Weight
from gradviz.graph.fold.groups import around
from gradviz.graph.graph import Edge
from gradviz.layout import text
from gradviz.layout.curves import Box, Curve, Point, rounded
from gradviz.scene.blocks import SMALL, Block, wide
from gradviz.scene.describe import description, title
from gradviz.scene.hidden import Hidden, blank
from gradviz.scene.model import Anchor, Circle, Item, Maths, Path, Polygon, Rect, Scene, Text
from gradviz.scene.shapes import joined, straight, with_arrow
from gradviz.scene.typeset import SIZE
from gradviz.scene.views.graph import measure as forms
from gradviz.scene.views.graph import strip as strips
from gradviz.scene.views.graph.gates import LIFT, WORD
from gradviz.scene.views.graph.magnitudes import Magnitudes
from gradviz.scene.views.graph.notes import LEADING
from gradviz.scene.views.graph.place import PlacedGraph
from gradviz.scene.views.graph.rings import local_value
from gradviz.scene.views.graph.scopes import TITLE
from gradviz.scene.views.graph.strip import HEADING, Entry
from gradviz.story.formulas import Rules
from gradviz.story.frame import Frame, NodeState

DOT = 3.4
THICK = 3.0
"""A wire that is thicker than this stays so when it is hot."""
ROUND = 8.0
"""The radius of a scope's box."""
GAP = (14.0, 5.0)
"""How far from the corner the gap for a title begins, and its room on each side of the title."""
MEDIUM: Weight = "medium"
BOLD: Weight = "bold"
MIDDLES = dict.fromkeys("+−×÷<>=≥≤≠", 0.286) | {"^": 0.552, "@": 0.255, "·": 0.318}
"""How far the ink's middle is above the baseline, for signs, as a share of the size."""


@dataclass
class Layers:
    """Items in drawing order: boxes of scopes, wires, the hot path, gates, then all text."""

    boxes: list[Item] = field(default_factory=list)
    wires: list[Item] = field(default_factory=list)
    hot: list[Item] = field(default_factory=list)
    gates: list[Item] = field(default_factory=list)
    texts: list[Item] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        """All items in drawing order."""
        return [*self.boxes, *self.wires, *self.hot, *self.gates, *self.texts]


class GraphDrawing:
    """One frame of a placed graph; without a frame the bare graph.

    hidden  numbers that are left out; with a gradient what edges bring to it after the step `seen`.
    lit     edges along which the gradient is told.
    """

    def __init__(
        self,
        placed: PlacedGraph,
        frame: Frame | None,
        magnitudes: Magnitudes | None = None,
        hidden: Hidden = frozenset(),
        lit: Collection[Edge] = (),
        seen: int = 0,
    ) -> None:
        self.placed, self.graph, self.frame, self.magnitudes = (
            placed,
            placed.graph,
            frame,
            magnitudes,
        )
        self.layers, self.hidden, self.lit, self.seen = Layers(), hidden, lit, seen
        self.passed = {node for edge in lit for node in (edge.source, edge.target)}
        step = frame.step if frame else None
        self.phase = frame.phase if frame else "start"
        self._number = frame.number if frame else 0
        self.hot_edge = step.edge if step else None
        self.receiver = self.hot_edge.source if self.hot_edge else None
        self.focus = frame.focus if frame else None
        inside = step is not None and step.update is not None and step.update.hidden is not None
        writes = self.phase == "forward" or (self.phase == "update" and not inside)
        self.written = self.focus if writes else None
        self.ringed_gradient = self.focus if self.hot_edge else None
        self.ringed_value = self._ringed()

    def items(self) -> list[Item]:
        """All items, in drawing order, from the graph's own top left corner."""
        for node in self.placed.drawn:
            state = self.frame.node(node) if self.frame else None
            self._trunk(node)
            if not self.graph.nodes[node].is_leaf:
                self._gate(node)
            self._name(node)
            self._numbers(node, state)
        for edge in self.placed.edges:
            self._edge(edge)
        for key in self.placed.stubs:
            self._stub(key)
        self._scopes()
        self._strip()
        return self.layers.items

    def _ringed(self) -> int | None:
        """The node whose value the step at work uses as its local gradient."""
        step = self.frame.step if self.frame else None
        return local_value(_rules(self.frame), step) if self.frame and step and step.edge else None

    def _known(self, node: int) -> bool:
        return self.frame is None or self.frame.trace.known_since(node) <= self.frame.number

    def _edge(self, edge: Edge) -> None:
        key, curve, layers = (
            f"edge-{edge.source}-{edge.target}-{edge.slot}",
            self.placed.wires[edge],
            self.layers,
        )
        start = self.placed.tags.get(edge, edge.source)
        if start != edge.source:
            self._tag(edge, start)
        role, width = "wire" if self._known(edge.source) else "wire quiet", self._thickness(edge)
        backward = edge == self.hot_edge
        if edge in self.lit:
            layers.hot.append(Path(f"{key}-lit", "wire hot", curve))
        cased = self.placed.crossings[edge]
        layers.wires += [Path(f"{key}-casing-{i}", "casing", c) for i, c in enumerate(cased)]
        layers.wires.append(Path(f"{key}-wire", role, curve, None if backward else width))
        if backward or (self.phase == "forward" and edge.target == self.focus):
            trunk = self._line(start)
            parts = any(math.dist(trunk[-1], p) < 1 for p in self.placed.forks.get(start, ()))
            if not backward and not parts:
                curve = joined(trunk, curve)
            gap = DOT if backward and parts else 0.0
            path, head = with_arrow(tuple(reversed(curve)) if backward else curve, gap)
            thick = width if width and width > THICK else None
            over = [Path(f"{key}-hot-casing-{i}", "casing hot", c) for i, c in enumerate(cased)]
            layers.hot += [
                *over,
                Path(f"{key}-hot", "wire hot", path, thick),
                Polygon(f"{key}-arrow", "arrow", head),
            ]
        figures, frame = self.placed.figures, self.frame
        if frame is None or figures is None or frame.contribution(edge) is None:
            return
        block = self.placed.brought(edge)
        if block is None or self._hides(edge):
            return
        role, weight = ("hot", BOLD) if backward else ("gradient", MEDIUM)
        if start != edge.source:
            x, top = self.placed.trunk_middle(start), self.placed.axes[start].y + forms.CLEAR
            layers.texts += block.draw(f"{key}-contribution", role, weight, x, top)
            return
        form, axis = self.placed.forms[edge.target], self.placed.axes[edge.target]
        port = axis.y + self.placed.port(edge)
        hangs = forms.hangs(form.ports, self.placed.port(edge))
        top = port + forms.OVER if hangs else port - forms.OVER - block.height
        layers.texts += block.draw(
            f"{key}-contribution", role, weight, axis.x + form.left / 2 - 2, top
        )

    def _tag(self, edge: Edge, tag: int) -> None:
        """The name of an input beside a far use, or of a value from outside the window with the
        value, and the wire that it begins.
        """
        key, axis = f"edge-{edge.source}-{edge.target}-{edge.slot}", self.placed.axes[tag]
        known = self._known(edge.source)
        if edge.source in self.placed.names:
            self._small_name(f"{key}-tag", edge.source, axis.x, axis.y)
        self.layers.wires.append(
            Path(f"{key}-trunk", "wire" if known else "wire quiet", self._line(tag))
        )
        figures = self.placed.figures
        if self.placed.says(edge) and figures is not None and known:
            block, x = figures.value(edge.source), self.placed.trunk_middle(tag)
            step = self.frame.step if self.frame else None
            at_work = step is not None and step.node == edge.target
            self._value_of(f"{key}-tag", edge.source, block, "value", x, axis.y, at_work)

    def _small_name(self, key: str, node: int, x: float, y: float) -> None:
        """The name of a node where it has no card."""
        source, setting = self.placed.names[node]
        size = forms.name_size(setting, forms.TAG)
        scale = size / SIZE
        top = y + forms.name_baseline(size) - setting.baseline * scale
        self.layers.texts.append(Maths(key, "muted", x, top, source, setting, scale))

    def _stub(self, card: int) -> None:
        """A wire that leads out of the window, what it brings back, and to what it leads."""
        stub, form, axis = (
            self.placed.stubs[card],
            self.placed.forms[card],
            self.placed.axes[card],
        )
        key = f"stub-{card}"
        role = "wire" if self._known(stub.source) else "wire quiet"
        self.layers.wires.append(Path(f"{key}-wire", role, self.placed.stub_wires[card]))
        x, size = axis.x + form.left + 3, forms.TAG
        baseline = axis.y + text.x_height(size) / 2
        self.layers.texts.append(
            Text(f"{key}-words", "muted", x, baseline, stub.words, size, "regular", "start")
        )
        if stub.edge is None:
            return
        if stub.edge.target in self.placed.names:
            after = x + wide(stub.words, size) + 3
            self._small_name(f"{key}-name", stub.edge.target, after, axis.y)
        block = self.placed.brought(stub.edge)
        known = self.frame is not None and self.frame.contribution(stub.edge) is not None
        if block is not None and known and not self._hides(stub.edge):
            middle, top = axis.x + form.left / 2 - 2, axis.y - forms.OVER - block.height
            self.layers.texts += block.draw(f"{key}-contribution", "gradient", MEDIUM, middle, top)

    def _hides(self, edge: Edge) -> bool:
        """Whether what an edge brings back is left out."""
        if self.frame is None or (edge.source, "gradient") not in self.hidden:
            return False
        return (self.frame.trace.step_of(edge) or 0) > self.seen

    def _thickness(self, edge: Edge) -> float | None:
        """The width of an edge's wire where it shows the contribution's size; None for the usual
        width.
        """
        if self.magnitudes is None or self.frame is None or self.frame.contribution(edge) is None:
            return None
        return self.magnitudes.width(edge)

    def _trunk(self, node: int) -> None:
        line, known = self._line(node), self._known(node)
        self.layers.wires.append(
            Path(f"node-{node}-trunk", "wire" if known else "wire quiet", line)
        )
        if self.phase == "seed" and node == self.focus:
            path, head = with_arrow(tuple(reversed(line)))
            self.layers.hot += [
                Path(f"node-{node}-hot", "wire hot", path),
                Polygon(f"node-{node}-arrow", "arrow", head),
            ]
        if node in self.passed:
            self.layers.hot.append(Path(f"node-{node}-lit", "wire hot", line))
        hot = node == self.receiver or node in self.passed
        role = "dot hot" if hot else "dot" if known else "dot quiet"
        for i, point in enumerate(self.placed.forks.get(node, ())):
            key = f"node-{node}-dot-{i}" if i else f"node-{node}-dot"
            self.layers.gates.append(Circle(key, role, *point, DOT))

    def _line(self, node: int) -> Curve:
        (start, end), y = self.placed.trunk(node), self.placed.axes[node].y
        return straight(start, y, end, y)

    def _gate(self, node: int) -> None:
        form, y = self.placed.forms[node], self.placed.axes[node].y
        x, (width, height) = self.placed.gate_middle(node), form.gate
        known = self._known(node)
        at_work = self.focus is not None and self.placed.host.get(self.focus, self.focus) == node
        is_hot = at_work or node in self.passed
        role = "gate hot" if is_hot else "gate" if known else "gate quiet"
        self.layers.gates.append(
            Rect(
                f"node-{node}-gate", role, x - width / 2, y - height / 2, width, height, form.radius
            )
        )
        if node in self.placed.sheets:
            self._sheet(node, x, y, "ink" if known or is_hot else "muted")
            return
        if node in self.placed.readings:
            self._reading(node, x, y, "ink" if known or is_hot else "muted")
            return
        symbol = self.placed.symbols[node]
        size = forms.SYMBOL if len(symbol) < 2 else WORD
        baseline = y + _middle(symbol, size)
        role = "ink" if known or is_hot else "muted"
        self.layers.texts.append(
            Text(f"node-{node}-symbol", role, x, baseline, symbol, size, "medium")
        )

    def _reading(self, node: int, x: float, y: float, role: str) -> None:
        """An op's sign with a constant; the constant is hot where it is the local gradient."""
        reading = self.placed.readings[node]
        hot = "hot" if self.ringed_value in reading.nodes else role
        y += text.cap_height(WORD) / 2
        raised = y - LIFT * WORD if reading.is_exponent else y
        before, number, after = reading.widths
        left = x - (before + number + after) / 2
        right = left + before + number + after
        parts = (
            Text(
                f"node-{node}-symbol",
                role,
                left,
                y,
                reading.before.strip(),
                WORD,
                "medium",
                "start",
            ),
            Text(
                f"node-{reading.constant}-value",
                hot,
                left + before + number / 2,
                raised,
                reading.number,
                reading.size,
                "medium",
            ),
            Text(
                f"node-{node}-symbol-after",
                role,
                right,
                y,
                reading.after.strip(),
                WORD,
                "medium",
                "end",
            ),
        )
        self.layers.texts += [part for part in parts if part.text]

    def _sheet(self, node: int, x: float, y: float, role: str) -> None:
        """The text on the card of a folded scope."""
        sheet = self.placed.sheets[node]
        first, *others = sheet.baselines
        self.layers.texts.append(
            Text(f"node-{node}-symbol", role, x, y + first, sheet.title, forms.LABEL, "semibold")
        )
        for i, (line, lower) in enumerate(zip(sheet.lines, others, strict=True), 1):
            self.layers.texts.append(Text(f"node-{node}-line-{i}", role, x, y + lower, line, SMALL))

    def _name(self, node: int) -> None:
        self._words(node)
        if node not in self.placed.names:
            return
        source, setting = self.placed.names[node]
        form, axis = self.placed.forms[node], self.placed.axes[node]
        if self.graph.nodes[node].is_leaf:
            size = forms.name_size(setting)
            scale = size / SIZE
            top = axis.y + forms.name_baseline(size) - setting.baseline * scale
            item = Maths(f"node-{node}-name", "ink", axis.x, top, source, setting, scale)
        else:
            scale = forms.LABEL / SIZE
            top = axis.y + form.label_baseline - setting.baseline * scale
            left = self.placed.gate_middle(node) - setting.width * scale / 2
            item = Maths(f"node-{node}-label", "muted", left, top, source, setting, scale)
        self.layers.texts.append(item)

    def _words(self, node: int) -> None:
        """The user's own words below a node."""
        form, axis, is_leaf = (
            self.placed.forms[node],
            self.placed.axes[node],
            self.graph.nodes[node].is_leaf,
        )
        anchor: Anchor = "start" if is_leaf else "middle"
        x = axis.x if is_leaf else self.placed.gate_middle(node)
        for i, line in enumerate(self.placed.words.get(node, ())):
            key, y = f"node-{node}-words-{i}", axis.y + form.words + LEADING * i
            self.layers.texts.append(Text(key, "muted", x, y, line, SMALL, "regular", anchor))

    def _numbers(self, node: int, state: NodeState | None) -> None:
        x, axis, figures = (
            self.placed.trunk_middle(node),
            self.placed.axes[node],
            self.placed.figures,
        )
        if state is None or figures is None:
            if node in self.placed.constants:
                self._value(node, self.placed.constants[node], "value", x, axis.y)
            return
        if state.state == "unknown":
            return
        role = "hot" if node == self.written else "value"
        self._value(node, figures.value_by(node, self._number), role, x, axis.y)
        if state.gradient is None:
            return
        block, top = figures.gradient(node, state.arrived), axis.y + forms.CLEAR
        if (node, "gradient") in self.hidden:
            self.layers.texts += blank(block, f"node-{node}-gradient", x, top)
            return
        hot = node == self.receiver or (self.phase == "seed" and node == self.focus)
        self.layers.texts += block.draw(
            f"node-{node}-gradient", "hot" if hot else "gradient", "semibold", x, top
        )
        if not block.finite or node == self.ringed_gradient:
            self._ring(f"node-{node}-gradient-ring", block, x, top, node == self.ringed_gradient)
        if branch := self.frame and self.frame.branch_at(node):
            baseline = axis.y + self.placed.forms[node].note
            note = Text(
                f"node-{node}-note", "muted", x, baseline, figures.note(node, branch), SMALL
            )
            self.layers.texts.append(note)

    def _value(self, node: int, block: Block, role: str, x: float, axis: float) -> None:
        self._value_of(f"node-{node}", node, block, role, x, axis)

    def _value_of(
        self,
        key: str,
        node: int,
        block: Block,
        role: str,
        x: float,
        axis: float,
        at_work: bool = True,
    ) -> None:
        """A value, ringed where the step at work uses it as a local gradient."""
        top = axis - forms.CLEAR - block.height
        if (node, "value") in self.hidden:
            self.layers.texts += blank(block, f"{key}-value", x, top)
            return
        self.layers.texts += block.draw(f"{key}-value", role, "semibold", x, top)
        ringed = at_work and node == self.ringed_value
        if not block.finite or ringed:
            self._ring(f"{key}-value-ring", block, x, top, ringed)

    def _scopes(self) -> None:
        """The dashed box of each open scope, with its title in a gap of the upper edge."""
        scopes = self.placed.scopes
        for i, (path, box) in enumerate(self.placed.frames.items()):
            at_work = self.focus is not None and path in around(scopes.homes.get(self.focus, ""))
            words = scopes.titles[path]
            left = box.x + GAP[0]
            right = left + wide(words, TITLE) + 2 * GAP[1]
            corners = [(right, box.y), (box.right, box.y), (box.right, box.bottom)]
            corners += [(box.x, box.bottom), (box.x, box.y), (left, box.y)]
            line = rounded([Point(*corner) for corner in corners], ROUND)
            self.layers.boxes.append(Path(f"scope-{i}", "scope hot" if at_work else "scope", line))
            baseline = box.y + text.cap_height(TITLE) / 2
            role, place = "hot" if at_work else "muted", (left + GAP[1], baseline)
            self.layers.texts.append(
                Text(f"scope-{i}-title", role, *place, words, TITLE, "semibold", "start")
            )

    def _strip(self) -> None:
        """The values that several scopes use, with what is known of their gradients."""
        strip, (x, y) = self.placed.strip, self.placed.corner
        if not strip.entries:
            return
        self.layers.texts.append(
            Text(
                "strip", "muted", x, y + strip.baseline, strip.heading, HEADING, "regular", "start"
            )
        )
        for node, entry in strip.entries.items():
            box = strip.boxes[node]
            self._shared(entry, Box(x + box.x, y + box.y, box.w, box.h))

    def _shared(self, entry: Entry, box: Box) -> None:
        """One entry of the strip."""
        node, middle, lefts = entry.node, box.y + box.h / 2, entry.lefts(box.x)
        hot = node == self.receiver or node in self.passed
        role = "entry hot" if hot else "entry"
        self.layers.gates.append(Rect(f"node-{node}-entry", role, *box, forms.CORNER))
        source, setting = self.placed.names[node]
        scale = strips.NAME / SIZE
        top = middle + forms.name_baseline(strips.NAME) - setting.baseline * scale
        name = Maths(f"node-{node}-name", "ink", lefts[0], top, source, setting, scale)
        self.layers.texts.append(name)
        figures, frame = self.placed.figures, self.frame
        widths = entry.parts
        for value in entry.values if figures is None else [figures.value(node)]:
            top = middle - value.height / 2
            x = lefts[1] + widths[1] / 2
            if (node, "value") in self.hidden:
                self.layers.texts += blank(value, f"node-{node}-value", x, top)
            else:
                self.layers.texts += value.draw(f"node-{node}-value", "value", "semibold", x, top)
        state = frame.node(node) if frame else None
        if frame is None or figures is None or state is None or state.gradient is None:
            return
        block = figures.gradient(node, state.arrived)
        x, top = lefts[2] + widths[2] / 2, middle - block.height / 2
        if (node, "gradient") in self.hidden:
            self.layers.texts += blank(block, f"node-{node}-gradient", x, top)
            return
        role = "hot" if node == self.receiver else "gradient"
        self.layers.texts += block.draw(f"node-{node}-gradient", role, "semibold", x, top)
        said = strips.notes(figures, node, frame.number)
        first = middle + text.cap_height(SMALL) / 2 - strips.LEADING * (len(said) - 1) / 2
        for i, words in enumerate(said):
            at = lefts[3], first + strips.LEADING * i
            key = f"node-{node}-note-{i}" if i else f"node-{node}-note"
            self.layers.texts.append(Text(key, "muted", *at, words, SMALL, "regular", "start"))

    def _ring(self, key: str, block: Block, x: float, top: float, used: bool) -> None:
        across, down = forms.RING
        width, height = max(block.width, 8.0) + 2 * across, block.height + 2 * down
        radius = min(height / 2, 9.6)
        role = "ring" if used else "ring warning"
        self.layers.texts.append(Rect(key, role, x - width / 2, top - down, width, height, radius))


def _rules(frame: Frame) -> Rules:
    return frame.story.rules


def _middle(symbol: str, size: float) -> float:
    """How far below the middle of its gate a symbol's baseline stands, so that its ink is in the
    middle.
    """
    if symbol in MIDDLES:
        return size * MIDDLES[symbol]
    flat = len(symbol) > 1 and all(c in "acemnorsuvwxz" for c in symbol)
    return (text.x_height(size) if flat else text.cap_height(size)) / 2


def alone(
    placed: PlacedGraph,
    frame: Frame | None,
    margin: float,
    more: Callable[[PlacedGraph], Iterable[Item]] = lambda there: (),
) -> Scene:
    """A graph at a frame, or without values, with nothing around it but a margin.

    more    what is drawn on top of the graph, given where the graph stands.
    """
    there = placed.at(margin, margin)
    items = (*GraphDrawing(there, frame).items(), *more(there))
    about = title(placed.graph, frame), description(placed.graph, placed.labels, frame)
    width, height = placed.width + 2 * margin, placed.height + 2 * margin
    return Scene(width, height, *about, items, engine=placed.engine)
