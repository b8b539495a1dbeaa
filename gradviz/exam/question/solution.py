"""The worked solution of a question: its steps, its result, and where a likely mistake is made."""

from __future__ import annotations

from dataclasses import dataclass

from gradviz import mistakes
from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.exam.answers import Mistake
from gradviz.exam.question.figure import CHANNEL, MARGIN
from gradviz.exam.question.question import Figure, Question, fractions, parsed
from gradviz.exam.text import Text, say
from gradviz.export.formats.svg import svg
from gradviz.graph.graph import labels
from gradviz.scene.model import Scene
from gradviz.scene.themes import theme
from gradviz.scene.views.graph.draw import alone
from gradviz.scene.views.graph.place import PlacedGraph
from gradviz.scene.views.graph.values import Figures
from gradviz.story.formula import Formula
from gradviz.story.frame import Story


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a worked solution."""

    number: int
    sentence: str
    formula: Formula | None


def steps(question: Question) -> tuple[Step, ...]:
    """The steps of the question's run that the solution shows; none if it has no run."""
    solution = question.solution
    if solution.run is None:
        return ()
    trace = solution.run.trace()
    story = Story(trace)
    wanted = range(1, len(trace) + 1) if solution.steps is None else solution.steps
    frames = [story.frame(k) for k in wanted]
    return tuple(Step(f.number, f"{f.sentence} {f.note}".strip(), f.formula) for f in frames)


def figure(question: Question) -> Figure | None:
    """The question's figure, completed with all values and gradients of its run."""
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


def feedback(mistake: Mistake) -> str:
    """The feedback on a mistake, with the step where it is made."""
    if mistake.step and is_made_at_a_step(mistake.misconception):
        return f"{mistake.feedback} It goes wrong at step {mistake.step} of the worked solution."
    return mistake.feedback


def is_made_at_a_step(name: str) -> bool:
    """Whether a mistake of this name is made at a step of the worked solution."""
    return bool(name) and mistakes.get(name).is_made_at_a_step


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake that is made at a step of the worked solution.

    answer   the student's answer.
    """

    answer: Text
    feedback: str
    step: int

    @property
    def line(self) -> Text:
        """The text above the frame."""
        said = say(f"{self.feedback} It goes wrong at step {self.step}.")
        return ("A likely mistake: ", *self.answer, ". ", *said)


def likeliest(question: Question) -> Slip | None:
    """The first mistake, part by part, that is made at a step; None if there is none."""
    if question.solution.run is None:
        return None
    for part in question.parts:
        name = (f"({part.id}) ",) if part.id else ()
        for said, mistake in part.answer.slips():
            if mistake.step is not None and is_made_at_a_step(mistake.misconception):
                return Slip((*name, *said), mistake.feedback, mistake.step)
    return None


def slip_scene(question: Question, step: int | None) -> Scene:
    """The graph at the step of the worked solution where a mistake is made.

    Raises ValueInputError if the question has no run or the mistake no step.
    """
    run = question.solution.run
    if run is None or step is None:
        raise ValueInputError(
            "there is no step to show",
            where=f"question {question.id}",
            expected="a mistake in a run",
        )
    story = Story(run.trace())
    made = story.frame(step)
    placed = PlacedGraph(story.trace.graph, Figures(story), "auto", DIGITS, channel=CHANNEL)
    return alone(placed, made, MARGIN)


def slip_picture(
    question: Question, step: int | None, style: str = "light", *, embed_fonts: bool = True
) -> str:
    """The scene of `slip_scene` as SVG, in a theme."""
    return svg(slip_scene(question, step), theme(style), embed_fonts=embed_fonts)
