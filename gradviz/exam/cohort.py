"""Papers for a cohort: made on any executor, written atomically, resumable, verified by hash."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from shutil import disk_usage
from typing import Any, BinaryIO

import msgspec

from gradviz.errors import FileError, ValueInputError
from gradviz.exam import formats
from gradviz.exam.paper import roster
from gradviz.exam.paper.paper import Paper, paper
from gradviz.exam.paper.record import Recorded, recorded, restored
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import Exam
from gradviz.exam.question.identity import VERSION
from gradviz.files import as_path, left_over, read_whole, write_whole
from gradviz.fonts import others
from gradviz.layout import engines
from gradviz.limits import Way, fitting, say_bytes, too_large

fcntl: Any
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

JOURNAL = "gradviz-exam.jsonl"
"""The journal of finished papers: a first line about the exam, then a line for every paper.

It is appended to line by line.
"""

REPORT = "gradviz-exam-report.json"
AHEAD = 64
"""The most papers in progress at once, so that finished ones do not fill the memory."""


class Facts(msgspec.Struct, frozen=True):
    """One paper's facts for the report: each question's place, draft hash, difficulty and keys."""

    questions: tuple[tuple[int, str, int, tuple[str, ...]], ...]


class Line(msgspec.Struct, frozen=True):
    """One finished paper in the journal.

    record   all that is needed to mark it: `gradviz.exam.paper.record`.
    """

    student: str
    variant: str
    files: dict[str, str]
    facts: Facts
    name: str = ""
    record: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A paper as a worker returns it, with the contents of its files, which are not written yet."""

    variant: str
    files: Mapping[str, bytes]
    facts: Facts
    record: tuple[Recorded, ...]


def produce(exam: Exam, student: Student, form: str, fonts: Sequence[str] = ()) -> Made:
    """Make one paper. This is a pure function that can be called on any machine that has the
    font files.
    """
    made = paper(exam, student)
    with others.using(fonts):
        files = formats.get(form).write(made)
    facts = tuple(
        (
            item.number,
            hashlib.sha256(repr(item.question.draft).encode()).hexdigest()[:16],
            item.question.difficulty.score,
            tuple(part.answer.written for part in item.question.parts),
        )
        for item in made.items
    )
    return Made(made.variant, files, Facts(facts), recorded(made))


def make(
    exam: Exam,
    students: Sequence[Student],
    form: str,
    folder: str | Path,
    *,
    executor: Executor | None = None,
    force: bool = False,
    fonts: Sequence[str | PathLike[str]] = (),
    done: Callable[[int], None] = lambda count: None,
    note: Callable[[str], None] = lambda said: None,
) -> list[Line]:
    """Make the papers that are missing, in any order, and return the journal lines of all papers.

    executor  where to make them; without one, they are made here, one after another.
    force     also replace papers that were changed after they were written.
    fonts     font files for letters that the shipped fonts lack, as in `gv.render`.
    done      called after every paper with the number of finished papers.
    note      called before the first paper with every name that the format cannot print.
    Raises ValueInputError for a text of the exam that the format cannot print, for fonts that it
    does not take and for ids that cannot name files; FileError for a file that is no font, for a
    folder that holds something else, for changed papers, and if writing fails; papers that are
    already finished are kept.
    """
    if not isinstance(exam, Exam):
        raise ValueInputError(
            "papers are made from an exam", expected="gv.exam.read(…)", got=f"{exam!r:.60}"
        )
    roster.check(students)
    chosen, given = formats.get(form), others.files_of(fonts)
    chosen.check_fonts(given)
    with others.using(given):
        chosen.check_texts(exam)
        for said in chosen.unnamed(students):
            note(said)
    place = Folder(as_path(folder), exam, chosen.name)
    finished = place.open(students, force=force)
    with place.alone():
        missing = [s for s in students if s.id not in finished]
        done(len(finished))
        for at, (student, made) in enumerate(_results(exam, missing, form, given, executor)):
            if not at:
                place.foresee(made, len(missing))
            finished[student.id] = place.write(student, made)
            done(len(finished))
        return place.close([finished[s.id] for s in students])


