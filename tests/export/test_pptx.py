"""Slides of PowerPoint, read back by python-pptx: places, names, glue, words, templates, slips."""

from __future__ import annotations

import io
import math
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pptx import Presentation
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

import gradviz as gv
from gradviz.errors import FileError, GradvizError, LayoutError, ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.formats.slides.marks import Paint
from gradviz.export.formats.slides.wires import Wire, parted
from gradviz.export.look import Look
from gradviz.layout.curves import Point
from gradviz.scene.model import Circle, Maths, Rect, Text
from gradviz.scene.shapes import joined, straight
from gradviz.scene.themes import THEMES
from tests.fonts.drawn_boxes import boxes, saved

CIRCUIT = "(x*y + z) * maximum(y, z)"
AT: dict[str, Any] = {"x": 1.5, "y": 2, "z": -1}
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
POINT = 12_700


@pytest.fixture(scope="module")
def trace() -> gv.Trace:
    return gv.run(CIRCUIT, **AT)


@pytest.fixture(scope="module")
def deck(trace: gv.Trace, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("deck") / "a.pptx"
    gv.render(trace, path)
    return Presentation(str(path))


def drawn(source: Any, path: Path, **options: Any) -> Any:
    (file,) = gv.render(source, path, **options).files
    return Presentation(str(file))


def named(slide: Any) -> dict[str, Any]:
    return {shape.name: shape for shape in slide.shapes}


def corners(shape: Any) -> tuple[float, float, float, float]:
    """The left, upper, right and lower edge in points."""
    left, top = shape.left / POINT, shape.top / POINT
    return left, top, left + shape.width / POINT, top + shape.height / POINT


def inside(shape: Any) -> tuple[float, float, float, float]:
    """The same of the room for its text."""
    body = shape._element.txBody.bodyPr
    insets = [int(body.get(name)) / POINT for name in ("lIns", "tIns", "rIns", "bIns")]
    left, top, right, bottom = corners(shape)
    return left + insets[0], top + insets[1], right - insets[2], bottom - insets[3]


def test_every_item_stands_where_the_scene_has_it(trace: gv.Trace, deck: Any) -> None:
    drawing = Drawing(trace, Look())
    assert len(deck.slides) == len(trace) == 13
    assert (deck.slide_width, deck.slide_height) == (960 * POINT, 540 * POINT)
    for k, slide in enumerate(deck.slides, 1):
        (scene,) = drawing.scenes([k])
        shapes, compared = named(slide), 0
        for item in scene.items:
            shape = shapes.get(item.id)
            if isinstance(item, Rect) and item.id.endswith(("-gate", "-ring")):
                place = item.x, item.y, item.x + item.width, item.y + item.height
                assert corners(shape) == pytest.approx(place, abs=0.01)
            elif isinstance(item, Circle):
                r = item.radius
                place = item.x - r, item.y - r, item.x + r, item.y + r
                assert corners(shape) == pytest.approx(place, abs=0.01)
            elif isinstance(item, Maths):
                left, top, right, bottom = corners(shape)
                assert left <= item.x and right >= item.x + item.width
                assert top <= item.y and bottom >= item.y + item.height
            elif isinstance(item, Text) and item.id.endswith(("-value", "-gradient")):
                left, top, right, bottom = inside(shape)
                assert shape.text_frame.text == item.text
                assert (left + right) / 2 == pytest.approx(item.x, abs=0.01)
                # Half of a digit of Inter is 0.36 of its size high (the font's capHeight, 2048 of
                # 2816); the middle of the line, by ascent and descent, is as high.
                assert item.y - (top + bottom) / 2 == pytest.approx(0.36 * item.size, abs=0.1)
            else:
                continue
            compared += 1
        assert compared > 15


def test_a_name_stands_for_one_place(deck: Any) -> None:
    places = defaultdict[str, set[tuple[int, ...]]](set)
    for slide in deck.slides:
        names = [shape.name for shape in slide.shapes]
        ids = [shape.shape_id for shape in slide.shapes]
        assert len(set(names)) == len(names) and len(set(ids)) == len(ids)
        for shape in slide.shapes:
            places[shape.name].add((shape.left, shape.top, shape.width, shape.height))
    assert {len(found) for found in places.values()} == {1}


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (CIRCUIT, {**AT, "steps": "1,9,12"}),
        ("q = W @ x; sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3], "step": 7}),
        ("net:mlp:2-3-2", {"x": [0.5, -0.3], "label": 1, "view": "neurons", "steps": "1-3"}),
    ],
)
def test_connectors_are_glued_where_they_begin_and_end(
    tmp_path: Path, source: str, options: dict[str, Any]
) -> None:
    source = source if not source.startswith("net:") else gv.net(source.removeprefix("net:"))
    for slide in drawn(source, tmp_path / "a.pptx", **options).slides:
        by_id = {shape.shape_id: shape for shape in slide.shapes}
        connectors = [s for s in slide.shapes if s._element.tag.endswith("}cxnSp")]
        assert len(connectors) >= 6
        for connector in connectors:
            ends = [(connector.begin_x, connector.begin_y), (connector.end_x, connector.end_y)]
            for tag, end in zip(("stCxn", "endCxn"), ends, strict=True):
                glue = connector._element.find(f".//{A}{tag}")
                host = by_id[int(glue.get("id"))]
                sites = host._element.findall(f".//{A}cxn/{A}pos")
                site = sites[int(glue.get("idx"))]
                place = host.left + int(site.get("x")), host.top + int(site.get("y"))
                assert math.dist(place, end) <= 2  # rounded twice
            assert len(sites) > 4  # the middles of the sides come first


