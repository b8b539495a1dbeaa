"""Several pictures to a sheet of paper: handouts with room for notes, and posters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any, Final

from gradviz.errors import ValueInputError
from gradviz.layout.text import width
from gradviz.scene.foot import SIGNS, Foot
from gradviz.scene.model import Maths, Scene
from gradviz.story.walks import WalkFrame

MM: Final = 72 / 25.4
"""Points in a millimetre."""
LONGEST: Final = 420
LONGEST_TITLE: Final = 100
"""The most characters of a caption, and of a title; the alternative text of the picture tells all.
"""
MOST: Final = 100
"""The most pictures of a poster."""
POSTERS: Final = ((841.0, 594.0), (1189.0, 841.0))
"""A1 and A0, on their sides, in millimetres (ISO 216)."""
ENOUGH: Final = 120.0
"""How wide a picture of an A1 poster is at least, in millimetres; for narrower ones A0 is taken."""
ACROSS: Final = 620.0
"""The units that a formula has across a picture, its letters being 18 units high."""
INSET: Final = 12.0
"""Before a formula, in these units."""
STRIP: Final = 70 / ACROSS
"""The height of a formula, as a share of the width of its picture."""
LETTERS: Final = 0.028
"""The size of the letters of a poster's captions, as a share of the width of a picture."""
LINE: Final = 1.25
"""From line to line, in sizes of letters."""
SLACK: Final = 1.1
"""How much more room lines need, as they end between words."""

DOCUMENT: Final = """
#let given = json(bytes(sys.inputs.given))
#let sheet = given.sheet
#set document(title: given.title, description: given.title, keywords: given.mark)
#set text(lang: given.language, font: given.fonts, size: sheet.size * 1pt)
#set par(leading: 0.5em)
#set page(width: sheet.paper.at(0) * 1mm, height: sheet.paper.at(1) * 1mm)
#set page(
  margin: (rest: sheet.margin * 1mm, top: (sheet.margin + sheet.head) * 1mm),
  header-ascent: 30%,
  header: text(size: sheet.heading * 1pt, {
    given.short
    if sheet.notes { h(1fr); context counter(page).display("1 / 1", both: true) }
  }),
)
#show heading: set block(above: 0pt, below: 0.55em)
#show heading: set text(size: sheet.size * 1.15pt, weight: "bold")
#let wide = sheet.picture.at(0) * 1mm
#let high = sheet.picture.at(1) * 1mm
#let drawn(svg, alt, high) = image(
  bytes(svg), format: "svg", width: 100%, height: high * 1mm, fit: "contain", alt: alt,
)
#let ground = if given.ground == "" { none } else { rgb(given.ground) }
#let picture(page) = block(width: wide, height: high, fill: ground, above: 0pt, below: 0pt, {
  set block(spacing: 0pt)
  drawn(page.svg, page.alt, sheet.picture.at(1) - sheet.strip)
  if sheet.strip > 0 and page.said != "" { drawn(page.formula, page.said, sheet.strip) }
  place(top + left, pdf.artifact(rect(width: 100%, height: high, stroke: 0.5pt + luma(170))))
})
#let words(page) = { heading(page.name); page.caption }
#let gap = sheet.line * 1mm
#let lines = layout(size => pdf.artifact(
  for i in range(1, 1 + calc.floor(size.height / gap)) {
    place(dy: i * gap, line(length: 100%, stroke: 0.4pt + luma(150)))
  },
))
#let notes(page) = {
  words(page)
  if sheet.notes { block(width: 100%, height: 1fr, above: 0pt, below: 0pt, lines) }
}
#let cell(page) = if sheet.beside {
  grid(
    columns: (wide, 1fr), column-gutter: 6mm,
    picture(page), block(width: 100%, height: high, clip: true, notes(page)),
  )
} else {
  block(width: wide, height: sheet.cell * 1mm, clip: true, {
    picture(page)
    v(0.7em, weak: false)
    block(width: 100%, height: 1fr, above: 0pt, notes(page))
  })
}
#for (i, some) in given.pages.chunks(sheet.columns * sheet.rows).enumerate() {
  if i > 0 { pagebreak() }
  grid(
    columns: if sheet.columns == 1 { (1fr,) } else { (wide,) * sheet.columns },
    align: center, column-gutter: 1fr, row-gutter: sheet.gap * 1mm,
    ..some.map(page => align(left, cell(page)))
  )
}
"""
"""Headings give the steps their names in a viewer's table of contents."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of paper: lengths in millimetres, sizes of letters in points.

    paper     its width and height, with a margin, and a head of a height for the title in letters
              of a size.
    columns, rows
              of the pictures, which stand a gap apart, each `picture` wide and high in a cell; the
              formula takes a `strip` of its height.
    size      of the letters of captions.
    beside    whether captions stand beside the pictures, not below.
    notes     whether there are lines for notes.
    """

    paper: tuple[float, float]
    columns: int
    rows: int
    picture: tuple[float, float]
    cell: float
    size: float
    strip: float
    margin: float = 14.0
    head: float = 6.0
    heading: float = 8.0
    gap: float = 5.0
    line: float = 7.0
    beside: bool = False
    notes: bool = True


