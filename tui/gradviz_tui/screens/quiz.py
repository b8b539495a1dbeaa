"""The quiz over the walk: the next number is hidden, and the student types it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from gradviz.story.cells.frames import CellStory
from gradviz.story.frame import Story
from gradviz_tui.screens.line_input import LineInput
from gradviz_tui.walk.answers import asks_for_help
from gradviz_tui.walk.quiz import Quiz


class Lesson(NamedTuple):
    """What is asked about.

    story  of a walk over a graph, or over the windows inside a node; `title` is what is open.
    k      the step from which on.
    go     shows a step.
    """

    story: Story | CellStory
    title: str
    k: int
    go: Callable[[int], None]


class QuizScreen(ModalScreen[None]):
    """One question after another, starting at the walk's step.

    Enter answers and then goes on; what went wrong is asked again later. Esc ends the quiz, and
    its score is said, and kept only if one asks for it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+n", "skip", show=False, priority=True),
        Binding("ctrl+s", "keep", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    QuizScreen { align: left bottom; background: $background 0%; }
    QuizScreen Vertical {
        height: 10;
        padding: 0 1;
        background: $background;
        border-top: solid $border;
    }
    QuizScreen Input { border: none; height: 1; padding: 0; background: $surface; }
    QuizScreen Input:focus { border: none; }
    QuizScreen #title { color: $accent; text-style: bold; }
    QuizScreen #question { height: auto; }
    QuizScreen #said { height: auto; text-style: bold; }
    QuizScreen #told { height: auto; color: $foreground 70%; }
    QuizScreen #keys { dock: bottom; height: 1; color: $foreground 70%; }
    """

    def __init__(self, lesson: Lesson) -> None:
        super().__init__()
        self._lesson = lesson
        self._k = lesson.k
        self.quiz = Quiz(None).next(lesson.story, lesson.k)

    def compose(self) -> ComposeResult:
        """The question, the line for the answer, the feedback."""
        with Vertical():
            yield Static("", markup=False, id="title")
            yield Static("", markup=False, id="question")
            yield LineInput(
                id="answer", placeholder="a number, a fraction such as 1/4, or 2*0.5; ? for a hint"
            )
            yield Static("", markup=False, id="said")
            yield Static("", markup=False, id="told")
            yield Static("", markup=False, id="keys")

    def on_mount(self) -> None:
        """Show the first question."""
        self.query_one(Input).cursor_blink = False
        self._ask()

    def _ask(self) -> None:
        question = self.quiz.question
        if question is None:
            self.action_leave()
            return
        self._go(question.step - 1)
        line = self.query_one(Input)
        line.value = ""
        line.focus()
        self._show()

    def _show(self) -> None:
        quiz, question = self.quiz, self.quiz.question
        if question is None:
            return
        self._put(
            "title",
            f"Quiz, step {question.step} of {len(self._lesson.story.walk)}  "
            f" {quiz.score if quiz.asked else ''}",
        )
        self._put("question", f"{question.prompt} {question.precision}".strip())
        said = quiz.last
        self._put("said", said.says if said else "")
        settled = quiz.done
        sentence = self._lesson.story.frame(self._k).sentence if settled else ""
        self._put("told", textwrap.shorten(sentence, 240))
        keys = (
            "Enter: next question   Esc: end the quiz"
            if settled
            else "Enter: answer   "
            f"Ctrl+n: {'show the answer' if quiz.hinted or not question.hint else 'a hint'}   "
            "Esc: end the quiz"
        )
        keys += "   Ctrl+s: keep the score" if quiz.asked else ""
        self._put("keys", keys)

    def _put(self, id: str, text: str) -> None:
        self.query_one(f"#{id}", Static).update(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Grade the answer; on a settled question, go on."""
        if self.quiz.done:
            self.quiz = self.quiz.next(self._lesson.story, self._k)
            self._ask()
        elif event.value.strip():
            self._settle(self.quiz.answer(event.value))

    def _settle(self, quiz: Quiz) -> None:
        self.quiz = quiz
        line = self.query_one(Input)
        is_wrong = quiz.last is not None and quiz.last.verdict == "wrong"
        if not quiz.done and (is_wrong or asks_for_help(line.value)):
            line.value = ""
        line.select_all()
        if quiz.done and quiz.question is not None:
            self._go(quiz.question.step)
        self._show()

    def _go(self, k: int) -> None:
        """Be at step k, and show it."""
        self._k = k
        self._lesson.go(k)

    def action_skip(self) -> None:
        """Show a hint, then the answer."""
        self._settle(self.quiz.skip())

    def action_keep(self) -> None:
        """Copy the score, to be kept wherever one likes."""
        self.app.copy_to_clipboard(f"gradviz quiz, {self._lesson.title}: {self.quiz.score}")
        self.notify("The score is copied.", timeout=4)

    def action_leave(self) -> None:
        """End the quiz with its score."""
        score = self.quiz.score
        self.dismiss(None)
        self.app.notify(score, title="Quiz", timeout=8)
