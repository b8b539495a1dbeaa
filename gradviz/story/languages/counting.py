"""Numbers with what is counted: `1 element`, `3 elements`."""

from __future__ import annotations

from typing import Final

from gradviz.story.languages import ENGLISH, spoken

SPELT: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Form(str):
    """A number that chooses a form and is not shown itself."""

    __slots__ = ()

    def __format__(self, forms: str) -> str:
        """The first of `one|several` for 1, else the second; of one noun its plural."""
        return form(self, forms)


class Counted(str):
    """A number, or a word, as it stands in a sentence."""

    counts = ""
    """The number that it stands for, where it is no number itself."""
    varies = False
    """Whether another number may come to stand there, as in a page that computes."""

    @property
    def word(self) -> Form:
        """What chooses a form by this number."""
        return Form(self.counts or self)

    def __format__(self, forms: str) -> str:
        """The text; with a noun, or with `one|several`, as many of it: `1 element`, `3 losses`."""
        return f"{self!s} {form(self.counts or self, forms)}" if forms else str(self)

    @property
    def digits(self) -> Counted:
        """The number in digits, where it is spelt."""
        return Counted(self.counts or self)


def count(number: int) -> Counted:
    """A number of things, with its thousands apart."""
    return Counted(f"{number:,}")


def spelt(number: int) -> Counted:
    """A number of things, small ones as an English word; other languages write digits, which have
    no gender.
    """
    if number >= len(SPELT) or spoken() != ENGLISH:
        return count(number)
    found = Counted(SPELT[number])
    found.counts = str(number)
    return found


def form(number: str, forms: str) -> str:
    """The form of a noun that goes with a number, or that of `one|several`."""
    one, bar, several = forms.partition("|")
    if str.__str__(number) == "1":
        return one
    return several if bar else plural(one)


def plural(noun: str) -> str:
    """The plural of a regular noun."""
    return f"{noun}es" if noun.endswith(("s", "x", "ch")) else f"{noun}s"
