"""Exact numbers: how they enter, are chosen, checked, differentiated and written."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays import exact, for_backend
from gradviz.errors import DomainError, ValueInputError

XP = for_backend("exact")
X, Y = sp.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (0.1, sp.Rational(1, 10)),
        (1e-7, sp.Rational(1, 10**7)),
        (np.float64(0.3), sp.Rational(3, 10)),
        (3, 3),
        (np.int8(-3), -3),
        (Fraction(1, 3), sp.Rational(1, 3)),
        ("2/7", sp.Rational(2, 7)),
        ("pi", sp.pi),
        (sp.sqrt(2), sp.sqrt(2)),
        (True, sp.true),
        (np.False_, sp.false),
        (10**400, 10**400),
    ],
)
def test_numbers_enter_as_they_are_written(given_value: Any, expected: Any) -> None:
    assert exact.number(given_value) == expected
    assert XP.asarray(given_value)[()] == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back(value: float) -> None:
    assert exact.as_float(exact.number(value)) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float32("-inf"), "NaN", "-Infinity"])
def test_only_finite_numbers_enter(value: Any) -> None:
    with pytest.raises(DomainError, match="finite"):
        exact.number(value)


@pytest.mark.parametrize("value", [1j, "abc", None, [1]])
def test_only_real_numbers_enter(value: Any) -> None:
    with pytest.raises(ValueInputError, match="not a real number"):
        exact.number(value)


def test_arrays_keep_their_shape() -> None:
    array = XP.asarray([[1, Fraction(1, 2)], [0.25, sp.pi]])
    assert array.shape == (2, 2) and array.tolist() == [
        [1, sp.Rational(1, 2)],
        [sp.Rational(1, 4), sp.pi],
    ]
    assert XP.asarray(np.array([1, 2], dtype=object))[0].is_Integer
    assert XP.asarray(array) is array
    assert XP.asarray(np.zeros((0, 3))).shape == (0, 3)


def test_conditions_become_numbers_where_they_are_computed_with() -> None:
    assert XP.asreal([True, False]).tolist() == [1, 0]
    assert XP.asreal(X > 0)[()] == sp.Piecewise((1, X > 0), (0, True))
    assert XP.asreal(X)[()] == X


def test_choosing() -> None:
    assert exact.choose(sp.true, X, Y) == X and exact.choose(sp.Integer(0), X, Y) == Y
    assert exact.choose(X > 0, Y, Y) == Y
    assert exact.choose(X, 1, 2) == sp.Piecewise((1, sp.Ne(X, 0)), (2, True))


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=6))
def test_extremes_and_winners_equal_numpys(numbers: list[int]) -> None:
    array, floats = XP.asarray(numbers), np.array(numbers, dtype=float)
    assert XP.max(array)[()] == max(numbers) and XP.min(array)[()] == min(numbers)
    assert exact.floats(XP.winner(array)).tolist() == for_backend().winner(floats).tolist()


@given(st.integers(0, 2), st.booleans())
def test_extremes_along_axes_equal_numpys(axis: int, keepdims: bool) -> None:
    numbers = np.random.default_rng(axis).integers(-3, 4, (2, 3, 2))
    ours = XP.max(XP.asarray(numbers), axis=axis, keepdims=keepdims)
    assert exact.floats(ours).tolist() == numbers.max(axis=axis, keepdims=keepdims).tolist()


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (sp.zoo, "infinity"),
        (sp.oo, "infinity"),
        (sp.nan, "0/0"),
        (sp.I, "I"),
        (sp.log(-2), "I*pi"),
        ([1, sp.nan], "0/0"),
    ],
)
def test_results_that_are_no_real_numbers(value: Any, got: str) -> None:
    with pytest.raises(DomainError, match="sqrt has no real, finite value") as caught:
        XP.check(value, "sqrt")
    assert got in caught.value.got


@pytest.mark.parametrize("value", [1, sp.sqrt(2), X, sp.log(X), X > 0, [sp.pi, 0]])
def test_results_that_may_be_real(value: Any) -> None:
    XP.check(XP.asarray(value), "op")


def test_scattering_adds_up() -> None:
    assert XP.scatter_add((3,), ([0, 2, 0],), XP.asarray([1, 2, 3])).tolist() == [4, 0, 2]


def test_floats() -> None:
    assert exact.as_float(sp.sqrt(2)) == math.sqrt(2)
    assert all(math.isnan(exact.as_float(v)) for v in (sp.zoo, sp.nan, sp.I, X, sp.oo))
    assert exact.floats([[sp.Rational(1, 3)], [sp.pi]]).tolist() == [[1 / 3], [math.pi]]
    assert exact.floats([sp.true, sp.false]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (sp.Rational(1, 3), "1/3"),
        (sp.sqrt(2) / 2, "sqrt(2)/2"),
        (X**2 + 1, "x**2 + 1"),
        (sp.exp(X), "exp(x)"),
        (sp.E, "exp(1)"),
        (sp.Abs(X), "abs(x)"),
        (sp.atan(X), "arctan(x)"),
        (sp.asin(X), "arcsin(x)"),
        (sp.pi, "pi"),
        (sp.Eq(X, Y), "x == y"),
        (sp.Ne(X, 1), "x != 1"),
        (X < Y, "x < y"),
        (sp.true, "True"),
        (sp.Piecewise((X, X > 0), (0, True)), "where(x > 0, x, 0)"),
    ],
)
def test_writing(expression: Any, text: str) -> None:
    assert exact.write(expression) == text
    assert XP.plain([expression]) == [text]
