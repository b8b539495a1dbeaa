"""Pages that play a walk: what is in the file. What they do in a browser is in `test_pages.py`."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import zlib
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.export.drawing import Drawing
from gradviz.export.formats.page import SCRIPTS, page
from gradviz.export.formats.page.sheet import Sheet
from gradviz.fonts import spelt
from gradviz.scene import views
from gradviz.scene.framing import ALONE
from gradviz.scene.model import Cells, Scene, Text
from gradviz.scene.themes import THEMES
from gradviz.story import keys, walks
from gradviz.trace.walks import Walk

CIRCUIT = "(x*y + z) * maximum(y, z)"
AT = {"x": 1.5, "y": 2.0, "z": -1.0}
VOID = {"meta", "input", "link", "br"}


def circuit() -> Any:
    return gv.run(CIRCUIT, **AT)


class Tags(HTMLParser):
    """Every element with its attributes; scripts by their type, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data


def data_of(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    return json.loads(found[1])


def test_a_page_is_whole_and_closed_and_asks_for_nothing() -> None:
    text = page(Drawing(circuit()))
    read = Tags(text)
    assert read.open == []
    assert text.startswith("<!doctype html>")
    policy = dict(read.tags)["meta"]
    assert any("default-src 'none'" in (a.get("content") or "") for _, a in read.tags)
    assert policy is not None
    for tag, attributes in read.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            address = attributes.get(name) or ""
            assert address.startswith(("#", "data:")) or not address, (tag, address)
    assert not re.findall(r"https?://|@import|url\((?!data:)", "".join(read.texts.values()))


def test_without_a_script_the_sentences_and_the_last_picture_are_there() -> None:
    trace = circuit()
    story = walks.of(trace)
    text = page(Drawing(trace))
    listed = re.findall(r'<li>.*?<p class="says">(.*?)</p>', text)
    said = [html.escape(story.frame(k).sentence) for k in range(len(trace) + 1)]
    assert listed == said
    last = re.findall(
        r'class="(?!off)[^"]*" data-i="(node-\d+-(?:value|gradient))"[^>]*>(.*?)</text>', text
    )
    shown = {f"node-{i}-value": v for i, v in enumerate(("1.5", "2", "−1", "3", "2", "2", "4"))}
    shown |= {f"node-{i}-gradient": v for i, v in enumerate(("4", "5", "2", "2", "2", "2", "1"))}
    assert dict(last) == shown


POOLED = [[1, 2, 0, 1], [4, 3, 1, 5]]
SLOPE = [[i * 0.1 - j * 0.2 for i in range(12)] for j in range(12)]
WALKS: dict[str, Any] = {
    "circuit": circuit,
    "matrix product": lambda: gv.run("sum((W @ x)**2)", W=[[1, 2], [3, -1]], x=[0.5, 2]),
    "cells": lambda: gv.into(gv.run("maxpool2d(x, 2)", x=POOLED, upstream=[[1, 2]]), "f"),
    "heatmaps": lambda: gv.run("sum(tanh(x))", x=SLOPE),
    "branches": lambda: gv.run("x*x*x + sin(x)*x", x=0.7),
}  # fmt: skip


def scenes_of(walk: Walk) -> list[Scene]:
    deck = views.pictures(walks.of(walk), ALONE, vars(Drawing(walk).look) | {"window": None})
    return [deck.scene(k) for k in range(len(walk) + 1)]


@pytest.mark.parametrize("name", WALKS)
def test_every_step_is_its_scene(name: str) -> None:
    """The differences, added up, give the items of every scene in their order."""
    scenes = scenes_of(WALKS[name]())
    sheet = Sheet(scenes, THEMES["light"])
    written = re.findall(r'data-i="([^"]*)"', sheet.svg("f"))
    shown = dict[int, tuple[int, int]]()
    for scene, frame in zip(scenes, sheet.frames, strict=True):
        for element, role, *text in frame:
            shown[element] = role, (text or [0])[0]
        visible = [(written[e], *shown[e]) for e in sorted(shown) if shown[e][0]]
        assert [(i, sheet.roles[role], sheet.texts[text]) for i, role, text in visible] == [
            (item.id, item.role, spelt(item.text) if isinstance(item, Text) else "")
            for item in scene.items
        ]


def test_a_heatmap_is_an_image_whose_palette_can_be_changed() -> None:
    scene = next(
        s for s in scenes_of(WALKS["heatmaps"]()) if any(isinstance(i, Cells) for i in s.items)
    )
    cells = next(i for i in scene.items if isinstance(i, Cells))
    text = page(Drawing(WALKS["heatmaps"]()))
    light, dark = data_of(text)["heat"]
    found = re.search(rf'data-i="{cells.id}"[^>]*href="data:image/png;base64,([^"]*)"', text)
    assert found and light in found[1] and len(light) == len(dark)
    for theme, image in (("light", found[1]), ("dark", found[1].replace(light, dark))):
        chunks = chunks_of(b64decode(image))
        colours = [
            chunks[b"PLTE"][i : i + 3].hex().upper() for i in range(0, len(chunks[b"PLTE"]), 3)
        ]
        assert ["#" + c for c in colours[:-1]] == list(map(str.upper, THEMES[theme].heat))
        width = len(cells.levels[0])
        lines = zlib.decompress(chunks[b"IDAT"])
        rows = [lines[i + 1 : i + 1 + width] for i in range(0, len(lines), width + 1)]
        assert [tuple(v - 8 for v in row) for row in rows] == list(cells.levels)


def chunks_of(image: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(image):
        size = int.from_bytes(image[at : at + 4])
        kind, data = image[at + 4 : at + 8], image[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + data) == int.from_bytes(image[at + 8 + size : at + 12 + size])
        found[kind], at = data, at + 12 + size
    return found


def test_same_input_same_bytes() -> None:
    script = (
        "import gradviz as gv, hashlib; from gradviz.export.drawing import Drawing;"
        "from gradviz.export.formats.page import page;"
        f"print(hashlib.sha256(page(Drawing(gv.run({CIRCUIT!r}, **{AT!r}))).encode()).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(made) == 1


def test_a_page_of_twelve_nodes_is_small(tmp_path: Path) -> None:
    text = (
        "a = x*y; b = a + z; c = maximum(y, z); d = b*c; g = tanh(d); h = g*x; k = h + b; k*k - c"
    )
    trace = gv.run(text, x=1.5, y=2.0, z=-1.0)
    assert len(trace.graph.nodes) >= 12
    assert gv.render(trace, tmp_path / "a.html").files[0].stat().st_size < 300_000


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of data": "</script><img src=x onerror=alert(1)>",
    "cdata": "]]>",
    "quotes": "\"'`${1}",
    "comment": "<!-- <script>",
    "right to left": "שלום",
    "chinese": "梯度",
    "long": "n" * 10_000,
    "template": "$data ${fonts} $$",
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_names_are_inert(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    trace = gv.run("x*y # " + text, x=1.5, y=2.0)
    note = {"x": text[:40]} if text.isascii() else {}
    path = gv.render(trace, tmp_path / "a.html", note=note).files[0]
    made = path.read_text(encoding="utf-8")
    read, usual = Tags(made), Tags(page(Drawing(gv.run("x*y", x=1.5, y=2.0))))
    assert read.open == []
    scripts = [attributes for tag, attributes in read.tags if tag == "script"]
    assert scripts == [attributes for tag, attributes in usual.tags if tag == "script"]
    assert not any(tag == "img" or name.startswith("on") for tag, a in read.tags for name in a)
    data_of(made)


def test_a_page_is_replaced_and_other_files_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    gv.render(circuit(), path)
    gv.render(circuit(), path)
    path.write_text("<!doctype html>\n<title>mine</title>", encoding="utf-8")
    with pytest.raises(GradvizError, match="force"):
        gv.render(circuit(), path)
    gv.render(circuit(), path, force=True)


@pytest.mark.parametrize(
    ("source", "given", "options", "said"),
    [
        (CIRCUIT, {}, {}, "no run to write as .html"),
        (CIRCUIT, AT, {"width": 900}, "width does not apply to .html"),
        (CIRCUIT, AT, {"scale": 2.0, "theme": "dark"}, None),
        (CIRCUIT, AT, {"theme": "no such"}, "there is no theme"),
    ],
)
def test_bad_input(source: str, given: Any, options: Any, said: str | None, tmp_path: Path) -> None:
    if said is None:
        return
    with pytest.raises(GradvizError, match=re.escape(said)):
        gv.render(source, tmp_path / "a.html", **options, **given)
    assert not (tmp_path / "a.html").exists()


def test_some_steps_and_other_themes(tmp_path: Path) -> None:
    path = gv.render(circuit(), tmp_path / "a.html", steps="6-9").files[0]
    assert [step["k"] for step in data_of(path.read_text())["steps"]] == [6, 7, 8, 9]
    for theme in THEMES:
        made = page(Drawing(circuit(), Drawing(circuit()).look.__class__(theme=theme)))
        colour = THEMES[theme].colours["gradient"]
        assert f"--gradient:{colour}" in made.split("</style>")[0]


def test_every_action_of_the_script_is_in_the_table_of_keys() -> None:
    folder = Path(sys.modules[page.__module__].__file__ or "").parent
    script = (folder / "keys.js").read_text(encoding="utf-8")
    table = script[script.index("const actions = {") : script.index("\n};")]
    named = re.findall(r"^  (\w+):", table, re.M)
    assert named and set(named) <= set(keys.ACTIONS)
    buttons = re.findall(r'data-action="(\w+)"', (folder / "page.html").read_text(encoding="utf-8"))
    assert set(buttons) <= set(named)
    assert set(SCRIPTS) <= {file.name for file in folder.glob("*.js")}


def test_a_player_is_the_page_in_a_frame_of_its_own() -> None:
    made = gv.player(CIRCUIT, **AT)
    assert made.text.startswith("<!doctype html>") and "let live=(" in made.text
    (frame,) = (a for tag, a in Tags(made._repr_html_()).tags if tag == "iframe")
    assert frame["srcdoc"] == made.text
    assert "allow-same-origin" not in (frame["sandbox"] or "")
    with pytest.raises(GradvizError, match="does not apply to"):
        gv.player(CIRCUIT, width=100, **AT)


def test_what_is_hidden_is_nowhere_in_the_page() -> None:
    made = gv.player("x*y + x", hide="values,gradients", x=0.70703125, y=3.0).text
    assert not re.findall("0\\.7070|2\\.828", made) and data_of(made)["nodes"] == []


def test_a_run_that_no_page_computes_is_played_with_a_note() -> None:
    made = gv.player("x*y", x=1.5, y=2.0, dtype="float32")
    assert "let live = null" in made.text
    assert "plays the run but does not compute it" in made.notes[0]
