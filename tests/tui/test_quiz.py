"""Grading: what is right, and which mistake is named."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

import gradviz as gv
from gradviz import mistakes
from gradviz.story.cells.frames import CellStory
from gradviz.story.findings import perhaps
from gradviz.story.frame import Story
from gradviz.trace.cells import CellTrace
from gradviz_tui.screens.cells import CellScreen
from gradviz_tui.screens.quiz import QuizScreen
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.quiz import Question, Quiz, ask, grade, questions
from gradviz_tui.walk.state import Walk
from tests.sampled import sampled
from tests.strategies import Sample, runs
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import MARK, NORM, app, opened, screen_text, walk, walking


def question(words: tuple[str, ...], k: int) -> Question:
    found = ask(Story(walk(words).trace), k)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0.5",
            "1/2",
            ".5",
            "2/4",
            "0.25*2",
            "1 - 0.5",
            "sqrt(0.25)",
            "5e-1",
            "−(−0.5)",
            "0.4998",
        ),
        *(
            "½",
            "0½",
            "0,5",
            ",5",
            "50 %",
            "50%",
            "√0.25",
            "√(1/4)",
            "2^-1",
            "2⁻¹",
            "1 ÷ 2",
            "2·0,25",
        ),
        *("5×10⁻¹", "½√1", "dx = 0.5", "df/dx = 1/2", "0.5.", "⅙*3", "+0.5"),
    ],
)
def test_ways_to_write_a_half(text: str) -> None:
    assert grade(Question(1, "", 0.5, "0.5"), text).verdict == "right"


@pytest.mark.parametrize("text", ["0.49", "0.51", "-0.5", "5", "0"])
def test_what_is_no_half(text: str) -> None:
    assert grade(Question(1, "", 0.5, "0.5"), text).verdict == "wrong"


@pytest.mark.parametrize(
    "text", ["", "abc", "1 +", "x", "[1, 2]", "1; 2", "(", "1/0", "true", "1 < 2"]
)
def test_what_cannot_be_read_costs_no_try(text: str) -> None:
    quiz = Quiz(Question(1, "", 0.5, "0.5")).answer(text)
    assert (
        quiz.last is not None
        and quiz.last.verdict == "unreadable"
        and quiz.tries == 0
        and not quiz.done
    )


@pytest.mark.parametrize("text", ["banana", "5 apples", "1,2,3", "sin(1,5)", "9" * 300, "[0,5]"])
def test_a_refusal_says_what_may_be_typed(text: str) -> None:
    graded = grade(Question(1, "", 0.5, "0.5"), text)
    assert graded.verdict == "unreadable" and "1/4, ½, √2, 50 %" in graded.says


def test_a_comma_that_could_part_thousands_is_asked_about() -> None:
    graded = grade(Question(1, "", 1.0, "1"), "1,000")
    assert graded.verdict == "unreadable" and graded.says.endswith("Type 1.000 or 1000.")


@pytest.mark.parametrize(
    ("true", "text", "verdict"),
    [
        (0.105, "0.1", "rough"),
        (0.105, "0.11", "rough"),
        (0.105, "0.105", "right"),
        (0.105, "0.1051", "right"),
        (0.105, "0.2", "wrong"),
        (0.105, "0.12", "wrong"),
        (-0.1192, "-0.12", "rough"),
        (-0.1192, "0.12", "wrong"),
        (0.3, "0", "wrong"),
        (3.0, "2", "wrong"),
        (2.64, "3", "rough"),
        (0.105, "1/10", "wrong"),
    ],
)
def test_too_few_digits_are_said_and_cost_no_try(true: float, text: str, verdict: str) -> None:
    """0.105 to one digit is 0.1, to two 0.10 or 0.11."""
    question = Question(1, "", true, f"{true:g}")
    assert grade(question, text).verdict == verdict
    if verdict == "rough":
        quiz = Quiz(question).answer(text)
        assert quiz.tries == 0 and not quiz.done and "three digits" in quiz.last.says  # type: ignore[union-attr]


def test_the_digits_that_count_are_said_where_a_number_is_long() -> None:
    assert Question(1, "", 0.19661, "0.1966").precision == "Three digits are enough."
    assert not any(Question(1, "", 0.1, shown).precision for shown in ("0.196", "-12", "0.001"))


@pytest.mark.parametrize("text", ["?", "I don't know", "idk", "no idea", "help", "I don’t know."])
def test_who_does_not_know_gets_a_hint_and_then_the_answer(text: str) -> None:
    """The rule of a product is upstream times the other factor."""
    story = Story(walk(MARK).trace)
    step = story.trace.contributions("x")[0].number
    quiz = Quiz(None).next(story, step - 1).answer(text)
    assert quiz.last is not None and quiz.last.says == "Hint: ∂f/∂x ← ∂f/∂a · y."
    assert not quiz.done and quiz.tries == 0
    assert quiz.answer(quiz.question.shown).helped == 1  # type: ignore[union-attr]
    missed = quiz.answer(text)
    assert missed.done and missed.missed == 1
    assert missed.score == "0 of 1 right on the first try, 1 missed."


def test_what_went_wrong_is_asked_again_after_three_others() -> None:
    story = Story(walk(MARK).trace)
    quiz, k = Quiz(None).next(story, 0).skip().skip(), 1
    asked = []
    while (quiz := quiz.next(story, k)).question is not None:
        asked.append((quiz.question.step, quiz.question.prompt.startswith("Once more.")))
        quiz, k = quiz.answer(quiz.question.shown), quiz.question.step
    assert asked[:5] == [(2, False), (3, False), (4, False), (1, True), (6, False)]
    assert [step for step, again in asked if again] == [1]
    assert quiz.score.endswith("1 missed, 1 of 1 right when asked again.")


def test_a_question_that_always_goes_wrong_ends_after_three_rounds() -> None:
    story = Story(walk(("x*y", "x=2", "y=3")).trace)
    quiz, k, asked = Quiz(None).next(story, 0), 0, 0
    while quiz.question is not None:
        asked, k = asked + 1, quiz.question.step
        quiz = quiz.skip().skip().next(story, k)
    assert asked == 3 * 3 and quiz.missed == 3 and quiz.repeats == 6 and quiz.recovered == 0


def test_questions_about_arrays_tell_the_rule() -> None:
    found = question(NORM, 1)
    assert found.prompt.startswith("Forward: q = W x. What is q")
    assert found.hint == "Each row of W meets x"


def test_a_number_as_it_is_shown_is_right() -> None:
    for true in (0.196611933, -12345.678, 1e-7, 3.0, 0.0):
        story = Story(gv.run("x*1", x=true))
        shown = f"{true:.4g}"
        assert grade(Question(1, "", true, shown), shown).verdict == "right", story


def test_the_fork() -> None:
    """y is used three times, and each path brings something: 2, 4 and 3 in some order."""
    words = ("x*y + y*z + 3*y", "x=2", "y=11", "z=4")
    trace = walk(words).trace
    writes = [s.number for s in trace.contributions("y")]
    brought = [float(s.contribution) for s in trace.contributions("y")]
    sums = [sum(brought[: i + 1]) for i in range(3)]
    third = question(words, writes[2])
    assert third.answer == sums[2] == 9
    alone = grade(third, f"{brought[2]:g}")
    assert alone.verdict == "wrong" and alone.says == perhaps(
        mistakes.get("last-path-only").feedback
    )
    before = grade(third, f"{sums[1]:g}")
    assert "contribution is missing" in before.says
    assert grade(third, "9").verdict == "right"
    assert "subtracted" in grade(third, f"{sums[1] - brought[2]:g}").says


def test_a_product() -> None:
    """f = a·b with the upstream gradient 3: da = 3·b."""
    words = ("g = a*b; g*h", "a=2", "b=5", "h=3")
    trace = walk(words).trace
    step = next(
        s
        for s in trace.steps
        if s.edge is not None and trace.graph.nodes[s.edge.source].name == "a"
    )
    found = question(words, step.number)
    assert found.answer == 15
    said = {text: grade(found, text).says for text in ("5", "3", "6", "-15", "8", "99")}
    assert said["5"] == perhaps(mistakes.get("upstream-dropped").feedback)
    assert said["6"] == perhaps(mistakes.get("product-not-swapped").feedback)
    assert said["8"] == perhaps(mistakes.get("upstream-added").feedback)
    assert "forgot the local" in said["3"] and "sign" in said["-15"]
    assert said["99"] == "That is not right."


SLIPS = [
    ("x*x", {"x": 3.0}, 0, "6", "the sum of both paths"),
    ("x**3", {"x": 2.0}, 0, "4", "factor of the power was left out"),
    ("x**3", {"x": 2.0}, 0, "24", "exponent was not lowered"),
    ("sigmoid(x)", {"x": 0.7}, 0, "0.332", "1 − s was taken for s(1 − s)"),
    ("sigmoid(x)", {"x": 0.7}, 0, "0.668", "s was taken for s(1 − s)"),
    ("log(x)", {"x": 3.0}, 0, "-0.111", "−1/x² was taken for 1/x"),
    ("1/x", {"x": 4.0}, 0, "-0.25", "x/y was taken for x/y²"),
]


@pytest.mark.parametrize(("source", "values", "nth", "text", "says"), SLIPS)
def test_the_likeliest_slip_of_a_step_is_named(
    source: str, values: dict[str, float], nth: int, text: str, says: str
) -> None:
    trace = gv.run(source, values=values)
    step = trace.contributions("x")[nth]
    found = ask(Story(trace), step.number)
    assert found is not None and says in grade(found, text).says


def test_twice_the_answer_is_no_second_backward_pass() -> None:
    for source in ("1/x", "exp(x)*2", "3*x", "sigmoid(x)"):
        for asked in questions(Story(gv.run(source, x=2.0)), 0):
            assert "earlier" not in grade(asked, f"{2 * asked.answer:.5g}").says


@sampled(("count", "most"), [(120, 2), (500, 5)], few=1)
def test_a_number_that_no_slip_gives_is_told_none(count: int, most: int) -> None:
    """Of random answers with three digits, hardly one is told a cause as if it were sure."""
    rng = random.Random(3)
    trace = gv.run("s = sigmoid(w*x + b); L = (s - y)**2", w=0.7, x=1.3, b=-0.2, y=0.9)
    asked, sure = list(questions(Story(trace), 0)), 0
    for k in range(count):
        question = asked[k % len(asked)]
        given = f"{question.answer * (1 + rng.uniform(-0.5, 0.5)):.3g}"
        graded = grade(question, given)
        told = graded.verdict == "wrong" and not graded.says.startswith(("Perhaps", "That is not"))
        sure += told
    assert sure <= most


def test_an_array_is_asked_with_the_same_mistakes() -> None:
    """Of the sum of q² with upstream 1 an element receives 2q, twice its own value."""
    trace = walk(NORM).trace
    step = next(
        s
        for s in trace.steps
        if s.edge is not None and trace.graph.nodes[s.edge.source].name == "q"
    )
    found = question(NORM, step.number)
    assert "The sign is wrong." in grade(found, f"{-found.answer}").says
    half = grade(found, f"{found.answer / 2}").says
    assert "The factor of the power was left out." in half


def test_every_question_about_a_network() -> None:
    story = Story(walk(("net:tiny-cnn", "image=digit:3", "label=1")).trace)
    asked = list(questions(story, 0))
    assert len(asked) > 10 and all(grade(q, q.shown).verdict == "right" for q in asked)


def test_forward_questions() -> None:
    found = question(MARK, 1)
    assert found.answer == 3 and "a = x · y" in found.prompt
    assert "multiplies" in grade(found, "3.5").says
    assert question(MARK, 2).answer == 2


def test_an_array_is_asked_for_one_of_its_numbers() -> None:
    trace = walk(NORM).trace
    step = next(
        s
        for s in trace.steps
        if s.edge is not None and trace.graph.nodes[s.edge.source].name == "W"
    )
    found = question(NORM, step.number)
    asked = re.search("dW([₁₂])([₁₂])", found.prompt)
    assert asked is not None, "counted from 1, as in the sentences"
    i, j = ("₁₂".index(n) for n in asked.groups())
    assert found.answer == pytest.approx(float(trace.gradient("W")[i][j]))


def test_a_quiz_with_a_second_try_and_a_score() -> None:
    story = Story(walk(MARK).trace)
    quiz = Quiz(None).next(story, 0)
    quiz = quiz.answer("3")
    assert quiz.done and quiz.first == 1
    quiz = quiz.next(story, 1).answer("7")
    assert (
        quiz.tries == 1
        and not quiz.done
        and quiz.last is not None
        and "Try again." in quiz.last.says
    )
    quiz = quiz.answer("2")
    assert quiz.done and quiz.second == 1
    quiz = quiz.next(story, 2).answer("9").answer("9")
    assert (
        quiz.done
        and quiz.missed == 1
        and quiz.last is not None
        and "The answer is 2." in quiz.last.says
    )
    assert quiz.answer("2") == quiz
    assert quiz.score == "1 of 3 right on the first try, 1 on the second try, 1 missed."
    assert Quiz(None).next(story, 13).question is None
    assert Quiz(None).score == "No question was answered."
    assert quiz.next(story, 5).skip().skip().missed == 2


@settings(max_examples=12, deadline=None)
@given(runs())
def test_the_true_number_is_right_and_no_mistake_is_close_to_it(sample: Sample) -> None:
    story = Story(sample.run())
    for asked in questions(story, 0):
        assert grade(asked, repr(asked.answer)).verdict == "right", asked
        for wrong in (2 * asked.answer, asked.answer / 2, -asked.answer, asked.answer + 1):
            graded = grade(asked, f"{wrong:.6g}")
            assert graded.verdict in ("right", "wrong")
            assert "earlier" not in graded.says, "there is one pass"
            if graded.verdict == "wrong":
                assert graded.says != f"Right: {asked.shown}."


@settings(max_examples=50, deadline=None)
@given(runs(), st.text(max_size=12))
def test_no_answer_crashes(sample: Sample, text: str) -> None:
    asked = next(iter(questions(Story(sample.run()), 0)), None)
    if asked is not None:
        assert grade(asked, text).verdict in ("right", "wrong", "unreadable")


CONV = ("sum(conv2d(x, w))", "x=[[[1,2,0],[0,1,3],[2,1,1]]]", "w=[[[[1,0],[2,-1]]]]")
"""The windows give 1 + 0 + 0 − 1 = 0, 2 + 0 + 2 − 3 = 1, 0 + 0 + 4 − 1 = 3, 1 + 0 + 2 − 1 = 2."""


def windows(words: tuple[str, ...]) -> CellTrace:
    """The walk inside the node of the first step."""
    inside = Walk(opened(words)).at(1).enter()
    assert isinstance(inside, Inside) and isinstance(inside.walk, CellTrace)
    return inside.walk


def test_windows_are_asked_about_as_steps_are() -> None:
    story = CellStory(windows(CONV))
    found = list(questions(story, 0))
    forward = [q for q in found if q.prompt.startswith("Window")]
    assert [q.answer for q in forward] == [0, 1, 3, 2]
    assert all("?" in q.prompt and q.hint for q in found)
    quiz = Quiz(None).next(story, 1)
    assert quiz.question is not None and quiz.question.step == 2
    assert quiz.answer("1").last == ("right", "Right: 1.")
    assert "Hint" in (quiz.answer("?").last or ("", ""))[1]


def test_what_a_window_brings_is_asked_with_what_is_there_already() -> None:
    """Every window brings the kernel: to x₂₂ first −1, then 2 more, 0 and 1: −1, 1, 1, 2."""
    story = CellStory(windows(CONV))
    back = [q for q in questions(story, 4) if "Backward" in q.prompt]
    assert back[0].answer in (1, 2, -1) and "bring to dx" in back[0].prompt
    again = [q for q in back if "so far" in q.prompt]
    assert again
    for question in again:
        step = story.walk.step(question.step)
        shown = story.formulas.shown(step)
        assert shown is not None
        assert question.answer == step.before[shown] + step.contributions[shown]


def test_the_quiz_inside_a_node() -> None:
    """Over windows, and over the simpler ops of a composite."""
    program = app(CONV, 1)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(program.screen, CellScreen), "the windows")
        cells = program.screen
        assert isinstance(cells, CellScreen)
        await pilot.press("Q")
        await settled(pilot, lambda: "What is" in screen_text(program), "a question")
        await type_line(pilot, "1")
        await settled(pilot, lambda: cells.cells.k == 2, "the window that was asked about")
        assert "Right: 1." in screen_text(program)
        await pilot.press("escape")
        await pilot.pause()
        assert program.screen is cells

    drive(program, script)


def test_the_quiz_inside_a_composite() -> None:
    program = app(("softmax(x) @ y", "x=[0,0]", "y=[1,3]"), 1)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("enter")
        await settled(pilot, lambda: walking(program).walk.outer is not None, "inside softmax")
        await pilot.press("Q")
        await pilot.pause()
        assert isinstance(program.screen, QuizScreen)
        question = program.screen.quiz.question
        assert question is not None and question.step == 1
        await type_line(pilot, question.shown)
        await pilot.pause()
        assert "Right" in screen_text(program) and walking(program).walk.k == 1

    drive(program, script)
