"""Every kind of question: proved keys, short numbers, distinct mistakes, marking tests."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz import mistakes
from gradviz.exam import bank, kinds
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import GAP, Numeric, Wrong
from gradviz.exam.answers.order import Ordering
from gradviz.exam.kinds import question
from gradviz.exam.marking import grading
from gradviz.exam.marking.grading import earlier, expected
from gradviz.exam.question import solution
from gradviz.exam.question.short_numbers import is_short
from gradviz.exam.text import decimal, plain
from gradviz.mistakes.chance import LIKELY
from gradviz.story.findings import perhaps
from tests.sampled import sampled

ALL = [(name, level) for name, kind in kinds.every().items() for level in kind.levels]
KNOWN = {m.name for m in mistakes.every()}
SEEDS = st.integers(0, 10**9)


def test_the_kinds_that_there_are() -> None:
    assert len(kinds.every()) >= 20
    assert {"gradient", "branch", "fill-graph", "matrix-gradients", "optimiser-step"} <= set(
        kinds.every()
    )


@sampled(("name", "level"), ALL, few=30)
@settings(max_examples=4, deadline=None)
@given(seed=SEEDS)
def test_a_question_is_whole_and_comes_again(name: str, level: int, seed: int) -> None:
    asked = question(name, level, seed, "s1")
    assert asked == question(name, level, seed, "s1") and hash(asked) == hash(
        question(name, level, seed, "s1")
    )
    assert asked.text and asked.parts and asked.difficulty.score > 0
    assert len({part.id for part in asked.parts}) == len(asked.parts)
    assert all(plain(text).strip() for text in asked.text)
    for place, part in enumerate(asked.parts):
        check_answer(part.answer)
        assert set(earlier(part)) <= {p.id for p in asked.parts[:place]}


def check_answer(answer: object) -> None:
    if isinstance(answer, Numeric):
        assert answer.tolerance > 0
        assert answer.decimals is None or is_short(answer.key, answer.decimals, 10**6)
        numbers = [answer.key, *(w.value for w in answer.wrong)]
        assert all(abs(a - b) > GAP * answer.tolerance for a, b in combinations(numbers, 2))
        assert all(w.feedback and w.misconception in KNOWN for w in answer.wrong)
    elif isinstance(answer, Choice):
        assert (
            len(answer.right) >= 1
            and (answer.several or len(answer.right) == 1)
            and len(answer.options) >= 3
        )
        assert len({plain(option.text) for option in answer.options}) == len(answer.options)
        assert all(option.correct or option.misconception in KNOWN for option in answer.options)
    elif isinstance(answer, Matrix):
        rows = [answer.rows, *(w.rows for w in answer.wrong)]
        assert len(set(rows)) == len(rows) and len({len(row) for row in answer.rows}) == 1
    elif isinstance(answer, Symbolic):
        assert gv.parse(answer.source).inputs is not None and answer.source not in [
            w.source for w in answer.wrong
        ]
    elif isinstance(answer, Ordering):
        assert sorted(answer.key) == list(range(len(answer.items)))


@pytest.mark.parametrize(("name", "level"), ALL)
@settings(max_examples=2, deadline=None)
@given(seed=SEEDS)
def test_its_own_answers_are_marked_as_it_says(name: str, level: int, seed: int) -> None:
    asked = question(name, level, seed)
    samples = bank.samples(asked)
    assert samples.right and samples.wrong and samples.malformed
    for answers in samples.right:
        assert grading.mark(asked, answers).credit == 1
    for answers in samples.wrong:
        mark = grading.mark(asked, answers)
        assert mark.credit < 1 and any(p.verdict in ("wrong", "partly") for p in mark.parts), (
            answers
        )
    for answers in samples.malformed:
        mark = grading.mark(asked, answers)
        assert mark.credit == 0 and any(
            p.verdict in ("unreadable", "by hand") and p.says for p in mark.parts
        ), answers
    assert grading.mark(asked, {}).credit == 0


@pytest.mark.parametrize(("name", "level"), ALL)
def test_later_parts_follow_from_the_keys_of_earlier_ones(name: str, level: int) -> None:
    """The rule of every part, applied to the right answers, gives its key."""
    for seed in range(3):
        asked = question(name, level, seed)
        keys = {p.id: p.answer.key for p in asked.parts if isinstance(p.answer, Numeric)}
        for part in asked.parts:
            if part.follows:
                assert isinstance(part.answer, Numeric)
                found = expected(part, {i: keys[i] for i in earlier(part)})
                assert abs(found - part.answer.key) <= part.answer.tolerance, (seed, part)


@sampled("name", sorted(kinds.every()), few=8)
def test_students_get_different_questions(name: str) -> None:
    kind = kinds.get(name)
    asked = [question(name, kind.levels[-1], 1, f"s{i}") for i in range(12)]
    assert len({q.draft for q in asked}) >= 10
    assert len({q.id for q in asked}) == 12


def keys_of(name: str, level: int, count: int = 25) -> list[Fraction]:
    asked = [question(name, level, seed) for seed in range(count)]
    return [p.answer.key for q in asked for p in q.parts[-1:] if isinstance(p.answer, Numeric)]


@pytest.mark.parametrize(
    ("name", "level"), [("gradient", 1), ("gradient", 3), ("branch", 2), ("chain-product", 2)]
)
def test_keys_are_not_right_by_accident(name: str, level: int) -> None:
    keys = keys_of(name, level)
    assert not {Fraction(0), Fraction(1)} & set(keys)
    assert max(keys.count(k) for k in keys) <= len(keys) // 3


def test_levels_get_harder() -> None:
    for name in ("gradient", "fill-graph", "neuron", "softmax", "order-steps"):
        means = [
            sum(question(name, level, s).difficulty.score for s in range(8)) for level in (1, 2, 3)
        ]
        assert means == sorted(means) and len(set(means)) == 3, name


def test_gradients_by_sympy() -> None:
    """A third way for a few: the exact backend's gradient of the node asked for."""
    for seed in range(5):
        asked = question("gradient", 2, seed)
        run = asked.solution.run
        assert run is not None and isinstance(asked.parts[0].answer, Numeric)
        trace = gv.run(run.source, values=dict(run.values), backend="exact")
        name = plain(asked.parts[0].prompt).split("∂")[2].rstrip(" =")
        assert Fraction(str(trace.gradient(name))) == asked.parts[0].answer.key


