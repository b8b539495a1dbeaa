"""Tests of a question bank: many variants of each question, checked for everything promised."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from statistics import fmean, pstdev

from gradviz.errors import GradvizError
from gradviz.exam import formats
from gradviz.exam.kinds import question
from gradviz.exam.marking.grading import mark
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import Exam
from gradviz.exam.question.figure import alt
from gradviz.exam.question.question import Question, fractions, parsed
from gradviz.exam.text import decimal
from gradviz.graph.graph import CONSTANT
from gradviz.progress import each
from gradviz.story.values import flat

TRIVIAL = 0.6
"""The largest share of all variants that may have the same key."""

LAZIEST = 0.25
"""The largest mean credit of a paper that takes no work, such as 0 everywhere."""

SIGNIFICANT = 3
"""How many standard errors a mean must lie above `LAZIEST` to count: a choice of four is at it."""

EVERY = 250
"""One variant in this many is written in every format."""


Answers = Mapping[str, str]
"""A student's answers, by the id of the part."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Marking tests for one question: answers for full credit, for less, and unreadable ones."""

    right: tuple[Answers, ...]
    wrong: tuple[Answers, ...]
    malformed: tuple[Answers, ...]


@dataclass
class Finding:
    """The findings for one kind and level."""

    kind: str
    level: int
    variants: int = 0
    distinct: int = 0
    commonest: float = 0.0
    laziest: float = 0.0
    faults: list[str] = field(default_factory=list)


def check(exam: Exam, variants: int) -> Iterator[Finding]:
    """Check every kind and level of an exam, each once."""
    wanted = dict.fromkeys((e.kind, e.level) for s in exam.section for e in s.question)
    for kind, level in wanted:
        yield _check(exam, kind, level, variants)


def _check(exam: Exam, kind: str, level: int, variants: int) -> Finding:
    found = Finding(kind, level)
    drafts, keys, ids = set(), Counter[str](), set[str]()
    lazy: dict[str, list[float]] = {}
    for k in each(f"{kind}, level {level}", range(variants)):
        try:
            asked = question(kind, level, f"{exam.seed}/check", f"v{k}")
            again = (
                question(kind, level, f"{exam.seed}/check", f"v{k}") if k % EVERY == 0 else asked
            )
        except GradvizError as error:  # two ways to compute a key disagree, or no suitable sample
            found.faults.append(f"variant {k}: {error.what}")
            continue
        found.variants += 1
        drafts.add(asked.draft)
        ids.add(asked.id)
        if any(p.answer.written for p in asked.parts):
            keys[", ".join(p.answer.written for p in asked.parts)] += 1
        for habit, credit in lazy_credits(asked).items():
            lazy.setdefault(habit, []).append(credit)
        faults = [*_clashes(asked), *_leaks(asked), *_marking(asked)]
        faults += ["it is different when made again"] if again != asked else []
        faults += _formats(exam, asked) if k % EVERY == 0 else []
        found.faults += [f"variant {k} ({asked.id}): {fault}" for fault in faults]
    found.distinct = len(drafts)
    found.commonest = keys.most_common(1)[0][1] / found.variants if keys else 0.0
    if found.variants >= 20 and found.commonest > TRIVIAL:
        found.faults.append(
            f"{found.commonest:.0%} of all variants have the same key: {keys.most_common(1)[0][0]}"
        )
    found.laziest, too_much = laziest(lazy)
    if found.variants >= 20:
        found.faults += too_much
    if len(ids) < found.variants:
        found.faults.append("two variants have the same id")
    return found


def lazy_credits(asked: Question) -> dict[str, float]:
    """The credit of each paper that takes no work, by the habit that fills it in."""
    texts = {part.id: part.answer.lazy_texts() for part in asked.parts}
    habits = dict.fromkeys(habit for found in texts.values() for habit in found)
    return {
        habit: float(
            mark(asked, {part: t[habit] for part, t in texts.items() if habit in t}).credit
        )
        for habit in habits
    }


def laziest(credits: Mapping[str, Sequence[float]]) -> tuple[float, list[str]]:
    """The largest mean credit of a habit, and the habits whose mean is significantly too large."""
    means, faults = {habit: fmean(found) for habit, found in credits.items()}, list[str]()
    for habit, mean in means.items():
        error = pstdev(credits[habit]) / math.sqrt(len(credits[habit]))
        if mean > LAZIEST + SIGNIFICANT * error:
            faults.append(f"{habit} earns {mean:.0%} of the points without any work")
    return max(means.values(), default=0.0), faults


def _clashes(asked: Question) -> Iterator[str]:
    for part in asked.parts:
        for fault in part.answer.clashes():
            yield f"{fault} in part {part.id or 1}"


def _leaks(asked: Question) -> Iterator[str]:
    """Numbers that the figure or its description gives away."""
    figure = asked.figure
    if figure is None:
        return
    numbers = [n.options["value"] for n in parsed(figure.source).nodes if n.op == CONSTANT]
    given = {
        decimal(v)
        for v in flat(
            [fractions(numbers), *(value for _, value in (*figure.values, *figure.gradients))]
        )
    }
    said = alt(figure).replace("−", "-")
    for blank, what, _ in figure.blanks:
        if any(
            label == blank for label, _ in (figure.values if what == "value" else figure.gradients)
        ):
            yield f"the figure shows the {what} of {blank}, which is asked for"
    for word in re.split(r"[\s,;()\[\]]+", said.split("nodes.")[-1]):
        word = word.rstrip(".")
        if word.lstrip("-").replace(".", "", 1).isdigit() and word not in given:
            yield f"the figure says {word}, which is not given"


def _marking(asked: Question) -> Iterator[str]:
    given = samples(asked)
    if any(mark(asked, answers).credit != 1 for answers in given.right[:1]):
        yield "a right answer is not marked as right"
    if any(mark(asked, answers).credit == 1 for answers in given.wrong[:2]):
        yield "a wrong answer is marked as right"


def samples(asked: Question) -> Samples:
    """Test cases by the forms of the answers.

    All parts right, in every way to write them; one part wrong, the rest right; one part
    unreadable.
    """
    ways = {part.id: tuple(part.answer.right_texts()) for part in asked.parts}
    right = {part: texts[0] for part, texts in ways.items()}
    return Samples(
        (right, *(right | {part: text} for part, texts in ways.items() for text in texts[1:])),
        tuple(
            right | {part.id: text} for part in asked.parts for text in part.answer.wrong_texts()
        ),
        tuple({part.id: text} for part in asked.parts for text in part.answer.malformed),
    )


def _formats(exam: Exam, asked: Question) -> Iterator[str]:
    paper = Paper(exam, Student("check"), (("", (Item(1, asked, 1),)),))
    forms = [type(part.answer) for part in asked.parts]
    for form in formats.every().values():
        if not all(map(form.draws, forms)):
            continue  # `gradviz exam make` reports it
        try:
            for path, content in form.write(paper).items():
                form.check(PurePosixPath(path), content)
        except GradvizError as error:
            yield f"as {form.name}: {error.what}"
