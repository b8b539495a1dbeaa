"""Moodle XML: numerical, multichoice and cloze questions with figures, feedback and solutions."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from pathlib import PurePosixPath
from xml.etree import ElementTree

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.form import letter
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import Numeric
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats import Files, PaperFormat, drawn
from gradviz.exam.formats._markup import tag, words
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Figure, Part, Question
from gradviz.exam.text import Text, decimal, plain, write
from gradviz.story.maths import latex

SHARES = (
    "100", "90", "83.33333", "80", "75", "70", "66.66667", "60", "50", "40",
    "33.33333", "30", "25", "20", "16.66667", "14.28571", "12.5", "11.11111", "10", "5",
)  # fmt: skip
"""The only fractions of a mark that Moodle accepts."""

ZEROS = Fraction(1, 8)
"""The largest share of a matrix's points that its zeros earn, since zeros also come from giving up.
"""

PICTURE = "figure.svg"


def html(text: Text) -> str:
    """A paragraph in HTML, its maths for MathJax."""
    return write(text, words, lambda m: f"\\({words(latex.write(m))}\\)")


def cdata(text: str) -> str:
    """Text as CDATA, which XML leaves unchanged."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def share(part: Fraction) -> str:
    """The nearest fraction of 100 that Moodle accepts."""
    return min(SHARES, key=lambda s: abs(Fraction(s) - 100 * part))


def number(value: Fraction) -> str:
    """A number as Moodle reads it: a decimal with an ASCII minus."""
    text = decimal(value)
    return text if "/" not in text else f"{float(value):.8g}"


def _text(name: str, html: str, *more: str) -> str:
    """An element that contains text in HTML."""
    return tag(name, tag("text", cdata(html)), *more, format="html")


def _answer(fraction: str, text: str, feedback: str, *more: str, format: str) -> str:
    """An answer or option, with the share of the mark that it earns."""
    said = _text("feedback", words(feedback))
    return tag("answer", tag("text", text), said, *more, fraction=fraction, format=format)


def _solution(item: Item) -> str:
    keys = "; ".join(f"{item.name(p)}: {html(p.answer.shown)}" for p in item.question.parts)
    said = [tag("p", keys)]
    said += [tag("p", html(text)) for text in item.question.solution.sentences]
    lines = []
    for step in solution.steps(item.question):
        formula = f" \\({words(' '.join(step.formula.latex))}\\)" if step.formula else ""
        lines.append(tag("li", words(step.sentence) + formula, value=step.number))
    said += [tag("ol", *lines)] if lines else []
    if slip := solution.likeliest(item.question):
        said.append(tag("p", html(slip.line)))
    return "".join(said)


def _question(item: Item, paper: Paper) -> str:
    question = item.question
    only = question.parts[0] if len(question.parts) == 1 else None
    kind, own = WHOLE.get(type(only.answer), CLOZE) if only is not None else CLOZE
    paragraphs = "".join(tag("p", html(text)) for text in question.text)
    files = []
    if question.figure is not None:
        paragraphs += _picture(question.figure)
        files.append(_file(question.figure))
    if kind == "cloze":
        weights = _weights(question.parts)
        paragraphs += "".join(tag("p", _cloze(part, weights)) for part in question.parts)
    elif kind == "numerical":
        paragraphs += tag("p", html(question.parts[0].prompt))
    return tag(
        "question",
        tag("name", tag("text", cdata(f"{paper.variant} {item.number}"))),
        _text("questiontext", paragraphs, *files),
        _text("generalfeedback", _solution(item)),
        "" if kind == "cloze" else tag("defaultgrade", str(item.points)),
        tag("penalty", "0.3333333"),
        tag("hidden", "0"),
        tag("idnumber", question.id),
        *own(item),
        tag("tags", *(tag("tag", tag("text", said)) for said in _tags(question))),
        type=kind,
    )


def _tags(question: Question) -> tuple[str, str]:
    return question.kind, f"level {question.identity.level}"


def _picture(figure: Figure) -> str:
    return tag("p", tag("img", src=f"@@PLUGINFILE@@/{PICTURE}", alt=alt(figure)))


def _file(figure: Figure) -> str:
    content = base64.b64encode(picture(figure).encode()).decode()
    return tag("file", content, name=PICTURE, path="/", encoding="base64")


