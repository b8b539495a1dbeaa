"""PDF through typst: the paper, its key and its worked solutions, accessible (PDF/UA-1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

from gradviz import fonts
from gradviz.errors import LayoutError, ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.form import letter
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import Numeric
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats import Files, PaperFormat, drawn
from gradviz.exam.formats._markup import beside
from gradviz.exam.formats.markdown import points
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt, picture, scene
from gradviz.exam.question.question import Figure, Part, Question
from gradviz.exam.text import in_typst, plain
from gradviz.export.formats.pdf import typeset
from gradviz.export.formats.svg import svg
from gradviz.fonts import others
from gradviz.fonts.letters import Letters
from gradviz.scene.themes import theme
from gradviz.story.maths import typst as notation

DOCUMENT: Final = beside("pdf.typ")

WIDE: Final = 720.0
"""A figure this many units wide takes the whole width of the text."""


def _figure(figure: Figure) -> dict[str, Any]:
    made = scene(figure)
    return {
        "svg": picture(figure, "print", embed_fonts=False),
        "alt": alt(figure),
        "width": min(1.0, made.width / WIDE),
    }


def _typed(answer: Answer) -> dict[str, Any]:
    return {"blanks": 1, "wide": 3}


def _matrix(answer: Matrix) -> dict[str, Any]:
    return {"blanks": 1, "wide": 7}


def _choice(answer: Choice) -> dict[str, Any]:
    return {"round": not answer.several}


def _ordering(answer: Ordering) -> dict[str, Any]:
    return {"blanks": len(answer.items)}


def _drawing(answer: Drawing) -> dict[str, Any]:
    return {}


ANSWERS: Mapping[type, Callable[..., dict[str, Any]]] = {
    Answer: _typed,
    Matrix: _matrix,
    Choice: _choice,
    Ordering: _ordering,
    Drawing: _drawing,
}
"""The data of each form for `pdf.typ`: the number and width in cm of its blanks, and its boxes.

