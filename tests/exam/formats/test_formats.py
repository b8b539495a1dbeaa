"""Every format: complete, reproducible byte for byte, read back, and without leaked keys."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path, PurePosixPath

import pytest

from gradviz.errors import GradvizError
from gradviz.exam import formats
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.number import Numeric
from gradviz.exam.formats import pdf
from gradviz.exam.marking import grading
from gradviz.exam.paper.paper import Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt
from gradviz.exam.text import plain
from tests.exam.conftest import pages

NAMES = sorted(formats.every())


def test_the_formats_that_there_are() -> None:
    assert NAMES == ["csv", "gift", "html", "json", "latex", "markdown", "moodle", "pdf", "qti21"]
    with pytest.raises(GradvizError, match="no format 'modle'") as caught:
        formats.get("modle")
    assert "did you mean moodle?" in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_files_are_named_by_the_student_and_pass_their_own_check(
    name: str, written: dict[str, formats.Files]
) -> None:
    form = formats.get(name)
    assert any(PurePosixPath(path).stem == "s-1" for path in written[name])
    for path, content in written[name].items():
        assert "s-1" in path and not PurePosixPath(path).is_absolute()
        form.check(PurePosixPath(path), content)


BROKEN = {
    "json": b"{}",
    "markdown": b"no title",
    "csv": b"a,b\r\n",
    "gift": b"{",
    "moodle": b'<quiz><question><answer fraction="33"/></question></quiz>',
    "pdf": b"%PDF-1.7",
    "html": b"<html>",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_check_refuses_what_is_broken(name: str) -> None:
    suffix = {"markdown": "md", "moodle": "xml"}.get(name, name)
    with pytest.raises(GradvizError):
        formats.get(name).check(PurePosixPath(f"s.{suffix}"), BROKEN[name])


def test_the_same_bytes_in_another_process_and_hash_seed(
    tmp_path: Path, written: dict[str, formats.Files]
) -> None:
    (tmp_path / "run.py").write_text(
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\nfrom conftest import exam_text\nfrom"
        " gradviz.exam import formats, spec\nfrom gradviz.exam.paper.paper import paper\nfrom"
        " gradviz.exam.paper.roster import Student\nmade = paper(spec.parse(exam_text()),"
        " Student('s-1', \"Zoë O'Neil <3\"))\nfor name in sorted(formats.every()):\n  for path,"
        " content in formats.get(name).write(made).items(): print(name, path,"
        " hashlib.sha256(content).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "run.py", Path(__file__).parents[1]],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )
    import hashlib

    here = [
        f"{n} {p} {hashlib.sha256(c).hexdigest()}" for n in NAMES for p, c in written[n].items()
    ]
    assert done.stdout.splitlines() == here


def test_json_holds_everything(full: Paper, written: dict[str, formats.Files]) -> None:
    data = json.loads(written["json"]["s-1.json"])
    asked = [q for section in data["sections"] for q in section["questions"]]
    assert data["variant"] == full.variant and data["points"] == full.exam.total
    for row, item in zip(asked, full.items, strict=True):
        assert row["id"] == item.question.id and row["text"][0]["text"] == plain(
            item.question.text[0]
        )
        assert sum(Fraction(p["points"]) for p in row["parts"]) == item.points
        for part, ours in zip(row["parts"], item.question.parts, strict=True):
            if isinstance(ours.answer, Numeric):
                assert Fraction(part["answer"]["key"]) == ours.answer.key
        from gradviz.exam.kinds import generate
        from gradviz.exam.question.identity import Identity

        made = row["made from"]
        seed = f"{full.exam.seed}/{made['place']}"
        again = generate(
            Identity(made["kind"], made["level"], seed, made["student"], made["version"])
        )
        assert again == item.question


def test_csv_reads_back_and_its_keys_are_right(
    full: Paper, written: dict[str, formats.Files]
) -> None:
    rows = list(csv.DictReader(io.StringIO(written["csv"]["s-1.csv"].decode(), newline="")))
    assert [row["part"] for row in rows] == list(full.answers_expected)
    for row in rows:
        item, part = full.answers_expected[row["part"]]
        if isinstance(part.answer, Drawing):
            assert row["key"] == ""
            continue
        found = grading.mark(item.question, {part.id: row["key"]})
        assert next(p for p in found.parts if p.id == part.id).credit == 1


def test_markdown_asks_for_every_part_and_keeps_keys_apart(
    full: Paper, written: dict[str, formats.Files]
) -> None:
    paper, solutions = (written["markdown"][n].decode() for n in ("s-1.md", "solutions/s-1.md"))
    assert (
        paper.startswith("# Every \\<kind\\> & \\{all\\}\n")
        and full.variant in paper
        and full.variant in solutions
    )
    for item in full.items:
        assert (
            f"### {item.number}. (3 points)" in paper
            and f"### {item.number}. (3 points)" in solutions
        )
        for step in solution.steps(item.question):
            assert step.sentence not in paper
    figures_ = set(re.findall(r"\((figures/\S+\.svg)\)", paper))
    assert figures_ == {
        name
        for name in written["markdown"]
        if name.endswith(".svg") and not name.startswith("solutions")
    }
    shown = {f"solutions/{name}" for name in re.findall(r"\((figures/\S+\.svg)\)", solutions)}
    assert shown == {
        name
        for name in written["markdown"]
        if name.endswith(".svg") and name.startswith("solutions")
    }


def test_latex_has_an_answer_line_and_a_solution_for_everything(
    full: Paper, written: dict[str, formats.Files]
) -> None:
    with zipfile.ZipFile(io.BytesIO(written["latex"]["s-1.zip"])) as archive:
        text = archive.read("s-1.tex").decode()
        assert all(archive.read(n).startswith(b"%PDF-") for n in archive.namelist()[1:])
    assert (
        text.count("\\question[3]") == text.count("\\begin{solutionorbox}") == len(list(full.items))
    )
    single = [p for _, p in full.parts if isinstance(p.answer, Choice)]
    assert text.count("\\CorrectChoice") == sum(
        len(p.answer.right) for p in single if isinstance(p.answer, Choice)
    )
    drawn = [p for _, p in full.parts if isinstance(p.answer, Drawing)]
    assert text.count("\\answerline") == len(list(full.parts)) - len(single) - len(drawn)
    assert (
        "Every \\textless{}kind\\textgreater{} \\& \\{all\\}" in text
        and "Deep \\$Learning\\_1" in text
    )
    assert not [c for c in text if ord(c) > 0x17F and c not in alts(full)], "signs are commands"


def alts(paper: Paper) -> str:
    """Signs in comments."""
    return "".join(alt(i.question.figure) for i in paper.items if i.question.figure)


def test_pdf_pages_carry_the_student_and_the_variant(
    full: Paper, written: dict[str, formats.Files]
) -> None:
    import pypdfium2

    for name in ("s-1.pdf", "keys/s-1.pdf", "solutions/s-1.pdf"):
        texts = pages(written["pdf"][name])
        assert all("s-1" in t and "Zoë" in t and f"variant {full.variant}" in t for t in texts)
        assert f"page 1 of {len(texts)}" in texts[0]
        width, height = pypdfium2.PdfDocument(written["pdf"][name])[0].get_size()
        assert (round(width), round(height)) == (595, 842)
    paper, solutions = (
        " ".join(pages(written["pdf"][n])) for n in ("s-1.pdf", "solutions/s-1.pdf")
    )
    sentences = [s.sentence for i in full.items for s in solution.steps(i.question)]
    flat = re.sub(r"\s+", "", solutions)
    assert sum(re.sub(r"\s+", "", s)[:24] in flat for s in sentences) > 0.9 * len(sentences)
    assert "Gradients add at a branch" in solutions and "Gradients add at a branch" not in paper


def test_letter_paper_and_no_roster() -> None:
    import pypdfium2

    from gradviz.exam.paper import spec
    from gradviz.exam.paper.paper import paper

    made = paper(
        spec.parse(
            'title = "x"\npaper = "us-letter"\n[[section]]\n[[section.question]]\nkind = "hinge"\n'
        )
    )
    content = pdf.document(made, "paper")
    width, height = pypdfium2.PdfDocument(content)[0].get_size()
    assert (round(width), round(height)) == (612, 792)


def test_a_graded_page_holds_no_keys(full: Paper, written: dict[str, formats.Files]) -> None:
    graded, practice = (written["html"][n].decode() for n in ("s-1.html", "practice/s-1.html"))
    assert 'id="keys"' in practice and 'id="keys"' not in graded and "tolerance" not in graded
    for item, part in full.parts:
        answer = part.answer
        wrong = getattr(answer, "wrong", ())
        said = [w.feedback for w in wrong] + [o.feedback for o in getattr(answer, "options", ())]
        assert not [s for s in said if s and s in graded], item.question.kind
        assert (f'name="{item.name(part)}"' in graded) == (not isinstance(answer, Drawing))
        if isinstance(answer, Symbolic):
            assert answer.source not in graded
    assert not [
        s.sentence for i in full.items for s in solution.steps(i.question) if s.sentence in graded
    ]
    assert (
        "https://" not in graded.replace("https://www.w3.org", "") and "<script src" not in graded
    )


def test_a_practice_page_knows_the_keys(full: Paper, written: dict[str, formats.Files]) -> None:
    practice = written["html"]["practice/s-1.html"].decode()
    keys = json.loads(re.search(r'id="keys">(.*?)</script>', practice, re.DOTALL)[1])  # type: ignore[index]
    for name, (_, part) in full.answers_expected.items():
        if isinstance(part.answer, Numeric):
            assert keys[name]["number"] == float(part.answer.key) and len(
                keys[name]["wrong"]
            ) == len(part.answer.wrong)
        elif isinstance(part.answer, Choice):
            assert tuple(keys[name]["right"]) == part.answer.right
    ids = re.findall(r'\bid="([^"]+)"', practice)
    assert len(ids) == len(set(ids)), "every id occurs once"
