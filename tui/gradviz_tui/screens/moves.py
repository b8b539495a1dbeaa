"""The moves over a graph: actions that only change where we are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from textual.screen import Screen

from gradviz import plugins
from gradviz.errors import GradvizError, ValueInputError
from gradviz_tui.screens.descent import OVER
from gradviz_tui.screens.run import Actions, RunScreen
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.viewed import Viewed, first, last

MOVES = Actions()


def go(screen: WalkScreen, walk: Walk | None, why: str = "") -> None:
    """Go there, or tell the user why not."""
    if walk is None:
        screen.refuse(why)
    else:
        screen.move(walk)


def _inside(walk: Walk) -> Walk | Screen[None]:
    """The walk inside the node at work, or the screen that walks through it in a way of its own.

    Raises ValueInputError where none has an inside.
    """
    first: ValueInputError | None = None
    for node in walk.at_work:
        try:
            inner = walk.enter(node)
        except ValueInputError as error:
            first = first or error
        else:
            return inner if isinstance(inner, Walk) else screen_of(inner, walk)
    assert first is not None
    raise first


def screen_of(inner: Inside, outer: Walk) -> Screen[None]:
    """The screen of a walk inside a node that is not one over a graph."""
    # What this loads, the screen of that kind of walk, takes a tenth of a second.
    screen = plugins.entry("gradviz_tui.screens", inner.walk.kind).SCREEN
    return cast(Screen[None], screen(inner, outer))


@MOVES
def step(screen: WalkScreen) -> None:
    """Go forward one contribution; after the last one, to what can follow."""
    walk = screen.walk
    if walk.k < walk.total or walk.outer is not None:
        screen.move(walk.step(1))
    elif walk.opened.has_next:
        screen.refuse(OVER)
    else:
        screen.action_do("sum_up")


@MOVES
def step_back(screen: WalkScreen) -> None:
    """Go back one contribution."""
    screen.move(screen.walk.step(-1))


@MOVES
def node(screen: WalkScreen) -> None:
    """Go forward one node."""
    screen.move(screen.walk.node(1))


@MOVES
def node_back(screen: WalkScreen) -> None:
    """Go back one node."""
    screen.move(screen.walk.node(-1))


@MOVES
def start(screen: WalkScreen) -> None:
    """Go to the start."""
    screen.move(screen.walk.at(0))


@MOVES
def end(screen: WalkScreen) -> None:
    """Go to the end."""
    screen.move(screen.walk.at(screen.walk.total))


@MOVES
def loss(screen: WalkScreen) -> None:
    """Go to the loss."""
    screen.move(screen.walk.loss())


@MOVES
def layer(screen: WalkScreen) -> None:
    """Go to the next layer."""
    screen.move(screen.walk.layer(1))


@MOVES
def layer_back(screen: WalkScreen) -> None:
    """Go to the previous layer."""
    screen.move(screen.walk.layer(-1))


@MOVES
def run(screen: WalkScreen) -> None:
    """Run to the next stop."""
    _run(screen, screen.walk.run())


@MOVES
def run_back(screen: WalkScreen) -> None:
    """Run back to the previous stop."""
    _run(screen, screen.walk.run(back=True))


def _run(screen: WalkScreen, way: Iterator[Walk]) -> None:
    """Go to the last of these walks; in a thread if there are conditions to test."""
    if not screen.walk.conditions:
        for walk in way:  # noqa: B007
            pass
        screen.move(walk)
        return
    started = screen.walk

    def look() -> None:
        for walk in way:  # noqa: B007
            pass
        screen.app.call_from_thread(lambda: screen.move(walk) if screen.walk is started else None)

    screen.run_worker(look, thread=True, exclusive=True, group="run")


@MOVES
def to_node(screen: WalkScreen) -> None:
    """Go to the step that writes the selected node."""
    go(screen, screen.walk.to_subject(), "No step writes this node; its value is given.")


@MOVES
def write(screen: WalkScreen) -> None:
    """Go to the next write of its gradient."""
    go(screen, screen.walk.write(1), "There is no later write of this gradient.")


@MOVES
def write_back(screen: WalkScreen) -> None:
    """Go to the previous write of its gradient."""
    go(screen, screen.walk.write(-1), "There is no earlier write of this gradient.")


@MOVES
def breakpoint_(screen: WalkScreen) -> None:
    """Set or remove a breakpoint."""
    screen.move(screen.walk.toggle_break(), follow=False)


@MOVES
def select(screen: WalkScreen) -> None:
    """Select the next node."""
    screen.move(screen.walk.select_next(1))


@MOVES
def select_back(screen: WalkScreen) -> None:
    """Select the previous node."""
    screen.move(screen.walk.select_next(-1))


@MOVES
def unselect(screen: WalkScreen) -> None:
    """Clear the selection."""
    screen.move(screen.walk.select(None), follow=False)


def _choose(screen: WalkScreen, dx: int, dy: int) -> None:
    found = screen.graph.nearest(screen.walk.subject, dx, dy)
    if found is not None:
        screen.move(screen.walk.select(found))


@MOVES
def choose_left(screen: WalkScreen) -> None:
    """Select the node to the left."""
    _choose(screen, -1, 0)


@MOVES
def choose_right(screen: WalkScreen) -> None:
    """Select the node to the right."""
    _choose(screen, 1, 0)


@MOVES
def choose_up(screen: WalkScreen) -> None:
    """Select the node above."""
    _choose(screen, 0, -1)


@MOVES
def choose_down(screen: WalkScreen) -> None:
    """Select the node below."""
    _choose(screen, 0, 1)


def _fold(screen: WalkScreen, turn: Callable[[], Walk | None], why: str) -> None:
    """Change which scopes are folded; computed in a thread."""
    walk = screen.walk

    def look() -> None:
        screen.app.call_from_thread(_folded, screen, walk, turn(), why)

    screen.stop()
    screen.run_worker(look, thread=True, exclusive=True, group="enter")


def _folded(screen: WalkScreen, walk: Walk, found: Walk | None, why: str) -> None:
    if found is None:
        screen.refuse(why)
    elif screen.walk is walk:
        screen.move(found)


@MOVES
def fold(screen: WalkScreen) -> None:
    """Fold the scope of the selected node, or open its card."""
    _fold(screen, screen.walk.turned, "This node is not in a scope.")


@MOVES
def fold_all(screen: WalkScreen) -> None:
    """Fold all scopes, or open them."""
    _fold(screen, screen.walk.turned_all, "There are no scopes to fold.")


@MOVES
def into(screen: WalkScreen) -> None:
    """Step into the selected node, or the op of this step; a card is opened."""
    walk = screen.walk
    card = next((node for node in walk.at_work if walk.view.is_card(node)), None)
    if card is not None:
        _fold(screen, lambda: walk.turned(card), "")
        return

    def look() -> None:
        try:
            inner: Walk | Screen[None] | GradvizError = _inside(walk)
        except GradvizError as error:
            inner = error
        screen.app.call_from_thread(_entered, screen, walk, inner)

    screen.stop()
    screen.run_worker(look, thread=True, exclusive=True, group="enter")


def _entered(screen: WalkScreen, walk: Walk, inner: Walk | Screen[None] | GradvizError) -> None:
    if isinstance(inner, GradvizError):
        screen.refuse(inner.what)
    elif screen.walk is not walk:
        return
    elif isinstance(inner, Walk):
        screen.move(inner)
    else:
        screen.app.push_screen(inner)


@MOVES
def out(screen: WalkScreen) -> None:
    """Step back out, or back to the training that this pass is from."""
    if screen.walk.outer is None and isinstance(screen.app.screen_stack[-2], RunScreen):
        screen.stop()
        screen.dismiss()
        return
    go(screen, screen.walk.outer, "You are not inside a node.")


def _view(screen: WalkScreen, find: Callable[[Walk], Viewed | None]) -> None:
    """Switch to another view; its walk is made in a thread."""
    walk = screen.walk

    def look() -> None:
        screen.app.call_from_thread(_viewed, screen, walk, find(walk))

    screen.stop()
    screen.run_worker(look, thread=True, exclusive=True, group="enter")


def _viewed(screen: WalkScreen, walk: Walk, found: Viewed | None) -> None:
    if found is None:
        screen.refuse("No other view fits this run.")
    elif screen.walk is walk:
        from gradviz_tui.screens.view import ViewScreen

        screen.app.push_screen(ViewScreen(found, screen))


@MOVES
def view(screen: WalkScreen) -> None:
    """Switch to the next view that fits the run."""
    _view(screen, first)


@MOVES
def view_back(screen: WalkScreen) -> None:
    """Switch to the previous view that fits the run."""
    _view(screen, last)


@MOVES
def pan_left(screen: WalkScreen) -> None:
    """Move the picture."""
    screen.graph.pan(-1, 0)


@MOVES
def pan_right(screen: WalkScreen) -> None:
    """Move the picture."""
    screen.graph.pan(1, 0)


@MOVES
def pan_up(screen: WalkScreen) -> None:
    """Move the picture."""
    screen.graph.pan(0, -1)


@MOVES
def pan_down(screen: WalkScreen) -> None:
    """Move the picture."""
    screen.graph.pan(0, 1)


@MOVES
def centre(screen: WalkScreen) -> None:
    """Centre the step, or the selected node."""
    chosen = screen.walk.selected
    screen.graph.centre(screen.focus_node() if chosen is None else chosen)


def _zoom(screen: WalkScreen, compact: bool) -> None:
    if compact == screen.compact:
        screen.refuse(
            "The boxes cannot get any smaller."
            if compact
            else "The boxes cannot get any larger; press a to show the arrays."
        )
        return
    screen.compact = compact
    screen.draw_anew()


@MOVES
def zoom_in(screen: WalkScreen) -> None:
    """Boxes with their numbers."""
    _zoom(screen, False)


@MOVES
def zoom_out(screen: WalkScreen) -> None:
    """One row per node."""
    _zoom(screen, True)


@MOVES
def play(screen: WalkScreen) -> None:
    """Play, or stop."""
    if screen.playing is not None:
        screen.stop()
        return
    if screen.walk.k == screen.walk.total:
        screen.move(screen.walk.at(0))
    screen.play()
