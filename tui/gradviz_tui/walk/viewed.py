"""Where the student is in another view of a run: unit by unit, or row by row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from gradviz.engine.inside import views
from gradviz.errors import ValueInputError
from gradviz.export.classes import called
from gradviz.learn import views as of_runs
from gradviz.scene.views import has_characters
from gradviz.trace.walks import landing
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk


@dataclass(frozen=True, kw_only=True)
class Viewed(Inside):
    """A place in a view.

    walk, k  its walk, and the steps done, 0 to the end.
    graph    where we came from in the walk over the graph; `came` is the step that we came to here,
             None where the program began here.
    name     what the view is called.
    """

    FIRST: ClassVar = 0

    graph: Walk
    name: str
    came: int | None

    @classmethod
    def of(cls, graph: Walk, name: str, k: int | None = None) -> Viewed:
        """A view of the whole run, at step k of it, or else where the walk over the graph is.

        Raises UnknownNameError for a view that does not exist or that the terminal cannot draw, and
        ValueInputError for one that does not fit and for a step that does not exist.
        """
        drawable(name)
        view, came = graph.root.view, None
        walk = _named(views.walk(view.whole, name), graph.root.opened.classes)
        if k is None:
            whole = view.to_whole(graph.root.k)
            came = k = landing(walk, whole) if whole else 0
        elif not 0 <= k <= len(walk):
            raise ValueInputError(
                f"there is no step {k}", expected=f"--at 0 (the inputs only) to {len(walk)}", got=k
            )
        return cls(walk=walk, k=k, graph=graph, name=name, came=came)

    def back(self) -> Walk:
        """The walk over the graph: where we came from, or where we went since."""
        if self.k == self.came:
            return self.graph
        root = self.graph.root
        return root.at(root.view.from_whole(self.walk.trace_step(self.k)))

    def next(self, by: int = 1) -> Viewed | None:
        """The next view that fits the run, at the same step of the trace; None for the graph."""
        names = drawn()
        at = names.index(self.name)
        ahead = names[at + 1 :] if by > 0 else names[:at][::-1]
        return _fitting(self.back(), ahead)

    def command(self) -> str:
        """What to type to be exactly here again."""
        root = self.graph.root
        return root.opened.command(self.k, root.folding, self.name)


def first(graph: Walk) -> Viewed | None:
    """The first view that fits a run besides the graph, at the same step; None where none does."""
    return _fitting(graph, drawn())


def last(graph: Walk) -> Viewed | None:
    """The last one, likewise."""
    return _fitting(graph, drawn()[::-1])


def begun(opened: Opened, k: int) -> tuple[Walk, Viewed | Inside | None]:
    """The beginning of a program: at step k of the graph, or of the view that was asked for; inside
    the nodes that were.

    Raises what `Viewed.of` and `Walk.entered` raise, and ValueInputError for names of classes that
    fit no view, or not the one that was asked for.
    """
    walk = Walk(opened)
    _check_classes(opened)
    if opened.view in views.FIRST:
        return walk.at(k).entered(*opened.into)
    found = Viewed.of(walk, opened.view, k)
    return found.back(), found


def _check_classes(opened: Opened) -> None:
    """Raise ValueInputError for names of classes that no view takes, or not the one asked for."""
    if not opened.classes:
        return
    refused = None
    for name in [opened.view] if opened.view not in views.FIRST else drawn():
        if views.fits(opened.trace, name):
            try:
                called(views.walk(opened.trace, name), opened.classes)
                return
            except ValueInputError as error:
                refused = error
    if refused is not None:
        raise refused


def _named(walk: Any, classes: tuple[str, ...]) -> Any:
    """A walk with names for its classes; the same where they are not those of its classes."""
    try:
        return called(walk, classes)
    except ValueInputError:
        return walk


def drawable(name: str) -> None:
    """Raise UnknownNameError for a view that does not exist, and ValueInputError for one that the
    terminal cannot draw.
    """
    if name not in of_runs.names():
        views.view(name)
    if name not in drawn():
        raise ValueInputError(
            f"the view {name} has no drawing in characters",
            expected=f"one of {', '.join(drawn())}",
            hint=f"gradviz render … --view {name} -o picture.svg",
        )


def drawn() -> list[str]:
    """The views that can be drawn in the terminal, the graph first."""
    return [name for name in views.names() if name in views.FIRST or has_characters(name)]


def _fitting(graph: Walk, names: Iterable[str]) -> Viewed | None:
    """The first of these views that fits; None for the graph, and where none does."""
    for name in names:
        if name not in views.FIRST:
            try:
                return Viewed.of(graph, name)
            except ValueInputError:
                continue
    return None
