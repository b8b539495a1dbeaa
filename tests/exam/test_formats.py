"""Every format: whole, the same bytes again, read back, marked by others as by us, and without leaks."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import pytest

from gradviz.errors import GradvizError
from gradviz.exam import formats, grading, where, worked
from gradviz.exam.answers import Choice, Drawing, Matrix, Numeric, Ordering, Symbolic
from gradviz.exam.figure import alt, picture
from gradviz.exam.formats import moodle, pdf, qti21
from gradviz.exam.paper import Item, Paper
from gradviz.exam.question import Figure, Part
from gradviz.exam.stems import right_answer
from gradviz.exam.text import decimal, nested, plain
from tests.exam.oracles import (
    Q,
    QtiItem,
    cloze_number,
    gift_items,
    gift_number,
    moodle_cloze,
    moodle_numerical,
)

SVG = "{http://www.w3.org/2000/svg}"
NAMES = sorted(formats.every())


def test_the_formats_that_there_are() -> None:
    assert NAMES == ["csv", "gift", "html", "json", "latex", "markdown", "moodle", "pdf", "qti21"]
    with pytest.raises(GradvizError, match="no format 'modle'") as caught:
        formats.get("modle")
    assert "did you mean moodle?" in str(caught.value)


@pytest.fixture(scope="module")
def written(full: Paper) -> dict[str, formats.Files]:
    return {name: formats.get(name).write(full) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_files_are_named_by_the_student_and_pass_their_own_check(name: str, written: dict[str, formats.Files]) -> None:
    form = formats.get(name)
    assert any(PurePosixPath(path).stem == "s-1" for path in written[name])
    for path, content in written[name].items():
        assert "s-1" in path and not PurePosixPath(path).is_absolute()
        form.check(PurePosixPath(path), content)


BROKEN = {
    "json": b"{}", "markdown": b"no title", "csv": b"a,b\r\n", "gift": b"{", "moodle": b'<quiz><question><answer fraction="33"/></question></quiz>',
    "pdf": b"%PDF-1.7", "html": b"<html>",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_check_refuses_what_is_broken(name: str) -> None:
    suffix = {"markdown": "md", "moodle": "xml"}.get(name, name)
    with pytest.raises(GradvizError):
        formats.get(name).check(PurePosixPath(f"s.{suffix}"), BROKEN[name])


def test_the_same_bytes_in_another_process_and_hash_seed(tmp_path: Path, written: dict[str, formats.Files]) -> None:
    (tmp_path / "run.py").write_text(
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "from conftest import exam_text\n"
        "from gradviz.exam import formats, spec\nfrom gradviz.exam.paper import paper\nfrom gradviz.exam.roster import Student\n"
        "made = paper(spec.parse(exam_text()), Student('s-1', \"Zoë O'Neil <3\"))\n"
        "for name in sorted(formats.every()):\n"
        "  for path, content in formats.get(name).write(made).items(): print(name, path, hashlib.sha256(content).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "run.py", Path(__file__).parent], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )  # fmt: skip
    import hashlib

    here = [f"{n} {p} {hashlib.sha256(c).hexdigest()}" for n in NAMES for p, c in written[n].items()]
    assert done.stdout.splitlines() == here


# What figures show ------------------------------------------------------------------------------------------

NUMBER = re.compile(r"(?<![\w.#-])[−-]?\d+(?:\.\d+)?(?![\w.])")


def figures(*papers: Paper) -> Iterator[Item]:
    for made in papers:
        yield from (item for item in made.items if item.question.figure is not None)


def given_in(figure: Figure) -> set[str]:
    """Every number that the figure is given, arrays' cells and the graph's constants too."""
    said = repr([value for _, value in (*figure.values, *figure.gradients)])
    given = {decimal(Fraction(int(a), int(b))) for a, b in re.findall(r"Fraction\((-?\d+), (\d+)\)", said)}
    return given | set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", figure.source))


def test_a_figure_shows_and_says_only_what_is_given(full: Paper, easy: Paper) -> None:
    """Every number in texts, titles, descriptions and alt texts is one that the question gives."""
    for item in figures(full, easy):
        figure = item.question.figure
        assert figure is not None
        given = given_in(figure)
        root = ElementTree.fromstring(picture(figure))
        said = [t for e in root.iter() if e.tag.rpartition("}")[2] in ("text", "title", "desc") for t in e.itertext()]
        nodes = re.search(r"with (\d+) nodes", alt(figure))
        shown = {n.replace("−", "-") for text in [*said, alt(figure)] for n in NUMBER.findall(text)} - {nodes[1] if nodes else ""}
        assert shown <= given, item.question.kind
        ids = [e.get("id", "") for e in root.iter()]
        # An id names a node, a part of its drawing or a glyph by its shape: never a number of the question.
        assert all(re.fullmatch(r"(node|edge|grid)(-\d+)+(-[a-z]+)*(-\d+)*|(title|desc|glyph)-[0-9a-f]+|ground|", i) for i in ids)


def test_a_picture_is_the_same_whatever_the_key(full: Paper, easy: Paper) -> None:
    """Only the figure's own data goes into it, and what is asked for is not in that."""
    for item in figures(full, easy):
        figure = item.question.figure
        assert figure is not None
        assert {letter for _, _, letter in figure.blanks} <= {p.id for p in item.question.parts}
        named = {(label, what) for label, what, _ in figure.blanks}
        assert not named & ({(label, "value") for label, _ in figure.values} | {(label, "gradient") for label, _ in figure.gradients})
    item = next(i for i in full.items if i.question.kind == "fill-graph")
    assert {letter for _, _, letter in item.question.figure.blanks} == {p.id for p in item.question.parts}  # type: ignore[union-attr]


