"""Slides of PowerPoint, drawn by LibreOffice: as our own pictures, in every view and theme."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image
from pptx import Presentation

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.export.drawing import Drawing
from gradviz.export.look import Look
from gradviz.layout.text import width
from gradviz.scene.model import Text
from tests.panel_samples import EVERY

pytestmark = pytest.mark.proof
SIZE = 480, 270
"""Small enough that the smoothing of edges and other hinting do not matter."""
MOVED = 2
"""Pixels, of those: four points of a slide."""


def circuit() -> Any:
    return gv.run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1)


def neuron() -> Any:
    return gv.run("1/(1+exp(-(w0*x0+w1*x1+w2)))", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)


def norm() -> Any:
    return gv.run("q = W @ x; sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3])


def scores() -> Any:
    W = [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]]
    return gv.run("s = W @ x + b", W=W, x=[0.1, 1.5, 0.07, 2.32], b=[0.15, -0.1, -0.2])


def pool() -> Any:
    return gv.run("maxpool2d(x, 2)", x=[[1, 3, 2, 7], [5, 1, 3, 0]], upstream=[[1, -2]])


def stamps() -> Any:
    kernel = [[[[1.0, 0.0], [2.0, -1.0]]]]
    return gv.run("conv_transpose2d(x, K, stride=2)", x=[[[1.0, 2.0], [3.0, 4.0]]], K=kernel)


def network(name: str, **inputs: Any) -> Callable[[], Any]:
    return lambda: gv.run(gv.net(name), **inputs)


def difference() -> Any:
    return gv.run("sum((x@w - 1)**2)", x=[[1.0, 2.0], [3.0, 4.0]], w=[0.5, -1.0])


def training() -> Any:
    return gv.learn(gv.net("mlp:2-4-1,activation=tanh"), data="ring", lr=0.3, passes=40)


PIXELS = np.random.default_rng(1).normal(size=(1, 5, 5))
DIGIT = np.random.default_rng(2).uniform(size=(1, 32, 32))
SHOWN: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "circuit": (circuit, {"step": 12}),
    "circuit in print": (circuit, {"step": 9, "theme": "print"}),
    "constants": (neuron, {"step": 14, "theme": "dark"}),
    "matrices": (norm, {"step": 7, "theme": "cs231n"}),
    "4:3": (circuit, {"step": 12, "slide": "4:3"}),
    "alone": (circuit, {"step": "final", "only": "graph", "theme": "dark"}),
    "panels": (EVERY["sigmoid"], {"step": 5}),
    "rows": (scores, {"step": 3, "view": "matrix", "theme": "dark"}),
    "windows": (pool, {"step": 2, "into": "f"}),
    "stamps": (stamps, {"step": 3, "view": "stamps"}),
    "units": (network("mlp:3-4-2", x=[0.5, -0.3, 1.0], label=1), {"step": 6, "view": "neurons"}),
    "columns": (network("tiny-cnn", image=PIXELS, label=1), {"step": 5, "view": "im2col"}),
    "volumes": (network("lenet5", image=DIGIT, label=3), {"step": 3, "view": "volumes"}),
    "differences": (difference, {"step": 2, "view": "differences,h=0.01"}),
    "update": (training, {"step": 2, "view": "update", "passes": 7}),
    "training": (training, {"step": 20, "view": "training"}),
    "curves": (lambda: gv.plot("sigmoid(x)", x=1), {"theme": "dark"}),
    "losses": (lambda: gv.plot("losses", m=2), {"theme": "print"}),
    "surface": (lambda: gv.plot("x**2 + 3*y**2", x=1, y=1, over="x,y", paths="gd:0.1"), {}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every deck beside our picture of it, and LibreOffice's pages of it."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("this machine has no soffice: how LibreOffice draws slides was not proved")
    fonts = subprocess.run(["fc-list", "Inter"], capture_output=True, text=True).stdout
    if not fonts:
        pytest.skip("this machine has no Inter: how LibreOffice draws slides was not proved")
    place = tmp_path_factory.mktemp("slides")
    for name, (make, options) in SHOWN.items():
        given = dict(options)
        source = make()
        if "passes" in given:
            source = source.trace(given.pop("passes"))
        stem = name.replace(" ", "-").replace(":", "-")
        gv.render(source, place / f"{stem}.pptx", **given)
        gv.render(source, place / f"{stem}.png", scale=1, **given)
    decks = sorted(map(str, place.glob("*.pptx")))
    home = f"-env:UserInstallation={(place / 'home').as_uri()}"
    command = [office, home, "--headless", "--convert-to", "pdf", "--outdir", str(place), *decks]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return place


def grey(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L").resize(SIZE, Image.Resampling.BOX), dtype=float)


@pytest.mark.parametrize("name", SHOWN)
def test_libreoffice_draws_what_we_draw(folder: Path, name: str) -> None:
    stem = name.replace(" ", "-").replace(":", "-")
    (page,) = pdfium.PdfDocument(folder / f"{stem}.pdf")
    theirs = grey(page.render(scale=2).to_pil())
    with Image.open(folder / f"{stem}.png") as image:
        ours = grey(image)
        assert page.get_width() / page.get_height() == pytest.approx(
            image.width / image.height, abs=0.01
        )
    apart = np.abs(ours - theirs).mean()
    moved = [np.abs(ours - np.roll(ours, MOVED, axis)).mean() for axis in (0, 1)]
    assert apart < min(moved)
    # Nothing is missing or elsewhere: blocks of ten by ten pixels are about as dark.
    coarse = [a.reshape(27, 10, 48, 10).mean(axis=(1, 3)) for a in (ours, theirs)]
    assert np.abs(coarse[0] - coarse[1]).max() < 60


@pytest.mark.parametrize("name", ["circuit", "matrices", "panels", "rows", "stamps", "4:3"])
def test_every_text_stands_on_one_line_in_its_place(folder: Path, name: str) -> None:
    """LibreOffice's page has each text within three points of where the scene has it."""
    make, options = SHOWN[name]
    look = {key: value for key, value in options.items() if key not in ("step", "view", "into")}
    view = str(options.get("view", "graph"))
    drawing = Drawing(views.seen(make(), view, None), Look(**look))
    (scene,) = drawing.scenes([options["step"]])
    (page,) = pdfium.PdfDocument(folder / f"{name.replace(':', '-')}.pdf")
    words, found = page.get_textpage(), 0
    for item in scene.items:
        if isinstance(item, Text) and item.text.strip() and "ᵀ" not in item.text:  # of another font
            wide = width(item.text, item.size, "bold") + 6
            left = item.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[item.anchor] * wide
            top, bottom = item.y - 0.9 * item.size - 3, item.y + 0.2 * item.size + 3
            box = left - 3, scene.height - bottom, left + wide + 3, scene.height - top
            assert item.text.replace(" ", "") in words.get_text_bounded(*box).replace(" ", "")
            found += 1
    assert found >= 10


def test_every_deck_is_read_again(folder: Path) -> None:
    for path in sorted(folder.glob("*.pptx")):
        for slide in Presentation(str(path)).slides:
            names = [shape.name for shape in slide.shapes]
            assert len(set(names)) == len(names) > 5, path.name
            assert slide.shapes.title.text_frame.text, path.name
            for shape in slide.shapes:
                assert shape._element._nvXxPr.cNvPr.get("descr"), (path.name, shape.name)
                if shape._element.tag.endswith("}cxnSp"):
                    ends = shape._element.nvCxnSpPr.cNvCxnSpPr
                    assert len(ends) == 2, (path.name, shape.name)