def _results(
    exam: Exam,
    students: Iterable[Student],
    form: str,
    fonts: Sequence[str],
    executor: Executor | None,
) -> Iterator[tuple[Student, Made]]:
    if executor is None:
        for student in students:
            yield student, produce(exam, student, form, fonts)
        return
    waiting, running = iter(students), dict[Future[Made], Student]()
    try:
        while True:
            for student in waiting:
                running[executor.submit(produce, exam, student, form, fonts)] = student
                if len(running) >= AHEAD:
                    break
            if not running:
                return
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                yield running.pop(future), future.result()
    finally:
        for future in running:
            future.cancel()


class Folder:
    """The output folder of one exam in one format, with its journal."""

    def __init__(self, path: Path, exam: Exam, form: str) -> None:
        self.path, self.journal = path, path / JOURNAL
        self.header = {
            "schema": "gradviz.exam/1",
            "exam": exam.fingerprint(),
            "version": VERSION,
            "title": exam.title,
            "format": form,
            "engine": engines.found()[0].title,
        }

    def open(self, students: Sequence[Student], *, force: bool) -> dict[str, Line]:
        """The papers of these students that are finished and unchanged.

        Makes the folder if it does not exist.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                f"cannot create the folder {self.path.name}",
                where=str(self.path),
                got=error.strerror or error,
            ) from None
        if not self.journal.exists():
            if set(self.path.iterdir()) - set(left_over(self.path)):
                raise FileError(
                    f"the folder {self.path.name} holds something else",
                    where=str(self.path),
                    expected="a new or an empty folder, or one with papers of this exam",
                    hint="use another folder: -o papers-2",
                )
            write_whole(self.journal, json.dumps(self.header) + "\n")
            return {}
        known = {s.id for s in students}
        finished = {line.student: line for line in self._read() if line.student in known}
        return {
            student: line for student, line in finished.items() if self._is_whole(line, force=force)
        }

    def foresee(self, made: Made, count: int) -> None:
        """Raise FileError if so many papers of the size of one do not fit on the disk."""
        one = sum(map(len, made.files.values()))
        free = disk_usage(self.path).free
        if count * one <= free:
            return
        way = Way("a roster of {:,}", count, lambda n: n * one)
        said = too_large(
            f"{count:,} papers need",
            f"about {say_bytes(count * one)}",
            f"{say_bytes(free)} are free",
            fitting([way], free),
        )
        raise FileError(said)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lock other runs out, and remove partly written files of a killed run. Raises FileError.

        The system's lock is on the journal, so that a killed run releases it. Without support for
        locks, other runs are not locked out and nothing is removed.
        """
        with self.journal.open("rb") as journal:
            if self._locked(journal):
                for path in left_over(self.path):
                    path.unlink(missing_ok=True)
            yield

    def _locked(self, journal: BinaryIO) -> bool:
        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileError(
                f"another run is working in the folder {self.path.name}",
                where=str(self.path),
                hint="wait until it ends: this run would write the same papers",
            ) from None
        except (OSError, AttributeError):  # a file system or an operating system without locks
            return False
        return True

    def _read(self) -> list[Line]:
        found, lines = _journal(self.journal)
        if any(found.get(k) != self.header[k] for k in ("schema", "exam", "format")):
            got = (
                f"{found.get('title')!r} as {found.get('format')}"
                if found
                else "an unreadable journal"
            )
            raise FileError(
                f"the folder {self.path.name} holds papers of another exam, or in another format",
                where=str(self.path),
                expected=f"{self.header['title']!r} as {self.header['format']}, unchanged since",
                got=got,
                hint="use another folder: a changed exam makes different papers",
            )
        return lines

    def _is_whole(self, line: Line, *, force: bool) -> bool:
        """Whether every file of a finished paper exists and is unchanged."""
        for name, expected in line.files.items():
            path = self.path / name
            if not path.is_file():
                return False
            if hashlib.sha256(read_whole(path)).hexdigest() != expected:
                if force:
                    return False
                raise FileError(
                    f"{name} was changed after it was written",
                    where=str(path),
                    expected=f"SHA-256 {expected[:16]}…",
                    hint="--force makes it again; move it away first to keep the changes",
                )
        return True

    def write(self, student: Student, made: Made) -> Line:
        """Write a paper, each file atomically, and then record it in the journal."""
        for name, content in made.files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()}
        line = Line(student.id, made.variant, hashes, made.facts, student.name, made.record)
        try:
            with self.journal.open("ab") as journal:
                journal.write(msgspec.json.encode(line) + b"\n")
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise FileError(
                "cannot write the journal", where=str(self.journal), got=error.strerror or error
            ) from None
        return line

    def close(self, lines: list[Line]) -> list[Line]:
        """Rewrite the journal in the students' order, and write the report.

        Neither depends on time or workers.
        """
        body = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        write_whole(self.journal, json.dumps(self.header).encode() + b"\n" + body)
        write_whole(self.path / REPORT, json.dumps(report(lines), indent=1) + "\n")
        return lines


