"""TikZ: every slide shows what the SVG of its step shows, in the same places, whatever it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

import gradviz as gv
from gradviz.errors import FileError, GradvizError, LayoutError
from gradviz.export.tikz.overlays import Drawn, blocks, overlaid, spec
from gradviz.export.tikz.paths import drawn
from gradviz.scene.themes import THEMES
from tests.export.tikz_pictures import PICTURES
from tests.export.tikz_reader import balanced, commands, slides_of
from tests.sampled import sampled

MARK = gv.run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1)
SVG = "{http://www.w3.org/2000/svg}"
SUFFIXES = [".tex", ".tikz"]


def written(path: Path, source: Any = MARK, **options: Any) -> str:
    (file, *_) = gv.render(source, path, **options).files
    return file.read_text(encoding="utf-8")


def as_named(key: str) -> str:
    """An id as a node of TikZ can be called, whose names take no dots, commas or brackets."""
    return "-".join(re.findall(r"[A-Za-z0-9]+", key))


def svg_items(file: Path) -> list[ElementTree.Element]:
    """The items of a scene, in drawing order."""
    root = ElementTree.parse(file).getroot()
    about = (f"{SVG}title", f"{SVG}desc")
    return [e for e in root if e.get("id", "ground") != "ground" and e.tag not in about]


def seen(element: ElementTree.Element) -> bool:
    if element.tag == f"{SVG}image":
        return True
    painted = any(element.get(paint, "none") != "none" for paint in ("fill", "stroke"))
    return painted or any(child.get("fill") for child in element.iter())


# What each slide shows
# ---------------------------------------------------------------------------------------------


@sampled("name", PICTURES, 3)
def test_each_slide_shows_what_the_svg_of_its_step_shows(tmp_path: Path, name: str) -> None:
    draw = PICTURES[name]
    (file, *_) = draw(tmp_path / "a.tex").files
    text = file.read_text(encoding="utf-8")
    total = max(1, len(re.findall(r"(?m)^% slide \d+: ", text)))
    shown = commands(text, total)
    steps = range(1, total + 1) if total > 1 else (None,)
    for slide, step in enumerate(steps, 1):
        (svg, *_) = draw(tmp_path / "a.svg", **({"step": step} if step else {})).files
        expected = [as_named(e.get("id", "")) for e in svg_items(svg) if seen(e)]
        names = [c.name for c in shown if c.is_on(slide) and c.name]
        assert names == expected, (name, slide)


@pytest.mark.parametrize("name", ["graph", "matrix", "curve"])
def test_texts_stand_where_the_svg_has_them(tmp_path: Path, name: str) -> None:
    (svg, *_) = PICTURES[name](tmp_path / "a.svg").files
    (tex, *_) = PICTURES[name](tmp_path / "a.tex", steps=None).files
    text = tex.read_text(encoding="utf-8")
    total = max(1, len(re.findall(r"(?m)^% slide \d+: ", text)))
    found = {c.name: c for c in commands(text, total) if c.is_on(total)}
    checked = 0
    for element in svg_items(svg):
        if element.tag != f"{SVG}text":
            continue
        command = found[as_named(element.get("id", ""))]
        x, y = (float(element.get(side, "")) for side in "xy")
        anchor = element.get("text-anchor", "start")
        wanted = {"start": "base west", "middle": "", "end": "base east"}[anchor]
        (given_,) = re.findall(r"anchor=([a-z ]+)", command.code) or [""]
        assert command.place == (x, y) and given_ == wanted
        assert f"gv size={element.get('font-size')}" in command.code
        checked += 1
    assert checked > 5


def test_one_box_holds_every_slide(tmp_path: Path) -> None:
    text = written(tmp_path / "a.tex")
    assert text.count("\\begin{tikzpicture}") == 1
    assert re.findall(r"\\useasboundingbox (.*);", text) == ["(0,0) rectangle (960,540)"]


def test_what_does_not_change_stands_once(tmp_path: Path) -> None:
    """Thirteen steps are far from thirteen pictures, and a part that is always there says so."""
    one = written(tmp_path / "a.tex", step=13)
    whole = written(tmp_path / "b.tex")
    assert len(whole) < 3 * len(one)
    (trunk,) = (c for c in commands(whole, 13) if c.name == "node-0-trunk")
    assert trunk.slides is None
    gates = [c for c in commands(whole, 13) if c.name == "node-6-gate"]
    assert sorted(k for c in gates for k in c.slides or ()) == list(range(1, 14))


def test_steps_are_slides(tmp_path: Path) -> None:
    text = written(tmp_path / "a.tex", steps="3-5")
    assert re.findall(r"(?m)^% slide (\d): Step (\d)", text) == [("1", "3"), ("2", "4"), ("3", "5")]
    assert "\\only" not in written(tmp_path / "b.tex", step="final")


def test_a_file_for_each_step(tmp_path: Path) -> None:
    files = gv.render(MARK, tmp_path / "s-{k:02}.tikz", steps="1-3").files
    assert [f.name for f in files] == ["s-01.tikz", "s-02.tikz", "s-03.tikz"]
    assert all("\\only" not in f.read_text() for f in files)


FRAMES = some.lists(
    some.lists(
        some.tuples(some.sampled_from("abcdef"), some.sampled_from("12")),
        unique_by=lambda pair: pair[0],
        max_size=6,
    ),
    min_size=1,
    max_size=6,
)


@given(FRAMES)
@settings(deadline=None)
def test_every_frame_keeps_its_own_order(frames: list[list[tuple[str, str]]]) -> None:
    rows = overlaid([[Drawn(id_, id_ + look) for id_, look in frame] for frame in frames])
    for k, frame in enumerate(frames, 1):
        shown = [row.drawn for row in rows if k in row.slides]
        assert shown == [Drawn(id_, id_ + look) for id_, look in frame]
    told = {
        slide
        for shown, drawn_ in blocks(rows, len(frames))
        for slide in (slides_of(shown, len(frames)) if shown else range(1, len(frames) + 1))
        if drawn_
    }
    assert told == {k for k, frame in enumerate(frames, 1) if frame}


@given(some.sets(some.integers(1, 12), min_size=1))
def test_slides_are_named_as_beamer_reads_them(shown: set[int]) -> None:
    said = spec(sorted(shown), 12)
    assert (slides_of(said, 12) if said else set(range(1, 13))) == shown


# Curves
# ---------------------------------------------------------------------------------------------


def test_outlines_are_the_same_curves() -> None:
    """A quadratic curve as a cubic one: its handles are two thirds of the way (hand arithmetic)."""
    assert (
        drawn("M0 0H4V3h-1v-1L1 1Z")
        == "(0,0) -- (4,0) -- (4,3) -- (3,3) -- (3,2) -- (1,1) -- cycle"
    )
    assert drawn("M0 0Q3 3 6 0") == "(0,0) .. controls (2,2) and (4,2) .. (6,0)"
    assert drawn("M1 1m2 3l1 0 0 1c1 1 2 2 3 3", (2, 0, 0, -1, 10, 20)) == (
        "(12,19) (16,16) -- (18,16) -- (18,15) .. controls (20,14) and (22,13) .. (24,12)"
    )


# Colours, styles, options
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_colours_are_those_of_the_theme_declared_once(
    tmp_path: Path, theme: str, suffix: str
) -> None:
    text = written(tmp_path / f"a{suffix}", theme=theme)
    declared = re.findall(r"\\definecolor\{gv-([a-z-]+)\}\{HTML\}\{([0-9A-F]{6})\}", text)
    assert len({name for name, _ in declared}) == len(declared) > 5
    for name, value in declared:
        assert THEMES[theme].colours[name].upper() == f"#{value}"
    used = set(re.findall(r"gv-([a-z]+)", text))
    assert used == {name for name, _ in declared}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_style_in_use_is_declared(tmp_path: Path, suffix: str) -> None:
    text = written(tmp_path / f"a{suffix}")
    declared = set(re.findall(r"(?m)^  (gv [a-z ]+)/\.style", text))
    picture = text[text.index("\\begin{tikzpicture}") :]
    used = set(re.findall(r"gv [a-z]+(?: [a-z]+)*", re.sub(r"=[^,\]]*", "", picture)))
    assert used and used <= declared


def test_a_transparent_picture_has_no_ground(tmp_path: Path) -> None:
    for suffix, ground in ((".tex", "background canvas"), (".tikz", "\\fill[gv-ground]")):
        assert ground in written(tmp_path / f"a{suffix}", theme="dark")
        assert ground not in written(tmp_path / f"b{suffix}", theme="dark", transparent=True)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "aspectratio=169"),
        ({"slide": "4:3"}, "aspectratio=43"),
        ({"width": 480}, "papersize={80mm,45mm}"),
        ({"slide": "4:3", "width": 1440}, "papersize={240mm,180mm}"),
    ],
)
def test_the_size_of_a_page(tmp_path: Path, options: dict[str, Any], wanted: str) -> None:
    """A 16:9 slide of Beamer is 160 by 90 mm; 960 units of a picture are as wide."""
    assert wanted in written(tmp_path / "a.tex", step=1, **options)


def test_a_figure_for_slides_of_ones_own_is_the_graph_alone(tmp_path: Path) -> None:
    done = gv.render(MARK, tmp_path / "a.tikz", step=1)
    alone = done.files[0].read_text()
    assert "sentence-1" not in alone and "node-0-name" in alone
    assert "\\documentclass" not in alone and alone.count("\\begingroup") == 1
    assert any("shows the figure alone" in note for note in done.notes)
    for options in ({"slide": "none"}, {"caption": "mine"}, {"slide": "4:3"}, {"legend": True}):
        again = gv.render(MARK, tmp_path / "b.tikz", step=1, **options)
        assert "sentence-1" in again.files[0].read_text()
        assert not any("alone" in note for note in again.notes)


def test_the_picture_adds_no_spaces_to_a_paragraph(tmp_path: Path) -> None:
    """Each line outside the picture ends in a remark."""
    text = written(tmp_path / "a.tikz")
    before, _, after = text.partition("\\begin{tikzpicture}")
    lines = [*before.splitlines(), *after.partition("\\end{tikzpicture}")[2].splitlines()]
    assert all("%" in line for line in lines)


def test_a_bare_graph(tmp_path: Path) -> None:
    text = written(tmp_path / "a.tex", source="x*y + z")
    assert "node-0-name" in text and "-value" not in text


# Formulas
# ---------------------------------------------------------------------------------------------


def test_formulas_are_latex_with_coloured_numbers(tmp_path: Path) -> None:
    """∂f/∂x ← ∂f/∂a · y = 2 · 2 = 4."""
    text = written(tmp_path / "a.tex", step=12)
    (formula,) = re.findall(r"\(formula-1\) at .*?\{\\gvmaths\{.*?\}\{.*?\}\{(.*)\}\};", text)
    bare = re.sub(r"\\textcolor\{gv-\w+\}\{([^}]*)\}|\\hspace\{0.4em\}", r"\1", formula)
    assert bare.split() == [
        r"\frac{\partial",
        r"f}{\partial",
        r"x}",
        r"\leftarrow",
        r"\frac{\partial",
        r"f}{\partial",
        r"a}",
        r"\cdot",
        r"y",
        r"=",
        r"2",
        r"\cdot",
        r"2",
        r"=",
        r"4",
    ]
    assert formula.count(r"\textcolor{gv-gradient}{2}") == 1
    assert formula.count(r"\textcolor{gv-value}{2}") == 1
    assert formula.count(r"\textcolor{gv-hot}{4}") == 1


def test_a_function_stands_next_to_its_bracket(tmp_path: Path) -> None:
    """\\left would set it apart (The TeXbook, chapter 17)."""
    text = written(tmp_path / "a.tex", gv.run("sigmoid(x)", x=2), step=1)
    assert r"\sigma\mathopen{}\left(" in text and r"\right)\mathclose{}" in text
    assert r"\mathopen{}\leftarrow" not in text


def test_names_are_mathematics(tmp_path: Path) -> None:
    values = {"w_12": 1, "theta": 2, "x̂": 3, "learning_rate": 4}
    text = written(tmp_path / "a.tikz", gv.run(" * ".join(values), values=values), step=1)
    for node, wanted in enumerate((r"w_{12}", r"\theta", r"\hat{x}", r"\mathrm{learning\_rate}")):
        assert re.search(rf"\(node-{node}-name\) at .*\}}\{{{re.escape(wanted)}\}}\}};", text), (
            wanted
        )


# Images
# ---------------------------------------------------------------------------------------------


def test_large_heatmaps_are_images_beside_the_file(tmp_path: Path) -> None:
    (text, *images) = PICTURES["heatmaps"](tmp_path / "my figure_1%.tex", step=2).files
    assert [i.name for i in images] == [
        f"my-figure-1-image-{k + 1}.png" for k in range(len(images))
    ]
    shown = re.findall(r"\\includegraphics\[.*?\]\{(.*?)\}", text.read_text())
    assert images and set(shown) == {i.name for i in images}
    for image in images:
        with Image.open(image) as opened:
            assert opened.width * opened.height > 400
    assert "gv cell=gv-heat" in text.read_text(), "the kernel is small, so it is drawn"


def test_an_image_that_all_steps_show_is_one_file(tmp_path: Path) -> None:
    (_, *images) = PICTURES["heatmaps"](tmp_path / "a.tex").files
    contents = [image.read_bytes() for image in images]
    assert len(set(contents)) == len(contents)


def test_an_image_never_replaces_a_file_of_someone_else(tmp_path: Path) -> None:
    other = tmp_path / "a-image-1.png"
    other.write_bytes(b"mine")
    with pytest.raises(FileError, match="already exists"):
        PICTURES["heatmaps"](tmp_path / "a.tex")
    assert other.read_bytes() == b"mine" and not (tmp_path / "a.tex").exists()


# Hostile texts
# ---------------------------------------------------------------------------------------------

HOSTILE = {
    "input": r"\input{/etc/passwd}",
    "shell": r"\immediate\write18{touch pwned}",
    "end": r"}}\end{document}\end{tikzpicture}",
    "signs": "100% #1 & $a_b^c$ ~ {x} \\\\",
    "carets": "^^5cinput{x} ^^M ^^0d",
    "markup": "<script>]]>&amp;",
    "quotes": "\"a\" 'b' ``c'' --- ,, !` ?`",
    "accents": "Zoë Ångström ŷ ß Łódź naïve",
    "Cyrillic": "вес и сдвиг",
}
ALLOWED = re.compile(
    r"\\(?:node|draw|fill|filldraw|path|coordinate|gvunit|gvfit|gvmaths|only|text|textcolor|hspace"
    r"|mathrm|backslash|textasciitilde|textasciicircum|times|ldots|mathopen|mathclose|frac|partial|leftarrow|cdot|left|right|hat"
    r"|[a-zA-Z]{1,2}(?![a-z])|quad|useasboundingbox|begin\{tikzpicture\}|end\{tikzpicture\}"
    r"|[#$%&_{}`'^~=.\" \\])"
)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_hostile_texts_are_printed_and_never_obeyed(tmp_path: Path, text: str, suffix: str) -> None:
    trace = gv.run("x*y + z", x=-3, y=5, z=2)
    said = written(
        tmp_path / f"a{suffix}", trace, caption=text, rename={"x": text[:60]}, note={"y": text}
    )
    assert balanced(said)
    picture = said[said.index("\\begin{tikzpicture}") : said.index("\\end{tikzpicture}") + 17]
    code = re.sub(r"(?m); %.*$", ";", picture)
    assert code.isascii()
    unknown = {m[0] for m in re.finditer(r"\\[a-zA-Z]+(?:\{tikzpicture\})?|\\.", code)}
    assert not [c for c in unknown if not ALLOWED.fullmatch(c)], unknown
    for command in commands(said, 7):
        assert command.code.startswith(("\\node", "\\draw", "\\fill", "\\path", "\\coordinate"))


def test_sources_stand_in_one_remark(tmp_path: Path) -> None:
    source = "x*y # \\end{document} %\n# ^^M\\input{/etc/passwd} " + "n" * 10_000
    for suffix in SUFFIXES:
        text = written(tmp_path / f"a{suffix}", gv.run(source, x=1, y=2), step=1)
        assert [line for line in text.splitlines() if "passwd" in line or "nnn" in line] in (
            [],
            [line for line in text.splitlines()[:1] if line.startswith("% ")],
        )
        assert max(map(len, text.splitlines())) < 2000


def test_a_very_long_name_is_short_in_the_file(tmp_path: Path) -> None:
    name = "n" * 10_000
    text = written(tmp_path / "a.tex", gv.run(f"{name}*y", values={name: 1, "y": 2}))
    assert len(text) < 60_000 and balanced(text)


# Files
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    one, other = (PICTURES["heatmaps"](tmp_path / name / f"a{suffix}").files for name in ("a", "b"))
    assert [f.read_bytes() for f in one] == [f.read_bytes() for f in other]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_only_files_of_gradviz_are_replaced(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"thesis{suffix}"
    file.write_text("% made by me\n\\documentclass{article}\n")
    with pytest.raises(FileError, match="gradviz did not write it"):
        written(file)
    assert "article" in file.read_text()
    written(file, force=True)
    assert written(file)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"text": "outline"}, "text does not apply to .tex"),
        ({"scale": 3.0}, "scale does not apply to .tex"),
        ({"step": 14}, "there is no step 14"),
        ({"theme": "lihgt"}, "no theme"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(GradvizError, match=re.escape(said)):
        written(tmp_path / "a.tex", **options)
    assert not list(tmp_path.iterdir())


def test_a_page_that_tex_cannot_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="too large for a page of TeX") as caught:
        written(tmp_path / "a.tex", step=1, width=60_000)
    assert "5,700 mm" in str(caught.value) and not list(tmp_path.iterdir())
