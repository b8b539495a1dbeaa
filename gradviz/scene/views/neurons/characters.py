"""A network unit by unit in characters: boxes in columns, weights on lines of dots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from gradviz.arrays.digits import plain_minus
from gradviz.layout.grid import Run, Sketch, Stroke, cells
from gradviz.scene.characters import GRADIENT, QUIET, VALUE
from gradviz.story.languages import say
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.neurons.frames import UnitFrame, UnitStory
from gradviz.trace.neurons import Layer

HOT, WIRE, MUTED, LABEL = "hot", "wire", "muted", "label"
MOST_NUMBERED: Final = 16
"""Layers with more arcs between them have no numbers on them."""
MOST_DRAWN: Final = 36
"""Of more arcs between two layers only those of a step are drawn."""
WANTED: Final = (0.6, 0.5, 0.7, 0.4, 0.8, 0.3, 0.2, 0.9)
"""The shares of an arc's way at which its number may stand, the best first."""

Row = Literal["b", "z", "v", "δ"]
"""What a line of a box holds: the bias, the weighted sum, the value, the gradient."""


class Form(NamedTuple):
    """How full a drawing is.

    rows   the lines of a box; a unit is one line without any.
    gap    the columns between two layers.
    apart  the blank rows between two units.
    """

    rows: tuple[Row, ...]
    gap: int
    apart: int


FORMS: Final = (
    Form(("b", "z", "v", "δ"), 22, 1),
    Form(("b", "z", "v", "δ"), 14, 0),
    Form(("v", "δ"), 16, 0),
    Form(("v", "δ"), 10, 0),
    Form((), 12, 1),
    Form((), 8, 0),
)


class Arc(NamedTuple):
    """The arc into a unit of a layer from a unit of the layer before."""

    layer: int
    unit: int
    source: int


@dataclass(frozen=True)
class Column:
    """A layer's place: the left edge and the width of its boxes, the middle row of each unit, and
    where units are left out how many, by row.
    """

    left: int
    width: int
    middles: Mapping[int, int]
    gaps: Mapping[int, int]


