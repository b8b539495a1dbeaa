"""LaTeX source for the `exam` class: a zip of the paper with solutions, and its figures as PDF."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats import Files, PaperFormat, drawn, zipped
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt, scene
from gradviz.exam.question.question import Part
from gradviz.exam.text import Text, write
from gradviz.export.formats.pdf import Page, pdf
from gradviz.export.formats.svg import made_with, svg
from gradviz.scene.model import Scene
from gradviz.scene.themes import theme
from gradviz.story.maths import latex, letters
from gradviz.story.maths.latex import escape as escaped

HEAD = r"""% Solutions are printed with \documentclass[addpoints,answers]{{exam}}.
\documentclass[addpoints,{paper}]{{exam}}
\usepackage{{amsmath,amssymb,graphicx}}
\pagestyle{{headandfoot}}
\firstpageheader{{{who}}}{{}}{{variant {variant}}}
\runningheader{{{who}}}{{}}{{variant {variant}}}
\footer{{{title}}}{{}}{{page \thepage\ of \numpages}}
\clubpenalty=10000 \widowpenalty=10000
\unframedsolutions % a frame does not break well between pages
\begin{{document}}
\begin{{center}}\Large\textbf{{{title}}}\\[1ex]\normalsize {about}\end{{center}}
{instructions}

{table}

\begin{{questions}}
"""

WIDE = 720.0
"""A figure this many units wide takes the whole width of the text."""

WIDEST_TABLE = 10
"""The number of questions in one row of the table of points."""

SIGNS = {
    **{c: f"${letters.SIGNS[c]}$" for c in "−→×·σ∂≤≥εβ≈½⌊⌋∞√Σ"},
    **{c: f"$^{i}$" for i, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    "₁": "$_1$",
    "₂": "$_2$",
    "⁻": "$^{-}$",
    "ᵀ": r"$^\top$",
    "…": r"\ldots{}",
}


LATIN = "\u017f"
"""The last of the Latin letters that LaTeX's default fonts draw as they are, but for `LACKING`."""

LACKING = "«»ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ"


def _spelled(character: str) -> str:
    """A character as pdflatex prints it with its default fonts; empty if it cannot."""
    if character in SIGNS:
        return SIGNS[character]
    if character <= LATIN and character not in LACKING:
        return character
    letter, *marks = list(unicodedata.normalize("NFD", character))
    if not (letter.isascii() and letter.isalpha() and marks and set(marks) <= set(letters.ACCENTS)):
        return ""
    return "".join(f"\\{letters.ACCENTS[m]}{{" for m in reversed(marks)) + letter + "}" * len(marks)


def misses(text: str) -> str:
    """The characters of a text that pdflatex cannot print with its default fonts, each once."""
    return "".join(c for c in dict.fromkeys(unicodedata.normalize("NFC", text)) if not _spelled(c))


def signs(text: str) -> str:
    """Text with characters that LaTeX's older fonts lack as mathematics or with accents.

    Inside mathematics they are already commands.
    """
    return "".join(_spelled(c) or c for c in unicodedata.normalize("NFC", text))


def words(said: str) -> str:
    """Plain text."""
    return signs(escaped(said)).replace("<", r"\textless{}").replace(">", r"\textgreater{}")


def text(said: Text) -> str:
    """A paragraph."""
    return write(said, words, lambda m: f"${signs(latex.write(m))}$")


def _typed(answer: Answer, prompt: str) -> str:
    return f"{prompt}\n\\answerline[{{{text(answer.shown)}}}]"


def _matrix(answer: Matrix, prompt: str) -> str:
    return f"{prompt}\n{_wide_line(answer)}"


def _choice(answer: Choice, prompt: str) -> str:
    rows = [
        f"\\{'CorrectChoice' if o.correct else 'choice'} {text(o.text)}" for o in answer.options
    ]
    listed = _environment("checkboxes" if answer.several else "choices", rows)
    return f"{prompt}\n{listed}".strip()


def _ordering(answer: Ordering, prompt: str) -> str:
    rows = [f"\\choice {text(item)}" for item in answer.items]
    return f"{_environment('choices', rows)}\n{_wide_line(answer)}"


def _drawing(answer: Drawing, prompt: str) -> str:
    return prompt


ANSWERS: Mapping[type, Callable[..., str]] = {
    Answer: _typed,
    Matrix: _matrix,
    Choice: _choice,
    Ordering: _ordering,
    Drawing: _drawing,
}


def _environment(name: str, rows: Iterable[str]) -> str:
    return "\n".join([f"\\begin{{{name}}}", *rows, f"\\end{{{name}}}"])


def _wide_line(answer: Answer) -> str:
    """A line for an answer; if answers are printed, the key in the margin, as it is too large."""
    return f"\\ifprintanswers\\par\\hfill {text(answer.shown)}\\par\\else\\answerline\\fi"


def _part(part: Part) -> str:
    return drawn(ANSWERS, part.answer, text(part.prompt))


