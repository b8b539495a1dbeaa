"""Items to be put in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from gradviz.exam.answers.choice import places
from gradviz.exam.answers.form import RIGHT, Answer, Judgement, letters, partly
from gradviz.exam.text import Text, as_data


@dataclass(frozen=True, slots=True)
class Ordering(Answer):
    """Items to be put in order. `key` lists their indices, counted from 0, in the right order."""

    name = "ordering"
    malformed = ("?", "first", "Z, Y")

    items: tuple[Text, ...]
    key: tuple[int, ...]

    @property
    def written(self) -> str:
        """The letters in the right order."""
        return letters(self.key)

    @property
    def shown(self) -> Text:
        """The letters in the right order."""
        return (letters(self.key),)

    @property
    def hint(self) -> str:
        """How to write the order."""
        return "the letters in the right order"

    @property
    def listed(self) -> tuple[Text, ...]:
        """The items in the order of the paper."""
        return self.items

    def mark(self, text: str) -> Judgement:
        """At most half the points for a wrong order, by the number of pairs in the right order."""
        order = places(text, len(self.items))
        if order == self.key:
            return RIGHT
        place = {item: i for i, item in enumerate(order)}
        pairs = list(combinations(self.key, 2))
        kept = sum(a in place and b in place and place[a] < place[b] for a, b in pairs)
        # Half of all pairs are right by chance, so only more than that earns credit.
        credit = max(Fraction(2 * kept - len(pairs), len(pairs)), Fraction(0)) / 2
        return partly(credit, f"{kept} of {len(pairs)} pairs are in the right order.")

    def wrong_texts(self) -> Iterator[str]:
        """The key with its first two items swapped."""
        yield letters((self.key[1], self.key[0], *self.key[2:]))

    def lazy_texts(self) -> Mapping[str, str]:
        """The order of the paper."""
        return {"the first option": letters(range(len(self.items)))}

    def data(self) -> dict[str, Any]:
        """The items, and the key as indices counted from 0."""
        return {
            "form": "ordering",
            "items": [as_data(text) for text in self.items],
            "key": list(self.key),
        }


FORM = Ordering
