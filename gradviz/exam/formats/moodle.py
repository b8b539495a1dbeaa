"""Moodle XML: numerical, multichoice and cloze questions with figures, feedback and worked
solutions.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from fractions import Fraction
from html import escape
from pathlib import PurePosixPath
from xml.etree import ElementTree

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Drawing, Matrix, Numeric, Ordering, Symbolic
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper import where
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Figure, Part
from gradviz.exam.question.text import Text, decimal, plain, write
from gradviz.story.maths import latex

SHARES = (
    "100",
    "90",
    "83.33333",
    "80",
    "75",
    "70",
    "66.66667",
    "60",
    "50",
    "40",
    "33.33333",
    "30",
    "25",
    "20",
    "16.66667",
    "14.28571",
    "12.5",
    "11.11111",
    "10",
    "5",
)
"""The only fractions of a mark that Moodle takes."""

PICTURE = "figure.svg"


def html(text: Text) -> str:
    """A paragraph in HTML, its maths for MathJax."""
    return write(
        text,
        lambda s: escape(s, quote=False),
        lambda m: f"\\({escape(latex.write(m), quote=False)}\\)",
    )


def cdata(text: str) -> str:
    """Text that XML leaves alone."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def share(part: Fraction) -> str:
    """The nearest fraction of 100 that Moodle takes."""
    return min(SHARES, key=lambda s: abs(Fraction(s) - 100 * part))


def number(value: Fraction) -> str:
    """A number as Moodle reads it: a decimal with an ASCII minus."""
    text = decimal(value)
    return text if "/" not in text else f"{float(value):.8g}"


def _feedback(text: str) -> str:
    return f'<feedback format="html"><text>{cdata(escape(text, quote=False))}</text></feedback>'


def _solution(item: Item) -> str:
    said = [f"<p>{html(text)}</p>" for text in item.question.solution.sentences]
    keys = "; ".join(f"{item.name(p)}: {html(worked.key(p))}" for p in item.question.parts)
    lines = []
    for step in worked.steps(item.question):
        formula = (
            f" \\({escape(' '.join(step.formula.latex), quote=False)}\\)" if step.formula else ""
        )
        lines.append(
            f'<li value="{step.number}">{escape(step.sentence, quote=False)}{formula}</li>'
        )
    slip = where.likeliest(item.question)
    told = [f"<ol>{''.join(lines)}</ol>"] * bool(lines) + (
        [f"<p>{html(slip.line)}</p>"] if slip else []
    )
    return f"<p>{keys}</p>{''.join(said)}{''.join(told)}"


def _question(item: Item, paper: Paper) -> str:
    question = item.question
    only = question.parts[0] if len(question.parts) == 1 else None
    paragraphs = "".join(f"<p>{html(text)}</p>" for text in question.text)
    files = ""
    if question.figure is not None:
        paragraphs += (
            f'<p><img src="@@PLUGINFILE@@/{PICTURE}" alt="{escape(alt(question.figure))}"/></p>'
        )
        files = _file(question.figure)
    if only is not None and isinstance(only.answer, Numeric):
        kind, body = "numerical", _numerical(only.answer)
        paragraphs += f"<p>{html(only.prompt)}</p>"
    elif only is not None and isinstance(only.answer, Choice):
        kind, body = "multichoice", _multichoice(only.answer)
    elif only is not None and isinstance(only.answer, Drawing):
        kind, body = "essay", _essay(item)
    else:
        kind, body = "cloze", ""
        paragraphs += "".join(f"<p>{_cloze(part)}</p>" for part in question.parts)
    grade = "" if kind == "cloze" else f"<defaultgrade>{item.points}</defaultgrade>"
    return (
        "<question"
        f' type="{kind}"><name><text>{cdata(f"{paper.variant} {item.number}")}</text></name><questiontext'
        f' format="html"><text>{cdata(paragraphs)}</text>{files}</questiontext><generalfeedback'
        f' format="html"><text>{cdata(_solution(item))}</text></generalfeedback>{grade}<penalty>0.3333333</penalty><hidden>0</hidden><idnumber>{question.id}</idnumber>{body}<tags><tag><text>{question.kind}</text></tag><tag><text>level'
        f" {question.identity.level}</text></tag></tags></question>"
    )


def _essay(item: Item) -> str:
    """A text or a photograph to hand in; who marks it sees the key."""
    key, files = worked.figure(item.question), ""
    told = _solution(item)
    if key is not None:
        told += f'<p><img src="@@PLUGINFILE@@/{PICTURE}" alt="{escape(alt(key))}"/></p>'
        files = _file(key)
    return (
        "<responseformat>editorfilepicker</responseformat><responserequired>0</responserequired>"
        "<responsefieldlines>10</responsefieldlines><attachments>1</attachments><attachmentsrequired>0</attachmentsrequired>"
        f'<graderinfo format="html"><text>{cdata(told)}</text>{files}</graderinfo>'
        '<responsetemplate format="html"><text></text></responsetemplate>'
    )


def _file(figure: Figure) -> str:
    content = base64.b64encode(picture(figure).encode()).decode()
    return f'<file name="{PICTURE}" path="/" encoding="base64">{content}</file>'


