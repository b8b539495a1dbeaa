"""JSON: everything on a paper, including keys and worked solutions; format `gradviz.paper/1`.

The seed is not in it: all other students' keys follow from that.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import msgspec

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt
from gradviz.exam.question.question import Figure, Question
from gradviz.exam.text import as_data, decimal, nested

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
            "place": identity.place,
            "student": identity.student,
        },
        "difficulty": {
            "score": difficulty.score,
            "steps": difficulty.steps,
            "branches": difficulty.branches,
            "weight": difficulty.weight,
        },
        "text": [as_data(text) for text in question.text],
        "figure": None if question.figure is None else _figure(question.figure),
        "parts": [
            {
                "name": item.name(part),
                "prompt": as_data(part.prompt),
                "points": decimal(item.points_of(part)),
                "follows": part.follows,
                "answer": part.answer.data(),
            }
            for part in question.parts
        ],
        "solution": _solution(question),
    }


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


def _solution(question: Question) -> dict[str, Any]:
    run, slip = question.solution.run, solution.likeliest(question)
    return {
        "sentences": [as_data(text) for text in question.solution.sentences],
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
            for s in solution.steps(question)
        ],
        "likely mistake": (
            slip and {"answer": as_data(slip.answer), "feedback": slip.feedback, "step": slip.step}
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
            f"{path} is not a paper",
            expected=f"the schema {SCHEMA}",
            got=found.get("schema", "none"),
        )


FORMAT = PaperFormat(
    "json",
    "JSON with keys, mistakes and worked solutions",
    _write,
    _check,
    {Answer: Answer.data},
    "It holds the keys of its paper: hand it out after the exam only.",
)
