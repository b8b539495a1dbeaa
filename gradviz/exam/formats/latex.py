"""LaTeX source for the `exam` class: a zip of the paper, with the solutions inside, and its figures
as PDF.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Drawing, Matrix, Numeric, Ordering, Symbolic
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper import where
from gradviz.exam.paper.archive import zipped
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.figure import alt, scene
from gradviz.exam.question.question import Part
from gradviz.exam.question.text import Text, write
from gradviz.export.pdf import Page, pdf
from gradviz.export.svg import svg
from gradviz.scene.model import Scene
from gradviz.scene.themes import theme
from gradviz.story.maths import latex
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
"""A figure of so many units takes the whole width of the text."""

WIDEST_TABLE = 10
"""So many questions stand in one row of the table of points."""

SIGNS = {
    "−": "$-$",
    "→": r"$\rightarrow$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "σ": r"$\sigma$",
    "∂": r"$\partial$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "₁": "$_1$",
    "₂": "$_2$",
    "ε": r"$\varepsilon$",
    "β": r"$\beta$",
    "⁻": "$^{-}$",
    "≈": r"$\approx$",
    "½": r"$\frac12$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "ᵀ": r"$^\top$",
    "∞": r"$\infty$",
    "√": r"$\surd$",
    "Σ": r"$\Sigma$",
    "…": r"\ldots{}",
    **{c: f"$^{i}$" for i, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}


def signs(text: str) -> str:
    """Our own signs, which older fonts of LaTeX do not have, as mathematics; within mathematics
    they are commands already.
    """
    return "".join(SIGNS.get(c, c) for c in text)


def words(said: str) -> str:
    """Plain text."""
    return signs(escaped(said)).replace("<", r"\textless{}").replace(">", r"\textgreater{}")


def text(said: Text) -> str:
    """A paragraph."""
    return write(said, words, lambda m: f"${signs(latex.write(m))}$")


def _part(part: Part) -> str:
    answer, prompt = part.answer, text(part.prompt)
    if isinstance(answer, Choice):
        kind = "checkboxes" if answer.several else "choices"
        rows = [
            f"\\{'CorrectChoice' if o.correct else 'choice'} {text(o.text)}" for o in answer.options
        ]
        return "\n".join([prompt, f"\\begin{{{kind}}}", *rows, f"\\end{{{kind}}}"]).strip()
    if isinstance(answer, Ordering):
        rows = [f"\\choice {text(item)}" for item in answer.items]
        listed = "\n".join(["\\begin{choices}", *rows, "\\end{choices}"])
        return f"{listed}\n{_wide_line(text(worked.key(part)))}"
    if isinstance(answer, Drawing):
        return prompt
    assert isinstance(answer, Numeric | Matrix | Symbolic)
    key = text(worked.key(part))
    return f"{prompt}\n" + (
        _wide_line(key) if isinstance(answer, Matrix) else f"\\answerline[{{{key}}}]"
    )


def _wide_line(key: str) -> str:
    """A line for an answer, and where answers are printed the key beside the margin: it is too
    large for a line.
    """
    return f"\\ifprintanswers\\par\\hfill {key}\\par\\else\\answerline\\fi"


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
        said += [
            "\\begin{parts}",
            *(f"\\part {_part(part)}" for part in question.parts),
            "\\end{parts}",
        ]
    drawing = sum(p.answer.height_cm for p in question.parts if isinstance(p.answer, Drawing))
    room = drawing or 1.5 + min(question.difficulty.score / 12, 4.5)
    return "\n".join(
        [*said, f"\\begin{{solutionorbox}}[{room:.1f}cm]", *_solution(item), "\\end{solutionorbox}"]
    )


def _included(made: Scene, name: str) -> str:
    width = min(1.0, made.width / WIDE)
    return f"\\par\\medskip{{\\centering\\includegraphics[width={width:.3f}\\linewidth]{{{name}}}\\par}}\\medskip"


def _solution(item: Item) -> list[str]:
    lines = [text(t) + "\\par" for t in item.question.solution.sentences]
    steps = worked.steps(item.question)
    if whole := worked.figure(item.question):
        lines.append(_included(scene(whole), f"solved-{item.number}.pdf"))
    if steps:
        lines.append("\\begin{enumerate}\\small\\raggedright")
        for step in steps:
            formula = f" ${signs(' '.join(step.formula.latex))}$" if step.formula else ""
            lines.append(f"\\item[{step.number}.] {words(step.sentence)}{formula}")
        lines.append("\\end{enumerate}")
    if slip := where.likeliest(item.question):
        drawn = _included(where.frame(item.question, slip.step), f"slip-{item.number}.pdf")
        lines.append(
            f"\\par\\noindent\\begin{{minipage}}{{\\linewidth}}\n{text(slip.line)}{drawn}\n\\end{{minipage}}\\par"
        )
    return lines or ["See the answer line."]


def scene_pdf(made: Scene) -> bytes:
    """A picture as a page of PDF of its own size."""
    page = Page(made.title, made.description, svg(made, theme("print"), embed_fonts=False))
    return pdf([page], width=made.width, height=made.height, title=made.title, engine=made.engine)


def _table(questions: int) -> str:
    """Where the points are written down, in rows that fit the page."""
    rows = -(-questions // WIDEST_TABLE)
    return (
        f"\\multirowgradetable{{{rows}}}[questions]" if rows > 1 else "\\gradetable[h][questions]"
    )


def source(paper: Paper) -> str:
    """The LaTeX text of a paper."""
    exam, student = paper.exam, paper.student
    who = " ".join(filter(None, (student.name, f"({student.id})")))
    head = HEAD.format(
        paper="a4paper" if exam.paper == "a4" else "letterpaper",
        who=words(who),
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
        if whole := worked.figure(item.question):
            files[f"solved-{item.number}.pdf"] = scene_pdf(scene(whole))
        if slip := where.likeliest(item.question):
            files[f"slip-{item.number}.pdf"] = scene_pdf(where.frame(item.question, slip.step))
    return {f"{paper.student.id}.zip": zipped(files)}


def _check(path: PurePosixPath, content: bytes) -> None:
    """Environments and braces close in order, and every figure is there."""
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
            f"{path} is not whole",
            got=", ".join([*open_, *lacking]) or "a brace that does not close",
        )


FORMAT = PaperFormat(
    "latex", "LaTeX source for the exam class, zipped with its figures", _write, _check
)
