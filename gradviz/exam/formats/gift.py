"""GIFT, Moodle's text format: an item for every part, without pictures."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Drawing, Numeric
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.question import Part
from gradviz.exam.question.text import Text, decimal, write
from gradviz.exam.question.wording import right_answer
from gradviz.story.maths import latex

SPECIAL = re.compile(r"([~=#{}:\\])")


def escape(text: str) -> str:
    """Text in which no sign is taken for GIFT's own."""
    return SPECIAL.sub(r"\\\1", text.replace("\n", " "))


def _html(text: Text) -> str:
    """A paragraph in HTML, its maths for MathJax."""

    def words(said: str) -> str:
        return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    return write(text, words, lambda m: f"\\({words(latex.write(m))}\\)")


def _answer(part: Part) -> str:
    answer = part.answer
    if isinstance(answer, Numeric):
        tolerance = decimal(answer.tolerance)
        lines = [f"={decimal(answer.key)}:{tolerance}#That is right."]
        lines += [
            f"=%0%{_float(w.value)}:{tolerance}#{escape(worked.feedback(w))}" for w in answer.wrong
        ]
        return "{#\n" + "\n".join(lines) + "\n~#This is a mistake that we do not know.\n}"
    if isinstance(answer, Choice) and not answer.several:
        lines = [
            f"{'=' if o.correct else '~'}{escape(_html(o.text))}#{escape(worked.feedback(o))}"
            for o in answer.options
        ]
        return "{\n" + "\n".join(lines) + "\n}"
    if isinstance(answer, Choice):
        share = 100 / len(answer.right)
        loss = 100 / (len(answer.options) - len(answer.right))
        lines = [
            f"~%{share if o.correct else -loss:.5g}%{escape(_html(o.text))}#{escape(worked.feedback(o))}"
            for o in answer.options
        ]
        return "{\n" + "\n".join(lines) + "\n}"
    if isinstance(answer, Drawing):
        return "{}"
    text = right_answer(part)
    forms = dict.fromkeys([text, text.replace(" ", ""), text.replace(", ", " ")])
    return "{\n" + "\n".join(f"={escape(form)}" for form in forms) + "\n}"


def _float(value: object) -> str:
    """A wrong number as a decimal: GIFT knows no fractions."""
    text = decimal(value)  # type: ignore[arg-type]
    return text if "/" not in text else f"{float(value):.6g}"  # type: ignore[arg-type]


def _item(item: Item, part: Part, paper: Paper) -> str:
    name = f"{paper.variant} {item.name(part)}"
    paragraphs = [*(_html(text) for text in item.question.text)]
    asked = f"({part.id}) " if part.id else ""
    hint = worked.hint(part)
    paragraphs.append(f"{asked}{_html(part.prompt)} [{hint}]")
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return f"// question {item.question.id}\n::{escape(name)}::[html]{escape(body)}{_answer(part)}"


def _write(paper: Paper) -> Files:
    head = f"// {paper.exam.title}, variant {paper.variant}\n".replace("\r", " ")
    category = escape(f"{paper.exam.title}/{paper.student.id}")
    items = [_item(item, part, paper) for item, part in paper.parts]
    return {
        f"{paper.student.id}.gift": (
            (head + f"$CATEGORY: {category}\n\n" + "\n\n".join(items) + "\n").encode()
        )
    }


def _check(path: PurePosixPath, content: bytes) -> None:
    text = re.sub(r"\\.", "", content.decode())
    if text.count("{") != text.count("}") or "$CATEGORY: " not in text:
        raise ValueInputError(f"{path} is no GIFT", expected="a category, and brackets in pairs")


FORMAT = PaperFormat(
    "gift",
    "GIFT for Moodle",
    _write,
    _check,
    "It has no pictures and no questions of several parts: each part is an item of its own, without"
    " follow-through marks.",
)
