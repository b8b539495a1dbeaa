"""Choosing what to open: lecture examples, recent sources, or a typed line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.screen import Screen
from textual.suggester import SuggestFromList
from textual.widgets import Input, OptionList, Static
from textual.widgets.input import Selection
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from gradviz import shell
from gradviz.errors import GradvizError
from gradviz.story.languages import listed
from gradviz_tui.program import Program
from gradviz_tui.screens.line_input import LineInput
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.typed import missing, one_line, places

if TYPE_CHECKING:
    from gradviz_tui.walk.playground import Playground

ASK = "Type an expression with its values, such as  x*y + z x=-3 y=5 z=2"
MOVES = {"up": "cursor_up", "down": "cursor_down", "pageup": "page_up", "pagedown": "page_down"}
"""The list's action for each key."""


class Wanting(NamedTuple):
    """A source with its words, whose other inputs have no value yet; `values` are offered."""

    words: tuple[str, ...]
    values: dict[str, str]


class SourceInput(LineInput):
    """The line for a source; of several lines that are pasted it makes one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(select_on_focus=False, **options)

    def _on_paste(self, event: Paste) -> None:
        text = one_line(event.text)
        if text:
            self.replace(text, *sorted(self.selection))
        event.stop()
        event.prevent_default()


class PickerScreen(Screen[None]):
    """A line and a list; if a source fails, its error is shown here.

    The line always has the focus, so that no fast typing gets lost. Enter opens what was typed; the
    highlighted entry of the list where nothing was, or where it was chosen since. Values that are
    missing are put into the line, to be taken or changed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab", "next_value", show=False, priority=True),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
        *(
            Binding(key, f"choose('{move}')", show=False, priority=True)
            for key, move in MOVES.items()
        ),
    ]
    DEFAULT_CSS = """
    PickerScreen { layout: vertical; background: $background; padding: 0 1; }
    PickerScreen #name { color: $accent; text-style: bold; height: 1; }
    PickerScreen #ask { height: 1; }
    PickerScreen Input {
        border: none;
        height: 1;
        padding: 0;
        background: $surface;
        margin: 0 0 1 0;
    }
    PickerScreen Input:focus { border: none; }
    PickerScreen #problem { color: $error; height: auto; max-height: 9; }
    PickerScreen OptionList {
        text-wrap: nowrap;
        text-overflow: ellipsis;
        border: none;
        height: 1fr;
        background: $background;
        padding: 0;
        scrollbar-size: 1 1;
    }
    PickerScreen OptionList > .option-list--option-highlighted {
        color: $block-cursor-foreground;
        background: $block-cursor-background;
    }
    PickerScreen OptionList > .option-list--option-disabled { color: $foreground 70%; }
    PickerScreen #keys { height: 1; color: $foreground 70%; }
    """

    app: Program

    def __init__(self) -> None:
        super().__init__()
        self._words: list[tuple[str, ...]] = []
        self._chosen_at: str | None = None  # what stood in the line when an entry was chosen
        self._offered: tuple[str, tuple[str, ...]] = ("", ())  # a line, and names it has values for

    def compose(self) -> ComposeResult:
        """The line, its error, the list."""
        from rich.text import Text

        yield Static("gradviz: step through backpropagation", markup=False, id="name")
        yield Static(ASK, markup=False, id="ask")
        names = SuggestFromList([o.name for o in self.app.host.offers], case_sensitive=False)
        yield SourceInput(id="line", placeholder="type here, or choose below", suggester=names)
        yield Static("", markup=False, id="problem")
        options: list[Option] = []
        origin = ""
        origins = list(dict.fromkeys(offer.origin for offer in self.app.host.offers))
        for offer in sorted(self.app.host.offers, key=lambda offer: origins.index(offer.origin)):
            if offer.origin != origin:
                origin = offer.origin
                options.append(Option(Text(origin), disabled=True))
                self._words.append(())
            told = f"{offer.line[0].upper()}{offer.line[1:]}"
            line = Text.assemble(
                (f"  {offer.name:<14}", "bold"), told, no_wrap=True, overflow="ellipsis"
            )
            options.append(Option(line, id=offer.name))
            self._words.append(offer.words)
        recent = () if self.app.host.visited else self.app.settings.recent
        if recent:
            options.append(Option(Text("Recent"), disabled=True))
            self._words.append(())
        for words in recent:
            options.append(
                Option(Text("  " + shell.line(words), no_wrap=True, overflow="ellipsis"))
            )
            self._words.append(words)
        yield OptionList(*options)
        yield Static("Enter: open   Up, Down: choose   Esc: close", markup=False, id="keys")

    def on_mount(self) -> None:
        """Focus the line, and highlight the first entry of the list."""
        self.query_one(Input).cursor_blink = False
        self.query_one("#problem").display = False
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        self._light()

    def _light(self) -> None:
        """Highlight the first entry while the line is empty, else nothing that was not chosen."""
        typed = self.query_one(Input).value
        if typed and typed == self._chosen_at:
            return
        self._chosen_at = None
        self.query_one(OptionList).highlighted = None if typed or len(self._words) < 2 else 1

    def action_choose(self, move: str) -> None:
        """Move the highlight."""
        self._chosen_at = self.query_one(Input).value
        getattr(self.query_one(OptionList), f"action_{move}")()

    def action_next_value(self) -> None:
        """Select the next of the values that were put into the line."""
        line = self.query_one(Input)
        found = list(places(line.value, self._offered[1]))
        if found:
            here = max(line.selection)
            start, end = next((span for span in found if span[0] > here), found[0])
            line.selection = Selection(start, end)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the chosen entry."""
        self._open(self._words[event.option_index])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what was typed; else the highlighted entry."""
        lit, typed = self.query_one(OptionList).highlighted, event.value
        if lit is not None and (not typed.strip() or typed == self._chosen_at):
            self._open(self._words[lit])
        elif typed.strip():
            self._open(self.app.host.split(one_line(typed)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Clear the error of the previous text."""
        self._tell("")
        if event.value != self._offered[0]:
            self.query_one("#ask", Static).update(ASK)
        self._light()

    def _open(self, words: tuple[str, ...]) -> None:
        self._tell("")
        self.query_one("#ask", Static).update(f"running {words[0]:.60} …")
        host = self.app.host

        def work() -> Opened | Playground | Wanting:
            wanted = missing(words, host.allowed)
            alone = len(words) == 1 and set(wanted) == {words[0]}  # a name, perhaps misspelt
            return Wanting(words, wanted) if wanted and not alone else host.open(words)

        self.run_worker(work, thread=True, exclusive=True, exit_on_error=False, name="open")

    def _offer(self, wanting: Wanting) -> None:
        """Put values for what is missing into the line."""
        names = tuple(wanting.values)
        typed = " ".join([*wanting.words, *(f"{n}={text}" for n, text in wanting.values.items())])
        self._offered = typed, names
        line = self.query_one(Input)
        line.value = typed
        said = f"{listed(names):.40} {'has' if len(names) == 1 else 'have'} no value yet."
        self.query_one("#ask", Static).update(f"{said} Enter takes what is offered; Tab: next")
        line.cursor_position = 0
        self.action_next_value()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Walk through what was opened, or show its error."""
        if event.worker.name != "open" or event.state not in (
            WorkerState.SUCCESS,
            WorkerState.ERROR,
        ):
            return
        event.stop()
        self.query_one("#ask", Static).update(ASK)
        if event.state is WorkerState.SUCCESS and event.worker.result is not None:
            found = event.worker.result
            if isinstance(found, Wanting):
                self._offer(found)
            elif isinstance(found, Opened):
                self.app.begin(found)
            else:
                self.app.train(found)
        elif isinstance(event.worker.error, GradvizError | OSError | MemoryError):
            self._tell(str(event.worker.error) or "this needs more memory than is available")
        elif event.worker.error is not None:
            raise event.worker.error

    def _tell(self, problem: str) -> None:
        shown = self.query_one("#problem", Static)
        shown.update(problem)
        shown.display = bool(problem)

    def action_leave(self) -> None:
        """Go back to the walk, or quit if there is none."""
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()
        else:
            self.app.leave()
