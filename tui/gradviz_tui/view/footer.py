"""A footer that answers the mouse: a click does what its key does; resting there says what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.events import Click, Leave, MouseMove
from textual.message import Message

from gradviz.export.reports.text import Line
from gradviz.layout import grid
from gradviz.story.keys import EVERY
from gradviz_tui.view.lines_widget import Lines
from gradviz_tui.view.panes import ARROWS

SHOWN: Final = {token: key for key in EVERY for token in key.shown.split()}
"""The entry of the table for each key as it is shown."""
PLAIN: Final = {said: arrow for arrow, said in ARROWS.items()}


def action_at(line: Iterable[tuple[str, str]], x: int) -> str | None:
    """The action whose key, or whose words, stand at a column of a footer; None beside them."""
    action, start = None, 0
    for text, role in line:
        if role == "key":
            tokens = text.split()
            starts = [start + grid.cells(text[: text.index(token)]) for token in tokens]
            passed = [t for t, at in zip(tokens, starts, strict=True) if at <= max(x, starts[0])]
            found = SHOWN.get(PLAIN.get(passed[-1], passed[-1]))
            first = SHOWN.get(PLAIN.get(tokens[0], tokens[0]))
        start += grid.cells(text)
        if x < start:
            action = found if role == "key" else first
            return None if action is None else action.action
    return None


class Footer(Lines):
    """A line of keys with a word or two each."""

    class Chosen(Message):
        """An action was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def on_click(self, event: Click) -> None:
        """Do what the key does."""
        event.stop()
        if action := action_at(self._line(), event.x):
            self.post_message(self.Chosen(action))

    def on_mouse_move(self, event: MouseMove) -> None:
        """Say what the key does, once the pointer rests."""
        action = action_at(self._line(), event.x)
        words = next((key.words for key in EVERY if key.action == action), "")
        if self.tooltip != (words or None):
            self.tooltip = words or None

    def on_leave(self, event: Leave) -> None:
        """Say nothing any more."""
        self.tooltip = None

    def _line(self) -> Line:
        return self._shown[0] if self._shown else []
