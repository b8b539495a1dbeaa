"""The foot of a frame: a hairline, the sentence, the formula in the colours of the graph, a legend.

Its places are the same in every frame of a run, so all sentences and formulas are measured once, together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gradviz.layout import text
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Maths, Path, Text
from gradviz.scene.shapes import straight
from gradviz.scene.typeset import SIZE, Setting, marked, typeset
from gradviz.story.formula import Formula
from gradviz.story.frame import Frame, Story

SENTENCE: Final = 16.0
NOTE: Final = 13.0
LEGEND: Final = 12.0
LEADING: Final = 22.0
MOST_LINES: Final = 3
FORMULA: Final = 18.0
SMALLEST: Final = 11.0
"""A formula is made smaller than FORMULA to fit; below this size it is written in another way, if there is one."""
FRACTION: Final = 38.0
"""Formulas are centred in this height, a fraction's, so that their axes agree; taller ones grow downwards."""
TALLEST: Final = 170.0
WIDEST: Final = 1200.0
"""Lines of text are no longer than this, however wide the graph is."""
LEGENDS: Final = (("value", "value above the wire"), ("gradient", "gradient below"), ("hot", "this step"))

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Foot:
    """What stands at the foot of one frame."""

    sentence: Lines
    note: str
    formula: tuple[tuple[str, Setting], ...]
    scale: float

    @property
    def height(self) -> float:
        """The height of the formula."""
        return _stacked(self.formula, self.scale)


class Footer:
    """The feet of all frames of a story, in a picture of a given width and margin."""

    def __init__(self, story: Story, width: float, margin: float) -> None:
        self.margin, self.room = margin, min(width - 2 * margin, WIDEST)
        self.full = width
        self.backward = story.trace.has_backward
        frames = [story.frame(k) for k in range(len(story.trace) + 1)]
        formulas = self._formulas(frames)
        self._feet = [self._foot(frame, *formulas[frame.number]) for frame in frames]
        self._lines = max(len(foot.sentence) for foot in self._feet)
        self._noted = any(foot.note for foot in self._feet)
        self._formula_height = max(FRACTION, *(foot.height for foot in self._feet))

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

    def _foot(self, frame: Frame, formula: tuple[tuple[str, Setting], ...], scale: float) -> _Foot:
        note = text.fit(" ".join(frame.note.split()), NOTE, "bold", self.room)
        return _Foot(tuple(wrapped(frame.sentence, SENTENCE, self.room)), note, formula, scale)

    def _formulas(self, frames: list[Frame]) -> list[tuple[tuple[tuple[str, Setting], ...], float]]:
        """For each frame the lines of its formula and their scale: one line where it fits, else stacked."""
        choices = [_choices(frame.formula) for frame in frames]
        typeset(c[0][0] for c in choices if c)
        chosen = []
        for choice in choices:
            fitting: tuple[tuple[tuple[str, Setting], ...], float] = ((), 1.0)
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

    def items(self, frame: Frame, top: float) -> list[Item]:
        """What stands at the foot of a frame, its hairline at `top`."""
        foot, left = self._feet[frame.number], self.margin
        items: list[Item] = [Path("footer-line", "line", straight(left, top, self.full - left, top))]
        role = "warning" if frame.strange else "ink"
        first = self._lines - len(foot.sentence)  # a shorter sentence keeps close to its formula
        for i, line in enumerate(foot.sentence):
            y = top + 34 + (first + i) * LEADING
            items.append(Text(f"sentence-{i + 1}", role, left, y, line, SENTENCE, "medium", "start"))
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
        for role, words in LEGENDS:
            if role == "gradient" and not self.backward:
                continue
            items.append(Text(f"legend-{role}", role, x, baseline, words, LEGEND, "semibold", "start"))
            x += wide(words, LEGEND) + 26
        return items


def _choices(formula: Formula | None) -> list[Lines]:
    """The ways to write a formula, best first: on one line, in lines, and both without the numbers put in."""
    if formula is None:
        return []
    lines = tuple(line.replace("\n", " ") for line in formula.painted(marked))  # names may hold line breaks
    short = lines if formula.filled is None else (lines[0], *lines[2:])
    ways = [_joined(lines), lines, _joined(short), short]
    return [way for i, way in enumerate(ways) if way not in ways[:i]]


def _joined(lines: Lines) -> Lines:
    first, *rest = lines
    return (" ".join([first, *(f"#h(0.4em) = #h(0.4em) {line.removeprefix('=')}" for line in rest)]),)


def _stacked(formula: tuple[tuple[str, Setting], ...], scale: float) -> float:
    if not formula:
        return 0.0
    return sum(setting.height * scale for _, setting in formula) + 10 * (len(formula) - 1)


def wrapped(words: str, size: float, room: float) -> list[str]:
    """A sentence in lines that fit the room in any weight; the last of MOST_LINES ends in an ellipsis."""
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