def _essay(item: Item) -> Iterator[str]:
    """A text or photograph to hand in; the marker sees the key."""
    key, told = solution.figure(item.question), _solution(item)
    yield tag("responseformat", "editorfilepicker")
    yield tag("responserequired", "0")
    yield tag("responsefieldlines", "10")
    yield tag("attachments", "1")
    yield tag("attachmentsrequired", "0")
    if key is None:
        yield _text("graderinfo", told)
    else:
        yield _text("graderinfo", told + _picture(key), _file(key))
    yield tag("responsetemplate", tag("text", ""), format="html")


def _numerical(item: Item) -> Iterator[str]:
    """The key first, since the first matching answer wins."""
    answer = item.question.parts[0].answer
    assert isinstance(answer, Numeric)
    rows = [("100", number(answer.key), "That is right.")]
    rows += [("0", number(w.value), solution.feedback(w)) for w in answer.wrong]
    near = number(answer.tolerance)
    for fraction, value, said in rows:
        yield _answer(fraction, value, said, tag("tolerance", near), format="moodle_auto_format")
    unknown = "This is not right."
    yield _answer("0", "*", unknown, tag("tolerance", "0"), format="moodle_auto_format")
    yield tag("unitgradingtype", "0")
    yield tag("unitpenalty", "0")
    yield tag("showunits", "3")
    yield tag("unitsleft", "0")


def _multichoice(item: Item) -> Iterator[str]:
    answer = item.question.parts[0].answer
    assert isinstance(answer, Choice)
    yield tag("single", "false" if answer.several else "true")
    yield tag("shuffleanswers", "true")
    yield tag("answernumbering", "ABCD")
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        yield tag(name, tag("text", ""), format="html")
    right = len(answer.right)
    earns = share(Fraction(1, right))
    wrong = Fraction(1, max(1, len(answer.options) - right))
    loses = f"-{share(wrong)}" if answer.several else "0"
    for option in answer.options:
        fraction, said = earns if option.correct else loses, solution.feedback(option)
        yield _answer(fraction, cdata(html(option.text)), said, format="html")


Own = Callable[[Item], Iterable[str]]
CLOZE: tuple[str, Own] = ("cloze", lambda item: ())
WHOLE: Mapping[type, tuple[str, Own]] = {
    Numeric: ("numerical", _numerical),
    Choice: ("multichoice", _multichoice),
    Drawing: ("essay", _essay),
}
"""For a question with one part, its type by form, and the elements of this type.

All other questions are cloze texts.
"""


def safe(text: str) -> str:
    """Text inside the brackets of a cloze field."""
    for sign in ("\\", "}", "#", "~", '"', "/", "=", "{"):
        text = text.replace(sign, f"\\{sign}" if sign not in '"' else "&quot;")
    return text


def _cloze(part: Part, weights: Iterator[int]) -> str:
    """The prompt of a part and its fields, which take the next weights."""
    lead = f"({part.id}) {html(part.prompt)}" if part.id else html(part.prompt)
    return f"{lead} {drawn(FIELDS, part.answer, weights)}"


