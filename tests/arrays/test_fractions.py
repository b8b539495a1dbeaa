"""Numbers that are written as fractions."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays.digits import number, rounded, rounds_to, typed, writing

PARTS = st.integers(1, 999)


def single(value: float) -> float:
    """The nearest float of 32 bits."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "1/2"),
        (-1 / 3, "-1/3"),
        (4 / 3, "4/3"),
        (0.35, "7/20"),
        (998 / 999, "998/999"),
        (2.0, "2"),
        (-0.0, "0"),
        (0.1 + 0.2, "3/10"),
        (1 / 3 + 1 / 2, "5/6"),
        (2 + 13 / 6, "25/6"),
        (1 / 3 * (1 + 1e-14), "0.3333"),
        (1 / 1000, "0.001"),
        (1000 / 3, "333.3"),
        (math.pi, "3.142"),
        (355 / 113, "355/113"),
        (1e-300, "1e-300"),
        (math.inf, "∞"),
        (math.nan, "NaN"),
        (True, "true"),
        ("sqrt(2)", "sqrt(2)"),
    ],
)
def test_a_number_is_a_fraction_where_it_is_a_short_one(value: object, text: str) -> None:
    with writing("fractions"):
        assert number(value) == text


@given(PARTS, PARTS, st.booleans())
def test_every_short_fraction_is_written_as_itself(above: int, below: int, minus: bool) -> None:
    """So are the floats beside it, which rounding may lead to, and none a hundred units in the last
    place away, whatever the digits; digits stay the default.
    """
    fraction = Fraction(-above if minus else above, below)
    value = float(fraction)
    beside = [math.nextafter(value, to) for to in (-math.inf, math.inf)]
    with writing("fractions"):
        assert {number(value, digits) for digits in (2, 4, 17)} == {str(fraction)}
        assert typed(value) == str(fraction)
        assert rounded(value, 2) == value
        assert fraction.denominator == 1 or {number(v) for v in beside} == {str(fraction)}
        assert "/" not in number(value * (1 + 100 * 2**-52))
    assert "/" not in number(value)


@given(st.floats(-2000, 2000))
def test_a_fraction_is_never_rounded(value: float) -> None:
    """Its quotient is the float but for the rounding of a few operations."""
    with writing("fractions"):
        text = number(value)
    if "/" in text:
        above, below = map(int, text.split("/"))
        assert math.isclose(above / below, value, rel_tol=8 * 2**-52)
    else:
        assert text == number(value)


@given(PARTS, st.integers(2, 999))
def test_a_fraction_of_32_bits(above: int, below: int) -> None:
    fraction = Fraction(above, below)
    value = single(float(fraction))
    with writing("fractions", "float32"):
        assert number(value) == str(fraction)
    with writing("fractions"):
        assert "/" not in number(value) or value == float(fraction)


def test_what_is_worked_out_by_hand_is_the_fraction_but_for_the_rounding_of_floats() -> None:
    """0.3333 is not a third, the last bit of a float counts for nothing."""
    with writing("fractions"):
        assert rounds_to(math.nextafter(1 / 3, 1), 1 / 3, 4)
        assert not rounds_to(0.3333, 1 / 3, 4)
    assert rounds_to(0.3333, 1 / 3, 4)


def test_writing_ends_where_it_ends() -> None:
    with writing("fractions"):
        with writing("digits"):
            assert number(0.5) == "0.5"
        assert number(0.5) == "1/2"
    assert number(0.5) == "0.5"
