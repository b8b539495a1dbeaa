"""The program: which screen is shown, the settings, and leaving the terminal as it was."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen

from gradviz_tui import config
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.keys import ACTIONS, EVERY
from gradviz_tui.terminal import ALTERNATE, plain_colours
from gradviz_tui.view import palette
from gradviz_tui.view.first import First
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk

MOMENT, SOON = 0.03, 0.1
"""Seconds in which the widgets find their places, and after which the first frame is out."""


class GradvizApp(App[str]):
    """Walks through a run. Its result is the command that reopens where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False),
        Binding("ctrl+c", "quit", show=False),
    ]
    CSS = """
    Toast { background: $surface; padding: 0 1; }
    CommandPalette > Vertical { margin: 1; }
    """
    ENABLE_COMMAND_PALETTE = True
    TITLE = "gradviz"

    def __init__(
        self,
        host: Host,
        walk: Walk | None = None,
        *,
        settings: Settings | None = None,
        first: First | None = None,
    ) -> None:
        """Begin with a walk, or else with what there is to open; `first` is on the screen
        already.
        """
        self.settings = settings if settings is not None else config.load(actions=ACTIONS)
        self.plain, self._first = plain_colours(), first
        super().__init__(ansi_color=True if self.plain else None)
        self.host, self._begin = host, walk
        self._waiting: Screen[None] | None = None
        self.saving = True
        self._words = () if walk is None else walk.words
        self.failure: BaseException | None = None
        for name in config.THEMES:
            self.register_theme(palette.textual_theme(name))
        self._chosen = self.settings.theme
        if self.plain:
            self.settings = replace(self.settings, theme=palette.TERMINAL)
        self.theme = f"gradviz-{self.settings.theme}"

    def get_driver_class(self) -> type[Driver]:
        """The driver of this platform; it keeps what is on the screen if that is the first
        frame.
        """
        driver = super().get_driver_class()
        return driver if self._first is None else keeping(driver)

    def on_mount(self) -> None:
        """Listen for the end, and show the walk or what there is to open."""
        for number in (
            (signal.SIGTERM,) if self._driver is not None and not self.is_headless else ()
        ):
            try:
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
            except (
                NotImplementedError,
                ValueError,
                RuntimeError,
            ):  # no such signals here: the default stays
                break
        self.set_keymap(self.settings.keys)
        if self._first is not None:
            self.delay_update(
                MOMENT
            )  # its first frame is seen already: the parts of the next one come together
        if self._waiting is not None:
            self.push_screen(self._waiting)
        elif self._begin is None:
            self.pick()
        else:
            self._walk(self._begin, self._first)
        self.set_timer(SOON, self._first_frame_is_out)

    def _first_frame_is_out(self) -> None:
        """What can wait until then.

        What is there by now stays: the collector need not look at it again and again.
        """
        gc.freeze()
        gc.enable()
        if self._words and self.settings.recent[:1] != (self._words,):
            self.settle(self.settings.opened(self._words))
        for problem in self.settings.problems:
            self.notify(
                problem, title="In the settings", severity="warning", timeout=8, markup=False
            )

    def _walk(self, walk: Walk, first: First | None = None) -> None:
        from gradviz_tui.screens.walk import WalkScreen

        self.push_screen(WalkScreen(walk, first))

    def pick(self) -> None:
        """Show what there is to open."""
        from gradviz_tui.screens.picker import PickerScreen

        self.push_screen(PickerScreen())

    def wait_for(self, title: str, run: Future[Opened], k: int) -> None:
        """Begin with a run that is on its way."""
        from gradviz_tui.screens.waiting import WaitingScreen

        self._waiting = WaitingScreen(title, run, k)

    def fail(self, error: BaseException) -> None:
        """Leave with an error, which `start` raises once the terminal is its own again."""
        self.failure = error
        self.exit("")

    def begin(self, opened: Opened, k: int = 0) -> None:
        """Walk through something else from a step."""
        self._words = opened.words()
        self.settle(self.settings.opened(self._words))
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._walk(Walk(opened).at(k))

    def settle(self, settings: Settings) -> None:
        """Take settings, and keep them for the next time."""
        self.settings = settings
        self.theme = f"gradviz-{settings.theme}"
        self._chosen = self._chosen if self.plain else settings.theme
        if self.saving and (problem := config.save(replace(settings, theme=self._chosen))):
            self.notify(problem, severity="warning", markup=False)

    def leave(self, walk: Walk | None = None) -> None:
        """Leave the program; what was open is kept as it was left."""
        if walk is not None and walk.words != self._words:
            self.settle(self.settings.opened(walk.words, instead=self._words))
        self.exit("" if walk is None else walk.command())

    async def action_quit(self) -> None:
        """Leave, from wherever we are."""
        self.leave(next((s.walk for s in reversed(self.screen_stack) if hasattr(s, "walk")), None))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette holds what the keys do."""
        for key in EVERY:
            action = getattr(screen, f"action_{key.id}", None)
            if key.words and action is not None:
                yield SystemCommand(f"{key.words[0].upper()}{key.words[1:]}", key.shown, action)


def keeping(driver: type[Driver]) -> type[Driver]:
    """A driver that does not clear the screen when it first takes it."""

    class Keeping(driver):  # type: ignore[valid-type,misc]
        """Leaves out the first change to the alternate screen: that is where we are."""

        kept = False

        def write(self, data: str) -> None:
            if not self.kept and ALTERNATE in data:
                self.kept, data = True, data.replace(ALTERNATE, "")
            super().write(data)

    return Keeping
