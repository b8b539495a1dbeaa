"""A list over the walk whose rows are steps; Enter goes to one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gradviz_tui.program import Program


class Row(NamedTuple):
    """A row: its text, in which the first line is lit where there are more, and its step."""

    text: str
    step: int | None


class StepsScreen(ModalScreen[int | None]):
    """It is dismissed with the step of the chosen row, or with None.

    title, rows, foot  what stands there.
    first              the row to begin at.
    wrapped            whether long rows are broken into lines, not cut.
    seen               called with the step of each row that one comes to.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,V,I", "leave", show=False),
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]
    DEFAULT_CSS = """
    StepsScreen { align: left bottom; background: $background 0%; }
    StepsScreen Vertical {
        height: auto;
        max-height: 60%;
        padding: 0 1;
        background: $background;
        border-top: solid $border;
    }
    StepsScreen OptionList {
        height: auto;
        max-height: 12;
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size: 1 1;
    }
    StepsScreen OptionList:focus { border: none; }
    StepsScreen OptionList > .option-list--option-highlighted {
        color: $block-cursor-foreground;
        background: $block-cursor-background;
    }
    StepsScreen .title { color: $accent; text-style: bold; }
    StepsScreen .foot { text-style: bold; height: auto; }
    StepsScreen .hint { color: $foreground 70%; }
    """

    app: Program

    def __init__(
        self,
        title: str,
        rows: Sequence[Row],
        foot: str = "",
        *,
        first: int = 0,
        others: str = "others",
        wrapped: bool = False,
        seen: Callable[[int | None], object] = lambda step: None,
    ) -> None:
        super().__init__()
        self.rows = rows
        self._title, self._foot, self._first = title, foot, first
        self._others, self._wrapped, self._seen = others, wrapped, seen

    def compose(self) -> ComposeResult:
        """A title, the rows, what they come to, the keys."""
        written = self.app.written
        keys = ["Enter: go to the step"] if any(row.step is not None for row in self.rows) else []
        keys += [f"Up, Down: {self._others}"] if len(self.rows) > 1 else []
        with Vertical():
            yield Static(written(self._title), markup=False, classes="title")
            yield OptionList(
                *(Option(Text(written(r.text), no_wrap=not self._wrapped)) for r in self.rows)
            )
            if self._foot:
                yield Static(written(self._foot), markup=False, classes="foot")
            yield Static("   ".join([*keys, "Esc: back"]), markup=False, classes="hint")

    def on_mount(self) -> None:
        """Begin at the first row, or at the one that was asked for."""
        listed = self.query_one(OptionList)
        listed.highlighted = self._first
        listed.focus()
        self.app.rule_above(self.query_one(Vertical))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the step of the row."""
        self._seen(self.rows[event.option_index].step)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go there."""
        self.dismiss(self.rows[event.option_index].step)

    def action_down(self) -> None:
        """The next row."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The row before."""
        self.query_one(OptionList).action_cursor_up()

    def action_leave(self) -> None:
        """Back to the walk."""
        self.dismiss(None)