PICTURED = {
    "matrix-gradients": "A computation graph", "convolution": "Grids of cells", "pool-backward": "Grids of cells",
    "hinge": "A computation graph", "softmax": "A computation graph", "squared-error": "A computation graph",
}  # fmt: skip


def test_arrays_and_losses_are_pictured(full: Paper) -> None:
    """Every given number stands in the picture, cell by cell."""
    for item in full.items:
        if item.question.kind in PICTURED:
            figure = item.question.figure
            assert figure is not None and alt(figure).startswith(PICTURED[item.question.kind])
            root = ElementTree.fromstring(picture(figure))
            shown = sorted(t.text.replace("−", "-") for t in root.iter(f"{SVG}text") if t.text and NUMBER.fullmatch(t.text))
            said = repr([value for _, value in (*figure.values, *figure.gradients)])
            cells = [decimal(Fraction(int(a), int(b))) for a, b in re.findall(r"Fraction\((-?\d+), (\d+)\)", said)]
            constants = re.findall(r"(?<![\w.=])\d+(?!\w)", figure.source) if figure.form == "graph" else []
            assert shown == sorted(cells + constants), item.question.kind


def test_solved_figures_and_slips_stand_beside_the_solutions_only(full: Paper, written: dict[str, formats.Files]) -> None:
    """The frame where it goes wrong is drawn for every question that has a mistake in working, and on no paper."""
    slips = {item.number for item in full.items if where.likeliest(item.question)}
    assert len(slips) >= 8
    assert slips == {int(n) for n in re.findall(r"solutions/figures/s-1-(\d+)-slip\.svg", " ".join(written["markdown"]))}
    with zipfile.ZipFile(io.BytesIO(written["latex"]["s-1.zip"])) as archive:
        assert slips == {int(n) for n in re.findall(r"slip-(\d+)\.pdf", " ".join(archive.namelist()))}
    practice, graded = (written["html"][n].decode() for n in ("practice/s-1.html", "s-1.html"))
    assert practice.count("A likely mistake: ") == len(slips) and "A likely mistake" not in graded
    pages_ = {n: "".join(pages(written["pdf"][n])) for n in written["pdf"]}
    counts = {n: re.sub(r"\s+", " ", text).count("A likely mistake: ") for n, text in pages_.items()}
    assert counts == {"s-1.pdf": 0, "keys/s-1.pdf": 0, "solutions/s-1.pdf": len(slips)}
    root = ElementTree.fromstring(written["moodle"]["s-1.xml"])
    assert sum("A likely mistake: " in (q.findtext("generalfeedback/text") or "") for q in root[1:]) == len(slips)
    asked = [q for section in json.loads(written["json"]["s-1.json"])["sections"] for q in section["questions"]]
    for item, row in zip(full.items, asked, strict=True):
        assert (row["solution"]["likely mistake"] is not None) == (item.number in slips)
        if slip := where.likeliest(item.question):
            assert row["solution"]["likely mistake"]["step"] == slip.step
            assert f"step {slip.step} of" in where.frame(item.question, slip.step).title
            assert slip.step in [s.number for s in worked.steps(item.question)], "the step is told"


