"""Differences from peers count as wrong unless a reason holds of their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.peers.comparing import by_op, compare, difference
from tests.peers.counting import Case, Compared, Known, Suite, Verdict, count, page


def sine(gradient: float) -> Case:
    """sin at 0, whose slope is 1."""
    theirs = lambda: (0.0, lambda upstream: [upstream * gradient])
    return compare("sin at 0", [0.0], theirs, lambda upstream: by_op("sin", [0.0], {}, upstream))


def suite(case: Case, known: tuple[Known, ...] = ()) -> Suite:
    return Suite("Sines", "One case.", (), lambda: [case], known)


def doubled(numbers: Compared) -> bool:
    return bool(np.isclose(2 * numbers.ours[1][0], numbers.theirs[1][0]))


def test_what_agrees_passes() -> None:
    assert sine(1).verdict is Verdict.PASS


def test_a_difference_is_wrong_and_stands_on_the_page() -> None:
    tally = count(suite(sine(2)))
    assert [c.name for c in tally.wrong] == ["sin at 0"]
    assert "- `sin at 0`: gradient 0:" in page([tally])


@pytest.mark.parametrize(
    ("gradient", "pattern", "explained"), [(2, "sin *", 1), (3, "sin *", 0), (2, "cos *", 0)]
)
def test_a_reason_holds_for_its_cases_and_numbers_only(
    gradient: float, pattern: str, explained: int
) -> None:
    tally = count(suite(sine(gradient), (Known(pattern, "They double.", doubled),)))
    assert len(tally.wrong) == 1 - explained
    assert list(tally.unused) == ["They double."][explained:]
    assert ("- 1 × They double." in page([tally])) == bool(explained)


@pytest.mark.parametrize(
    ("op", "operand", "verdict"),
    [
        ("max", np.zeros(0), Verdict.REFUSED),
        ("no_op_of_ours", np.zeros(1), Verdict.NO_OP),
        ("sin", object(), Verdict.REFUSED),
    ],
)
def test_errors_of_ours(op: str, operand: object, verdict: Verdict) -> None:
    case = compare("", [], lambda: (0.0, lambda u: []), lambda u: by_op(op, [operand], {}, u))
    assert case.verdict is verdict


def test_an_error_that_is_not_gradvizs_is_wrong() -> None:
    assert compare("", [], lambda: (0.0, lambda u: []), lambda u: 1 / 0).verdict is Verdict.WRONG


def test_an_error_of_the_peer_is_no_verdict_on_us() -> None:
    case = compare("", [], lambda: 1 / 0, lambda u: by_op("sin", [0.0], {}, u))
    assert case.verdict is Verdict.NOT_RUN


@pytest.mark.parametrize(
    ("ours", "theirs", "place"),
    [
        (1.0, 1.0 + 1e-12, ""),
        (1.0, 1.1, "value"),
        (np.nan, np.nan, ""),
        (np.nan, 0.0, "value"),
        (np.inf, np.inf, ""),
        (np.inf, -np.inf, "value"),
        (np.zeros(3), np.zeros((1, 3)), "value: shape"),
    ],
)
def test_differences(ours: object, theirs: object, place: str) -> None:
    assert difference((ours, []), (theirs, []), 1e-9).startswith(place or "")
    assert bool(difference((ours, []), (theirs, []), 1e-9)) == bool(place)


def test_a_gradient_that_the_peer_leaves_out_is_zero() -> None:
    assert not difference((0, [np.zeros(2)]), (0, [np.asarray(0)]), 1e-9)
    assert difference((0, [np.ones(2)]), (0, [np.asarray(0)]), 1e-9)
