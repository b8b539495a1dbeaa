"""The window of a graph that is drawn: the one asked for, or where the whole is too large."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from gradviz.errors import ValueInputError
from gradviz.export.folding import fits
from gradviz.export.look import Look, Windowing
from gradviz.graph.graph import Graph, labels
from gradviz.graph.window import Window, holding, within
from gradviz.layout.cards import LIMIT, TooLargeError
from gradviz.story.moments import MOMENTS
from gradviz.trace import Trace
from gradviz.trace.panels import PanelWalk
from gradviz.trace.paths import paths as between
from gradviz.trace.walks import Walk

TOO_LARGE = (
    "The graph has {count:,} nodes, too many for one picture, so this is a {words}; --around NODE"
    " --hops N opens another."
)
MOST_NAMED = 6
STRETCH = 10
"""Nodes that are worked on in one window before the next is opened."""
MOST_WINDOWS = 100


Windows = Window | tuple[Window | None, Window | None]
"""The window of a graph, or those of two walks side by side."""


def opened(
    subject: Walk | Graph, windowing: Windowing, look: Look, frames: Sequence[Any], *, chosen: bool
) -> tuple[Windows | None, Sequence[Any], tuple[str, ...]]:
    """The window to draw, None for the whole graph; the frames to draw of it; and a note where
    nobody asked for a window. Of two walks side by side each has its own.

    frames  steps, or one moment; none for a bare graph. One window holds all of them.
    chosen  whether these were asked for. Otherwise steps that happen outside a window around a node
            are left out, and a single picture shows the last step within.

    Raises UnknownNameError for a node that does not exist, ValueInputError for walks and options
    that have no window and for steps outside it, and TooLargeError for a window that is too large.
    """
    if isinstance(subject, PanelWalk):
        windows, notes = _of_both(subject, windowing, look, frames)
        return windows, frames, notes
    if not isinstance(subject, Trace | Graph):
        if windowing:
            raise ValueInputError(
                f"a walk over {subject.kind} has no windows", expected="a trace or a graph"
            )
        return None, frames, ()
    trace = subject if isinstance(subject, Trace) else None
    graph = subject if isinstance(subject, Graph) else subject.graph
    if not windowing and fits(graph):
        return None, frames, ()
    if windowing and look.paths is not None:
        raise ValueInputError(
            "paths are drawn from end to end, a window shows what is near a node",
            expected="either --path or --around and --hops",
        )
    if windowing.around is None:
        window = _of_frames(graph, trace, windowing, look, frames)
    else:
        centre = graph.find(windowing.around)
        window = _around(graph, [centre], centre, windowing.hops)
        frames = frames if trace is None else _inside(trace, window, frames, chosen)
    _check_size(window, windowing, len(frames))
    if len(window.nodes) == len(graph.args):
        return None, frames, ()
    window = replace(window, centre=look.names.get(window.centre, window.centre))
    note = TOO_LARGE.format(count=len(graph.args), words=window.words)
    return window, frames, () if windowing else (note,)


def _of_both(
    both: PanelWalk, windowing: Windowing, look: Look, frames: Sequence[Any]
) -> tuple[tuple[Window | None, Window | None], tuple[str, ...]]:
    """The windows of two walks, around a node that either has, and their notes."""
    centre, found, notes = windowing.around, list[Window | None](), list[str]()
    has = [centre in (*run.graph.names.values(), *labels(run.graph).values()) for run in both.runs]
    for side, walk in enumerate(both.walks):
        if isinstance(centre, str) and not has[side] and (side or any(has)):
            found.append(None)
            continue
        at = ["final"] if centre is not None else [_shown(both, k, side) for k in frames]
        window, _, said = opened(walk, windowing, look, at, chosen=True)
        assert not isinstance(window, tuple)
        found.append(window)
        notes += said
    return (found[0], found[1]), tuple(dict.fromkeys(notes))


def _shown(both: PanelWalk, step: Any, side: int) -> Any:
    return step if step in MOMENTS else both.shown(step)[side]


def turned_over(subject: Walk | Graph, windowing: Windowing, look: Look) -> bool:
    """Whether a run is shown in windows that follow its steps, where the format can do that: no
    window was asked for, and the whole is too large.
    """
    if windowing or look.paths is not None or not isinstance(subject, Trace):
        return False
    return not fits(subject.graph)


def following(trace: Trace, steps: Sequence[int]) -> list[Window]:
    """The windows that follow some steps of a run, one for each: STRETCH nodes that are computed
    one after another share one, with what is near them.

    Raises TooLargeError for steps that need more than MOST_WINDOWS.
    """
    nodes = trace.forward_nodes
    place = {node: n // STRETCH for n, node in enumerate(nodes)}
    now, places = 0, list[int]()
    for k in steps:
        now = place.get(_focus(trace, k), now) if k else now
        places.append(now)
    if len(set(places)) > MOST_WINDOWS:
        raise TooLargeError(
            f"these {len(steps):,} steps need {len(set(places)):,} windows of the graph",
            expected=f"at most {MOST_WINDOWS} in one page",
            hint=f"fewer steps, such as --steps 1-{MOST_WINDOWS * STRETCH}, scopes folded with"
            " --depth 1, or --around NODE for the steps around a node",
        )
    found = {}
    for n in set(places):
        stretch = nodes[n * STRETCH : (n + 1) * STRETCH]
        found[n] = holding(trace.graph, stretch, stretch[-1])
    return [found[n] for n in places]


def _around(graph: Graph, nodes: Collection[int], centre: int, hops: int | None) -> Window:
    if hops is None:
        return holding(graph, nodes, centre)
    return within(graph, nodes, hops, centre)


def _of_frames(
    graph: Graph, trace: Trace | None, windowing: Windowing, look: Look, frames: Sequence[Any]
) -> Window:
    """The window that holds what the frames are about, or the paths that are shown."""
    if trace is not None and look.paths is not None:
        found = between(trace, look.paths)
        nodes = [edge.target for edge in found.edges]
        return holding(graph, nodes, found.target)
    nodes = [_focus(trace, k) for k in frames] if trace is not None else [graph.output]
    return _around(graph, nodes, nodes[-1], windowing.hops)


def _focus(trace: Trace, step: Any) -> int:
    """The node at work in a step; the output where none is."""
    return trace.step(step).node if step not in MOMENTS and step else trace.graph.output


def _inside(trace: Trace, window: Window, frames: Sequence[Any], chosen: bool) -> Sequence[Any]:
    """The frames whose step happens in the window."""
    if not frames or frames[0] in MOMENTS:
        return frames
    if not chosen:
        everything = range(1, len(trace) + 1) if len(frames) == 1 else frames
        held = [k for k in everything if _is_in(trace, window, k)]
        return held[-1:] if len(frames) == 1 else held
    for k in frames:
        if k and not _is_in(trace, window, k):
            steps = [i for i in range(1, len(trace) + 1) if _is_in(trace, window, i)]
            some = ", ".join(map(str, steps[:MOST_NAMED])) + (", …" * (len(steps) > MOST_NAMED))
            raise ValueInputError(
                f"step {k} happens outside the {window.words}",
                expected=f"one of its steps: {some}" if steps else "values or final",
                got=f"step {k}",
                hint="leave out --around for the window around a step",
            )
    return frames


def _is_in(trace: Trace, window: Window, step: int) -> bool:
    return _focus(trace, step) in window.nodes


def _check_size(window: Window, windowing: Windowing, frames: int) -> None:
    """Raise TooLargeError for a window that is too large."""
    if fits(window.graph, window):
        return
    if windowing.hops is not None:
        several = windowing.hops > 1
        what = f"{windowing.hops} hop{'s reach' if several else ' reaches'}"
        what += f" {len(window.nodes):,} nodes"
        hint = f"{'fewer hops, or ' * several}no number of hops: then the nearest nodes are drawn"
    elif frames > 1:
        what = f"these {frames:,} steps work on {len(window.nodes):,} nodes"
        hint = (
            "fewer steps, such as --steps 1-20, or --around NODE for the steps around a node;"
            " a .dot or .txt file has no limit"
        )
    else:
        what = f"this step needs {len(window.nodes):,} nodes"
        hint = "a .dot or .txt file, which has no limit"
    raise TooLargeError(
        f"{what}, too many for one picture",
        expected=f"one window with all of them, of at most {LIMIT} cards",
        hint=hint,
    )
