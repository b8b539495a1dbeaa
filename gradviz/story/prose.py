"""The pieces that sentences are made of: numbers and operands as words, counts, plurals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gradviz.story.languages import say
from gradviz.story.languages.counting import Counted
from gradviz.story.maths import Maths, unicode


class Shown(Counted):
    """A number or word as it stands in a sentence."""

    @property
    def factor(self) -> str:
        """The same, in brackets if it is negative, a sum or a fraction."""
        return f"({self})" if self.startswith("−") or set(" /") & set(self) else str(self)

    @property
    def base(self) -> str:
        """The same as the base of a power, where 1e−9 needs brackets too."""
        return f"({self})" if "e" in self else self.factor

    @property
    def dividend(self) -> str:
        """The same, in brackets if it is a sum or a fraction."""
        return f"({self})" if set(" /") & set(self) else str(self)

    @property
    def value(self) -> str:
        """The text itself: it is a number already."""
        return str(self)


class Operand(Shown):
    """An operand's label, with its value."""

    number: Shown
    element: str = ""
    met: str = ""

    @property
    def value(self) -> Shown:  # type: ignore[override]
        """The operand's value as it is shown."""
        return self.number

    @property
    def factor(self) -> str:
        """The value, in brackets where it is no plain number."""
        return self.number.factor

    @property
    def base(self) -> str:
        """The value as the base of a power."""
        return self.number.base

    @property
    def named(self) -> str:
        """`y = 2`, or just the number of an unnamed constant."""
        return str(self) if self == self.number else f"{self} = {self.number}"


class Lazy(Mapping[str, Any]):
    """Placeholders that are worked out only if the pattern names them."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self.makers = makers

    def __getitem__(self, key: str) -> Any:
        return self.makers[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


def once(sentence: str) -> str:
    """The sentence with `is 1/7 = 1/7` as `is 1/7`."""
    return re.sub(r"(\bis |: )([^=:]+) = \2(?=$|[.,:]? |\.$)", r"\1\2", sentence)


def bare(maths: Maths) -> Maths:
    """A condition without its brackets, which prose does not need."""
    return maths.parts[0] if maths.kind == "iverson" else maths


def one_line(filled: Maths | None, otherwise: str) -> str:
    """A formula as text, something else where it takes several lines."""
    text = unicode.text(bare(filled)) if filled is not None else otherwise
    return text if "\n" not in text else otherwise


def in_prose(rule: str) -> str:
    """`u, summed along axis 0` for Σ[axis=0] u."""
    found = re.fullmatch(r"Σ\[axis=\(?([\d, ]+)\)?\] (?:\((.*)\)|(.*))", rule)
    if found is None:
        return rule
    several = "," in found[1]
    return say(
        "{sum}, summed along axes {axes}" if several else "{sum}, summed along axis {axes}",
        sum=found[2] or found[3],
        axes=found[1],
    )


def receivers(count: int, size: int) -> str:
    """Who receives something, with the verb."""
    if count in (0, size):
        return say("all receive" if count else "no element receives")
    return say("only that one receives" if count == 1 else "only those receive")


def counted(count: int, one: str, several: str) -> str:
    """The count with what goes with it: `1 element is`, `3 elements are`."""
    return f"{count} {one if count == 1 else several}"


def places_along(axes: tuple[int, ...], rank: int) -> str:
    """What lies along axes: elements, rows, columns, or places along an axis or several axes."""
    if len(axes) == rank:
        return "elements"
    if rank == 2:
        return "rows" if axes == (0,) else "columns"
    return "axis" if len(axes) == 1 else "axes"


def axes_named(axes: tuple[int, ...]) -> str:
    """`axis 1`, or `axes 0, 1`."""
    named = ", ".join(map(str, axes))
    return say("axis {axes}" if len(axes) == 1 else "axes {axes}", axes=named)
