"""A question bank's own tests: many variants of each question, held against everything that a
question promises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import PurePosixPath

from gradviz.errors import GradvizError
from gradviz.exam import formats, kinds
from gradviz.exam.answers.forms import Choice, Drawing, Matrix, Numeric
from gradviz.exam.generate import question
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import Exam
from gradviz.exam.question.distractors import GAP
from gradviz.exam.question.figure import alt
from gradviz.exam.question.question import Question, fractions, parsed
from gradviz.exam.question.text import decimal, plain
from gradviz.exam.question.wording import right_answer
from gradviz.graph.graph import CONSTANT
from gradviz.story.values import flat

TRIVIAL = 0.6
"""The largest share of one and the same key over all variants."""

EVERY = 250
"""One variant in so many is written in every format."""


@dataclass
class Finding:
    """What was found of one kind and level."""

    kind: str
    level: int
    variants: int = 0
    distinct: int = 0
    commonest: float = 0.0
    faults: list[str] = field(default_factory=list)


def check(exam: Exam, variants: int) -> Iterator[Finding]:
    """Check every kind and level of an exam, each once."""
    wanted = dict.fromkeys((e.kind, e.level) for s in exam.section for e in s.question)
    for kind, level in wanted:
        yield _check(exam, kind, level, variants)


def _check(exam: Exam, kind: str, level: int, variants: int) -> Finding:
    found = Finding(kind, level)
    drafts, keys, ids = set(), Counter[str](), set[str]()
    for k in range(variants):
        try:
            asked = question(kind, level, f"{exam.seed}/check", f"v{k}")
            again = (
                question(kind, level, f"{exam.seed}/check", f"v{k}") if k % EVERY == 0 else asked
            )
        except GradvizError as error:  # a key that two ways do not agree on, or no fit draw
            found.faults.append(f"variant {k}: {error.what}")
            continue
        found.variants += 1
        drafts.add(asked.draft)
        ids.add(asked.id)
        if not all(isinstance(p.answer, Drawing) for p in asked.parts):
            keys[", ".join(right_answer(p) for p in asked.parts)] += 1
        faults = [*_collisions(asked), *_leaks(asked), *_marking(asked)]
        faults += ["it does not come again"] if again != asked else []
        faults += _formats(exam, asked) if k % EVERY == 0 else []
        found.faults += [f"variant {k} ({asked.id}): {fault}" for fault in faults]
    found.distinct = len(drafts)
    found.commonest = keys.most_common(1)[0][1] / found.variants if keys else 0.0
    if found.variants >= 20 and found.commonest > TRIVIAL:
        found.faults.append(
            f"one key in {found.commonest:.0%} of all variants: {keys.most_common(1)[0][0]}"
        )
    if len(ids) < found.variants:
        found.faults.append("two variants have the same id")
    return found


def _collisions(asked: Question) -> Iterator[str]:
    for part in asked.parts:
        answer = part.answer
        if isinstance(answer, Numeric):
            numbers = [answer.key, *(w.value for w in answer.wrong)]
            if any(abs(a - b) <= GAP * answer.tolerance for a, b in combinations(numbers, 2)):
                yield f"two answers of part {part.id or 1} are too close"
        elif isinstance(answer, Choice):
            if len({plain(o.text) for o in answer.options}) < len(answer.options):
                yield "two options are the same"
        elif isinstance(answer, Matrix) and answer.rows in [w.rows for w in answer.wrong]:
            yield "a mistake gives the key"


def _leaks(asked: Question) -> Iterator[str]:
    """A number in the figure's words that is not given."""
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
    samples = kinds.get(asked.kind).samples(asked)
    grade = kinds.get(asked.kind).grade
    if any(grade(asked, answers).credit != 1 for answers in samples.right[:1]):
        yield "a right answer is not marked as right"
    if any(grade(asked, answers).credit == 1 for answers in samples.wrong[:2]):
        yield "a wrong answer is marked as right"


def _formats(exam: Exam, asked: Question) -> Iterator[str]:
    paper = Paper(exam, Student("check"), (("", (Item(1, asked, 1),)),))
    for form in formats.every().values():
        try:
            for path, content in form.write(paper).items():
                form.check(PurePosixPath(path), content)
        except GradvizError as error:
            yield f"as {form.name}: {error.what}"