# Reading back -----------------------------------------------------------------------------------------------


def test_json_holds_everything(full: Paper, written: dict[str, formats.Files]) -> None:
    data = json.loads(written["json"]["s-1.json"])
    asked = [q for section in data["sections"] for q in section["questions"]]
    assert data["variant"] == full.variant and data["points"] == full.exam.total
    for row, item in zip(asked, full.items, strict=True):
        assert row["id"] == item.question.id and row["text"][0]["text"] == plain(item.question.text[0])
        assert sum(Fraction(p["points"]) for p in row["parts"]) == item.points
        for part, ours in zip(row["parts"], item.question.parts, strict=True):
            if isinstance(ours.answer, Numeric):
                assert Fraction(part["answer"]["key"]) == ours.answer.key
        from gradviz.exam.generate import generate
        from gradviz.exam.identity import Identity

        made = row["made from"]
        again = generate(Identity(made["kind"], made["level"], made["seed"], made["student"], made["version"]))
        assert again == item.question


def test_csv_reads_back_and_its_keys_are_right(full: Paper, written: dict[str, formats.Files]) -> None:
    rows = list(csv.DictReader(io.StringIO(written["csv"]["s-1.csv"].decode(), newline="")))
    assert [row["part"] for row in rows] == list(full.answers_expected)
    for row in rows:
        item, part = full.answers_expected[row["part"]]
        if isinstance(part.answer, Drawing):
            assert row["key"] == ""
            continue
        found = grading.mark(item.question, {part.id: row["key"]})
        assert next(p for p in found.parts if p.id == part.id).credit == 1


def test_markdown_asks_for_every_part_and_keeps_keys_apart(full: Paper, written: dict[str, formats.Files]) -> None:
    paper, solutions = (written["markdown"][n].decode() for n in ("s-1.md", "solutions/s-1.md"))
    assert paper.startswith("# Every \\<kind\\> & \\{all\\}\n") and full.variant in paper and full.variant in solutions
    for item in full.items:
        assert f"### {item.number}. (3 points)" in paper and f"### {item.number}. (3 points)" in solutions
        for step in worked.steps(item.question):
            assert step.sentence not in paper
    figures_ = set(re.findall(r"\((figures/\S+\.svg)\)", paper))
    assert figures_ == {name for name in written["markdown"] if name.endswith(".svg") and not name.startswith("solutions")}
    shown = {f"solutions/{name}" for name in re.findall(r"\((figures/\S+\.svg)\)", solutions)}
    assert shown == {name for name in written["markdown"] if name.endswith(".svg") and name.startswith("solutions")}


def test_latex_has_an_answer_line_and_a_solution_for_everything(full: Paper, written: dict[str, formats.Files]) -> None:
    with zipfile.ZipFile(io.BytesIO(written["latex"]["s-1.zip"])) as archive:
        text = archive.read("s-1.tex").decode()
        assert all(archive.read(n).startswith(b"%PDF-") for n in archive.namelist()[1:])
    assert text.count("\\question[3]") == text.count("\\begin{solutionorbox}") == len(list(full.items))
    single = [p for _, p in full.parts if isinstance(p.answer, Choice)]
    assert text.count("\\CorrectChoice") == sum(len(p.answer.right) for p in single if isinstance(p.answer, Choice))
    drawn = [p for _, p in full.parts if isinstance(p.answer, Drawing)]
    assert text.count("\\answerline") == len(list(full.parts)) - len(single) - len(drawn)
    assert "Every \\textless{}kind\\textgreater{} \\& \\{all\\}" in text and "Deep \\$Learning\\_1" in text
    assert not [c for c in text if ord(c) > 0x17F and c not in alts(full)], "signs are commands"


