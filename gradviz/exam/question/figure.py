"""The picture of a question: its graph with boxes for what is asked, or its grids of cells.

The layout uses the same placeholder for every number, so that not even the space a number takes
gives the key away. Only what the figure may show is drawn and described.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradviz.arrays import for_backend
from gradviz.arrays.digits import DIGITS, typeset
from gradviz.engine.program import schedule
from gradviz.exam.question.question import Figure, as_floats, parsed
from gradviz.export.formats.svg import svg
from gradviz.graph.graph import CONSTANT, Edge, Graph, labels
from gradviz.ops.op import Shape
from gradviz.scene.blocks import NUMBER
from gradviz.scene.hidden import BOX, box
from gradviz.scene.model import Item, Scene
from gradviz.scene.themes import theme
from gradviz.scene.views.cells.grids import Grid, grids
from gradviz.scene.views.graph import measure as forms
from gradviz.scene.views.graph.draw import alone
from gradviz.scene.views.graph.place import PlacedGraph
from gradviz.scene.views.graph.values import Figures, block
from gradviz.story.frame import Story
from gradviz.story.values import nested
from gradviz.trace import Recording, Trace

MARGIN: Final = 12.0
WIDEST: Final = -8.25
WIDEST_CELL: Final = -8.5
"""Placeholders for every number, and for every cell of an array, while the layout is made."""
CHANNEL: Final = 28.0
"""The space for wires between columns, smaller than elsewhere to keep numbers large on a page."""
MOST_GRIDS: Final = 4
"""The number of grids in one row."""
APART: Final = 20.0
FLOATS: Final = for_backend()


def scene(figure: Figure) -> Scene:
    """The figure as a scene."""
    if figure.form == "grids":
        return _grids(figure)
    made = alone(_placed(figure), None, MARGIN, lambda there: _shown(there, figure))
    return replace(made, title="A computation graph", description=alt(figure))


def _shown(there: PlacedGraph, figure: Figure) -> list[Item]:
    """The given numbers, and a box for each number that is asked for."""
    items = list[Item]()
    by_label = {label: node for node, label in there.labels.items()}
    for node in there.graph.nodes:
        if node.op == CONSTANT:
            items += _number(there, node.id, node.options["value"], "value")
    for label, value in figure.values:
        items += _number(there, by_label[label], as_floats(value), "value")
    for label, value in figure.gradients:
        items += _number(there, by_label[label], as_floats(value), "gradient")
    for label, what, letter in figure.blanks:
        items += _box(there, by_label[label], what, letter)
    return items


def _grids(figure: Figure) -> Scene:
    """The given arrays as grids of cells, side by side; if many, gradients are in a second row."""
    above = [
        Grid(_heading(figure, label, "value"), _floats(value), "value")
        for label, value in figure.values
    ]
    below = [
        Grid(_heading(figure, label, "gradient"), _floats(value), "gradient")
        for label, value in figure.gradients
    ]
    items, width, height = list[Item](), 0.0, 0.0
    for row in [above, below] if len(above) + len(below) > MOST_GRIDS else [above + below]:
        drawn, wide, tall = grids(row, MARGIN, MARGIN + height, first=len(items) and len(above))
        items, width, height = [*items, *drawn], max(width, wide), height + tall + APART
    return Scene(
        width + 2 * MARGIN, height - APART + 2 * MARGIN, "Grids of cells", alt(figure), tuple(items)
    )


def _heading(figure: Figure, label: str, what: str) -> str:
    """`input x`, `kernel w`, `output y`, `gradient of y`."""
    graph = parsed(figure.source)
    if what == "gradient":
        return f"gradient of {label}"
    names = [n.name for n in graph.inputs]
    word = ("input", "kernel", "bias")[names.index(label)] if label in names else "output"
    return f"{word} {label}"


SIGNS = re.compile(r" [-*] ")
"""The gates of + − × have the same size, so graphs that differ only in them share a layout."""


def _placed(figure: Figure) -> PlacedGraph:
    names = {n.name for n in parsed(figure.source).inputs}
    shapes = tuple(
        (label, np.shape(_floats(value))) for label, value in figure.values if label in names
    )
    shown = tuple(
        (label, np.shape(_floats(value))) for label, value in figure.values if label not in names
    )
    gradients = tuple((label, np.shape(_floats(value))) for label, value in figure.gradients)
    backward = bool(gradients or any(what == "gradient" for _, what, _ in figure.blanks))
    there = copy(_laid_out(SIGNS.sub(" + ", figure.source), shapes, shown, gradients, backward))
    there.graph = _bound(figure.source, shapes)
    there.symbols = {n.id: there.graph.symbol(n.id) for n in there.graph.nodes if not n.is_leaf}
    return there


Shapes = tuple[tuple[str, Shape], ...]


def _bound(source: str, shapes: Shapes) -> Graph:
    graph = parsed(source)
    return graph.bind({n.name: () for n in graph.inputs} | dict(shapes))


@lru_cache(maxsize=4096)
def _laid_out(
    source: str, shapes: Shapes, shown: Shapes, gradients: Shapes, backward: bool
) -> PlacedGraph:
    """A graph with space for the arrays shown, and for a number wherever one may appear."""
    bound = _bound(source, shapes)
    names = labels(bound)
    above, below = dict((*shapes, *shown)), dict(gradients)
    values = [_room(above.get(names.get(n.id, ""), ())) for n in bound.nodes]
    wrt = [n.id for n in bound.inputs]
    recording, room = Recording(), [_room(below.get(names.get(n.id, ""), ())) for n in bound.nodes]
    if backward:
        recording.edges = schedule(bound, wrt)
        recording.local = recording.contribution = [np.float64(WIDEST)] * len(recording.edges)
        recording.after = [room[edge.source] for edge in recording.edges]
    gradients_: list[Any] = list(room) if backward else [None] * len(values)
    trace = Trace(
        bound, values, gradients_, room[bound.output] if backward else None, recording, wrt=wrt
    )
    return PlacedGraph(
        bound, _Narrow(Story(trace)), "auto", DIGITS, channel=CHANNEL, constants="apart"
    )


class _Narrow(Figures):
    """The labels above and below the wires, without space for contributions.

    On a page, that space would make everything else small.
    """

    def contribution(self, edge: Edge, alone: bool = False) -> None:
        """Nothing is drawn at the end of a wire."""


def _room(shape: Shape) -> Any:
    return np.full(shape, WIDEST_CELL) if shape else np.float64(WIDEST)


def _floats(value: Any) -> Any:
    """A value as an array of at most two axes: leading axes of length 1 are dropped."""
    found = FLOATS.asarray(as_floats(value))
    return np.squeeze(found, axis=tuple(range(found.ndim - 2))) if found.ndim > 2 else found


def _number(placed: PlacedGraph, node: int, value: Any, role: str) -> list[Item]:
    made = block(FLOATS, FLOATS.asarray(value), NUMBER, DIGITS)
    x, axis = placed.trunk_middle(node), placed.axes[node].y
    top = axis + forms.CLEAR if role == "gradient" else axis - forms.CLEAR - made.height
    return made.draw(f"node-{node}-{role}", role, "semibold", x, top)


def _box(placed: PlacedGraph, node: int, what: str, letter: str) -> list[Item]:
    """An empty box with its letter, above the wire for a value and below it for a gradient."""
    away = forms.CLEAR - 4 + BOX[1] / 2
    middle = placed.axes[node].y + (away if what == "gradient" else -away)
    return box(f"node-{node}-{what}-box", placed.trunk_middle(node), middle, letter)


def alt(figure: Figure) -> str:
    """The figure in words, for readers who cannot see it: the same information and no more."""
    graph = parsed(figure.source)
    shown = {"value": dict(figure.values), "gradient": dict(figure.gradients)}
    if figure.form == "grids":
        said = [
            f"{_heading(figure, label, what)}: {_said(value)}"
            for what in shown
            for label, value in shown[what].items()
        ]
        return f"Grids of cells. {'; '.join(said)}."
    names, asked = labels(graph), dict[str, list[str]]()
    for label, what, letter in figure.blanks:
        asked.setdefault(label, []).append(f"box {letter} asks for its {what}")
    told = []
    for node in graph.nodes:
        if node.id not in names:
            continue
        label = names[node.id]
        made_of = ", ".join(
            names.get(i) or _said(graph.nodes[i].options["value"]) for i in node.inputs
        )
        first = label if node.is_leaf else f"{label} = {node.op}({made_of})"
        notes = [
            f"{what} {_said(given[label])}" for what, given in shown.items() if label in given
        ] + asked.get(label, [])
        told.append(f"{first}: {', '.join(notes)}" if notes else first)
    return f"A computation graph with {len(graph.nodes)} nodes. {'; '.join(told)}."


def _said(value: Any) -> str:
    return typeset(nested(as_floats(value)))


def picture(figure: Figure, style: str = "light", *, embed_fonts: bool = True) -> str:
    """The figure as SVG in a theme."""
    return svg(scene(figure), theme(style), embed_fonts=embed_fonts)
