"""A slice of `make soak` runs with the tests; the guard and the shrinking of its findings work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.fixture(scope="module")
def soak() -> Any:
    sys.path.insert(0, str(SCRIPTS))
    try:
        import soak

        soak.warm()
        yield soak
    finally:
        sys.path.remove(str(SCRIPTS))


def test_a_slice_finds_nothing(soak: Any) -> None:
    assert soak.run_part(seed=1, first=0, count=1500)["found"] == {}


def test_every_kind_of_input_is_among_the_cases_and_the_same_every_time(soak: Any) -> None:
    from soak_kinds import KINDS, draw

    assert {draw(1, n)[0] for n in range(1500)} == set(KINDS)
    assert [draw(3, n) for n in range(50)] == [draw(3, n) for n in range(50)]
    assert draw(3, 1) != draw(4, 1)


def test_errors_of_gradviz_and_of_the_command_line_are_no_findings(soak: Any) -> None:
    import click

    from gradviz.errors import ParseError

    for error in (ParseError("no"), click.UsageError("no"), MemoryError()):
        assert soak.judge(_raising(error), []) == ""


def test_other_errors_and_warnings_are_findings(soak: Any) -> None:
    import warnings

    assert soak.judge(_raising(KeyError("x")), []).startswith("KeyError at ")
    warn = lambda case: warnings.warn("overflow", RuntimeWarning, stacklevel=1)
    assert soak.judge(warn, []).startswith("RuntimeWarning at ")


def test_a_hang_is_ended_even_if_it_swallows_every_exception(soak: Any) -> None:
    def stubborn(case: list[str]) -> None:
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue

    assert soak.judge(stubborn, [], limit=0.05).startswith("hang at ")


def test_a_finding_is_made_as_small_as_it_can_be(soak: Any) -> None:
    fails = lambda case: any("bc" in text for text in case)
    assert soak.smallest(fails, ["xyz", "aabcdd", "q"], 400) == ["bc"]


def test_a_part_that_was_run_is_not_run_again(soak: Any, tmp_path: Path) -> None:
    (tmp_path / "0.json").write_text('{"cases": 1000, "slowest": 0.1, "found": {}}')
    assert soak.campaign(seed=1, cases=1000, minutes=0, out=tmp_path) == 0


def _raising(error: BaseException) -> Any:
    def play(case: list[str]) -> None:
        raise error

    return play
