"""How one number is printed."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays.digits import number, typeset

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (-3.0, "-3"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.3"),
        (0.19661193324148185, "0.1966"),
        (-0.5898357997244455, "-0.5898"),
        (1 / 3, "0.3333"),
        (2 / 3, "0.6667"),
        (9.99996, "10"),
        (12345.678, "12346"),
        (123456.0, "123456"),
        (1e7, "1e7"),
        (1.5e300, "1.5e300"),
        (0.00012345, "0.0001234"),
        (1.2345e-5, "1.234e-5"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (True, "true"),
        (False, "false"),
        ("1/3", "1/3"),
    ],
)
def test_numbers_as_people_write_them(value: object, text: str) -> None:
    assert number(value) == text


@given(FINITE, st.integers(2, 9))
def test_a_shown_number_is_the_true_one_rounded(value: float, digits: int) -> None:
    """Within half a unit of the last digit shown, and exact for whole numbers below ten million."""
    shown = Fraction(number(value, digits))
    if value == int(value) and abs(value) < 1e7:
        assert shown == Fraction(value)
    elif value:
        unit = Fraction(10) ** (math.floor(math.log10(abs(value))) - digits + 1)
        assert abs(shown - Fraction(value)) <= unit / 2 * Fraction(1001, 1000)


@given(FINITE)
def test_seventeen_digits_give_the_number_back(value: float) -> None:
    assert float(number(value, 17)) == value


def test_proper_minus_signs() -> None:
    assert typeset("-3 + 2e-5") == "−3 + 2e−5"