@pytest.mark.parametrize("level", [1, 2, 3])
def test_gradients_of_a_convolution_by_loops(level: int) -> None:
    """Every output cell sends its gradient back to the cells and weights that met in it."""
    for seed in range(4):
        asked = question("conv-backward", level, seed)
        run = asked.solution.run
        assert run is not None
        stride = int(run.source.split("stride=")[1][0])
        (x,), ((w,),), _, (g,) = (value for _, value in run.values)
        dx, dw = [[Fraction(0)] * len(x) for _ in x], [[Fraction(0)] * len(w) for _ in w]
        for i, row in enumerate(g):
            for j, u in enumerate(row):
                for a, weights in enumerate(w):
                    for b, weight in enumerate(weights):
                        dx[i * stride + a][j * stride + b] += u * weight
                        dw[a][b] += u * x[i * stride + a][j * stride + b]
        found = {"dx": dx, "dw": dw, "db": sum(map(sum, g))}
        for part in asked.parts:
            answer, name = part.answer, plain(part.prompt).removesuffix(" =")
            key = [list(row) for row in answer.rows] if isinstance(answer, Matrix) else answer.key  # type: ignore[union-attr]
            assert key == found.pop(name)
        assert ("dx" in found) == (level == 1)
        assert {w.misconception for p in asked.parts for w in p.answer.wrong} & {
            "bias-one-cell",
            "bias-averaged",
            "input-gradient-unflipped",
        }  # type: ignore[union-attr]


def test_a_drawing_waits_for_a_person_who_gives_a_share() -> None:
    asked = question("draw-graph", 2, 5)
    grade = grading.mark
    assert asked.figure is None and isinstance(asked.parts[0].answer, Drawing)
    given = {
        "1": (1, "right"),
        "1/2": (Fraction(1, 2), "partly"),
        "75%": (Fraction(3, 4), "partly"),
        "0": (0, "wrong"),
        "0,25": (Fraction(1, 4), "partly"),
        "": (0, "by hand"),
        "a graph": (0, "by hand"),
        "3": (0, "by hand"),
    }
    for text, (credit, verdict) in given.items():
        mark = grade(asked, {"": text})
        assert (mark.credit, mark.parts[0].verdict) == (credit, verdict), text
    key = solution.figure(asked)
    assert key is not None and not key.gradients
    trace = asked.solution.run.trace()  # type: ignore[union-attr]
    assert {name: float(value) for name, value in key.values} == {
        name: float(trace.value(name)) for name, _ in key.values
    }
    assert [s.number for s in solution.steps(asked)] == list(range(1, len(trace.forward_nodes) + 1))


