"""Markdown with LaTeX maths: the paper and, in another file, its solutions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.form import letter
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats import Files, PaperFormat, drawn
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Part
from gradviz.exam.text import Text, plain, write
from gradviz.story.maths import latex

BLANK = r"\_\_\_\_\_\_\_\_"
SHORT_BLANK = r"\_\_\_"
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def marked(text: Text) -> str:
    """A paragraph: words escaped, mathematics between `$` signs."""
    return write(text, escape, lambda m: f"${latex.write(m)}$")


def escape(words: str) -> str:
    """Words with all markup escaped."""
    return SPECIAL.sub(r"\\\1", words)


def points(count: object) -> str:
    """`1 point`, `3 points`."""
    return f"{count} point{'' if str(count) == '1' else 's'}"


def _head(paper: Paper, kind: str) -> list[str]:
    exam, student = paper.exam, paper.student
    about = " · ".join(filter(None, (exam.course, exam.date, kind)))
    return [
        f"# {escape(exam.title)}",
        *([escape(about)] if about else []),
        f"**{escape(student.said)}** · variant `{paper.variant}` · {points(exam.total)}",
        *([escape(exam.instructions)] if exam.instructions else []),
    ]


def _question(item: Item, figure: str) -> list[str]:
    said = [
        f"### {item.number}. ({points(item.points)})",
        *(marked(text) for text in item.question.text),
    ]
    if item.question.figure is not None:
        said.append(f"![{escape(alt(item.question.figure))}]({figure})")
    return said


def _typed(answer: Answer, asked: str) -> list[str]:
    return [f"{asked} {BLANK}"] if asked else []


def _choice(answer: Choice, asked: str) -> list[str]:
    return [*_typed(answer, asked), _letters(answer, "- [ ]")]


def _ordering(answer: Ordering, asked: str) -> list[str]:
    order = "Order: " + " → ".join([SHORT_BLANK] * len(answer.items))
    return [*_typed(answer, asked), _letters(answer, "-"), order]


def _letters(answer: Answer, mark: str) -> str:
    rows = enumerate(answer.listed)
    return "\n".join(f"{mark} {letter(i)}. {marked(text)}" for i, text in rows)


def _drawing(answer: Drawing, asked: str) -> list[str]:
    return [f"{asked} *(draw it on paper)*".strip()]


ANSWERS: Mapping[type, Callable[..., list[str]]] = {
    Answer: _typed,
    Choice: _choice,
    Ordering: _ordering,
    Drawing: _drawing,
}
"""How to make the paragraphs of each form, from the answer and the prompt."""


def _asked(part: Part) -> str:
    return f"({part.id}) {marked(part.prompt)}" if part.id else marked(part.prompt)


def _solved(item: Item, student: str) -> list[str]:
    said = [
        f"### {item.number}. ({points(item.points)})",
        *(marked(text) for text in item.question.text),
    ]
    whole, slip = solution.figure(item.question), solution.likeliest(item.question)
    if whole is not None:
        said.append(f"![{escape(alt(whole))}]({_place(item, student)})")
    said += [f"**{_asked(p)} {marked(p.answer.shown)}**" for p in item.question.parts]
    said += [marked(text) for text in item.question.solution.sentences]
    steps = []
    for step in solution.steps(item.question):
        formula = f" ${' '.join(step.formula.latex)}$" if step.formula else ""
        steps.append(f"{step.number}. {escape(step.sentence)}{formula}")
    said += ["\n".join(steps)] if steps else []
    if slip is not None:
        scene = solution.slip_scene(item.question, slip.step)
        said += [
            marked(slip.line),
            f"![{escape(f'{scene.title}. {scene.description}')}]({_place(item, student, '-slip')})",
        ]
    return said


def _place(item: Item, student: str, what: str = "") -> str:
    """The path of a picture, relative to the document that shows it."""
    return f"figures/{student}-{item.number}{what}.svg"


def _pictures(item: Item, student: str) -> dict[str, bytes]:
    """The pictures of a question and, for the solutions, of its result and a likely mistake."""
    question, slip, files = item.question, solution.likeliest(item.question), dict[str, bytes]()
    for folder, figure in (("", question.figure), ("solutions/", solution.figure(question))):
        if figure is not None:
            files[f"{folder}{_place(item, student)}"] = picture(figure).encode()
    if slip is not None:
        files[f"solutions/{_place(item, student, '-slip')}"] = solution.slip_picture(
            question, slip.step
        ).encode()
    return files


def _write(paper: Paper) -> Files:
    student, files = paper.student.id, dict[str, bytes]()
    asked, solved = _head(paper, ""), _head(paper, "Solutions")
    for title, items in paper.sections:
        for side in (asked, solved):
            side += [f"## {escape(title)}"] if title else []
        for item in items:
            files |= _pictures(item, student)
            asked += [
                *_question(item, _place(item, student)),
                *(
                    line
                    for part in item.question.parts
                    for line in drawn(ANSWERS, part.answer, _asked(part))
                ),
            ]
            solved += _solved(item, student)
    files[f"{student}.md"] = ("\n\n".join(asked) + "\n").encode()
    files[f"solutions/{student}.md"] = ("\n\n".join(solved) + "\n").encode()
    return files


def _check(path: PurePosixPath, content: bytes) -> None:
    if path.suffix == ".md" and not content.startswith(b"# "):
        raise ValueInputError(
            f"{path} is not a paper",
            expected="a title on the first line",
            got=plain((content[:40].decode(),)),
        )


FORMAT = PaperFormat(
    "markdown", "Markdown with LaTeX maths, solutions in a separate file", _write, _check, ANSWERS
)
