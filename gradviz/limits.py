"""Work too large is refused before it starts, in one line: what it needs, what there is, what fits.

Whoever foresees how much a piece of work needs (bytes, operations, pages) says by which numbers it
can be made smaller; the largest number that fits is found here, from the same estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """A number by which work can be made smaller.

    words  how work of that size is said: "a batch of {:,}".
    most   the number that was asked for.
    needs  what the work needs for a number, in the unit of what there is: it grows with the number,
           and is infinite for one that is not possible.
    verb   "fit" where the words are a plural.
    """

    words: str
    most: int
    needs: Callable[[int], float]
    verb: str = "fits"

    def largest(self, available: float) -> int:
        """The largest number that fits, found by bisection; 0 if none does."""
        fits, fails = 0, self.most + 1
        while fails - fits > 1:
            middle = (fits + fails) // 2
            if self.needs(middle) <= available:
                fits = middle
            else:
                fails = middle
        return fits


def fitting(ways: Iterable[Way], available: float) -> str:
    """What fits, in words: "a batch of 12 fits"; empty if nothing does.

    The first way that leaves anything is taken.
    """
    for way in ways:
        if largest := way.largest(available):
            return f"{way.words.format(largest)} {way.verb}"
    return ""


def too_large(work: str, needed: str, limit: str, fits: str) -> str:
    """The message: "a batch of 64 needs about 40 GiB, 24 GiB are free: a batch of 12 fits".

    work, needed  what needs how much.
    limit         what there is, as a clause.
    fits          what fits, from `fitting`; empty if nothing does.
    """
    return f"{work} {needed}, {limit}: {fits or 'nothing smaller fits'}"


def say_count(number: float) -> str:
    """A large number for people: `950`, `12,000`, `3.4 million`, `5.6e+13`."""
    if number >= 1e12:
        return f"{number:.1e}"
    for words, size in (("billion", 1e9), ("million", 1e6)):
        if number >= size:
            return f"{number / size:.1f} {words}"
    return f"{number:,.0f}"


def say_bytes(count: int) -> str:
    """Bytes for people: `1.5 GiB`, `12 KiB`, `320 bytes`."""
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            amount = count / size
            return f"{amount:.1f} {unit}" if amount < 100 else f"{amount:,.0f} {unit}"
    return f"{count} bytes"
