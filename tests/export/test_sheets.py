"""Pages of a PDF: figures, handouts and posters, measured as printed, by PDFium."""

from __future__ import annotations

import re
from itertools import pairwise, product
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.export.formats import _sheets
from gradviz.fonts import others
from gradviz.graph.graph import Graph, Node
from tests.sampled import sampled

CIRCUIT: dict[str, Any] = {"source": "(x*y + z) * maximum(y, z)", "x": 1.5, "y": 2, "z": -1}
MM = 72 / 25.4
NETWORK: dict[str, Any] = {
    "source": gv.net("mlp:2-3-2"),
    "values": {"x": [0.2, -0.4], "label": 1},
    "view": "neurons",
}


class Box(NamedTuple):
    """A rectangle on a page, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether they have an area in common."""
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return across > 0.5 and up > 0.5


def made(path: Path, pages: str, **options: Any) -> pdfium.PdfDocument:
    (file,) = gv.render(path=path, pages=pages, **options).files
    return pdfium.PdfDocument(file)


def frames(page: pdfium.PdfPage, wide: float, high: float) -> list[Box]:
    """The frames of the pictures, by their size in millimetres."""
    found = [Box(*item.get_bounds()) for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])]
    kept: list[Box] = []
    for box in found:
        near = abs(box.right - box.left - wide * MM) < 2, abs(box.top - box.bottom - high * MM) < 2
        if all(near) and not any(abs(box.left - k.left) + abs(box.top - k.top) < 4 for k in kept):
            kept.append(box)
    return kept


def words(page: pdfium.PdfPage, pattern: str) -> list[Box]:
    """Where texts that a pattern finds stand."""
    text = page.get_textpage()
    said = text.get_text_range()
    found = []
    for match in re.finditer(pattern, said):
        boxes = [text.get_charbox(i) for i in range(*match.span()) if not said[i].isspace()]
        left, bottom, right, top = zip(*boxes, strict=True)
        found.append(Box(min(left), min(bottom), max(right), max(top)))
    return found


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def said(document: pdfium.PdfDocument) -> str:
    return flat(" ".join(page.get_textpage().get_text_range() for page in document))


HANDOUTS = {"handout-4": (4, 112, 62), "handout-6": (6, 88, 50)}


