"""How numbers are shown."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays import namespace
from gradviz.story.digits import as_shown, enough
from gradviz.story.values import nested, number, statistics, typeset

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


def test_arrays_on_one_line() -> None:
    assert nested([[0.38, 0.228], [0.29, 0.174]]) == "[[0.38, 0.228], [0.29, 0.174]]"
    assert nested(["1/2", "sqrt(2)"]) == "[1/2, sqrt(2)]"


def test_large_arrays_in_a_few_words() -> None:
    assert statistics([[1.0, 2.0], [3.0, 6.0]], (2, 2)) == "2×2, from 1 to 6, mean 3"
    assert statistics([1.0, math.nan, math.inf], (3,)) == "3, from 1 to 1, mean 1, 2 not finite"
    assert statistics([], (0, 3)) == "0×3"


def test_proper_minus_signs() -> None:
    assert typeset("-3 + 2e-5") == "−3 + 2e−5"


def test_one_more_digit_where_hand_arithmetic_needs_it() -> None:
    """0.04266 · 2 is 0.08532, but the product is 0.08533: the factor is shown as 0.042663."""
    xp = namespace()
    parts = [xp.asarray(0.04266285), xp.asarray(2)]
    digits = enough(parts, parts[0] * parts[1], lambda a, b: a * b, xp)
    assert digits == 5
    assert number(float(parts[0]), digits) == "0.042663"


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=4))
def test_enough_digits_agree_with_hand_arithmetic(values: list[float]) -> None:
    xp = namespace()
    parts = [xp.asarray(v) for v in values]
    total = xp.asarray(math.fsum(values))
    digits = enough(parts, total, lambda *v: sum(v), xp)
    if digits < 9 and digits > 4:
        by_hand = sum(Fraction(number(v, digits)) for v in values)
        assert number(float(by_hand)) == number(float(total))


def test_conditions_are_not_rounded() -> None:
    xp = namespace()
    condition = xp.asarray([True, False])
    assert as_shown(condition, 4, xp) is condition