def alts(paper: Paper) -> str:
    """Signs in comments."""
    return "".join(alt(i.question.figure) for i in paper.items if i.question.figure)


# Marked by others -------------------------------------------------------------------------------------------


def close_to(answer: Numeric) -> list[Fraction]:
    """A key, its nearest neighbours on either side of the tolerance, and every expected mistake."""
    return [answer.key, answer.key + answer.tolerance * 2, *(w.value for w in answer.wrong)]


def ours(item: Item, answers: dict[str, str]) -> Fraction:
    return grading.mark(item.question, answers).credit


def test_moodle_marks_numbers_and_choices_as_we_do(full: Paper, easy: Paper) -> None:
    checked = set()
    for made in (full, easy):
        root = ElementTree.fromstring(formats.get("moodle").write(made)[f"{made.student.id}.xml"])
        asked = [q for q in root.findall("question") if q.get("type") != "category"]
        for question, item in zip(asked, made.items, strict=True):
            checked.add(question.get("type"))
            assert question.findtext("idnumber") == item.question.id
            text = question.findtext("questiontext/text") or ""
            answer = item.question.parts[0].answer
            if question.get("type") == "numerical":
                assert isinstance(answer, Numeric)
                for value in close_to(answer):
                    fraction, feedback = moodle_numerical(question, moodle.number(value))
                    assert fraction == ours(item, {"": decimal(value)})
                    known = [w for w in answer.wrong if w.value == value]
                    assert not known or feedback.startswith(known[0].feedback.split(" ")[0])
            elif question.get("type") == "multichoice":
                assert isinstance(answer, Choice)
                rows = [float(a.get("fraction", "")) for a in question.findall("answer")]
                assert [r > 0 for r in rows] == [o.correct for o in answer.options]
                assert sum(r for r in rows if r > 0) == pytest.approx(100, abs=0.001)
                assert question.findtext("single") == ("false" if answer.several else "true")
            elif question.get("type") == "essay":
                assert isinstance(answer, Drawing) and picture(worked.figure(item.question) or item.question.figure).encode() == base64.b64decode(  # type: ignore[arg-type]
                    question.findtext("graderinfo/file") or ""), "who marks it sees the key"
                assert question.find("questiontext/file") is None
            else:
                assert question.get("type") == "cloze" and "{" in text
                check_cloze(item, moodle_cloze(text))
    assert checked == {"numerical", "multichoice", "cloze", "essay"}


def check_cloze(item: Item, fields: list[Any]) -> None:
    rest = list(fields)
    for part in item.question.parts:
        answer = part.answer
        if isinstance(answer, Numeric):
            weight, kind, answers = rest.pop(0)
            assert (weight, kind) == (part.points, "NUMERICAL")
            for value in close_to(answer):
                expected = abs(value - answer.key) <= answer.tolerance
                assert cloze_number(answers, float(value)) == expected
        elif isinstance(answer, Matrix):
            for value in (v for row in answer.rows for v in row):
                _, kind, answers = rest.pop(0)
                assert kind == "NUMERICAL" and cloze_number(answers, float(value)) == 1
        elif isinstance(answer, Symbolic):
            _, kind, answers = rest.pop(0)
            assert kind == "SHORTANSWER" and answer.source in [a for f, a, _ in answers if f == 1]
        elif isinstance(answer, Ordering):
            for place in answer.key:
                _, kind, answers = rest.pop(0)
                assert kind == "MULTICHOICE" and [a for f, a, _ in answers if f == 1] == [worked.letter(place)]
    assert not rest


def test_moodle_pictures_are_inside_and_comments_too(full: Paper, written: dict[str, formats.Files]) -> None:
    root = ElementTree.fromstring(written["moodle"]["s-1.xml"])
    for question, item in zip(root.findall("question")[1:], full.items, strict=True):
        file = question.find("questiontext/file")
        assert (file is not None) == (item.question.figure is not None)
        if file is not None and item.question.figure is not None:
            assert base64.b64decode(file.text or "").decode() == picture(item.question.figure)
        solution = question.findtext("generalfeedback/text") or ""
        assert len(solution) > 20 and all(f"{s.number}" in solution for s in worked.steps(item.question))


