"""The playground: a network that trains in a thread, seen at every pass, each of which opens."""

from __future__ import annotations

import os
from functools import partial
from threading import Event
from time import monotonic
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Click, Resize
from textual.geometry import Size

from gradviz.errors import GradvizError, ParseError
from gradviz.export.reports.text import Line
from gradviz.story.keys import EVERY
from gradviz_tui import keys
from gradviz_tui.screens.run import RunScreen
from gradviz_tui.view import film, palette, panes
from gradviz_tui.view import playground as view
from gradviz_tui.view.areas import LOWEST, NARROWEST
from gradviz_tui.view.footer import Footer
from gradviz_tui.view.lines_widget import Lines
from gradviz_tui.view.plane import Look
from gradviz_tui.walk.moves import step_numbered
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.playground import PACES, Playground, Seen
from gradviz_tui.walk.state import Walk

QUICK: Final = 0.01
"""Seconds within which something is done at once; what takes longer is left to a thread."""


class PlaygroundScreen(RunScreen):
    """A network in training. `at` is the pass after which it is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings()]
    elsewhere = "this works in the walk through a pass; Enter goes there."
    trains = True
    DEFAULT_CSS = """
    PlaygroundScreen { layout: vertical; background: $background; }
    PlaygroundScreen #picture { height: 1fr; }
    PlaygroundScreen #words { height: 3; margin: 0 1; }
    PlaygroundScreen #small { display: none; height: 1fr; }
    """

    def __init__(self, ground: Playground) -> None:
        super().__init__()
        self.ground = ground
        self._took = 0.0
        self._threads = 0
        self.seen = self._looked(ground)
        self.at = self.seen.k
        self._pace = PACES.index(64)
        self._going: Event | None = None
        self._forever = False
        self._wanted = 0
        self._stopping: Event | None = None

    def compose(self) -> ComposeResult:
        """Header, picture, words, footer."""
        yield Lines(self._header, id="header")
        yield Lines(self._picture, id="picture")
        yield Lines(self._line, id="line")
        yield Lines(self._words, id="words")
        yield Footer(self._footer, id="footer")
        yield Lines(self._too_small, id="small")

    def on_mount(self) -> None:
        """Divide the screen, and draw."""
        self._share(self.app.size)
        self.draw_anew()

    def on_unmount(self) -> None:
        """Stop training."""
        self.stop()

    # --- what is shown

    def reopening(self) -> str:
        """The command that begins this training again."""
        return self.ground.setup.command()

    def draw_anew(self) -> None:
        """Redraw everything in the current colours and characters."""
        for pane in self.query(Lines):
            pane.look(self.app.settings.theme, self.app.settings.ascii)
        self.show_panes()

    def show_panes(self) -> None:
        """Redraw the panes."""
        for pane in self.query(Lines):
            pane.show()

    @property
    def training(self) -> bool:
        """Whether passes are being done."""
        return self._going is not None

    def _look(self) -> Look:
        settings = self.app.settings
        plain = settings.ascii or bool(os.environ.get("NO_COLOR"))
        return Look(
            palette.of_pictures(settings.theme),
            plain or settings.theme == palette.TERMINAL,
            settings.ascii,
        )

    def _header(self, width: int, height: int) -> list[Line]:
        data = self.ground.running.run.data
        on = "" if data is None else f" on {data.name}, {len(data):,} samples"
        playing = f"{PACES[self._pace]:,} passes/s" if self._forever and self.training else ""
        return [view.header(self.seen, f"{self.ground.setup.source}{on}", width, playing)]

    def _picture(self, width: int, height: int) -> list[Line]:
        settings = self.ground.setup.lines(self.ground.running)
        return view.picture(self.seen, settings, (self.size.width, self.size.height), self._look())

    def _line(self, width: int, height: int) -> list[Line]:
        return film.film(self.seen, width, height, self._look())

    def _words(self, width: int, height: int) -> list[Line]:
        return view.words(self.seen, width)

    def _footer(self, width: int, height: int) -> list[Line]:
        hints = [k.training for k in EVERY if k.training and k.action not in self.app.host.withheld]
        return [panes.hints_that_fit(hints, width, self.app.settings.ascii)]

    def _too_small(self, width: int, height: int) -> list[Line]:
        return panes.too_small(self.size, (NARROWEST, LOWEST), width)

    def on_resize(self, event: Resize) -> None:
        """Divide the screen again."""
        self._share(event.size)
        self._see(self.at)

    def _share(self, size: Size) -> None:
        fits = size.width >= NARROWEST and size.height >= LOWEST
        for widget in self.query(Lines):
            widget.display = fits != (widget.id == "small")
        found = view.parts(*size)
        self.query_one("#words").styles.height = found.words
        self.query_one("#line").styles.height = found.line
        self.ground.grid = found.plane, 2 * max(1, found.square)
        self.ground.film = film.film_of(size.width, found.still)

    def on_click(self, event: Click) -> None:
        """Show the pass where the line of passes was clicked."""
        line = self.query_one("#line", Lines)
        if event.widget is line:
            self.stop()
            self._see(film.pass_at(event.x, self.seen, line.size.width))

    # --- training in a thread

    def _train(self, count: int | None) -> None:
        """Do so many passes, or more and more; while some are being done, those come after them.

        Where nothing may move by itself, only the last of them is shown.
        """
        if self._going is not None:
            self._wanted += count or 0
            return
        self._forever = count is None
        if count is not None and not self._threads and self._is_quick(count):
            for _ in self.ground.passes(count, 0, lambda: True):
                pass
            self._see(self.ground.running.done)
            return
        going = self._going = Event()
        self._threads += 1
        ground, pace = self.ground, PACES[self._pace] if count is None else 0
        still = self.app.still

        def work() -> None:
            for _ in ground.passes(count, pace, lambda: not going.is_set()):
                if not (going.is_set() or still):
                    self.app.call_from_thread(self._arrived, ground, going, self._looked(ground))
            if still and not going.is_set():
                self.app.call_from_thread(self._arrived, ground, going, self._looked(ground))
            self.app.call_from_thread(self._ended, going)

        self.run_worker(work, thread=True, group="training")

    def _arrived(self, ground: Playground, going: Event, seen: Seen) -> None:
        if ground is self.ground and going is self._going:
            began, self.at, self.seen = monotonic(), seen.k, seen
            self.show_panes()
            # Pictures leave most of the time to the keys, however long they take to draw.
            self.call_after_refresh(lambda: ground.rest_for(2 * (monotonic() - began)))

    def _is_quick(self, passes: int = 0) -> bool:
        """Whether to look, after so many passes, takes no time that a key could be missed in."""
        return self._took + passes * self.ground.took < QUICK

    def _looked(self, ground: Playground, k: int | None = None) -> Seen:
        began = monotonic()
        found = ground.seen(k)
        self._took = monotonic() - began
        return found

    def _ended(self, going: Event) -> None:
        self._threads -= 1
        if going is self._stopping:
            self._see(self.ground.running.done)
        if going is not self._going:
            return
        self._going, wanted, self._wanted = None, self._wanted, 0
        if wanted and not self.seen.stopped:
            self._train(wanted)
        else:
            self.show_panes()

    def stop(self) -> None:
        """Stop training after the pass that is being done, and show what is after it."""
        if self._going is not None:
            self._going.set()
            self._stopping, self._going, self._wanted = self._going, None, 0
            self.show_panes()

    def _see(self, k: int) -> None:
        """Show what was after pass k, found in a thread where that takes its time."""
        if not self.is_mounted:
            return
        self.at, ground, self._stopping = k, self.ground, None
        if not self._threads and self._is_quick():
            self._saw(ground, self._looked(ground, k))
            return

        def work() -> None:
            self.app.call_from_thread(self._saw, ground, self._looked(ground, k))

        self.run_worker(work, thread=True, exclusive=True, group="look")

    def _saw(self, ground: Playground, seen: Seen) -> None:
        if ground is self.ground and seen.k == self.at and not self.training:
            self.seen = seen
            self.show_panes()

    # --- keys

    def _on(self, by: int) -> None:
        """Go on by so many passes: over those that were done, else by doing them."""
        done = self.ground.running.done
        if self._forever and self.training:
            self.stop()
        elif self.at < done and not self.training:
            self._see(min(self.at + by, done))
        elif self.ground.running.stopped:
            self.refuse("Training has stopped; e changes a setting, ← goes back.")
        else:
            self._train(by)

    def _back(self, by: int) -> None:
        self.stop()
        self._see(max(0, self.at - by))

    def action_step(self) -> None:
        """Go on by a pass."""
        self._on(1)

    def action_step_back(self) -> None:
        """Go back by a pass."""
        self._back(1)

    def action_node(self) -> None:
        """Go on by an epoch."""
        self._on(self.ground.running.epoch)

    def action_node_back(self) -> None:
        """Go back by an epoch."""
        self._back(self.ground.running.epoch)

    def action_start(self) -> None:
        """Show the network as it was drawn."""
        self.stop()
        self._see(0)

    def action_end(self) -> None:
        """Show the network after the last pass."""
        self.stop()
        self._see(self.ground.running.done)

    def action_goto(self) -> None:
        """Go to a pass by its number."""
        from gradviz_tui.screens.prompt import Prompt

        self.stop()
        done = self.ground.running.done
        prompt = Prompt(
            f"Go to which pass? (0 to {done})", lambda text: step_numbered(text, 0, done)
        )
        self.app.push_screen(prompt, lambda k: None if k is None else self._see(k))

    def action_play(self) -> None:
        """Train on and on, or stop."""
        if self.training:
            self.stop()
        elif self.ground.running.stopped:
            self.refuse("Training has stopped; e changes a setting, ← goes back.")
        else:
            self._train(PACES[self._pace] if self.app.still else None)
            self.show_panes()

    def _speed(self, by: int) -> None:
        self._pace = min(max(self._pace + by, 0), len(PACES) - 1)
        if self._forever and self.training:
            self.stop()
            self._train(None)
        else:
            each = "and shows the last" if self.app.still else "per second"
            self.notify(f"Space does {PACES[self._pace]:,} passes {each}.", timeout=2)
        self.show_panes()

    def action_into(self) -> None:
        """Walk through this pass."""
        self.stop()
        k, ground = self.at, self.ground
        if not k:
            self.refuse("No pass is done here; → does one.")
            return

        def work() -> None:
            try:
                found: Opened | GradvizError = ground.opened(k)
            except GradvizError as error:
                found = error
            self.app.call_from_thread(self._enter, found)

        self.run_worker(work, thread=True, exclusive=True, group="enter")

    def _enter(self, found: Opened | GradvizError) -> None:
        from gradviz_tui.screens.moves import MOVES
        from gradviz_tui.screens.tools import TOOLS
        from gradviz_tui.screens.walk import WalkScreen

        if isinstance(found, GradvizError):
            self.notify(str(found), severity="warning", markup=False)
        elif self.is_current:
            self.app.push_screen(WalkScreen(Walk(found), MOVES | TOOLS))
            self.app.notify("Backspace goes back to the training.", timeout=4)

    def action_edit(self) -> None:
        """Change a setting."""
        self._ask("rate")

    action_rate = action_edit

    def _ask(self, first: str) -> None:
        from gradviz_tui.screens.prompt import Prompt

        ground = self.ground
        lines = {n: f"{n} = {t}" for n, t in ground.setup.lines(ground.running).items()}
        prompt = Prompt(
            "Change how it is trained",
            partial(changed, ground),
            initial=lines[first],
            others=list(lines.values()),
            hint="↑ ↓: other settings   Enter: change   Esc: cancel   (only the rate goes on)",
        )
        self.app.push_screen(prompt, self._begin)

    def _begin(self, ground: Playground | None) -> None:
        if ground is None:
            return
        playing = self._forever and self.training
        self.stop()
        ground.grid, ground.film = self.ground.grid, self.ground.film
        self.ground = self.app.ground = ground
        self._see(ground.running.done)
        if playing:
            self._train(None)

    def action_export(self) -> None:
        """Save the run."""
        from gradviz_tui.screens.prompt import Prompt

        if not self.ground.running.done:
            self.refuse("No pass is done here; → does one.")
            return
        prompt = Prompt(
            "Save the run as",
            lambda text: (self.ground.save(text),),
            initial=self.ground.setup.output or "run.json",
            hint="gradviz show run.json --pass K opens a pass of it   Enter: save   Esc: cancel",
        )
        self.app.push_screen(prompt, self.saved)

    def action_command(self) -> None:
        """Copy the command that begins this training again."""
        self.copy_command(self.reopening())

    def action_open(self) -> None:
        """Open something else."""
        self.stop()
        self.app.pick()


def changed(ground: Playground, text: str) -> Playground:
    """A playground with one setting changed, given as `NAME = VALUE`. Raises GradvizError."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise ParseError(
            "this does not change a setting",
            expected="NAME = VALUE, as in rate = 0.3",
            got=text.strip() or "nothing",
        )
    return ground.with_setting(name, value)