def _question(item: Item) -> str:
    question = item.question
    said = [
        f"% {question.id}",
        f"\\question[{item.points}]",
        *("{" + text(t) + "\\par}\\nopagebreak" for t in question.text),
    ]
    if question.figure is not None:
        said += [
            f"% {alt(question.figure)}",
            _included(scene(question.figure), f"figure-{item.number}.pdf"),
        ]
    if len(question.parts) == 1:
        said.append(_part(question.parts[0]))
    else:
        said.append(_environment("parts", (f"\\part {_part(part)}" for part in question.parts)))
    room = sum(part.answer.room_cm for part in question.parts)
    room_cm = room or 1.5 + min(question.difficulty.score / 12, 4.5)
    box = [f"\\begin{{solutionorbox}}[{room_cm:.1f}cm]", *_solution(item), "\\end{solutionorbox}"]
    return "\n".join([*said, *box])


def _included(made: Scene, name: str) -> str:
    width = min(1.0, made.width / WIDE)
    picture = f"\\includegraphics[width={width:.3f}\\linewidth]{{{name}}}"
    return f"\\par\\medskip{{\\centering{picture}\\par}}\\medskip"


def _solution(item: Item) -> list[str]:
    lines = [text(t) + "\\par" for t in item.question.solution.sentences]
    steps = solution.steps(item.question)
    if whole := solution.figure(item.question):
        lines.append(_included(scene(whole), f"solved-{item.number}.pdf"))
    if steps:
        lines.append("\\begin{enumerate}\\small\\raggedright")
        for step in steps:
            formula = f" ${signs(' '.join(step.formula.latex))}$" if step.formula else ""
            lines.append(f"\\item[{step.number}.] {words(step.sentence)}{formula}")
        lines.append("\\end{enumerate}")
    if slip := solution.likeliest(item.question):
        picture = _included(
            solution.slip_scene(item.question, slip.step), f"slip-{item.number}.pdf"
        )
        lines.append("\\par\\noindent\\begin{minipage}{\\linewidth}")
        lines.append(f"{text(slip.line)}{picture}")
        lines.append("\\end{minipage}\\par")
    return lines or ["See the answer line."]


def scene_pdf(made: Scene) -> bytes:
    """A picture as a PDF page of its size."""
    page = Page(made.title, made.description, svg(made, theme("print"), embed_fonts=False))
    return pdf(
        [page],
        width=made.width,
        height=made.height,
        title=made.title,
        made_with=made_with(made.engine, [made]),
    )


def _table(questions: int) -> str:
    """The table for the points, in rows that fit the page."""
    rows = -(-questions // WIDEST_TABLE)
    return (
        f"\\multirowgradetable{{{rows}}}[questions]" if rows > 1 else "\\gradetable[h][questions]"
    )


def source(paper: Paper) -> str:
    """The LaTeX text of a paper."""
    exam, student = paper.exam, paper.student
    head = HEAD.format(
        paper="a4paper" if exam.paper == "a4" else "letterpaper",
        who=words(student.said),
        variant=paper.variant,
        title=words(exam.title),
        about=words(" · ".join(filter(None, (exam.course, exam.date)))),
        instructions=words(exam.instructions),
        table=_table(len(list(paper.items))),
    )
    body = []
    for title, items in paper.sections:
        body += [f"\\fullwidth{{\\large\\textbf{{{words(title)}}}}}"] if title else []
        body += [_question(item) for item in items]
    return head + "\n\n".join(body) + "\n\\end{questions}\n\\end{document}\n"


def _write(paper: Paper) -> Files:
    files: dict[str, bytes | str] = {f"{paper.student.id}.tex": source(paper)}
    for item in paper.items:
        if item.question.figure is not None:
            files[f"figure-{item.number}.pdf"] = scene_pdf(scene(item.question.figure))
        if whole := solution.figure(item.question):
            files[f"solved-{item.number}.pdf"] = scene_pdf(scene(whole))
        if slip := solution.likeliest(item.question):
            files[f"slip-{item.number}.pdf"] = scene_pdf(
                solution.slip_scene(item.question, slip.step)
            )
    return {f"{paper.student.id}.zip": zipped(files)}


def _check(path: PurePosixPath, content: bytes) -> None:
    """Check that environments and braces close in order, and that every figure is included."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        text = archive.read(names[0]).decode()
    text = re.sub(r"(?m)(?<!\\)%.*$", "", text)
    open_: list[str] = []
    for what, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if what == "begin":
            open_.append(name)
        elif not open_ or open_.pop() != name:
            raise ValueInputError(f"{path} has an environment that does not close", got=name)
    bare = re.sub(r"\\[{}\\]", "", text)
    lacking = [
        f for f in re.findall(r"\{((?:figure|solved|slip)-\d+\.pdf)\}", text) if f not in names
    ]
    if open_ or lacking or bare.count("{") != bare.count("}"):
        raise ValueInputError(
            f"{path} is incomplete",
            got=", ".join([*open_, *lacking]) or "a brace that does not close",
        )


FORMAT = PaperFormat(
    "latex",
    "LaTeX source for the exam class, zipped with its figures",
    _write,
    _check,
    ANSWERS,
    misses=misses,
)