def test_an_edge_leads_from_gate_to_gate(deck: Any) -> None:
    """x*y: the wire of x is straight and ends in the gate of a, whose own leads to that of b."""
    shapes = named(deck.slides[-1])
    by_id = {shape.shape_id: shape.name for shape in deck.slides[-1].shapes}

    def joins(name: str) -> list[str]:
        glue = (shapes[name]._element.find(f".//{A}{tag}") for tag in ("stCxn", "endCxn"))
        return [by_id[int(end.get("id"))] for end in glue]

    trunk = next(n for n in shapes if re.fullmatch(r"node-3-trunk", n))
    assert joins(trunk)[0] == "node-3-gate"
    last = [n for n in shapes if re.fullmatch(r"edge-3-\d-\d-wire(-last)?", n)]
    assert any(joins(n)[1] == "node-4-gate" for n in last if n.endswith("last") or len(last) == 1)
    arrow = next(s for n, s in shapes.items() if re.fullmatch(r"edge-.*-hot(-\d)?", n))
    assert arrow._element.find(f".//{A}tailEnd").get("type") == "triangle"


def test_texts_formulas_and_their_words(deck: Any) -> None:
    """Step 12 of 13: ∂f/∂x gets 2 · 2 = 4."""
    slide = deck.slides[11]
    shapes = named(slide)
    assert slide.shapes.title.text_frame.text == "Backward step 12 of 13"
    assert "x receives the upstream gradient times y, 2 · 2 = 4" in " ".join(
        shapes["sentence"].text_frame.text.split()
    )
    assert {shapes[f"node-{n}-gate"].text_frame.text for n in (3, 4, 5, 6)} == {"×", "+", "max"}
    latex = shapes["formula-1"]._element.nvPicPr.cNvPr.get("descr")
    assert latex.startswith(r"\frac{\partial f}{\partial x}") and latex.endswith(
        r"= \hspace{0.4em} 4"
    )
    assert shapes["node-0-name"]._element.nvPicPr.cNvPr.get("descr") == "x"
    notes = slide.notes_slide.notes_text_frame.text
    assert "∂f/∂x ← ∂f/∂a · y" in notes and "Step 12 of 13: times swaps its inputs" in notes
    for shape in slide.shapes:
        assert shape._element._nvXxPr.cNvPr.get("descr"), shape.name
    alt = shapes["edge-0-3-0-wire"]._element._nvXxPr.cNvPr.get("descr")
    assert alt == "wire from x to a"


