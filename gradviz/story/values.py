"""How values are worded where there is little room: small arrays number by number, larger ones in a
few words.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Literal

from gradviz.arrays.digits import DIGITS, is_computed, is_rounding, number, typed, typeset
from gradviz.ops.op import say_shape
from gradviz.story.languages import pattern, say, translated
from gradviz.story.languages.counting import count
from gradviz.story.maths import unicode
from gradviz.story.maths.of_graph import of_text

FEW = 1000
"""Of arrays up to this size the mean is summed without rounding errors, in Python."""
GRID_SIDE = 5
"""Arrays of up to this many rows and columns are small."""

Room = Literal["heading", "report", "alt", "formula", "box", "sentence", "panel"]
"""heading   what a run is given, above its walk-through
report    results and tables, in lines of their own
alt       the description of a picture for those who cannot see it
formula   a term of a formula
box       the box or card of a node
sentence  one of several values in a sentence
panel     a cell of a table in a pane of the terminal program
"""

UNLIMITED: Final = sys.maxsize


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a room has space for.

    numbers  arrays of up to this many numbers are written out.
    small    whether small arrays are written out too, see `is_small`.
    larger   the text around the size of other arrays, or around their `summary`.
    flat     whether its numbers stand in one row, with nothing but spaces between them.
    longest  the greatest length of a single number in characters.
    prose    whether it is read as text, with proper minus signs and exact values as mathematics.
    """

    numbers: int = 0
    small: bool = True
    larger: str = "[{}]"
    summary: bool = True
    flat: bool = False
    longest: int = UNLIMITED
    prose: bool = False


ROOMS: Final[dict[Room, Limit]] = {
    "heading": Limit(12),
    "report": Limit(12),
    "alt": Limit(12, prose=True),
    "formula": Limit(),
    "box": Limit(larger="{}", summary=False, longest=24),
    "sentence": Limit(6, small=False, larger=pattern("an array of {}"), summary=False, prose=True),
    "panel": Limit(4, small=False, larger="{}", summary=False, flat=True),
}


def is_small(shape: Sequence[int]) -> bool:
    """Whether an array has few rows and columns, in one channel at most."""
    return all(n == 1 for n in shape[:-2]) and all(n <= GRID_SIDE for n in shape[-2:])


def is_written_out(shape: Sequence[int], room: Room) -> bool:
    """Whether an array of this shape is shown number by number in a room."""
    limit = ROOMS[room]
    few = math.prod(shape) <= limit.numbers or (limit.small and is_small(shape))
    return few and 0 not in shape


def briefly(xp: Any, value: Any, room: Room, digits: int = DIGITS) -> str:
    """A value on one line, as room allows: a number, an array in brackets, or a few words."""
    limit, shape = ROOMS[room], tuple(xp.shape(value))
    if not shape:
        return _cut(nested(xp.plain(value), digits, limit.prose), limit.longest)
    if not is_written_out(shape, room):
        what = summary(xp, value, digits) if limit.summary else size(shape)
        text = translated(limit.larger).format(what)
        return typeset(text) if limit.prose else text
    plain = xp.plain(value)
    if limit.flat:
        return f"[{' '.join(number(v, digits) for v in flat(plain))}]"
    return nested(plain, digits, limit.prose)


def as_typed(xp: Any, value: Any, dtype: str, digits: int = DIGITS) -> str:
    """What a run is given, with the sign before it: `= 1/3` as it was typed; an array of numbers
    too long to have been typed rounded, `≈ [0.1257, -0.1321]`.
    """
    plain, shape = xp.plain(value), tuple(xp.shape(value))
    if xp.name == "exact" or not is_written_out(shape, "heading"):
        return f"= {briefly(xp, value, 'heading', digits)}"
    numbers = flat(plain)
    if shape and any(is_computed(v, dtype) for v in numbers):
        return f"≈ {briefly(xp, value, 'heading', digits)}"
    return f"= {_typed(plain, dtype)}"


def _typed(value: Any, dtype: str) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_typed(v, dtype) for v in value) + "]"
    return typed(value, dtype)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def grid_rows(value: Any, shape: Sequence[int]) -> list[list[Any]]:
    """The rows of a small array, given as nested lists; a vector is one row."""
    for _ in shape[:-2]:
        (value,) = value
    return value if len(shape) > 1 else [value]


def nested(value: Any, digits: int = DIGITS, prose: bool = False) -> str:
    """Nested lists of numbers on one line: `[[0.38, 0.228], [0.29, 0.174]]`; in prose with proper
    minus signs, and exact values as mathematics.
    """
    if isinstance(value, list | tuple):
        return "[" + ", ".join(nested(v, digits, prose) for v in value) + "]"
    if prose and isinstance(value, str):
        return unicode.text(of_text(value))
    return typeset(number(value, digits)) if prose else number(value, digits)


def size(shape: Sequence[int]) -> str:
    """How large an array is: `7 numbers`, `2×6`."""
    if len(shape) != 1:
        return say_shape(tuple(shape))
    return say("{count:number}", count=count(shape[0]))


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest finite element of an array, and the mean of the finite ones."""

    low: float
    high: float
    mean: float


def range_of(xp: Any, value: Any) -> tuple[Range | None, int]:
    """The range of an array of floats, and how many of its elements are not finite; no lists are
    made of large ones.

    None where no element is finite.
    """
    size, finite = math.prod(xp.shape(value)), xp.isfinite(value)
    count = int(xp.sum(finite))
    if not count:
        return None, size
    if count == size:
        low = high = middle = value
    else:
        low, high, middle = (xp.where(finite, value, other) for other in (math.inf, -math.inf, 0.0))
    with xp.quiet():
        mean = (
            _mean(xp.plain(xp.reshape(middle, (size,))), count)
            if size <= FEW
            else float(xp.average(middle, xp.sum, count))
        )
    return Range(float(xp.min(low)), float(xp.max(high)), mean), size - count


def _mean(numbers: Sequence[float], count: int) -> float:
    """Their sum over a count, also where the sum overflows."""
    try:
        return math.fsum(numbers) / count
    except OverflowError:
        return math.fsum(n / count for n in numbers)


def summary(xp: Any, value: Any, digits: int = DIGITS) -> str:
    """A large array in a few words: its size, range and mean; elements that are not finite are
    counted. Of exact numbers, which may be symbols, the size alone.
    """
    said = size(xp.shape(value))
    if xp.name == "exact" or 0 in xp.shape(value):
        return said
    found, odd = range_of(xp, value)
    if found is not None:
        cancels = is_rounding(found.mean, (found.low, found.high))
        middle = 0.0 if cancels else found.mean
        low, high, mean = (number(v, digits) for v in (found.low, found.high, middle))
        said = say(
            "{size}, from {low} to {high}, mean {mean}", size=said, low=low, high=high, mean=mean
        )
    return say("{summary}, {odd} not finite", summary=said, odd=odd) if odd else said


def flat(value: Any) -> list[Any]:
    """The elements of nested lists, in order; a bare value is one element."""
    if not isinstance(value, list | tuple):
        return [value]
    while any(isinstance(part, list | tuple) for part in value):
        value = list(chain.from_iterable(map(_listed, value)))
    return list(value)


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)
