"""A walk as one HTML page that plays it: no other file, no network, no framework.

`page(drawing, frames)` gives its text, of the parts that a walk has (`played`). The picture is one
SVG of which every step changes a few elements (`sheet`); what is said stands in the page as a list,
which is also what remains, with the last picture, where no script runs (`told`). The script's parts
are played in the order of SCRIPTS.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final, get_args

from gradviz import fonts
from gradviz.errors import GradvizError
from gradviz.export.drawing import Drawing
from gradviz.export.formats.page import colours, told
from gradviz.export.formats.page.played import Played, chosen, compact, passes, played
from gradviz.fonts import Weight
from gradviz.scene.hidden import moment_of
from gradviz.story.languages import ENGLISH, say, spoken, translated
from gradviz.story.live.scripts import compact as compact_script
from gradviz.story.live.told import told as telling_of
from gradviz.trace import Trace

HERE: Final = Path(__file__).parent
SCRIPTS: Final = (
    "walk.js", "panel.js", "edit.js", "cells.js", "predict.js", "host.js", "keys.js", "paper.js",
    "begin.js",
)  # fmt: skip
BEGINS: Final = b'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
MARK: Final = b'<meta name="generator" content="gradviz walk">'


def page(drawing: Drawing, frames: Sequence[Any] = ()) -> str:
    """The page of a drawing: of these frames, by default of all of them.

    A page of several steps from the first on shows the state before it too. Where the drawing has a
    `listing` and the run is small enough, the page computes: its inputs can be changed. That of a
    training run opens its passes. Raises what layouts raise.
    """
    assert drawing.walk is not None
    shown = chosen(drawing, frames or drawing.turns(range(1, drawing.total + 1)))
    numbers = [*dict.fromkeys(map(moment_of, shown))]
    if numbers[:1] == [1] and (len(numbers) > 1 or drawing.total == 1):
        shown = drawing.turns([0, *numbers])
    main, inside = played(drawing, shown), passes(drawing, shown)
    parts = main, *inside.values()
    program = _program(drawing) if main.is_whole and drawing.look.edges == "plain" else ""
    if program:
        main.data["given"] = told.given(drawing.walk.trace)
        main.data["shapes"] = [list(node.shape or ()) for node in drawing.graph.nodes]
    return Template(_in_language(_part("page.html"))).substitute(
        title=escape(say("{title}, step by step", title=drawing.title)),
        fonts=_faces("".join(p.words for p in parts), frozenset().union(*(p.bold for p in parts))),
        colours=colours.css(drawing.theme, {role: None for p in parts for role in p.roles}),
        style=_part("page.css"),
        kind=main.kind,
        expression=main.source,
        picture=main.picture,
        first=str(main.first),
        steps=main.steps,
        data=compact(main.data | _words_of_scripts()).replace("<", "\\u003c"),
        passes=compact({k: part.packed() for k, part in inside.items()}),
        program=_inline(program or "let live = null, tell = null;"),
        script="\n".join(map(_part, _scripts(main))),
    )


def _scripts(main: Played) -> list[str]:
    """The parts of the script that a page needs."""
    has_arrays = any(main.data["shapes"])
    return [name for name in SCRIPTS if name != "cells.js" or has_arrays]


def _program(drawing: Drawing) -> str:
    """The run as a program; empty, with a note, where the page can only play it."""
    walk = drawing.walk
    if drawing.listing is None or not isinstance(walk, Trace) or walk.updates is not None:
        return ""
    if not all(walk.xp.finite(walk.values[node.id]) for node in walk.graph.inputs):
        return ""
    try:
        listing, telling = drawing.listing(walk), telling_of(walk, drawing.look.digits)
        return f"let live=({compact_script(listing)});\nlet tell={telling};"
    except GradvizError as error:
        drawing.say(f"The page plays the run but does not compute it: {error.what}.")
        return ""


SPOKEN: Final = re.compile(
    r"(?<=>)[^<>$\n]*[A-Za-z]{2}[^<>$\n]*(?=<)|(?<=aria-label=\")[^\"$]+|(?<=placeholder=\")[^\"$]+"
)
"""The words of the page's own markup."""


TOLD: Final = re.compile(r'\bt\((?:[^"`()]*\? )?"([^"]+)"(?: : "([^"]+)")?')
"""What a script gives to `t`: a text, or one of two."""


def said_by_scripts() -> list[str]:
    """What the page's scripts say: the texts that they give to `t`."""
    scripts = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    found = (text for pair in TOLD.findall(scripts) for text in pair if text)
    return [*dict.fromkeys((*found, "Colours: light", "Colours: dark"))]


def _words_of_scripts() -> dict[str, dict[str, str]]:
    """What the scripts say in the reader's language, by what they say in English."""
    if spoken() == ENGLISH:
        return {}
    return {"words": {text: translated(text) for text in said_by_scripts()}}


def _in_language(markup: str) -> str:
    """The page's markup in the reader's language; its first tag stays, by which files are known."""
    if spoken() == ENGLISH:
        return markup
    head, body, rest = markup.partition("<body>")

    def told(found: re.Match[str]) -> str:
        words = found[0].strip()
        return found[0].replace(words, escape(translated(words)))

    markup, script, rest = rest.partition("<script")
    said = SPOKEN.sub(told, markup)
    return f"{head}{body}{said}{script}{rest}".replace(
        '<div id="app"', f'<div id="app" lang="{spoken()}"', 1
    )


def _inline(script: str) -> str:
    """A script as it may stand in a page."""
    return script.replace("</", "<\\/").replace("<!--", "<\\!--")


def _part(name: str) -> str:
    """A part of the page, scripts and style sheets as they are sent."""
    text = (HERE / name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        lines = map(str.strip, re.sub(r"/\*.*?\*/", "", text, flags=re.S).split("\n"))
        return re.sub(r"(?<=[{;:]) | (?=[{}])", "", "\n".join(filter(None, lines)))
    return compact_script(text) if name.endswith(".js") else text


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
