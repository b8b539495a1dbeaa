"""Images as images: which inputs are, their pixels, and their place in an SVG."""

from __future__ import annotations

import base64
import io
import math
import re

import numpy as np
import pytest
from PIL import Image as Pillow

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.engine.run import run
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.export.formats.svg import svg
from gradviz.graph.graph import INPUT, Node
from gradviz.scene.images import MOST_PIXELS, image, is_image
from gradviz.scene.model import Cells, Image, Text
from gradviz.scene.themes import THEMES
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.scene.views.graph.values import Figures
from gradviz.story.frame import Story
from tests.scene.test_pictures import check_clear, check_still

XP = for_backend("numpy")


def decoded(photo) -> np.ndarray:
    with Pillow.open(io.BytesIO(photo.png)) as opened:
        return np.asarray(opened)


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("image", (3, 227, 227), True), ("img", (1, 28, 28), True), ("Image", (8, 8), True),
        ("image", (5, 3, 32, 32), True), ("image", (7, 9), False), ("image", (4, 28, 28), False),
        ("x", (3, 227, 227), False), ("image", (784,), True), ("image", (), False),
        ("image", (783,), False), ("image", (49,), False), ("x", (784,), False),
    ],
)  # fmt: skip
def test_which_inputs_are_images(name, shape, expected):
    assert is_image(Node(0, INPUT, name=name, shape=shape)) is expected


def test_the_result_of_an_op_is_not_an_image():
    assert not is_image(Node(2, "add", (0, 1), name="image", shape=(28, 28)))


@pytest.mark.parametrize("batch", [(), (3,)])
def test_the_pixels_of_a_declared_image_are_drawn_in_rows_and_columns(batch):
    """A row of 784 is 28×28, row by row; of a batch, the first."""
    x = np.random.default_rng(0).uniform(0, 1, (*batch, 784))
    trace = gv.run("net:mnist-mlp", x=x)
    photo = Figures(Story(trace)).value(trace.graph.find("x"))
    first = x[0] if batch else x
    assert (decoded(photo) == np.round(first.reshape(28, 28) * 255)).all()
    assert photo.caption == (("3×784, the first as 28×28" if batch else "784 as 28×28"),)


def test_a_row_of_pixels_can_be_asked_for_as_an_image(tmp_path):
    x = np.linspace(0, 1, 64)
    (file,), _ = gv.render("sum(x)", tmp_path / "x.svg", x=x, step=1, images=["x"])
    assert "64 as 8×8" in file.read_text() and "<image" in file.read_text()
    with pytest.raises(ValueInputError, match="x cannot be drawn as an image"):
        gv.render("sum(x)", tmp_path / "no.svg", x=x[:60], step=1, images=["x"])


def test_numbers_from_0_to_1_are_shares_of_255():
    values = np.linspace(0, 1, 64).reshape(8, 8)
    assert (decoded(image(XP, values)) == np.round(values * 255)).all()


def test_colours_keep_their_channels():
    values = np.zeros((3, 8, 9))
    values[0, 0, 0], values[1, 0, 1], values[2, 7, 8] = 255, 128, 255
    found = decoded(image(XP, values))
    assert found.shape == (8, 9, 3)
    assert [tuple(found[at]) for at in ((0, 0), (0, 1), (7, 8), (3, 3))] == [
        (255, 0, 0),
        (0, 128, 0),
        (0, 0, 255),
        (0, 0, 0),
    ]


def test_other_numbers_are_stretched():
    values = np.full((8, 8), 0.0)
    values[0, 0], values[0, 1] = -2, 3  # 0 lies two fifths of the way: 102
    found = decoded(image(XP, values))
    assert (found[0, 0], found[0, 1], found[1, 1]) == (0, 255, 102)


def test_an_image_of_one_colour_and_one_that_is_not_finite():
    assert set(decoded(image(XP, np.full((8, 8), -3.0))).ravel()) == {0}
    values = np.ones((8, 8))
    values[2, 3], values[2, 4] = math.nan, math.inf
    photo = image(XP, values)
    assert (
        not photo.finite
        and decoded(photo)[2, 3] == decoded(photo)[2, 4] == 0
        and decoded(photo)[0, 0] == 255
    )


def test_a_large_image_is_averaged_down_and_its_caption_says_its_shape():
    values = np.zeros((3, 256, 256))
    values[:, ::2] = 1.0  # every second row is white: each pixel is half
    photo = image(XP, values)
    found = decoded(photo)
    assert found.shape == (MOST_PIXELS, MOST_PIXELS, 3) and set(found.ravel()) == {128}
    assert photo.caption == ("3×256×256",) and image(XP, values[None]).caption == ("1×3×256×256",)
    assert image(XP, np.stack([values, values])).caption == ("2×3×256×256, first 3 of 6",)


def test_the_bytes_do_not_depend_on_a_compressor():
    """A stored block is the data itself: the raw pixels stand in the file."""
    values = np.arange(64).reshape(8, 8) * 4.0
    assert bytes(range(0, 32, 4)) in image(XP, values).png


def run_on(name: str, value) -> Pictures:
    return Pictures(Story(run(f"sum({name} * 2)", values={name: value})), images=())


def test_an_image_is_drawn_and_its_gradient_is_a_heatmap():
    pictures = run_on("image", np.random.default_rng(0).random((3, 16, 12)))
    every = [pictures.scene(k) for k in range(6)]
    for scene in every:
        check_clear(scene)
    check_still(every)
    items = {i.id: i for i in every[-1].items}
    shown = items["node-0-value"]
    assert isinstance(shown, Image) and shown.width / shown.height == pytest.approx(12 / 16)
    assert isinstance(items["node-0-gradient"], Cells)
    text = items["node-0-value-caption-0"]
    assert isinstance(text, Text) and text.text == "3×16×12"


def test_an_svg_holds_the_image():
    values = np.random.default_rng(1).random((8, 8))
    text = svg(run_on("image", values).scene(0), THEMES["light"])
    (data,) = re.findall(r'<image id="node-0-value"[^>]*href="data:image/png;base64,([^"]+)"', text)
    with Pillow.open(io.BytesIO(base64.b64decode(data))) as opened:
        assert (np.asarray(opened) == np.round(values * 255)).all()
    assert "image-rendering:pixelated" in text and text == svg(
        run_on("image", values).scene(0), THEMES["light"]
    )


def test_any_input_can_be_drawn_as_an_image_when_asked():
    trace = run("sum(x * 2)", values={"x": np.ones((8, 8))})
    shown = {i.id: i for i in Pictures(Story(trace), images=["x"]).scene(0).items}
    assert isinstance(shown["node-0-value"], Image)
    assert isinstance(
        {i.id: i for i in Pictures(Story(trace)).scene(0).items}["node-0-value"], Cells
    )


@pytest.mark.parametrize(
    ("name", "said"), [("x", "the shape 2×3×4×5×6"), ("s", "the result of sum")]
)
def test_what_cannot_be_an_image_is_refused(name, said):
    trace = run("s = sum(x); s * 2", values={"x": np.ones((2, 3, 4, 5, 6))})
    with pytest.raises(ValueInputError, match=f"{name} cannot be drawn as an image") as error:
        Pictures(Story(trace), images=[name])
    assert error.value.got == said and "3×H×W" in error.value.expected


def test_an_image_that_is_no_input_is_named():
    with pytest.raises(UnknownNameError, match="no node called 'photo'"):
        Pictures(Story(run("sum(x)", values={"x": np.ones((8, 8))})), images=["photo"])
