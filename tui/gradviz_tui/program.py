"""What every screen may use of the program: its settings, opening a source, quitting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.events import Event
from textual.screen import Screen
from textual.widget import Widget

from gradviz.story.maths.ascii import to_ascii
from gradviz_tui import config
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.terminal import plain_colours, reduced_motion
from gradviz_tui.view import palette
from gradviz_tui.view.panes import PLAIN
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk

if TYPE_CHECKING:
    from gradviz_tui.walk.playground import Playground


class Key(events.Key):
    """A key, and the screen that it is meant for."""

    screen: Screen[Any] | None = None


class Program(App[str]):
    """The program as its screens know it. It returns the command that reopens where the user was.

    host      how words become a run, and which sources to offer.
    settings  what the user chose; `settle` changes it.
    plain     whether only the terminal's own colours are available.
    still     whether nothing on the screen may move by itself.
    words     the command-line words of the open source, as saved in the settings.
    failure   the error that ended the program.
    ground    the network that is trained, or was last; None where none was.
    """

    def __init__(self, host: Host, settings: Settings | None = None) -> None:
        self.settings = settings if settings is not None else config.load()
        self.plain, self.still = plain_colours(), reduced_motion()
        super().__init__(ansi_color=True if self.plain else None)
        if self.still:
            self.animation_level = "none"
        self.host, self.saving = host, not host.visited
        self.words: tuple[str, ...] = ()
        self.failure: BaseException | None = None
        self.ground: Playground | None = None
        for name in palette.NAMES:
            self.register_theme(palette.textual_theme(name))
        self._chosen = self.settings.theme
        if self.plain:
            self.settings = replace(self.settings, theme=palette.TERMINAL)
        self.theme = f"gradviz-{self.settings.theme}"
        self.set_class(self.settings.ascii, "-ascii")

    def notify(self, message: str, **options: Any) -> None:  # type: ignore[override]
        """Show a note in place of the one before."""
        self.clear_notifications()
        super().notify(self.written(message), **options)

    def written(self, text: str) -> str:
        """A text in the characters that the user wants."""
        return to_ascii(text.translate(PLAIN)) if self.settings.ascii else text

    def rule_above(self, widget: Widget) -> None:
        """Draw the line above a prompt in these characters."""
        if self.settings.ascii:
            widget.styles.border_top = ("ascii", self.theme_variables["border"])

    async def on_event(self, event: Event) -> None:
        """Keys typed in advance arrive: Ctrl+J is Enter, as a terminal says that was typed before
        the program was up; and a key that a screen did not use goes to the one opened since.
        """
        if isinstance(event, events.Key):
            stale = isinstance(event, Key) and event.screen is not self.screen
            if stale or not event.is_forwarded:
                name, text = event.key, event.character
                event = Key("enter", "\r") if name == "ctrl+j" else Key(name, text)
                event.screen = self.screen
        await super().on_event(event)

    def begin(self, opened: Opened, k: int = 0) -> None:
        """Walk through another run, starting at step k."""
        raise NotImplementedError

    def train(self, ground: Playground) -> None:
        """Train a network."""
        raise NotImplementedError

    def pick(self) -> None:
        """Show the list of sources to open."""
        raise NotImplementedError

    def settle(self, settings: Settings) -> None:
        """Apply settings, and save them."""
        self.settings = settings
        self.set_class(settings.ascii, "-ascii")
        self.theme = f"gradviz-{settings.theme}"
        self._chosen = self._chosen if self.plain else settings.theme
        if self.saving and (problem := config.save(replace(settings, theme=self._chosen))):
            self.notify(problem, severity="warning", markup=False)

    @property
    def walk(self) -> Walk | None:
        """The walk on the topmost screen that has one."""
        return next((s.walk for s in reversed(self.screen_stack) if hasattr(s, "walk")), None)

    @property
    def reopening(self) -> str:
        """The command that reopens exactly here; empty where nothing is open."""
        shown = (s for s in reversed(self.screen_stack) if hasattr(s, "reopening"))
        return next((str(line) for s in shown if (line := s.reopening())), "")

    def leave(self) -> None:
        """Quit; the open source is saved among the recent ones."""
        walk = self.walk
        if walk is not None and walk.words != self.words and not walk.root.opened.unsaid:
            self.settle(self.settings.opened(walk.words, instead=self.words))
        self.exit(self.reopening)

    def fail(self, error: BaseException) -> None:
        """Quit with an error, which `start` raises once the terminal is restored."""
        self.failure = error
        self.exit("")
