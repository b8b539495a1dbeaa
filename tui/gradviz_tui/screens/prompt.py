"""A prompt over the walk: it keeps the text until it is valid, and shows what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static
from textual.widgets.input import Selection
from textual.worker import Worker, WorkerState

from gradviz.errors import GradvizError
from gradviz_tui.program import Program
from gradviz_tui.screens.line_input import LineInput

Accept = Callable[[str], Any]
"""Takes the text; raises GradvizError if it is invalid."""


class Prompt(ModalScreen[Any]):
    """Asks for one line and dismisses itself with what `accept` returned, or with None.

    What it offers is selected, so that typing replaces it.

    title    the question.
    accept   run in a thread, so that it may take its time.
    initial  the initial text.
    after    of what is offered, only what follows this is selected: of `x = 2` the 2.
    others   further texts, which the up and down keys put into the line.
    known    words to suggest while typing.
    hint     a line shown below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+c", "leave", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    Prompt { align: left bottom; background: $background 0%; }
    Prompt Vertical {
        height: auto;
        max-height: 14;
        padding: 0 1;
        background: $background;
        border-top: solid $border;
    }
    Prompt Input { border: none; height: 1; padding: 0; background: $background; }
    Prompt Input:focus { border: none; }
    Prompt .title { color: $accent; text-style: bold; }
    Prompt .hint { color: $foreground 70%; }
    Prompt .problem { color: $error; text-style: bold; height: auto; }
    """

    app: Program

    def __init__(
        self,
        title: str,
        accept: Accept,
        *,
        initial: str = "",
        after: str = "",
        others: Sequence[str] = (),
        known: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        super().__init__()
        self._title, self._accept, self._initial = title, accept, initial
        self._texts = [initial, *(t for t in others if t != initial)]
        self._known, self._hint, self._after = known, hint, after
        self._busy = False
        self._ahead: list[Key] = []  # typed while the text is tried

    def compose(self) -> ComposeResult:
        """The title, the line, the error, the hint."""
        suggester = SuggestFromList(self._known, case_sensitive=True) if self._known else None
        with Vertical():
            yield Static(self.app.written(self._title), markup=False, classes="title")
            yield LineInput(self._initial, suggester=suggester, select_on_focus=False)
            yield Static("", markup=False, classes="problem")
            yield Static(self.app.written(self._hint), markup=False, classes="hint")

    def on_mount(self) -> None:
        """Start with what is offered selected."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()
        self.put(self._initial)
        self._tell("")
        self.app.rule_above(self.query_one(Vertical))

    def on_key(self, event: Key) -> None:
        """Handle keys that do not type text, and those that come before the line has the focus."""
        if not self._handled(event):
            return
        event.stop()
        event.prevent_default()

    def _handled(self, event: Key) -> bool:
        line = self.query_one(Input)
        if self._busy:
            self._ahead.append(event)
        elif not line.has_focus and event.key == "enter":
            self.on_input_submitted(Input.Submitted(line, line.value))
        elif event.is_printable and event.character is not None:  # the line would have stopped it
            line.replace(event.character, *sorted(line.selection))
        else:
            return self.turn(event.key)
        return True

    def turn(self, key: str) -> bool:
        """Show the next of the other texts; returns whether the key was used for that."""
        if key not in ("up", "down") or len(self._texts) < 2:
            return False
        line = self.query_one(Input)
        here = self._texts.index(line.value) if line.value in self._texts else 0
        self.put(self._texts[(here + (1 if key == "down" else -1)) % len(self._texts)])
        return True

    def put(self, text: str) -> None:
        """Put a text into the line, selected."""
        line = self.query_one(Input)
        line.value = text
        kept = text.find(self._after) + len(self._after) if self._after in text else 0
        line.selection = Selection(kept, len(text))

    def on_input_changed(self) -> None:
        """Clear the error of the previous text."""
        if not self._busy:
            self._tell("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Try the text."""
        if self._busy:
            return
        self._busy = True
        self._tell("…")
        self.set_focus(None)
        text = event.value
        self.run_worker(
            lambda: self._accept(text),
            thread=True,
            exclusive=True,
            exit_on_error=False,
            name="accept",
        )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Dismiss with the result, or show the error."""
        if event.worker.name != "accept" or event.state not in (
            WorkerState.SUCCESS,
            WorkerState.ERROR,
        ):
            return
        event.stop()
        self._busy = False
        ahead, self._ahead = self._ahead, []
        if event.state is WorkerState.SUCCESS:
            self.dismiss(event.worker.result)
            for key in ahead:
                self.app.post_message(Key(key.key, key.character))
            return
        line = self.query_one(Input)
        line.focus()
        for key in ahead:
            self._handled(key)
        if isinstance(event.worker.error, GradvizError | OSError | MemoryError):
            self._tell(str(event.worker.error) or "this needs more memory than is available")
        elif event.worker.error is not None:
            raise event.worker.error

    def _tell(self, problem: str) -> None:
        shown = self.query_one(".problem", Static)
        shown.update(problem)
        shown.display = bool(problem)

    def action_leave(self) -> None:
        """Cancel."""
        self.dismiss(None)
