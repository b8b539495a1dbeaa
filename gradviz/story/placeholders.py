"""What stands in the place of a sentence's placeholders: numbers and words, worked out when they are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Shown(str):
    """A number or word as it stands in a sentence."""

    @property
    def factor(self) -> str:
        """The same, in brackets if it is negative or a sum."""
        return f"({self})" if self.startswith("−") or " " in self else str(self)

    @property
    def value(self) -> str:
        """The number itself, where the text is one already."""
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
        """The value, in brackets if it is negative."""
        return self.number.factor

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