def test_a_gate_says_what_stands_in_it_as_one_text(tmp_path: Path) -> None:
    """A power and a sum with a constant; folded scopes in lines."""
    slide = drawn("x**2 + 1", tmp_path / "a.pptx", x=3, step="final").slides[0]
    gates = {s.text_frame.text: s for n, s in named(slide).items() if n.endswith("-gate")}
    assert set(gates) == {"x2", "+1"}
    (raised,) = gates["x2"]._element.findall(f".//{A}rPr[@baseline]")
    assert raised.getnext().text == "2" and int(raised.get("baseline")) > 0
    folded = drawn(gv.net("mlp:2-3-2"), tmp_path / "b.pptx", depth=1).slides[0]
    (first,) = (s for s in folded.shapes if s.has_text_frame and "layer1" in s.text_frame.text)
    assert first.text_frame.text == "layer1\n3\n9 parameters"


def test_texts_that_touch_are_one(tmp_path: Path) -> None:
    """f(x) = 18.5000, of which the digits that change are in another look."""
    run = gv.run("sum((x@w - 1)**2)", x=[[1.0, 2.0], [3.0, 4.0]], w=[0.5, -1.0])
    view = {"view": "differences,h=0.01", "step": 2}
    slide = drawn(run, tmp_path / "a.pptx", **view).slides[0]
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    assert "18.5000" in texts and "18.5501" in texts


def test_a_formula_is_an_svg_with_a_png_beside_it(trace: gv.Trace, tmp_path: Path) -> None:
    slide = drawn(trace, tmp_path / "a.pptx", step=12).slides[0]
    picture = named(slide)["formula-1"]
    (svg,) = picture._element.findall(".//{*}svgBlip")
    link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
    drawing = ElementTree.fromstring(slide.part.related_part(svg.get(link)).blob)
    across = float(drawing.attrib["width"])
    assert across == pytest.approx(picture.width / POINT, abs=0.01)
    assert picture.image.size[0] >= 3 * across  # 216 dots an inch


def test_texts_take_the_theme_s_fonts(trace: gv.Trace, tmp_path: Path) -> None:
    """Every run names the fonts of the presentation, never one of its own."""
    deck = drawn(trace, tmp_path / "a.pptx", step=12, theme="dark")
    runs = deck.slides[0]._element.findall(f".//{A}rPr/{A}latin")
    assert {run.get("typeface") for run in runs} == {"+mn-lt", "+mj-lt"}
    with zipfile.ZipFile(tmp_path / "a.pptx") as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
        assert "docProps/thumbnail.jpeg" not in archive.namelist()
    assert theme.count('<a:latin typeface="Inter" panose="020B0604020202020204"') == 2
    assert f'<a:lt1><a:srgbClr val="{THEMES["dark"].colours["ground"].lstrip("#")}"/>' in theme