def _weights(parts: Sequence[Part]) -> Iterator[int]:
    """The weight of every field in order: whole numbers in the ratio of the parts' points."""
    shares = [s * part.points for part in parts for s in drawn(SHARED, part.answer)]
    whole = lcm(*(s.denominator for s in shares))
    common = gcd(*(int(s * whole) for s in shares)) or 1
    return (int(s * whole) // common for s in shares)


def _one_share(answer: Answer) -> list[Fraction]:
    return [Fraction(1)]


def _no_share(answer: Drawing) -> list[Fraction]:
    return []


def _order_shares(answer: Ordering) -> list[Fraction]:
    return [Fraction(1, len(answer.key))] * len(answer.key)


def _entry_shares(answer: Matrix) -> list[Fraction]:
    """Moodle marks every entry on its own: all zeros together earn at most `ZEROS`."""
    entries = [v for row in answer.rows for v in row]
    zeros = entries.count(Fraction(0))
    if zeros in (0, len(entries)):
        return [Fraction(1, len(entries))] * len(entries)
    given_away = min(ZEROS, Fraction(zeros, len(entries)))
    return [(1 - given_away) / (len(entries) - zeros) if v else given_away / zeros for v in entries]


SHARED: Mapping[type, Callable[..., list[Fraction]]] = {
    Answer: _one_share,
    Matrix: _entry_shares,
    Ordering: _order_shares,
    Drawing: _no_share,
}
"""The share of a part's points that each of its fields earns."""


def _number_field(answer: Numeric, weights: Iterator[int]) -> str:
    wrong = [(w.value, solution.feedback(w)) for w in answer.wrong]
    return _field(next(weights), answer.key, answer.tolerance, wrong)


def _matrix_fields(answer: Matrix, weights: Iterator[int]) -> str:
    return tag(
        "table",
        *(
            tag("tr", *(tag("td", _field(next(weights), v, answer.tolerance, ())) for v in row))
            for row in answer.rows
        ),
    )


def _expression_field(answer: Symbolic, weights: Iterator[int]) -> str:
    forms = dict.fromkeys([answer.source, answer.source.replace(" ", "")])
    said = "~".join(f"={safe(form)}#That is right." for form in forms)
    wrong = "".join(f"~%0%{safe(w.source)}#{safe(w.feedback)}" for w in answer.wrong)
    return f"{{{next(weights)}:SHORTANSWER:{said}{wrong}}}"


def _choice_field(answer: Choice, weights: Iterator[int]) -> str:
    return _select(next(weights), [(plain(o.text), o.correct) for o in answer.options])


def _order_fields(answer: Ordering, weights: Iterator[int]) -> str:
    rows = (f"{letter(i)}. {html(text)}" for i, text in enumerate(answer.items))
    places = range(len(answer.items))
    fields = (
        _select(next(weights), [(letter(i), i == right) for i in places]) for right in answer.key
    )
    return f"{'<br/>'.join(rows)}<br/>{' '.join(fields)}"


def _no_field(answer: Drawing, weights: Iterator[int]) -> str:
    return ""


FIELDS: Mapping[type, Callable[..., str]] = {
    Numeric: _number_field,
    Matrix: _matrix_fields,
    Symbolic: _expression_field,
    Choice: _choice_field,
    Ordering: _order_fields,
    Drawing: _no_field,
}
"""The fields of each form in a cloze text."""


def _field(
    weight: int, key: Fraction, tolerance: Fraction, wrong: Iterable[tuple[Fraction, str]]
) -> str:
    near = number(tolerance)
    mistakes = "".join(f"~%0%{number(value)}:{near}#{safe(text)}" for value, text in wrong)
    return f"{{{weight}:NUMERICAL:={number(key)}:{near}#That is right.{mistakes}}}"


def _select(weight: int, options: Iterable[tuple[str, bool]]) -> str:
    said = "~".join(f"{'=' if right else ''}{safe(text)}" for text, right in options)
    return f"{{{weight}:MULTICHOICE:{said}}}"


def _write(paper: Paper) -> Files:
    place = f"$course$/top/{paper.exam.title}/{paper.student.id}".replace("\n", " ")
    category = tag("question", tag("category", tag("text", cdata(place))), type="category")
    questions = "\n".join(_question(item, paper) for item in paper.items)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{category}\n{questions}\n</quiz>\n'
    return {f"{paper.student.id}.xml": text.encode()}


def _check(path: PurePosixPath, content: bytes) -> None:
    root = ElementTree.fromstring(content)
    for answer in root.iter("answer"):
        value = answer.get("fraction", "").lstrip("-")
        if value not in (*SHARES, "0"):
            raise ValueInputError(
                f"{path} has a fraction that Moodle does not accept",
                expected=", ".join(SHARES),
                got=value,
            )
    if root.tag != "quiz":
        raise ValueInputError(f"{path} is not a Moodle quiz", expected="quiz", got=root.tag)


FORMAT = PaperFormat(
    "moodle",
    "Moodle XML",
    _write,
    _check,
    FIELDS,
    "Moodle counts the fields of a question as its marks: in the quiz, set the maximum mark of"
    " every question to its points. Moodle cannot follow a wrong number through, and marks each"
    " entry of a matrix, each place of an order and each of several right options on its own, so"
    " that guesses earn more (zeros at most an eighth of a matrix, one of two right options half):"
    " for marks that count, download the answers and use `gradviz exam grade`. An expression must"
    " be written like the key.",
)
