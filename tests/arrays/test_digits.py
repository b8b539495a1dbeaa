"""How one number is printed."""

from __future__ import annotations

import math
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays.digits import is_rounding, number, typed, typeset

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
    assert typeset("x-1, x_1 - y, (-inf, -nan)") == "x−1, x_1 − y, (−inf, −nan)"
    assert typeset("cross-entropy is -2") == "cross-entropy is −2"
    assert typeset("log-sum-exp, x-axis, 3-d") == "log-sum-exp, x-axis, 3−d"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2704347.9057913288, "2704347.9057913288"),
        (1.000000000001, "1.000000000001"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1 / 3, "1/3"),
        (-22 / 7, "-22/7"),
        (26645556586.4267, "2.66455565864267e10"),  # the float nearest to 10178602616015/382
        (-0.0, "-0"),
        (0.0, "0"),
        (123456789.0, "123456789"),
        (1e22, "1e22"),
        (5e-324, "5e-324"),
        (math.nan, "NaN"),
        (-math.inf, "-∞"),
        (True, "true"),
    ],
)
def test_a_number_as_it_was_typed(value: object, text: str) -> None:
    assert typed(value) == text


def test_a_short_float_of_32_bits_as_it_was_typed() -> None:
    singles = np.array([0.1, 1 / 3, 16777216, 1e-45, 3.14159], dtype="float32")
    assert [typed(float(v), "float32") for v in singles] == [
        "0.1", "1/3", "16777216", "1e-45", "3.14159"
    ]  # fmt: skip


@given(FINITE)
def test_what_was_typed_names_the_float(value: float) -> None:
    assert float(Fraction(typed(value))) == value


@given(FINITE, st.integers(1, 16))
def test_a_number_is_rounded_once(value: float, digits: int) -> None:
    """Against decimal arithmetic on the float's exact value."""
    if value == 0 or (value == int(value) and abs(value) < 1e7):
        return
    exact = Decimal(value)
    places = digits - 1 - exact.adjusted()
    if 1e-4 <= abs(value) < 1e7:
        places = max(0, places)
    error = abs(Decimal(number(value, digits)) - exact)
    assert Context(prec=60).multiply(error, 2) <= Decimal(1).scaleb(-places)


@pytest.mark.parametrize(
    ("result", "terms", "dtype", "expected"),
    [
        (1.1102230246251565e-16, (-0.8849557522123894, 0.8849557522123895), "float64", True),
        (5.5511151231257827e-17, (0.30000000000000004, -0.3), "float64", True),
        (1e-12, (1.000000000001, -1.0), "float64", False),
        (0.0, (1.0, -1.0), "float64", False),
        (1e-7, (1.0, -1.0), "float32", True),
        (1e-5, (1.0, -1.0), "float32", False),
        (1e-300, (1e-300, 1e-290), "float64", False),
        (1e-320, (), "float64", False),
        (1.0, (math.inf, -math.inf), "float64", False),
        (math.nan, (1.0, 2.0), "float64", False),
    ],
)
def test_what_rounding_leaves_of_a_sum(
    result: float, terms: tuple[float, ...], dtype: str, expected: bool
) -> None:
    assert is_rounding(result, terms, dtype) is expected


def test_a_float_of_64_bits_among_those_of_32_keeps_its_digits() -> None:
    """A condition given as numbers is not cast."""
    assert typed(0.7, "float32") == "0.7" and typed(1e300, "float32") == "1e300"