@pytest.mark.parametrize("theme", THEMES)
def test_the_ground_is_the_theme_s(trace: gv.Trace, tmp_path: Path, theme: str) -> None:
    slide = drawn(trace, tmp_path / "a.pptx", step=1, theme=theme).slides[0]
    ground = slide._element.cSld.find("{*}bg").find(f".//{A}srgbClr").get("val")
    assert f"#{ground}" == THEMES[theme].colours["ground"]
    clear = drawn(trace, tmp_path / "b.pptx", step=1, theme=theme, transparent=True).slides[0]
    assert clear._element.cSld.find("{*}bg") is None


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"slide": "4:3"}, (720, 540)),
        ({"width": 480}, (480, 270)),
        ({"slide": "4:3", "width": 1440}, (1440, 1080)),
    ],
)
def test_the_size_of_the_slides(
    trace: gv.Trace, tmp_path: Path, options: dict[str, Any], size: tuple[int, int]
) -> None:
    deck = drawn(trace, tmp_path / "a.pptx", step=12, **options)
    assert (deck.slide_width / POINT, deck.slide_height / POINT) == size
    usual = named(
        drawn(trace, tmp_path / "b.pptx", step=12, slide=options.get("slide", "16:9")).slides[0]
    )
    factor = size[0] / (720 if "slide" in options else 960)
    for name, shape in named(deck.slides[0]).items():
        assert shape.left == pytest.approx(factor * usual[name].left, abs=2)


def test_layouts_fit_the_slides(trace: gv.Trace, tmp_path: Path) -> None:
    """A title that is added later stands in the middle: its layout is as wide as the slides."""
    deck = drawn(trace, tmp_path / "a.pptx", step=1)
    (title,) = (p for p in deck.slide_masters[0].placeholders if p.placeholder_format.type == 1)
    assert title.left + title.width / 2 == pytest.approx(deck.slide_width / 2, abs=POINT)


def test_a_graph_alone_and_without_values(tmp_path: Path) -> None:
    alone = drawn("x*y", tmp_path / "a.pptx", x=2, y=3, only="graph", step="final")
    assert alone.slide_width < 960 * POINT and "sentence" not in named(alone.slides[0])
    title = alone.slides[0].shapes.title
    assert title.text_frame.text.startswith("x*y") and title.top < 0  # for who cannot see it
    bare = drawn("x*y + z", tmp_path / "b.pptx")
    assert len(bare.slides) == 1 and "node-3-gate" in named(bare.slides[0])


def test_a_picture_too_large_for_a_slide(tmp_path: Path) -> None:
    with pytest.raises(ValueInputError, match="too large for a slide") as refused:
        gv.render("x*y", tmp_path / "a.pptx", x=2, y=3, width=50_000)
    assert "4,032 points" in refused.value.expected and not list(tmp_path.iterdir())


def test_hidden_numbers_are_not_told_in_the_notes(trace: gv.Trace, tmp_path: Path) -> None:
    slide = drawn(trace, tmp_path / "a.pptx", step=12, hide="gradients").slides[0]
    said = slide.notes_slide.notes_text_frame.text + ElementTree.tostring(
        ElementTree.fromstring(parse(slide)), encoding="unicode"
    )
    assert "Fill in the boxes." in said and "= 4" not in said


def parse(slide: Any) -> bytes:
    from lxml import etree

    return etree.tostring(slide._element)


def test_morph_matches_shapes_by_their_names(trace: gv.Trace, tmp_path: Path) -> None:
    deck = drawn(trace, tmp_path / "a.pptx", morph=True, steps="11-12")
    for slide in deck.slides:
        (choice,) = slide._element.findall("{*}AlternateContent/{*}Choice")
        assert choice.get("Requires") == "p159"
        assert choice.find("{*}transition/{*}morph").get("option") == "byObject"
        assert (
            slide._element.find("{*}AlternateContent/{*}Fallback/{*}transition/{*}fade") is not None
        )
        assert all(shape.name.startswith("!!") for shape in slide.shapes)
    plain = drawn(trace, tmp_path / "b.pptx", steps="11-12")
    assert all(s._element.find("{*}AlternateContent") is None for s in plain.slides)


