"""PDF by typst, one page per frame or several frames to a sheet; text is tagged and searchable, and
its fonts are embedded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gradviz import fonts
from gradviz.errors import LayoutError
from gradviz.export.drawing import Drawing, alike
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats._sheets import DOCUMENT as SHEETS
from gradviz.export.formats._sheets import bound, check_poster, cut, formula, handout, poster
from gradviz.export.formats._sheets import given as on_sheets
from gradviz.export.formats.svg import made_with, svg
from gradviz.fonts.letters import Letters
from gradviz.fonts.others import drawable, runs
from gradviz.progress import Progress, each, stoppable
from gradviz.story.languages import spoken

POINT: Final = 14 / 13
"""Points per pixel: numbers, which are 13 pixels high, are 14 points high on paper. On a slide a
pixel is a point.
"""

LARGEST: Final = 14_400
"""The longest side of a page in points, a limit of PDF."""

MARK: Final = "gradviz"

DOCUMENT: Final = """
#let given = json(bytes(sys.inputs.given))
#set document(title: given.title, description: given.title, keywords: given.mark)
#set text(lang: given.language, font: given.fonts)
#set page(width: given.width * 1pt, height: given.height * 1pt)
#let ground = if given.ground == "" { none } else { rgb(given.ground) }
#set page(margin: 0pt, fill: ground)
#let wide = given.width * 0.98pt
#let sides = text(size: 1pt, tracking: wide, fill: black.transparentize(100%))[..]
#for (i, page) in given.pages.enumerate() {
  if i > 0 { pagebreak() }
  place(hide(heading(page.title)))
  if given.slide { place(bottom, pdf.artifact(sides)) }
  image(bytes(page.svg), format: "svg", width: 100%, height: 100%, fit: "contain", alt: page.alt)
}
"""
"""The headings give the pages their names in a viewer's table of contents. Two unseen dots,
one at each side of a slide, tell viewers that lines run across it: pdfium, which Chrome searches
with, takes a page for vertical script if its texts cover more of its height than of its width.
"""


def _write(drawing: Drawing, frames: Sequence[Any]) -> bytes:
    if drawing.look.on_sheets:
        return _on_sheets(drawing, frames)
    scenes, letters = drawing.scenes(frames), Letters()
    shown = each("pages written", scenes)
    drawn = [svg(scene, drawing.theme, embed_fonts=False, letters=letters) for scene in shown]
    pages = [
        Page(scene.heading or drawing.title, scene.description, svg)
        for scene, svg in zip(scenes, drawn, strict=True)
    ]
    width, height = (
        max(getattr(scene, side) * scene.zoom for scene in scenes) for side in ("width", "height")
    )
    ground = "" if drawing.theme.transparent else drawing.theme.colours["ground"]
    return pdf(
        pages,
        width=width,
        height=height,
        title=drawing.title,
        ground=ground,
        made_with=made_with(scenes[0].engine, scenes),
        letters=letters,
        slide=scenes[0].slide,
    )


def _on_sheets(drawing: Drawing, frames: Sequence[Any]) -> bytes:
    """Several pictures to a sheet, each with its number, its sentence and its formula.

    Raises ValueInputError for captions with letters that no font can draw.
    """
    look, theme, letters, title = drawing.look, drawing.theme, Letters(), drawable(drawing.title)
    if look.pages == "poster":
        check_poster(len(frames))
    told, pages = drawing.shown(frames), []
    scenes = alike([scene for scene, _ in told])
    formulas = "formula" not in look.without and not look.only and drawing.walk is not None
    for k, scene in enumerate(each("pictures written", scenes)):
        name, _, caption = scene.heading.partition(": ")
        drawn = svg(scene, theme, embed_fonts=False, letters=letters)
        page = Page(scene.heading or title, scene.description, drawn)
        page |= {"name": drawable(cut(name or title)), "caption": bound(caption)}
        runs(page["caption"])  # it is read, so every letter must be there
        if formulas:
            frame = told[k].frame
            assert frame is not None
            page["said"] = frame.formula.words if frame.formula is not None else ""
            page["formula"] = svg(formula(frame), theme, embed_fonts=False)
        letters.take_found(page["name"], "bold")
        letters.take_found(page["caption"], "regular")
        pages.append(page)
    letters.take_found(title, "regular")
    if look.pages == "poster":
        captions = [page["caption"] for page in pages]
        sheet = poster(scenes[0].width / scenes[0].height, captions, formulas=formulas)
    else:
        sheet = handout(look.pages, formulas=formulas)
    ground = "" if theme.transparent else theme.colours["ground"]
    given = on_sheets(sheet, title, ground, pages)
    return _made(SHEETS, given, title, made_with(scenes[0].engine, scenes), letters)


class Page(dict[str, str]):
    """One page: its title, what it shows in words, and its drawing as SVG."""

    def __init__(self, title: str, alt: str, svg: str) -> None:
        super().__init__(title=drawable(title), alt=alt, svg=svg)


def pdf(
    pages: Sequence[Page],
    *,
    width: float,
    height: float,
    title: str,
    ground: str = "#FFFFFF",
    made_with: Sequence[str] = (),
    letters: Letters | None = None,
    slide: bool = False,
) -> bytes:
    """A document of pages of `width` by `height` pixels, or slides of as many points; the same
    pages give the same bytes.

    Without a `ground` its pages are transparent. Its keywords say who made it, and with what.
    `letters` are those of fonts that are not shipped.
    Raises LayoutError for a page longer than PDF allows, and if typst cannot read a page.
    """
    point = 1.0 if slide else POINT
    sides = {"width": _points(width * point), "height": _points(height * point)}
    if max(sides.values()) > LARGEST:
        raise LayoutError(
            "the drawing is too large for a PDF page",
            expected=f"at most {LARGEST} points wide and high",
            got=f"{sides['width']} by {sides['height']} points",
            hint="draw it as SVG, set a --width, or draw a smaller part of the graph",
        )
    letters = letters or Letters()
    for page in pages:
        letters.take_found(page["title"], "regular")
    given = {"ground": ground, "slide": slide, "pages": pages} | sides
    return _made(DOCUMENT, given, title, made_with, letters)


def _made(
    document: str, given: Mapping[str, Any], title: str, made_with: Sequence[str], letters: Letters
) -> bytes:
    """A document with a title. Raises LayoutError if typst cannot make it."""
    import typst

    about = {"title": title, "mark": [MARK, *made_with], "fonts": [fonts.FAMILY, *letters.names]}
    try:
        with Progress(f"typesetting {len(given['pages']):,} pictures"):
            return typeset(document, {**about, "language": spoken(), **given}, letters)
    except typst.TypstError as error:
        raise LayoutError(
            "the PDF cannot be typeset", got=error.message, hint="draw it as SVG"
        ) from None


def typeset(document: str, given: Any, letters: Letters | None = None) -> bytes:
    """A document in typst's language as PDF; `given` is its input. Raises TypstError."""
    import typst

    compile_document: Any = typst.compile  # its declared type knows no mixture of bytes and paths
    shipped = str(fonts.files()[0].parent)
    with (letters or Letters()).folder() as further:
        made = stoppable(
            compile_document,
            document.encode(),
            format="pdf",
            sys_inputs={"given": json.dumps(given)},
            pdf_standards=["ua-1"],
            root=shipped,  # else the working directory, which may be gone
            font_paths=[shipped, *further],
            ignore_system_fonts=True,
            timestamp=0,
        )
    return bytes(made)


def _points(length: float) -> int:
    """A length in whole points, rounded up but for what rounding errors add."""
    return math.ceil(round(length, 6))


FORMAT = Format(
    suffixes=(".pdf",),
    holds="frames",
    draws=(*PICTURE, "sheets"),
    write=_write,
    is_ours=lambda data: data.startswith(b"%PDF-") and f"/Keywords({MARK}".encode() in data,
)