@sampled(("pages", "run"), product(HANDOUTS, [CIRCUIT, NETWORK]), 2)
def test_a_handout_has_its_pictures_side_by_side(
    tmp_path: Path, pages: str, run: dict[str, Any]
) -> None:
    document = made(tmp_path / "a.pdf", pages, **run)
    each, wide, high = HANDOUTS[pages]
    steps = 13 if run is CIRCUIT else 14
    assert len(document) == -(-steps // each)
    for number, page in enumerate(document):
        width, height = page.get_size()
        assert (width, height) == pytest.approx((210 * MM, 297 * MM), abs=1), "A4"
        boxes = frames(page, wide, high)
        assert len(boxes) == min(each, steps - each * number)
        headings = words(page, r"Step \d+")
        assert len(headings) == len(boxes)
        for k, box in enumerate(boxes):
            assert box.left > 10 * MM and box.right < width - 10 * MM
            assert box.bottom > 10 * MM and box.top < height - 10 * MM
            assert not any(box.meets(other) for other in [*boxes[:k], *headings])


def test_a_handout_says_each_step_and_numbers_its_pages(tmp_path: Path) -> None:
    document = made(tmp_path / "a.pdf", "handout-6", **CIRCUIT)
    trace = gv.run(CIRCUIT["source"], x=1.5, y=2, z=-1)
    everything = said(document)
    for k in range(1, 14):
        assert flat(f"Step {k} {gv.frame(trace, k).sentence}") in everything
    for number, page in enumerate(document, 1):
        text = page.get_textpage().get_text_range()
        assert f"{number} / 3" in text and CIRCUIT["source"] in text
    contents = [(entry.get_title(), entry.get_dest().get_index()) for entry in document.get_toc()]
    assert contents == [(f"Step {k}", (k - 1) // 6) for k in range(1, 14)]


def test_there_is_room_for_notes(tmp_path: Path) -> None:
    """Lines 7 mm apart, as wide as the column, at least two for each picture."""
    for pages, wide in (("handout-4", 210 - 28 - 112 - 6), ("handout-6", 88)):
        page = made(tmp_path / "a.pdf", pages, **CIRCUIT)[0]
        lines = [
            box
            for box in (
                Box(*item.get_bounds()) for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])
            )
            if box.top - box.bottom < 2 and abs(box.right - box.left - wide * MM) < 2
        ]
        assert len(lines) >= 2 * HANDOUTS[pages][0]
        column = sorted(line.top for line in lines if abs(line.left - lines[0].left) < 1)
        steps = {round((b - a) / MM) for a, b in pairwise(column)}
        assert min(steps) == 7


@pytest.mark.parametrize("theme", ["dark", "print"])
@pytest.mark.parametrize("pages", ["handout-6", "poster"])
def test_paper_is_white_whatever_the_theme(tmp_path: Path, pages: str, theme: str) -> None:
    page = made(tmp_path / "a.pdf", pages, theme=theme, **CIRCUIT)[0]
    image = page.render(scale=0.4).to_pil().convert("RGB")
    assert image.getpixel((2, 2)) == (255, 255, 255)
    ground = {"dark": (20, 23, 27), "print": (255, 255, 255)}[theme]
    assert ground in {colour for _, colour in image.getcolors(maxcolors=100_000)}


def test_a_poster_holds_the_whole_walk(tmp_path: Path) -> None:
    document = made(tmp_path / "a.pdf", "poster", **CIRCUIT)
    (page,) = document
    assert page.get_size() == pytest.approx((841 * MM, 594 * MM), abs=1), "A1"
    headings = words(page, r"Step \d+")
    assert len(headings) == 13 and len({round(box.left) for box in headings}) == 4
    trace = gv.run(CIRCUIT["source"], x=1.5, y=2, z=-1)
    assert all(flat(gv.frame(trace, k).sentence) in said(document) for k in range(1, 14))


@pytest.mark.parametrize("options", [{"step": "final"}, {"step": "values"}, {}])
def test_a_poster_of_the_graph_alone(tmp_path: Path, options: dict[str, Any]) -> None:
    run = CIRCUIT if options else {"source": CIRCUIT["source"]}
    (page,) = made(tmp_path / "a.pdf", "poster", **run, **options)
    image = page.render(scale=0.3).to_pil().convert("L")
    assert image.point(lambda v: 255 * (v < 250)).getbbox()[2] > 0.6 * image.width, "it is large"


def test_a_graph_without_steps_is_called_by_its_title(tmp_path: Path) -> None:
    document = made(tmp_path / "a.pdf", "handout-6", source="s: y = x*x; y")
    assert [entry.get_title() for entry in document.get_toc()] == ["s: y = x*x; y"]


@pytest.mark.parametrize(("count", "width"), [(1, 841), (13, 841), (40, 1189), (100, 1189)])
def test_the_paper_of_a_poster_is_large_enough(count: int, width: float) -> None:
    sheet = _sheets.poster(16 / 9, ["a sentence of a step"] * count, formulas=True)
    assert sheet.paper[0] == width and sheet.columns * sheet.rows >= count
    across = sheet.columns * sheet.picture[0] + (sheet.columns - 1) * sheet.gap
    down = sheet.rows * sheet.cell + (sheet.rows - 1) * sheet.gap + sheet.head
    assert across <= sheet.paper[0] - 2 * sheet.margin + 1e-6
    assert down <= sheet.paper[1] - 2 * sheet.margin and sheet.picture[1] < sheet.cell


def test_a_poster_of_too_many_steps_says_what_would_fit(tmp_path: Path) -> None:
    chain = Graph(
        [Node(0, "input", name="x"), *(Node(i, "tanh", (i - 1,)) for i in range(1, 60))], 59
    )
    with pytest.raises(GradvizError, match="cannot be read") as refused:
        made(tmp_path / "a.pdf", "poster", source=chain, x=0.5)
    assert "--every node" in refused.value.hint and list(tmp_path.iterdir()) == []


def test_a_figure_has_a_page_of_its_size(tmp_path: Path) -> None:
    document = made(tmp_path / "a.pdf", "figure", only="graph", step=3, **CIRCUIT)
    (page,) = document
    image = page.render(scale=2, fill_color=(255, 255, 255, 255)).to_pil().convert("L")
    left, top, right, bottom = image.point(lambda v: 255 * (v < 250)).getbbox()
    margins = [side / 2 for side in (left, top, image.width - right, image.height - bottom)]
    assert max(margins) < 60 and page.get_size()[0] < 500
    wide = made(tmp_path / "b.pdf", "figure", **CIRCUIT)
    assert len(wide) == 13 and wide[0].get_size()[0] != 960


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"pages": "handout-5"}, "there are no such pages"),
        ({"pages": "handout-4", "slide": "4:3"}, "slide has no meaning"),
        ({"pages": "figure", "slide": "none"}, "slide has no meaning"),
        ({"pages": "poster", "width": 800}, "width has no meaning"),
    ],
)
def test_what_pages_cannot_be(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(GradvizError, match=told):
        gv.render(path=tmp_path / "a.pdf", **CIRCUIT, **options)
    assert list(tmp_path.iterdir()) == []


@sampled(
    ("pages", "name"),
    product(
        ["handout-4", "handout-6", "poster"],
        ["#strong[no]", "$x$ \\ *y* `z`", "<script>", "]]>", "\\input{a}", "n" * 3000],
    ),
    5,
)
def test_names_stay_text_and_keep_to_their_cells(tmp_path: Path, pages: str, name: str) -> None:
    graph = Graph([Node(0, "input", name=name), Node(1, "exp", (0,))], 1)
    document = made(tmp_path / "a.pdf", pages, source=graph, values={name: 0.5})
    for page in document:
        width, _ = page.get_size()
        for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            box = Box(*item.get_bounds())
            if len(name) < 100:
                assert box.right < width - 5 * MM and box.bottom > 5 * MM
    assert len(document) == 1


def test_own_words_stand_below_every_picture(tmp_path: Path) -> None:
    document = made(tmp_path / "a.pdf", "handout-6", caption="What is missing here?", **CIRCUIT)
    assert said(document).count("What is missing here?") == 13


def test_what_is_left_out_is_left_out(tmp_path: Path) -> None:
    """Without its formula the figure stands in the middle."""
    whole = made(tmp_path / "a.pdf", "handout-4", without="formula", step=3, **CIRCUIT)[0]
    usual = made(tmp_path / "b.pdf", "handout-4", step=3, **CIRCUIT)[0]
    lower, upper = (words(page, r"max(?!i)")[0].bottom for page in (whole, usual))
    assert upper - lower > 5 * MM


PAGES = ("slide", "figure", "handout-4", "handout-6", "poster")
MARKED = ["x\u0302", "e\u0301", "y\u0308\u0301", "j\u0304 a\u0328\u0301"]


@sampled(("pages", "name"), product(PAGES, MARKED), 2)
def test_letters_with_marks_that_no_character_has(tmp_path: Path, pages: str, name: str) -> None:
    """x̂ is two characters; a PDF that can be read aloud holds none that its glyphs do not give."""
    document = made(tmp_path / "a.pdf", pages, rename={"x": name}, caption=f"{name} is", **CIRCUIT)
    assert len(document) > 0


@pytest.mark.parametrize("pages", PAGES)
def test_letters_that_no_font_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: str
) -> None:
    monkeypatch.setenv(others.VARIABLE, "")
    run = {**CIRCUIT, "source": CIRCUIT["source"] + " # 梯度 \ufeff\ue000"}
    document = made(tmp_path / "a.pdf", pages, **run)
    if pages not in ("slide", "figure"):
        assert "# □□ □□" in said(document), "a title is printed as far as it can be"
    with pytest.raises(GradvizError, match="no font here has a glyph for 梯"):
        gv.render(path=tmp_path / "b.pdf", pages=pages, caption="梯度", **CIRCUIT)
    assert not (tmp_path / "b.pdf").exists()
