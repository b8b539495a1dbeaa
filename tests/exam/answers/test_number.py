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
    *((f"{minus}2", F(-2)) for minus in "-−–—‒‐‑﹣－˗"),
    ("２．５", F(5, 2)),
    ("(−2)", F(-2)),
    ("((-2))", F(-2)),
    ("1/-2", F(-1, 2)),
    ("(-1)/(2)", F(-1, 2)),
    ("1.5/2", F(3, 4)),
    ("1.5×10^-3", F(3, 2000)),
    ("1.5·10⁻³", F(3, 2000)),
    ("1.5*10**(-3)", F(3, 2000)),
    ("1,5 x 10^4", F(15000)),
    ("10⁻³", F(1, 1000)),
    (r"1.5 \cdot 10^{-3}", F(3, 2000)),
    ("10 000", F(10000)),
    ("10\u2009000", F(10000)),
    ("1\u202f234\u202f567,5", F(2469135, 2)),
    ("10'000", F(10000)),
    (r"$-\frac{2}{3}$", F(-2, 3)),
    (r"\frac12", F(1, 2)),
    ("dL/dw1 = 3", F(3)),
    ("∂L/∂w₁ = −3", F(-3)),
    (r"\frac{\partial L}{\partial w} = 0.5", F(1, 2)),
    ("f(x + h) = 2.2", F(11, 5)),
    ("new w, to 3 decimals = 1.25", F(5, 4)),
    ("product along the path: 12", F(12)),
    ("L ≈ 0,33", F(33, 100)),
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


def test_both_sides_of_an_equation_are_read_if_they_agree() -> None:
    assert numbers("2/3=0.667") == (F(667, 1000), F(2, 3))
    assert numbers("x = 1/3 ≈ 0.33") == (F(33, 100), F(1, 3))
    with pytest.raises(UnreadableError, match="gives two numbers"):
        numbers("2/3 = 0.5")


NONSENSE = [
    "3 = 4",
    "1:2",
    "x = 3 or 4",
    "x = 3 or y = 4",
    "2*3 = 6",
    "(3)(4)",
    "3(4)",
    "-(-2",
    "10 00",
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
