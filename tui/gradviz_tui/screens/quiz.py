"""The quiz over the walk: the next number is hidden, and the student types it."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from gradviz_tui.screens.line_input import LineInput
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.walk.answers import asks_for_help
from gradviz_tui.walk.quiz import Quiz


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

    def __init__(self, walk: WalkScreen) -> None:
        super().__init__()
        self._screen = walk
        self.quiz = Quiz(None).next(walk.frame.story, walk.walk.k)

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
        self._screen.move(self._screen.walk.at(question.step - 1).select(None))
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
            f"Quiz, step {question.step} of {self._screen.walk.total}  "
            f" {quiz.score if quiz.asked else ''}",
        )
        self._put("question", f"{question.prompt} {question.precision}".strip())
        said = quiz.last
        self._put("said", said.says if said else "")
        settled = quiz.done
        sentence = self._screen.frame.sentence if settled else ""
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
            self.quiz = self.quiz.next(self._screen.frame.story, self._screen.walk.k)
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
            self._screen.move(self._screen.walk.at(quiz.question.step))
        self._show()

    def action_skip(self) -> None:
        """Show a hint, then the answer."""
        self._settle(self.quiz.skip())

    def action_keep(self) -> None:
        """Copy the score, to be kept wherever one likes."""
        title = self._screen.walk.root.opened.title
        self.app.copy_to_clipboard(f"gradviz quiz, {title}: {self.quiz.score}")
        self.notify("The score is copied.", timeout=4)

    def action_leave(self) -> None:
        """End the quiz with its score."""
        score = self.quiz.score
        self.dismiss(None)
        self._screen.notify(score, title="Quiz", timeout=8)