def test_what_moves_keeps_its_name_only_to_be_moved(tmp_path: Path) -> None:
    """A window goes over an image: by Morph, one shape; else each place has a name of its own."""
    pool = gv.run("f = maxpool2d(x, 2)", x=[[1, 3, 2, 7], [5, 1, 3, 0]], upstream=[[1, 2]])

    def windows(**options: Any) -> list[tuple[str, int]]:
        deck = drawn(pool, tmp_path / "a.pptx", into="f", steps="1-2", **options)
        return [
            (shape.name, shape.left)
            for slide in deck.slides
            for shape in slide.shapes
            if shape.name.removeprefix("!!").startswith("operand-0-window")
        ]

    moved, numbered = windows(morph=True), windows()
    assert [place for _, place in moved] == [place for _, place in numbered]
    assert len({name for name, _ in moved}) < len({name for name, _ in numbered})


# Files


def test_an_edited_deck_is_kept(trace: gv.Trace, tmp_path: Path) -> None:
    """python-pptx does not touch the date, other programs do."""
    path = tmp_path / "a.pptx"
    gv.render(trace, path, step=1)
    gv.render(trace, path, step=2)
    deck = Presentation(str(path))
    deck.slides[0].shapes.title.text_frame.text = "My own words"
    deck.core_properties.modified = datetime(2026, 3, 4)
    deck.save(str(path))
    kept = path.read_bytes()
    with pytest.raises(FileError, match="already exists") as refused:
        gv.render(trace, path, step=1)
    assert "force" in refused.value.hint and path.read_bytes() == kept
    gv.render(trace, path, step=1, force=True)
    assert path.read_bytes() != kept


def test_the_archive_has_no_dates_and_its_parts_are_well_formed(
    trace: gv.Trace, tmp_path: Path
) -> None:
    gv.render(trace, tmp_path / "a.pptx", step=3)
    with zipfile.ZipFile(tmp_path / "a.pptx") as archive:
        names = archive.namelist()
        assert names == sorted(names) and names[0] == "[Content_Types].xml"
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in names:
            if name.endswith((".xml", ".rels", ".svg")):
                ElementTree.fromstring(archive.read(name))


def test_without_the_package_it_says_how_to_get_it(
    trace: gv.Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(GradvizError, match="python-pptx") as refused:
        gv.render(trace, tmp_path / "a.pptx")
    assert "gradviz-explainer[slides]" in refused.value.hint and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "]]>", "100 % $x$ \\input{a} {k}", "a & b \"c\" 'd'", "one\ntwo",
     "_x0001_", "é́"],
)  # fmt: skip
def test_hostile_texts_stay_text(trace: gv.Trace, tmp_path: Path, text: str) -> None:
    deck = drawn(trace, tmp_path / "a.pptx", step=3, caption=text, note={"x": "<b>"})
    assert named(deck.slides[0])["sentence"].text_frame.text == " ".join(text.split())


@pytest.mark.parametrize("text", ["가중치", "重み学習率", "משקל"])
def test_other_scripts_stay_text(trace: gv.Trace, tmp_path: Path, text: str) -> None:
    """Their letters are measured in the font that is given; the viewer's own draws them."""
    pytest.importorskip("uharfbuzz", reason="the extra `fonts` is not installed")
    font = tmp_path / "Boxes.ttf"
    saved(font, boxes({c: 900 + 10 * k for k, c in enumerate(dict.fromkeys(text))}, "Boxes"))
    options: dict[str, Any] = {"caption": text, "rename": {"x": text}, "fonts": [font], "step": 12}
    slide = drawn(trace, tmp_path / "a.pptx", **options).slides[0]
    shapes = named(slide)
    assert shapes["sentence"].text_frame.text == text
    assert text in shapes["node-0-name"]._element.nvPicPr.cNvPr.get("descr")
    assert text in slide.notes_slide.notes_text_frame.text


def test_a_long_hostile_source_is_cut(tmp_path: Path) -> None:
    run = gv.run(f"x*y # <script>]]>$ \x01\u202e {'w' * 10_000}", x=1, y=2)
    deck = drawn(run, tmp_path / "a.pptx", step=1)
    assert len(deck.core_properties.title) == 255
    assert all(
        len(shape._element._nvXxPr.cNvPr.get("descr")) < 1001 for shape in deck.slides[0].shapes
    )


