"""CSV: one line per part, with its key, for spreadsheets and other programs."""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer
from gradviz.exam.answers.form import letter
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper.paper import Paper
from gradviz.exam.text import decimal, plain
from gradviz.sources.tables import written

COLUMNS = (
    "part",
    "question",
    "kind",
    "level",
    "points",
    "text",
    "prompt",
    "form",
    "options",
    "key",
    "tolerance",
)


def _write(paper: Paper) -> Files:
    rows = []
    for item, part in paper.parts:
        answer, question = part.answer, item.question
        listed = (f"{letter(i)}. {plain(text)}" for i, text in enumerate(answer.listed))
        rows.append(
            [
                item.name(part),
                question.id,
                question.kind,
                question.identity.level,
                decimal(item.points_of(part)),
                " ".join(plain(text) for text in question.text),
                plain(part.prompt),
                answer.name,
                " | ".join(listed),
                answer.written,
                answer.data().get("tolerance", ""),
            ]
        )
    return {f"{paper.student.id}.csv": written(COLUMNS, rows).encode()}


def _check(path: PurePosixPath, content: bytes) -> None:
    header = next(csv.reader(io.StringIO(content.decode(), newline="")), [])
    if tuple(header) != COLUMNS:
        raise ValueInputError(
            f"{path} is not a paper", expected=", ".join(COLUMNS), got=", ".join(header)
        )


FORMAT = PaperFormat(
    "csv",
    "CSV, one line per part",
    _write,
    _check,
    {Answer: Answer.data},
    "It carries no figures and no follow-through marks.",
)
