"""W · x + b = s in characters: aligned grids, what is at work in brackets, its products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from gradviz.arrays.digits import plain_minus
from gradviz.layout.grid import Run, Sketch, cells
from gradviz.scene.characters import GRADIENT, VALUE
from gradviz.story.languages import pattern, say
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.matrix.frames import MatrixFrame, MatrixStory
from gradviz.trace.matrix import MatrixStep, Slot

HOT, MUTED, HEADING = "hot", "muted", "heading"
APART: Final = 3
"""The columns between two grids, for the operator between them."""
TRUE: Final = pattern("true class")

Spot = tuple[int, int]
"""The row and column of a cell."""


class Known(NamedTuple):
    """What a cell holds by now: a number, and the gradient beneath it; empty where not known."""

    number: str = ""
    role: str = ""
    gradient: str = ""
    gradient_role: str = GRADIENT


@dataclass(frozen=True)
class Grid:
    """Where an array stands: its left edge, the row of its first cell, the width of a cell, and
    what is drawn of it.
    """

    left: int
    top: int
    wide: int
    rows: tuple[Slot, ...]
    columns: tuple[Slot, ...]
    pitch: int

    @property
    def right(self) -> int:
        """The column after it."""
        return self.left + _width(self.columns, self.wide)

    def row(self, n: int) -> int:
        """The row of the sheet at which the n-th row begins."""
        return self.top + n * self.pitch

    def column(self, n: int) -> int:
        """The column of the sheet at which the n-th column begins, after its edge."""
        return self.left + _width(self.columns[:n], self.wide) - 1


class MatrixCharacters:
    """A product with gradients beneath the numbers; where there is less room (`pitch` 1) they stand
    in place of what receives them, while it receives them.
    """

    def __init__(self, story: MatrixStory, pitch: int, *, ascii: bool) -> None:
        self.story, self.walk, self.f = story, story.walk, story.formulas
        self.equation, self.pitch, self.ascii = story.walk.equation, pitch, ascii
        rows, columns = self.walk.rows, self.walk.columns
        most = max(len(rows), len(columns))
        self.axis = 1 + (most * pitch) // 2
        self.height = 1 + most * pitch + 1
        self._place(rows, columns)

    def rows(self, frame: MatrixFrame) -> list[list[Run]]:
        """The rows of a frame."""
        sheet = Sketch(self.width, self.height, ascii=self.ascii)
        for key, grid in self.grids.items():
            self._grid(sheet, frame, key, grid)
        self._operators(sheet)
        self._products(sheet, frame)
        self._names(sheet, frame)
        return list(sheet.rows())

    # Measures.

    def plain(self, text: str) -> str:
        """A text in the characters of the sheet."""
        text = plain_minus(text)
        return to_ascii(text) if self.ascii else text

    def said(self, value: float, digits: int | None = None) -> str:
        """A number."""
        text: str = self.f.said(value, digits)
        return text

    def _place(self, rows: tuple[Slot, ...], columns: tuple[Slot, ...]) -> None:
        samples = self.walk.samples
        one: tuple[Slot, ...] = (0,)
        found: dict[str, Grid] = {}
        left = self._put(found, "W", 0, rows, columns) + APART
        left = self._put(found, "x", left, columns, samples) + 1
        self.products = left + self._products_width()
        left = self.products + 1
        if self.equation.bias is not None:
            left = self._put(found, "b", left + APART - 1, rows, one)
        left = self._put(found, "s", left + APART, rows, samples)
        self.grids, self.names = found, left + 1
        self.width = self.names + max((cells(n) for n in self._names_of()), default=0)

    def _put(
        self,
        found: dict[str, Grid],
        key: str,
        left: int,
        rows: tuple[Slot, ...],
        columns: tuple[Slot, ...],
    ) -> int:
        """Place a grid, wide enough for its head; give the column after it."""
        texts = [t for i in _drawn(rows) for j in _drawn(columns) for t in self._all(key, i, j)]
        wide, head = max(map(cells, texts), default=1), cells(self._head(key))
        while _width(columns, wide) < head:
            wide += 1
        top = self.axis - (len(rows) * self.pitch) // 2
        found[key] = Grid(left, top, wide, rows, columns, self.pitch)
        return found[key].right

    def _head(self, key: str) -> str:
        """The name of a grid, with the shape of W and of x."""
        f, (rows, columns) = self.f, self.walk.shape
        names = {
            "W": f"{f.matrix_text} {rows:,}×{columns:,}",
            "x": f"{f.column_text} {columns:,}×{self.walk.batch:,}",
            "b": f.plain(f.offset),
            "s": f.sums_text,
        }
        return self.plain(names[key])

    def _all(self, key: str, i: int, j: int) -> Iterator[str]:
        """All that a cell will ever hold."""
        eq, f = self.equation, self.f
        sample = eq.samples[j if key in "xs" else 0]
        numbers: dict[str, tuple[float, int]] = {
            "W": (eq.weights[i][j] if key == "W" else 0.0, f.shown),
            "x": (sample.inputs[i] if key == "x" else 0.0, f.shown),
            "b": (eq.bias[i] if key == "b" and eq.bias else 0.0, f.shown),
            "s": (sample.scores[i] if key == "s" else 0.0, f.digits),
        }
        yield self.said(*numbers[key])
        if (gradient := self._gradient(key, i, j)) is not None:
            yield self.said(*gradient)

    def _gradient(self, key: str, i: int, j: int) -> tuple[float, int] | None:
        """The gradient of a cell, and its digits; None for one that it never gets."""
        eq, f = self.equation, self.f
        if key == "W":
            return None if eq.outer is None else (eq.outer[i][j], f.digits)
        if key == "b":
            return None if eq.down is None else (eq.down[i], f.shown)
        sample = eq.samples[j]
        found = sample.back if key == "x" else sample.upstream
        return None if found is None else (found[i], f.digits if key == "x" else f.shown)

    def _products_width(self) -> int:
        texts = [t for step in self.walk for t in self._column_of(step)]
        return max(map(cells, texts), default=0)

    def _column_of(self, step: MatrixStep) -> Iterable[str]:
        """The products of a step, and their sum."""
        if step.total is None:
            return ()
        return [*self._parts(step), self._total(step)]

    def _parts(self, step: MatrixStep) -> Iterator[str]:
        for slot, part in zip(self.walk.slots(step), step.parts, strict=True):
            is_exact = not isinstance(slot, int) or self.f.comes_out(step.terms[slot])
            yield self.plain(("" if is_exact else "≈ ") + self.said(part))

    def _total(self, step: MatrixStep) -> str:
        assert step.total is not None
        total = self.f.settled(step.total, [t.product for t in step.terms])
        sign = "Σ " if self.f.adds_up(step.parts, total) else "Σ ≈ "
        return ("sum " if self.ascii else sign) + self.said(total)

    # Drawing.

    def _grid(self, sheet: Sketch, frame: MatrixFrame, key: str, grid: Grid) -> None:
        lit = self._lit(frame, key)
        head = self._head(key)
        middle = (grid.left + grid.right - cells(head)) // 2
        sheet.write(max(grid.left, middle), grid.top - 1, head, HEADING)
        for n, i in enumerate(grid.rows):
            y = grid.row(n)
            for line in range(self.pitch):
                self._edges(sheet, grid, y + line, lit if not line else set(), i)
            for m, j in enumerate(grid.columns):
                x = grid.column(m) + 1
                if isinstance(i, range) or isinstance(j, range):
                    dots = "..." if self.ascii else "⋮" if isinstance(i, range) else "…"
                    dots = dots[: grid.wide if isinstance(j, int) else 1]
                    width = grid.wide if isinstance(j, int) else 1
                    sheet.write(x + (width - len(dots)) // 2, y, dots, MUTED)
                    continue
                self._cell(sheet, frame, key, grid, (i, j), x, y)

    def _cell(
        self, sheet: Sketch, frame: MatrixFrame, key: str, grid: Grid, spot: Spot, x: int, y: int
    ) -> None:
        known = self._known(frame, key, *spot)
        lines = [(known.number, known.role), (known.gradient, known.gradient_role)]
        if self.pitch == 1 and known.gradient and self._stands_in(frame, key, spot):
            lines = lines[1:]
        for n, (text, role) in enumerate(lines[: self.pitch]):
            sheet.write(x + grid.wide - cells(text), y + n, text, role)

    def _stands_in(self, frame: MatrixFrame, key: str, spot: Spot) -> bool:
        """Whether a gradient stands in place of its number: where it arrives, and that of s."""
        place = frame.place
        if place is None:
            return False
        if key == "s":
            return True
        kinds = {"W": "weights", "x": "inputs", "b": "bias"}
        here = {"weights": spot[0] == place.at, "bias": True}
        is_at = here.get(place.kind, spot == (place.at, place.sample))
        return place.kind == kinds[key] and is_at

    def _edges(self, sheet: Sketch, grid: Grid, y: int, lit: set[Spot], row: Slot) -> None:
        """The edges of a row of cells: upright lines at both ends, brackets around what is lit."""
        upright = "|" if self.ascii else "│"
        last = len(grid.columns)
        on = [isinstance(row, int) and (row, _key(j)) in lit for j in grid.columns]
        for n in range(last + 1):
            before, here = n > 0 and on[n - 1], n < last and on[n]
            edge = "[" if here and not before else "]" if before and not here else ""
            if not edge and n in (0, last):
                sheet.write(grid.column(n), y, upright, "wire")
            elif edge:
                sheet.write(grid.column(n), y, edge, HOT)

    def _lit(self, frame: MatrixFrame, key: str) -> set[Spot]:
        """The cells in brackets: what this step uses or makes."""
        place = frame.place
        if place is None:
            return set()
        grid, at, n = self.grids[key], place.at or 0, place.sample
        rows, columns = map(_keys, (grid.rows, grid.columns))
        element = frame.step.element if frame.step else None
        taken: dict[tuple[str, str], set[Spot]] = {
            ("row", "W"): {(at, j) for j in columns},
            ("row", "x"): {(i, n) for i in rows},
            ("row", "b"): {(at, 0)},
            ("row", "s"): {(at, n)},
            ("weights", "W"): {(at, j) for j in columns},
            ("weights", "x"): {(i, j) for i in rows for j in columns if element in (None, i)},
            ("weights", "s"): {(at, j) for j in columns},
            ("bias", "b"): {(i, 0) for i in rows},
            ("bias", "s"): {(i, j) for i in rows for j in columns},
            ("inputs", "W"): {(i, at) for i in rows},
            ("inputs", "x"): {(at, n)},
            ("inputs", "s"): {(i, n) for i in rows},
        }
        return taken.get((place.kind, key), set())

    def _known(self, frame: MatrixFrame, key: str, i: int, j: int) -> Known:
        """What a cell holds by now."""
        eq, f, hot = self.equation, self.f, self._is_hot(frame, key, i, j)
        gradient, now = "", GRADIENT
        if self._knows(frame, key, i, j) and (found := self._gradient(key, i, j)) is not None:
            gradient = self.said(*found)
            now = HOT if self._receives(frame, key, i, j) else GRADIENT
        if key == "W":
            return Known(self.said(eq.weights[i][j], f.shown), HOT if hot else "", gradient, now)
        if key == "b":
            assert eq.bias is not None
            return Known(self.said(eq.bias[i], f.shown), HOT if hot else "", gradient, now)
        sample = eq.samples[j]
        if key == "x":
            number = self.said(sample.inputs[i], f.shown)
            return Known(number, HOT if hot else VALUE, gradient, now)
        number = self.said(sample.scores[i], f.digits) if frame.knows("row", i, j) else ""
        return Known(number, HOT if hot else VALUE, gradient, now)

    def _knows(self, frame: MatrixFrame, key: str, i: int, j: int) -> bool:
        """Whether the gradient of a cell is known."""
        tests: dict[str, Callable[[], bool]] = {
            "W": lambda: frame.knows("weights", i),
            "x": lambda: frame.knows("inputs", i, j),
            "b": lambda: frame.knows("bias"),
            "s": lambda: frame.knows_upstream,
        }
        return tests[key]()

    def _is_hot(self, frame: MatrixFrame, key: str, i: int, j: int) -> bool:
        """Whether a number goes into this step, or comes out of it."""
        place = frame.place
        if place is None or place.kind not in ("row", "inputs"):
            return False
        return (place.kind == "row" or key == "W") and (i, j) in self._lit(frame, key)

    def _receives(self, frame: MatrixFrame, key: str, i: int, j: int) -> bool:
        return key != "s" and frame.place is not None and self._stands_in(frame, key, (i, j))

    def _operators(self, sheet: Sketch) -> None:
        grids, y = self.grids, self.axis
        sheet.write(grids["x"].left - 2, y, "*" if self.ascii else "·")
        if "b" in grids:
            sheet.write(grids["b"].left - 2, y, "+")
        sheet.write(grids["s"].left - 2, y, "=")

    def _products(self, sheet: Sketch, frame: MatrixFrame) -> None:
        """The products of a step, each beside its cell, and their sum beneath."""
        step = frame.step
        if step is None or step.total is None:
            return
        grid = self.grids["x" if step.place.kind == "row" else "s"]
        for n, text in enumerate(self._parts(step)):
            sheet.write(self.products - cells(text), grid.row(n), text, HOT)
        total = self._total(step)
        y = min(grid.row(len(grid.rows)), self.height - 1)
        sheet.write(self.products - cells(total), y, total, HOT)

    def _names_of(self) -> list[str]:
        """What stands beside each row of s."""
        labels = self.walk.labels
        found = []
        for i in _drawn(self.walk.rows):
            name = self.walk.classes[i] if self.walk.classes else ""
            if not name and self.walk.batch == 1:
                name = self.f.text("s", i)
            truth = f", {say(TRUE)}" if self.walk.batch == 1 and labels[0] == i else ""
            mine = [str(n + 1) for n, label in enumerate(labels) if label == i]
            if self.walk.batch > 1 and mine:
                shown = ", ".join(mine) if len(mine) < 4 else f"{len(mine):,} columns"
                truth = f"{', ' if name else ''}true: {shown}"
            found.append(self.plain(name + truth))
        return found

    def _names(self, sheet: Sketch, frame: MatrixFrame) -> None:
        grid, names = (
            self.grids["s"],
            dict(zip(_drawn(self.walk.rows), self._names_of(), strict=True)),
        )
        for n, i in enumerate(grid.rows):
            if isinstance(i, int):
                now = frame.place is not None and (frame.place.kind, frame.place.at) == ("row", i)
                sheet.write(self.names, grid.row(n), names[i], HOT if now else MUTED)
        if frame.knows_upstream:
            sign = self.plain(self.f.upstream_text)
            middle = (grid.left + grid.right - cells(sign)) // 2
            y = min(grid.row(len(grid.rows)), self.height - 1)
            sheet.write(middle, y, sign, GRADIENT)


def _width(columns: Sequence[Slot], wide: int) -> int:
    """The columns of a row of cells with their edges."""
    return sum((wide if isinstance(j, int) else 1) + 1 for j in columns) + 1


def _drawn(slots: Iterable[Slot]) -> list[int]:
    return [slot for slot in slots if isinstance(slot, int)]


def _key(slot: Slot) -> int:
    """The index of a slot; of those left out one that no cell has."""
    return slot if isinstance(slot, int) else -slot.start


def _keys(slots: Iterable[Slot]) -> list[int]:
    return [_key(slot) for slot in slots]


def characters(story: MatrixStory, *, ascii: bool) -> Iterator[MatrixCharacters]:
    """A product in characters, the fullest form first."""
    pitches = (2, 1) if story.walk.has_backward else (1,)
    return (MatrixCharacters(story, pitch, ascii=ascii) for pitch in pitches)


CHARACTERS: Final = characters