def test_derivatives_differ_between_students() -> None:
    for level in (1, 2, 3):
        assert len({question("local-derivative", level, 1, f"s{i}").draft for i in range(100)}) > 60


STRANGE = [
    "1/2",
    "0,5",
    "50%",
    "",
    "nonsense",
    "−3",
    "2 m/s",
    "1e999",
    "-9999999",
    "[[1,2],[3,4]]",
    "1 2; 3",
    "A, B",
    "x**nan",
    "log(0)",
    "exp(exp(exp(99)))",
    "∞",
    "½",
    "٣",
    "\x00",
    "a" * 5000,
    "(((((",
    "=cmd()",
    None,
    5,
    -2.5,
    [1, 2],
    True,
]


@pytest.mark.parametrize("name", sorted(kinds.every()))
def test_whatever_is_answered_gets_a_mark(name: str) -> None:
    """The same strange answer in every part, so that later parts follow from it too."""
    asked = gv.exam.question(name, kinds.get(name).levels[-1], 11)
    for answer in STRANGE:
        mark = gv.exam.grade(asked, {part.id: answer for part in asked.parts})
        assert 0 <= mark.credit <= 1 and len(mark.parts) == len(asked.parts)
        assert all(
            part.says for part in mark.parts if part.verdict in ("unreadable", "by hand", "follows")
        )


def test_nothing_follows_from_an_impossible_number() -> None:
    """The loss of a negative probability, and Adam's step from a negative second moment: wrong, not
    a crash.
    """
    asked = question("softmax", 2, 4)
    mark = gv.exam.grade(asked, {"a": "-0.4", "b": "0.916"})
    assert [p.verdict for p in mark.parts] == ["wrong", "wrong", "blank", "blank"]
    adam = question("optimiser-step", 3, 4)
    assert any("sqrt" in part.follows for part in adam.parts)
    mark = gv.exam.grade(adam, {part.id: "-7.77" for part in adam.parts})
    assert {p.verdict for p in mark.parts} == {"wrong"}


def test_questions_and_marks_from_python() -> None:
    asked = gv.exam.question("gradient", level=2, seed=7)
    assert (
        asked == question("gradient", 2, 7) and asked.id == gv.exam.question("gradient", 2, "7").id
    )
    answer = asked.parts[0].answer
    assert isinstance(answer, Numeric)
    for right in (float(answer.key), str(answer.key), answer.key, {"": answer.key}):
        assert gv.exam.grade(asked, right).credit == 1
    several = gv.exam.question("branch", 2, 7)
    with pytest.raises(gv.GradvizError, match="do not match the question's parts") as caught:
        gv.exam.grade(several, "5")
    assert "'a', 'b', 'c'" in str(caught.value)
    with pytest.raises(gv.GradvizError, match="do not match"):
        gv.exam.grade(several, {"z": 5})


@pytest.mark.parametrize(
    ("level", "seed", "what"),
    [
        ("2", 1, "level"),
        (1.0, 1, "level"),
        (True, 1, "level"),
        (1, 1.5, "seed"),
        (1, None, "seed"),
        (1, True, "seed"),
    ],
)
def test_a_level_or_seed_of_the_wrong_type(level: Any, seed: Any, what: str) -> None:
    with pytest.raises(gv.GradvizError, match=f"the {what} of gradient is not a whole number"):
        gv.exam.question("gradient", level, seed)


def test_unknown_kinds_and_levels() -> None:
    with pytest.raises(gv.GradvizError, match="no kind of question 'gradiant'") as caught:
        question("gradiant")
    assert "did you mean gradient?" in str(caught.value)
    with pytest.raises(gv.GradvizError, match="branch has no level 1") as caught:
        question("branch", 1)
    assert "one of 2, 3" in str(caught.value)


def test_a_wrong_number_is_diagnosed() -> None:
    asked = question("gradient", 2, 3)
    answer = asked.parts[0].answer
    assert isinstance(answer, Numeric)
    for wrong in answer.wrong:
        mark = grading.mark(asked, {"": str(float(wrong.value))})
        sure = answer.chance(wrong) <= LIKELY
        assert (wrong.feedback if sure else perhaps(wrong.feedback)) in mark.parts[0].says
        assert mark.parts[0].misconception == (wrong.misconception if sure else "")
        assert mark.parts[0].says.startswith("Perhaps ") != sure
        if wrong.misconception in ("gradient-not-reset", "value-for-gradient"):
            assert wrong.step is None, "all steps are right"
        else:
            assert wrong.step in range(1, len(asked.solution.run.trace()) + 1)  # type: ignore[union-attr]


