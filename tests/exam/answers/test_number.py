"""Numbers as students write them."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.exam.answers import UnreadableError
from gradviz.exam.answers.number import numbers
from gradviz.exam.text import decimal

NUMBERS = [
    ("2.5", F(5, 2)),
    ("-2.5", F(-5, 2)),
    ("−2,5", F(-5, 2)),
    ("+3", F(3)),
    (".5", F(1, 2)),
    (",5", F(1, 2)),
    ("5.", F(5)),
    ("1/3", F(1, 3)),
    ("-7 / 2", F(-7, 2)),
    ("2.5e-3", F(1, 400)),
    ("1E2", F(100)),
    ("x = 4", F(4)),
    ("≈ 0,33", F(33, 100)),
    ("3 units", F(3)),
    ("12 m/s", F(12)),
    ("50 %", F(50)),
    ("50%", F(50)),
    (" 7 ", F(7)),
    ("7.", F(7)),
    ("1.234,5", F(2469, 2)),
    ("1,234.5", F(2469, 2)),
    ("1,234,567", F(1234567)),
    ("$4$", F(4)),
    ("df = -2", F(-2)),
    ("½", F(1, 2)),
    ("-¾", F(-3, 4)),
    ("1½", F(3, 2)),
    ("− 2 1/4", F(-9, 4)),
    ("x = ⅓", F(1, 3)),
    ("1⁄8", F(1, 8)),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_numbers(text: str, value: F) -> None:
    assert numbers(text)[0] == value


def test_a_comma_that_may_group_thousands_has_two_readings() -> None:
    assert numbers("1,234") == (F(1234, 1000), F(1234))
    assert numbers("0,234") == (F(234, 1000),)


def test_percent_has_two_readings() -> None:
    """50 % is a half; who leaves the sign out of a rate means the same number."""
    assert numbers("50%") == (F(50), F(1, 2))
    assert numbers("−12,5 %") == (F(-25, 2), F(-1, 8))


NONSENSE = [
    "",
    "abc",
    "--1",
    "1/0",
    "4 5",
    "1.2.3",
    "1e999",
    "0x10",
    "ʼ",
    "nan",
    "inf",
    "1" * 400,
    "[1]",
    "2+2",
    "٣x٣",
]


@pytest.mark.parametrize("text", NONSENSE)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(UnreadableError):
        numbers(text)


@given(st.integers(-(10**6), 10**6), st.integers(0, 4))
def test_what_we_write_we_read(top: int, places: int) -> None:
    value = F(top, 10**places)
    assert value in numbers(decimal(value))
