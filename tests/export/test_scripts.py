"""Pictures with names in other scripts, in every format: the same letters in the same places."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2 as pdfium
import pytest
import resvg_py
from PIL import Image

import gradviz as gv
from gradviz import fonts
from gradviz.errors import FileError, ValueInputError
from gradviz.fonts import others
from gradviz.scene.typeset import typeset
from tests.fonts.drawn_boxes import boxes, saved
from tests.fonts.test_others import noto
from tests.sampled import sampled

pytest.importorskip("uharfbuzz", reason="the extra `fonts` is not installed")

NAMES = {
    "Thai": ("ค่าน้ำหนัก", "อคติ"),
    "Arabic": ("قيمة", "الوزن"),
    "Hebrew": ("משקל", "הטיה"),
    "Devanagari": ("भार", "पूर्वाग्रह"),
    "Hangul": ("가중치", "편향"),
    "Han": ("权重", "偏差"),
    "Kana": ("かさ", "バイアス"),
}
BOXED = ("Hangul", "Han", "Kana")
"""Scripts whose real fonts are large: boxes stand in for them."""
FRINGE = 100
"""Of 255: a pixel at an edge, covered a little more or less. Misplaced ink differs by more."""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=NAMES)
def script(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    place = tmp_path / "fonts"
    if name in BOXED:
        letters = "".join(dict.fromkeys("".join(NAMES[name])))
        saved(place / "Boxes.ttf", boxes({c: 900 + 10 * k for k, c in enumerate(letters)}, "Boxes"))
    else:
        place = noto()
    monkeypatch.setenv(others.VARIABLE, str(place))
    return name


def run_of(script: str) -> Any:
    weight, bias = NAMES[script]
    return gv.run(f"{weight}*x + {bias}", values={weight: 2, "x": 3, bias: 1})


def drawn(text: str, files: list[Path]) -> Any:
    image = resvg_py.svg_to_bytes(
        svg_string=text, zoom=2, dpi=96, skip_system_fonts=True, font_files=list(map(str, files))
    )
    return np.asarray(Image.open(io.BytesIO(bytes(image))).convert("L"), float)


def embedded(text: str, folder: Path) -> list[Path]:
    """The fonts in an SVG file, as files."""
    found = re.findall(r"url\(data:font/otf;base64,([^)]+)\)", text)
    files = [folder / f"{k}.otf" for k in range(len(found))]
    for file, data in zip(files, found, strict=True):
        file.write_bytes(base64.b64decode(data))
    return files


def test_embedded_fonts_outlines_and_pixels_are_one_picture(script: str, tmp_path: Path) -> None:
    run = run_of(script)
    (file,) = gv.render(run, tmp_path / "a.svg").files
    (lined,) = gv.render(run, tmp_path / "b.svg", text="outline").files
    (pixels,) = gv.render(run, tmp_path / "c.png").files
    text = file.read_text()
    one = drawn(text, embedded(text, tmp_path))
    other = drawn(lined.read_text(), [])
    third = np.asarray(Image.open(pixels).convert("L"), float)
    assert one.min() < 60, "there is ink"
    assert np.abs(one - other).max() < FRINGE and np.abs(third - other).max() < FRINGE
    assert "<text" not in lined.read_text()


def test_a_name_is_read_in_an_svg_file_and_its_font_is_named(script: str, tmp_path: Path) -> None:
    (file,) = gv.render(run_of(script), tmp_path / "a.svg").files
    root = ElementTree.parse(file).getroot()
    sentence = next(g for g in root.iter(f"{SVG}g") if g.get("id") == "sentence-1")
    said = "".join(sentence.itertext())
    assert f"times {fonts.spelt(NAMES[script][0])}, 1 · 2 = 2." in said
    family = {span.get("font-family", "").split(",")[1].strip(" '") for span in
              sentence.iter(f"{SVG}tspan") if span.get("font-family")}  # fmt: skip
    assert family == {"Boxes"} if script in BOXED else {f"Noto Sans {script}"}
    (comment,) = re.findall("<!-- (.*?) -->", file.read_text())
    assert re.search(r"with letters of (Boxes 1\.25|Noto Sans \w+ \d+\.\d+)$", comment)


def test_a_pdf_shows_what_the_picture_shows(script: str, tmp_path: Path) -> None:
    run = run_of(script)
    (file,) = gv.render(run, tmp_path / "a.pdf").files
    (pixels,) = gv.render(run, tmp_path / "c.png", scale=2).files
    document = pdfium.PdfDocument(file)
    page = document[len(document) - 1].render(scale=2).to_pil().convert("L")
    picture = Image.open(pixels).convert("L")
    assert page.size == picture.size
    small = (240, 135)  # pdfium smooths edges otherwise
    apart = np.abs(
        np.asarray(page.resize(small, Image.Resampling.BOX), float)
        - np.asarray(picture.resize(small, Image.Resampling.BOX), float)
    )
    assert apart.max() < 40
    keywords = document.get_metadata_value("Keywords")
    assert "with letters of" in keywords
    if script in ("Hebrew", *BOXED):  # their glyphs stand for characters of their own
        text = document[len(document) - 1].get_textpage().get_text_bounded()
        assert NAMES[script][0] in text or NAMES[script][0][::-1] in text


def test_formulas_are_set_in_the_font_of_the_script_as_a_sentence_is(script: str) -> None:
    """A name set alone, in typst, is as wide as it is measured; with marks, as high as it is."""
    from gradviz.layout import text
    from gradviz.scene.typeset import SIZE

    for name in NAMES[script]:
        source = f'upright("{name}")'
        setting = typeset([source])[source]
        assert setting.width == pytest.approx(text.width(name, SIZE), abs=0.25)
        assert setting.marks


@sampled("script", NAMES, few=2, indirect=True)
def test_a_picture_has_the_same_bytes_in_every_process(script: str, tmp_path: Path) -> None:
    weight, bias = NAMES[script]
    code = (
        "import sys, gradviz as gv;"
        f"t = gv.run('{weight}*x + {bias}', values={{'{weight}': 2, 'x': 3, '{bias}': 1}});"
        "[gv.render(t, sys.argv[1] + s) for s in ('.svg', '.png', '.pdf')]"
    )
    for seed, name in (("1", "one"), ("2", "two")):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name)],
            check=True,
            env={**__import__("os").environ, "PYTHONHASHSEED": seed},
        )
    for suffix in (".svg", ".png", ".pdf"):
        made = [(tmp_path / name).with_suffix(suffix).read_bytes() for name in ("one", "two")]
        assert made[0] == made[1], suffix


def test_captions_titles_and_new_names_are_drawn_and_wrapped(script: str, tmp_path: Path) -> None:
    weight, bias = NAMES[script]
    caption = " ".join([weight, bias] * 15)
    (file,) = gv.render(
        gv.run("a*x", a=2, x=3), tmp_path / "a.svg", caption=caption, rename={"a": weight}
    ).files
    root = ElementTree.parse(file).getroot()
    lines = [g for g in root.iter(f"{SVG}g") if (g.get("id") or "").startswith("sentence-")]
    assert len(lines) > 1
    said = " ".join("".join(line.itertext()) for line in lines)
    assert said.split() == fonts.spelt(caption).split()


def test_a_theme_names_fonts_from_its_own_folder(tmp_path: Path) -> None:
    saved(tmp_path / "look" / "own.ttf", boxes("가중치", "Own"))
    look = tmp_path / "look" / "mine.toml"
    look.write_text('fonts = ["own.ttf"]\n')
    (file,) = gv.render(gv.run("가중치*x", 가중치=2, x=3), tmp_path / "a.svg", theme=look).files
    assert "with letters of Own 1.25" in file.read_text()
    given = saved(tmp_path / "b.ttf", boxes("가중치", "Given"))
    (file,) = gv.render(
        gv.run("가중치*x", 가중치=2, x=3), tmp_path / "a.svg", theme=look, fonts=[given]
    ).files
    assert "with letters of Given 1.25" in file.read_text(), "an option comes before the theme"


@pytest.mark.parametrize("fonts_said", ['"own.ttf"', "[1]", '[""]', "{}"])
def test_a_theme_whose_fonts_are_no_list_of_files_is_refused(
    tmp_path: Path, fonts_said: str
) -> None:
    look = tmp_path / "mine.toml"
    look.write_text(f"fonts = {fonts_said}\n")
    with pytest.raises(ValueInputError, match="fonts must be a list of font files"):
        gv.render(gv.run("x", x=2), tmp_path / "a.svg", theme=look)
    look.write_text('fonts = ["missing.ttf"]\n')
    with pytest.raises(FileError, match=r"missing\.ttf' does not exist"):
        gv.render(gv.run("x", x=2), tmp_path / "a.svg", theme=look)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize("given", [3, None, [None], b"a.ttf", {"a": 1}])
def test_fonts_are_named_by_their_paths(tmp_path: Path, given: Any) -> None:
    with pytest.raises((ValueInputError, FileError)) as told:
        gv.render(gv.run("x", x=2), tmp_path / "a.svg", fonts=given)
    assert "font" in told.value.what


def test_the_command_line_takes_fonts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gradviz.cli.main import run

    one = saved(tmp_path / "one.ttf", boxes("가중치", "One"))
    two = saved(tmp_path / "two.ttf", boxes("权重", "Two"))
    out = tmp_path / "a.svg"
    words = ["render", "가중치*权重", "가중치=2", "权重=3", "-o", str(out)]
    assert run([*words, "--font", str(one), "--font", str(two)]) == 0
    assert "with letters of One 1.25, Two 1.25" in out.read_text()
    out.unlink()
    assert run([*words, "--font", str(one)]) == 1 and not out.exists()
    assert "U+6743 CJK UNIFIED IDEOGRAPH-6743" in capsys.readouterr().err
    assert run([*words, "--font", str(tmp_path / "none.ttf")]) == 1 and not out.exists()
    assert capsys.readouterr().err.startswith("gradviz: the font '")
    assert run(["render", "x*y", "x=2", "y=3", "-o", str(tmp_path / "a.dot"), "--font", "a"]) == 1
    assert "fonts does not apply to .dot" in capsys.readouterr().err


@pytest.mark.parametrize("count", [1_000, 10_000])
def test_names_of_any_length_are_cut(tmp_path: Path, count: int) -> None:
    font = saved(tmp_path / "one.ttf", boxes("가", "One"))
    name = "가" * count
    (file,) = gv.render(
        gv.run(f"{name}*x", values={name: 2, "x": 3}), tmp_path / "a.svg", fonts=font, step=1
    ).files
    root = ElementTree.parse(file).getroot()
    seen = ["".join(e.itertext()) for e in root.iter(f"{SVG}text")]
    assert max(map(len, seen)) < 200


OTHERS: dict[str, Callable[[Any], Any]] = {
    "cells": lambda path: gv.render(
        gv.run("maxpool2d(입력, 2)", values={"입력": [[1, 2], [3, 4]]}), path, into="f"
    ),
    "neurons": lambda path: gv.render(
        gv.run("tanh(무게 @ 입력)", values={"무게": [[1, 2], [3, 4]], "입력": [1, 2]},
               upstream=[1, 1]), path, view="neurons"),
    "matrix": lambda path: gv.render(
        gv.run("무게 @ 입력", values={"무게": [[1, 2], [3, 4]], "입력": [1, 2]}, upstream=[1, 1]),
        path, view="matrix"),
    "bare": lambda path: gv.render("무게*입력", path),
}  # fmt: skip


@pytest.mark.parametrize("view", OTHERS)
@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_every_view_draws_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str, suffix: str
) -> None:
    saved(tmp_path / "fonts" / "one.ttf", boxes("무게입력", "One"))
    monkeypatch.setenv(others.VARIABLE, str(tmp_path / "fonts"))
    (file,) = OTHERS[view](tmp_path / f"a{suffix}").files
    assert file.stat().st_size > 1000
    monkeypatch.setenv(others.VARIABLE, "")
    with pytest.raises(ValueInputError, match="no font here has a glyph for"):
        OTHERS[view](tmp_path / f"b{suffix}")
    assert not (tmp_path / f"b{suffix}").exists()


def test_a_picture_for_latex_draws_a_name_as_the_others_do(script: str) -> None:
    from gradviz.exam.formats.latex import scene_pdf
    from gradviz.scene.views.graph.pictures import Pictures
    from gradviz.story.frame import Story

    trace = run_of(script)
    made = Pictures(Story(trace)).scene(len(trace))
    document = pdfium.PdfDocument(scene_pdf(made))
    assert len(document) == 1 and "with letters of" in document.get_metadata_value("Keywords")