Boxes are round if only one option is right.
"""


def _part(part: Part, *, solved: bool) -> dict[str, Any]:
    name = f"({part.id}) " if part.id else ""
    return {
        "name": in_typst((name,)) if name else "",
        "lead": in_typst((name, *part.prompt)) if name or part.prompt else "",
        "options": [
            {"letter": letter(i), "text": in_typst(t)} for i, t in enumerate(part.answer.listed)
        ],
        "round": False,
        "blanks": 0,
        "wide": 3,
        **drawn(ANSWERS, part.answer),
        "key": in_typst(part.answer.shown) if solved else None,
    }


def _item(item: Item, kind: str) -> dict[str, Any]:
    question, solved = item.question, kind != "paper"
    told = kind == "solutions"
    work = 0 if all(part.answer.listed for part in question.parts) else question.difficulty.score
    room = sum(part.answer.room_cm for part in question.parts) or 1.5 + work / 12
    return {
        "number": item.number,
        "points": points(item.points),
        "text": [] if kind == "key" else [in_typst(t) for t in question.text],
        "figure": _shown(question, kind),
        "parts": [
            _part(p, solved=solved) | ({"options": []} if kind == "key" else {})
            for p in question.parts
        ],
        "room": round(min(room, 6.0), 2),
        "long": len(question.parts) > 8,
        "columns": _columns(question),
        "sentences": [in_typst(t) for t in question.solution.sentences] if told else [],
        "steps": _steps(question) if told else [],
        "slip": _slip(question) if told else None,
    }


def _columns(question: Question) -> int:
    """The number of short answers side by side."""
    if len(question.parts) < 5 or not all(isinstance(p.answer, Numeric) for p in question.parts):
        return 1
    longest = max(len(plain(p.prompt)) for p in question.parts)
    return 3 if longest <= 12 else 2 if longest <= 26 else 1


def _steps(question: Question) -> list[dict[str, Any]]:
    return [
        {"number": s.number, "sentence": s.sentence, "formula": _formula(s)}
        for s in solution.steps(question)
    ]


def _formula(step: solution.Step) -> str:
    if step.formula is None:
        return ""
    said = " ".join(" ".join(step.formula.unicode).split())
    return f"#math.equation(alt: {notation.quote(said)}, ${' '.join(step.formula.typst)}$);"


def _shown(question: Question, kind: str) -> dict[str, Any] | None:
    """The figure of a question.

    In the solutions it shows every value and gradient; in a key, the drawing that was asked for.
    """
    solved = solution.figure(question) or question.figure
    shown = {"paper": question.figure, "key": question.solution.figure, "solutions": solved}[kind]
    return None if shown is None else _figure(shown)


def _slip(question: Question) -> dict[str, Any] | None:
    """A likely mistake, with the frame in which it is made."""
    slip = solution.likeliest(question)
    if slip is None:
        return None
    made = solution.slip_scene(question, slip.step)
    return {
        "text": in_typst(slip.line),
        "svg": svg(made, theme("print"), embed_fonts=False),
        "alt": f"{made.title}. {made.description}",
        "width": min(1.0, made.width / WIDE),
    }


def document(paper: Paper, kind: str) -> bytes:
    """One document of a paper: "paper", "key" or "solutions"."""
    import typst

    exam, student = paper.exam, paper.student
    given = {
        "title": exam.title,
        "variant": paper.variant,
        "kind": kind,
        "paper": exam.paper,
        "who": " · ".join(dict.fromkeys(filter(None, (student.name, student.id)))),
        "name": student.name,
        "about": " · ".join(
            filter(
                None,
                (
                    exam.course,
                    exam.date,
                    points(exam.total),
                    "" if kind == "paper" else kind.capitalize(),
                ),
            )
        ),
        "instructions": exam.instructions if kind == "paper" else "",
        "sections": [
            {"title": title, "items": [_item(item, kind) for item in items]}
            for title, items in paper.sections
        ],
    }
    letters, texts = Letters(), list(_texts(given))
    with others.using((), "\n".join(texts)):
        for text in texts:
            letters.take_found(text, "regular", "bold")
    try:
        return typeset(DOCUMENT, given | {"fonts": [fonts.FAMILY, *letters.names]}, letters)
    except typst.TypstError as error:
        raise LayoutError(
            "cannot typeset the paper", got=error.message, hint="try --format markdown"
        ) from None


def _texts(given: Any) -> Iterator[str]:
    """The texts of a document; pictures bring their letters themselves."""
    if isinstance(given, str):
        yield given
    elif isinstance(given, list):
        yield from (text for part in given for text in _texts(part))
    elif isinstance(given, dict):
        yield from (text for key in given if key != "svg" for text in _texts(given[key]))


SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "ARMENIAN", "GEORGIAN")
"""Beside the shipped fonts, what typst's own fonts spell rightly, where they have the letter.

They draw some other scripts without the forms in which letters join, so that a name is misspelt.
"""

PROBE: Final = """#set document(title: "probe")
#set text(lang: "en", font: "Gradviz Sans")
#let given = json(bytes(sys.inputs.given))
#given
"""


def misses(text: str) -> str:
    """The characters of a text that no font here can draw, each once."""
    return "".join(c for c in dict.fromkeys(others.missing(text)) if not _draws(c))


@cache
def _draws(character: str) -> bool:
    """Whether typst has a glyph for a character, and spells its script rightly."""
    import typst

    is_letter = unicodedata.category(character)[0] in "LM"
    if is_letter and not unicodedata.name(character, "").startswith((*SCRIPTS, "COMBINING")):
        return False
    try:
        typeset(PROBE, character)
    except typst.TypstError:
        return False
    return True


def _write(paper: Paper) -> Files:
    name = f"{paper.student.id}.pdf"
    return {
        name: document(paper, "paper"),
        f"keys/{name}": document(paper, "key"),
        f"solutions/{name}": document(paper, "solutions"),
    }


def _check(path: PurePosixPath, content: bytes) -> None:
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-64:]:
        raise ValueInputError(f"{path} is not a PDF", expected="%PDF- to %%EOF")


FORMAT = PaperFormat(
    "pdf",
    "PDF: the paper, its key and its worked solutions",
    _write,
    _check,
    ANSWERS,
    "Printed papers are marked by people.",
    misses,
    fonts=True,
)
