"""Markdown with LaTeX maths: the paper, and its solutions beside it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Drawing, Ordering
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper import where
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Part
from gradviz.exam.question.text import Text, plain, write
from gradviz.story.maths import latex

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def marked(text: Text) -> str:
    """A paragraph: words escaped, mathematics between `$` signs."""
    return write(text, escape, lambda m: f"${latex.write(m)}$")


def escape(words: str) -> str:
    """Words in which no sign is markup."""
    return SPECIAL.sub(r"\\\1", words)


def points(count: object) -> str:
    """`1 point`, `3 points`."""
    return f"{count} point{'' if str(count) == '1' else 's'}"


def _head(paper: Paper, kind: str) -> list[str]:
    exam, student = paper.exam, paper.student
    about = " · ".join(filter(None, (exam.course, exam.date, kind)))
    who = " ".join(filter(None, (student.name, f"({student.id})")))
    return [
        f"# {escape(exam.title)}",
        *([escape(about)] if about else []),
        f"**{escape(who)}** · variant `{paper.variant}` · {points(exam.total)}",
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


def _part(item: Item, part: Part) -> list[str]:
    name = f"({part.id}) " if part.id else ""
    answer = part.answer
    if isinstance(answer, Drawing):
        return [f"{name}{marked(part.prompt)} *(draw it on paper)*".strip()]
    said = [
        f"{name}{marked(part.prompt)} \\_\\_\\_\\_\\_\\_\\_\\_" if part.prompt or part.id else ""
    ]
    if isinstance(answer, Choice):
        said.append(
            "\n".join(
                f"- [ ] {worked.letter(i)}. {marked(option.text)}"
                for i, option in enumerate(answer.options)
            )
        )
    elif isinstance(answer, Ordering):
        said.append(
            "\n".join(
                f"- {worked.letter(i)}. {marked(text)}" for i, text in enumerate(answer.items)
            )
        )
        said.append("Order: " + " → ".join(["\\_\\_\\_"] * len(answer.items)))
    return [s for s in said if s]


def _solved(item: Item, student: str) -> list[str]:
    said = [
        f"### {item.number}. ({points(item.points)})",
        *(marked(text) for text in item.question.text),
    ]
    whole, slip = worked.figure(item.question), where.likeliest(item.question)
    if whole is not None:
        said.append(f"![{escape(alt(whole))}]({_place(item, student)})")
    for part in item.question.parts:
        name = f"({part.id}) " if part.id else ""
        said.append(f"**{name}{marked(part.prompt)} {marked(worked.key(part))}**")
    said += [marked(text) for text in item.question.solution.sentences]
    steps = []
    for step in worked.steps(item.question):
        formula = f" ${' '.join(step.formula.latex)}$" if step.formula else ""
        steps.append(f"{step.number}. {escape(step.sentence)}{formula}")
    said += ["\n".join(steps)] if steps else []
    if slip is not None:
        scene = where.frame(item.question, slip.step)
        said += [
            marked(slip.line),
            f"![{escape(f'{scene.title}. {scene.description}')}]({_place(item, student, '-slip')})",
        ]
    return said


def _place(item: Item, student: str, what: str = "") -> str:
    """Where a picture stands, as seen from the document that shows it."""
    return f"figures/{student}-{item.number}{what}.svg"


def _pictures(item: Item, student: str) -> dict[str, bytes]:
    """The pictures of a question: what is asked, and beside the solutions what comes out and where
    it goes wrong.
    """
    question, slip, files = item.question, where.likeliest(item.question), dict[str, bytes]()
    for folder, figure in (("", question.figure), ("solutions/", worked.figure(question))):
        if figure is not None:
            files[f"{folder}{_place(item, student)}"] = picture(figure).encode()
    if slip is not None:
        files[f"solutions/{_place(item, student, '-slip')}"] = where.picture(
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
                *(line for part in item.question.parts for line in _part(item, part)),
            ]
            solved += _solved(item, student)
    files[f"{student}.md"] = ("\n\n".join(asked) + "\n").encode()
    files[f"solutions/{student}.md"] = ("\n\n".join(solved) + "\n").encode()
    return files


def _check(path: PurePosixPath, content: bytes) -> None:
    if path.suffix == ".md" and not content.startswith(b"# "):
        raise ValueInputError(
            f"{path} is no paper",
            expected="a title on the first line",
            got=plain((content[:40].decode(),)),
        )


FORMAT = PaperFormat("markdown", "Markdown with LaTeX maths, solutions beside it", _write, _check)
