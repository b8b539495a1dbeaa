"""SVG: self-contained, escaped, the same bytes everywhere."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont

from gradviz import fonts
from gradviz.engine.run import run
from gradviz.export.formats.svg import FORMAT, svg
from gradviz.graph.builder import Builder
from gradviz.scene.framing import Framing
from gradviz.scene.model import Cells, Maths, Scene, Text
from gradviz.scene.themes import THEMES, theme
from gradviz.scene.typeset import typeset
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from gradviz.story.maths.source import Source
from gradviz.trace import Trace
from tests.scene.samples import SAMPLES, sample

SVG = "{http://www.w3.org/2000/svg}"


def scene(name: str, k: int | None = None) -> Scene:
    trace = sample(name)
    return Pictures(Story(trace)).scene(len(trace) if k is None else k)


def embedded(text: str) -> dict[int, TTFont]:
    found = re.findall(r"font-weight:(\d+);src:url\(data:font/otf;base64,([^)]+)\)", text)
    return {int(weight): TTFont(io.BytesIO(base64.b64decode(data))) for weight, data in found}


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_xml_with_unique_ids_and_nothing_outside_it(name):
    drawn = scene(name)
    text = svg(drawn, theme("light"))
    root = ElementTree.fromstring(text)
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids)) and {item.id for item in drawn.items} <= set(ids)
    uses = {e.attrib["href"] for e in root.iter(f"{SVG}use")}
    assert all(use.startswith("#") and use[1:] in ids for use in uses)
    urls = re.findall(r"url\(([^)]{0,30})", text)
    assert all(url.startswith("data:font/otf;base64,") for url in urls)
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(image|script|foreignObject|a)\b|@import", text)


def test_a_screen_reader_finds_title_and_description():
    drawn = scene("the mark", 12)
    root = ElementTree.fromstring(svg(drawn, theme("light")))
    assert root.attrib["role"] == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert (title.text, desc.text) == (drawn.title, drawn.description)
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]


@pytest.mark.parametrize("name", ["the mark", "long names", "norm"])
@pytest.mark.parametrize("look", THEMES)
def test_the_embedded_fonts_have_every_character_in_its_weight(name, look):
    text = svg(scene(name), theme(look))
    faces = embedded(text)
    used = list(ElementTree.fromstring(text).iter(f"{SVG}text"))
    assert used and {int(e.attrib["font-weight"]) for e in used} == set(faces)
    for element in used:
        known = faces[int(element.attrib["font-weight"])].getBestCmap()
        assert all(ord(c) in known for c in element.text), element.text
    assert f"font-family=\"'{fonts.FAMILY}', " in text and f'font-family:"{fonts.FAMILY}"' in text


def test_texts_are_the_scenes_texts():
    drawn = scene("the mark", 12)
    root = ElementTree.fromstring(svg(drawn, theme("light")))
    shown = {
        e.attrib["id"]: (e.text, float(e.attrib["x"]), float(e.attrib["y"]))
        for e in root.iter(f"{SVG}text")
    }
    for item in drawn.items:
        if isinstance(item, Text):
            text, x, y = shown.pop(item.id)
            assert text == item.text and abs(x - item.x) < 0.01 and abs(y - item.y) < 0.01
    assert not shown


def test_colours_come_from_the_theme():
    drawn = scene("the mark", 12)
    for chosen in THEMES.values():
        root = ElementTree.fromstring(svg(drawn, chosen))
        by_id = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
        assert by_id["node-3-value"].attrib["fill"] == chosen.colours["value"]
        assert by_id["node-4-gradient"].attrib["fill"] == chosen.colours["gradient"]
        assert by_id["edge-0-3-0-hot"].attrib["stroke"] == chosen.colours["hot"]
        assert by_id["ground"].attrib["fill"] == chosen.colours["ground"]
        marks = [
            m.attrib["fill"]
            for m in by_id["formula-1"]
            if "fill" in m.attrib and m.tag == f"{SVG}use"
        ]
        assert marks == [chosen.colours[c] for c in ("gradient", "value", "hot")]


def test_marks_of_formulas_are_where_typst_put_them():
    setting = typeset(["frac(1, 2)"])["frac(1, 2)"]
    maths = Maths("m", "ink", 10, 20, Source("frac(1, 2)"), setting, 2.0)
    text = svg(Scene(100, 100, "t", "d", (maths,)), theme("light"))
    group = next(e for e in ElementTree.fromstring(text).iter(f"{SVG}g") if e.attrib["id"] == "m")
    assert group.attrib["transform"] == "translate(10 20) scale(2)"
    assert [e.tag.removeprefix(SVG) for e in group] == ["use", "path", "use"] or len(group) == 3
    assert group.attrib["fill"] == THEMES["light"].colours["ink"]


def test_a_heatmap_paints_every_cell_once_in_the_colour_of_its_level():
    levels = ((8, 8, 0), (None, -8, 0))
    text = svg(Scene(30, 20, "t", "d", (Cells("h", "heat", 0, 0, 30, 20, levels),)), theme("light"))
    paths = {
        e.attrib["fill"]: e.attrib["d"] for e in ElementTree.fromstring(text).iter(f"{SVG}path")
    }
    light = theme("light")
    assert paths[light.heat[16]] == "M0 0h20v10h-20z"
    assert paths[light.heat[0]] == "M10 10h10v10h-10z"
    assert paths[light.colours["hot"]] == "M0 10h10v10h-10z"
    assert paths[light.heat[8]] == "M20 0h10v10h-10zM20 10h10v10h-10z"


@pytest.mark.parametrize("name", ["<script>", 'a"b', "a&amp;b", "]]>", "--"])
def test_names_are_escaped(name):
    builder = Builder()
    trace = run(builder.graph(builder.apply("sin", [builder.input(name)])), values={name: 3.0})
    for k in (0, 1, 3):
        drawn = Pictures(Story(trace)).scene(k)
        root = ElementTree.fromstring(svg(drawn, theme("light")))
        assert root.find(f"{SVG}desc").text == drawn.description and name in drawn.description


def test_width_is_the_size_at_which_it_is_shown():
    drawn = Pictures(Story(sample("the mark")), Framing("none", width=1140)).scene(3)
    root = ElementTree.fromstring(svg(drawn, theme("light")))
    assert root.attrib["width"] == "1140" and root.attrib["viewBox"].startswith("0 0 760 ")


def test_a_reloaded_trace_gives_the_same_bytes():
    for name in SAMPLES:
        trace = sample(name)
        reloaded = Trace.from_json(trace.to_json())
        for k in (0, len(trace)):
            one, other = (
                svg(Pictures(Story(t)).scene(k), theme("light")) for t in (trace, reloaded)
            )
            assert one == other, name


SCRIPT = """
import hashlib
from gradviz.export.formats.png import png
from gradviz.export.formats.svg import svg
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.scene.themes import theme
from gradviz.story.frame import Story
from gradviz.story.maths.source import Source
from tests.scene.samples import sample
digest = hashlib.sha256()
for name in ("heatmap", "stack", "branch", "exact"):
    pictures = Pictures(Story(sample(name)))
    for k in (1, 4):
        digest.update(svg(pictures.scene(k), theme("light")).encode())
        digest.update(png(pictures.scene(k), theme("dark"), scale=1))
print(digest.hexdigest())
"""


def test_other_processes_and_hash_seeds_give_the_same_bytes():
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1 and len(digests.pop().strip()) == hashlib.sha256().digest_size * 2


def test_it_knows_its_own_files():
    ours = svg(scene("square"), theme("dark")).encode()
    assert FORMAT.is_ours(ours) and not FORMAT.is_ours(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
