"""The formats of papers, one file per format in this folder."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any, TypeVar

from gradviz import plugins
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.exam import answers
from gradviz.exam.answers import Answer
from gradviz.exam.paper.paper import Paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import Exam

Files = Mapping[str, bytes]
"""File contents by path inside the output folder."""


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """A format of papers.

    name     its name for `--format`, which is also the name of its file.
    title    its description in one line.
    files    `(paper)`: its files, each named by the student's id.
    check    `(path, content)`: raises ValueInputError for a malformed file.
    answers  how it draws each form of answer, by class; `Answer` is for forms without an entry.
    limits   the parts of a paper that it cannot carry, in a sentence; empty if there are none.
    misses   `(text)`: the characters of a text that it cannot print; none by default, since most
             formats are drawn by other programs with their own fonts.
    fonts    whether it draws texts itself, with fonts that it is given.
    """

    name: str
    title: str
    files: Callable[[Paper], Files]
    check: Callable[[PurePosixPath, bytes], None]
    answers: Mapping[type, Any]
    limits: str = ""
    misses: Callable[[str], str] = lambda text: ""
    fonts: bool = False

    def draws(self, form: type[Answer]) -> bool:
        """Whether it can draw answers of a form."""
        return way(self.answers, form) is not None

    @property
    def lacks(self) -> str:
        """The parts of a paper that it cannot carry, including forms of answers, in sentences."""
        unknown = [name for name, form in answers.every().items() if not self.draws(form)]
        forms = f"It does not support answers of the form {', '.join(unknown)}." if unknown else ""
        return f"{self.limits} {forms}".strip()

    def check_fonts(self, fonts: Sequence[str]) -> None:
        """Raise ValueInputError for fonts given to a format that other programs draw."""
        if fonts and not self.fonts:
            able = ", ".join(name for name, other in every().items() if other.fonts)
            raise ValueInputError(
                f"font does not apply to papers as {self.name}: other programs draw their texts",
                expected=f"format {able}, or no font",
                got=f"font {', '.join(fonts):.60}",
            )

    def check_texts(self, exam: Exam) -> None:
        """Raise ValueInputError for a text of the exam's own that it cannot print."""
        for name, text in exam.texts:
            if missing := self.misses(text):
                able = (name for name, other in every().items() if not other.misses(text))
                font = ", or give --font FILE with a font that has them" if self.fonts else ""
                raise ValueInputError(
                    f"{self.name} cannot print the {name} of the exam",
                    expected="characters that its fonts have",
                    got=f"{text!r:.60}: {missing}",
                    hint=f"write it in other letters, try another format: {', '.join(able)}{font}",
                )

    def unnamed(self, students: Iterable[Student]) -> Iterator[str]:
        """A note on every student whose name it cannot print: the id stands in its place."""
        for student in students:
            if missing := self.misses(student.name):
                yield (
                    f"{self.name} has no letters for the name of {student.id} ({student.name}):"
                    f" the id stands in its place. Missing: {missing}"
                )

    def write(self, paper: Paper) -> Files:
        """The files of a paper, with the id for a name that it cannot print.

        Raises ValueInputError for an answer that it cannot draw.
        """
        if self.misses(paper.student.name):
            paper = replace(paper, student=replace(paper.student, name=paper.student.id))
        for item, part in paper.parts:
            form = type(part.answer)
            if not self.draws(form):
                able = (name for name, other in every().items() if other.draws(form))
                raise ValueInputError(
                    f"{self.name} does not support answers of the form {form.name}",
                    where=f"part {item.name(part)}, of the kind {item.question.kind}",
                    hint=f"try another format: {', '.join(able)}",
                )
        return self.files(paper)


W = TypeVar("W")
T = TypeVar("T")


def way(ways: Mapping[type, W], form: type[Answer]) -> W | None:
    """The entry for a form of answer, by its class or a base class; None if there is none."""
    return next((ways[c] for c in form.__mro__ if c in ways), None)


def drawn(ways: Mapping[type, Callable[..., T]], answer: Answer, *given: Any) -> T:
    """An answer, drawn in the way of its form: `way(answer, *given)`."""
    draw = way(ways, type(answer))
    assert draw is not None, "PaperFormat.write refuses what cannot be drawn"
    return draw(answer, *given)


@cache
def every() -> Mapping[str, PaperFormat]:
    """All formats by name."""
    found = plugins.declared(__name__, "FORMAT")
    return {f.name: f for f in sorted(found, key=lambda f: f.name)}


def get(name: str) -> PaperFormat:
    """The format with this name. Raises UnknownNameError with the closest match."""
    known = every()
    if name not in known:
        raise UnknownNameError(
            f"there is no format {name!r:.40} for papers",
            expected=", ".join(known),
            hint=did_you_mean(name, known),
        )
    return known[name]


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """A zip archive of files, in order, without dates or owners."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr, entry.create_system = (
                zipfile.ZIP_DEFLATED,
                0o644 << 16,
                3,
            )
            archive.writestr(entry, content)
    return out.getvalue()
