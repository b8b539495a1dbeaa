"""Where the grids of an update stand, in the same places for every parameter of a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gradviz.arrays.digits import DIGITS, number, typeset
from gradviz.graph.graph import Graph
from gradviz.scene.blocks import wide
from gradviz.scene.typeset import SIZE
from gradviz.scene.typeset import typeset as set_
from gradviz.scene.views.neurons.place import Written
from gradviz.story.descent.frames import UpdateStory
from gradviz.story.maths import M, Maths
from gradviz.story.maths.names import PRODUCTS, Sign
from gradviz.story.maths.source import source
from gradviz.story.maths.unicode import powers

NUMBER: Final = 16.0
SMALL: Final = 12.5
NAME: Final = 21.0
PAD: Final = 7.0
CELL: Final = 36.0
"""The height of a cell."""
NARROWEST: Final = 46.0
WORDS: Final = ("before", "its gradient", "after")
ELISION: Final = 22.0
"""In place of rows and columns that are not drawn."""
FEW: Final = 2
"""So many columns have room for all digits."""
LEADING: Final = (2, 1)
"""How many of the first rows and columns of a large array are drawn."""
HEADS: Final = 38.0
ARROW: Final = 64.0
BARS: Final = 150.0
BAR_GAP: Final = 46.0
LOSS: Final = 118.0
"""The height of the loss before and after."""
GRIDS: Final = 3
"""A parameter, its gradient, and the parameter after."""
STRIP: Final = 132.0
"""The height of the losses below."""
BELOW: Final = 34.0
"""From the grids to the losses."""
LEFT: Final = 118.0
"""Before the first loss, for words."""
WIDTH: Final = 720.0
"""The least width, for the losses below."""
SHAPE: Final = (908.0, 400.0)
"""The room of a slide, whose shape decides where the loss stands."""
MINUS: Final = Sign("−", "-", "-", "-")


@dataclass(frozen=True)
class Shown:
    """What is drawn of an array: its rows and columns, None for those left out, and its numbers."""

    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]
    shape: tuple[int, int]

    def texts(self, plain: Sequence[Sequence[Any]], digits: int) -> dict[tuple[int, int], str]:
        """The numbers by row and column."""
        return {
            (i, j): powers(typeset(number(plain[i][j], digits)))
            for i in self.rows
            for j in self.columns
            if i is not None and j is not None
        }


def as_rows(xp: Any, value: Any) -> tuple[list[list[Any]], tuple[int, int]]:
    """An array as rows and columns: a vector is a row, further axes are laid out in a row."""
    shape = tuple(xp.shape(value))
    rows = 1 if len(shape) < 2 else shape[0]
    size = 1
    for n in shape:
        size *= n
    columns = size // rows if rows else 0
    return xp.plain(xp.reshape(value, (rows, columns))), (rows, columns)


def element(shape: Sequence[int], place: Sequence[int]) -> tuple[int, int]:
    """Where an element of such an array stands."""
    if len(shape) < 2:
        return 0, place[0] if place else 0
    column = 0
    for n, i in zip(shape[1:], place[1:], strict=True):
        column = column * n + i
    return place[0], column


def chosen(count: int, lit: int, lead: int) -> tuple[int | None, ...]:
    """The rows to draw of so many: all of few, else the first ones, the lit one and the last."""
    if count <= lead + 2:
        return tuple(range(count))
    found: list[int | None] = []
    for i in sorted({*range(lead), lit, count - 1}):
        if found and found[-1] != i - 1:
            found.append(None)
        found.append(i)
    return tuple(found)


class UpdateLayout:
    """The places of one pass, from the top left corner of the figure."""

    def __init__(self, story: UpdateStory) -> None:
        self.story, self.walk, self.trace = story, story.walk, story.walk.trace
        self.digits = story.rules.digits
        self.frames = [story.frame(k) for k in range(1, story.total + 1)]
        self.operator = self._operator()
        self.grids = tuple(self._widest(n) for n in range(GRIDS))
        self.deep = max(self.size(k, 0)[1] for k in range(story.total))
        wanted = self.operator.width + 34 if self.operator is not None else 0.0
        self.between = max(wanted, wide(self.said, SMALL) + 20, 40.0)
        name = self.trace.updates.rule.name if self.trace.updates is not None else ""
        arrow = max(ARROW, 0.0 if self.is_plain else wide(name, SMALL) + 16)
        second = self.grids[0] + self.between
        self.starts = 0.0, second, second + self.grids[1] + arrow
        self.top = HEADS
        self._place_losses(self.starts[2] + self.grids[2])

    def _place_losses(self, right: float) -> None:
        """Put the loss right of the grids, or below them beside the losses of the run, whichever
        leaves the numbers larger.
        """
        strip = STRIP if len(self.history) > 1 else 0.0
        high = max(self.deep, LOSS)
        beside = max(WIDTH, right + BAR_GAP + BARS), HEADS + high + BELOW + strip
        below = max(WIDTH, right), HEADS + self.deep + BELOW + STRIP
        is_below = _share(below) < _share(beside)
        self.width, self.height = below if is_below else beside
        self.strip = self.height - (STRIP if is_below else strip)
        self.bars = self.width - BARS
        self.bars_top = self.strip + 22 if is_below else self.top
        self.strip_right = self.bars - BAR_GAP / 2 if is_below else self.width

    def _widest(self, n: int) -> float:
        """The room that a grid takes in any of its frames, its head included."""
        return max(max(self.size(k, n)[0], self.head(k, n)) for k in range(self.story.total))

    @property
    def history(self) -> Sequence[tuple[int, float]]:
        """Losses of the run."""
        updates = self.trace.updates
        return updates.history if updates is not None else ()

    @property
    def said(self) -> str:
        """What stands below the operator."""
        return "learning rate" if self.is_plain else ""

    @property
    def is_plain(self) -> bool:
        """Whether the step is the gradient times a rate, and nothing else."""
        updates = self.trace.updates
        return updates is not None and len(updates.rule.lines) == 1 and not self.state

    @property
    def state(self) -> Sequence[str]:
        """What the optimiser keeps."""
        updates = self.trace.updates
        return tuple(updates.each[0].state_after) if updates is not None else ()

    def _operator(self) -> Written | None:
        updates = self.trace.updates
        assert updates is not None
        if not self.is_plain or "lr" not in updates.rule.numbers:
            return None
        rate = self.story.rules.shown(self.trace.xp.asarray(updates.rule.numbers["lr"]))
        written = source(MINUS, rate, PRODUCTS["·"])
        return Written(written, set_([written])[written], NAME / SIZE)

    def _set(self, maths: Maths) -> Written:
        written = source(maths)
        return Written(written, set_([written])[written], NAME / SIZE)

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """What is drawn of each parameter."""
        found = []
        for place in self.walk.places:
            shape = self.graph.nodes[place.node].shape or ()
            rows, columns = as_rows(self.trace.xp, self.trace.values[place.node])[1]
            i, j = element(shape, place.element)
            drawn = chosen(rows, i, LEADING[0]), chosen(columns, j, LEADING[1])
            found.append(Shown(*drawn, (rows, columns)))
        return tuple(found)

    @property
    def graph(self) -> Graph:
        """The graph of the pass."""
        return self.trace.graph

    @cached_property
    def numbers(self) -> tuple[tuple[dict[tuple[int, int], str], ...], ...]:
        """The numbers of each parameter before, its gradient, and after."""
        found = []
        for k, place in enumerate(self.walk.places):
            step = self.walk.step(k + 1)
            arrays = step.before, self.trace.gradients[place.node], step.after
            texts = [self.shown[k].texts(as_rows(self.trace.xp, a)[0], self.fewer) for a in arrays]
            found.append(tuple(self._told(k, texts)))
        return tuple(found)

    @cached_property
    def fewer(self) -> int:
        """The digits of numbers in cells: one less than usual where there are many."""
        many = any(len(shown.columns) > FEW for shown in self.shown)
        return self.digits - 1 if many and self.digits == DIGITS else self.digits

    def _told(self, k: int, texts: list[dict[tuple[int, int], str]]) -> Any:
        """The lit numbers have as many digits as in the formula."""
        frame, place = self.frames[k], self.walk.places[k]
        shape = self.graph.nodes[place.node].shape or ()
        at = element(shape, place.element)
        formula = frame.formula
        step = self.walk.step(k + 1)
        while formula is not None and formula.then is not None:
            formula = formula.then
        digits = formula.digits if formula is not None else self.digits
        arrays = step.before, self.trace.gradients[place.node], step.after
        needed = digits, digits, self.digits
        for array, found, own in zip(arrays, texts, needed, strict=True):
            rows = as_rows(self.trace.xp, array)[0]
            found[at] = powers(typeset(number(rows[at[0]][at[1]], own)))
        return texts

    def cell(self, k: int, n: int) -> float:
        """The width of the cells of a parameter's grid; before and after are alike."""
        alike = (1,) if n == 1 else (0, 2)
        texts = [t for grid in alike for t in self.numbers[k][grid].values()]
        return max(NARROWEST, *(wide(t, NUMBER) + 2 * PAD for t in texts))

    def across(self, k: int, n: int) -> dict[int, float]:
        """The left edge of each column of a parameter's grid, from the grid's."""
        return _places(self.shown[k].columns, self.cell(k, n))[0]

    def down(self, k: int) -> dict[int, float]:
        """The top of each row."""
        return _places(self.shown[k].rows, CELL)[0]

    def size(self, k: int, n: int) -> tuple[float, float]:
        """The width and height of a parameter's grid."""
        shown = self.shown[k]
        return _places(shown.columns, self.cell(k, n))[1], _places(shown.rows, CELL)[1]

    @cached_property
    def names(self) -> tuple[tuple[Written, Written], ...]:
        """The name of each parameter and of its gradient."""
        found = []
        for place in self.walk.places:
            label = self.story.rules.label(place.node)
            found.append((self._set(label), self._set(M.differential(label))))
        return tuple(found)

    def head(self, k: int, n: int) -> float:
        """The width of the head over a grid."""
        return self.names[k][n == 1].width + wide(WORDS[n], SMALL) + 14


def _share(size: tuple[float, float]) -> float:
    """How many of its units a figure of this size has across the room."""
    return max(size[0] / SHAPE[0], size[1] / SHAPE[1])


def _places(slots: Sequence[int | None], size: float) -> tuple[dict[int, float], float]:
    found, start = {}, 0.0
    for slot in slots:
        if slot is not None:
            found[slot] = start
        start += ELISION if slot is None else size
    return found, start
