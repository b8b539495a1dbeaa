"""The record of a paper is marked as the paper itself."""

from __future__ import annotations

import msgspec

from gradviz.exam import bank
from gradviz.exam.marking.grading import mark
from gradviz.exam.paper.paper import Paper, paper
from gradviz.exam.paper.record import Recorded, recorded, restored


def test_a_record_gives_the_same_marks(full: Paper, easy: Paper) -> None:
    for made in (full, easy):
        written = msgspec.json.encode(recorded(made))
        rows = msgspec.json.decode(written, type=tuple[Recorded, ...])
        again = restored(made.exam, made.student, made.variant, rows)
        assert again.variant == made.variant and recorded(again) == recorded(made)
        for ours, theirs in zip(made.items, again.items, strict=True):
            assert (ours.number, ours.points) == (theirs.number, theirs.points)
            assert ours.question.identity.place == theirs.question.identity.place
            samples = bank.samples(ours.question)
            for answers in (*samples.right, *samples.wrong, *samples.malformed):
                assert mark(ours.question, answers) == mark(theirs.question, answers), answers


def test_a_record_does_not_give_the_seed_away(full: Paper) -> None:
    secret = "5ca1ab1e" * 4
    made = paper(msgspec.structs.replace(full.exam, seed=secret))
    assert secret not in msgspec.json.encode(recorded(made)).decode()
