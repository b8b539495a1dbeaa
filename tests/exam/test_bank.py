"""The tests of a question bank find the faults of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gradviz.exam import bank, kinds
from gradviz.exam.kinds import Kind, question
from gradviz.exam.paper import spec

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
