"""Names and titles in every script: no class is stopped by one that a format has no letters for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from gradviz.errors import GradvizError
from gradviz.exam import cohort, formats
from gradviz.exam.formats import latex, pdf
from gradviz.exam.paper import roster, spec
from gradviz.exam.paper.paper import paper
from gradviz.exam.paper.roster import Student
from gradviz.fonts import others
from tests.cli.conftest import Outcome, gradviz  # noqa: F401 (a fixture)
from tests.exam.conftest import pages
from tests.fonts.test_others import noto

Program = Callable[..., Outcome]

EXAM = spec.parse('title = "Quiz"\n[[section]]\n[[section.question]]\nkind = "hinge"\n')

DRAWN = [
    "Zoë O'Neil",
    "Đỗ Thị Ş",
    "Łukasz Żółć",
    "Ολγα",
    "Жанна",
    "محمد علي",
    "שרה כהן",
    "Հայկ",
    "A\u0308nn",
]
"""Names that the PDF prints as they are; none here is misspelt, by looking at the page."""

REPLACED = ["홍길동", "王小明", "さくら", "ไทย", "नमस्ते कर्म", "தமிழ்", "አበበ", "Ann 😀", "Bob 王"]
"""Names for which there are no letters, or none that join as the script wants."""

NASTY = [
    "$x_1 & {b}~^#%",
    "\\input{x}",
    "<b>&amp;",
    "]]>",
    "=1+1",
    '"a","b"',
    "#strong[x]",
    "'; x",
    "::a::{=b}",
]


@pytest.mark.parametrize("name", DRAWN)
def test_a_pdf_prints_what_it_has_letters_for(name: str) -> None:
    assert pdf.misses(name) == ""


@pytest.mark.parametrize("name", REPLACED)
def test_the_id_stands_in_the_place_of_a_name(name: str) -> None:
    student = Student("s007", name)
    chosen = formats.get("pdf")
    (said,) = chosen.unnamed([student, Student("s008", "Ada")])
    assert "s007" in said and name in said and "the id stands in its place" in said
    text = pages(pdf.document(paper(EXAM, Student("s007", "s007")), "paper"))[0]
    files = chosen.write(paper(EXAM, student))
    assert pages(files["s007.pdf"])[0] == text and "Name: s007" in " ".join(text.split())


@pytest.mark.parametrize("name", ["नमस्ते कर्म", "ไทย น้ำ", "தமிழ்", "አበበ", "محمد علي", "Ann 😀"])
def test_a_pdf_prints_names_with_the_fonts_that_are_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("uharfbuzz", reason="the extra `fonts` is not installed")
    monkeypatch.setenv(others.VARIABLE, str(noto()))
    student, chosen = Student("s007", name), formats.get("pdf")
    assert pdf.misses(name) == "" and not list(chosen.unnamed([student]))
    text = " ".join(pages(chosen.write(paper(EXAM, student))["s007.pdf"])[0].split())
    assert name in text or f"Name: {name.split()[0]}" in text or "Name: s007" not in text
    exam = spec.parse(f'title = "{name}"\n[[section]]\n[[section.question]]\nkind = "hinge"\n')
    exam_pages = pages(chosen.write(paper(exam, Student("s008", "Ada")))["s008.pdf"])
    assert len(exam_pages) == len(pages(chosen.write(paper(EXAM, student))["s007.pdf"]))
    assert chosen.check_texts(exam) is None


def test_papers_are_drawn_with_the_fonts_that_are_given(tmp_path: Path) -> None:
    pytest.importorskip("uharfbuzz", reason="the extra `fonts` is not installed")
    font = next(noto().glob("NotoSansThai*.ttf"))
    students = [Student("s007", "ไทย น้ำ")]
    notes: list[str] = []
    cohort.make(EXAM, students, "pdf", tmp_path / "with", fonts=[font], note=notes.append)
    cohort.make(EXAM, students, "pdf", tmp_path / "without", note=notes.append)
    said, other = (
        pages((tmp_path / name / "s007.pdf").read_bytes())[0] for name in ("with", "without")
    )
    assert "Name: s007" in " ".join(other.split()) and len(notes) == 1
    assert "Name: s007" not in " ".join(said.split())
    title = 'title = "ไทย"\n[[section]]\n[[section.question]]\nkind = "hinge"\n'
    cohort.make(spec.parse(title), students, "pdf", tmp_path / "title", fonts=[font])


@pytest.mark.parametrize(
    ("form", "fonts", "says"),
    [
        ("latex", ["x.ttf"], "font does not apply to papers as latex"),
        ("moodle", ["x.ttf"], "font does not apply to papers as moodle"),
        ("pdf", ["none.ttf"], "the font 'none.ttf' does not exist"),
        ("pdf", [3], "fonts takes the paths of font files"),
        ("pdf", 3, "fonts takes the paths of font files"),
    ],
)
def test_fonts_that_are_no_use_are_refused_before_the_first_paper(
    tmp_path: Path, form: str, fonts: Any, says: str
) -> None:
    with pytest.raises(GradvizError, match=says):
        cohort.make(EXAM, [Student("a")], form, tmp_path / "p", fonts=fonts)
    assert not (tmp_path / "p").exists()


def test_the_command_takes_fonts(gradviz: Program, tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("uharfbuzz", reason="the extra `fonts` is not installed")
    font = next(noto().glob("NotoSansThai*.ttf"))
    path = tmp_path / "exam.gv.toml"
    path.write_text('title = "ไทย"\n[[section]]\n[[section.question]]\nkind = "hinge"\n')
    done = gradviz("exam", "make", str(path), "-o", str(tmp_path / "p"), "--font", str(font))
    assert done.status == 0, done.err
    assert (tmp_path / "p" / "student.pdf").exists() or list((tmp_path / "p").glob("*.pdf"))


@pytest.mark.parametrize("form", sorted(formats.every()))
@pytest.mark.parametrize("name", ["홍길동", "नमस्ते कर्म", *NASTY])
def test_every_format_survives_every_name(form: str, name: str) -> None:
    chosen = formats.get(form)
    for path, content in chosen.write(paper(EXAM, Student("s007", name))).items():
        chosen.check(PurePosixPath(path), content)


LATEX = {
    "Zoë": "Zoë",
    "Đỗ": "",
    "Thị": r"Th\d{i}",
    "Nguyễn": r"Nguy\~{\^{e}}n",
    "Șerban": "",
    "Ǩ": r"\v{K}",
    "Жанна": "",
    "Ölçü": "Ölçü",
}


@pytest.mark.parametrize("name", LATEX)
def test_latex_writes_marks_as_commands(name: str) -> None:
    """Compiled with pdflatex: these are right, and the others are errors or dropped."""
    assert (latex.words(name) if not latex.misses(name) else "") == LATEX[name]


def test_latex_puts_the_id_in_the_header() -> None:
    files = formats.get("latex").write(paper(EXAM, Student("s_7", "홍길동")))
    with zipfile.ZipFile(io.BytesIO(files["s_7.zip"])) as archive:
        text = archive.read("s_7.tex").decode()
    assert "\\firstpageheader{s\\_7}" in text and "홍" not in text


@pytest.mark.parametrize("form", ["pdf", "latex"])
@pytest.mark.parametrize(
    ("field", "what"),
    [("course", "course of the exam"), ("instructions", "instructions of the exam")],
)
def test_a_title_is_refused_before_the_first_paper(
    tmp_path: Path, form: str, field: str, what: str
) -> None:
    exam = spec.parse(
        f'title = "x"\n{field} = "역전파"\n[[section]]\n[[section.question]]\nkind = "hinge"\n'
    )
    with pytest.raises(GradvizError, match=f"{form} cannot print the {what}") as caught:
        cohort.make(exam, [Student("a")], form, tmp_path / "p")
    assert "역전파" in str(caught.value) and "markdown" in str(caught.value)
    assert not (tmp_path / "p").exists()


def test_a_class_with_all_names_is_made(
    gradviz: Program,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("e.toml").write_text('title = "Quiz"\n[[section]]\n[[section.question]]\nkind = "hinge"\n')
    Path("r.csv").write_text("id,name\nx1,Ana\nk1,홍길동\nx2,Bob\n")
    done = gradviz("exam", "make", "e.toml", "--roster", "r.csv", "--format", "pdf", "-o", "p")
    assert done.status == 0 and "no letters for the name of k1 (홍길동)" in done.err
    assert sorted(p.name for p in Path("p").glob("*.pdf")) == ["k1.pdf", "x1.pdf", "x2.pdf"]


def test_controls_and_turns_in_a_roster_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text('id,name\na,"A\u0001n\u202ena\nB\u2066c"\n')
    assert roster.read(file) == (Student("a", "A\ufffdn\ufffdna B\ufffdc"),)