def test_gift_marks_numbers_as_we_do(full: Paper, written: dict[str, formats.Files]) -> None:
    items = gift_items(written["gift"]["s-1.gift"].decode())
    assert [name for name, _, _ in items] == [f"{full.variant} {name}" for name in full.answers_expected]
    for (_, text, body), (_, part) in zip(items, full.parts, strict=True):
        assert text.startswith("<p>") and "{" not in re.sub(r"\\\(.*?\\\)", "", text)
        answer = part.answer
        if isinstance(answer, Numeric):
            for value in close_to(answer):
                fraction, feedback = gift_number(body, float(value))
                assert fraction == (abs(value - answer.key) <= answer.tolerance)
                assert feedback
        elif isinstance(answer, Choice) and not answer.several:
            rows = body.strip().split("\n")
            assert [row.startswith("=") for row in rows] == [o.correct for o in answer.options]


def responses(item: Item, answers: dict[str, str]) -> dict[str, Any]:
    """Our answers as a QTI player would hold them."""
    from gradviz.exam import reading

    found: dict[str, Any] = {}
    for part in item.question.parts:
        name, answer, text = f"RESPONSE_{part.id or 'only'}", part.answer, answers.get(part.id, "")
        if not text:
            continue
        if isinstance(answer, Numeric):
            found[name] = float(reading.numbers(text)[0])
        elif isinstance(answer, Matrix):
            for i, row in enumerate(reading.matrix(text)):
                found |= {f"{name}_{i}_{j}": float(v) for j, v in enumerate(row)}
        elif isinstance(answer, Choice):
            chosen = [f"c{i}" for i in reading.choice(text, len(answer.options))]
            found[name] = set(chosen) if answer.several else chosen[0]
        elif isinstance(answer, Ordering):
            found[name] = [f"i{i}" for i in reading.choice(text, len(answer.items))]
        else:
            found[name] = text
    return found


def test_qti_marks_as_we_do(full: Paper, easy: Paper) -> None:
    for made in (full, easy):
        with zipfile.ZipFile(io.BytesIO(formats.get("qti21").write(made)[f"{made.student.id}.zip"])) as archive:
            documents = {n: ElementTree.fromstring(archive.read(n)) for n in archive.namelist() if n.startswith("question")}
        for item in made.items:
            player = QtiItem(documents[f"question-{item.number}.xml"])
            if any(isinstance(p.answer, Drawing) for p in item.question.parts):
                assert player.score({"RESPONSE_only": "a graph"}) == 0, "a person marks it"
                assert [e.tag for e in player.root.iter() if e.get("responseIdentifier")] == [f"{Q}extendedTextInteraction"]
                continue
            right = {p.id: right_answer(p) for p in item.question.parts}
            assert player.score(responses(item, right)) == pytest.approx(item.points)
            assert player.score({}) == 0
            for part in item.question.parts:
                if isinstance(part.answer, Numeric) and not any(p.follows for p in item.question.parts):
                    for value in close_to(part.answer):
                        given = right | {part.id: decimal(value)}
                        assert player.score(responses(item, given)) == pytest.approx(float(ours(item, given) * item.points))


def test_qti_says_what_we_say_of_a_mistake(full: Paper, easy: Paper) -> None:
    """One wrong answer at a time: the player shows the sentence of that mistake, with the step, and for a right one none."""
    shown = 0
    for made in (full, easy):
        with zipfile.ZipFile(io.BytesIO(formats.get("qti21").write(made)[f"{made.student.id}.zip"])) as archive:
            for item in made.items:
                player = QtiItem(ElementTree.fromstring(archive.read(f"question-{item.number}.xml")))
                right = {p.id: right_answer(p) for p in item.question.parts if not isinstance(p.answer, Drawing)}
                player.score(responses(item, right))
                assert player.feedback() == []
                for part in item.question.parts:
                    for text, mistake in slips(part):
                        player.score(responses(item, right | {part.id: text}))
                        assert player.feedback() == [worked.feedback(mistake)], (item.question.kind, text)
                        shown += 1
    assert shown > 100


