"""Equations in so many columns and rows: whole terms give way, rows and brackets never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from gradviz.fonts.cells import cells, split, widest
from gradviz.ops.op import say_shape
from gradviz.story.formula import Formula
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.maths.ascii import RAISED, SIZES, to_ascii
from gradviz.story.maths.unicode import Block

MATRICES: Final = frozenset("⎡⎢⎣"), frozenset("⎤⎥⎦")
OTHERS: Final = frozenset("[("), frozenset("])")
"""Opening and closing brackets."""
OPERATORS: Final = frozenset("=≈←→+−-·×∗*⊙@/<>≤≥≠≡")
WORDS: Final = frozenset(("where", "if", "else", "with"))
"""A line is broken before signs and before these words, so that it ends with a whole term."""
INDENT: Final = "  "
"""What the lines after the first begin with."""
SMALLER: Final = ((99, 4), (99, 3), (4, 99), (4, 4), (3, 3))
"""The most rows and columns of a matrix where it does not fit, one try after another."""

Stretch = tuple[int, int]
"""Columns of a block, from and to before."""


@dataclass(frozen=True)
class Sheet:
    """A block as it is drawn, perhaps in ASCII, where a sign may take several columns."""

    block: Block
    ascii: bool = False

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        """The rows cell by cell; a wide letter stands in the first of its two cells."""
        return [split(SIZES.sub("x", line) if self.ascii else line) for line in self.block.lines]

    @cached_property
    def columns(self) -> list[tuple[str, ...]]:
        """The texts of every column, from the first row down, equally wide."""
        raw = list(zip(*self.rows, strict=True))
        if not self.ascii:
            return raw
        joined: list[list[str]] = []
        raised = False
        for column in raw:
            is_raised = any(char and char in RAISED for char in column)
            if raised and is_raised:
                joined[-1] = [a + b for a, b in zip(joined[-1], column, strict=True)]
                joined.append([""] * len(column))
            else:
                joined.append(list(column))
            raised = is_raised
        plain = [[to_ascii(text) for text in column] for column in joined]
        return [tuple(t.ljust(max(map(len, column))) for t in column) for column in plain]

    @cached_property
    def whole(self) -> list[str]:
        """The rows that are not blank."""
        if self.ascii:
            return self.lines((0, len(self.columns)))
        return [row for line in self.block.lines if (row := line.rstrip())]

    @cached_property
    def open_in(self) -> list[tuple[int, int]]:
        """For every column the matrices of several rows, and the other brackets, open in it."""
        tall, other, found = 0, 0, []
        for column in zip(*self.rows, strict=True):
            tall += not MATRICES[0].isdisjoint(column)
            other += not OTHERS[0].isdisjoint(column)
            found.append((tall, other))
            tall -= not MATRICES[1].isdisjoint(column)
            other -= not OTHERS[1].isdisjoint(column)
        return found

    def lines(self, stretch: Stretch) -> list[str]:
        """The rows of a stretch that are not blank."""
        rows = zip(*self.columns[slice(*stretch)], strict=True)
        return [line for row in rows if (line := "".join(row).rstrip())]

    def width(self, stretch: Stretch) -> int:
        """The cells that a stretch takes."""
        return max(widest(self.lines(stretch)), 0) if self.lines(stretch) else 0

    def folded(self, width: int) -> list[str]:
        """In lines of at most so many cells, broken between terms; a matrix stays whole, even one
        that is wider.
        """
        whole = self.whole
        if widest(whole) <= width:
            return whole or [""]
        indent = INDENT if width > 6 * len(INDENT) else ""
        room = width - len(indent)
        found: list[Stretch] = []
        for start, stop in self._terms(room):
            taken = room if len(found) > 1 else width
            if found and self.width((found[-1][0], stop)) <= taken:
                found[-1] = found[-1][0], stop
            else:
                found.append((start, stop))
        first, *others = found
        return [*self.lines(first), *(indent + line for o in others for line in self.lines(o))]

    def _terms(self, room: int) -> list[Stretch]:
        """The terms: those that are too wide in terms of their own, in the end cut anywhere."""
        found = [(0, len(self.columns))]
        for depth in range(max(other for _, other in self.open_in) + 1):
            found = [
                part
                for term in found
                for part in (self._split(term, depth) if self.width(term) > room else [term])
            ]
        if len(self.block.lines) > 1:
            return found
        return [piece for term in found for piece in self._pieces(term, room)]

    def _pieces(self, term: Stretch, room: int) -> list[Stretch]:
        """A term in pieces of at most so many cells, cut anywhere."""
        found = [(term[0], term[0])]
        for x in range(*term):
            start, _ = found[-1]
            if x > start and self.width((start, x + 1)) > room:
                found.append((x, x + 1))
            else:
                found[-1] = start, x + 1
        return found

    def _split(self, term: Stretch, depth: int) -> list[Stretch]:
        """A term cut at the blanks inside at most so many brackets, a sign with what follows it."""
        found: list[Stretch] = []
        sign: int | None = None
        start: int | None = None
        for x in range(term[0], term[1] + 1):
            ends = x == term[1] or self._breaks(x, depth)
            if not ends:
                start = x if start is None else start
                continue
            if start is None:
                continue
            begin, piece = start if sign is None else sign, (start, x)
            is_sign = self._is_sign(piece) and x != term[1]
            sign, start = (begin, None) if is_sign else (None, None)
            found += [] if is_sign else [(begin, x)]
        return found

    def _breaks(self, x: int, depth: int) -> bool:
        tall, other = self.open_in[x]
        blank = all(row[x] == " " for row in self.rows)
        return blank and not tall and other <= depth

    def _is_sign(self, piece: Stretch) -> bool:
        text = "".join("".join(row[slice(*piece)]).strip() for row in self.rows)
        return text in WORDS or set(text) <= OPERATORS


def narrowed(maths: Maths, rows: int, columns: int) -> Maths:
    """A formula in which no matrix has more rows and columns than these: those before the last give
    way to an ellipsis.
    """
    if maths.kind != "grid":
        return replace(maths, parts=tuple(narrowed(part, rows, columns) for part in maths.parts))
    kept = [replace(r, parts=tuple(_ends(r.parts, columns, M.phrase("…")))) for r in maths.parts]
    gap = replace(kept[0], parts=(M.phrase("⋮"),) * len(kept[0].parts))
    return replace(maths, parts=tuple(_ends(kept, rows, gap)))


def _ends(parts: Sequence[Maths], most: int, gap: Maths) -> list[Maths]:
    return list(parts) if len(parts) <= most else [*parts[: most - 2], gap, parts[-1]]


def sized(maths: Maths) -> Maths:
    """A formula with its size in place of each matrix."""
    if maths.kind == "grid":
        shape = maths.shape or (len(maths.parts), len(maths.parts[0].parts))
        return M.phrase(f"[{say_shape(tuple(shape))}]", maths.shape)
    return replace(maths, parts=tuple(map(sized, maths.parts)))


@dataclass(frozen=True)
class Room:
    """The columns that equations have, and whether they are written in ASCII."""

    width: int
    ascii: bool = False

    def written(self, maths: Maths, before: str = "", height: int = 99) -> list[str]:
        """A formula in lines: whole where it fits, else with smaller matrices, else their sizes."""
        lines = self.folded(before, maths)
        for size in SMALLER:
            if self.holds(lines, height):
                return lines
            lines = self.folded(before, narrowed(maths, *size))
        if self.holds(lines, height):
            return lines
        return self.folded(before, sized(maths))

    def whole(self, maths: Maths, before: str = "") -> list[str] | None:
        """A formula in lines; None where a matrix is too wide."""
        lines = self.folded(before, maths)
        return lines if self.holds(lines) else None

    def folded(self, before: str, maths: Maths) -> list[str]:
        """A formula after a few words, broken between its terms."""
        return Sheet(Block((before,)) + unicode.write(maths), self.ascii).folded(self.width)

    def holds(self, lines: Sequence[str], height: int = 99) -> bool:
        """Whether there is room for lines."""
        return len(lines) <= height and all(cells(line) <= self.width for line in lines)

    def beside(self, formula: Formula) -> list[str]:
        """An equation with all its parts beside each other; none where it is too wide for that."""
        whole = Sheet(formula.block, self.ascii).whole
        return whole if widest(whole) <= self.width else []

    def said(self, text: str) -> str:
        """A text in the characters that there are."""
        return to_ascii(text) if self.ascii else text


def chain(formula: Formula) -> list[Formula]:
    """An equation and those that go on from it."""
    found = [formula]
    while found[-1].then is not None:
        found.append(found[-1].then)
    return found
