"""The namespace of floats: how values enter and leave, and where its functions are NumPy's or its
own.
"""

import math
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.arrays import BACKENDS, DTYPES, for_backend
from gradviz.arrays.numeric import SHARED
from gradviz.arrays.written import Written
from gradviz.errors import UnknownNameError, ValueInputError

XP, XP32 = for_backend(), for_backend(dtype="float32")


@pytest.mark.parametrize("xp", [XP, XP32], ids=["float64", "float32"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (0.5, 0.5),
        (Fraction(1, 4), 0.25),
        ("pi", math.pi),
        ("NaN", math.nan),
        ("-Infinity", -math.inf),
        (np.float64(2), 2.0),
        (np.float32(2), 2.0),
        (np.int64(3), 3.0),
        (np.array(4), 4.0),
        ([1, Fraction(1, 2)], [1, 0.5]),
        (np.array([Fraction(1, 4), 0.5, 2], dtype=object), [0.25, 0.5, 2]),
        ([["NaN", 1]], [[math.nan, 1]]),
        (np.arange(3), [0, 1, 2]),
        ([], []),
    ],
)
def test_values_enter_as_one_float_type(xp: Any, value: Any, expected: Any) -> None:
    for enter in (xp.asarray, xp.asreal):
        array = enter(value)
        assert array.dtype == xp.dtype
        np.testing.assert_array_equal(array, np.asarray(expected, xp.dtype))


def test_conditions_and_indices_keep_their_type() -> None:
    assert XP.asarray(np.True_).dtype == bool and XP.asreal(np.True_).dtype == "float64"
    assert XP.asarray(True).dtype == bool and XP.asreal([True, False]).tolist() == [1.0, 0.0]
    assert XP.asindex([0, 2]).dtype.kind == "i" and XP.asindex([True]).dtype == bool
    assert XP.asindex([Fraction(1, 2)]).tolist() == [0.5]


@pytest.mark.parametrize(
    "value", [1j, [1j], None, [None], object(), np.array(["a"]), np.datetime64("2020-01-01")]
)
def test_what_is_no_real_number(value: Any) -> None:
    for enter in (XP.asarray, XP.asreal, XP.asindex):
        with pytest.raises(ValueInputError, match="real numbers"):
            enter(value)


def test_a_number_beyond_floats() -> None:
    with pytest.raises(ValueInputError, match="too large"):
        XP.asarray(10**400)


def test_what_is_quiet_warns_not() -> None:
    with warnings.catch_warnings(), XP.quiet():
        warnings.simplefilter("error")
        assert XP.log(XP.asarray(0)) == -math.inf
        assert math.isnan(XP.sqrt(XP.asarray(-1)))


def test_the_shared_functions_are_numpys() -> None:
    assert all(getattr(XP, name) is getattr(np, name) for name in SHARED)


@given(st.floats(-6, 6))
def test_erf_and_sigmoid(x: float) -> None:
    assert float(XP.erf(XP.asarray(x))) == math.erf(x)
    assert float(XP.sigmoid(XP.asarray(x))) == pytest.approx(
        (1 + math.tanh(x / 2)) / 2, rel=1e-13, abs=1e-16
    )
    assert XP32.erf(XP32.asarray([x])).dtype == XP32.sigmoid(XP32.asarray(x)).dtype == "float32"


def test_winner_and_scatter() -> None:
    assert XP.winner(np.array([[1.0, 3, 3], [2, 1, 2]])).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert XP.scatter_add((3,), ([0, 0],), np.array([1.0, 2])).tolist() == [3, 0, 0]
    assert XP.scatter_add((2, 3), (slice(None), 1), np.array([1.0, 2])).tolist() == [
        [0, 1, 0],
        [0, 2, 0],
    ]


@given(st.lists(st.floats() | st.booleans()))
def test_plain_values_are_pythons(values: list[Any]) -> None:
    assert np.array_equal(XP.plain(XP.asarray(values)), values, equal_nan=True)
    assert all(type(v) in (float, bool) for v in XP.plain(XP.asarray(values)))


def test_finite() -> None:
    assert (
        XP.finite(np.array([1.0, 2]))
        and not XP.finite(np.array([1.0, math.nan]))
        and not XP.finite(np.float64("inf"))
    )
    assert XP.finite(np.array([True]))


@pytest.mark.parametrize(
    ("backend", "hint"),
    [("numpi", "numpy"), ("Numpy", "numpy"), ("cuppy", "cupy"), ("exakt", "exact")],
)
def test_backends_that_do_not_exist(backend: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean {hint}") as caught:
        for_backend(backend)
    assert caught.value.expected == ", ".join(BACKENDS)


@pytest.mark.parametrize("dtype", ["float16", "double", int, np.float16, None])
def test_dtypes_that_do_not_exist(dtype: Any) -> None:
    with pytest.raises(UnknownNameError, match="no dtype") as caught:
        for_backend(dtype=dtype)
    assert caught.value.expected == ", ".join(DTYPES)


@pytest.mark.parametrize("xp", [XP, XP32], ids=["float64", "float32"])
@pytest.mark.parametrize(
    ("value", "other"), [(1, 0), (1.0, 0.0), (0, 1), (2, -0.5), (1, np.zeros(3)), (np.ones(3), 0)]
)
@pytest.mark.parametrize("condition", [np.array([True, False, True]), np.True_, False])
def test_choosing_between_numbers_keeps_the_type(
    xp: Any, value: Any, other: Any, condition: Any
) -> None:
    chosen = xp.where(
        condition, *(xp.asarray(v) if isinstance(v, np.ndarray) else v for v in (value, other))
    )
    assert chosen.dtype == xp.dtype
    np.testing.assert_array_equal(chosen, np.where(condition, value, other))


@pytest.mark.parametrize(
    "value",
    [2**53 + 1, -(2**53) - 1, 10**23, [2**53 + 1, 2], [2**70 + 1, 2], np.array([2**53 + 1])],
)
def test_whole_numbers_that_no_float_keeps_are_refused(value: Any) -> None:
    with pytest.raises(ValueInputError, match="more digits than a float keeps"):
        for_backend().asarray(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), 2**70, 10**22, [2**60, 3], np.array([2**62])])
def test_whole_numbers_that_a_float_keeps_stay(value: Any) -> None:
    found = np.asarray(for_backend().asarray(value)).reshape(-1)
    assert [int(v) for v in found] == np.array(value, dtype=object).reshape(-1).tolist()


def test_a_mask_is_refused_and_an_empty_one_is_not() -> None:
    xp = for_backend()
    for read in (xp.asarray, xp.asindex):
        with pytest.raises(ValueInputError, match="masked array"):
            read(np.ma.array([1.0, 2.0], mask=[0, 1]))
        assert read(np.ma.array([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_by_hand_nothing_is_rescued() -> None:
    """1 − 1 is 0, and 1e200² overflows, when a formula is computed as it is written."""
    xp = for_backend("numpy", "float64")
    by_hand = Written(xp)
    one = np.float64(1)
    assert by_hand.stable(lambda: one - 1, lambda: one) == 0
    assert xp.stable(lambda: one - 1, lambda: one) == 1
    far = np.array([1e200, 1e200])
    with xp.quiet():
        assert by_hand.length(far, np.sum) == math.inf
        assert by_hand.average(far * 1e108, np.sum, 2) == math.inf
        assert xp.length(far, np.sum) == pytest.approx(math.sqrt(2) * 1e200)
