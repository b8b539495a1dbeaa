"""The foot of a frame: a hairline, the sentence, the formula in the colours of the graph, a legend.

Its layout is the same in every frame of a run, so all sentences and formulas are measured once,
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gradviz.layout import text
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Maths, Path, Rect, Text
from gradviz.scene.shapes import straight
from gradviz.scene.typeset import SIZE, Setting, marked, typeset
from gradviz.story.formula import Formula
from gradviz.story.walks import WalkFrame, WalkStory


@dataclass(frozen=True)
class Measures:
    """Sizes in the header of a kind of picture: of its letters, of the gaps after the heading and
    after the progress, of the least bar, and how far the bar stands above the baseline.
    """

    letters: float = 13.0
    gaps: tuple[float, float] = (12.0, 18.0)
    bar: float = 160.0
    lift: float = 4.6


USUAL: Final = Measures()
BASELINE: Final = 34.0


@dataclass(frozen=True)
class Header:
    """The header of every frame of a story, in a picture of a given margin: its heading, its
    progress, and the bar of the whole walk.
    """

    story: WalkStory
    margin: float
    measures: Measures = USUAL

    @cached_property
    def _progress(self) -> float:
        size = self.measures.letters
        return self.margin + max(wide(h, size) for h in self.story.headings) + self.measures.gaps[0]

    @cached_property
    def _bar(self) -> float:
        words = self.story.longest_progress
        return self._progress + wide(words, self.measures.letters) + self.measures.gaps[1]

    @property
    def width(self) -> float:
        """The least width of the picture."""
        return self._bar + self.measures.bar + self.margin

    def items(self, frame: WalkFrame, width: float) -> list[Item]:
        """The items at the top of a frame."""
        role, size = "hot" if frame.number else "muted", self.measures.letters
        heading, progress = frame.heading, frame.progress
        at = self._progress
        bar = Bar(frame.total, self.story.walk.forward_steps, BASELINE - self.measures.lift)
        return [
            Text("header-phase", role, self.margin, BASELINE, heading, size, "semibold", "start"),
            Text("header-step", "muted", at, BASELINE, progress, size, "regular", "start"),
            *bar.items(frame.number, self._bar, width - self.margin - self._bar),
        ]


MOST_SEGMENTS: Final = 60
THICK: Final = 5.0
GAP: Final = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a run of `total` steps, of which the first `forward` are the forward pass, about
    the height y.
    """

    total: int
    forward: int
    y: float

    def items(self, now: int, x: float, length: float) -> list[Item]:
        """The bar after `now` steps, from x on."""
        if not self.total:
            return []
        return (
            self._segments(now, x, length)
            if self.total <= MOST_SEGMENTS
            else self._line(now, x, length)
        )

    def _segments(self, now: int, x: float, length: float) -> list[Item]:
        pitch = (length + GAP) / self.total
        return [
            self._piece(f"progress-{k}", self._role(k, now), x + (k - 1) * pitch, pitch - GAP)
            for k in range(1, self.total + 1)
        ]

    def _role(self, k: int, now: int) -> str:
        if k > now:
            return "progress ahead"
        if k == now:
            return "progress now"
        return "progress forward" if k <= self.forward else "progress backward"

    def _line(self, now: int, x: float, length: float) -> list[Item]:
        """A plain line: the forward part, the backward part, and a mark for the current step."""

        def at(k: int) -> float:
            return length * k / self.total

        items: list[Item] = [self._piece("progress-ahead", "progress ahead", x, length)]
        forward = min(now, self.forward)
        if forward:
            items.append(self._piece("progress-forward", "progress forward", x, at(forward)))
        if now > forward:
            items.append(
                self._piece(
                    "progress-backward", "progress backward", x + at(forward), at(now) - at(forward)
                )
            )
        if now:
            left = x + min(max(at(now) - 5, 0.0), length - 10)
            items.append(Rect("progress-now", "progress now", left, self.y - 5, 10, 10, 5))
        return items

    def _piece(self, key: str, role: str, x: float, length: float) -> Rect:
        thick = THICK + 2 if role == "progress now" else THICK
        return Rect(key, role, x, self.y - thick / 2, length, thick, min(thick, length) / 2)


