"""The contents of the cells of a figure: numbers that fit, and the levels of heatmaps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number, writing
from gradviz.layout import text
from gradviz.scene.blocks import Levels, as_shown, heat, wide
from gradviz.scene.views.cells.sheets import MOST_NUMBERS, View
from gradviz.story.cells.frames import CellStory
from gradviz.story.maths.of_graph import of_text
from gradviz.story.maths.unicode import text as unicode_text
from gradviz.story.values import flat
from gradviz.trace.cells import Place

WIDEST: Final = 4.6
"""A number in a cell takes no more than this many times its size; a longer one loses digits."""
MOST_STEPS: Final = 400
MOST_VALUES: Final = 4_000
"""Beyond these limits not every number is measured: cells are then as wide as the widest possible
number.
"""


class CellNumbers:
    """The numbers of one walk as they are shown."""

    def __init__(self, story: CellStory) -> None:
        self.story, self.trace, self.xp = story, story.walk, story.walk.trace.xp
        self._levels: dict[tuple[Any, ...], Levels] = {}

    def text(self, value: Any, size: float) -> str:
        """A number with as many digits as fit into a cell, but fewer than formulas have."""
        plain = self.xp.plain(value)
        if isinstance(plain, str):
            return text.fit(
                unicode_text(of_text(plain)).partition("\n")[0], size, "bold", WIDEST * size
            )
        return text.fit(self._digits(plain, size)[1], size, "bold", WIDEST * size)

    def _digits(self, plain: Any, size: float) -> tuple[str, str]:
        """A number with as many digits as fit, plain and as it is typeset; a fraction that does not
        fit is written in digits, a large number with a power of ten where not even its whole part
        fits.
        """
        most = max(1, self.story.rules.digits - 1)
        fraction = [number(plain)] if "/" in number(plain) else []
        with writing("digits"):
            ways = fraction + [number(plain, digits) for digits in range(most, 0, -1)]
        if abs(plain) < math.inf:
            ways += [_scientific(plain, digits) for digits in range(most, 0, -1)]
        for short in ways:
            if wide(said := as_shown(short), size) <= WIDEST * size:
                break
        return short, said

    def rounded(self, value: Any) -> float:
        """A number as a cell shows it; NaN for one that is exact."""
        plain = self.xp.plain(self.xp.asarray(value))
        if isinstance(plain, str):
            return math.nan
        short = self._digits(plain, 1.0)[0]
        return float(plain) if "/" in short else float(short.replace("∞", "inf"))

    def widest(self, size: float) -> float:
        """The width of the widest number that any grid of numbers will ever hold."""
        return self._widest * size

    @cached_property
    def _widest(self) -> float:
        """The same for numbers of size 1."""
        found = 1.5
        for value in self._all():
            if value is None:
                return WIDEST
            found = max(found, wide(self.text(value, 1.0), 1.0))
        return found

    def _all(self) -> Iterator[Any]:
        """Every number of the grids of numbers; None where there are too many to look at."""
        trace = self.trace
        slots = [*range(len(trace.row.inputs)), None]
        arrays = [trace.value(slot) for slot in slots if self._in_numbers(slot)]
        if trace.has_backward and self._in_numbers(None):
            arrays.append(trace.upstream)
        if (
            len(trace) > MOST_STEPS
            or sum(math.prod(self.xp.shape(a)) for a in arrays) > MOST_VALUES
        ):
            yield None
            return
        for array in arrays:
            yield from self._elements(array)
        for step in trace:
            if step.slot is not None:
                yield from step.after
                yield from step.contributions
                continue
            yield from (p for p in step.parts if p is not None)
            if not self._in_numbers(0):  # then the window itself is magnified
                yield from (n for n in step.numbers[0] or () if n is not None)

    def _in_numbers(self, slot: int | None) -> bool:
        return max(View(self.trace.shape(slot)).size) <= MOST_NUMBERS

    def _elements(self, array: Any) -> list[Any]:
        if self.xp.name == "exact":
            return list(self.xp.asarray(array).flat)
        return flat(self.xp.plain(array))

    def levels(self, array: Any, view: View, lead: Place, key: tuple[Any, ...] = ()) -> Levels:
        """The levels of one grid of an array as a heatmap; kept under `key` where it does not
        change.
        """
        if key and (*key, lead) in self._levels:
            return self._levels[*key, lead]
        grid = self.xp.reshape(array[lead] if lead else array, view.size)
        xp = self.xp
        if xp.name == "exact":
            xp = for_backend("numpy")
            grid = xp.asarray([[self._float(v) for v in row] for row in grid])
        levels = heat(xp, grid, ()).panels[0]
        if key:
            self._levels[*key, lead] = levels
        return levels

    def _float(self, value: Any) -> float:
        """A number as a float; NaN for one that depends on symbols."""
        try:
            return float(value)
        except TypeError:
            return math.nan


def _scientific(value: Any, digits: int) -> str:
    """A number as 2.33e6."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