def handout(pages: str, *, formulas: bool) -> Sheet:
    """An A4 sheet of `handout-4`, with captions and notes beside the pictures, or of `handout-6`,
    with those below.
    """
    if pages == "handout-4":
        return Sheet((210, 297), 1, 4, (112, 62), 62, 8.5, 112 * STRIP * formulas, beside=True)
    return Sheet((210, 297), 2, 3, (88, 50), 84, 8, 88 * STRIP * formulas)


def check_poster(count: int) -> None:
    """Raise ValueInputError for more pictures than can be read on a poster."""
    if count > MOST:
        raise ValueInputError(
            f"a poster of {count:,} steps cannot be read",
            expected=f"at most {MOST} steps",
            hint="--every node, fewer --steps, --step final for the graph alone, or a handout",
        )


def poster(ratio: float, captions: Sequence[str], *, formulas: bool) -> Sheet:
    """The sheet on which pictures that are `ratio` times as wide as high are largest, one for each
    caption.
    """
    count, high = len(captions), 1 / ratio + STRIP * formulas
    a1, a0 = (
        max((_posted(paper, n, high, captions, formulas) for n in range(1, count + 1)), key=_wide)
        for paper in POSTERS
    )
    return a1 if count == 1 or _wide(a1) >= ENOUGH else a0


def _posted(
    paper: tuple[float, float], columns: int, high: float, captions: Sequence[str], formulas: bool
) -> Sheet:
    """A poster of so many columns, its pictures `high` times as high as wide. Letters grow with the
    pictures, so that captions take the same number of lines at any size.
    """
    across, down = paper
    margin, head, gap = across / 35, across / 26, across / 70
    lines = max(ceil(width(caption, LETTERS) * SLACK) for caption in captions)
    rows = ceil(len(captions) / columns)
    wide = (across - 2 * margin - (columns - 1) * gap) / columns
    cell = (down - 2 * margin - head - (rows - 1) * gap) / rows - 1
    wide = min(wide, cell / (high + LETTERS * LINE * (lines + 2)))
    return Sheet(
        paper,
        columns,
        rows,
        (wide, wide * high),
        cell,
        wide * LETTERS * MM,
        wide * STRIP * formulas,
        margin,
        head,
        across / 20,
        gap,
        notes=False,
    )


def _wide(sheet: Sheet) -> float:
    return sheet.picture[0]


def cut(text: str, longest: int = LONGEST) -> str:
    """A text that ends where it gets too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def bound(text: str) -> str:
    """A caption of which no line ends with a sign."""
    short = cut(text)
    return re.sub(rf"(?<= [{''.join(SIGNS)}]) ", "\N{NO-BREAK SPACE}", short)


def formula(frame: WalkFrame | None) -> Scene:
    """The formula of a frame as a picture, ACROSS wide; empty where there is none."""
    foot = Foot(0.0, ACROSS - 2 * INSET, sentence=False)
    items = [item for item in foot.items(frame, 0.0) if isinstance(item, Maths)]
    left, height = min((item.x for item in items), default=0.0), ACROSS * STRIP
    down = (foot.height - height) / 2
    moved = tuple(replace(item, x=item.x - left + INSET, y=item.y - down) for item in items)
    return Scene(ACROSS, height, "", "", moved)


def given(
    sheet: Sheet, title: str, ground: str, pages: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """What `DOCUMENT` needs of a sheet and its pictures, each of which has a `name`, a `caption`
    and a `formula`.
    """
    return {
        "sheet": asdict(sheet),
        "short": cut(title, LONGEST_TITLE),
        "ground": ground,
        "pages": pages,
    }
