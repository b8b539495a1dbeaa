"""Where it went wrong: the graph of the worked solution at the step that a mistake is made in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Matrix, Numeric, Option, Wrong, WrongMatrix
from gradviz.exam.paper import solution as worked
from gradviz.exam.question.figure import CHANNEL, MARGIN
from gradviz.exam.question.question import Part, Question
from gradviz.exam.question.text import Text, numeral, say
from gradviz.export.svg import svg
from gradviz.scene.describe import description, title
from gradviz.scene.model import Scene
from gradviz.scene.themes import theme
from gradviz.scene.views.graph.draw import GraphDrawing
from gradviz.scene.views.graph.place import PlacedGraph
from gradviz.scene.views.graph.values import Figures
from gradviz.story.frame import Story


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake that is made at a step of the worked solution.

    answer   what the student gives.
    """

    answer: Text
    feedback: str
    step: int

    @property
    def line(self) -> Text:
        """What stands above the frame."""
        return (
            "A likely mistake: ",
            *self.answer,
            ". ",
            *say(f"{self.feedback} It goes wrong at step {self.step}."),
        )


def likeliest(question: Question) -> Slip | None:
    """The first mistake, part by part, that is made at a step; None where there is none, as in a
    count.
    """
    if question.solution.run is None:
        return None
    return next((slip for part in question.parts for slip in _slips(part)), None)


def _slips(part: Part) -> Iterator[Slip]:
    answer, name = part.answer, f"({part.id}) " if part.id else ""
    if isinstance(answer, Numeric):
        found: list[tuple[Text, Wrong | WrongMatrix | Option]] = [
            ((numeral(w.value),), w) for w in answer.wrong
        ]
    elif isinstance(answer, Matrix):
        found = [(worked.matrix(w.rows, answer), w) for w in answer.wrong]
    elif isinstance(answer, Choice):
        found = [
            ((f"({worked.letter(i)})",), o) for i, o in enumerate(answer.options) if not o.correct
        ]
    else:
        found = []
    for said, wrong in found:
        if wrong.step is not None and worked.is_made_at_a_step(wrong.misconception):
            yield Slip((name, *said) if name else said, wrong.feedback, wrong.step)


def frame(question: Question, step: int | None) -> Scene:
    """The frame as a scene.

    Raises ValueInputError where the question has no run, or the mistake no step.
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
    items = GraphDrawing(placed.at(MARGIN, MARGIN), made).items()
    about = title(placed.graph, made), description(placed.graph, placed.labels, made)
    return Scene(
        placed.width + 2 * MARGIN,
        placed.height + 2 * MARGIN,
        *about,
        tuple(items),
        engine=placed.engine,
    )


def picture(
    question: Question, step: int | None, style: str = "light", *, embed_fonts: bool = True
) -> str:
    """The frame as SVG in a theme."""
    return svg(frame(question, step), theme(style), embed_fonts=embed_fonts)
