"""The line that text is typed into."""

from __future__ import annotations

from typing import Final

from textual.events import Key
from textual.widgets import Input

EDITS: Final = {
    "backspace": Input.action_delete_left,
    "delete": Input.action_delete_right,
    "left": Input.action_cursor_left,
    "right": Input.action_cursor_right,
    "home": Input.action_home,
    "end": Input.action_end,
    "ctrl+u": Input.clear,
}


class LineInput(Input):
    """An input that edits as soon as a key comes. Bindings are looked up later, so that letters
    typed behind a backspace would overtake it. Ctrl+U clears the line, whatever of it is selected.
    """

    async def _on_key(self, event: Key) -> None:
        if (edit := EDITS.get(event.key)) is not None:
            edit(self)
        elif event.key == "enter":
            await self.action_submit()
        else:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
