"""Moodle, GIFT and QTI mark right and wrong answers as we do, and say the same of mistakes."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest

from gradviz.exam import bank, formats, kinds
from gradviz.exam.answers import choice, matrix
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import Numeric, numbers
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats import moodle, qti21
from gradviz.exam.marking import grading
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.question import solution
from gradviz.exam.question.figure import picture
from gradviz.exam.question.question import Part
from gradviz.exam.text import decimal, nested
from tests.exam.formats.oracles import (
    Q,
    QtiItem,
    cloze_number,
    gift_items,
    gift_number,
    moodle_cloze,
    moodle_numerical,
)
from tests.sampled import sampled

TINY = 'title = "x"\n[[section]]\n[[section.question]]\nkind = "branch"\nlevel = 2\npoints = 3\n'


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
                assert isinstance(answer, Drawing) and picture(
                    solution.figure(item.question) or item.question.figure
                ).encode() == base64.b64decode(  # type: ignore[arg-type]
                    question.findtext("graderinfo/file") or ""
                ), "who marks it sees the key"
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
            _, kind, answers = rest.pop(0)
            assert kind == "NUMERICAL"
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
                assert kind == "MULTICHOICE" and [a for f, a, _ in answers if f == 1] == [
                    "ABCDEFGHIJ"[place]
                ]
    assert not rest


def test_moodle_pictures_are_inside_and_comments_too(
    full: Paper, written: dict[str, formats.Files]
) -> None:
    root = ElementTree.fromstring(written["moodle"]["s-1.xml"])
    for question, item in zip(root.findall("question")[1:], full.items, strict=True):
        file = question.find("questiontext/file")
        assert (file is not None) == (item.question.figure is not None)
        if file is not None and item.question.figure is not None:
            assert base64.b64decode(file.text or "").decode() == picture(item.question.figure)
        told = question.findtext("generalfeedback/text") or ""
        assert len(told) > 20 and all(f"{s.number}" in told for s in solution.steps(item.question))


def test_gift_marks_numbers_as_we_do(full: Paper, written: dict[str, formats.Files]) -> None:
    items = gift_items(written["gift"]["s-1.gift"].decode())
    assert [name for name, _, _ in items] == [
        f"{full.variant} {name}" for name in full.answers_expected
    ]
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
    found: dict[str, Any] = {}
    for part in item.question.parts:
        name, answer, text = f"RESPONSE_{part.id or 'only'}", part.answer, answers.get(part.id, "")
        if not text:
            continue
        if isinstance(answer, Numeric):
            found[name] = float(numbers(text)[0])
        elif isinstance(answer, Matrix):
            for i, row in enumerate(matrix.read(text)):
                found |= {f"{name}_{i}_{j}": float(v) for j, v in enumerate(row)}
        elif isinstance(answer, Choice):
            chosen = [f"c{i}" for i in choice.places(text, len(answer.options))]
            found[name] = set(chosen) if answer.several else chosen[0]
        elif isinstance(answer, Ordering):
            found[name] = [f"i{i}" for i in choice.places(text, len(answer.items))]
        else:
            found[name] = text
    return found


def test_qti_marks_as_we_do(full: Paper, easy: Paper) -> None:
    for made in (full, easy):
        with zipfile.ZipFile(
            io.BytesIO(formats.get("qti21").write(made)[f"{made.student.id}.zip"])
        ) as archive:
            documents = {
                n: ElementTree.fromstring(archive.read(n))
                for n in archive.namelist()
                if n.startswith("question")
            }
        for item in made.items:
            player = QtiItem(documents[f"question-{item.number}.xml"])
            if any(isinstance(p.answer, Drawing) for p in item.question.parts):
                assert player.score({"RESPONSE_only": "a graph"}) == 0, "a person marks it"
                assert [e.tag for e in player.root.iter() if e.get("responseIdentifier")] == [
                    f"{Q}extendedTextInteraction"
                ]
                continue
            right = {p.id: p.answer.written for p in item.question.parts}
            assert player.score(responses(item, right)) == pytest.approx(item.points)
            assert player.score({}) == 0
            for part in item.question.parts:
                if isinstance(part.answer, Numeric) and not any(
                    p.follows for p in item.question.parts
                ):
                    for value in close_to(part.answer):
                        given = right | {part.id: decimal(value)}
                        assert player.score(responses(item, given)) == pytest.approx(
                            float(ours(item, given) * item.points)
                        )


def test_qti_says_what_we_say_of_a_mistake(full: Paper, easy: Paper) -> None:
    """One wrong answer at a time: the player shows the sentence of that mistake, with the step, and
    for a right one none.
    """
    shown = 0
    for made in (full, easy):
        with zipfile.ZipFile(
            io.BytesIO(formats.get("qti21").write(made)[f"{made.student.id}.zip"])
        ) as archive:
            for item in made.items:
                player = QtiItem(
                    ElementTree.fromstring(archive.read(f"question-{item.number}.xml"))
                )
                right = {
                    p.id: p.answer.written
                    for p in item.question.parts
                    if not isinstance(p.answer, Drawing)
                }
                player.score(responses(item, right))
                assert player.feedback() == []
                for part in item.question.parts:
                    for text, mistake in slips(part):
                        player.score(responses(item, right | {part.id: text}))
                        assert player.feedback() == [solution.feedback(mistake)], (
                            item.question.kind,
                            text,
                        )
                        shown += 1
    assert shown > 100


def slips(part: Part) -> Iterator[tuple[str, Any]]:
    """Wrong answers as a student types them, with what they come from; matrices in the key's own
    shape.
    """
    answer = part.answer
    if isinstance(answer, Numeric) and not part.follows:
        yield from ((decimal(w.value), w) for w in answer.wrong)
    elif isinstance(answer, Symbolic):
        yield from ((w.source, w) for w in answer.wrong)
    elif isinstance(answer, Matrix):
        yield from (
            (nested(w.rows), w)
            for w in answer.wrong
            if [len(r) for r in w.rows] == [len(r) for r in answer.rows]
        )
    elif isinstance(answer, Choice):
        yield from (
            ("ABCDEFGHIJKLMNOP"[i], o) for i, o in enumerate(answer.options) if not o.correct
        )


def test_qti_follows_a_wrong_number_through() -> None:
    """The branch question: a slip in the first contribution, rightly added, loses that part
    only.
    """
    from gradviz.exam.paper.paper import paper

    made = paper(spec.parse(TINY))
    item = next(made.items)
    document = qti21.ItemWriter(item).document()
    player = QtiItem(ElementTree.fromstring(document))
    a, b, _ = (p.answer.key for p in item.question.parts if isinstance(p.answer, Numeric))
    answers = {"a": decimal(a + 7), "b": decimal(b), "c": decimal(a + b + 7)}
    assert player.score(responses(item, answers)) == 2 == ours(item, answers) * 3
    assert f"{Q}sum" in {e.tag for e in player.root.iter()}
    nothing = {"a": decimal(-b), "b": decimal(b), "c": "0"}
    assert player.score(responses(item, nothing)) == 1 == ours(item, nothing) * 3


def test_a_rule_that_qti_lacks_is_left_out() -> None:
    part = Part("b", (), Numeric(Fraction(1)), follows="relu(part_a) * 2")
    assert qti21.rule(part) == ""
    assert "<product>" in qti21.rule(Part("b", (), Numeric(Fraction(1)), follows="part_a * (-2)"))


ALL = [(name, level) for name, kind in kinds.every().items() for level in kind.levels]


def asked(name: str, level: int, seed: int) -> Item:
    return Item(1, kinds.question(name, level, seed, "lazy"), 12)


def habits(item: Item) -> Iterator[tuple[str, dict[str, str]]]:
    """Answers to all parts that take no work, by habit."""
    lazy = {p.id: p.answer.lazy_texts() for p in item.question.parts}
    for habit in dict.fromkeys(habit for found in lazy.values() for habit in found):
        yield habit, {part: texts[habit] for part, texts in lazy.items() if habit in texts}


def by_moodle(item: Item, answers: dict[str, str]) -> float:
    """The share of the points that Moodle gives to answers; 0 to what a person marks."""
    document = moodle.FORMAT.write(Paper(spec.parse(TINY), Student("s"), (("", (item,)),)))["s.xml"]
    question = ElementTree.fromstring(document).findall("question")[1]
    parts, earned, total = item.question.parts, 0.0, 0.0
    only = parts[0].answer
    if question.get("type") == "numerical":
        return moodle_numerical(question, answers[""])[0]
    if question.get("type") == "multichoice":
        assert isinstance(only, Choice)
        shares = [float(a.get("fraction", "")) for a in question.findall("answer")]
        return max(0.0, sum(shares[i] for i in choice.places(answers[""], len(shares))) / 100)
    fields = moodle_cloze(question.findtext("questiontext/text") or "")
    for part in parts:
        answer, text = part.answer, answers.get(part.id, "")
        given: list[str] = [text]
        if isinstance(answer, Matrix):
            given = [decimal(v) for row in matrix.read(text) for v in row]
        elif isinstance(answer, Ordering):
            given = ["ABCDEFGHIJ"[i] for i in choice.places(text, len(answer.items))]
        for one in given:
            weight, kind, rows = fields.pop(0)
            total += weight
            if kind == "NUMERICAL":
                earned += weight * cloze_number(rows, float(one))
            else:
                earned += weight * max((f for f, a, _ in rows if a == one), default=0.0)
    assert not fields
    return earned / total if total else 0.0


def by_qti(item: Item, answers: dict[str, str]) -> float:
    """The share of the points that a QTI player gives."""
    player = QtiItem(ElementTree.fromstring(qti21.ItemWriter(item).document()))
    return player.score(responses(item, answers)) / item.points


def lazy_by_others(name: str, level: int, variants: int) -> list[str]:
    found: dict[str, list[float]] = {}
    for seed in range(variants):
        item = asked(name, level, seed)
        if any(p.answer.by_hand for p in item.question.parts):
            return []
        only = item.question.parts[0].answer
        programs = {"QTI": by_qti, "Moodle": by_moodle}
        if isinstance(only, Choice) and only.several:
            del programs["Moodle"]  # it pays for each right option; `limits` says so
        for habit, answers in habits(item):
            for program, mark in programs.items():
                found.setdefault(f"{habit} in {program}", []).append(mark(item, answers))
    return bank.laziest(found)[1]


@sampled(("name", "level"), ALL, few=18)
def test_papers_without_work_earn_little_elsewhere_too(name: str, level: int) -> None:
    assert lazy_by_others(name, level, 4) == []


@pytest.mark.proof
@pytest.mark.parametrize(("name", "level"), ALL)
def test_papers_without_work_earn_little_elsewhere_over_many_variants(
    name: str, level: int
) -> None:
    assert lazy_by_others(name, level, 15) == []


def test_a_part_of_a_cloze_question_earns_its_share() -> None:
    """conv-backward 3 asks for matrices and one number: in Moodle each earns what we give it."""
    for name, level in (("conv-backward", 3), ("matrix-gradients", 3), ("hinge", 2)):
        item = asked(name, level, 1)
        for part in item.question.parts:
            wrong = "12345.5"
            answers = {
                p.id: nested([[Fraction(99999)] * len(row) for row in p.answer.rows])
                if isinstance(p.answer, Matrix)
                else wrong
                for p in item.question.parts
            } | {part.id: part.answer.written}
            share = Fraction(part.points, sum(p.points for p in item.question.parts))
            assert by_moodle(item, answers) == pytest.approx(float(share)), (name, part.id)


def test_qti_marks_an_incomplete_matrix_as_we_do() -> None:
    """Entries changed one after the other, zeros kept, numbers where zeros belong."""
    seen = set()
    matrices = ("pool-backward", "conv-backward", "matrix-gradients", "convolution")
    for name, level in ((name, level) for name, level in ALL if name in matrices):
        for seed in range(3):
            item = asked(name, level, seed)
            right = {p.id: p.answer.written for p in item.question.parts}
            for part in item.question.parts:
                if not isinstance(part.answer, Matrix):
                    continue
                rows = [list(row) for row in part.answer.rows]
                places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
                for i, j in places:
                    rows[i][j] += 77
                    given = right | {part.id: nested(rows)}
                    mark = ours(item, given)
                    seen.add(mark)
                    assert by_qti(item, given) == pytest.approx(float(mark)), (name, level, seed)
    assert len(seen) > 10, "marks in between occur"


def test_qti_does_not_pay_for_one_number_everywhere() -> None:
    for name in ("fill-graph", "branch", "chain-product", "multiply-adds"):
        for level in kinds.get(name).levels:
            item = asked(name, level, 3)
            if not all(isinstance(p.answer, Numeric) for p in item.question.parts):
                continue
            for text in ("2", "0.5", "7"):
                answers = {p.id: text for p in item.question.parts}
                assert by_qti(item, answers) == pytest.approx(float(ours(item, answers)))
