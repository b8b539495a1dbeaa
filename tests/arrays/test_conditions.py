"""A condition given as numbers is true wherever it is not 0, in every namespace."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gradviz.arrays import for_backend
from gradviz.arrays.code import NAMES, Code, number
from gradviz.arrays.rationals import Rationals
from gradviz.arrays.scalars import Floats

NUMBERS = [0.25, 2, 1, 0, -1, -0.0]
TRUE = [True, True, True, False, True, False]
ARRAYS: dict[str, Any] = {
    "float64": for_backend("numpy"),
    "float32": for_backend("numpy", "float32"),
    "exact": for_backend("exact"),
    "rationals": Rationals(),
}
BRANCHES = [(1, 0), (0, 1), (7, 5), (0.5, 0)]


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(("a", "b"), BRANCHES)
def test_arrays_and_single_numbers(name: str, a: float, b: float) -> None:
    xp = ARRAYS[name]
    a_, b_ = (v if isinstance(v, int) else xp.asarray(Fraction(v)) for v in (a, b))
    expected = np.where(NUMBERS, a, b).tolist()
    whole = xp.asarray(xp.where(xp.asreal([Fraction(v) for v in NUMBERS]), a_, b_))
    assert [float(v) for v in whole] == expected
    assert [float(xp.where(xp.asreal(Fraction(v)), a_, b_)) for v in NUMBERS] == expected
    typed = xp.where(xp.asindex(np.array([2, 0, -1])), a_, b_)  # whole numbers keep their type
    assert [float(v) for v in xp.asarray(typed)] == [a, b, a]


@pytest.mark.parametrize(("a", "b"), BRANCHES)
def test_floats_and_the_code_that_is_written(a: float, b: float) -> None:
    for condition, holds in zip(NUMBERS, TRUE, strict=True):
        expected = a if holds else b
        assert Floats().where(float(condition), a, b) == expected
        known = Code().where(number(condition), number(a), number(b))
        assert eval(known.text, dict(NAMES)) == expected
        named = Code().where(number(0) + type(known)("c"), number(a), number(b))
        assert eval(named.text, {**NAMES, "c": float(condition)}) == expected
