"""A walk as one HTML page that plays it: no other file, no network, no framework.

`page(drawing, frames)` gives its text. The picture is one SVG of which every step changes a few
elements (`sheet`); what is said stands in the page as a list, which is also what remains, with the
last picture, where no script runs (`told`). The script's parts are played in the order of SCRIPTS.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final, get_args

from gradviz import fonts
from gradviz.errors import GradvizError
from gradviz.export.drawing import Drawing
from gradviz.export.formats.page import colours, told
from gradviz.export.formats.page.sheet import Sheet, css_class, node_boxes, palette_text
from gradviz.fonts import Weight
from gradviz.progress import each
from gradviz.scene.blocks import MOST_CELLS
from gradviz.scene.framing import Framing
from gradviz.scene.images import MOST_PIXELS
from gradviz.scene.model import LEVELS, Scene
from gradviz.scene.raster import DARK
from gradviz.story.keys import GROUPS
from gradviz.story.live.told import told as telling_of
from gradviz.story.maths import unicode
from gradviz.trace import Trace

HERE: Final = Path(__file__).parent
SCRIPTS: Final = (
    "walk.js", "panel.js", "edit.js", "cells.js", "predict.js", "host.js", "keys.js", "paper.js",
)  # fmt: skip
ROOM: Final = (960.0, 380.0)
"""The shape that pictures aim at: the room above the sentence on a wide screen."""
BEGINS: Final = b'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
MARK: Final = b'<meta name="generator" content="gradviz walk">'


def page(drawing: Drawing, frames: Sequence[Any] = ()) -> str:
    """The page of a drawing: of these frames, by default of all of them.

    A page of several steps from the first on shows the state before it too. Where the drawing has a
    `listing` and the run is small enough, the page computes: its inputs can be changed. Raises what
    layouts raise.
    """
    assert drawing.walk is not None
    shown = list(frames or range(1, drawing.total + 1))
    if shown[:1] == [1] and (len(shown) > 1 or drawing.total == 1):
        shown.insert(0, 0)
    deck, story = drawing.framed(Framing("none", frozenset(), room=ROOM)), drawing.story
    head, steps, scene = told.expression(story), [], Scene(0, 0, "", "", ())

    def scenes() -> Iterator[Scene]:
        nonlocal scene
        for k in each("pictures drawn", shown):
            scene = deck.scene(k)
            assert deck.page.told is not None
            steps.append(told.step(story, deck.page.told, typed=not head))
            yield scene

    sheet = Sheet(scenes(), drawing.theme)
    listed = "\n".join(_listed(step, deck.page.names) for step in steps)
    boxes = {} if drawing.look.hide else node_boxes(scene, range(len(drawing.graph.nodes)))
    nodes = told.nodes(story, boxes)
    is_whole = shown == list(range(drawing.total + 1)) and drawing.look.edges == "plain"
    program = _program(drawing) if nodes and is_whole else ""
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
        "given": told.given(drawing.walk.trace) if program else [],
        "shapes": [list(node.shape or ()) for node in drawing.graph.nodes] if program else [],
        "names": {name: unicode.name(name) for name in deck.page.names},
    }
    words = "".join((drawing.title, listed, *(node["name"] + node["kind"] for node in nodes)))
    return Template(_part("page.html")).substitute(
        title=escape(f"{drawing.title}, step by step"),
        fonts=_faces(words, sheet.bold),
        colours=colours.css(drawing.theme, sheet.roles),
        style=_part("page.css"),
        kind=f"kind-{drawing.walk.kind}" + ("" if nodes else " bare"),
        expression=f'<span class="unseen">{escape(drawing.title)}</span>{head}'
        if head
        else f'<span class="code">{escape(drawing.title)}</span>',
        picture=sheet.svg(scene.title),
        first=str(steps[0]["k"]),
        steps=listed,
        data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        program=_inline(program or "const live = null, tell = null;"),
        script="\n".join(map(_part, SCRIPTS)),
    )


def _program(drawing: Drawing) -> str:
    """The run as a program; empty, with a note, where the page can only play it."""
    walk = drawing.walk
    if drawing.listing is None or not isinstance(walk, Trace) or walk.updates is not None:
        return ""
    if not all(walk.xp.finite(walk.values[node.id]) for node in walk.graph.inputs):
        return ""
    try:
        listing, telling = drawing.listing(walk), telling_of(walk, drawing.look.digits)
        return _compact(f"const live = ({listing});\nconst tell = {telling};")
    except GradvizError as error:
        drawing.say(f"The page plays the run but does not compute it: {error.what}.")
        return ""


def _inline(script: str) -> str:
    """A script as it may stand in a page."""
    return script.replace("</", "<\\/").replace("<!--", "<\\!--")


def _part(name: str) -> str:
    """A part of the page, scripts and style sheets without indents and comments of whole lines."""
    text = (HERE / name).read_text(encoding="utf-8")
    return _compact(text) if name.endswith((".js", ".css")) else text


def _compact(text: str) -> str:
    lines = (
        line.strip() for line in re.sub(r"^ */\*.*?\*/$", "", text, flags=re.M | re.S).split("\n")
    )
    return "\n".join(line for line in lines if line and not line.startswith("//"))


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


def _faces(words: str, bold: Iterable[str]) -> str:
    """The fonts of the page: the usual characters as they are shipped, and what further ones its
    texts have.
    """
    made = [_face(fonts.MATHS_FAMILY, fonts.MATHS.read_bytes(), "woff2", 400)]
    for weight in get_args(Weight):
        usual, texts = fonts.ON_PAGES, words
        if weight == "bold":
            usual, texts = fonts.NUMBERS, "".join(bold)
        css, font = fonts.CSS_WEIGHTS[weight], fonts.page_font(weight).read_bytes()
        made.append(_face(fonts.FAMILY, font, "woff2", css))
        further = sorted((set(fonts.spelt(texts)) & fonts.characters()) - set(usual))
        if further:
            font = fonts.subset(weight, "".join(further))
            made.append(_face(fonts.FAMILY, font, "otf", css, further))
    return "".join(made)


def _face(family: str, font: bytes, kind: str, weight: int, only: Sequence[str] = ()) -> str:
    data = b64encode(font).decode("ascii")
    spans = f";unicode-range:{','.join(f'U+{ord(c):X}' for c in only)}" if only else ""
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};'
        f"src:url(data:font/{kind};base64,{data}){spans}}}"
    )


def _keys(kind: str) -> list[list[str]]:
    """The table of keys: each action with its keys, how they are written and what it does."""
    return [
        [key.action, key.keys, key.shown, key.words]
        for keys in GROUPS.values()
        for key in keys
        if kind == "graph" or (key.cells if kind == "cells" else key.views) is not None
    ]
