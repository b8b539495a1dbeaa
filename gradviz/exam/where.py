"""Where it went wrong: the frame of the worked solution at the step that a mistake is made in."""

from __future__ import annotations

from gradviz.errors import ValueInputError
from gradviz.exam.question import Question
from gradviz.export.svg import svg
from gradviz.scene.model import Scene
from gradviz.scene.pictures import Pictures
from gradviz.scene.themes import theme
from gradviz.story.frame import Story


def frame(question: Question, step: int | None) -> Scene:
    """The frame as a scene. Raises ValueInputError where the question has no run, or the mistake no step."""
    run = question.solution.run
    if run is None or step is None:
        raise ValueInputError("there is no step to show", where=f"question {question.id}", expected="a mistake in a run")
    return Pictures(Story(run.trace())).scene(step)


def picture(question: Question, step: int | None, style: str = "light") -> str:
    """The frame as SVG in a theme."""
    return svg(frame(question, step), theme(style))
