"""Papers for a cohort: made on any executor, written whole, kept through a kill and verified by
hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from gradviz.errors import FileError, ValueInputError
from gradviz.exam import formats
from gradviz.exam.paper.paper import paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import Exam
from gradviz.files import left_over, read_whole, write_whole
from gradviz.layout import engines

fcntl: Any
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

JOURNAL = "gradviz-exam.jsonl"
"""What is finished: a first line on the exam, then a line for every paper.

It is written line by line.
"""

REPORT = "gradviz-exam-report.json"
AHEAD = 64
"""So many papers are under way at most, so that finished ones do not fill the memory."""


class Facts(msgspec.Struct, frozen=True):
    """What the report needs of one paper: by question its place, draft hash, difficulty and
    keys.
    """

    questions: tuple[tuple[int, str, int, tuple[str, ...]], ...]


class Line(msgspec.Struct, frozen=True):
    """One finished paper in the journal."""

    student: str
    variant: str
    files: dict[str, str]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Made:
    """A paper as a worker hands it over: its files' contents are not written yet."""

    variant: str
    files: Mapping[str, bytes]
    facts: Facts


def produce(exam: Exam, student: Student, form: str) -> Made:
    """Make one paper. A pure function, to be called on any machine."""
    made = paper(exam, student)
    facts = tuple(
        (
            item.number,
            hashlib.sha256(repr(item.question.draft).encode()).hexdigest()[:16],
            item.question.difficulty.score,
            tuple(part.answer.written for part in item.question.parts),
        )
        for item in made.items
    )
    return Made(made.variant, formats.get(form).write(made), Facts(facts))


def make(
    exam: Exam,
    students: Sequence[Student],
    form: str,
    folder: str | Path,
    *,
    executor: Executor | None = None,
    force: bool = False,
    done: Callable[[int], None] = lambda count: None,
) -> list[Line]:
    """Make the papers that are not there yet, in any order, and return what the journal says of all
    of them.

    executor  where they are made; here, one after the other, without.
    force     also replace papers that somebody changed.
    done      is told after every paper how many are finished.
    Raises FileError for a folder that holds something else, for changed papers, and where writing
    fails; what is finished then stays finished.
    """
    place = Folder(Path(folder), exam, formats.get(form).name)
    finished = place.open(students, force=force)
    with place.alone():
        missing = [s for s in students if s.id not in finished]
        done(len(finished))
        for student, made in _results(exam, missing, form, executor):
            finished[student.id] = place.write(student, made)
            done(len(finished))
        return place.close([finished[s.id] for s in students])


def _results(
    exam: Exam, students: Iterable[Student], form: str, executor: Executor | None
) -> Iterator[tuple[Student, Made]]:
    if executor is None:
        for student in students:
            yield student, produce(exam, student, form)
        return
    waiting, running = iter(students), dict[Future[Made], Student]()
    try:
        while True:
            for student in waiting:
                running[executor.submit(produce, exam, student, form)] = student
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
            "exam": exam.fingerprint,
            "title": exam.title,
            "format": form,
            "engine": engines.found()[0].title,
        }

    def open(self, students: Sequence[Student], *, force: bool) -> dict[str, Line]:
        """The papers of these students that are finished and unchanged; makes the folder where
        there is none.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                f"the folder {self.path.name} cannot be made",
                where=str(self.path),
                got=error.strerror or error,
            ) from None
        if not self.journal.exists():
            if set(self.path.iterdir()) - set(left_over(self.path)):
                raise FileError(
                    f"the folder {self.path.name} holds something else",
                    where=str(self.path),
                    expected="a new or an empty folder, or one with papers of this exam",
                    hint="another folder: -o papers-2",
                )
            write_whole(self.journal, json.dumps(self.header) + "\n")
            return {}
        known = {s.id for s in students}
        finished = {line.student: line for line in self._read() if line.student in known}
        return {
            student: line for student, line in finished.items() if self._is_whole(line, force=force)
        }

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs out, and clear away what a killed one left half written. Raises
        FileError.

        The lock is the system's, on the journal, so a killed run lets go of it; where there are no
        locks, nobody is kept out, and nothing is cleared away.
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
                f"another run is at work in the folder {self.path.name}",
                where=str(self.path),
                hint="wait for it to end: this run would write the same papers",
            ) from None
        except (OSError, AttributeError):  # a file system, or a system, without locks
            return False
        return True

    def _read(self) -> Iterator[Line]:
        header, *lines = read_whole(self.journal).decode(errors="replace").split("\n")
        try:
            found = json.loads(header)
        except ValueError:
            found = {}
        if not isinstance(found, dict) or any(
            found.get(k) != self.header[k] for k in ("schema", "exam", "format")
        ):
            got = (
                f"{found.get('title')!r} as {found.get('format')}"
                if isinstance(found, dict) and found
                else "a journal that cannot be read"
            )
            raise FileError(
                f"the folder {self.path.name} holds papers of another exam, or in another format",
                where=str(self.path),
                expected=f"{self.header['title']!r} as {self.header['format']}, unchanged since",
                got=got,
                hint="another folder: a changed exam makes other papers",
            )
        for line in lines:
            try:
                yield msgspec.json.decode(line, type=Line)
            except msgspec.MsgspecError:
                continue  # the run was killed while it wrote this line: the paper is made again

    def _is_whole(self, line: Line, *, force: bool) -> bool:
        """Whether every file of a finished paper is there, as it was written."""
        for name, expected in line.files.items():
            path = self.path / name
            if not path.is_file():
                return False
            if hashlib.sha256(read_whole(path)).hexdigest() != expected:
                if force:
                    return False
                raise FileError(
                    f"{name} is not as it was written: somebody changed it",
                    where=str(path),
                    expected=f"SHA-256 {expected[:16]}…",
                    hint="--force makes it again; move it away first if the changes matter",
                )
        return True

    def write(self, student: Student, made: Made) -> Line:
        """Write a paper, each file whole; then say so in the journal."""
        for name, content in made.files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()}
        line = Line(student.id, made.variant, hashes, made.facts)
        try:
            with self.journal.open("ab") as journal:
                journal.write(msgspec.json.encode(line) + b"\n")
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise FileError(
                "the journal cannot be written",
                where=str(self.journal),
                got=error.strerror or error,
            ) from None
        return line

    def close(self, lines: list[Line]) -> list[Line]:
        """Write the journal once more in the students' order, and the report: both say nothing of
        time or workers.
        """
        body = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        write_whole(self.journal, json.dumps(self.header).encode() + b"\n" + body)
        write_whole(self.path / REPORT, json.dumps(report(lines), indent=1) + "\n")
        return lines


def report(lines: Sequence[Line]) -> dict[str, Any]:
    """Distinctness, difficulty spread and key distribution, by question and over all papers."""
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
