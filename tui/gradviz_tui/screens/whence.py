"""The paths that a gradient comes by; Enter goes to the step at which one of them arrives."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gradviz_tui.program import Program
from gradviz_tui.walk.whence import Whence


class WhenceScreen(ModalScreen[int | None]):
    """A list over the walk; it is dismissed with the chosen path's step, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,V", "leave", show=False),
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]
    DEFAULT_CSS = """
    WhenceScreen { align: left bottom; background: $background 0%; }
    WhenceScreen Vertical {
        height: auto;
        max-height: 60%;
        padding: 0 1;
        background: $background;
        border-top: solid $border;
    }
    WhenceScreen OptionList {
        height: auto;
        max-height: 12;
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size: 1 1;
    }
    WhenceScreen OptionList:focus { border: none; }
    WhenceScreen OptionList > .option-list--option-highlighted {
        color: $block-cursor-foreground;
        background: $block-cursor-background;
    }
    WhenceScreen .title { color: $accent; text-style: bold; }
    WhenceScreen .total { text-style: bold; height: auto; }
    WhenceScreen .hint { color: $foreground 70%; }
    """

    app: Program

    def __init__(self, found: Whence, first: int) -> None:
        super().__init__()
        self._found, self._first = found, first

    def compose(self) -> ComposeResult:
        """A title, the paths, their sum, the keys."""
        rows = self._found.rows
        wide = max(len(row.way) for row in rows)
        with Vertical():
            yield Static(self.app.written(self._found.title), markup=False, classes="title")
            yield OptionList(
                *(
                    Option(
                        Text(
                            self.app.written(f"{row.way.ljust(wide)}   {row.brings}"), no_wrap=True
                        )
                    )
                    for row in rows
                )
            )
            yield Static(self.app.written(self._found.total), markup=False, classes="total")
            yield Static(
                "Enter: go to the step   Up, Down: other paths   Esc: back",
                markup=False,
                classes="hint",
            )

    def on_mount(self) -> None:
        """Begin at the path of the present step, if it is one."""
        listed = self.query_one(OptionList)
        steps = [row.step for row in self._found.rows]
        listed.highlighted = steps.index(self._first) if self._first in steps else 0
        listed.focus()
        self.app.rule_above(self.query_one(Vertical))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go there."""
        self.dismiss(self._found.rows[event.option_index].step)

    def action_down(self) -> None:
        """The next path."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The path before."""
        self.query_one(OptionList).action_cursor_up()

    def action_leave(self) -> None:
        """Back to the walk."""
        self.dismiss(None)
