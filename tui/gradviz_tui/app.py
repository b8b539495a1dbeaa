"""The program: which screen is shown, the settings, and leaving the terminal as it was."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from gradviz.errors import GradvizError
from gradviz_tui import config, palette
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.keys import ACTIONS, EVERY
from gradviz_tui.opened import Opened, quoted
from gradviz_tui.state import Walk

POOR_TERMINALS = ("linux", "ansi", "vt100", "vt220", "screen", "xterm", "rxvt", "cygwin")
"""Values of TERM that promise no more than 16 colours."""


WEB = "textual.drivers.web_driver:WebDriver"
"""What textual-serve sets for the program that it runs without a terminal."""


class GradvizApp(App[str]):
    """Walks through a run. Its result is the command that reopens where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", show=False), Binding("ctrl+c", "quit", show=False)]
    CSS = """
    Toast { background: $surface; padding: 0 1; }
    CommandPalette > Vertical { margin: 1; }
    """
    ENABLE_COMMAND_PALETTE = True
    TITLE = "gradviz"

    def __init__(self, host: Host, opened: Opened | None = None, *, k: int = 0, settings: Settings | None = None) -> None:
        self.settings = settings if settings is not None else config.load(actions=ACTIONS)
        self.plain = plain_colours()
        super().__init__(ansi_color=True if self.plain else None)
        self.host, self._first = host, None if opened is None else Walk(opened).at(k)
        self.saving = True
        for name in config.THEMES:
            self.register_theme(palette.textual_theme(name))
        if self.plain:
            self.settings = _with_theme(self.settings, palette.TERMINAL)
            self.saving = False
        self.theme = f"gradviz-{self.settings.theme}"

    def on_mount(self) -> None:
        """Listen for the end, and show the walk or what there is to open."""
        for number in (signal.SIGTERM,) if self._driver is not None and not self.is_headless else ():
            try:
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
            except (NotImplementedError, ValueError, RuntimeError):  # no such signals here: the default stays
                break
        self.set_keymap(self.settings.keys)
        if self._first is None:
            self.pick()
        else:
            self._walk(self._first)
        self.call_after_refresh(self._name_problems)

    def _name_problems(self) -> None:
        for problem in self.settings.problems:
            self.notify(problem, title="In the settings", severity="warning", timeout=8, markup=False)

    def _walk(self, walk: Walk) -> None:
        from gradviz_tui.screens.walk import WalkScreen

        self.push_screen(WalkScreen(walk))

    def pick(self) -> None:
        """Show what there is to open."""
        from gradviz_tui.screens.picker import PickerScreen

        self.push_screen(PickerScreen())

    def begin(self, opened: Opened, words: tuple[str, ...] = ()) -> None:
        """Walk through something else from its start."""
        if words:
            self.settle(self.settings.opened(words))
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._walk(Walk(opened))

    def settle(self, settings: Settings) -> None:
        """Take settings, and keep them for the next time."""
        self.settings = settings
        self.theme = f"gradviz-{settings.theme}"
        if self.saving and (problem := config.save(settings)):
            self.notify(problem, severity="warning", markup=False)

    def leave(self, command: str) -> None:
        """Leave the program."""
        self.exit(command)

    async def action_quit(self) -> None:
        """Leave, from wherever we are."""
        screen = next((s for s in reversed(self.screen_stack) if hasattr(s, "walk")), None)
        self.leave(screen.walk.command() if screen is not None else "")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette holds what the keys do."""
        for key in EVERY:
            action = getattr(screen, f"action_{key.id}", None)
            if key.words and action is not None:
                yield SystemCommand(f"{key.words[0].upper()}{key.words[1:]}", key.shown, action)


def _with_theme(settings: Settings, theme: str) -> Settings:
    from dataclasses import replace

    return replace(settings, theme=theme)


def plain_colours() -> bool:
    """Whether the terminal's own colours are all there is, or none are wanted."""
    if os.environ.get("NO_COLOR"):
        return True
    rich = os.environ.get("COLORTERM", "") in ("truecolor", "24bit") or os.environ.get("TEXTUAL_DRIVER") == WEB
    term = os.environ.get("TERM", "")
    return not rich and term.split("-")[0] in POOR_TERMINALS and "256" not in term and "direct" not in term


def check_terminal(words: Sequence[str] = ()) -> None:
    """Raise GradvizError where there is no terminal to draw in, and no browser in its place.

    `words` are those of the command line, for the hint at what does without.
    """
    if os.environ.get("TEXTUAL_DRIVER") == WEB:
        return
    show = " ".join(["gradviz show", *(map(quoted, words) if words else ("SOURCE NAME=VALUE …",))])
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        what = "standard output" if sys.stdin.isatty() else "standard input"
        raise GradvizError(
            f"this is no terminal: {what} goes elsewhere", expected="an interactive terminal",
            hint=f"{show} writes the same steps as text",
        )  # fmt: skip
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        raise GradvizError(
            "this terminal cannot place text", expected="a terminal that knows cursor movements",
            got=f"TERM={os.environ.get('TERM', '')}", hint=f"{show} writes the same steps as text",
        )  # fmt: skip


def start(host: Host, opened: Opened | None = None, *, k: int = 0, settings: Settings | None = None) -> str:
    """Run the program; returns the command that reopens where it was left. Raises GradvizError without a terminal."""
    check_terminal()
    app = GradvizApp(host, opened, k=k, settings=settings)
    return app.run() or ""
