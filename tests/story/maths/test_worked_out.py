"""A formula of numbers is worked out as it is written; one with words or names is not."""

from __future__ import annotations

import pytest

from gradviz.arrays import for_backend
from gradviz.story.maths import M, Maths
from gradviz.story.maths.worked_out import UnknownError, worked_out

XP = for_backend()
COLUMN = M.grid([["3"], ["−4"]], shape=(2, 1))
ROW = M.grid([["0.5", "1/4"]], shape=(1, 2))


@pytest.mark.parametrize(
    ("maths", "value"),
    [
        (M.mul(M.number("5.354"), M.sub(M.number("0.948"), M.number("0.9"))), 5.354 * 0.048),
        (M.div(M.number("−1"), M.pow(M.number("2e3"), M.number(2))), -0.25e-6),
        (M.neg(M.add(M.number("1/3"), M.number("2/3"))), -1.0),
    ],
)
def test_arithmetic_of_numbers(maths: Maths, value: float) -> None:
    assert worked_out(maths, XP) == pytest.approx(value, rel=1e-12)


def test_matrix_products_and_elementwise_products_of_arrays() -> None:
    assert worked_out(M.product(COLUMN, ROW), XP).tolist() == [[1.5, 0.75], [-2, -1]]
    assert worked_out(M.mul(COLUMN, COLUMN), XP).tolist() == [[9], [16]]


@pytest.mark.parametrize(
    "maths",
    [
        M.name("x"),
        M.mul(M.number(2), M.phrase("3 floats")),
        M.say("{} as a scalar", M.number(2)),
        M.dot(COLUMN, COLUMN),
    ],
)
def test_what_its_text_does_not_tell_is_unknown(maths: Maths) -> None:
    with pytest.raises(UnknownError):
        worked_out(maths, XP)
