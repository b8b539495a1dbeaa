"""Inside a node that is computed cell by cell: the usual step keys move the window."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Resize

from gradviz.errors import GradvizError
from gradviz.export.reports.text import Line
from gradviz.export.reports.walks.cells import tell
from gradviz.scene.views.cells.contents import CellContents
from gradviz.scene.views.cells.place import CellLayout
from gradviz.story.cells.frames import CellStory
from gradviz.story.keys import EVERY
from gradviz.trace.cells import CellTrace
from gradviz_tui import keys
from gradviz_tui.screens.run import RunScreen
from gradviz_tui.view import palette, panes
from gradviz_tui.view.footer import Footer
from gradviz_tui.view.lines_widget import Lines
from gradviz_tui.view.window import maps
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.moves import step_numbered
from gradviz_tui.walk.state import Walk

WIDEST_PICTURE = 64


class CellScreen(RunScreen):
    """A walk over cells.

    What it shows is worked out in a thread, one window at a time; the last asked for wins.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings()]
    DEFAULT_CSS = """
    CellScreen { layout: vertical; background: $background; }
    CellScreen Horizontal { height: 1fr; }
    CellScreen #cells { width: 1fr; height: 1fr; margin: 1 1 0 1; }
    CellScreen #picture { height: 1fr; margin: 1 1 0 0; display: none; }
    """

    def __init__(self, cells: Inside, outer: Walk) -> None:
        super().__init__()
        self.cells, self._outer, self._title = cells, outer, outer.root.opened.title
        assert isinstance(cells.walk, CellTrace)
        self._story, self._row = CellStory(cells.walk), row_of(cells.walk)
        self.working = False
        self.shown = self.top = 0
        self._told: Sequence[Line] = ()
        self._drawn: Sequence[Line] = ()
        self._layout_of_cells: CellLayout | None = None
        self._asked: tuple[int, int, int] = (0, 0, 0)

    def compose(self) -> ComposeResult:
        """Breadcrumb, the window in words and numbers, the picture, the keys."""
        yield Lines(self._header, id="header")
        with Horizontal():
            yield Lines(lambda width, height: list(self._told[self.top :]), id="cells")
            yield Lines(lambda width, height: list(self._drawn), id="picture")
        yield Footer(self._footer, id="footer")

    def on_mount(self) -> None:
        """Set the colours."""
        self.draw_anew()

    def reopening(self) -> str:
        """The command that reopens exactly here."""
        return self._outer.command_inside((self.cells.trail[-1],), (self.cells.k,))

    def draw_anew(self) -> None:
        """Redraw everything in the current colours and characters."""
        for pane in self.query(Lines):
            pane.look(self.app.settings.theme, self.app.settings.ascii)

    def on_resize(self, event: Resize) -> None:
        """Redraw for the new size."""
        self.work()

    # --- what is shown

    def move(self, cells: Inside) -> None:
        """Go there, and show it once it is computed."""
        self.cells = cells
        self.work()

    def work(self) -> None:
        """Start computing the current window, unless another one is still being computed."""
        wanted = (self.cells.k, *self.size)
        if not self.working and wanted != self._asked:
            self._asked, self.working = wanted, True
            self.run_worker(lambda: self._work(*wanted), thread=True, group="cells")
        self.show_panes()

    def _work(self, k: int, width: int, height: int) -> None:
        """In a thread: the lines of one window."""
        told: list[Line]
        drawn: list[Line] = []
        try:
            if self._layout_of_cells is None:
                self._layout_of_cells = CellLayout(self._story)
            layout = self._layout_of_cells
            frame = layout.story.frame(k)
            room = min(WIDEST_PICTURE, width * 2 // 5)
            plain = self.app.settings.ascii or bool(os.environ.get("NO_COLOR"))
            contents = CellContents(layout, frame)
            drawn = maps(contents, room, height - 3, plain=plain) if width >= 80 else []
            left = width - 2 - (_widest(drawn) + 1 if drawn else 0)
            told = [[(frame.heading, panes.HEADING)], *tell(layout, frame, left)]
        except GradvizError as error:
            told = [[(line, panes.WARNING)] for line in str(error).split("\n")]
        self.app.call_from_thread(self._worked, k, told, drawn)

    def _worked(self, k: int, told: list[Line], drawn: list[Line]) -> None:
        self.working, self.shown, self._told, self._drawn = False, k, told, drawn
        if self.is_mounted:
            view = self.query_one("#picture", Lines)
            view.display = bool(drawn)
            view.styles.width = _widest(drawn)
            self.work()

    def show_panes(self) -> None:
        """Show what is known now."""
        for pane in self.query(Lines):
            pane.show()

    def _header(self, width: int, height: int) -> list[Line]:
        note = (
            "working …"
            if self.working
            else f"playing {self.app.settings.speed:g}/s"
            if self.playing
            else ""
        )
        where = f"window {self.cells.k} of {self.cells.total}"
        right = f"{note}  {where}" if note else where
        left = " › ".join([self._title, *self.cells.trail])
        room = max(0, width - len(right) - 2)
        left = left if len(left) <= room else "…" + left[len(left) - room + 1 :] if room > 1 else ""
        return [[(left.ljust(room), panes.HEADING), ("  ", ""), (right, panes.MUTED)]]

    def _footer(self, width: int, height: int) -> list[Line]:
        return [panes.hint_line(key.cells for key in EVERY if key.cells)]

    # --- keys

    def action_step(self) -> None:
        """Go forward one window."""
        self.move(self.cells.step(1))

    def action_step_back(self) -> None:
        """Go back one window."""
        self.move(self.cells.step(-1))

    def action_node(self) -> None:
        """Go forward one row of windows."""
        self.move(self.cells.step(self._row))

    def action_node_back(self) -> None:
        """Go back one row of windows."""
        self.move(self.cells.step(-self._row))

    def action_start(self) -> None:
        """Go to the first window."""
        self.move(self.cells.at(1))

    def action_end(self) -> None:
        """Go to the last window of the last pass."""
        self.move(self.cells.at(self.cells.total))

    def action_loss(self) -> None:
        """Go to the last window of the forward pass."""
        self.move(self.cells.turn())

    def action_layer(self) -> None:
        """Go to the next pass."""
        self.move(self.cells.phase(1))

    def action_layer_back(self) -> None:
        """Go to the start of this pass, or of the previous one."""
        self.move(self.cells.phase(-1))

    def action_pan_up(self) -> None:
        """Scroll the text up."""
        self._scroll(-1)

    def action_pan_down(self) -> None:
        """Scroll the text down."""
        self._scroll(1)

    def _scroll(self, by: int) -> None:
        self.top = min(max(self.top + by * 4, 0), max(0, len(self._told) - 4))
        self.show_panes()

    def action_goto(self) -> None:
        """Go to a window by its number."""
        from gradviz_tui.screens.prompt import Prompt

        self.stop()
        total = self.cells.total
        prompt = Prompt(
            f"Go to which window? (1 to {total})", lambda text: step_numbered(text, 1, total)
        )
        self.app.push_screen(prompt, lambda k: None if k is None else self.move(self.cells.at(k)))

    def action_play(self) -> None:
        """Play or stop."""
        if self.playing is not None:
            self.stop()
            return
        self.play()

    def tick(self) -> None:
        """The next window, once this one is shown."""
        if self.working:
            return
        self.move(self.cells.step(1))
        if self.cells.k == self.cells.total:
            self.stop()

    def action_export(self) -> None:
        """Save this window or the whole walk."""
        from gradviz_tui.screens.export import ExportPrompt

        self.stop()
        theme, opened = palette.of_pictures(self.app.settings.theme), self._outer.root.opened
        prompt = ExportPrompt(opened, self.cells.walk, self.cells.k, theme)
        self.app.push_screen(prompt, self.saved)

    def action_quiz(self) -> None:
        """Ask about the windows that follow."""
        from gradviz_tui.screens.quiz import Lesson, QuizScreen

        self.stop()

        def go(k: int) -> None:
            self.move(self.cells.at(k))

        asked = QuizScreen(Lesson(self._story, self._title, self.cells.k, go))
        if asked.quiz.question is None:
            self.refuse("There is nothing left to ask; press g to go back to the start.")
            return
        self.app.push_screen(asked)

    def action_out(self) -> None:
        """Step back out."""
        self.stop()
        self.dismiss()

    def action_unselect(self) -> None:
        """Step back out: there is no selection here."""
        self.action_out()


def row_of(walk: CellTrace) -> int:
    """The number of windows in a row of the output; 1 for a vector."""
    shape = walk.places.shape
    return shape[-1] if len(shape) > 1 else 1


def _widest(lines: Sequence[Line]) -> int:
    return max((sum(len(text) for text, _ in line) for line in lines), default=0)


SCREEN = CellScreen
