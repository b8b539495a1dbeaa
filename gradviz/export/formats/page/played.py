"""A walk as the parts of a page that plays it, and the passes that open from a training run."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, Final

from gradviz.errors import GradvizError
from gradviz.export.drawing import Drawing
from gradviz.export.folding import fits
from gradviz.export.formats.page import colours, told
from gradviz.export.formats.page.sheet import Sheet, css_class, node_boxes, palette_text
from gradviz.export.windows import following
from gradviz.graph.window import Window
from gradviz.progress import each
from gradviz.scene.blocks import MOST_CELLS
from gradviz.scene.framing import Framing
from gradviz.scene.images import MOST_PIXELS
from gradviz.scene.model import LEVELS, Scene
from gradviz.scene.raster import DARK
from gradviz.scene.views import Deck
from gradviz.story.keys import GROUPS
from gradviz.story.languages import say
from gradviz.story.maths import unicode
from gradviz.story.walks import WalkFrame
from gradviz.trace import Trace
from gradviz.trace.training import TrainingTrace

ROOM: Final = (960.0, 380.0)
"""The shape that pictures aim at: the room above the sentence on a wide screen."""
FOLLOWED: Final = (
    "The graph has {count:,} nodes, too many for one picture, so the page shows it in windows that"
    " follow the steps."
)
MOST_PASSES: Final = 150
"""Of a run with more passes a page shows some."""
MOST_OPENED: Final = 32
"""Passes that a page holds to be opened."""
ROUND: Final = (1, 2, 5)


@dataclass(frozen=True)
class Played:
    """The parts of a page that are one walk's.

    picture, steps, source, kind  pieces of HTML, and the class of the page.
    first     the number of the first step that is shown.
    data      what its script reads.
    is_whole  whether all of a walk over a graph is shown, so that it can be computed anew.
    words, bold, roles  what fonts and style sheets must have.
    """

    picture: str
    steps: str
    source: str
    kind: str
    first: int
    data: dict[str, Any]
    is_whole: bool
    words: str
    bold: frozenset[str]
    roles: tuple[str, ...]

    def packed(self) -> str:
        """What the page's script takes, deflated, in base64."""
        made = {
            "picture": self.picture, "steps": self.steps, "source": self.source,
            "kind": self.kind, "first": self.first, "data": self.data,
        }  # fmt: skip
        return b64encode(zlib.compress(compact(made).encode(), 9)).decode("ascii")


