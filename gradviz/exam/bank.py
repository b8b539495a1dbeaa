"""A question bank's own tests: many variants of each question, held against everything that a
question promises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

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
from gradviz.story.values import flat

TRIVIAL = 0.6
"""The largest share of one and the same key over all variants."""

EVERY = 250
"""One variant in so many is written in every format."""


Answers = Mapping[str, str]
"""What a student wrote, by the id of the part."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Test cases of marking for one question: answers that earn everything, not everything, and
    what cannot be read.
    """

    right: tuple[Answers, ...]
    wrong: tuple[Answers, ...]
    malformed: tuple[Answers, ...]


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
        if any(p.answer.written for p in asked.parts):
            keys[", ".join(p.answer.written for p in asked.parts)] += 1
        faults = [*_clashes(asked), *_leaks(asked), *_marking(asked)]
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


def _clashes(asked: Question) -> Iterator[str]:
    for part in asked.parts:
        for fault in part.answer.clashes():
            yield f"{fault} in part {part.id or 1}"


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
    given = samples(asked)
    if any(mark(asked, answers).credit != 1 for answers in given.right[:1]):
        yield "a right answer is not marked as right"
    if any(mark(asked, answers).credit == 1 for answers in given.wrong[:2]):
        yield "a wrong answer is marked as right"


def samples(asked: Question) -> Samples:
    """Test cases by the forms of the answers: all right, in every way of writing them; one part
    wrong, the rest right; each part unreadable.
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
            continue  # `gradviz exam make` says so
        try:
            for path, content in form.write(paper).items():
                form.check(PurePosixPath(path), content)
        except GradvizError as error:
            yield f"as {form.name}: {error.what}"
