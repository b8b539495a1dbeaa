"""The base of every screen that shows a run: named actions, colours, characters, playing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from textual.screen import Screen
from textual.timer import Timer

from gradviz.story.formula import Formula
from gradviz.story.keys import EVERY
from gradviz_tui.config import SPEEDS
from gradviz_tui.program import Program
from gradviz_tui.view.footer import Footer
from gradviz_tui.view.palette import NAMES

F = TypeVar("F", bound=Callable[[Any], object])
WORDS = {key.action: f"{key.words[:1].upper()}{key.words[1:]}" for key in EVERY}
"""What each action does, for a note."""


class Actions(dict[str, Callable[[Any], object]]):
    """A screen's actions: functions by name. Used as a decorator, it adds one."""

    def __call__(self, function: F) -> F:
        """Add a function; a trailing underscore is not part of the action's name."""
        self[function.__name__.rstrip("_")] = function
        return function


class RunScreen(Screen[None]):
    """A screen that shows a run.

    Subclasses define how to redraw and what playing does. A key runs the action that the table
    (`gradviz.story.keys`) names: one of the screen's `actions`, or its method `action_NAME`.
    """

    app: Program
    trains = False
    """Whether a network is trained here."""
    elsewhere = "this works in the walk over the graph; Backspace goes there."
    """Why a key does nothing here that does something on another screen."""

    def __init__(self, actions: Mapping[str, Callable[[Any], object]] | None = None) -> None:
        super().__init__()
        self.actions = actions or {}
        self.playing: Timer | None = None

    def does(self, name: str) -> Callable[[], object] | None:
        """The function of an action here; None for one without meaning here, or withheld."""
        if name in self.app.host.withheld:
            return None
        function = self.actions.get(name)
        if function is not None:
            return partial(function, self)
        found: Callable[[], object] | None = getattr(self, f"action_{name}", None)
        return found

    def action_do(self, name: str) -> None:
        """Run the action of a key; a note that is still shown goes first."""
        self.app.clear_notifications()
        if name in self.app.host.withheld:
            self.refuse("Visitors cannot do this.")
            return
        action = self.does(name)
        if action is None:
            self.refuse(f"{WORDS[name]}: {self.elsewhere}")
        else:
            action()

    def on_footer_chosen(self, event: Footer.Chosen) -> None:
        """Do what was clicked in the footer."""
        self.action_do(event.action)

    def draw_anew(self) -> None:
        """Redraw everything in the current colours and characters."""
        raise NotImplementedError

    def show_panes(self) -> None:
        """Redraw the panes."""
        raise NotImplementedError

    def tick(self) -> None:
        """Play one step."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Redraw after another screen, where the colours may have changed."""
        if self.is_mounted:
            self.draw_anew()

    def refuse(self, why: str) -> None:
        """Tell the user why a key does nothing now."""
        self.notify(why, timeout=3)

    def saved(self, files: tuple[str, ...] | None) -> None:
        """Tell the user which files were written; None where nothing was saved."""
        if files is not None:
            more = f" and {len(files) - 1} more" if len(files) > 1 else ""
            self.notify(f"Saved {files[0]}{more}", markup=False)

    def copy_formula(self, formula: Formula | None) -> None:
        """Copy a formula as LaTeX; there is none before the first step."""
        if formula is None:
            self.refuse("There is no formula before the first step.")
            return
        self.app.copy_to_clipboard(r" \\ ".join(formula.latex))
        self.notify("Copied the formula as LaTeX.", timeout=3)

    def copy_command(self, line: str, unsaid: str = "") -> None:
        """Copy the command that reopens exactly here; `unsaid` is why there is none."""
        if not line:
            self.refuse(f"No command opens this again: {unsaid}. Press x to save it.")
            return
        self.app.copy_to_clipboard(line)
        self.notify(line, title="Copied; shown again when you quit", timeout=8, markup=False)

    def action_theme(self) -> None:
        """Switch to the next theme."""
        if self.app.plain:
            self.refuse("This terminal only has its own colours.")
            return
        here = NAMES.index(self.app.settings.theme)
        self.app.settle(replace(self.app.settings, theme=NAMES[(here + 1) % len(NAMES)]))
        self.draw_anew()

    def action_ascii(self) -> None:
        """Switch ASCII characters on or off."""
        self.app.settle(replace(self.app.settings, ascii=not self.app.settings.ascii, asked=False))
        self.draw_anew()

    def play(self) -> None:
        """Start playing from here; one step where nothing may move by itself."""
        if self.app.still:
            self.tick()
            return
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
            still = "Space takes one step: GRADVIZ_REDUCED_MOTION is set."
            said = still if self.app.still else f"Space plays {speed:g} steps per second."
            self.notify(said, timeout=2)
            return
        self.playing.stop()
        self.play()

    def action_help(self) -> None:
        """Show all keys."""
        from gradviz_tui.screens.help import HelpScreen

        settings, withheld = self.app.settings, self.app.host.withheld
        page = HelpScreen(
            settings.theme, settings.ascii, settings.keys, withheld, training=self.trains
        )
        self.app.push_screen(page)

    def action_quit(self) -> None:
        """Quit."""
        self.app.leave()
