"""What every form of answer must do, and a new form, added as a single file."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import plugins
from gradviz.errors import GradvizError
from gradviz.exam import answers, bank, formats, kinds
from gradviz.exam.answers import Answer, UnreadableError, choice, expression, matrix
from gradviz.exam.answers.number import numbers
from gradviz.exam.kinds import question
from gradviz.exam.marking import grading
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import Paper, paper
from tests.exam.conftest import pages


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (
        numbers,
        matrix.read,
        lambda t: choice.places(t, 4),
        lambda t: expression.read(t, ("x", "y")),
    ):
        with suppress(UnreadableError):
            read(text)


def test_every_form_is_found_by_its_name() -> None:
    assert set(answers.every()) == {
        "numeric",
        "choice",
        "matrix",
        "symbolic",
        "ordering",
        "drawing",
    }


@pytest.mark.parametrize("name", sorted(formats.every()))
def test_every_format_draws_every_form(name: str) -> None:
    form = formats.get(name)
    assert all(form.draws(answer) for answer in answers.every().values())
    assert "cannot draw" not in form.lacks


# A planted form
# -------------------------------------------------------------------------------------------------

INTERVAL = '''
"""An interval from one number to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradviz.exam.answers.form import RIGHT, Answer, Judgement, UnreadableError, wrong
from gradviz.exam.answers.number import numbers
from gradviz.exam.text import Text, decimal


@dataclass(frozen=True, slots=True)
class Interval(Answer):
    name = "interval"
    malformed = ("3", "1 to 2 to 3", "here to there")

    low: Fraction
    high: Fraction

    @property
    def written(self) -> str:
        return f"{decimal(self.low)} to {decimal(self.high)}"

    @property
    def shown(self) -> Text:
        return (self.written,)

    @property
    def hint(self) -> str:
        return "an interval, such as 1 to 2"

    def mark(self, text: str) -> Judgement:
        ends = text.split(" to ")
        if len(ends) != 2:
            raise UnreadableError("there are not two ends")
        low, high = (numbers(end)[0] for end in ends)
        return RIGHT if (low, high) == (self.low, self.high) else wrong(says="Not these ends.")

    def wrong_texts(self) -> Iterator[str]:
        yield f"{decimal(self.high)} to {decimal(self.low)}"

    def data(self) -> dict[str, Any]:
        return {"form": "interval", "low": decimal(self.low), "high": decimal(self.high)}


FORM = Interval
'''

KIND = '''
"""The interval between two numbers."""

from fractions import Fraction

from gradviz.exam.answers.interval import Interval
from gradviz.exam.kinds import Kind
from gradviz.exam.question.question import Difficulty, Draft, Part
from gradviz.exam.text import say


def generate(stream, level):
    low = stream.between(-40, 0)
    high = low + stream.between(1, 40)
    asked = say("Where is x, if {a} ≤ x and x ≤ {b}?", a=low, b=high)
    return Draft((asked,), (Part("", (), Interval(Fraction(low), Fraction(high))),), Difficulty(1))


KIND = Kind("interval", "An interval", generate, levels=(1,))
'''


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Answer]]:
    """A form and a kind that asks for it, as files in folders that the registries look in."""
    for package, text in ((answers, INTERVAL), (kinds, KIND)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / "interval.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    look_again()
    yield answers.every()["interval"]
    monkeypatch.undo()
    for package in (answers, kinds):
        del sys.modules[f"{package.__name__}.interval"], package.interval
    look_again()


def look_again() -> None:
    """Forget what the registries have found."""
    for found in (plugins.modules, answers.every, kinds.every):
        found.cache_clear()


def with_interval() -> Paper:
    text = 'title = "x"\n[[section]]\n[[section.question]]\nkind = "interval"\npoints = 2\n'
    return paper(spec.parse(text))


def test_a_planted_form_is_asked_for_and_marked(planted: type[Answer]) -> None:
    asked = question("interval", 1, 3)
    answer = asked.parts[0].answer
    assert isinstance(answer, planted) and asked == question("interval", 1, 3)
    low, high = answer.low, answer.high  # type: ignore[attr-defined]
    given = {
        f"{low} to {high}": (1, "right"),
        f"{low},0 to {high}.0": (1, "right"),
        f"{high} to {low}": (0, "wrong"),
        "nowhere": (0, "unreadable"),
        "": (0, "blank"),
    }
    for text, (credit, verdict) in given.items():
        (mark,) = grading.mark(asked, {"": text}).parts
        assert (mark.credit, mark.verdict) == (credit, verdict), text
    (found,) = bank.check(with_interval().exam, 25)
    assert found.faults == [] and found.distinct > 20


REFUSES = {"moodle", "qti21"}
"""Formats that have no way to ask for, and mark, what they do not know; the others let it be
typed.
"""


@pytest.mark.parametrize("name", sorted(formats.every()))
def test_each_format_draws_a_planted_form_or_says_that_it_cannot(
    name: str, planted: type[Answer]
) -> None:
    made, form = with_interval(), formats.get(name)
    key = next(made.items).question.parts[0].answer.written
    if name in REFUSES:
        assert "It does not support answers of the form interval." in form.lacks
        with pytest.raises(GradvizError) as caught:
            form.write(made)
        said = str(caught.value)
        assert f"{name} does not support answers of the form interval" in said
        assert "part 1, of the kind interval" in said and "another format: csv, gift," in said
        return
    assert "interval" not in form.lacks
    files = form.write(made)
    for path, content in files.items():
        form.check(PurePosixPath(path), content)
    assert key_in(name, files).replace("−", "-") == key


def key_in(name: str, files: formats.Files) -> str:
    """The key as a paper's files give it."""
    if name == "json":
        asked = json.loads(files["paper.json"])["sections"][0]["questions"][0]["parts"][0]
        return f"{asked['answer']['low']} to {asked['answer']['high']}"
    if name == "pdf":
        text = "".join(pages(files["keys/paper.pdf"]))
    elif name == "latex":
        with zipfile.ZipFile(io.BytesIO(files["paper.zip"])) as archive:
            text = archive.read("paper.tex").decode()
    else:
        text = "".join(content.decode() for content in files.values())
    return " to ".join(re.findall(r"([-−]?\d+) to ([-−]?\d+)(?=\W)", text)[-1])
