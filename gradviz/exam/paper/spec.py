"""`exam.gv.toml`: the contents of an exam, read with every mistake reported at its line."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec.structs import force_setattr

from gradviz import toml
from gradviz.errors import GradvizError, ValueInputError, did_you_mean
from gradviz.exam import kinds
from gradviz.exam.question.identity import VERSION
from gradviz.exam.stream import keyed
from gradviz.files import LARGEST_SETTINGS, clean, clean_line, read_text

LANGUAGES = ("en",)
SAFE_BITS = 64
"""A seed of fewer bits can be found by trying; four bits are counted for a character of text."""
Text = Annotated[str, msgspec.Meta(max_length=4000)]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One or more questions of a kind; `points` is for each of them."""

    kind: str
    level: int = 1
    points: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    count: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the paper with its own title.

    shuffle  give every student a different order of its questions.
    """

    title: Text = ""
    shuffle: bool = False
    question: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1)]

    def __post_init__(self) -> None:
        force_setattr(self, "title", clean_line(self.title))


class Exam(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An exam.

    seed     the secret that all papers and keys follow from: a whole number, or text.
    version  the version of the questions that it was written for; empty if it does not say.
    points   the sum that all questions' points must have; not checked if left out.
    paper    the size of printed pages, "a4" or "us-letter".
    """

    title: Text
    course: Text = ""
    date: Text = ""
    instructions: Text = ""
    language: str = "en"
    version: str = ""
    seed: (
        Annotated[int, msgspec.Meta(ge=0)]
        | Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    ) = 1
    points: int | None = None
    paper: str = "a4"
    section: Annotated[tuple[Section, ...], msgspec.Meta(min_length=1)]

    def __post_init__(self) -> None:
        for name in ("title", "course", "date"):
            force_setattr(self, name, clean_line(getattr(self, name)))
        force_setattr(self, "instructions", clean(self.instructions))

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """The texts that are printed on every paper, by what they are."""
        for name in ("title", "course", "date", "instructions"):
            yield name, getattr(self, name)
        for section in self.section:
            yield "title of a section", section.title

    @property
    def total(self) -> int:
        """The points of all questions."""
        return sum(e.points * e.count for s in self.section for e in s.question)

    def fingerprint(self, version: str = VERSION) -> str:
        """A hash of everything on which the papers depend, keyed by the seed.

        What is left at its default is left out, so that new fields do not change it.
        """
        unpinned = msgspec.structs.replace(self, version="")
        whole = msgspec.json.encode(_set(unpinned), order="deterministic").decode()
        return keyed(str(self.seed), version, whole)[:16]

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes its papers easy to guess, or hard to mark later, in sentences."""
        said = []
        bits = self.seed.bit_length() if isinstance(self.seed, int) else 4 * len(self.seed)
        if bits < SAFE_BITS:
            said.append(
                "the seed is small or the default one: whoever guesses it can make every paper"
                f' with its key; draw another, such as seed = "{secrets.token_hex(16)}"'
            )
        if not self.version:
            said.append(
                "the exam does not say for which version of the questions it was written: add"
                f' version = "{VERSION}", so that it is never marked with others'
            )
        return tuple(said)


def _set(value: object) -> object:
    """What is not at its default, as plain data."""
    if isinstance(value, msgspec.Struct):
        known = {field.name: field.default for field in msgspec.structs.fields(value)}
        given = {name: getattr(value, name) for name in known}
        return {name: _set(v) for name, v in given.items() if v != known[name]}
    return [_set(v) for v in value] if isinstance(value, tuple) else value


FIELDS = tuple(dict.fromkeys(f for s in (Exam, Section, Entry) for f in s.__struct_fields__))


def read(path: str | Path, *, any_version: bool = False) -> Exam:
    """The exam of a file, for this version of the questions unless `any_version`.

    Raises FileError, ParseError or ValueInputError, with the line.
    """
    text = read_text(path, LARGEST_SETTINGS, "TOML")
    return parse(text, str(path), any_version=any_version)


def parse(text: str, name: str = "exam.gv.toml", *, any_version: bool = False) -> Exam:
    """The exam of a TOML text. Raises as `read`."""
    data = toml.parsed(text, name, 'title = "Midterm"')
    try:
        exam = msgspec.convert(data, Exam)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at ")
        path = path.strip("`")
        unknown = re.search(r"unknown field `(.*?)`", what)
        raise ValueInputError(
            f"{name}: {_plainly(what)}",
            where=toml.place(text, f"{path}.{unknown[1]}" if unknown else path),
            hint=(
                did_you_mean(unknown[1], FIELDS)
                if unknown
                else "`gradviz init exam` writes an exam with every field explained"
            ),
        ) from None
    if exam.version not in ("", VERSION) and not any_version:
        raise ValueInputError(
            f"{name} is written for other questions",
            where=toml.place(text, "$.version"),
            expected=f'version = "{VERSION}", the questions of this gradviz',
            got=f'version = "{exam.version}"',
            hint="papers already made are marked with `gradviz exam grade --papers FOLDER`, or by"
            " the gradviz that made them; for new papers, change the version",
        )
    _check(exam, text, name)
    return exam


def _plainly(what: str) -> str:
    said = (
        what.replace("Object", "the table")
        .replace("`array`", "a list")
        .replace("`str`", "text in quotes")
        .replace("`int | str`", "a whole number or text in quotes")
        .replace("`float`", "a decimal number")
    )
    said = (
        said.replace("`int`", "a whole number")
        .replace("`bool`", "true or false")
        .replace("`object`", "a table")
    )
    return said[0].lower() + said[1:]


def _check(exam: Exam, text: str, name: str) -> None:
    """Check what types cannot: kinds, levels, sums."""
    for i, section in enumerate(exam.section):
        for j, entry in enumerate(section.question):
            for field in ("kind", "level"):
                try:
                    kinds.get(entry.kind, entry.level if field == "level" else None)
                except GradvizError as error:
                    error.where = toml.place(text, f"$.section[{i}].question[{j}].{field}")
                    raise
    if exam.language not in LANGUAGES:
        raise ValueInputError(
            f"{name}: there is no language {exam.language!r}",
            where=toml.place(text, "$.language"),
            expected=", ".join(LANGUAGES),
        )
    if exam.paper not in ("a4", "us-letter"):
        raise ValueInputError(
            f"{name}: there is no paper {exam.paper!r}",
            where=toml.place(text, "$.paper"),
            expected="a4 or us-letter",
        )
    if exam.points is not None and exam.points != exam.total:
        raise ValueInputError(
            f"{name}: the points do not add up",
            where=toml.place(text, "$.points"),
            expected=f"{exam.points} in total",
            got=f"{exam.total}, the sum over all questions",
            hint=f"set points = {exam.total}, or change the points of a question",
        )


HEAD = """# An exam for gradviz. Make its papers with:
#   gradviz exam make exam.gv.toml --roster students.csv --format pdf -o papers
# This file is the key: every paper and every answer follow from it and from a student's id.
# Keep it secret, and keep it until the last complaint is settled.

