"""JSON: everything a paper holds, keys and worked solutions too; format `gradviz.paper/1`."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import msgspec

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Drawing, Matrix, Numeric, Ordering, Symbolic
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper import where
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.figure import alt
from gradviz.exam.question.question import Figure, Part, Question
from gradviz.exam.question.text import Text, decimal, in_latex, nested, plain

SCHEMA = "gradviz.paper/1"


def data(paper: Paper) -> dict[str, Any]:
    """A paper as plain data."""
    exam = paper.exam
    return {
        "schema": SCHEMA,
        "title": exam.title,
        "course": exam.course,
        "date": exam.date,
        "language": exam.language,
        "instructions": exam.instructions,
        "student": {"id": paper.student.id, "name": paper.student.name},
        "variant": paper.variant,
        "points": exam.total,
        "sections": [
            {"title": title, "questions": [_item(item) for item in items]}
            for title, items in paper.sections
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    question = item.question
    identity, difficulty = question.identity, question.difficulty
    return {
        "number": item.number,
        "id": question.id,
        "points": item.points,
        "made from": {
            "version": identity.version,
            "kind": identity.kind,
            "level": identity.level,
            "seed": identity.seed,
            "student": identity.student,
        },
        "difficulty": {
            "score": difficulty.score,
            "steps": difficulty.steps,
            "branches": difficulty.branches,
            "weight": difficulty.weight,
        },
        "text": [_text(text) for text in question.text],
        "figure": None if question.figure is None else _figure(question.figure),
        "parts": [
            {
                "name": item.name(part),
                "prompt": _text(part.prompt),
                "points": decimal(item.points_of(part)),
                "follows": part.follows,
                "answer": _answer(part),
            }
            for part in question.parts
        ],
        "solution": _solution(question),
    }


def _text(text: Text) -> dict[str, str]:
    return {"text": plain(text), "latex": in_latex(text)}


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "source": figure.source,
        "alt": alt(figure),
        "values": {label: nested(value) for label, value in figure.values},
        "gradients": {label: nested(value) for label, value in figure.gradients},
        "blanks": [
            {"node": label, "asks": what, "part": part} for label, what, part in figure.blanks
        ],
    }


def _answer(part: Part) -> dict[str, Any]:
    answer = part.answer
    if isinstance(answer, Numeric):
        wrong = [{"value": decimal(w.value), **_mistake(w)} for w in answer.wrong]
        return {
            "form": "numeric",
            "key": decimal(answer.key),
            "tolerance": decimal(answer.tolerance),
            "decimals": answer.decimals,
            "wrong": wrong,
        }
    if isinstance(answer, Choice):
        options = [
            {"text": _text(o.text), "correct": o.correct, **_mistake(o)} for o in answer.options
        ]
        return {"form": "choices" if answer.several else "choice", "options": options}
    if isinstance(answer, Matrix):
        rows = [[decimal(v) for v in row] for row in answer.rows]
        wrong = [
            {"rows": [[decimal(v) for v in row] for row in w.rows], **_mistake(w)}
            for w in answer.wrong
        ]
        return {
            "form": "vector" if answer.is_vector else "matrix",
            "key": rows,
            "tolerance": decimal(answer.tolerance),
            "wrong": wrong,
        }
    if isinstance(answer, Symbolic):
        wrong = [
            {"source": w.source, "misconception": w.misconception, "feedback": w.feedback}
            for w in answer.wrong
        ]
        return {
            "form": "symbolic",
            "key": answer.source,
            "variables": list(answer.variables),
            "wrong": wrong,
        }
    if isinstance(answer, Ordering):
        return {
            "form": "ordering",
            "items": [_text(t) for t in answer.items],
            "key": list(answer.key),
        }
    assert isinstance(answer, Drawing)
    return {"form": "drawing", "height_cm": answer.height_cm}


def _mistake(wrong: Any) -> dict[str, Any]:
    return {"misconception": wrong.misconception, "feedback": wrong.feedback, "step": wrong.step}


def _solution(question: Question) -> dict[str, Any]:
    run, slip = question.solution.run, where.likeliest(question)
    return {
        "sentences": [_text(text) for text in question.solution.sentences],
        "run": (
            None
            if run is None
            else {"source": run.source, "values": {name: nested(v) for name, v in run.values}}
        ),
        "steps": [
            {
                "step": s.number,
                "sentence": s.sentence,
                "latex": list(s.formula.latex) if s.formula else [],
            }
            for s in worked.steps(question)
        ],
        "likely mistake": (
            slip and {"answer": _text(slip.answer), "feedback": slip.feedback, "step": slip.step}
        ),
    }


def _write(paper: Paper) -> Files:
    return {
        f"{paper.student.id}.json": (
            msgspec.json.format(msgspec.json.encode(data(paper)), indent=1) + b"\n"
        )
    }


def _check(path: PurePosixPath, content: bytes) -> None:
    found = json.loads(content)
    if found.get("schema") != SCHEMA:
        raise ValueInputError(
            f"{path} is no paper", expected=f"the schema {SCHEMA}", got=found.get("schema", "none")
        )


FORMAT = PaperFormat("json", "JSON with keys, mistakes and worked solutions", _write, _check)
