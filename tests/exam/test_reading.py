"""Numbers, matrices, expressions and choices as students write them."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.exam.marking import reading
from gradviz.exam.marking.reading import UnreadableError
from gradviz.exam.question.text import decimal

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
    assert reading.numbers(text)[0] == value


def test_a_comma_that_may_group_thousands_has_two_readings() -> None:
    assert reading.numbers("1,234") == (F(1234, 1000), F(1234))
    assert reading.numbers("0,234") == (F(234, 1000),)


def test_percent_has_two_readings() -> None:
    """50 % is a half; who leaves the sign out of a rate means the same number."""
    assert reading.numbers("50%") == (F(50), F(1, 2))
    assert reading.numbers("−12,5 %") == (F(-25, 2), F(-1, 8))


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
        reading.numbers(text)


@given(st.integers(-(10**6), 10**6), st.integers(0, 4))
def test_what_we_write_we_read(top: int, places: int) -> None:
    value = F(top, 10**places)
    assert value in reading.numbers(decimal(value))


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (
        reading.numbers,
        reading.matrix,
        lambda t: reading.choice(t, 4),
        lambda t: reading.expression(t, ("x", "y")),
    ):
        with suppress(UnreadableError):
            read(text)


MATRICES = [
    "[[1, 2], [3, -4]]",
    "1 2; 3 -4",
    "1, 2; 3, -4",
    "1 2\n3 −4",
    "[1,2],[3,-4]",
    "[[1.0,2.0];[3,-4]]",
]


@pytest.mark.parametrize("text", MATRICES)
def test_matrices(text: str) -> None:
    assert reading.matrix(text) == ((F(1), F(2)), (F(3), F(-4)))


@pytest.mark.parametrize("text", ["", "[[1, 2], [3]]", "a b; c d", "1 2; 3", "[]"])
def test_what_is_no_matrix(text: str) -> None:
    with pytest.raises(UnreadableError):
        reading.matrix(text)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("A", (0,)),
        ("b, D", (1, 3)),
        ("(c)", (2,)),
        ("1 and 2", (0, 1)),
        ("BA", (1, 0)),
        ("a a", (0,)),
    ],
)
def test_choices(text: str, places: tuple[int, ...]) -> None:
    assert reading.choice(text, 4) == places


def equal(a: str, b: str) -> bool:
    names = ("x", "y")
    return reading.equal(reading.expression(a, names), reading.expression(b, names), names)


SAME = [
    ("2*x*y", "x*y*2"),
    ("2x", "x + x"),
    ("(x+y)^2", "x**2 + 2*x*y + y**2"),
    ("x/y", "x*y**-1"),
    ("sigmoid(x)*(1 - sigmoid(x))", "exp(-x)/(1 + exp(-x))**2"),
    ("1 - tanh(x)**2", "4/(exp(x) + exp(-x))**2"),
    ("y' = 3x²".replace("²", "**2").replace("y' = ", ""), "3*x*x"),
    ("dy = x", "x"),
    ("exp(x)*exp(y)", "exp(x + y)"),
]
OTHER = [
    ("2*x", "2*x + 0.0001"),
    ("x*y", "x + y"),
    ("sigmoid(x)", "tanh(x)"),
    ("x", "-x"),
    ("x/y", "y/x"),
    ("x**2", "x**3"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_expressions_that_are_equal(a: str, b: str) -> None:
    assert equal(a, b)


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_expressions_that_are_not(a: str, b: str) -> None:
    assert not equal(a, b)


HOSTILE = [
    "9**9**9**9",
    "x**100000",
    "__import__('os').system('ls')",
    "(x**12)**12**12",
    "x if y else 1",
    "x = y = 2; z",
    "sum(x)",
    "1e400",
    "(" * 300,
    "x**y",
    "10**9 * 99999999999",
    "lambda: 1",
    "((((x**10)**10)**10)**10)**10",
    "x**nan",
    "nan",
    "inf*x",
    "true",
    "x @ y",
    "W",
    "sqrt(",
    "x;y",
    "*".join("x" * 200),
]


TOWERS = [
    "exp(exp(exp(99)))",
    "x*exp(exp(exp(exp(9))))",
    "log(0)",
    "1/(x - x)",
    "sqrt(-x)",
    "x + exp(-exp(exp(9)))",
]


@pytest.mark.parametrize("text", TOWERS)
def test_what_is_beyond_all_numbers_equals_nothing_and_is_soon_known(text: str) -> None:
    assert not equal(text, "2*x*y")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_expression_is_evaluated_or_takes_long(text: str) -> None:
    with pytest.raises(UnreadableError):
        reading.expression(text, ("x", "y"))