# Templates


def house(path: Path, *, size: tuple[float, float] = (10, 5.625)) -> Path:
    """A presentation with fonts of its own, a bar on its master, and two slides."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = (Inches(side) for side in size)
    master = deck.slide_masters[0]
    for relation in master.part.rels.values():
        if relation.reltype.endswith("/theme"):
            part = relation.target_part
            part._blob = part.blob.replace(b'typeface="Calibri"', b'typeface="Georgia"')
    for layout in list(deck.slide_layouts)[:2]:
        deck.slides.add_slide(layout).notes_slide.notes_text_frame.text = "old"
    path.write_bytes(b"")
    deck.save(str(path))
    return path


def test_a_template_keeps_its_masters_and_fonts(trace: gv.Trace, tmp_path: Path) -> None:
    template = house(tmp_path / "house.pptx")
    before = template.read_bytes()
    deck = drawn(trace, tmp_path / "a.pptx", template=template, steps="11-12")
    assert template.read_bytes() == before
    assert deck.slide_width == Inches(10) and len(deck.slides) == 2
    assert {slide.slide_layout.name for slide in deck.slides} == {"Title Only"}
    with zipfile.ZipFile(tmp_path / "a.pptx") as archive:
        assert b'typeface="Georgia"' in archive.read("ppt/theme/theme1.xml")
        slides = [name for name in archive.namelist() if name.startswith("ppt/slides/slide")]
    assert len(slides) == 2
    assert deck.slides[0]._element.cSld.find("{*}bg") is None  # the master's
    dark = drawn(trace, tmp_path / "b.pptx", template=template, theme="dark", step=1)
    assert dark.slides[0]._element.cSld.find("{*}bg") is not None
    ours = named(drawn(trace, tmp_path / "c.pptx", step=12).slides[0])["node-3-gate"]
    theirs = named(deck.slides[1])["node-3-gate"]
    assert theirs.left == pytest.approx(ours.left * 10 / (960 / 72), abs=2)


def test_nothing_of_a_template_speaks_of_its_own_slides(trace: gv.Trace, tmp_path: Path) -> None:
    """Its master has a button that leads to its first slide."""
    template = house(tmp_path / "house.pptx")
    deck = Presentation(str(template))
    master = deck.slide_masters[0]
    link = master.part.relate_to(
        deck.slides[0].part,
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide",
    )
    button = master.shapes[0]._element._nvXxPr.cNvPr
    button.append(
        parse_xml(
            f'<a:hlinkClick xmlns:a="{A[1:-1]}" xmlns:r="http://schemas.openxmlformats.org/'
            f'officeDocument/2006/relationships" r:id="{link}" action="ppaction://hlinksldjump"/>'
        )
    )
    deck.save(str(template))
    made = drawn(trace, tmp_path / "a.pptx", template=template, steps="11-12")
    with zipfile.ZipFile(tmp_path / "a.pptx") as archive:
        names = archive.namelist()
    assert len(set(names)) == len(names)
    assert [n for n in names if n.startswith("ppt/slides/slide")] == [
        "ppt/slides/slide1.xml",
        "ppt/slides/slide2.xml",
    ]
    assert made.slide_masters[0]._element.find(f".//{A}hlinkClick") is None


def test_slides_of_another_shape_stand_in_the_middle(trace: gv.Trace, tmp_path: Path) -> None:
    template = house(tmp_path / "house.pptx", size=(10, 7.5))
    deck = drawn(trace, tmp_path / "a.pptx", template=template, step=12)
    usual = named(drawn(trace, tmp_path / "b.pptx", step=12).slides[0])["footer-line"]
    line = named(deck.slides[0])["footer-line"]
    assert line.left + line.width / 2 == pytest.approx(deck.slide_width / 2, abs=2)
    # 960 by 540 points are 10 by 5.625 inches there, 0.9375 below the upper edge.
    assert line.top == pytest.approx(usual.top * 0.75 + Inches(0.9375), abs=2)


OPEN, OFFICE = "openxmlformats-officedocument.presentationml", "ms-powerpoint"


@pytest.mark.parametrize(
    "kind",
    [
        f"{OPEN}.template.main",
        f"{OPEN}.slideshow.main",
        *(
            f"{OFFICE}.{kind}.macroEnabled.main"
            for kind in ("presentation", "template", "slideshow")
        ),
    ],
)
def test_what_opens_as_a_presentation_is_a_template_too(
    trace: gv.Trace, tmp_path: Path, kind: str
) -> None:
    """A .potx, a .ppsx, and those with macros, of which none is taken over."""
    macros = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    deck = Presentation(str(house(tmp_path / "house.pptx")))
    place = PackURI("/ppt/vbaProject.bin")
    vba = Part(place, "application/vnd.ms-office.vbaProject", deck.part.package, b"macro")
    deck.part.relate_to(vba, macros)
    deck.save(str(tmp_path / "house.pptx"))
    template = swapped(
        tmp_path / "house.pptx",
        lambda name, data: data.replace(f"{OPEN}.presentation.main".encode(), kind.encode()),
    )
    made = drawn(trace, tmp_path / "a.pptx", template=template, step=1)
    assert len(made.slides) == 1 and made.slide_width == Inches(10)
    with zipfile.ZipFile(tmp_path / "a.pptx") as archive:
        kinds = archive.read("[Content_Types].xml").decode()
        assert f"{OPEN}.presentation.main+xml" in kinds and "macroEnabled" not in kinds
        assert not any("vba" in name for name in archive.namelist())


def swapped(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A presentation whose parts are changed, or left out."""
    with zipfile.ZipFile(path) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    with zipfile.ZipFile(path, "w") as made:
        for name, data in parts.items():
            if (new := change(name, data)) is not None:
                made.writestr(name, new)
    return path