def test_numbers_that_nobody_s_mistake_made_are_seldom_told_one() -> None:
    """Of random numbers within 20 units of the key, one in a hundred at most."""
    told = asked_for = 0
    for kind in ("gradient", "branch", "neuron"):
        for seed in range(8):
            for part in question(kind, 2, seed).parts:
                if not isinstance(part.answer, Numeric):
                    continue
                unit = 1 if part.answer.key.denominator == 1 else Fraction(1, 100)
                for k in range(1, 20):
                    for number in (part.answer.key + k * unit, part.answer.key - k * unit):
                        found = part.answer.mark(decimal(number))
                        asked_for += found.verdict == "wrong"
                        told += bool(found.misconception)
    assert asked_for > 2000 and told < asked_for / 100


def test_how_likely_a_number_meets_a_mistake_by_accident() -> None:
    """Of the 4·10 whole numbers within 20 of the key, three are known: 9, 3 and 20 for 10."""
    known = (Wrong(Fraction(20), "a", "A."), Wrong(Fraction(9), "b", "B."))
    known += (Wrong(Fraction(3), "c", "C."), Wrong(Fraction(500), "d", "D."))
    answer = Numeric(Fraction(10), wrong=known)
    assert answer.chance(known[0]) == pytest.approx(3 / 40)
    assert answer.chance(known[3]) == pytest.approx(4 / 1960)
    assert answer.mark("500").misconception == "d" and not answer.mark("20").misconception
    assert answer.mark("20").says == "Perhaps this was overlooked: A."


def test_a_mistake_is_shown_at_the_step_that_makes_the_number_wrong() -> None:
    """In f = (x·y)·z the local gradient alone is taken at every gate: for y the last step is the
    first that matters.
    """
    from gradviz.exam.question.distractors import wrong_gradients
    from gradviz.exam.question.sample import sample

    made = sample("a = x * y; f = z * a", {"x": Fraction(2), "y": Fraction(3), "z": Fraction(5)})
    steps = {name: [s.number for s in made.trace.contributions(made.id(name))] for name in "xyza"}
    for name in "xy":
        wrong = {w.misconception: w for w in wrong_gradients(made, made.id(name))}
        assert [wrong["upstream-dropped"].step] == steps[name]
    above = {w.misconception: w for w in wrong_gradients(made, made.id("x"))}
    assert [above["product-not-swapped"].step] == steps["a"], (
        "there the upstream gradient goes wrong already"
    )


def test_follow_through_earns_the_later_marks() -> None:
    """A wrong contribution, rightly added: the sum is right in itself."""
    asked = question("branch", 2, 3)
    a, b, _ = asked.parts
    assert isinstance(a.answer, Numeric) and isinstance(b.answer, Numeric)
    slip, right = a.answer.key + 7, b.answer.key
    mark = grading.mark(
        asked, {"a": str(float(slip)), "b": str(float(right)), "c": str(float(slip + right))}
    )
    assert [p.verdict for p in mark.parts] == [
        "wrong",
        "right",
        "follows",
    ] and mark.credit == Fraction(2, 3)
    mark = grading.mark(
        asked, {"a": str(float(slip)), "b": str(float(right)), "c": str(float(slip + right + 1))}
    )
    assert [p.verdict for p in mark.parts] == ["wrong", "right", "wrong"]


def test_what_comes_out_as_nothing_does_not_follow() -> None:
    """A product with a wrong 0 is 0: that is no work; with a wrong 6 it is."""
    asked = question("chain-product", 1, 3)
    *steps, last = asked.parts
    keys = {p.id: p.answer.key for p in steps if isinstance(p.answer, Numeric)}
    for slip, verdict in ((Fraction(0), "wrong"), (Fraction(6), "follows")):
        given = keys | {steps[0].id: slip}
        product = Fraction(1)
        for value in given.values():
            product *= value
        answers = {part: str(value) for part, value in given.items()} | {last.id: str(product)}
        marks = {p.id: p.verdict for p in grading.mark(asked, answers).parts}
        assert marks[steps[0].id] == "wrong" and marks[last.id] == verdict, answers
