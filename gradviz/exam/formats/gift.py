"""GIFT, Moodle's text format: one item per part, without pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.number import Numeric
from gradviz.exam.formats import Files, PaperFormat, drawn
from gradviz.exam.formats._markup import tag, words
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.question import Part
from gradviz.exam.text import Text, decimal, write
from gradviz.story.maths import latex

SPECIAL = re.compile(r"([~=#{}:\\])")


def escape(text: str) -> str:
    """Text with GIFT's special characters escaped."""
    return SPECIAL.sub(r"\\\1", text.replace("\n", " "))


def _html(text: Text) -> str:
    """A paragraph in HTML, its maths for MathJax."""
    return write(text, words, lambda m: f"\\({words(latex.write(m))}\\)")


def _block(rows: Iterable[str], opening: str = "{") -> str:
    return "\n".join([opening, *rows, "}"])


def _numeric(answer: Numeric) -> str:
    near = decimal(answer.tolerance)
    wrong = (f"=%0%{_float(w.value)}:{near}#{escape(solution.feedback(w))}" for w in answer.wrong)
    right = f"={decimal(answer.key)}:{near}#That is right."
    return _block([right, *wrong, "~#This is not right."], "{#")


def _float(value: Fraction) -> str:
    """A wrong number as a decimal, since GIFT does not support fractions."""
    text = decimal(value)
    return text if "/" not in text else f"{float(value):.6g}"


def _choice(answer: Choice) -> str:
    right = len(answer.right)
    if answer.several:
        earns, loses = (f"~%{100 / n:.5g}%" for n in (right, right - len(answer.options)))
    else:
        earns, loses = "=", "~"
    return _block(
        f"{earns if o.correct else loses}{escape(_html(o.text))}#{escape(solution.feedback(o))}"
        for o in answer.options
    )


def _drawing(answer: Drawing) -> str:
    return "{}"


def _typed(answer: Answer) -> str:
    text = answer.written
    forms = dict.fromkeys([text, text.replace(" ", ""), text.replace(", ", " ")])
    return _block(f"={escape(form)}" for form in forms)


ANSWERS: Mapping[type, Callable[..., str]] = {
    Answer: _typed,
    Numeric: _numeric,
    Choice: _choice,
    Drawing: _drawing,
}


def _item(item: Item, part: Part, paper: Paper) -> str:
    name = f"{paper.variant} {item.name(part)}"
    asked = f"({part.id}) " if part.id else ""
    paragraphs = [
        *(_html(text) for text in item.question.text),
        f"{asked}{_html(part.prompt)} [{part.answer.hint}]",
    ]
    body = escape("".join(tag("p", paragraph) for paragraph in paragraphs))
    return (
        f"// question {item.question.id}\n"
        f"::{escape(name)}::[html]{body}{drawn(ANSWERS, part.answer)}"
    )


def _write(paper: Paper) -> Files:
    head = f"// {paper.exam.title}, variant {paper.variant}\n".replace("\r", " ")
    category = escape(f"{paper.exam.title}/{paper.student.id}")
    items = [_item(item, part, paper) for item, part in paper.parts]
    text = f"{head}$CATEGORY: {category}\n\n" + "\n\n".join(items) + "\n"
    return {f"{paper.student.id}.gift": text.encode()}


def _check(path: PurePosixPath, content: bytes) -> None:
    text = re.sub(r"\\.", "", content.decode())
    if text.count("{") != text.count("}") or "$CATEGORY: " not in text:
        raise ValueInputError(
            f"{path} is not a GIFT file", expected="a category and matching brackets"
        )


FORMAT = PaperFormat(
    "gift",
    "GIFT for Moodle",
    _write,
    _check,
    ANSWERS,
    "It has no pictures and no questions with several parts: each part is a separate item, without"
    " follow-through marks.",
)
