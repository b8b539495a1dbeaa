"""The foot of a slide: the sentence at the left, the formula at the right, below a hairline.

Its height is the same in every frame of every run, so no other frame need be told to draw one.
What does not fit beside each other is set below each other; a formula that still does not fit is
shortened: long sums are cut, then the numbers put in are left out, then the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from gradviz.layout import text
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Maths, Path, Text
from gradviz.scene.shapes import straight
from gradviz.scene.typeset import SIZE, Setting, marked, typeset
from gradviz.story.formula import Formula
from gradviz.story.maths.names import Sign
from gradviz.story.maths.source import Source, source
from gradviz.story.maths.unicode import named, powers
from gradviz.story.walks import WalkFrame

HEIGHT: Final = 86.0
LEGEND: Final = 22.0
"""The height of the foot, and of the legend below it."""
ALONE: Final = 14.0
"""From the hairline to a legend that stands alone."""
FIRST: Final = 27.0
"""From the hairline to the first baseline, where the formula stands below."""
SENTENCES: Final = ((16.0, 21.0, 3), (14.0, 18.0, 3), (13.0, 15.5, 4))
"""Sizes of the sentence with their leading and the most lines, the best first."""
NOTE: Final = 12.0
FORMULA: Final = 18.0
COMFORTABLE, LEGIBLE = 15.0, 12.0
"""A formula is made smaller than FORMULA to fit, beside the sentence or below it; one that would be
smaller than LEGIBLE is written in another way.
"""
GUTTER: Final = 32.0
BESIDE: Final = 0.62
"""The share of the width that a formula beside the sentence may take."""
BETWEEN: Final = 7.0
"""Between the lines of a formula, and above a formula that stands below its sentence."""
SIGNS: Final = ("=", "≈", "←", "→", "·", "+", "−", "⊙", "@", "/")
LONGEST: Final = 1200.0
"""Lines of text are no longer than this, however wide the picture is."""

Lines = tuple[str, ...]
Way = tuple[Source, ...]
"""A way to write a formula, in lines."""
SPACE: Final = Sign(" ", r"\hspace{0.4em}", "#h(0.4em)", " ")
"""Around a sign where the lines of a formula stand beside each other."""


class Said(NamedTuple):
    """The sentence in lines, their size and leading, and the note."""

    lines: Lines
    size: float
    leading: float
    note: Lines = ()
    whole: bool = True

    @property
    def _between(self) -> float:
        """From the first baseline to the last."""
        return self.leading * max(len(self.lines) + len(self.note) - 1, 0)

    @property
    def height(self) -> float:
        """From the hairline to the last baseline, if the first is at FIRST."""
        return FIRST + self._between

    @property
    def first(self) -> float:
        """The first baseline with which all lines are in the middle of the foot."""
        return (HEIGHT + text.x_height(self.size) - self._between) / 2


class Written(NamedTuple):
    """The lines of a formula with their settings, at a scale."""

    lines: tuple[tuple[Source, Setting], ...]
    scale: float

    @property
    def width(self) -> float:
        """The width of its longest line."""
        return max((setting.width for _, setting in self.lines), default=0.0) * self.scale

    @property
    def height(self) -> float:
        """The height of its lines."""
        gaps = BETWEEN * max(len(self.lines) - 1, 0)
        return sum(setting.height for _, setting in self.lines) * self.scale + gaps

    @property
    def size(self) -> float:
        """The size of its letters; of nothing, the best."""
        return self.scale * SIZE if self.lines else FORMULA


NOTHING: Final = Said((), 16.0, 21.0)
UNWRITTEN: Final = Written((), 1.0)


@dataclass(frozen=True)
class Foot:
    """The feet of all frames in a picture from `left` to `right`.

    legends    the roles and words of the legend; empty for none.
    caption    words in place of every sentence.
    names      what the graph calls its nodes, typeset there and so in the sentence.
    """

    left: float
    right: float
    sentence: bool = True
    formula: bool = True
    legends: Sequence[tuple[str, str]] = ()
    caption: str = ""
    names: Sequence[str] = ()

    @property
    def height(self) -> float:
        """From the hairline to the end of the picture; 0 if nothing is said."""
        return height(self.sentence, self.formula, bool(self.legends))

    def items(self, frame: WalkFrame | None, top: float) -> list[Item]:
        """The items at the foot of a frame, its hairline at `top`."""
        if not self.height:
            return []
        items: list[Item] = [
            Path("footer-line", "line", straight(self.left, top, self.right, top), 1.0)
        ]
        if self.sentence or self.formula:
            items += self._told(frame, top)
        at_rest = frame is None or (frame.focus is None and frame.number > 0)
        return items + self._legend(top + self.height - 16.0, at_rest)

    def _told(self, frame: WalkFrame | None, top: float) -> Iterator[Item]:
        said, written, beside = self._arranged(frame)
        role = "warning" if frame and frame.strange and not self.caption else "ink"
        y = top + (said.first if beside else FIRST)
        for i, line in enumerate(said.lines, 1):
            yield Text(f"sentence-{i}", role, self.left, y, line, said.size, "medium", "start")
            y += said.leading
        for i, line in enumerate(said.note, 1):
            key = f"note-{i}" if i > 1 else "note"
            yield Text(key, "muted", self.left, y, line, NOTE, "regular", "start")
            y += said.leading
        if beside:
            x, y = self.right - written.width, top + (HEIGHT - written.height) / 2
        else:
            bottom = top + HEIGHT - 8.0
            x, y = self.left, min(top + said.height + 12.0, bottom - written.height)
        for i, (line, setting) in enumerate(written.lines, 1):
            yield Maths(f"formula-{i}", "ink", x, y, line, setting, written.scale)
            y += setting.height * written.scale + BETWEEN

    def foresee(self, frames: Iterable[WalkFrame]) -> None:
        """Set the formulas of these frames in one go, which is faster than one by one."""
        if self.formula:
            typeset(line for frame in frames for line in next(_ways(frame.formula)))

    def _arranged(self, frame: WalkFrame | None) -> tuple[Said, Written, bool]:
        """The sentence, the formula, and whether they stand beside each other: the first way to
        write the formula in which both are whole and legible, else the sentence alone.
        """
        words, note = self.caption, ""
        if frame is not None and not self.caption:
            words, note = (powers(named(said, self.names)) for said in (frame.sentence, frame.note))
        if not self.sentence:
            words = note = ""
        formula = frame.formula if self.formula and frame else None
        for way in _ways(formula):
            tried = [self._beside(words, note, way), self._below(words, note, way)]
            for least in (COMFORTABLE, LEGIBLE):
                for said, written, beside in tried:
                    if said.whole and written.size >= least:
                        return said, written, beside
        return tried[0]

    def _beside(self, words: str, note: str, way: Way) -> tuple[Said, Written, bool]:
        width = self.right - self.left
        written = _fitted(way, BESIDE * width if words else width, HEIGHT - 2 * 9.0)
        room = width - written.width - GUTTER if way else width
        return _said(words, note, min(room, LONGEST)), written, True

    def _below(self, words: str, note: str, way: Way) -> tuple[Said, Written, bool]:
        width = self.right - self.left
        said = _said(words, note, min(width, LONGEST))
        return said, _fitted(way, width, HEIGHT - said.height - 20.0), False

    def _legend(self, baseline: float, at_rest: bool) -> list[Item]:
        items: list[Item] = []
        x = self.left
        for role, words in self.legends:
            if role == "hot" and at_rest:
                continue
            items.append(
                Text(f"legend-{role}", role, x, baseline, words, NOTE, "semibold", "start")
            )
            x += wide(words, NOTE) + 26
        return items


def height(sentence: bool, formula: bool, legend: bool) -> float:
    """The height of a foot that says these."""
    if not legend:
        return HEIGHT if sentence or formula else 0.0
    return (HEIGHT if sentence or formula else ALONE) + LEGEND


def _said(words: str, note: str, room: float) -> Said:
    """A sentence and its note in the largest size at which they are whole, else cut."""
    if not words:
        return NOTHING
    for size, leading, most in SENTENCES:
        lines = _balanced(words, size, room)
        noted = wrapped(note, NOTE, room) if note else []
        said = Said(tuple(lines), size, leading, tuple(noted))
        if len(lines) + len(noted) <= most and all(wide(line, size) <= room for line in lines):
            return said
    kept = max(most - len(noted), 1)
    lines[kept - 1 :] = [" ".join(lines[kept - 1 :])]
    cut = tuple(text.fit(line, size, "bold", room) for line in lines)
    left = tuple(text.fit(line, NOTE, "bold", room) for line in noted[: most - len(cut)])
    return Said(cut, size, leading, left, whole=False)


def _fitted(way: Way, width: float, high: float) -> Written:
    """A formula at most as large as FORMULA, and as wide and high as this."""
    if not way:
        return UNWRITTEN
    set_ = typeset(way)
    lines = tuple((line, set_[line]) for line in way)
    natural = Written(lines, 1.0)
    gaps = BETWEEN * (len(lines) - 1)
    tall = max(natural.height - gaps, 1e-9)
    fits = min(width / max(natural.width, 1e-9), max(high - gaps, 1.0) / tall)
    return Written(lines, min(FORMULA / SIZE, fits))


def _ways(formula: Formula | None) -> Iterator[Way]:
    """The ways to write a formula, best first, each on one line and in lines: whole, with long sums
    cut, without the numbers put in, and without the result; the last is nothing at all. One of
    several equations that has a shorter form is written whole or in that form.
    """
    if formula is not None and formula.shorter is not None:
        yield _joined(_painted(formula))
        yield from _ways(formula.shorter)
        return
    if formula is not None:
        less = replace(formula, filled=None)
        for written in (formula, formula.shortened, less, less.shortened, formula.symbols):
            lines = _painted(written)
            yield _joined(lines)
            if len(lines) > 1:
                yield lines
    yield ()


def _painted(formula: Formula) -> Way:
    return tuple(source(*line, paint=marked) for line in formula.lines)


def _joined(lines: Way) -> Way:
    first, *rest = (line.pieces for line in lines)
    parts = (piece for sign, *part in rest for piece in (SPACE, sign, SPACE, *part))
    return (source(*first, *parts, paint=marked),)


def _balanced(words: str, size: float, room: float) -> list[str]:
    """A text in as few lines as fit the room, all about as long."""
    lines = wrapped(words, size, room)
    low, high = room / 2, room
    while len(lines) in (2, 3) and high - low > room / 64:
        middle = (low + high) / 2
        tried = wrapped(words, size, middle)
        fits = len(tried) == len(lines) and all(wide(line, size) <= middle for line in tried)
        low, high = (low, middle) if fits else (middle, high)
    return wrapped(words, size, high)


def _bound(words: list[str]) -> Iterator[str]:
    """Words with the signs before them, so that no line begins with what a sign belongs to."""
    signs = ""
    for word in words:
        if word in SIGNS:
            signs += f"{word} "
        else:
            yield signs + word
            signs = ""
    if signs:
        yield signs.strip()


def wrapped(words: str, size: float, room: float) -> list[str]:
    """A text in lines that fit the room in any weight, as far as its words do."""
    lines, line = [], ""
    for word in _bound(words.split()):
        gap = " "
        for part in text.breakable(word):
            longer = f"{line}{gap}{part}" if line else part
            if line and wide(longer, size) > room:
                lines.append(line)
                line = part
            else:
                line = longer
            gap = ""
    return [*lines, line]
