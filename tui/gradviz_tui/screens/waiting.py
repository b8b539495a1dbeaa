"""Shown while a long run is computed: what runs, for how long, and how to quit."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from gradviz.export.reports.text import Line
from gradviz_tui.program import Program
from gradviz_tui.view.lines_widget import Lines
from gradviz_tui.walk.opened import Opened

OFTEN = 0.1


class WaitingScreen(Screen[None]):
    """Waits for a run in a thread, then walks through it from step k.

    If the run fails, the program ends.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,ctrl+c", "leave", show=False, priority=True)
    ]
    DEFAULT_CSS = (
        "WaitingScreen { background: $background; } WaitingScreen #note { height: 1fr; padding:"
        " 0; }"
    )

    app: Program

    def __init__(self, title: str, run: Future[Opened], k: int = 0) -> None:
        super().__init__()
        self._title, self._run, self._k, self._began = title, run, k, time.monotonic()

    def compose(self) -> ComposeResult:
        """One pane."""
        yield Lines(self._note, id="note")

    def on_mount(self) -> None:
        """Set the colours, and poll the run."""
        self.query_one(Lines).look(self.app.settings.theme, self.app.settings.ascii)
        self.set_interval(OFTEN, self._look)

    def _note(self, width: int, height: int) -> list[Line]:
        title = (
            self._title
            if len(self._title) < width - 20
            else self._title[: max(1, width - 21)] + "…"
        )
        above: list[Line] = [[]] * max(0, height // 2 - 1)
        return [
            *above,
            [(" ", ""), (title, "heading")],
            [
                (f" running, {time.monotonic() - self._began:.0f} s …   ", "muted"),
                ("q", "key"),
                (" quit", "muted"),
            ],
        ]

    def _look(self) -> None:
        if not self._run.done():
            self.query_one(Lines).show()
        elif (error := self._run.exception()) is not None:
            self.app.fail(error)
        else:
            self.app.begin(self._run.result(), self._k)

    def action_leave(self) -> None:
        """Quit without waiting."""
        self.app.leave()
