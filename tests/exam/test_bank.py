"""The tests of a question bank find the faults of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gradviz.exam import bank, kinds
from gradviz.exam.kinds import Kind, question
from gradviz.exam.marking import grading
from gradviz.exam.paper import spec
from tests.sampled import sampled

EXAM = spec.parse('title = "x"\n[[section]]\n[[section.question]]\nkind = "gradient"\nlevel = 2\n')


def broken(name: str, change: Callable[[Any], Any]) -> Kind:
    from dataclasses import replace

    good = kinds.get(name)
    return replace(good, generate=lambda stream, level: change(good.generate(stream, level)))


def test_the_check_finds_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind whose mistakes collide with the key, one that leaks, and one that is always the
    same.
    """
    from dataclasses import replace

    def collide(draft: Any) -> Any:
        part = draft.parts[0]
        near = replace(part.answer.wrong[0], value=part.answer.key)
        return replace(draft, parts=(replace(part, answer=replace(part.answer, wrong=(near,))),))

    def leak(draft: Any) -> Any:
        blank = (draft.figure.values[0][0], "value", "a")
        return replace(draft, figure=replace(draft.figure, blanks=(blank,)))

    same = question("gradient", 2, 0).draft
    changes = {
        "too close": collide,
        "which is asked for": leak,
        "100% of all variants have the same key": lambda draft: same,
    }
    for says, change in changes.items():
        table = dict(kinds.every()) | {"gradient": broken("gradient", change)}
        monkeypatch.setattr(kinds, "every", lambda table=table: table)
        found = next(bank.check(EXAM, 25))
        assert any(says in fault for fault in found.faults), (says, found.faults[:3])
        monkeypatch.undo()


ALL = [(name, level) for name, kind in kinds.every().items() for level in kind.levels]


def lazy(name: str, level: int, variants: int) -> list[str]:
    """The habits that earn too much without any work."""
    earned: dict[str, list[float]] = {}
    for seed in range(variants):
        for habit, credit in bank.lazy_credits(question(name, level, seed, "lazy")).items():
            earned.setdefault(habit, []).append(credit)
    return bank.laziest(earned)[1]


@sampled(("name", "level"), ALL, few=24)
def test_papers_without_work_earn_little(name: str, level: int) -> None:
    assert lazy(name, level, 10) == []


@pytest.mark.proof
@pytest.mark.parametrize(("name", "level"), ALL)
def test_papers_without_work_earn_little_over_many_variants(name: str, level: int) -> None:
    assert lazy(name, level, 400) == []


def test_a_kind_that_pays_for_nothing_is_found() -> None:
    """A choice of four by chance is at the limit; a half is above it, and so is 30% of everyone."""
    even = [1.0, 0.0, 0.0, 0.0] * 10
    assert bank.laziest({"the first option": even}) == (0.25, [])
    assert bank.laziest({"0 everywhere": [0.0, 1.0] * 20})[1] == [
        "0 everywhere earns 50% of the points without any work"
    ]
    assert bank.laziest({"0 everywhere": [0.3] * 20})[1] and not bank.laziest({})[1]


@pytest.mark.parametrize("number", ["0", "1", "-1", "2", "0.5", "7"])
@pytest.mark.parametrize(
    "name", ["fill-graph", "multiply-adds", "neuron", "branch", "chain-product", "optimiser-step"]
)
def test_one_number_everywhere_buys_no_later_marks(name: str, number: str) -> None:
    for level in kinds.get(name).levels:
        for seed in range(3):
            asked = question(name, level, seed)
            mark = grading.mark(asked, {part.id: number for part in asked.parts})
            assert "follows" not in {part.verdict for part in mark.parts}