def slips(part: Part) -> Iterator[tuple[str, Any]]:
    """Wrong answers as a student types them, with what they come from; matrices in the key's own shape."""
    answer = part.answer
    if isinstance(answer, Numeric) and not part.follows:
        yield from ((decimal(w.value), w) for w in answer.wrong)
    elif isinstance(answer, Symbolic):
        yield from ((w.source, w) for w in answer.wrong)
    elif isinstance(answer, Matrix):
        yield from ((nested(w.rows), w) for w in answer.wrong if [len(r) for r in w.rows] == [len(r) for r in answer.rows])
    elif isinstance(answer, Choice):
        yield from (("ABCDEFGHIJKLMNOP"[i], o) for i, o in enumerate(answer.options) if not o.correct)


def test_qti_follows_a_wrong_number_through() -> None:
    """The branch question: a slip in the first contribution, rightly added, loses that part only."""
    from gradviz.exam import spec
    from gradviz.exam.paper import paper

    made = paper(spec.parse('title = "x"\n[[section]]\n[[section.question]]\nkind = "branch"\nlevel = 2\npoints = 3\n'))
    item = next(made.items)
    document = qti21.ItemWriter(item).document()
    player = QtiItem(ElementTree.fromstring(document))
    a, b, _ = (p.answer.key for p in item.question.parts if isinstance(p.answer, Numeric))
    answers = {"a": decimal(a + 7), "b": decimal(b), "c": decimal(a + b + 7)}
    assert player.score(responses(item, answers)) == 2 == ours(item, answers) * 3
    assert f"{Q}sum" in {e.tag for e in player.root.iter()}


def test_a_rule_that_qti_lacks_is_left_out() -> None:
    part = Part("b", (), Numeric(Fraction(1)), follows="relu(part_a) * 2")
    assert qti21.rule(part) == ""
    assert "<product>" in qti21.rule(Part("b", (), Numeric(Fraction(1)), follows="part_a * (-2)"))


# Pages ------------------------------------------------------------------------------------------------------


def pages(content: bytes) -> list[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def test_pdf_pages_carry_the_student_and_the_variant(full: Paper, written: dict[str, formats.Files]) -> None:
    import pypdfium2

    for name in ("s-1.pdf", "keys/s-1.pdf", "solutions/s-1.pdf"):
        texts = pages(written["pdf"][name])
        assert all("s-1" in t and "Zoë" in t and f"variant {full.variant}" in t for t in texts)
        assert f"page 1 of {len(texts)}" in texts[0]
        width, height = pypdfium2.PdfDocument(written["pdf"][name])[0].get_size()
        assert (round(width), round(height)) == (595, 842)
    paper, solutions = (" ".join(pages(written["pdf"][n])) for n in ("s-1.pdf", "solutions/s-1.pdf"))
    sentences = [s.sentence for i in full.items for s in worked.steps(i.question)]
    flat = re.sub(r"\s+", "", solutions)
    assert sum(re.sub(r"\s+", "", s)[:24] in flat for s in sentences) > 0.9 * len(sentences)
    assert "Gradients add at a branch" in solutions and "Gradients add at a branch" not in paper


def test_letter_paper_and_no_roster() -> None:
    import pypdfium2

    from gradviz.exam import spec
    from gradviz.exam.paper import paper

    made = paper(spec.parse('title = "x"\npaper = "us-letter"\n[[section]]\n[[section.question]]\nkind = "hinge"\n'))
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
    assert not [s.sentence for i in full.items for s in worked.steps(i.question) if s.sentence in graded]
    assert "https://" not in graded.replace("https://www.w3.org", "") and "<script src" not in graded


def test_a_practice_page_knows_the_keys(full: Paper, written: dict[str, formats.Files]) -> None:
    practice = written["html"]["practice/s-1.html"].decode()
    keys = json.loads(re.search(r'id="keys">(.*?)</script>', practice, re.DOTALL)[1])  # type: ignore[index]
    for name, (_, part) in full.answers_expected.items():
        if isinstance(part.answer, Numeric):
            assert keys[name]["number"] == float(part.answer.key) and len(keys[name]["wrong"]) == len(part.answer.wrong)
        elif isinstance(part.answer, Choice):
            assert tuple(keys[name]["right"]) == part.answer.right
    ids = re.findall(r'\bid="([^"]+)"', practice)
    assert len(ids) == len(set(ids)), "every id stands once"
