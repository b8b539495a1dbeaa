"""PDF through typst: the paper, its key and its worked solutions, accessible (PDF/UA-1)."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any, Final

from gradviz import fonts
from gradviz.errors import LayoutError, ValueInputError
from gradviz.exam.answers.forms import Choice, Drawing, Matrix, Numeric, Ordering
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.formats.markdown import points
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper import where
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.figure import alt, picture, scene
from gradviz.exam.question.question import Figure, Part, Question
from gradviz.exam.question.text import in_typst, plain
from gradviz.export.svg import svg
from gradviz.scene.themes import theme
from gradviz.story.maths import typst as notation

DOCUMENT: Final = """
#let given = json(bytes(sys.inputs.given))
#let set-text(source) = eval(source, mode: "markup")
#set document(title: given.title + ", " + given.variant, keywords: "gradviz")
#set text(lang: "en", font: "Gradviz Sans", size: 10.5pt)
#set par(leading: 0.72em, spacing: 0.95em)
#set page(
  paper: given.paper, margin: (x: 2.1cm, top: 2.4cm, bottom: 2.1cm),
  header: text(size: 8.5pt, grid(columns: (1fr, auto), given.who, [variant #raw(given.variant)])),
  footer: context text(size: 8.5pt, grid(columns: (1fr, auto), given.title,
    [page #counter(page).display() of #counter(page).final().first()])),
)
#show heading: set block(above: 1.5em, below: 0.9em)
#show heading.where(level: 1): set text(size: 17pt)
#show heading.where(level: 2): set text(size: 13pt)
#show heading.where(level: 3): set text(size: 10.5pt)
#let box-for(tall) = block(width: 100%, height: tall * 1cm, stroke: 0.4pt + luma(150), radius: 3pt)
#let picture(of) = align(center, image(bytes(of.svg), format: "svg", width: of.width * 100%, alt: of.alt))
#let blank(wide) = box(width: wide * 1cm, height: 1.1em, baseline: 25%, stroke: (bottom: 0.5pt))

= #given.title
#given.about
#if given.kind == "paper" [
  #grid(columns: (auto, 1fr, auto, 4cm), gutter: 8pt, align: bottom,
    [Name:], if given.name == "" { blank(7) } else { given.name }, [Signature:], blank(4))
]
#given.instructions

#for section in given.sections {
  if section.title != "" [== #section.title]
  for item in section.items {
    block(breakable: given.kind != "paper" or item.long, width: 100%, {
      block(breakable: false, sticky: true, width: 100%, {
        heading(level: if section.title != "" { 3 } else { 2 }, [#item.number. #h(0.3em) (#item.points)])
        for line in item.text { par(set-text(line)) }
        if item.figure != none { picture(item.figure) }
      })
      if item.columns > 1 {
        grid(columns: (1fr,) * item.columns, row-gutter: 0.9em, column-gutter: 1em, align: bottom, ..item.parts.map(part =>
          [#set-text(part.lead) #if part.key == none { blank(part.wide) } else { strong(set-text(part.key)) }]))
      } else { for part in item.parts {
        if part.options.len() > 0 {
          if part.lead != "" { par(set-text(part.lead)) }
          for option in part.options {
            par(hanging-indent: 2.1em, [#if part.blanks == 0 { box(width: 0.8em, height: 0.8em, stroke: 0.5pt, radius: if part.round { 50% } else { 1pt }) + h(0.5em) }#strong(option.letter) #h(0.5em) #set-text(option.text)])
          }
          if part.key == none and part.blanks > 0 { par[Order: #for i in range(part.blanks) { blank(1.1) + h(0.4em) }] }
          if part.key != none { par[*Answer:* #set-text(part.key)] }
        } else if part.key == none {
          par[#set-text(part.lead) #for i in range(part.blanks) { blank(part.wide) + h(0.4em) }]
        } else {
          par[#set-text(part.lead) #strong(set-text(part.key))]
        }
      } }
      if given.kind == "paper" and item.room > 0 { box-for(item.room) }
    })
    if given.kind == "solutions" {
      for line in item.sentences { par(set-text(line)) }
      for step in item.steps {
        par(hanging-indent: 2em, [#box(width: 1.6em, [#step.number.]) #step.sentence #if step.formula != "" { set-text(step.formula) }])
      }
      if item.slip != none {
        block(breakable: false, width: 100%, { par(set-text(item.slip.text)); picture(item.slip) })
      }
    }
  }
}
"""

WIDE: Final = 720.0
"""A figure of so many units takes the whole width of the text."""


def _figure(figure: Figure) -> dict[str, Any]:
    made = scene(figure)
    return {
        "svg": picture(figure, "print", embed_fonts=False),
        "alt": alt(figure),
        "width": min(1.0, made.width / WIDE),
    }


def _part(part: Part, *, solved: bool) -> dict[str, Any]:
    answer = part.answer
    options = answer.options if isinstance(answer, Choice) else ()
    texts = [o.text for o in options] or list(answer.items if isinstance(answer, Ordering) else ())
    name = f"({part.id}) " if part.id else ""
    blanks = (
        len(texts)
        if isinstance(answer, Ordering)
        else 0
        if texts or isinstance(answer, Drawing)
        else 1
    )
    return {
        "name": in_typst((name,)) if name else "",
        "lead": in_typst((name, *part.prompt)) if name or part.prompt else "",
        "options": [{"letter": worked.letter(i), "text": in_typst(t)} for i, t in enumerate(texts)],
        "round": isinstance(answer, Choice) and not answer.several,
        "blanks": blanks,
        "wide": 7 if isinstance(answer, Matrix) else 3,
        "key": in_typst(worked.key(part)) if solved else None,
    }


def _item(item: Item, kind: str) -> dict[str, Any]:
    question, solved = item.question, kind != "paper"
    told = kind == "solutions"
    drawing = sum(p.answer.height_cm for p in question.parts if isinstance(p.answer, Drawing))
    room = drawing or (
        1.5
        if all(isinstance(p.answer, Choice | Ordering) for p in question.parts)
        else 1.5 + question.difficulty.score / 12
    )
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
    """How many short answers stand side by side."""
    if len(question.parts) < 5 or not all(isinstance(p.answer, Numeric) for p in question.parts):
        return 1
    longest = max(len(plain(p.prompt)) for p in question.parts)
    return 3 if longest <= 12 else 2 if longest <= 26 else 1


def _steps(question: Question) -> list[dict[str, Any]]:
    return [
        {"number": s.number, "sentence": s.sentence, "formula": _formula(s)}
        for s in worked.steps(question)
    ]


def _formula(step: worked.Step) -> str:
    if step.formula is None:
        return ""
    said = " ".join(" ".join(step.formula.unicode).split())
    return f"#math.equation(alt: {notation.quote(said)}, ${' '.join(step.formula.typst)}$);"


def _shown(question: Question, kind: str) -> dict[str, Any] | None:
    """The figure; with the solutions every value and gradient stands in it, and a key shows what
    was to be drawn.
    """
    solved = worked.figure(question) or question.figure
    shown = {"paper": question.figure, "key": question.solution.figure, "solutions": solved}[kind]
    return None if shown is None else _figure(shown)


def _slip(question: Question) -> dict[str, Any] | None:
    """A likely mistake, with the frame in which it is made."""
    slip = where.likeliest(question)
    if slip is None:
        return None
    made = where.frame(question, slip.step)
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
        "who": " · ".join(filter(None, (student.name, student.id))),
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
    compile_document: Any = typst.compile
    try:
        made = compile_document(
            DOCUMENT.encode(),
            format="pdf",
            sys_inputs={"given": json.dumps(given)},
            pdf_standards=["ua-1"],
            font_paths=[str(fonts.files()[0].parent)],
            ignore_system_fonts=True,
            timestamp=0,
        )
    except typst.TypstError as error:
        raise LayoutError(
            "the paper cannot be typeset", got=error.message, hint="write it as markdown"
        ) from None
    return bytes(made)


def _write(paper: Paper) -> Files:
    name = f"{paper.student.id}.pdf"
    return {
        name: document(paper, "paper"),
        f"keys/{name}": document(paper, "key"),
        f"solutions/{name}": document(paper, "solutions"),
    }


def _check(path: PurePosixPath, content: bytes) -> None:
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-64:]:
        raise ValueInputError(f"{path} is no PDF", expected="%PDF- to %%EOF")


FORMAT = PaperFormat(
    "pdf",
    "PDF: the paper, its key, its worked solutions",
    _write,
    _check,
    "Paper is marked by people.",
)
