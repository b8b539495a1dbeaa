"""How values are shown, and with how many digits."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number, rounds_to
from gradviz.story.digits import as_shown, enough
from gradviz.story.values import nested, summary


def test_arrays_on_one_line() -> None:
    assert nested([[0.38, 0.228], [0.29, 0.174]]) == "[[0.38, 0.228], [0.29, 0.174]]"
    assert nested(["1/2", "sqrt(2)"]) == "[1/2, sqrt(2)]"


def test_large_arrays_in_a_few_words() -> None:
    said = [
        ([[1.0, 2.0], [3.0, 6.0]], "2×2, from 1 to 6, mean 3"),
        ([1.0, math.nan, math.inf], "3 numbers, from 1 to 1, mean 1, 2 not finite"),
        ([1e308] * 40, "40 numbers, from 1e308 to 1e308, mean 1e308"),
        ([[1e308] * 50] * 50, "50×50, from 1e308 to 1e308, mean 1e308"),
        ([math.nan] * 2, "2 numbers, 2 not finite"),
        ([[], []], "2×0"),
    ]
    xp = for_backend()
    assert [summary(xp, xp.asarray(value)) for value, _ in said] == [words for _, words in said]


def test_one_more_digit_where_hand_arithmetic_needs_it() -> None:
    """0.04266 · 2 is 0.08532, but the product is 0.08533: the factor is shown as 0.042663."""
    xp = for_backend()
    parts = [xp.asarray(0.04266285), xp.asarray(2)]
    digits, holds, _ = enough(parts, parts[0] * parts[1], lambda a, b: a * b, xp)
    assert holds
    assert digits == 5
    assert number(float(parts[0]), digits) == "0.042663"


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=4))
def test_enough_digits_agree_with_hand_arithmetic(values: list[float]) -> None:
    xp = for_backend()
    parts = [xp.asarray(v) for v in values]
    total = xp.asarray(math.fsum(values))
    digits, holds, _ = enough(parts, total, lambda *v: sum(v), xp)
    if holds:
        by_hand = sum(Fraction(number(v, digits)) for v in values)
        assert rounds_to(float(by_hand), float(total), 4)


def test_conditions_are_not_rounded() -> None:
    xp = for_backend()
    condition = xp.asarray([True, False])
    assert as_shown(condition, 4, xp) is condition