class UnitCharacters:
    """A network in one form."""

    def __init__(self, story: UnitStory, form: Form, *, ascii: bool) -> None:
        self.story, self.form, self.ascii = story, form, ascii
        self.layers, self.names = story.walk.layers, story.names
        self.lines = [self._rows(layer, k) for k, layer in enumerate(self.layers)]
        self.height = 1 + max(map(self._length, range(len(self.layers))))
        self.columns = self._columns()
        last = self.columns[-1]
        self.width = last.left + last.width
        if story.walk.tail:
            self.width += form.gap + self._loss_width

    def rows(self, frame: UnitFrame) -> list[list[Run]]:
        """The rows of a frame."""
        sheet = Sketch(self.width, self.height, ascii=self.ascii)
        self._arcs(sheet, frame)
        for k in range(len(self.columns)):
            self._heading(sheet, k)
            self._units(sheet, frame, k)
        if self.story.walk.tail:
            self._loss(sheet, frame)
        self._numbers(sheet, frame)
        return list(sheet.rows())

    # Measures.

    def plain(self, text: str) -> str:
        """A text in the characters of the sheet."""
        text = plain_minus(text)
        return to_ascii(text) if self.ascii else text

    def said(self, value: float) -> str:
        """A number."""
        text: str = self.story.formulas.said(value)
        return text

    def _rows(self, layer: Layer, k: int) -> tuple[Row, ...]:
        """The lines of a layer's boxes: none that it does not need."""
        kept = {"v"}
        kept |= {"b"} if layer.bias is not None else set()
        kept |= {"z"} if k and layer.bend else set()
        kept |= {"δ"} if layer.deltas is not None else set()
        return tuple(row for row in self.form.rows if row in kept)

    def _tall(self, k: int) -> int:
        """The rows of a layer's units."""
        return len(self.lines[k]) + 2 if self.form.rows else 1

    def _length(self, k: int) -> int:
        """The rows of a layer, with a row for each stretch of units that is left out."""
        shown = self.layers[k].shown
        left_out = sum(b - a > 1 for a, b in pairwise(shown))
        return len(shown) * (self._tall(k) + self.form.apart) - self.form.apart + left_out

    def _columns(self) -> tuple[Column, ...]:
        found, left = [], 0
        for k, layer in enumerate(self.layers):
            width = max(self._wide(k, unit) for unit in layer.shown)
            top = 1 + (self.height - 1 - self._length(k)) // 2
            middles, gaps, row, before = {}, {}, top, -1
            for unit in layer.shown:
                if unit - before > 1:
                    gaps[row - self.form.apart] = unit - before - 1
                    row += 1
                middles[unit], before = row + self._tall(k) // 2, unit
                row += self._tall(k) + self.form.apart
            found.append(Column(left, width, middles, gaps))
            left += width + self.form.gap
        return tuple(found)

    def _wide(self, k: int, unit: int) -> int:
        name = cells(self.plain(self.names.text(k, unit)))
        if not self.form.rows:
            return name + 2 + sum(1 + w for w in self._in_line(k))
        lines = [2 + cells(said) for row in self.lines[k] if (said := self._number(k, unit, row))]
        return 2 + max(name + 2, *lines)

    def _in_line(self, k: int) -> list[int]:
        """The widths of the value and of the δ of units that are one line."""
        layer = self.layers[k]
        numbers = [layer.values, *([layer.deltas] if layer.deltas is not None else [])]
        return [max(cells(self.said(of[u])) for u in layer.shown) for of in numbers]

    def _number(self, k: int, unit: int, row: Row) -> str:
        """What a line of a unit's box holds when all is known; empty for a line that it lacks."""
        layer = self.layers[k]
        held = {
            "b": layer.bias,
            "z": layer.sums if k and layer.bend else None,
            "v": layer.values,
            "δ": layer.deltas,
        }[row]
        return "" if held is None else self.said(held[unit])

    # Units.

    def _heading(self, sheet: Sketch, k: int) -> None:
        """`hidden, tanh` above a column, as far as there is room."""
        column, bend = self.columns[k], self.story.formulas.bends[k]
        what = say("input" if not k else "output" if k == len(self.columns) - 1 else "hidden")
        room = column.width + self.form.gap - 2
        choices = (f"{what}, {bend}" if bend else what, bend or what, what)
        words = next((w for w in choices if len(w) <= room), "")
        left = max(0, column.left + (column.width - len(words)) // 2)
        sheet.write(min(left, max(0, self.width - len(words))), 0, self.plain(words), MUTED)

    def _units(self, sheet: Sketch, frame: UnitFrame, k: int) -> None:
        column = self.columns[k]
        for unit, middle in column.middles.items():
            draw = self._box if self.form.rows else self._one_line
            draw(sheet, frame, k, unit, middle)
        for row, count in column.gaps.items():
            sign = "..." if self.ascii else "⋮"
            words = f"{sign} {count:,} more"
            sheet.write(column.left, row, words, MUTED)

    def _is_at_work(self, frame: UnitFrame, k: int, unit: int) -> bool:
        place = frame.place
        if place is None:
            return False
        if place.kind == "inputs":
            return not k
        return place.kind in ("unit", "delta") and (place.layer, place.unit) == (k, unit)

    def _is_used(self, frame: UnitFrame, k: int) -> bool:
        """Whether a layer's numbers go into this step."""
        place = frame.place
        if place is None:
            return False
        if place.kind == "weights":
            return k in (place.layer, place.layer - 1)
        return k == place.layer + (-1 if place.kind in ("unit", "loss") else 1)

    def _shown(self, frame: UnitFrame, k: int, unit: int, row: Row) -> str:
        """What a line holds by now."""
        if row == "b":
            return self._number(k, unit, row)
        if row == "δ":
            knows = frame.knows("delta", k, unit) if k else frame.knows("inputs", 0)
        else:
            knows = frame.knows("unit", k, unit)
        return self._number(k, unit, row) if knows else ""

    def _role(self, frame: UnitFrame, k: int, unit: int, row: Row) -> str:
        place = frame.place
        if place is not None and self._is_at_work(frame, k, unit):
            made = ("δ",) if place.kind != "unit" else ("b", "z", "v")
            if row in made:
                return HOT
        return {"b": "", "z": VALUE, "v": VALUE, "δ": GRADIENT}[row]

    def _border(self, frame: UnitFrame, k: int, unit: int) -> str:
        if self._is_at_work(frame, k, unit) or self._is_used(frame, k):
            return HOT
        return "plain" if frame.knows("unit", k, unit) else QUIET

    def _box(self, sheet: Sketch, frame: UnitFrame, k: int, unit: int, middle: int) -> None:
        column, top = self.columns[k], middle - self._tall(k) // 2
        heavy, border = self._is_at_work(frame, k, unit), self._border(frame, k, unit)
        sheet.box(column.left, top, column.width, self._tall(k), border, heavy=heavy)
        name = self.plain(self.names.text(k, unit))
        sheet.write(column.left + 2, top, name, "heading" if border != QUIET else QUIET)
        for n, row in enumerate(self.lines[k], top + 1):
            if not (said := self._shown(frame, k, unit, row)):
                continue
            sign = row if row != "δ" else "d" if self.ascii else "δ" if k else "∂"
            sheet.write(column.left + 1, n, sign, MUTED)
            at = column.left + column.width - 1 - cells(said)
            sheet.write(at, n, said, self._role(frame, k, unit, row))

    def _one_line(self, sheet: Sketch, frame: UnitFrame, k: int, unit: int, middle: int) -> None:
        """`(h₁ 0.761 0.42)`; `[h₁ …]` at work."""
        column, heavy = self.columns[k], self._is_at_work(frame, k, unit)
        border, name = self._border(frame, k, unit), self.plain(self.names.text(k, unit))
        right = column.left + column.width - 1
        sheet.write(column.left, middle, " " * column.width)
        for x, sign in ((column.left, "(["[heavy]), (right, ")]"[heavy])):
            sheet.write(x, middle, sign, border)
        sheet.write(column.left + 1, middle, name, "heading" if border != QUIET else QUIET)
        widths, rows = self._in_line(k), (("v", "δ") if len(self._in_line(k)) > 1 else ("v",))
        end = right
        for row, width in reversed(list(zip(rows, widths, strict=True))):
            said = self._shown(frame, k, unit, row)  # type: ignore[arg-type]
            role = self._role(frame, k, unit, row)  # type: ignore[arg-type]
            sheet.write(end - cells(said), middle, said, role)
            end -= width + 1

    # The loss.

    @property
    def _loss_name(self) -> str:
        return self.plain(self.names.loss)

    @property
    def _loss_said(self) -> str:
        trace = self.story.walk.trace
        plain = trace.xp.plain(trace.values[trace.graph.output])
        while isinstance(plain, list):
            (plain,) = plain
        return self.said(float(plain))

    @property
    def _loss_width(self) -> int:
        name, value = cells(self._loss_name), cells(self._loss_said)
        return 3 + name + value if not self.form.rows else 2 + max(name + 2, value + 2)

    def _loss(self, sheet: Sketch, frame: UnitFrame) -> None:
        layers, last = len(self.layers), self.columns[-1]
        left, middle = last.left + last.width + self.form.gap, 1 + (self.height - 2) // 2
        known = frame.knows("loss", layers)
        now = frame.place is not None and frame.place.kind == "loss"
        border = HOT if now else "plain" if known else QUIET
        value, role = self._loss_said if known else "", HOT if now else VALUE
        if not self.form.rows:
            width = self._loss_width
            sheet.write(left, middle, "(["[now] + self._loss_name, border)
            sheet.write(left + width - 1 - cells(value), middle, value, role)
            sheet.write(left + width - 1, middle, ")]"[now], border)
            return
        sheet.box(left, middle - 1, self._loss_width, 3, border, heavy=now)
        sheet.write(left + 2, middle - 1, self._loss_name, "heading" if known else QUIET)
        sheet.write(left + self._loss_width - 1 - cells(value), middle, value, role)

    # Arcs.

    @cached_property
    def ends(self) -> dict[Arc, tuple[int, int, int, int]]:
        """Where every arc that is drawn begins and ends: column, row, column, row."""
        return {
            Arc(k, unit, source): (
                self.columns[k - 1].left + self.columns[k - 1].width,
                self.columns[k - 1].middles[source],
                self.columns[k].left - 1,
                self.columns[k].middles[unit],
            )
            for k in range(1, len(self.columns))
            for unit in self.layers[k].shown
            for source in self.layers[k - 1].shown
        }

    def _way(self, frame: UnitFrame, arc: Arc) -> Literal["", "forward", "back", "lit"]:
        """Which way a number goes over an arc in this step."""
        place, step = frame.place, frame.step
        if place is None or step is None:
            return ""
        if place.kind == "unit" and (place.layer, place.unit) == (arc.layer, arc.unit):
            return "forward"
        if place.kind == "delta" and (place.layer, place.unit) == (arc.layer - 1, arc.source):
            return "back"
        if place.kind == "inputs" and arc.layer == 1:
            is_many = len(self.layers[0].shown) * len(self.layers[1].shown) > MOST_NUMBERED
            return "" if is_many and step.unit != arc.source else "back"
        shown = (step.unit, step.terms[0].unit) if step.place.kind == "weights" else None
        return "lit" if place.layer == arc.layer and shown == (arc.unit, arc.source) else ""

    def _arcs(self, sheet: Sketch, frame: UnitFrame) -> None:
        """Draw the arcs, those of this step last."""
        ways = {arc: self._way(frame, arc) for arc in self.ends}
        for arc in sorted(self.ends, key=lambda arc: bool(ways[arc])):
            hot = bool(ways[arc])
            if not hot and self._is_crowded(arc.layer):
                continue
            weight = self.layers[arc.layer].weights[arc.unit][arc.source]
            stroke = Stroke(HOT if hot else WIRE, dashed=weight < 0, heavy=hot)
            sheet.line(*self.ends[arc], stroke)
        for arc, way in ways.items():
            left, start, right, end = self.ends[arc]
            if way == "forward":
                sheet.write(right, end, ">" if self.ascii else "▶", HOT)
            elif way == "back":
                sheet.write(left, start, "<" if self.ascii else "◀", HOT)
        self._to_loss(sheet, frame)

    def _is_crowded(self, layer: int) -> bool:
        """Whether the arcs into a layer are so many that only those of a step can be told apart."""
        return len(self.layers[layer].shown) * len(self.layers[layer - 1].shown) > MOST_DRAWN

    def _to_loss(self, sheet: Sketch, frame: UnitFrame) -> None:
        if not self.story.walk.tail:
            return
        last, place = self.columns[-1], frame.place
        now = place is not None and place.kind == "loss"
        left, middle = last.left + last.width, 1 + (self.height - 2) // 2
        for unit, row in last.middles.items():
            back = place == ("delta", len(self.columns) - 1, unit)
            hot = now or back
            stroke = Stroke(HOT if hot else WIRE, heavy=hot)
            sheet.line(left, row, left + self.form.gap - 1, middle, stroke)
            if back:
                sheet.write(left, row, "<" if self.ascii else "◀", HOT)
        if now:
            sheet.write(left + self.form.gap - 1, middle, ">" if self.ascii else "▶", HOT)

    # Numbers on arcs.

    @cached_property
    def _brought(self) -> dict[Arc, float]:
        """What arcs bring back in steps that say so."""
        found: dict[Arc, float] = {}
        for step in self.story.walk:
            k, source = step.place.layer, step.unit
            if step.place.kind in ("delta", "inputs") and source is not None:
                found |= {Arc(k + 1, term.unit, source): term.product for term in step.terms}
        return found

    def _all(self, arc: Arc) -> Iterator[str]:
        """All that may stand on an arc: its weight, its gradient, what it brings back."""
        layer = self.layers[arc.layer]
        yield self.said(layer.weights[arc.unit][arc.source])
        if layer.weight_gradients is not None:
            yield self.said(layer.weight_gradients[arc.unit][arc.source])
        if arc in self._brought:
            yield self.said(self._brought[arc])

    def _on(self, frame: UnitFrame, arc: Arc) -> tuple[str, str]:
        """What stands on an arc, with its role: its weight, in a backward step what it brings back
        or its gradient.
        """
        layer, place, way = self.layers[arc.layer], frame.place, self._way(frame, arc)
        gradients = layer.weight_gradients
        if place is not None and place.kind == "weights" and place.layer == arc.layer and gradients:
            return self.said(gradients[arc.unit][arc.source]), HOT if way else GRADIENT
        if way == "back" and arc in self._brought:
            return self.said(self._brought[arc]), HOT
        return self.said(layer.weights[arc.unit][arc.source]), HOT if way else ""

    @cached_property
    def spots(self) -> dict[Arc, tuple[int, int, int]]:
        """The column, row and width of the number on every arc; of layers where all of them fit."""
        found: dict[Arc, tuple[int, int, int]] = {}
        for k in range(1, len(self.columns)):
            arcs = [arc for arc in self.ends if arc.layer == k]
            made = self._placed(arcs) if len(arcs) <= MOST_NUMBERED else {}
            found |= made
        return found

    def _placed(self, arcs: list[Arc]) -> dict[Arc, tuple[int, int, int]]:
        taken: set[tuple[int, int]] = set()
        found: dict[Arc, tuple[int, int, int]] = {}
        for arc in arcs:
            foreign = {cell for other in arcs if other != arc for cell in self._cells(other)}
            width = max(map(cells, self._all(arc)))
            spots = list(self._spots(arc, width))
            free = [s for s in spots if not taken.intersection(_around(*s, width))]
            clear = [s for s in free if not foreign.intersection(_under(*s, width))]
            if not free:
                return {}
            x, y = (clear or free)[0]
            found[arc] = x, y, width
            taken.update(_under(x, y, width))
        return found

    def _spots(self, arc: Arc, width: int) -> Iterator[tuple[int, int]]:
        left, start, right, end = self.ends[arc]
        for share in WANTED:
            x = round(left + share * (right - left)) - width // 2
            if x >= left + 2 and x + width <= right - 1:
                yield x, round(start + share * (end - start))

    def _cells(self, arc: Arc) -> Iterator[tuple[int, int]]:
        """The cells that an arc passes."""
        left, start, right, end = self.ends[arc]
        for x in range(left, right + 1):
            yield x, round(start + (x - left) / max(1, right - left) * (end - start))

    def _numbers(self, sheet: Sketch, frame: UnitFrame) -> None:
        for arc, (x, y, width) in self.spots.items():
            text, role = self._on(frame, arc)
            at = x + (width - cells(text)) // 2
            sheet.write(at - 1, y, " " * (cells(text) + 2))
            sheet.write(at, y, text, role)


def _under(x: int, y: int, width: int) -> set[tuple[int, int]]:
    """The cells of a number."""
    return {(i, y) for i in range(x, x + width)}


def _around(x: int, y: int, width: int) -> set[tuple[int, int]]:
    """The same with a blank before and after."""
    return _under(x - 2, y, width + 4)


def characters(story: UnitStory, *, ascii: bool) -> Iterator[UnitCharacters]:
    """A network in characters, the fullest form first."""
    return (UnitCharacters(story, form, ascii=ascii) for form in FORMS)


CHARACTERS: Final = characters
