"""The moves: what the keys do that change where we are, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.screen import Screen

from gradviz.errors import GradvizError
from gradviz_tui.screens.view import WalkView
from gradviz_tui.walk.state import Walk


def _inside(walk: Walk) -> Walk | Screen[None]:
    """The walk inside the subject, or the screen for its cells.

    Raises ValueInputError for a node without inside.
    """
    inner = walk.enter()
    if isinstance(inner, Walk):
        return inner
    from gradviz_tui.screens.cells import CellScreen  # what this loads takes a tenth of a second

    return CellScreen(inner, walk.root.opened.title)


class Moving(WalkView):
    """Steps, nodes, breakpoints, playing, panning."""

    def go(self, walk: Walk | None, why: str = "") -> None:
        """Go there, or say why not."""
        if walk is None:
            self.refuse(why)
        else:
            self.move(walk)

    def action_step(self) -> None:
        """One contribution on."""
        self.move(self.walk.step(1))

    def action_step_back(self) -> None:
        """One contribution back."""
        self.move(self.walk.step(-1))

    def action_node(self) -> None:
        """A node on."""
        self.move(self.walk.node(1))

    def action_node_back(self) -> None:
        """A node back."""
        self.move(self.walk.node(-1))

    def action_start(self) -> None:
        """To the start."""
        self.move(self.walk.at(0))

    def action_end(self) -> None:
        """To the end."""
        self.move(self.walk.at(self.walk.total))

    def action_loss(self) -> None:
        """To the turning point."""
        self.move(self.walk.loss())

    def action_layer(self) -> None:
        """A layer on."""
        self.move(self.walk.layer(1))

    def action_layer_back(self) -> None:
        """A layer back."""
        self.move(self.walk.layer(-1))

    def action_run(self) -> None:
        """On to the next stop."""
        self._run(self.walk.run())

    def action_run_back(self) -> None:
        """Back to the stop before."""
        self._run(self.walk.run(back=True))

    def _run(self, way: Iterator[Walk]) -> None:
        """To the end of a way; with conditions to try, in a thread."""
        if not self.walk.conditions:
            for walk in way:  # noqa: B007
                pass
            self.move(walk)
            return
        started = self.walk

        def look() -> None:
            for walk in way:  # noqa: B007
                pass
            self.app.call_from_thread(lambda: self.move(walk) if self.walk is started else None)

        self.run_worker(look, thread=True, exclusive=True, group="run")

    def action_to_node(self) -> None:
        """To the step that writes the chosen node."""
        self.go(self.walk.to_subject(), "No step writes this node: it is given.")

    def action_write(self) -> None:
        """To the next write of its gradient."""
        self.go(self.walk.write(1), "There is no later write of this gradient.")

    def action_write_back(self) -> None:
        """To the write of its gradient before."""
        self.go(self.walk.write(-1), "There is no earlier write of this gradient.")

    def action_breakpoint(self) -> None:
        """Set or take away a breakpoint."""
        self.move(self.walk.toggle_break(), follow=False)

    def action_select(self) -> None:
        """Choose the next node."""
        self.move(self.walk.select_next(1))

    def action_select_back(self) -> None:
        """Choose the node before."""
        self.move(self.walk.select_next(-1))

    def action_unselect(self) -> None:
        """Choose nothing."""
        self.move(self.walk.select(None), follow=False)

    def _choose(self, dx: int, dy: int) -> None:
        found = self.graph.nearest(self.walk.subject, dx, dy)
        if found is not None:
            self.move(self.walk.select(found))

    def action_choose_left(self) -> None:
        """Choose the node to the left."""
        self._choose(-1, 0)

    def action_choose_right(self) -> None:
        """Choose the node to the right."""
        self._choose(1, 0)

    def action_choose_up(self) -> None:
        """Choose the node above."""
        self._choose(0, -1)

    def action_choose_down(self) -> None:
        """Choose the node below."""
        self._choose(0, 1)

    def _fold(self, turn: Callable[[], Walk | None], why: str) -> None:
        """Show other scopes folded; the folding is worked out in a thread."""
        walk = self.walk

        def look() -> None:
            self.app.call_from_thread(self._folded, walk, turn(), why)

        self.stop()
        self.run_worker(look, thread=True, exclusive=True, group="enter")

    def _folded(self, walk: Walk, found: Walk | None, why: str) -> None:
        if found is None:
            self.refuse(why)
        elif self.walk is walk:
            self.move(found)

    def action_fold(self) -> None:
        """Fold the scope of the chosen node, or open its card."""
        self._fold(self.walk.turned, "This node is in no scope.")

    def action_fold_all(self) -> None:
        """Fold all scopes, or open them."""
        self._fold(self.walk.turned_all, "There are no scopes to fold.")

    def action_into(self) -> None:
        """Step into the chosen node; a card is opened."""
        walk = self.walk
        if walk.view.is_card(walk.subject):
            self.action_fold()
            return

        def look() -> None:
            try:
                inner: Walk | Screen[None] | GradvizError = _inside(walk)
            except GradvizError as error:
                inner = error
            self.app.call_from_thread(self._entered, walk, inner)

        self.stop()
        self.run_worker(look, thread=True, exclusive=True, group="enter")

    def _entered(self, walk: Walk, inner: Walk | Screen[None] | GradvizError) -> None:
        if isinstance(inner, GradvizError):
            self.refuse(inner.what)
        elif self.walk is not walk:
            return
        elif isinstance(inner, Walk):
            self.move(inner)
        else:
            self.app.push_screen(inner)

    def action_out(self) -> None:
        """Step out again."""
        self.go(self.walk.outer, "You are in no node.")

    def action_pan_left(self) -> None:
        """Move the picture."""
        self.graph.pan(-1, 0)

    def action_pan_right(self) -> None:
        """Move the picture."""
        self.graph.pan(1, 0)

    def action_pan_up(self) -> None:
        """Move the picture."""
        self.graph.pan(0, -1)

    def action_pan_down(self) -> None:
        """Move the picture."""
        self.graph.pan(0, 1)

    def action_centre(self) -> None:
        """Bring the step, or the chosen node, to the centre."""
        self.graph.centre(self.walk.selected if self.walk.selected is not None else self._focus())

    def _zoom(self, compact: bool) -> None:
        if compact == self.compact:
            self.refuse(
                "The boxes get no smaller."
                if compact
                else "The boxes get no larger; a shows the arrays."
            )
            return
        self.compact = compact
        self.draw_anew()

    def action_zoom_in(self) -> None:
        """Boxes with their numbers."""
        self._zoom(False)

    def action_zoom_out(self) -> None:
        """A row a node."""
        self._zoom(True)

    def action_play(self) -> None:
        """Play, or stop."""
        if self.playing is not None:
            self.stop()
            return
        if self.walk.k == self.walk.total:
            self.move(self.walk.at(0))
        self.play()

    def tick(self) -> None:
        """A step on, until there is a reason to stop."""
        walk = self.walk.step(1)
        self.move(walk)
        if (
            walk.k == walk.total
            or walk.k in walk.stops
            or any(c.holds(walk.trace, walk.k) for c in walk.conditions)
        ):
            self.stop()