SENTENCE: Final = 16.0
NOTE: Final = 13.0
LEGEND: Final = 12.0
LEADING: Final = 22.0
MOST_LINES: Final = 3
FORMULA: Final = 18.0
SMALLEST: Final = 11.0
"""A formula is made smaller than FORMULA to fit; below this size another way of writing it is used,
if there is one.
"""
FRACTION: Final = 38.0
"""Formulas are centred in this height, a fraction's, so that their axes agree; taller ones grow
downwards.
"""
TALLEST: Final = 170.0
WIDEST: Final = 1200.0
"""Lines of text are no longer than this, however wide the graph is."""
LEGENDS: Final = (
    ("value", "value above the wire"),
    ("gradient", "gradient below"),
    ("hot", "this step"),
)

Lines = tuple[str, ...]
Set = tuple[tuple[tuple[str, Setting], ...], float]
"""The lines of a formula with their settings, and their scale."""


@dataclass(frozen=True, slots=True)
class _Foot:
    """The foot of one frame."""

    sentence: Lines
    note: str
    formula: tuple[tuple[str, Setting], ...]
    scale: float

    @property
    def height(self) -> float:
        """The height of the formula."""
        return _stacked(self.formula, self.scale)


class Footer:
    """The feet of all frames of a story, in a picture of a given width and margin.

    Of a run of more than `most` steps only `most` are measured; the text of the others is made to
    fit.
    """

    def __init__(
        self,
        story: WalkStory,
        width: float,
        margin: float,
        legends: Sequence[tuple[str, str]] = LEGENDS,
        most: int | None = None,
    ) -> None:
        self.story, self.margin, self.room = story, margin, min(width - 2 * margin, WIDEST)
        self.full, self.legends = width, legends
        self.backward = story.walk.has_backward
        frames = [story.frame(k) for k in _spread(len(story.walk), most)]
        formulas = self._formulas(frames)
        self._feet = {
            f.number: self._foot(f, *set_) for f, set_ in zip(frames, formulas, strict=True)
        }
        self._lines = max(len(foot.sentence) for foot in self._feet.values())
        self._noted = any(foot.note for foot in self._feet.values())
        self._formula_height = max(FRACTION, *(foot.height for foot in self._feet.values()))

    @property
    def height(self) -> float:
        """From the hairline to the end of the picture."""
        return self._legend_baseline + 28

    @property
    def _formula_top(self) -> float:
        return 34 + LEADING * (self._lines - 1) + 18

    @property
    def _note_baseline(self) -> float:
        return self._formula_top + self._formula_height + (26 if self._noted else 6)

    @property
    def _legend_baseline(self) -> float:
        return self._note_baseline + 32

    def _of(self, frame: WalkFrame) -> _Foot:
        """The foot of a frame, no higher than those that were measured."""
        if frame.number not in self._feet:
            foot = self._foot(frame, *self._formulas([frame])[0])
            lines = foot.sentence[: self._lines]
            if lines != foot.sentence:
                lines = (*lines[:-1], text.fit(lines[-1] + " …", SENTENCE, "bold", self.room))
            scale = foot.scale * min(1.0, self._formula_height / max(foot.height, 1e-9))
            self._feet[frame.number] = _Foot(
                lines, foot.note if self._noted else "", foot.formula, scale
            )
        return self._feet[frame.number]

    def _foot(
        self, frame: WalkFrame, formula: tuple[tuple[str, Setting], ...], scale: float
    ) -> _Foot:
        note = text.fit(" ".join(frame.note.split()), NOTE, "bold", self.room)
        return _Foot(tuple(wrapped(frame.sentence, SENTENCE, self.room)), note, formula, scale)

    def _formulas(self, frames: Sequence[WalkFrame]) -> list[Set]:
        """For each frame the lines of its formula and their scale: one line where it fits, else
        stacked.
        """
        choices = [_choices(frame.formula) for frame in frames]
        typeset(c[0][0] for c in choices if c)
        chosen = []
        for choice in choices:
            fitting: Set = ((), 1.0)
            for lines in choice:
                set_ = typeset(lines)
                formula = tuple((line, set_[line]) for line in lines)
                widest = max(setting.width for _, setting in formula)
                scale = min(FORMULA / SIZE, self.room / widest)
                legible = scale * SIZE >= SMALLEST and _stacked(formula, scale) <= TALLEST
                if legible or lines is choice[-1]:
                    fitting = formula, scale
                    break
            chosen.append(fitting)
        return chosen

    def items(self, frame: WalkFrame, top: float) -> list[Item]:
        """The items at the foot of a frame, its hairline at `top`."""
        foot, left = self._of(frame), self.margin
        items: list[Item] = [
            Path("footer-line", "line", straight(left, top, self.full - left, top))
        ]
        role = "warning" if frame.strange else "ink"
        first = self._lines - len(foot.sentence)  # a shorter sentence keeps close to its formula
        for i, line in enumerate(foot.sentence):
            y = top + 34 + (first + i) * LEADING
            items.append(
                Text(f"sentence-{i + 1}", role, left, y, line, SENTENCE, "medium", "start")
            )
        if foot.note:
            y = top + self._note_baseline
            items.append(Text("note", "muted", left, y, foot.note, NOTE, "regular", "start"))
        y = top + self._formula_top + max(0.0, (FRACTION - foot.height) / 2)
        for i, (source, setting) in enumerate(foot.formula):
            items.append(Maths(f"formula-{i + 1}", "ink", left, y, source, setting, foot.scale))
            y += setting.height * foot.scale + 10
        return items + self._legend(top + self._legend_baseline)

    def _legend(self, baseline: float) -> list[Item]:
        items: list[Item] = []
        x = self.margin
        for role, words in self.legends:
            if role == "gradient" and not self.backward:
                continue
            items.append(
                Text(f"legend-{role}", role, x, baseline, words, LEGEND, "semibold", "start")
            )
            x += wide(words, LEGEND) + 26
        return items