def without(part: str) -> Callable[[Path], Path]:
    """A presentation that lacks a part which others speak of."""

    def made(path: Path) -> Path:
        return swapped(house(path), lambda name, data: None if part in name else data)

    return made


def cut_short(part: str) -> Callable[[Path], Path]:
    def made(path: Path) -> Path:
        return swapped(house(path), lambda name, data: data[:300] if part in name else data)

    return made


def untitled(path: Path) -> None:
    deck = Presentation()
    for layout in deck.slide_layouts:
        for holder in list(layout.placeholders):
            if "itle" in holder.element.ph.get("type", ""):
                holder._element.getparent().remove(holder._element)
    deck.save(str(path))


def word(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (untitled, "no layout with a title"),
        (word, "is not a presentation that can be read"),
        (lambda path: path.write_bytes(b""), "is not a presentation that can be read"),
        (
            lambda path: path.write_bytes(b"PK\x03\x04 cut off"),
            "is not a presentation that can be read",
        ),
        (lambda path: path.write_text("<html>"), "is not a presentation that can be read"),
        (without("slideLayouts/slideLayout6"), "is not a presentation that can be read"),
        (without("slideMasters/slideMaster1.xml"), "is not a presentation that can be read"),
        (without("ppt/presentation.xml"), "is not a presentation that can be read"),
        (cut_short("slideMaster1.xml"), "is not a presentation that can be read"),
        (cut_short("slideLayout6.xml"), "is not a presentation that can be read"),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "a password"),
        (lambda path: None, "there is no file"),
        (lambda path: path.mkdir(), "a folder"),
    ],
)
def test_templates_that_cannot_be_used(
    trace: gv.Trace, tmp_path: Path, make: Any, said: str
) -> None:
    template = tmp_path / "house.pptx"
    make(template)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(GradvizError, match=said) as refused:
        gv.render(trace, tmp_path / "a.pptx", template=template)
    assert "house.pptx" in str(refused.value) and sorted(tmp_path.iterdir()) == before


