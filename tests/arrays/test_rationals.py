"""Fractions: exact arithmetic, functions to sixty digits, and conditions that stay conditions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from gradviz.arrays.rationals import Rationals
from gradviz.errors import DomainError, ValueInputError

XP = Rationals()


@pytest.mark.parametrize(
    "name",
    ["exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "sinh", "cosh", "tanh", "sigmoid"],
)
@pytest.mark.parametrize("x", [Fraction(1, 3), Fraction(7, 2), Fraction(12)])
def test_functions_are_right_to_fifty_digits(name: str, x: Fraction) -> None:
    """sympy works out the same with a hundred."""
    exact = sp.Rational(x.numerator, x.denominator)
    wanted = {
        "log2": sp.log(exact, 2),
        "log10": sp.log(exact, 10),
        "log1p": sp.log(1 + exact),
        "expm1": sp.exp(exact) - 1,
        "sigmoid": 1 / (1 + sp.exp(-exact)),
    }.get(name) or getattr(sp, name)(exact)
    found = getattr(XP, name)(x)
    assert isinstance(found, Fraction)
    ours = sp.Rational(found.numerator, found.denominator)
    assert abs(sp.N(ours - wanted, 100)) < abs(sp.N(wanted, 100)) * sp.Float("1e-50", 100)


def test_pi_is_right_to_sixty_digits() -> None:
    assert abs(sp.N(sp.Rational(XP.pi.numerator, XP.pi.denominator) - sp.pi, 100)) < sp.Float(
        "1e-58"
    )
    assert XP.asarray("pi") == XP.pi


def test_conditions_stay_conditions() -> None:
    met = XP.greater(XP.asarray([1, 3]), 2)
    assert XP.asarray(met) is met and met.dtype == bool and met.tolist() == [False, True]
    assert XP.asarray(XP.greater(Fraction(3), 2)) is True
    assert XP.asreal(met).tolist() == [0, 1] and isinstance(XP.asreal(met)[0], Fraction)
    assert XP.asreal(True) == 1 and XP.asreal(np.array(False)) == 0


def test_values_leave_as_fractions() -> None:
    assert XP.plain(XP.asarray([[0.1, 2]])) == [[Fraction(1, 10), Fraction(2)]]
    assert XP.plain(XP.asarray(0.25)) == Fraction(1, 4)


def test_labels_are_whole() -> None:
    assert XP.whole([Fraction(4, 2), 1]).tolist() == [2, 1]
    with pytest.raises(ValueInputError, match="whole numbers"):
        XP.whole([Fraction(1, 2)])


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "arcsin", "arccos", "arctan", "erf"])
def test_what_would_need_a_series_is_refused_in_one_way(name: str) -> None:
    """Marking takes an ArithmeticError for a point outside an expression's domain."""
    with pytest.raises(DomainError, match=f"{name} is not supported on fractions") as caught:
        getattr(XP, name)(Fraction(1, 2))
    assert isinstance(caught.value, ArithmeticError)


def test_outside_the_domain_of_a_function() -> None:
    for bad in (lambda: XP.log(Fraction(0)), lambda: XP.sqrt(Fraction(-1))):
        with pytest.raises(DomainError, match="no real value here"):
            bad()


def test_an_exponential_beyond_every_key_is_not_worked_out() -> None:
    """e^1000000 has 434,295 digits; 1/(1 + e^1000000) is 0 for everyone who marks it."""
    xp = Rationals()
    assert xp.exp(Fraction(-(10**6))) == 0
    with pytest.raises(DomainError, match="too large to be worked out"):
        xp.exp(Fraction(10**6))