def _spread(total: int, most: int | None) -> Sequence[int]:
    """All steps, or about `most` of them, spread evenly over a longer run."""
    if most is None or total <= most:
        return range(total + 1)
    return [total * k // most for k in range(most + 1)]


def _choices(formula: Formula | None) -> list[Lines]:
    """The ways to write a formula, best first: on one line, in lines, and both without the
    substituted numbers.
    """
    if formula is None:
        return []
    lines = tuple(
        line.replace("\n", " ") for line in formula.painted(marked)
    )  # names may hold line breaks
    short = lines if formula.filled is None else (lines[0], *lines[2:])
    ways = [_joined(lines), lines, _joined(short), short]
    return [way for i, way in enumerate(ways) if way not in ways[:i]]


def _joined(lines: Lines) -> Lines:
    first, *rest = lines
    parts = (line.partition(" ") for line in rest)
    return (" ".join([first, *(f"#h(0.4em) {sign} #h(0.4em) {part}" for sign, _, part in parts)]),)


def _stacked(formula: tuple[tuple[str, Setting], ...], scale: float) -> float:
    if not formula:
        return 0.0
    return sum(setting.height * scale for _, setting in formula) + 10 * (len(formula) - 1)


def wrapped(words: str, size: float, room: float) -> list[str]:
    """A sentence in lines that fit the room in any weight; the last of MOST_LINES ends in an
    ellipsis.
    """
    lines, line = [], ""
    for word in words.split():
        longer = f"{line} {word}" if line else word
        if line and wide(longer, size) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [" ".join(lines[MOST_LINES - 1 :])]
    return [text.fit(line, size, "bold", room) for line in lines]
