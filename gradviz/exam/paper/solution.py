"""Worked solutions: the keys, then the story of the trace, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gradviz import mistakes
from gradviz.exam.answers.forms import (
    Choice,
    Drawing,
    Matrix,
    Numeric,
    Option,
    Ordering,
    Symbolic,
    Wrong,
    WrongExpression,
    WrongMatrix,
)
from gradviz.exam.question.question import Figure, Part, Question, fractions, parsed
from gradviz.exam.question.text import Text, expression, numeral
from gradviz.graph.graph import labels
from gradviz.story.formulas import Formula
from gradviz.story.frame import Story

Rows = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a worked solution."""

    number: int
    sentence: str
    formula: Formula | None


def steps(question: Question) -> tuple[Step, ...]:
    """The steps of the run that a question tells; none where it has no run."""
    solution = question.solution
    if solution.run is None:
        return ()
    trace = solution.run.trace()
    story = Story(trace)
    wanted = range(1, len(trace) + 1) if solution.steps is None else solution.steps
    frames = [story.frame(k) for k in wanted]
    return tuple(Step(f.number, f"{f.sentence} {f.note}".strip(), f.formula) for f in frames)


def key(part: Part) -> Text:
    """The right answer of a part, as it stands in a key."""
    answer = part.answer
    if isinstance(answer, Numeric):
        return (numeral(answer.key),)
    if isinstance(answer, Matrix):
        return matrix(answer.rows, answer)
    if isinstance(answer, Symbolic):
        return (expression(answer.source),)
    if isinstance(answer, Choice):
        return ("; ".join(f"({letter(i)})" for i in answer.right),)
    if isinstance(answer, Ordering):
        return (", ".join(letter(i) for i in answer.key),)
    assert isinstance(answer, Drawing)
    return ("see the figure",)


def matrix(rows: Rows, like: Matrix) -> Text:
    """Rows as mathematics; one row of a vector is a row."""
    return (numeral(rows[0] if like.is_vector and len(rows) == 1 else rows),)


def figure(question: Question) -> Figure | None:
    """The question's figure with everything in it: all values and gradients of its run."""
    shown, run = question.figure, question.solution.run
    if shown is None or run is None:
        return question.solution.figure
    trace, wanted = run.trace(), labels(parsed(shown.source)).values()
    known = [(name, i) for i, name in labels(trace.graph).items() if name in wanted]
    values = tuple((name, fractions(trace.values[i])) for name, i in known)
    gradients = tuple(
        (name, fractions(trace.gradients[i])) for name, i in known if trace.gradients[i] is not None
    )
    return Figure(shown.source, values, gradients, form=shown.form)


def letter(place: int) -> str:
    """A, B, C, …"""
    return chr(ord("A") + place)


def feedback(wrong: Wrong | WrongMatrix | WrongExpression | Option) -> str:
    """The sentence on a mistake, and at which step it happens."""
    step = (
        None
        if isinstance(wrong, WrongExpression) or not is_made_at_a_step(wrong.misconception)
        else wrong.step
    )
    return (
        f"{wrong.feedback} It goes wrong at step {step} of the worked solution."
        if step
        else wrong.feedback
    )


def is_made_at_a_step(name: str) -> bool:
    """Whether a mistake of this name is made at a step of the worked solution."""
    return bool(name) and mistakes.get(name).is_made_at_a_step


def hint(part: Part) -> str:
    """How an answer is written, for papers on which it is typed."""
    answer = part.answer
    if isinstance(answer, Numeric):
        return (
            f"a number, rounded to {answer.decimals} decimals"
            if answer.decimals is not None
            else "a number"
        )
    if isinstance(answer, Matrix):
        return (
            "a vector, such as [1, 2]" if answer.is_vector else "a matrix, such as [[1, 2], [3, 4]]"
        )
    if isinstance(answer, Symbolic):
        return f"an expression in {' and '.join(answer.variables)}, such as 2*x"
    if isinstance(answer, Ordering):
        return "the letters in the right order"
    if isinstance(answer, Choice):
        return "all letters that are right" if answer.several else "one letter"
    return "a drawing, marked by a person"
