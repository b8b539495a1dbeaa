"""The walk over a graph: the picture, the step in words, the node's sums, the scrubber."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import Click, Resize
from textual.geometry import Size
from textual.worker import get_current_worker

from gradviz.errors import GradvizError
from gradviz.export.reports.text import Line
from gradviz.scene.characters import CharacterScene, Marked
from gradviz.story.frame import Frame, Story
from gradviz_tui import keys
from gradviz_tui.screens.descent import DescendingScreen
from gradviz_tui.view import panes
from gradviz_tui.view.areas import LOWEST, NARROWEST, Areas, shared
from gradviz_tui.view.arrays import array_lines, channels
from gradviz_tui.view.changes import change_lines
from gradviz_tui.view.division import divided
from gradviz_tui.view.first_frame import FirstFrame, laying_out, takes_long
from gradviz_tui.view.footer import Footer
from gradviz_tui.view.graph_widget import GraphView
from gradviz_tui.view.half_blocks import photo_lines
from gradviz_tui.view.lines_widget import Lines
from gradviz_tui.view.nudge import nudge_lines
from gradviz_tui.view.pictured import USUAL, pictured, room_of
from gradviz_tui.view.step import Words
from gradviz_tui.walk.checking import Checked
from gradviz_tui.walk.nudge import Nudge
from gradviz_tui.walk.rivals import counterpart, differing
from gradviz_tui.walk.state import Walk

NUDGES = {"node_back": ("again", 1), "node": ("again", -1), "step": ("beside", 1),
          "step_back": ("beside", -1)}  # fmt: skip
"""What the arrows do while a number is nudged."""


class WalkScreen(DescendingScreen):
    """One run at one step. Everything shown follows from `walk`, which `actions` change."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings()]
    DEFAULT_CSS = """
    WalkScreen { layout: vertical; background: $background; }
    WalkScreen #main { height: 1fr; }
    WalkScreen #pictures { width: 1fr; height: 1fr; }
    WalkScreen #words { height: 8; }
    WalkScreen #node { width: 36; height: 1fr; margin: 0 1; }
    WalkScreen #step { width: 1fr; height: 1fr; margin: 0 1; }
    WalkScreen #array { height: auto; max-height: 50%; margin: 0 1; display: none; }
    WalkScreen #small { display: none; height: 1fr; }
    """

    def __init__(
        self,
        walk: Walk,
        actions: Mapping[str, Callable[[WalkScreen], object]],
        first: FirstFrame | None = None,
    ) -> None:
        super().__init__(actions)
        self.walk, self._first = walk, first
        self.compact = False
        self.arrays = False
        self.channel = 0
        self.graph = GraphView(id="graph")
        self.panes: list[Lines] = []
        self.checked: dict[int, Checked] = {}
        self.nudge: Nudge | None = None
        self.laying_out = ""
        self._stories: dict[int, Story] = {} if first is None else {id(first.trace): first.story}
        self._frame: Frame | None = None
        self._scene_for: tuple[object, ...] = ()
        self._parts = shared(80, 24)
        self._divided: tuple[object, ...] = ()
        self._raised = 0
        self._room = USUAL
        self._told: tuple[tuple[object, ...], Words] | None = None

    def compose(self) -> ComposeResult:
        """Header, picture, step and node, scrubber, footer."""
        yield Lines(self._header, id="header")
        with Container(id="main"):
            with Vertical(id="pictures"):
                yield self.graph
                yield Lines(self._array, id="array")
            with Container(id="words"):
                yield Lines(self._step, id="step")
                yield Lines(self._node, id="node")
        yield Lines(self._scrubber, id="scrubber")
        yield Footer(self._footer, id="footer")
        yield Lines(self._too_small, id="small")

    def on_mount(self) -> None:
        """Find the panes, divide the screen, and draw the first frame."""
        self.panes.extend(self.query(Lines))
        self._share(self.app.size)
        self._room = room_of(*self.app.size)
        self.draw_anew()

    # --- what is shown

    def reopening(self) -> str:
        """The command that reopens exactly here."""
        return (self.walk if self.nudge is None else self.nudge.before).command()

    def action_do(self, name: str) -> None:
        """Run the action of a key. While a number is nudged, the arrows nudge on, or another
        element; every other key ends that first.
        """
        if self.nudge is None:
            super().action_do(name)
        elif name in NUDGES and (NUDGES[name][0] == "again" or self.nudge.place):
            method, by = NUDGES[name]
            self.start_nudge(lambda now: getattr(now, method)(by))
        else:
            self.end_nudge()
            if name not in ("check", "unselect"):
                super().action_do(name)

    def start_nudge(self, turn: Callable[[Nudge], Nudge]) -> None:
        """Nudge on, in a thread."""
        now = self.nudge
        assert now is not None

        def work() -> None:
            try:
                found: Nudge | GradvizError = turn(now)
            except GradvizError as error:
                found = error
            self.app.call_from_thread(self.show_nudge, found, now)

        self.run_worker(work, thread=True, exclusive=True, group="nudge")

    def show_nudge(self, found: Nudge | GradvizError, since: Nudge | None) -> None:
        """Show a number nudged, unless something else has happened since."""
        if self.nudge is not since:
            return
        if isinstance(found, GradvizError):
            self.refuse(found.what)
            return
        self.nudge, kept = found, self.checked
        self.move(found.walk)
        self.checked = kept
        self.show_panes()

    def end_nudge(self) -> None:
        """Be where the student was before."""
        if self.nudge is not None:
            before, kept, self.nudge = self.nudge.before, self.checked, None
            self.move(before)
            self.checked = kept
            self.show_panes()

    def story_of(self, trace: Any) -> Story:
        """The story of a trace, made once."""
        if id(trace) not in self._stories:
            self._stories = {
                k: s
                for k, s in self._stories.items()
                if s.trace in (self.walk.trace, self._old_trace())
            }
            self._stories[id(trace)] = Story(trace)
        return self._stories[id(trace)]

    def _old_trace(self) -> Any:
        return self.walk.before_edit

    @property
    def frame(self) -> Frame:
        """The frame of this step."""
        trace = self.walk.trace
        if (
            self._frame is None
            or self._frame.trace is not trace
            or self._frame.number != self.walk.k
        ):
            self._frame = self.story_of(trace).frame(self.walk.k)
        return self._frame

    def move(self, walk: Walk, *, follow: bool = True) -> None:
        """Go there and show it; the picture follows the step unless told otherwise."""
        same_run = walk.trace is self.walk.trace and walk.past == self.walk.past
        chosen = walk.selected != self.walk.selected
        self.walk = walk
        if not same_run:
            self.checked = {}
            self.draw_anew()
        else:
            self.graph.show_frame(self.frame, self._marked())
            self.show_panes()
        if follow:
            if chosen and walk.selected is not None:
                self.graph.reveal(walk.selected)
            else:
                self.graph.reveal(self.focus_node(), *self._also())

    @property
    def here(self) -> Walk:
        """Where the student is."""
        return self.walk

    def looked(self, walk: Walk) -> Walk:
        """What `take` needs to show another run."""
        return walk

    def take(self, walk: Walk) -> None:
        """Show another run of the same graph."""
        self.move(walk)

    def focus_node(self) -> int:
        """The node that the picture follows."""
        frame = self.frame
        return self.walk.place if frame.focus is None else frame.focus

    def _also(self) -> tuple[int, ...]:
        return (self.frame.edge.source,) if self.frame.edge is not None else ()

    def _marked(self) -> Marked:
        walk = self.walk
        return Marked(
            walk.selected,
            walk.broken,
            walk.changed | differing(walk),
            "*" if self.app.settings.ascii else "●",
        )

    def show_panes(self) -> None:
        """Redraw the panes, with more rows for the words where this step needs them."""
        if self.panes:
            self._borrow()
        for pane in self.panes:
            pane.show()

    def draw_anew(self) -> None:
        """Lay out the picture again if needed, and redraw everything."""
        if not self.panes:
            return
        settings, walk = self.app.settings, self.walk
        for pane in self.panes:
            pane.look(settings.theme, settings.ascii)
        self.graph.look(settings.theme, settings.ascii)
        self._divide(self._parts)
        wanted = (walk.trace, self._old_trace(), self.compact, settings.ascii, self._room)
        if wanted == self._scene_for:
            self.move(walk, follow=False)
            return
        self._scene_for = wanted
        if not takes_long(walk.trace.graph):
            self._show_scene(self._make_scene())
            return
        self.laying_out = laying_out(walk.trace.graph)
        self.show_panes()
        self.run_worker(self._lay_out, thread=True, exclusive=True, group="layout")

    def _make_scene(self) -> CharacterScene:
        old, plain, first = self._old_trace(), self.app.settings.ascii, self._first
        if (
            first is not None
            and first.scene is not None
            and first.shows(self.walk.trace, old, self.compact, plain, self._room)
        ):
            return first.scene
        return pictured(
            self.story_of(self.walk.trace),
            self._room,
            compact=self.compact,
            ascii=plain,
            old=self.story_of(old) if old is not None else None,
        )

    def _lay_out(self) -> None:
        worker = get_current_worker()
        scene = self._make_scene()
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show_scene, scene)

    def _show_scene(self, scene: CharacterScene) -> None:
        self.laying_out = ""
        if scene.trace is self.walk.trace:
            self.graph.show_scene(scene, self.frame, self._marked())
            self.graph.reveal(self.focus_node(), *self._also())
        self.show_panes()

    def tick(self) -> None:
        """Go one step forward; stop at a breakpoint, a condition or the end."""
        walk = self.walk.step(1)
        self.move(walk)
        stops = walk.k in walk.stops or any(c.holds(walk.trace, walk.k) for c in walk.conditions)
        if walk.k == walk.total or stops:
            self.stop()

    # --- the panes

    def _header(self, width: int, height: int) -> list[Line]:
        playing = (
            f"playing {self.app.settings.speed:g}/s"
            if self.playing is not None
            else self.laying_out
            or panes.fall(self.walk.root.opened.descent, width, self.app.settings.ascii)
            or panes.rival_hint(self.walk.root.opened.rival, width)
        )
        opened, plain = self.walk.root.opened, self.app.settings.ascii
        title = panes.title_of(self.walk.trace, self.walk.k, opened.title, width)
        at_pass = panes.passing(opened.trace, plain)
        return [panes.header(self.frame, title, width, self.walk.trail, playing, at_pass)]

    def _step(self, width: int, height: int) -> list[Line]:
        if self.nudge is not None:
            return nudge_lines(self.nudge, width)[:height]
        return self._words.step_lines(width, height)

    def _node(self, width: int, height: int) -> list[Line]:
        return self._words.node_lines(width, height, beside=self._parts.beside)

    @property
    def _words(self) -> Words:
        """What is said of this step, worked out once."""
        walk, plain = self.walk, self.app.settings.ascii
        told = (self.frame, walk, self.checked.get(walk.subject), self._old_trace(), plain)
        if self._told is None or any(a is not b for a, b in zip(self._told[0], told, strict=True)):
            self._told = told, Words(self.frame, walk, self._about_node, ascii=plain)
        return self._told[1]

    def _about_node(self, width: int) -> list[Line]:
        """What was checked of the node, and what it was before the last change."""
        found = self.checked.get(self.walk.subject)
        also = panes.check_lines(self.frame.story, found, width) if found is not None else []
        if self._old_trace() is not None:
            old = self.story_of(self._old_trace())
            also = [*change_lines(old, self.frame, self.walk.subject, width), *also]
        rival = counterpart(self.walk, self.walk.subject)
        if rival is not None:
            also = [*panes.rival_lines(rival, width), *also]
        return also

    def _scrubber(self, width: int, height: int) -> list[Line]:
        return [panes.scrubber(self.frame, width, self.walk.stops, self.app.settings.ascii)]

    def _footer(self, width: int, height: int) -> list[Line]:
        if self.nudge is not None:
            hints = [("↑ ↓", "nudge it"), ("← →", "another element"), ("Esc", "back")]
            shape = self.walk.trace.graph.nodes[self.nudge.subject].shape
            return [
                panes.hints_that_fit(hints if shape else [hints[0], hints[2]], width, self._plain)
            ]
        passes = self.walk.root.opened.passes is not None
        return [panes.footer(width, self.app.settings.ascii, self.app.host.withheld, passes)]

    @property
    def _plain(self) -> bool:
        return self.app.settings.ascii

    def _array(self, width: int, height: int) -> list[Line]:
        from gradviz.scene.images import is_image  # loads more than the first frame needs

        node, frame = self.walk.subject, self.frame
        row, state = frame.trace.graph.nodes[node], frame.node(node)
        shape, half = row.shape or (), max(8, (width - 3) // 2)
        name = frame.story.labels.get(node, "number")
        photo = is_image(row)
        count = channels(shape)
        where = f", channel {self.channel % count + 1} of {count}" if count > 1 else ""
        pictures = []
        for title, value in (("value", state.value), ("gradient", state.gradient)):
            own = photo and title == "value"
            made: list[Line] = [[(f"{name} {title}{'' if own else where}", "muted")]]
            pictures.append([*made, *self._picture(value, half, height - 1, photo=own)])
        rows = max(map(len, pictures))
        left, right = ([*p, *([[]] * (rows - len(p)))] for p in pictures)
        return [panes.beside(a, half, b) for a, b in zip(left, right, strict=True)]

    def _picture(self, value: Any, width: int, height: int, *, photo: bool) -> list[Line]:
        """An array as it is at this step."""
        if value is None:
            return [[("not known yet", "muted")]]
        plain = self.app.settings.ascii or bool(os.environ.get("NO_COLOR"))
        if photo:
            from gradviz.scene.images import unflattened

            xp, node = self.frame.trace.xp, self.frame.trace.graph.nodes[self.walk.subject]
            return photo_lines(xp, unflattened(xp, value, node), width, height, plain=plain)
        return array_lines(
            self.frame.story, value, width, height, channel=self.channel, plain=plain
        )

    def _too_small(self, width: int, height: int) -> list[Line]:
        return panes.too_small(self.size, (NARROWEST, LOWEST), width)

    # --- size and pointer

    def on_resize(self, event: Resize) -> None:
        """Divide the screen again; in a wide one the picture fills its room."""
        self._raised = 0
        self._share(event.size)
        if self._room != room_of(*event.size):
            self._room = room_of(*event.size)
            self.draw_anew()
        self.call_after_refresh(lambda: self.graph.reveal(self.focus_node(), *self._also()))

    def _share(self, size: Size) -> None:
        """Divide the screen for this step; rows that the words once borrowed stay theirs."""
        parts = divided(self._words, *size, self._raised)
        self._raised = (parts.above if parts.beside else parts.words) - 1
        self._divide(parts)

    def _borrow(self) -> None:
        """Give the words more rows of the picture where this step needs them."""
        before = self._parts
        self._share(self.app.size)
        if self._parts != before:
            self.call_after_refresh(lambda: self.graph.reveal(self.focus_node(), *self._also()))

    def _divide(self, parts: Areas) -> None:
        self._parts, settings = parts, self.app.settings
        wanted = (parts, self.arrays, settings.ascii, settings.theme)
        if wanted == self._divided:
            return
        self._divided = wanted
        for widget in (*self.panes, self.graph, self.query_one("#main")):
            widget.display = parts.fits != (widget.id == "small")
        if not parts.fits:
            return
        main, words = self.query_one("#main").styles, self.query_one("#words").styles
        step, node = self.query_one("#step", Lines), self.query_one("#node", Lines)
        main.layout = "horizontal" if parts.beside else "vertical"
        words.layout = "vertical" if parts.beside else "horizontal"
        words.border_top = None if parts.beside else self._rule()
        words.border_left = self._rule() if parts.beside else None
        words.width = parts.step + 3 if parts.beside else "100%"
        words.height = "100%" if parts.beside else parts.words
        step.styles.width, node.styles.width = "1fr", "1fr" if parts.beside else parts.node
        step.styles.height = parts.above if parts.beside else "1fr"
        node.display = bool(parts.node)
        self.query_one("#header").display, self.query_one("#scrubber").display = (
            parts.header,
            parts.scrubber,
        )
        array = self.query_one("#array", Lines)
        array.display, array.styles.height = self.arrays, parts.array

    def _rule(self) -> Any:
        """The line between the picture and the words."""
        kind = "ascii" if self.app.settings.ascii else "solid"
        return kind, self.app.theme_variables["panel"]

    def on_graph_view_picked(self, event: GraphView.Picked) -> None:
        """Select the node that was clicked."""
        self.end_nudge()
        self.move(self.walk.select(event.node), follow=False)

    def on_click(self, event: Click) -> None:
        """Go to where the scrubber was clicked."""
        scrubber = self.query_one("#scrubber", Lines)
        if event.widget is scrubber:
            self.end_nudge()
            self.move(self.walk.at(panes.step_at(event.x, self.walk.total, scrubber.size.width)))