title = "Backpropagation"
course = ""                      # printed below the title
date = ""                        # any text, printed unchanged
instructions = "Show your work. No calculators."
language = "en"
paper = "a4"                     # or "us-letter"
seed = "{seed}"   # secret and drawn at random: gives the same papers every time
version = "{version}"                    # of the questions: another one asks other numbers
points = 10                      # the sum of all questions' points (optional, checked)

[[section]]
title = "By hand"
shuffle = false                  # true: a different order for every student

  [[section.question]]
  kind = "gradient"              # see the list below
  level = 1                      # 1 is the easiest
  points = 2                     # for each of them
  count = 2                      # how many questions of this kind

  [[section.question]]
  kind = "branch"
  level = 2
  points = 3

[[section]]
title = "Layers"

  [[section.question]]
  kind = "matrix-gradients"
  level = 2
  points = 3

# All kinds of questions, with their levels:
"""


def template() -> str:
    """The text of an example exam, with a new seed, and every field and kind explained."""
    wide = max(map(len, kinds.every()))
    listed = [
        f"#   {name.ljust(wide)}  {', '.join(map(str, kind.levels)).ljust(8)} {kind.title}"
        for name, kind in kinds.every().items()
    ]
    head = HEAD.format(seed=secrets.token_hex(16), version=VERSION)
    return head + "\n".join(listed) + "\n"
