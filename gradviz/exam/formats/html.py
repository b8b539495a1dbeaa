"""HTML: one self-contained page.

A practice page marks itself; a graded page contains no keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from pathlib import PurePosixPath
from string import Template
from typing import Any

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.form import letter
from gradviz.exam.answers.matrix import Matrix, Rows
from gradviz.exam.answers.number import Numeric
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats import Files, PaperFormat, drawn
from gradviz.exam.formats._markup import beside, tag, void, words
from gradviz.exam.formats.markdown import points
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Part
from gradviz.exam.text import Text, write
from gradviz.export.formats.svg import faces
from gradviz.story.maths import mathml

PAGE = Template(beside("html_page.html"))
STYLE = beside("html.css")
MARKING = beside("html_reader.js") + beside("html_practice.js")
SAVING = beside("html_graded.js")


def html(text: Text) -> str:
    """A paragraph; mathematics as MathML."""
    return write(text, words, mathml.write)


def _asked(part: Part) -> str:
    return f"({part.id}) {html(part.prompt)}" if part.id else html(part.prompt)


def _typed(answer: Answer, part: Part, item: Item, wide: str | None = "wide") -> str:
    name = item.name(part)
    field = void(
        "input",
        type="text",
        class_=wide,
        name=name,
        placeholder=answer.hint,
        aria_label=f"{name}: {answer.hint}",
        autocomplete="off",
    )
    return tag("label", f"{_asked(part)} {field}")


def _numeric(answer: Numeric, part: Part, item: Item) -> str:
    return _typed(answer, part, item, wide=None)


def _choice(answer: Choice, part: Part, item: Item) -> str:
    field = void("input", type="checkbox" if answer.several else "radio", name=item.name(part))
    rows = (tag("label", f"{field} {row}") for row in _letters(answer))
    return tag("fieldset", tag("legend", _asked(part) or points(item.points)), *rows)


def _ordering(answer: Ordering, part: Part, item: Item) -> str:
    items = tag("ul", *(tag("li", row) for row in _letters(answer)))
    return items + _typed(answer, part, item)


def _letters(answer: Answer) -> Iterator[str]:
    return (f"{letter(i)}. {html(text)}" for i, text in enumerate(answer.listed))


def _drawing(answer: Drawing, part: Part, item: Item) -> str:
    return tag("p", f"{_asked(part)} (on paper)")


ANSWERS: Mapping[type, Callable[..., str]] = {
    Answer: _typed,
    Numeric: _numeric,
    Choice: _choice,
    Ordering: _ordering,
    Drawing: _drawing,
}


def _written_key(answer: Answer) -> dict[str, Any]:
    return {"text": answer.written}


def _numeric_key(answer: Numeric) -> dict[str, Any]:
    return {
        "number": float(answer.key),
        "tolerance": float(answer.tolerance) + 1e-12,
        "wrong": [[float(w.value), solution.feedback(w)] for w in answer.wrong],
    }


def _choice_key(answer: Choice) -> dict[str, Any]:
    return {
        "right": list(answer.right),
        "options": [solution.feedback(option) for option in answer.options],
    }


def _matrix_key(answer: Matrix) -> dict[str, Any]:
    return {
        "rows": _floats(answer.rows),
        "tolerance": float(answer.tolerance) + 1e-12,
        "vector": answer.is_vector,
        "wrong": [[_floats(w.rows), solution.feedback(w)] for w in answer.wrong],
    }


def _floats(rows: Rows) -> list[list[float]]:
    return [[float(v) for v in row] for row in rows]


def _expression_key(answer: Symbolic) -> dict[str, Any]:
    return {
        "source": answer.source,
        "variables": list(answer.variables),
        "wrong": [[w.source, solution.feedback(w)] for w in answer.wrong],
    }


KEYS: Mapping[type, Callable[..., dict[str, Any]]] = {
    Answer: _written_key,
    Matrix: _matrix_key,
    Symbolic: _expression_key,
    Numeric: _numeric_key,
    Choice: _choice_key,
}
"""The key of each form, as `html_practice.js` needs it for marking."""


def _item(item: Item, *, practice: bool) -> str:
    question = item.question
    said = [tag("h3", f"{item.number}. ", tag("span", points(item.points), class_="meta"))]
    said += [tag("p", html(text)) for text in question.text]
    if question.figure is not None:
        drawing = _inside(picture(question.figure, embed_fonts=False), f"q{item.number}")
        said.append(tag("figure", drawing, role="img", aria_label=alt(question.figure)))
    for part in question.parts:
        said.append(drawn(ANSWERS, part.answer, part, item))
        if practice and not part.answer.by_hand:
            said.append(tag("span", "", class_="said", id=f"said-{item.name(part)}", role="status"))
    if practice:
        names = " ".join(item.name(p) for p in question.parts if not p.answer.by_hand)
        said.append(tag("button", "Check", type="button", data_part=names) + _worked(item))
    return tag("section", "\n".join(said) + "\n", aria_label=f"Question {item.number}")


def _inside(svg: str, name: str) -> str:
    """A picture inside the page, with a prefix for its ids so that they are unique on the page."""
    return (
        svg.replace(' id="', f' id="{name}-')
        .replace('href="#', f'href="#{name}-')
        .replace('aria-labelledby="title-', f'aria-labelledby="{name}-title-')
        .replace(" desc-", f" {name}-desc-")
    )


def _worked(item: Item) -> str:
    rows = [tag("p", html(text)) for text in item.question.solution.sentences]
    steps = solution.steps(item.question)
    if steps:
        rows.append(tag("ol", *(tag("li", words(s.sentence), value=s.number) for s in steps)))
    if slip := solution.likeliest(item.question):
        drawing = solution.slip_picture(item.question, slip.step, embed_fonts=False)
        rows += [tag("p", html(slip.line)), tag("figure", _inside(drawing, f"w{item.number}"))]
    return tag("details", tag("summary", "Worked solution"), *rows) if rows else ""


def page(paper: Paper, *, practice: bool) -> str:
    """The page of a paper. Only a practice page contains keys."""
    exam, student = paper.exam, paper.student
    sections = []
    for title, items in paper.sections:
        sections += [tag("h2", escape(title))] if title else []
        sections += [_item(item, practice=practice) for item in items]
    body = "\n".join(sections)
    about = (exam.course, exam.date, student.said, f"variant {paper.variant}")
    return PAGE.substitute(
        language=exam.language,
        title=escape(exam.title),
        fonts=faces(body) if "<figure" in body else "",
        style=STYLE,
        student=escape(student.id),
        variant=paper.variant,
        about=" · ".join(escape(text) for text in about if text),
        instructions=escape(exam.instructions),
        body=body,
        end=_practice(paper) if practice else _graded(paper),
    )


def _practice(paper: Paper) -> str:
    """The keys and the script that marks with them."""
    keys = {
        item.name(part): drawn(KEYS, part.answer)
        for item, part in paper.parts
        if not part.answer.by_hand
    }
    return "\n".join([_data("keys", keys), tag("script", "\n", MARKING)])


def _graded(paper: Paper) -> str:
    """The button that saves the answers."""
    names = [item.name(part) for item, part in paper.parts if not part.answer.by_hand]
    button = tag("button", "Save my answers", type="button", id="save")
    return "\n".join([tag("p", button), _data("names", names), tag("script", "\n", SAVING)])


def _data(id: str, value: Any) -> str:
    """Data for a script of the page."""
    said = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
    return tag("script", said, type="application/json", id=id)


def _write(paper: Paper) -> Files:
    name = f"{paper.student.id}.html"
    return {
        name: page(paper, practice=False).encode(),
        f"practice/{name}": page(paper, practice=True).encode(),
    }


def _check(path: PurePosixPath, content: bytes) -> None:
    text = content.decode()
    if not text.startswith("<!doctype html>") or not text.endswith("</html>\n"):
        raise ValueInputError(f"{path} is not an HTML page", expected="<!doctype html> to </html>")
    if path.parent.name != "practice" and ('id="keys"' in text or "Worked solution" in text):
        raise ValueInputError(f"{path} contains keys", expected="a graded page without any")


FORMAT = PaperFormat(
    "html",
    "HTML: a graded page without keys, and a practice page that marks itself",
    _write,
    _check,
    ANSWERS,
    "A practice page compares expressions at some points, and follows no wrong number through.",
)
