"""The program: which screen is shown when, and leaving the terminal as it was."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen

from gradviz.story.keys import EVERY
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.program import Program
from gradviz_tui.screens.run import RunScreen
from gradviz_tui.terminal import ALTERNATE, in_browser
from gradviz_tui.view.first_frame import FirstFrame
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.viewed import Viewed, begun

if TYPE_CHECKING:
    from gradviz_tui.walk.playground import Playground

MOMENT, SOON = 0.03, 0.1
"""Seconds for the widgets to be laid out, and until the first frame has been drawn."""


class GradvizApp(Program):
    """Walks through a run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False),
        Binding("ctrl+c", "quit", show=False),
    ]
    CSS = """
    Toast { background: $surface; padding: 0 1; }
    .-ascii Toast { border-left: none; border-right: none; }
    CommandPalette > Vertical { margin: 1; }
    """
    ENABLE_COMMAND_PALETTE = True
    TITLE = "gradviz"

    def __init__(
        self,
        host: Host,
        walk: Walk | None = None,
        *,
        viewed: Inside | None = None,
        settings: Settings | None = None,
        first: FirstFrame | None = None,
        ground: Playground | None = None,
    ) -> None:
        """Start with a walk, with a network to train, or with the list of sources; `viewed` is a
        view of the walk to show, `first` is already on the screen.
        """
        self._begin, self._viewed, self._first = (
            walk,
            viewed,
            first,
        )  # before Textual asks for a driver
        super().__init__(host, settings)
        self._waiting: Screen[None] | None = None
        self.ground = ground
        self.words = walk.words if walk is not None else ground.setup.words() if ground else ()

    def get_driver_class(self) -> type[Driver]:
        """The driver of this platform; it does not clear a first frame from the screen.

        In a browser, it ends with its server.
        """
        driver = super().get_driver_class()
        if in_browser():
            return ending(driver)
        return driver if self._first is None else keeping(driver)

    def on_mount(self) -> None:
        """Handle SIGTERM, and show the walk or the list of sources."""
        self._listen_for_the_end()
        self.set_keymap(self.settings.keys)
        if self._first is not None:
            # The first frame is already visible: draw the parts of the next one together.
            self.delay_update(MOMENT)
        if self._waiting is not None:
            self.push_screen(self._waiting)
        elif self.ground is not None:
            self._show_training(self.ground)
        elif self._begin is None:
            self.pick()
        else:
            self._walk(self._begin, self._first, self._viewed)
        self.set_timer(SOON, self._first_frame_is_out)

    def _listen_for_the_end(self) -> None:
        """Quit on SIGTERM, on platforms that have it."""
        if self._driver is None or self.is_headless:
            return
        try:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        except (NotImplementedError, ValueError, RuntimeError):  # keep the default
            return

    def _first_frame_is_out(self) -> None:
        """Do what could wait until now.

        Objects created so far stay alive, so the garbage collector need not scan them again.
        """
        gc.freeze()
        gc.enable()
        if self.words and self.settings.recent[:1] != (self.words,):
            self.settle(self.settings.opened(self.words))
        if self.settings.problems and not self.host.visited:
            said = "\n".join(self.settings.problems)
            self.notify(said, title="Settings", severity="warning", timeout=8, markup=False)

    def _walk(
        self, walk: Walk, first: FirstFrame | None = None, viewed: Inside | None = None
    ) -> None:
        from gradviz_tui.screens.moves import MOVES, screen_of
        from gradviz_tui.screens.tools import TOOLS
        from gradviz_tui.screens.walk import WalkScreen

        screen = WalkScreen(walk, MOVES | TOOLS, first)
        self.push_screen(screen)
        if isinstance(viewed, Viewed):
            from gradviz_tui.screens.view import ViewScreen

            self.push_screen(ViewScreen(viewed, screen))
        elif viewed is not None:
            self.push_screen(screen_of(viewed, walk))

    def pick(self) -> None:
        """Show the list of sources to open."""
        from gradviz_tui.screens.picker import PickerScreen

        self.push_screen(PickerScreen())

    def wait_for(self, title: str, run: Future[Opened], k: int) -> None:
        """Start while the run is still being computed."""
        from gradviz_tui.screens.waiting import WaitingScreen

        self._waiting = WaitingScreen(title, run, k)

    def begin(self, opened: Opened, k: int = 0) -> None:
        """Walk through another run, starting at step k. Raises ValueInputError for a view that does
        not fit it.
        """
        walk, viewed = begun(opened, k)
        self._leave_for(opened.words())
        self._walk(walk, viewed=viewed)

    def train(self, ground: Playground) -> None:
        """Train a network."""
        self.ground = ground
        self._leave_for(ground.setup.words())
        self._show_training(ground)

    def _leave_for(self, words: tuple[str, ...]) -> None:
        """Close every screen: something else is opened, which these words open again."""
        self.words = words
        self.settle(self.settings.opened(words))
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def _show_training(self, ground: Playground) -> None:
        from gradviz_tui.screens.playground import PlaygroundScreen

        self.push_screen(PlaygroundScreen(ground))

    async def action_quit(self) -> None:
        """Quit from any screen."""
        self.leave()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette lists the actions of the keys."""
        if not isinstance(screen, RunScreen):
            return
        for key in EVERY:
            action, words = screen.does(key.action), key.trained if screen.trains else key.words
            if words and action is not None:
                yield SystemCommand(f"{words[0].upper()}{words[1:]}", key.shown, action)


def ending(driver: type[Driver]) -> type[Driver]:
    """A driver in a browser that ends the process when its server is gone, whatever it does."""

    class Ending(driver):  # type: ignore[valid-type,misc]
        """Its input ends before the program does only if nobody is left at the other end."""

        def run_input_thread(self) -> None:
            super().run_input_thread()
            if not self.exit_event.is_set():
                os._exit(1)

    return Ending


def keeping(driver: type[Driver]) -> type[Driver]:
    """A driver that does not clear the screen when it first takes it."""

    class Keeping(driver):  # type: ignore[valid-type,misc]
        """Skips the first switch to the alternate screen, which is already shown."""

        kept = False

        def write(self, data: str) -> None:
            if not self.kept and ALTERNATE in data:
                self.kept, data = True, data.replace(ALTERNATE, "")
            super().write(data)

    return Keeping
