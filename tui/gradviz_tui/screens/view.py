"""Another view of a run: its picture, the step in words, the scrubber; the usual keys step."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from textwrap import wrap
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Click, Resize
from textual.geometry import Size

from gradviz.errors import ValueInputError
from gradviz.export.reports.text import Line
from gradviz.scene.views import fitting
from gradviz.story import walks
from gradviz.story.keys import EVERY
from gradviz.story.walks import WalkFrame, WalkStory
from gradviz.trace.walks import landing
from gradviz_tui import keys
from gradviz_tui.screens.descent import OVER, DescendingScreen
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.view import palette, panes
from gradviz_tui.view.areas import LOWEST, NARROWEST, below, needed
from gradviz_tui.view.footer import Footer
from gradviz_tui.view.lines_widget import Lines
from gradviz_tui.view.step_pane import StepText
from gradviz_tui.walk.moves import step_numbered
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.viewed import Viewed


class ViewScreen(DescendingScreen):
    """One run in another view than the graph."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings()]
    DEFAULT_CSS = """
    ViewScreen { layout: vertical; background: $background; }
    ViewScreen #picture { height: 1fr; }
    ViewScreen Horizontal { height: 8; border-top: solid $panel; }
    ViewScreen #step { width: 1fr; height: 1fr; margin: 0 1; }
    ViewScreen #small { display: none; height: 1fr; }
    """

    def __init__(self, viewed: Viewed, beneath: WalkScreen) -> None:
        super().__init__()
        self.viewed, self._beneath = viewed, beneath
        self._stories: tuple[object, WalkStory] | None = None
        self._fitted: tuple[tuple[object, ...], Any] = ((), None)
        self._told: tuple[WalkStory, WalkFrame] | None = None

    def compose(self) -> ComposeResult:
        """Header, picture, step, scrubber, footer."""
        yield Lines(self._header, id="header")
        yield Lines(self._picture, id="picture")
        with Horizontal():
            yield Lines(self._step, id="step")
        yield Lines(self._scrubber, id="scrubber")
        yield Footer(self._footer, id="footer")
        yield Lines(self._too_small, id="small")

    def on_mount(self) -> None:
        """Divide the screen, and draw the first frame."""
        self._share(self.app.size)
        self.draw_anew()

    # --- what is shown

    @property
    def walk(self) -> Walk:
        """The walk over the graph that we came from."""
        return self.viewed.graph

    here = walk

    def reopening(self) -> str:
        """The command that reopens exactly here."""
        return self.viewed.command()

    @property
    def story(self) -> WalkStory:
        """The story of the view."""
        if self._stories is None or self._stories[0] is not self.viewed.walk:
            self._stories = self.viewed.walk, walks.of(self.viewed.walk)
        return self._stories[1]

    @property
    def frame(self) -> WalkFrame:
        """The frame of this step."""
        told, story = self._told, self.story
        if told is None or told[0] is not story or told[1].number != self.viewed.k:
            self._told = told = story, story.frame(self.viewed.k)
        return told[1]

    def move(self, viewed: Viewed) -> None:
        """Go there, and show it."""
        self.viewed = viewed
        self.show_panes()

    def show_panes(self) -> None:
        """Redraw the panes."""
        for pane in self._panes:
            pane.show()

    @cached_property
    def _panes(self) -> list[Lines]:
        return list(self.query(Lines))

    def draw_anew(self) -> None:
        """Redraw everything in the current colours and characters."""
        settings = self.app.settings
        for pane in self._panes:
            pane.look(settings.theme, settings.ascii)
        self.query_one(Horizontal).styles.border_top = (
            "ascii" if settings.ascii else "solid",
            self.app.theme_variables["panel"],
        )
        self.show_panes()

    # --- the panes

    def _header(self, width: int, height: int) -> list[Line]:
        opened = self.viewed.graph.root.opened
        playing = panes.fall(opened.descent, width, self.app.settings.ascii)
        if self.playing is not None:
            playing = f"playing {self.app.settings.speed:g}/s"
        title = panes.title_of(self.story.walk, self.frame.number, opened.title, width)
        at_pass = panes.passing(opened.trace, self.app.settings.ascii)
        return [panes.header(self.frame, title, width, (self.story.title,), playing, at_pass)]

    def _picture(self, width: int, height: int) -> list[Line]:
        """The view in characters, in the middle; or how large a window it needs."""
        settings, story = self.app.settings, self.story
        wanted = (story, width, height, settings.ascii)
        if self._fitted[0] != wanted:
            self._fitted = wanted, fitting(story, width, height, ascii=settings.ascii)
        found = self._fitted[1]
        if found.sheet is None:
            columns, rows = self.size
            least = needed(found.least[0], found.least[1], columns, rows)
            size, here = ("×".join(map(str, pair)) for pair in (least, self.size))
            text = f"{size} characters are needed to draw {story.title}; this window has {here}."
            said: list[Line] = [[(line, panes.WARNING)] for line in wrap(text, max(8, width - 2))]
            return panes.middle(said, width, height)
        return panes.middle(found.sheet.rows(self.frame), width, height, found.sheet.width)

    def _step(self, width: int, height: int) -> list[Line]:
        return StepText.of_view(self.frame, width, ascii=self.app.settings.ascii).lines(height)

    def _scrubber(self, width: int, height: int) -> list[Line]:
        walk = self.viewed.walk
        turn = walk.forward_steps if walk.has_backward else None
        return [panes.track(self.viewed.k, len(walk), turn, width, (), self.app.settings.ascii)]

    def _footer(self, width: int, height: int) -> list[Line]:
        hints = [k.views for k in EVERY if k.views and k.action not in self.app.host.withheld]
        hints = [panes.PASSES, *hints] if self.walk.opened.passes is not None else hints
        return [panes.hints_that_fit(hints, width, self.app.settings.ascii)]

    def _too_small(self, width: int, height: int) -> list[Line]:
        return panes.too_small(self.size, (NARROWEST, LOWEST), width)

    # --- size and pointer

    def on_resize(self, event: Resize) -> None:
        """Divide the screen again."""
        self._share(event.size)

    def _share(self, size: Size) -> None:
        parts = below(*size)
        for widget in (*self._panes, self.query_one(Horizontal)):
            widget.display = parts.fits != (widget.id == "small")
        if parts.fits:
            self.query_one(Horizontal).styles.height = parts.words
            self.query_one("#header").display = parts.header
            self.query_one("#scrubber").display = parts.scrubber

    def on_click(self, event: Click) -> None:
        """Go to where the scrubber was clicked."""
        scrubber = self.query_one("#scrubber", Lines)
        if event.widget is scrubber:
            k = panes.step_at(event.x, self.viewed.total, scrubber.size.width)
            self.move(self.viewed.at(k))

    # --- keys

    def action_step(self) -> None:
        """Go forward one step."""
        if self.viewed.k == self.viewed.total and self.walk.opened.has_next:
            self.refuse(OVER)
        self.move(self.viewed.step(1))

    def action_step_back(self) -> None:
        """Go back one step."""
        self.move(self.viewed.step(-1))

    def action_node(self) -> None:
        """Go forward one layer, or one array."""
        self.move(self.viewed.phase(1))

    def action_node_back(self) -> None:
        """Go back one layer, or one array."""
        self.move(self.viewed.phase(-1))

    action_layer, action_layer_back = action_node, action_node_back

    def action_start(self) -> None:
        """Go to the start."""
        self.move(self.viewed.at(0))

    def action_end(self) -> None:
        """Go to the end."""
        self.move(self.viewed.at(self.viewed.total))

    def action_loss(self) -> None:
        """Go to the end of the forward pass."""
        self.move(self.viewed.turn())

    def action_goto(self) -> None:
        """Go to a step by its number."""
        from gradviz_tui.screens.prompt import Prompt

        self.stop()
        total = self.viewed.total
        prompt = Prompt(
            f"Go to which step? (0 to {total})", lambda text: step_numbered(text, 0, total)
        )
        self.app.push_screen(prompt, lambda k: None if k is None else self.move(self.viewed.at(k)))

    def action_play(self) -> None:
        """Play or stop."""
        if self.playing is not None:
            self.stop()
            return
        if self.viewed.k == self.viewed.total:
            self.move(self.viewed.at(0))
        self.play()

    def tick(self) -> None:
        """Go one step forward; stop at the end."""
        self.move(self.viewed.step(1))
        if self.viewed.k == self.viewed.total:
            self.stop()

    def action_undo(self) -> None:
        """Undo the last step of descent, or another change."""
        self._other(self.walk.undo(), "There is no change to undo.")

    def action_redo(self) -> None:
        """Redo it."""
        self._other(self.walk.redo(), "There is nothing to redo.")

    def _other(self, walk: Walk | None, why_not: str) -> None:
        self.stop()
        if walk is None:
            self.refuse(why_not)
        else:
            self.take(self.looked(walk))

    def looked(self, walk: Walk) -> Viewed | Walk:
        """This view of another run of the same graph; the run itself where it does not fit it."""
        try:
            found = Viewed.of(walk, self.viewed.name)
        except ValueInputError:
            return walk
        return replace(found, came=self.viewed.came).at(self.viewed.k)

    def take(self, found: Viewed | Walk) -> None:
        """Show another run of the same graph."""
        if isinstance(found, Viewed):
            self.move(found)
        else:
            beneath = self._beneath
            self.dismiss()
            beneath.move(found)

    def action_view(self) -> None:
        """Switch to the next view that fits the run."""
        self._turn(1)

    def action_view_back(self) -> None:
        """Switch to the previous view that fits the run."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        self.stop()
        viewed = self.viewed

        def look() -> None:
            self.app.call_from_thread(self._turned, viewed, viewed.next(by))

        self.run_worker(look, thread=True, exclusive=True, group="view")

    def _turned(self, then: Viewed, found: Viewed | None) -> None:
        if self.viewed is not then:
            return
        if found is None:
            self.action_out()
        else:
            self.move(found)

    def action_out(self) -> None:
        """Return to the graph, at the same step of the run."""
        self.stop()
        walk, beneath = self.viewed.back(), self._beneath
        self.dismiss()
        beneath.move(walk)

    def action_unselect(self) -> None:
        """Return to the graph: there is no selection here."""
        self.action_out()

    def action_diagnose(self) -> None:
        """Say why a number that the student got is different."""
        from gradviz_tui.screens.diagnosing import ask

        viewed, root = self.viewed, self.viewed.graph.root

        def go(k: int | None) -> None:
            here = viewed.k if k is None else landing(viewed.walk, root.view.to_whole(k))
            self.move(viewed.at(here))

        ask(self, root, go)

    def action_export(self) -> None:
        """Save this frame or the whole walk."""
        from gradviz_tui.screens.export import ExportPrompt

        self.stop()
        theme = palette.of_pictures(self.app.settings.theme)
        viewed = self.viewed
        opened = viewed.graph.root.opened
        self.app.push_screen(ExportPrompt(opened, viewed.walk, viewed.k, theme), self.saved)

    def action_copy(self) -> None:
        """Copy the formula as LaTeX."""
        self.copy_formula(self.frame.formula)

    def action_command(self) -> None:
        """Copy the command that reopens exactly here."""
        self.copy_command(self.reopening(), self.walk.root.opened.unsaid)
