"""Text in SVG: where embedded fonts are ignored, widths and outlines keep everything in place."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import numpy as np
import pytest
import resvg_py
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from PIL import Image

import gradviz as gv
from gradviz import fonts
from gradviz.engine.inside import views
from gradviz.errors import ValueInputError
from gradviz.export.formats.svg import svg
from gradviz.fonts import Weight
from gradviz.fonts.outlines import outline
from gradviz.scene.model import Scene, Text
from gradviz.scene.themes import THEMES, theme
from gradviz.scene.views.cells.pictures import PICTURES as CELL_PICTURES
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.scene.views.neurons.pictures import UnitPictures
from gradviz.story import walks
from gradviz.story.frame import Story
from tests.neuron_samples import FIGURES
from tests.scene.cell_samples import CELL_SAMPLES, cell_sample
from tests.scene.samples import SAMPLES, sample

SVG = "{http://www.w3.org/2000/svg}"
WEIGHTS = get_args(Weight)
TEXTS = ["f = −1.25·10⁻³", "Backward", "x̂ and q̃, ŷ, Σ, ñ, Ж", "g", "  two  spaces "]
FRINGE = 110
"""Of 255: a pixel at an edge, covered a little more or less. Misplaced ink differs by more."""
FILES = [str(file) for file in fonts.files()]


@cache
def scenes() -> tuple[Scene, ...]:
    return tuple(_scenes())


def _scenes() -> Iterator[Scene]:
    """A picture of every sample in every view."""
    for name in SAMPLES:
        trace = sample(name)
        yield Pictures(Story(trace)).scene(len(trace))
    for name in CELL_SAMPLES:
        walk = cell_sample(name)
        yield CELL_PICTURES(walks.of(walk)).scene(len(walk))
    for source, values in FIGURES.values():
        walk = views.walk(gv.run(source, **values), "neurons")
        yield UnitPictures(walks.of(walk)).scene(len(walk))


def drawn(text: str) -> Any:
    image = resvg_py.svg_to_bytes(
        svg_string=text, zoom=2, dpi=96, skip_system_fonts=True, font_files=FILES
    )
    return np.asarray(Image.open(io.BytesIO(bytes(image))).convert("L"), float)


def line(words: str, weight: Weight, anchor: Any, size: float = 20) -> Scene:
    item = Text("t", "ink", 200, 40, words, size, weight, anchor)
    return Scene(400, 80, "title", "words", (item,))


def test_outlines_leave_no_text_and_no_font_and_keep_what_a_screen_reader_finds() -> None:
    for scene in scenes():
        text = svg(scene, theme("light"), outlined=True)
        assert not re.search(r"<text|font-|<style", text)
        root = ElementTree.fromstring(text)
        ids = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
        assert {item.id for item in scene.items} <= set(ids)
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and desc is not None
        assert (title.text, desc.text) == (scene.title, scene.description)
        for item in scene.items:
            if isinstance(item, Text) and item.text.strip():
                assert ids[item.id].tag == f"{SVG}path" and ids[item.id].attrib["d"], item


def test_outlines_are_what_a_renderer_draws_with_the_font() -> None:
    """The renderer shapes text on its own: its ink is the reference, mark by mark."""
    for words in TEXTS:
        for weight in WEIGHTS:
            for anchor in ("start", "middle", "end"):
                made = line(words, weight, anchor)
                one = drawn(svg(made, theme("light"), embed_fonts=False))
                other = drawn(svg(made, theme("light"), outlined=True))
                assert one.min() < 60, "there is ink"
                assert np.abs(one - other).max() < FRINGE, (words, weight, anchor)


@pytest.mark.parametrize("look", THEMES)
def test_whole_pictures_look_the_same_in_outlines(look: str) -> None:
    for name in ("the mark", "long names", "norm"):
        made = Pictures(Story(sample(name))).scene(3)
        one = drawn(svg(made, theme(look), embed_fonts=False))
        other = drawn(svg(made, theme(look), outlined=True))
        assert np.abs(one - other).max() < FRINGE, name


def test_a_letter_is_the_fonts_own_outline_at_its_size() -> None:
    font = TTFont(fonts.path("bold"))
    pen = BoundsPen(font.getGlyphSet())
    font.getGlyphSet()[font.getBestCmap()[ord("H")]].draw(pen)
    scale = 30 / font["head"].unitsPerEm
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", outline("H", 30, "bold", 7, 50))]
    assert math.isclose(min(numbers), 7 + pen.bounds[0] * scale, abs_tol=0.01)
    assert math.isclose(max(numbers), 50 - pen.bounds[1] * scale, abs_tol=0.01)
    assert outline("", 30, "bold", 0, 0) == outline("重", 30, "bold", 0, 0) == ""


def test_a_file_of_its_own_says_how_wide_each_text_is_and_what_other_fonts_would_do() -> None:
    for scene in scenes():
        root = ElementTree.fromstring(svg(scene, theme("light")))
        family = root.attrib["font-family"].split(",")
        assert family[0].strip("'") == fonts.FAMILY and family[-1].strip() == "sans-serif"
        for element in root.iter(f"{SVG}text"):
            words = element.text or ""
            weight = {str(n): w for w, n in fonts.CSS_WEIGHTS.items()}[
                element.attrib["font-weight"]
            ]
            font = hmtx(weight)
            size = float(element.attrib["font-size"])
            wide = size * sum(font[c] for c in re.sub(" +", " ", words).strip(" "))
            if len(words) > 1:
                assert abs(float(element.attrib["textLength"]) - wide) < 0.01 * len(words)
                assert element.attrib["lengthAdjust"] == "spacingAndGlyphs"
            else:
                assert "textLength" not in element.attrib
    assert "textLength" not in svg(scene, theme("light"), embed_fonts=False)


@cache
def hmtx(weight: Any) -> dict[str, float]:
    """The advance of every character, from the font file itself, as a share of its size."""
    font = TTFont(fonts.path(weight))
    units, names = font["head"].unitsPerEm, font.getBestCmap().items()
    return {chr(code): font["hmtx"][name][0] / units for code, name in names}


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".dot", ".txt"])
def test_only_svg_has_a_choice_of_letters(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueInputError, match=f"text does not apply to {suffix}"):
        gv.render("x*y", tmp_path / f"a{suffix}", x=2, y=3, text="outline")
    assert not list(tmp_path.iterdir())


def test_another_way_of_drawing_text_is_refused() -> None:
    with pytest.raises(ValueInputError, match="unknown way of drawing text"):
        gv.render("x*y", "a.svg", x=2, y=3, text="paths")