def papers(exam: Exam, folder: str | Path) -> dict[str, Paper]:
    """The papers of an exam as they were made, by the student's id, from the journal of a folder.

    Raises FileError for a folder without a journal of this exam, or with one that cannot be marked.
    """
    journal = Path(folder) / JOURNAL
    if not journal.is_file():
        raise FileError(
            "the folder holds no papers",
            where=str(folder),
            expected=f"the folder of `gradviz exam make`, with its {JOURNAL}",
        )
    header, lines = _journal(journal)
    version = header.get("version")
    if not isinstance(version, str) or not all(line.record for line in lines):
        raise FileError(
            "the journal does not hold its questions",
            where=str(journal),
            expected="papers made by this gradviz or a later one",
            hint="mark them with the gradviz that made them",
        )
    if header.get("exam") != exam.fingerprint(version):
        raise FileError(
            f"the folder {Path(folder).name} holds papers of another exam",
            where=str(journal),
            expected=f"{exam.title!r}, unchanged since its papers were made",
            got=repr(header.get("title")),
            hint="use the exam file that the papers were made from",
        )
    try:
        return {
            line.student: restored(
                exam, Student(line.student, line.name), line.variant, line.record
            )
            for line in lines
        }
    except (msgspec.ValidationError, LookupError, ValueError, ArithmeticError) as error:
        raise FileError(
            "the journal holds a question that cannot be read",
            where=str(journal),
            got=str(error)[:80],
            hint="mark it with the gradviz that made the papers",
        ) from None


def _journal(path: Path) -> tuple[dict[str, Any], list[Line]]:
    """The first line of a journal, empty if it cannot be read, and the finished papers."""
    header, *rows = read_whole(path).decode(errors="replace").split("\n")
    try:
        found = json.loads(header)
    except ValueError:
        found = {}
    lines = []
    for row in rows:
        try:
            lines.append(msgspec.json.decode(row, type=Line))
        except msgspec.MsgspecError:
            continue  # the run was killed while writing this line: the paper is made again
    return found if isinstance(found, dict) else {}, lines


def report(lines: Sequence[Line]) -> dict[str, Any]:
    """Distinctness, difficulty and key distribution, by question and over all papers."""
    if not lines:
        raise ValueInputError("there are no papers to report on")
    totals = [sum(score for _, _, score, _ in line.facts.questions) for line in lines]
    by_number: dict[int, list[tuple[str, int, tuple[str, ...]]]] = {}
    for line in lines:
        for number, draft, score, keys in line.facts.questions:
            by_number.setdefault(number, []).append((draft, score, keys))
    return {
        "papers": len(lines),
        "distinct papers": len({tuple(q[1] for q in line.facts.questions) for line in lines}),
        "difficulty": {
            "lowest": min(totals),
            "mean": round(sum(totals) / len(totals), 1),
            "highest": max(totals),
        },
        "questions": [_of_question(number, rows) for number, rows in sorted(by_number.items())],
    }


def _of_question(number: int, rows: Sequence[tuple[str, int, tuple[str, ...]]]) -> dict[str, Any]:
    keys = [keys for _, _, keys in rows]
    common = max(sorted(set(keys)), key=keys.count)
    scores = [score for _, score, _ in rows]
    return {
        "number": number,
        "distinct": len({draft for draft, _, _ in rows}),
        "distinct keys": len(set(keys)),
        "commonest key": ", ".join(common),
        "share of it": round(keys.count(common) / len(keys), 3),
        "difficulty": {"lowest": min(scores), "highest": max(scores)},
    }
