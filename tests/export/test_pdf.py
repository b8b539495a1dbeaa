"""PDF: pages, searchable text, embedded fonts, tags, titles."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

import gradviz as gv
from gradviz.errors import LayoutError
from gradviz.export.formats.pdf import LARGEST, POINT, Page, pdf

CIRCUIT = ("(x*y + z) * maximum(y, z)", {"x": 1.5, "y": 2, "z": -1})
NORM = ("q = W @ x; sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]})
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100"><rect'
    ' width="200" height="100" fill="#ffffff"/><text x="10" y="50" font-family="Gradviz Sans"'
    ' font-weight="600" font-size="16">{}</text></svg>'
)


def words(text: str) -> str:
    """Text as it is compared: lines may break anywhere between words."""
    return " ".join(text.split())


def texts(document: pdfium.PdfDocument) -> list[str]:
    return [words(page.get_textpage().get_text_range()) for page in document]


def read(of: object, get: object) -> str:
    """A text that PDFium writes into a buffer of its own measure."""
    size = get(of, None, 0)  # type: ignore[operator]
    buffer = ctypes.create_string_buffer(size)
    get(of, buffer, size)  # type: ignore[operator]
    return buffer.raw.decode("utf-16-le").rstrip("\0")


def alternatives(page: pdfium.PdfPage) -> list[str]:
    """The alternative text of everything on a page, from its tags."""
    tree = raw.FPDF_StructTree_GetForPage(page)
    waiting = [
        raw.FPDF_StructTree_GetChildAtIndex(tree, i)
        for i in range(raw.FPDF_StructTree_CountChildren(tree))
    ]
    found = []
    while waiting:
        element = waiting.pop(0)
        if element:
            found.append(read(element, raw.FPDF_StructElement_GetAltText))
            count = raw.FPDF_StructElement_CountChildren(element)
            waiting += [raw.FPDF_StructElement_GetChildAtIndex(element, i) for i in range(count)]
    return [alt for alt in found if alt]


def embedded(document: pdfium.PdfDocument) -> dict[str, bool]:
    """Whether each font that text is set in is in the file, by name."""
    fonts = {}
    for page in document:
        for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            font = raw.FPDFTextObj_GetFont(item)
            size = raw.FPDFFont_GetBaseFontName(font, None, 0)
            name = ctypes.create_string_buffer(size)
            raw.FPDFFont_GetBaseFontName(font, name, size)
            fonts[name.value.decode()] = raw.FPDFFont_GetIsEmbedded(font) == 1
    return fonts


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> pdfium.PdfDocument:
    path = tmp_path_factory.mktemp("deck") / "deck.pdf"
    gv.render(gv.run(CIRCUIT[0], values=CIRCUIT[1]), path)
    return pdfium.PdfDocument(path)


def test_a_page_for_every_step_all_of_one_size(deck: pdfium.PdfDocument) -> None:
    assert len(deck) == len(gv.run(CIRCUIT[0], values=CIRCUIT[1])) == 13
    assert len({page.get_size() for page in deck}) == 1


def test_every_sentence_can_be_searched(deck: pdfium.PdfDocument) -> None:
    trace = gv.run(CIRCUIT[0], values=CIRCUIT[1])
    for k, text in enumerate(texts(deck), 1):
        assert words(gv.frame(trace, k).sentence) in text
        assert f"step {k} of 13" in text


def test_fonts_are_embedded(deck: pdfium.PdfDocument) -> None:
    fonts = embedded(deck)
    assert fonts and all(fonts.values())
    assert {re.sub(r"^[A-Z]{6}\+", "", name).partition("-")[0] for name in fonts} == {"GradvizSans"}


def test_title_tags_alternative_text_and_contents(deck: pdfium.PdfDocument) -> None:
    assert deck.get_metadata_value("Title") == CIRCUIT[0]
    assert raw.FPDFCatalog_IsTagged(deck)
    trace = gv.run(CIRCUIT[0], values=CIRCUIT[1])
    alts = [" ".join(alternatives(page)) for page in deck]
    assert all(words(gv.frame(trace, k).sentence) in words(alt) for k, alt in enumerate(alts, 1))
    contents = [(entry.get_title(), entry.get_dest().get_index()) for entry in deck.get_toc()]
    assert [page for _, page in contents] == list(range(13))
    assert all(title for title, _ in contents)


def test_pages_are_drawn(deck: pdfium.PdfDocument) -> None:
    """Each page has ink, and no two are the same picture."""
    pictures = [page.render(scale=0.5).to_pil().tobytes() for page in deck]
    assert len(set(pictures)) == len(pictures)


def test_matrices_and_their_gradients(tmp_path: Path) -> None:
    gv.render(gv.run(NORM[0], values=NORM[1]), tmp_path / "norm.pdf")
    last = texts(pdfium.PdfDocument(tmp_path / "norm.pdf"))[-1]
    # By hand: q = (0.38, 0.29), dW = 2q xᵀ, dx = 2 Wᵀ q.
    for number in ("0.38", "0.228", "0.29", "0.174", "0.71", "0.34"):
        assert number in last.split()


def test_a_bare_graph_is_one_page(tmp_path: Path) -> None:
    gv.render("x*y + z", tmp_path / "bare.pdf")
    assert len(pdfium.PdfDocument(tmp_path / "bare.pdf")) == 1


@pytest.mark.parametrize(
    "title", ['<b> & "q"', "#strong[no]", "$x$ \\ *y* `z`", "变量 😀 שלום", "a\nb", "n" * 2000]
)
def test_any_title_is_kept_as_it_is(title: str) -> None:
    made = pdfium.PdfDocument(
        pdf([Page(title, title, DRAWING.format("a"))], width=200, height=100, title=title)
    )
    assert words(made.get_metadata_value("Title")) == words(title)


def test_a_page_is_as_large_as_the_drawing() -> None:
    made = pdfium.PdfDocument(
        pdf([Page("t", "a", DRAWING.format("here"))], width=200, height=100, title="t")
    )
    width, height = made[0].get_size()
    assert abs(width - 200 * POINT) < 1 and abs(height - 100 * POINT) < 1
    assert texts(made) == ["here"]


def test_too_large_a_page_says_what_to_do() -> None:
    with pytest.raises(LayoutError, match="too large for a PDF page") as refused:
        pdf([Page("t", "a", DRAWING.format("a"))], width=LARGEST, height=100, title="t")
    assert "SVG" in refused.value.hint


def test_what_is_no_svg_is_refused_in_one_message() -> None:
    with pytest.raises(LayoutError, match="cannot be typeset"):
        pdf([Page("t", "a", "<svg")], width=200, height=100, title="t")


def test_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    program = (
        "import sys; from gradviz.export.formats.pdf import Page,"
        f" pdf;sys.stdout.buffer.write(pdf([Page('t', 'a', {DRAWING.format('a')!r})] * 3,"
        " width=200, height=100, title='t'))"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert made[0].stdout == made[1].stdout and made[0].stdout.startswith(b"%PDF")
