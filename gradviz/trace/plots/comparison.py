"""Several runs side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from gradviz.trace.trace import Trace

if TYPE_CHECKING:
    from gradviz.trace.compared import Difference  # loads NumPy

View = Literal["table", "graph"]
"""How runs are compared: their numbers side by side, or both on one graph."""


class Side(NamedTuple):
    """One of several runs that are compared.

    name   what tells it from the others; `source` its text.
    loss   the number that it computes; None for an array.
    right  how many samples have their class as the highest score, of how many; None where it has no
           labels of classes.
    """

    name: str
    source: str
    loss: float | None
    right: tuple[int, int] | None


class Compared(NamedTuple):
    """A number that several runs have.

    name     what it belongs to: `s`, or `s[2]` for a row of several.
    label    which of its numbers: a class, or its place; empty for a single number.
    kind     `result` is what a run computes.
    numbers  of each run; None where it has none.
    """

    name: str
    label: str
    kind: Literal["value", "result", "gradient"]
    numbers: tuple[float | None, ...]


class Large(NamedTuple):
    """An array that several runs have, too large for a row for each number, or of other shapes.

    name, kind   as of `Compared`.
    norms        the root of the sum of all squares in each run; None where it has none.
    differences  how that of every further run differs from that of the first.
    """

    name: str
    kind: Literal["value", "result", "gradient"]
    norms: tuple[float | None, ...]
    differences: tuple[Difference | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several runs side by side.

    measured  what they compute is told apart by size: all compute the same thing.
    is_loss   whether it is a loss, so that the lower one is better.
    differing the inputs in which they differ.
    left_out  how many numbers of these names are not among the rows.
    large     the arrays that these belong to.
    """

    form: ClassVar = "comparison"

    sides: tuple[Side, ...]
    rows: tuple[Compared, ...]
    measured: bool
    is_loss: bool
    differing: tuple[str, ...]
    left_out: int
    trace: Trace
    large: tuple[Large, ...] = ()
