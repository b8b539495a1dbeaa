"""PNG: drawn with the shipped fonts, every text of it."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops

from gradviz.errors import ValueInputError
from gradviz.export.formats.png import FORMAT, png
from gradviz.scene.framing import Framing
from gradviz.scene.model import Maths, Scene, Text
from gradviz.scene.themes import THEMES, Theme, theme
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from tests.sampled import sampled
from tests.scene.boxes import boxes
from tests.scene.samples import sample


def image(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def undrawn(scene: Scene, chosen: Theme, scale: float) -> list[str]:
    """The texts and formulas in whose boxes there is no pixel near their colour."""
    picture, found = image(png(scene, chosen, scale=scale)), []
    places = boxes(scene)
    for item in scene.items:
        if isinstance(item, Text | Maths):
            box = places[item.id]
            part = picture.crop(
                tuple(round(v * scale * scene.zoom) for v in (box.x, box.y, box.right, box.bottom))
            )
            colour = rgb(chosen.colour(chosen.looks[item.role].fill))
            plain = Image.new("RGB", part.size, colour)
            nearest = min(
                max(pixel) for pixel in ImageChops.difference(part, plain).get_flattened_data()
            )
            if nearest > 60:
                found.append(item.id)
    return found


@sampled("look", THEMES, few=3)
@sampled("name", ["the mark", "norm", "NaN", "long names", "exact"], few=2)
def test_every_text_is_drawn(name, look):
    trace = sample(name)
    pictures = Pictures(Story(trace))
    for k in (1, len(trace)):
        assert undrawn(pictures.scene(k), theme(look), 3.0) == []


def test_a_text_that_is_not_drawn_is_found():
    scene = Scene(
        60,
        40,
        "t",
        "d",
        (Text("a", "ink", 30, 20, "123", 13.0), Text("b", "ink", 30, 36, " ", 13.0)),
    )
    assert undrawn(scene, theme("light"), 3.0) == ["b"]


def test_the_ground_and_a_heatmap_have_the_theme_s_colours():
    picture = image(png(Pictures(Story(sample("heatmap"))).scene(1), theme("dark"), scale=1))
    assert picture.getpixel((2, 2)) == rgb(THEMES["dark"].colours["ground"])
    colours = {colour for _, colour in picture.getcolors(1_000_000)}
    assert {rgb(c) for c in (THEMES["dark"].heat[0], THEMES["dark"].heat[-1])} <= colours


@pytest.mark.parametrize("scale", [0.5, 1, 2, 3])
def test_scale_is_pixels_a_unit(scale):
    scene = Pictures(Story(sample("square"))).scene(2)
    width, height = image(png(scene, theme("light"), scale=scale)).size
    scale *= scene.zoom
    assert abs(width - scene.width * scale) <= 1 and abs(height - scene.height * scale) <= 1


def test_width_is_in_pixels():
    scene = Pictures(Story(sample("square")), Framing(width=1000)).scene(2)
    assert image(png(scene, theme("light"), scale=1)).size[0] == 1000


@pytest.mark.parametrize("scale", [0, -1, float("nan"), 1000])
def test_a_scale_that_cannot_be_drawn_is_refused(scale):
    with pytest.raises(ValueInputError, match="scale"):
        png(Pictures(Story(sample("square"))).scene(2), theme("light"), scale=scale)


def test_it_knows_png_files():
    assert FORMAT.is_ours(png(Scene(4, 4, "t", "d", ()), theme("light")))
    assert not FORMAT.is_ours(b"GIF89a")
