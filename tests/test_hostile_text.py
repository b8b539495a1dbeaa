"""Text that no format can hold, or that turns round what stands beside it: cleaned once, at the
door, so that every format can be read by its own readers.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.exam.formats import every as paper_formats
from gradviz.exam.marking.results import marks_csv, parts_csv
from gradviz.exam.marking.sheets import mark_class
from gradviz.exam.paper import roster, spec
from gradviz.exam.paper.paper import paper
from gradviz.exam.paper.roster import Student
from gradviz.files import clean, clean_line, is_reserved, write_whole
from gradviz.sources.tables import records, written
from gradviz.trace import Trace

HOSTILE = {
    "start": "a\x01b",
    "nul": "a\0b",
    "escape": "\x1b[31mred",
    "delete": "a\x7fb",
    "next line": "a\x85b",
    "override": "a\u202egpj.b",
    "isolate": "a\u2066b\u2069",
    "separators": "a\u2028b\u2029c",
    "surrogate": "a\udcffb",
    "no character": "a\ufffeb\uffff",
}
LEFT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe]"
)


def content(data: bytes | str, name: str) -> None:
    """A file in UTF-8 without hostile characters, well-formed where it is XML, JSON or CSV."""
    text = data if isinstance(data, str) else data.decode()
    assert not LEFT.search(text), name
    if name.endswith((".svg", ".xml")):
        ElementTree.fromstring(text)
    if name.endswith(".json"):
        json.loads(text)
    if name.endswith(".csv"):
        assert list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_pictures_of_hostile_sources_are_well_formed(tmp_path: Path, text: str) -> None:
    trace = gv.run(f"x*y # {text}", x=1, y=2)
    assert clean(text) in trace.source
    for suffix in ("svg", "html", "dot", "md", "txt", "json", "tex", "typ"):
        path = tmp_path / f"a.{suffix}"
        try:
            gv.render(trace, path)
        except GradvizError as error:
            assert "format" in str(error) or "suffix" in str(error) or "picture" in str(error)
            continue
        content(path.read_bytes(), path.name)
    dot = shutil.which("dot")
    if dot:
        subprocess.run([dot, "-Tsvg", tmp_path / "a.dot"], check=True, capture_output=True)
    gv.render(trace, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_scopes_and_saved_traces_are_cleaned(tmp_path: Path, text: str) -> None:
    x = gv.inputs("x")[0]
    with gv.scope(text):
        y = x * x
    trace = gv.run(y, x=2)
    assert {n.scope for n in trace.graph.nodes} == {"", clean(text)}
    document = json.loads(trace.to_json())
    document["source"] = document["note"] = f"x*x # {text}"
    document["graph"]["nodes"][1]["scope"] = document["graph"]["nodes"][1]["name"] = text
    for escaped in (True, False):
        try:
            data = json.dumps(document, ensure_ascii=escaped).encode()
        except UnicodeEncodeError:
            continue
        try:
            found = Trace.from_json(data)
        except GradvizError as error:
            assert "JSON" in str(error)  # half a surrogate pair
            continue
        assert found.graph.nodes[1].scope == found.graph.nodes[1].name == clean(text)
        assert found.note == found.source == f"x*x # {clean(text)}"


EXAM = """title = {title}
course = {title}
date = {title}
instructions = {title}
[[section]]
title = {title}
[[section.question]]
kind = "gradient"
"""


@pytest.mark.parametrize(
    "text", [*HOSTILE.values(), "two\nlines", "<&\"'>]]>"], ids=[*HOSTILE, 0, 1]
)
def test_papers_of_hostile_exams_are_well_formed(text: str) -> None:
    quoted = json.dumps(clean(text) if "\udcff" in text else text)
    exam = spec.parse(EXAM.format(title=quoted))
    assert tomllib.loads(f"t = {quoted}")["t"] in (text, clean(text))
    assert exam.title == exam.section[0].title == clean_line(text)
    made = paper(exam, Student("s1", text))
    assert made.student.name == clean_line(text)
    for form in paper_formats().values():
        if form.name == "pdf":
            continue  # fonts are another matter
        for name, data in form.write(made).items():
            if not name.endswith((".zip", ".png", ".pdf")):
                content(data, name)


def test_unsafe_characters_keep_their_places() -> None:
    for text in HOSTILE.values():
        assert len(clean(text)) == len(text)
        assert not LEFT.search(clean(text))
    assert clean("tab\there\nand\r\nthere é 漢 🙂 עברית") == "tab\there\nand\r\nthere é 漢 🙂 עברית"
    assert clean_line("a\r\nb\tc\nd") == "a b c d"


# Tables
# ---------------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-x", "@a", "\t=1", "=HYPERLINK(1)", "-2.5", "'quoted", "plain", "'=x"]


def test_ids_come_back_from_the_table_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(written(("id", "said"), [(f, f) for f in FORMULAS]), newline="")
    raw = io.StringIO(path.read_bytes().decode(), newline="")
    for row in list(csv.reader(raw))[1:]:
        assert not re.match(r"[=+\-@\t\r]", row[0])
        assert not re.match(r"[=+\-@\t\r]", row[1]) or row[1] in ("-2.5", "+1")
    found = [row["id"] for _, row in records(path, ("id",))]
    assert found == FORMULAS


def test_marks_of_ids_that_look_like_formulas_are_text(tmp_path: Path) -> None:
    exam = spec.parse(EXAM.format(title='"t"'))
    path = tmp_path / "answers.csv"
    path.write_text(written(("id", "1"), [("+1", "2"), ("@a", "x"), ("-x", "0")]), newline="")
    marked = mark_class(exam, path)
    for made in (marks_csv(marked), parts_csv(marked)):
        again = tmp_path / "again.csv"
        again.write_text(made, newline="")
        assert {row["id"] for _, row in records(again, ("id",))} == {"+1", "@a", "-x"}
        raw = [row[0] for row in csv.reader(io.StringIO(made, newline=""))]
        assert set(raw) == {"id", "'+1", "'@a", "'-x"}


# Names of files
# ---------------------------------------------------------------------------------------------

BAD = ["CON", "nul", "Aux", "com1", "LPT9", "prn.x", "a.", "COM¹", "a/b", "..", "a\\b", "x" * 65]


@pytest.mark.parametrize("name", BAD)
def test_ids_that_no_file_can_have_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "r.csv").write_text(f"id,name\n{name},Ana\n")
    with pytest.raises(GradvizError, match="not a valid student id") as caught:
        roster.read(tmp_path / "r.csv")
    assert "line 2" in str(caught.value)
    exam = spec.parse(EXAM.format(title='"t"'))
    with pytest.raises(GradvizError, match="not a valid student id"):
        gv.exam.make(exam, [Student(name)], "json", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_ids_that_differ_only_in_case_are_refused_from_python_too(tmp_path: Path) -> None:
    exam = spec.parse(EXAM.format(title='"t"'))
    with pytest.raises(GradvizError, match="listed twice"):
        gv.exam.make(exam, [Student("s1"), Student("S1")], "json", tmp_path / "out")


@pytest.mark.parametrize("name", ["con.svg", "NUL", "aux.", "a ", "a.svg."])
def test_reserved_names_are_not_written(tmp_path: Path, name: str) -> None:
    assert is_reserved(name)
    with pytest.raises(GradvizError, match="no name for a file on every system") as caught:
        write_whole(tmp_path / name, "text")
    assert caught.value.hint
    assert not list(tmp_path.iterdir())


def test_ordinary_names_are_not_reserved() -> None:
    assert not any(map(is_reserved, ["console.svg", "com.svg", "com10", "auxiliary", ".x", "nul_"]))
