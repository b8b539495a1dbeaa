"""What every screen that shows a run has: actions by their names, colours, characters, playing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from textual.screen import Screen
from textual.timer import Timer

from gradviz_tui.config import SPEEDS
from gradviz_tui.program import Program
from gradviz_tui.view.palette import NAMES

F = TypeVar("F", bound=Callable[[Any], object])


class Actions(dict[str, Callable[[Any], object]]):
    """Functions of a screen that are actions by their names; as a decorator it takes one more."""

    def __call__(self, function: F) -> F:
        """Take a function; a last underscore is no part of the action's name."""
        self[function.__name__.rstrip("_")] = function
        return function


class RunScreen(Screen[None]):
    """A screen that shows a run.

    It says how it draws itself anew and what playing does. A key does what the table
    (`gradviz.story.keys`) calls it: one of the screen's `actions`, or its own method `action_NAME`.
    """

    app: Program

    def __init__(self, actions: Mapping[str, Callable[[Any], object]] | None = None) -> None:
        super().__init__()
        self.actions = actions or {}
        self.playing: Timer | None = None

    def does(self, name: str) -> Callable[[], object] | None:
        """What an action does here; None for one that has no meaning here."""
        function = self.actions.get(name)
        if function is not None:
            return partial(function, self)
        found: Callable[[], object] | None = getattr(self, f"action_{name}", None)
        return found

    def action_do(self, name: str) -> None:
        """What a key does."""
        action = self.does(name)
        assert action is not None, name
        action()

    def draw_anew(self) -> None:
        """Draw everything in the colours and the characters of now."""
        raise NotImplementedError

    def show_panes(self) -> None:
        """Say anew what is going on."""
        raise NotImplementedError

    def tick(self) -> None:
        """One step of playing."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Back from a screen on which the colours may have changed."""
        if self.is_mounted:
            self.draw_anew()

    def refuse(self, why: str) -> None:
        """Say why a key does nothing now."""
        self.notify(why, timeout=3)

    def action_theme(self) -> None:
        """Other colours."""
        if self.app.plain:
            self.refuse("This terminal only has its own colours.")
            return
        here = NAMES.index(self.app.settings.theme)
        self.app.settle(replace(self.app.settings, theme=NAMES[(here + 1) % len(NAMES)]))
        self.draw_anew()

    def action_ascii(self) -> None:
        """Plain characters, and back."""
        self.app.settle(replace(self.app.settings, ascii=not self.app.settings.ascii))
        self.draw_anew()

    def play(self) -> None:
        """Play from here on."""
        self.playing = self.set_interval(1 / self.app.settings.speed, self.tick)
        self.show_panes()

    def stop(self) -> None:
        """Stop playing."""
        if self.playing is not None:
            self.playing.stop()
            self.playing = None
            self.show_panes()

    def action_slower(self) -> None:
        """Play more slowly."""
        self._speed(-1)

    def action_faster(self) -> None:
        """Play faster."""
        self._speed(1)

    def _speed(self, by: int) -> None:
        here = SPEEDS.index(self.app.settings.speed)
        speed = SPEEDS[min(max(here + by, 0), len(SPEEDS) - 1)]
        self.app.settle(replace(self.app.settings, speed=speed))
        if self.playing is None:
            self.notify(f"Space plays {speed:g} steps per second.", timeout=2)
            return
        self.playing.stop()
        self.play()

    def action_help(self) -> None:
        """All keys."""
        from gradviz_tui.screens.help import HelpScreen

        settings = self.app.settings
        self.app.push_screen(HelpScreen(settings.theme, settings.ascii, settings.keys))

    def action_quit(self) -> None:
        """Leave, and say how to come back."""
        self.app.leave()
