"""Numbers for hand arithmetic, and the rejection of samples with unsuitable ones."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.stream import Stream

LARGEST = 99


class UnfitError(Exception):
    """Raised to reject an unsuitable sample; the caller samples again."""


def require(fit: bool) -> None:
    """Reject the sample unless it is suitable. Raises UnfitError."""
    if not fit:
        raise UnfitError


def is_short(value: Fraction, places: int = 2, largest: int = LARGEST) -> bool:
    """Whether a number has few digits: at most `places` decimals, and at most `largest`."""
    return abs(value) <= largest and (value * 10**places).denominator == 1


def whole(stream: Stream, largest: int) -> Fraction:
    """A whole number from −largest to largest, but not 0."""
    value = stream.between(1, largest)
    return Fraction(-value if stream.chance(2) else value)


def number(stream: Stream, level: int) -> Fraction:
    """An input's value: whole at level 1, sometimes with a half above; never 0."""
    if level > 1 and stream.chance(5):
        return Fraction(2 * stream.between(-4, 3) + 1, 2)
    return whole(stream, 5)


def matrix(
    stream: Stream, rows: int, columns: int, largest: int = 3
) -> tuple[tuple[Fraction, ...], ...]:
    """A matrix of small whole numbers, some of them 0."""
    return tuple(
        tuple(Fraction(stream.between(-largest, largest)) for _ in range(columns))
        for _ in range(rows)
    )


def is_telling(key: Fraction) -> bool:
    """Whether a number is unlikely to be right by accident: none of 0, 1 and −1."""
    return key not in (0, 1, -1)