def test_a_template_is_a_path(trace: gv.Trace, tmp_path: Path) -> None:
    with pytest.raises(ValueInputError, match="named by its path"):
        gv.render(trace, tmp_path / "a.pptx", template=3)


def test_a_template_is_never_overwritten(trace: gv.Trace, tmp_path: Path) -> None:
    template = house(tmp_path / "house.pptx")
    before = template.read_bytes()
    with pytest.raises(FileError, match="is an input"):
        gv.render(trace, template, template=template, force=True)
    assert template.read_bytes() == before


@pytest.mark.parametrize("option", [{"template": "a.pptx"}, {"morph": True}])
@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".txt"])
def test_other_formats_say_which_one_knows_it(
    trace: gv.Trace, tmp_path: Path, option: dict[str, Any], suffix: str
) -> None:
    with pytest.raises(ValueInputError, match="does not apply") as refused:
        gv.render(trace, tmp_path / f"a{suffix}", **option)
    assert ".pptx" in refused.value.hint


# Wires in parts


def wire(*curves: Any, arrow: Any = "") -> Wire:
    return Wire("w", "", "wire", joined(*curves), Paint(stroke="#000000", width=2), arrow)


BEND = (Point(10, 0), Point(20, 0), Point(20, 30), Point(30, 30))


def test_straight_ends_become_parts_of_their_own() -> None:
    parts = parted(wire(straight(0, 0, 10, 0), BEND, straight(30, 30, 80, 30)))
    assert [(p.name, p.curve[0], p.curve[-1]) for p in parts] == [
        ("w-first", Point(0, 0), Point(10, 0)),
        ("w", Point(10, 0), Point(30, 30)),
        ("w-last", Point(30, 30), Point(80, 30)),
    ]
    assert [p.name for p in parted(wire(straight(0, 0, 5, 0), straight(5, 0, 9, 0)))] == ["w"]
    assert [p.name for p in parted(wire(BEND))] == ["w"]


def test_a_corner_ends_a_straight_part() -> None:
    parts = parted(
        wire(straight(0, 0, 10, 0), straight(10, 0, 10, 20), BEND, straight(30, 30, 60, 30))
    )
    assert parts[0].curve[-1] == Point(10, 0) and parts[-1].curve[0] == Point(30, 30)


@pytest.mark.parametrize(("length", "names"), [(8, ["w"]), (40, ["w", "w-last"])])
def test_the_last_part_is_long_enough_for_its_arrowhead(length: float, names: list[str]) -> None:
    parts = parted(wire(BEND, straight(30, 30, 30 + length, 30), arrow="med"))
    assert [p.name for p in parts] == names
    assert [p.arrow for p in parts] == ["", "med"][-len(parts) :]


def test_dashes_count_the_round_ends_that_a_scene_gives_them() -> None:
    """Dashes of 6 with gaps of 5, on a line 2 thick: 8 and 3, which is 4 and 1.5 times as much."""
    from gradviz.export.formats.slides.marks import Scale

    line = Paint(stroke="#102030", width=2, dash=(6, 5)).lined(Scale())
    assert '<a:ds d="400000" sp="150000"/>' in line and 'cap="flat"' in line
    assert 'val="102030"' in line and 'w="25400"' in line
    assert (
        io.StringIO(line)
        and parse_xml(line.replace("<a:ln ", f'<a:ln xmlns:a="{A[1:-1]}" ', 1)) is not None
    )


def test_a_graph_too_large_is_refused_as_in_other_pictures(tmp_path: Path) -> None:
    source = "; ".join(["a0 = sin(x)", *(f"a{i} = sin(a{i - 1})" for i in range(1, 900))])
    with pytest.raises(LayoutError):
        gv.render(source + "; a899*x", tmp_path / "a.pptx", x=1, around="a5", hops=10_000)
