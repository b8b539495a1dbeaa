"""CSV: a line for every part, with its key; for spreadsheets and other programs."""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Matrix, Numeric, Ordering
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper.paper import Paper
from gradviz.exam.question.text import decimal, plain
from gradviz.exam.question.wording import right_answer

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
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item, part in paper.parts:
        answer, question = part.answer, item.question
        options = answer.options if isinstance(answer, Choice) else ()
        texts = [o.text for o in options] + list(
            answer.items if isinstance(answer, Ordering) else ()
        )
        tolerance = decimal(answer.tolerance) if isinstance(answer, Numeric | Matrix) else ""
        writer.writerow(
            [
                item.name(part),
                question.id,
                question.kind,
                question.identity.level,
                decimal(item.points_of(part)),
                " ".join(plain(text) for text in question.text),
                plain(part.prompt),
                type(answer).__name__.lower(),
                " | ".join(f"{worked.letter(i)}. {plain(t)}" for i, t in enumerate(texts)),
                right_answer(part),
                tolerance,
            ]
        )
    return {f"{paper.student.id}.csv": out.getvalue().encode()}


def _check(path: PurePosixPath, content: bytes) -> None:
    header = next(csv.reader(io.StringIO(content.decode(), newline="")), [])
    if tuple(header) != COLUMNS:
        raise ValueInputError(
            f"{path} is no paper", expected=", ".join(COLUMNS), got=", ".join(header)
        )


FORMAT = PaperFormat(
    "csv",
    "CSV, a line for every part",
    _write,
    _check,
    "It carries no figures and no follow-through marks.",
)
