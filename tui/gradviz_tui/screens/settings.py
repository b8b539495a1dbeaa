"""The keys that change how a run is shown, the same on every screen that shows one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.timer import Timer

from gradviz_tui.config import THEMES
from gradviz_tui.walk.state import SPEEDS

if TYPE_CHECKING:
    from gradviz_tui.app import GradvizApp


class Changeable(Screen[None]):
    """Colours, characters, and playing at a speed.

    A screen says how it draws itself anew and what playing does.
    """

    app: GradvizApp

    def __init__(self) -> None:
        super().__init__()
        self.playing: Timer | None = None

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
            self.refuse("This terminal has its own colours only.")
            return
        here = THEMES.index(self.app.settings.theme)
        self.app.settle(replace(self.app.settings, theme=THEMES[(here + 1) % len(THEMES)]))
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

    def _speed(self, by: int) -> None:
        here = SPEEDS.index(self.app.settings.speed)
        speed = SPEEDS[min(max(here + by, 0), len(SPEEDS) - 1)]
        self.app.settle(replace(self.app.settings, speed=speed))
        if self.playing is None:
            self.notify(f"Space plays {speed:g} steps a second.", timeout=2)
            return
        self.playing.stop()
        self.play()

    def action_slower(self) -> None:
        """Play more slowly."""
        self._speed(-1)

    def action_faster(self) -> None:
        """Play faster."""
        self._speed(1)