def compact(data: Any) -> str:
    """Data as JSON without spaces."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def played(drawing: Drawing, frames: Sequence[Any]) -> Played:
    """The walk of a drawing, these frames of it. Raises what layouts raise."""
    assert drawing.walk is not None
    story, views = drawing.story, _Views(drawing, frames)
    head, steps = told.expression(story), list[told.Data]()

    def scenes() -> Iterator[Scene]:
        for k in each("pictures drawn", frames):
            scene, frame = views.scene(k)
            steps.append(told.step(story, frame, typed=not head))
            yield scene

    sheet = Sheet(scenes(), drawing.theme)
    listed = "\n".join(_listed(step, views.names) for step in steps)
    boxes = {} if drawing.look.hide else views.boxes()
    nodes = told.nodes(
        story, {node: box for found in boxes.values() for node, box in found.items()}
    )
    light, dark = colours.pair(drawing.theme)
    usual = "" if colours.follows(drawing.theme) else "dark" if drawing.theme is dark else "light"
    data = {
        "roles": [css_class(role) for role in sheet.roles],
        "texts": sheet.texts,
        "frames": sheet.frames,
        "steps": [_without_words(step) for step in steps],
        "nodes": nodes,
        "wires": told.wires(drawing.walk.trace) if nodes else [],
        "output": drawing.graph.output,
        "loss": told.differentiated(story),
        "seed": drawing.walk.trace.seed_step,
        "heat": [palette_text(light), palette_text(dark)],
        "raster": {"levels": LEVELS, "cells": MOST_CELLS, "pixels": MOST_PIXELS, "dark": DARK},
        "theme": usual,
        "keys": _keys(drawing.walk.kind),
        "given": [],
        "shapes": [],
        "names": {name: unicode.name(name) for name in views.names},
        "windows": views.data(boxes),
    }
    typed = f'<span class="unseen">{escape(drawing.title)}</span>{head}'
    return Played(
        picture=sheet.svg(views.title),
        steps=listed,
        source=typed if head else f'<span class="code">{escape(drawing.title)}</span>',
        kind=f"kind-{drawing.walk.kind}" + ("" if nodes else " bare"),
        first=steps[0]["k"],
        data=data,
        is_whole=bool(nodes) and [*frames] == list(range(drawing.total + 1)),
        words="".join((drawing.title, listed, *(node["name"] + node["kind"] for node in nodes))),
        bold=frozenset(sheet.bold),
        roles=tuple(sheet.roles),
    )


class _Views:
    """The pictures of a walk: one layout of all of it, or where it is too large one of each window
    that follows its steps.
    """

    def __init__(self, drawing: Drawing, frames: Sequence[Any]) -> None:
        self.drawing, walk = drawing, drawing.walk
        self.windows: dict[int, Window] = {}
        if drawing.window is None and isinstance(walk, Trace) and not fits(walk.graph):
            self.windows = dict(zip(frames, following(walk, frames), strict=True))
            drawing.say(FOLLOWED.format(count=len(walk.graph.args)))
        self.decks: dict[int, Deck] = {}
        self.last: dict[int, Scene] = {}
        self.order: list[int] = []
        self.names: Sequence[str] = ()

    def scene(self, k: Any) -> tuple[Scene, WalkFrame]:
        """The picture of a step, and what is told of it."""
        window = self.windows.get(k)
        key = id(window)
        if key not in self.decks:
            framing = Framing("none", frozenset(), room=ROOM)
            self.decks[key] = self.drawing.framed(framing, window)
        deck = self.decks[key]
        self.order.append(key)
        self.last[key] = scene = deck.scene(k)
        self.names = deck.page.names
        assert deck.page.told is not None
        return scene, deck.page.told

    @property
    def title(self) -> str:
        """What the last picture shows."""
        return self.last[self.order[-1]].title

    def boxes(self) -> dict[int, dict[int, list[float]]]:
        """Where the nodes stand in each window."""
        nodes = range(len(self.drawing.graph.nodes))
        return {key: node_boxes(scene, nodes) for key, scene in self.last.items()}

    def data(self, boxes: Mapping[int, Mapping[int, list[float]]]) -> Any:
        """The width, the height and the nodes of each window, and which one each step is shown in;
        None for a single picture.
        """
        if not self.windows:
            return None
        keys = list(self.last)
        return {
            "views": [[s.width, s.height, boxes.get(key, {})] for key, s in self.last.items()],
            "at": [keys.index(key) for key in self.order],
        }


def chosen(drawing: Drawing, frames: Sequence[Any]) -> Sequence[Any]:
    """These frames; of the many passes of a long run those that tell of all, with a note."""
    walk = drawing.walk
    if not isinstance(walk, TrainingTrace) or not MOST_PASSES < len(frames) == len(walk):
        return frames
    told = list(walk.told)
    drawing.say(
        f"The page shows {len(told)} of {walk.passes:,} passes; --steps 1-{MOST_PASSES} shows each"
        " of these."
    )
    return told


def passes(drawing: Drawing, frames: Sequence[Any]) -> dict[int, Played]:
    """The passes of a training run that open from these frames, by number: all of them, or the
    round ones, with a note.
    """
    walk = drawing.walk
    if not isinstance(walk, TrainingTrace) or walk.open is None:
        return {}
    held = [k for k in frames if 1 <= k <= walk.passes]
    try:
        found = {}
        for k in each("passes opened", _round(held)):
            own = drawing.like(walk.open(k))
            found[k] = played(own, range(own.total + 1))
    except GradvizError as error:
        drawing.say(f"The passes do not open in the page: {error.what}.")
        return {}
    if len(found) < len(held):
        drawing.say(
            f"{len(found)} of {len(held):,} passes open in the page; --pass K is any other."
        )
    return found


def _round(held: Sequence[int]) -> list[int]:
    """At most MOST_OPENED of some numbers: the first, the last and the multiples of 1, 2, 5, 10, …
    among them.
    """
    for step in (digit * 10**power for power in count() for digit in ROUND):
        found = [k for k in held if k % step == 0 or k in (held[0], held[-1])]
        if len(found) <= MOST_OPENED:
            return found
    raise AssertionError


WORDS: Final = ("heading", "progress", "says", "note", "maths", "beside")
"""What of a step stands in the list."""


def _without_words(step: told.Data) -> told.Data:
    return {k: v for k, v in step.items() if k not in WORDS and v is not None}


def _listed(step: told.Data, names: Sequence[str]) -> str:
    """A step in the list of all steps; names stand there as the picture has them."""

    def said(kind: str, text: str) -> str:
        return f'<p class="{kind}">{escape(unicode.named(text, names))}</p>' if text else ""

    place = f"<b>{escape(step['heading'])}</b> <span>{escape(step['progress'])}</span>"
    maths = f'<p class="maths">{" ".join(step["maths"])}</p>' if step["maths"] else ""
    parts = (
        f'<p class="place">{place}</p>', said("says", step["says"]), maths,
        said("beside", step["beside"]), said("note", step["note"]),
    )  # fmt: skip
    return f"<li>{''.join(parts)}</li>"


@cache
def _actions() -> frozenset[str]:
    """The actions that the page's script has."""
    text = (Path(__file__).parent / "keys.js").read_text("utf-8")
    table = text[text.index("const actions = {") : text.index("};")]
    return frozenset(re.findall(r"^  (\w+): ", table, re.M))


def _keys(kind: str) -> list[list[str]]:
    """The table of keys: each action with its keys, how they are written and what it does."""
    every = [key for keys in GROUPS.values() for key in keys if key.action in _actions()]
    if kind == "training":
        return [[k.action, k.keys, k.shown, say(k.trained)] for k in every if k.trained]
    return [
        [k.action, k.keys, k.shown, say(k.words)]
        for k in every
        if kind == "graph" or (k.cells if kind == "cells" else k.views) is not None
    ]