def _numerical(answer: Numeric) -> str:
    """The key first: the first answer that fits wins."""
    tolerance = number(answer.tolerance)
    rows = [("100", number(answer.key), "That is right.")]
    rows += [("0", number(w.value), worked.feedback(w)) for w in answer.wrong]
    said = "".join(
        f'<answer fraction="{fraction}"'
        f' format="moodle_auto_format"><text>{value}</text>{_feedback(text)}'
        f"<tolerance>{tolerance}</tolerance></answer>"
        for fraction, value, text in rows
    )
    other = (
        '<answer fraction="0"'
        f' format="moodle_auto_format"><text>*</text>{_feedback("This is a mistake that we do not know.")}<tolerance>0</tolerance></answer>'
    )
    return (
        said
        + other
        + "<unitgradingtype>0</unitgradingtype><unitpenalty>0</unitpenalty><showunits>3</showunits><unitsleft>0</unitsleft>"
    )


def _multichoice(answer: Choice) -> str:
    right, wrong = len(answer.right), len(answer.options) - len(answer.right)
    said = ""
    for option in answer.options:
        value = (
            share(Fraction(1, right))
            if option.correct
            else f"-{share(Fraction(1, wrong))}"
            if answer.several
            else "0"
        )
        said += (
            f'<answer fraction="{value}"'
            f' format="html"><text>{cdata(html(option.text))}</text>{_feedback(worked.feedback(option))}</answer>'
        )
    single = "false" if answer.several else "true"
    notes = "".join(
        f'<{name}feedback format="html"><text></text></{name}feedback>'
        for name in ("correct", "partiallycorrect", "incorrect")
    )
    return f"<single>{single}</single><shuffleanswers>true</shuffleanswers><answernumbering>ABCD</answernumbering>{notes}{said}"


def safe(text: str) -> str:
    """Text inside the brackets of a cloze field."""
    for sign in ("\\", "}", "#", "~", '"', "/", "=", "{"):
        text = text.replace(sign, f"\\{sign}" if sign not in '"' else "&quot;")
    return text


def _cloze(part: Part) -> str:
    """The prompt of a part and its fields."""
    answer, lead = (
        part.answer,
        (f"({part.id}) {html(part.prompt)} " if part.id else f"{html(part.prompt)} "),
    )
    if isinstance(answer, Numeric):
        return lead + _field(
            part.points,
            answer.key,
            answer.tolerance,
            [(w.value, worked.feedback(w)) for w in answer.wrong],
        )
    if isinstance(answer, Matrix):
        rows = (
            "".join(f"<td>{_field(1, v, answer.tolerance, ())}</td>" for v in row)
            for row in answer.rows
        )
        return lead + f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    if isinstance(answer, Symbolic):
        forms = dict.fromkeys([answer.source, answer.source.replace(" ", "")])
        said = "~".join(f"={safe(form)}#That is right." for form in forms)
        mistakes = "".join(f"~%0%{safe(w.source)}#{safe(w.feedback)}" for w in answer.wrong)
        return lead + f"{{{part.points}:SHORTANSWER:{said}{mistakes}}}"
    if isinstance(answer, Choice):
        return lead + _select(part.points, [(plain(o.text), o.correct) for o in answer.options])
    if isinstance(answer, Ordering):
        listed = "<br/>".join(
            f"{worked.letter(i)}. {html(text)}" for i, text in enumerate(answer.items)
        )
        letters = [worked.letter(i) for i in range(len(answer.items))]
        fields = (
            _select(1, [(word, i == right) for i, word in enumerate(letters)])
            for right in answer.key
        )
        return lead + f"{listed}<br/>{' '.join(fields)}"
    return lead


def _field(
    points: int, key: Fraction, tolerance: Fraction, wrong: Iterable[tuple[Fraction, str]]
) -> str:
    near = number(tolerance)
    mistakes = "".join(f"~%0%{number(value)}:{near}#{safe(text)}" for value, text in wrong)
    return f"{{{points}:NUMERICAL:={number(key)}:{near}#That is right.{mistakes}}}"


def _select(points: int, options: Iterable[tuple[str, bool]]) -> str:
    return (
        f"{{{points}:MULTICHOICE:"
        + "~".join(f"{'=' if right else ''}{safe(text)}" for text, right in options)
        + "}"
    )


def _write(paper: Paper) -> Files:
    category = f"$course$/top/{paper.exam.title}/{paper.student.id}".replace("\n", " ")
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n<question'
        f' type="category"><category><text>{cdata(category)}</text></category></question>\n'
    )
    body = "\n".join(_question(item, paper) for item in paper.items)
    return {f"{paper.student.id}.xml": f"{head}{body}\n</quiz>\n".encode()}


def _check(path: PurePosixPath, content: bytes) -> None:
    root = ElementTree.fromstring(content)
    for answer in root.iter("answer"):
        value = answer.get("fraction", "").lstrip("-")
        if value not in (*SHARES, "0"):
            raise ValueInputError(
                f"{path} has a fraction that Moodle does not take",
                expected=", ".join(SHARES),
                got=value,
            )
    if root.tag != "quiz":
        raise ValueInputError(f"{path} is no Moodle quiz", expected="quiz", got=root.tag)


FORMAT = PaperFormat(
    "moodle",
    "Moodle XML",
    _write,
    _check,
    "Moodle cannot follow a wrong number through: `gradviz exam grade` gives those marks. "
    "An answer in symbols counts as it is written only.",
)
