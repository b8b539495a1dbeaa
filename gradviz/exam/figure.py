"""The picture of a question: the scene's own drawing of the graph, with boxes for what is asked.

The layout is made with the same number everywhere, so that not even the room that a number takes says anything
about the key; only what the figure may show is drawn, and described, at all.
"""

from __future__ import annotations

import re
from copy import copy
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradviz.arrays import namespace
from gradviz.engine.program import schedule
from gradviz.exam.question import Figure, as_floats, parsed
from gradviz.exam.text import nested
from gradviz.export.svg import svg
from gradviz.graph.graph import Graph
from gradviz.graph.labels import labels
from gradviz.scene import forms
from gradviz.scene.blocks import NUMBER, SMALL
from gradviz.scene.drawn import GraphDrawing
from gradviz.scene.figures import Figures, block
from gradviz.scene.model import Item, Rect, Scene, Text
from gradviz.scene.placed import PlacedGraph
from gradviz.scene.themes import theme
from gradviz.story.frame import Story
from gradviz.story.numbers import DIGITS, typeset
from gradviz.trace import Recording, Trace

MARGIN: Final = 12.0
WIDEST: Final = np.float64(-88.25)
"""Stands for every number while the layout is made."""
BOX: Final = (34.0, 17.0)
FLOATS: Final = namespace()


def scene(figure: Figure) -> Scene:
    """The figure as a scene."""
    placed = _placed(figure.source, bool(figure.gradients or any(what == "gradient" for _, what, _ in figure.blanks)))
    graph, names = placed.graph, placed.labels
    there = placed.at(MARGIN, MARGIN)
    items: list[Item] = GraphDrawing(there, None).items()
    by_label = {label: node for node, label in names.items()}
    for label, value in figure.values:
        items += _number(there, by_label[label], value, "value")
    for label, value in figure.gradients:
        items += _number(there, by_label[label], value, "gradient")
    for label, what, letter in figure.blanks:
        items += _box(there, by_label[label], what, letter)
    width, height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    return Scene(width, height, "A computation graph", describe(graph, names, figure), tuple(items))


SIGNS = re.compile(r" [-*] ")
"""The gates of + − × take the same room, so graphs that differ in them only are laid out once."""


def _placed(source: str, backward: bool) -> PlacedGraph:
    there = copy(_laid_out(SIGNS.sub(" + ", source), backward))
    there.graph = _bound(source)
    there.symbols = {n.id: there.graph.symbol(n.id) for n in there.graph.nodes if not n.is_leaf}
    return there


def _bound(source: str) -> Graph:
    graph = parsed(source)
    return graph.bind({n.name: () for n in graph.inputs})


@lru_cache(maxsize=4096)
def _laid_out(source: str, backward: bool) -> PlacedGraph:
    bound = _bound(source)
    values = [WIDEST] * len(bound.nodes)
    wrt = [n.id for n in bound.inputs]
    recording = Recording()
    gradients: list[Any] = [None] * len(values)
    if backward:
        recording.edges = schedule(bound, wrt)
        recording.local = recording.contribution = recording.after = [WIDEST] * len(recording.edges)
        gradients = list(values)
    trace = Trace(bound, values, gradients, WIDEST if backward else None, recording, wrt=wrt)
    return PlacedGraph(bound, Figures(Story(trace)), "auto", DIGITS)


def _number(placed: PlacedGraph, node: int, value: Any, role: str) -> list[Item]:
    made = block(FLOATS, FLOATS.asarray(as_floats(value)), NUMBER, DIGITS)
    x, axis = placed.trunk_middle(node), placed.axes[node].y
    top = axis + forms.CLEAR if role == "gradient" else axis - forms.CLEAR - made.height
    return made.draw(f"node-{node}-{role}", role, "semibold", x, top)


def _box(placed: PlacedGraph, node: int, what: str, letter: str) -> list[Item]:
    """An empty box with its letter, above the wire for a value and below it for a gradient."""
    x, axis, (width, height) = placed.trunk_middle(node), placed.axes[node].y, BOX
    top = axis + forms.CLEAR - 4 if what == "gradient" else axis - forms.CLEAR + 4 - height
    key = f"node-{node}-{what}-box"
    return [
        Rect(key, "ring", x - width / 2, top, width, height, 3.0),
        Text(f"{key}-letter", "muted", x, top + height - 5, letter, SMALL),
    ]


def describe(graph: Graph, names: dict[int, str], figure: Figure) -> str:
    """The figure in words, for those who cannot see it: the same, and no more."""
    shown = dict(figure.values), dict(figure.gradients)
    asked: dict[str, list[str]] = {}
    for label, what, letter in figure.blanks:
        asked.setdefault(label, []).append(f"box {letter} asks for its {what}")
    told = []
    for node in graph.nodes:
        if node.id not in names:
            continue
        label = names[node.id]
        made_of = ", ".join(names.get(i, nested(graph.nodes[i].options.get("value", 0))) for i in node.inputs)
        said = [label if node.is_leaf else f"{label} = {node.op}({made_of})"]
        said += [f"{what} {typeset(nested(given[label]))}" for what, given in zip(("value", "gradient"), shown, strict=True) if label in given]
        told.append(": ".join([said[0], ", ".join([*said[1:], *asked.get(label, [])])]) if len(said) > 1 or label in asked else said[0])
    return f"A computation graph with {len(graph.nodes)} nodes. {'; '.join(told)}."


def picture(figure: Figure, style: str = "light", *, embed_fonts: bool = True) -> str:
    """The figure as SVG in a theme."""
    return svg(scene(figure), theme(style), embed_fonts=embed_fonts)


def alt(figure: Figure) -> str:
    """The figure in words."""
    graph = parsed(figure.source)
    return describe(graph, labels(graph), figure)
