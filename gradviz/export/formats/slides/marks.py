"""DrawingML (ECMA-376, part 1, chapters 20 and 21): outlines, paint and text as XML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

from gradviz.files import clean_line
from gradviz.layout.curves import Box, Point

EMU: Final = 12_700
"""The units of DrawingML in a point."""
WHOLE: Final = 100_000
"""One, where DrawingML counts in thousandths of a percent."""

Anchor = Literal["start", "middle", "end"]
ALIGNED: Final[dict[Anchor, str]] = {"start": "l", "middle": "ctr", "end": "r"}
Step = tuple[Literal["M", "L", "C", "Z"], tuple[Point, ...]]
"""A step of an outline: move to a point, a line to one, a curve by three, close."""


Arrow = Literal["", "sm", "med", "lg"]
"""The size of an arrowhead; empty for none."""
ARROWS: Final[dict[Arrow, float]] = {"sm": 2.0, "med": 3.0, "lg": 5.0}
"""How many times as wide and as long as its line is thick it is."""
NARROW: Final = 0.5
"""The least gap between dashes, as a share of the line's width."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From units of a scene to those of a slide: EMU per unit, and where the scene begins."""

    unit: float = EMU
    left: float = 0.0
    top: float = 0.0

    def x(self, x: float) -> int:
        """A place across the slide."""
        return round(self.left + x * self.unit)

    def y(self, y: float) -> int:
        """A place down the slide."""
        return round(self.top + y * self.unit)

    def length(self, length: float) -> int:
        """A length, 0 or more."""
        return max(0, round(length * self.unit))

    def size(self, size: float) -> int:
        """A size of letters in hundredths of a point."""
        return max(100, round(size * self.unit / EMU * 100))


@dataclass(frozen=True, slots=True)
class Paint:
    """The fill and the stroke of a shape: colours as `#rrggbb`, empty for none."""

    fill: str = ""
    stroke: str = ""
    width: float = 0.0
    dash: tuple[float, ...] = ()

    def filled(self) -> str:
        """The fill."""
        return _colour(self.fill)

    def lined(self, scale: Scale, arrow: Arrow = "") -> str:
        """The stroke; with an arrowhead at its end, if one is named."""
        if not self.stroke:
            return "<a:ln><a:noFill/></a:ln>"
        dash = _dash(self.dash, self.width)
        head = f'<a:tailEnd type="triangle" w="{arrow}" len="{arrow}"/>' if arrow else ""
        cap = "flat" if dash else "rnd"
        return (
            f'<a:ln w="{scale.length(self.width)}" cap="{cap}">{_colour(self.stroke)}{dash}'
            f"<a:round/>{head}</a:ln>"
        )


def _colour(colour: str) -> str:
    if not colour:
        return "<a:noFill/>"
    return f'<a:solidFill><a:srgbClr val="{colour.lstrip("#").upper()}"/></a:solidFill>'


def _dash(lengths: Sequence[float], width: float) -> str:
    """Dashes and gaps, as shares of the line's width. The round ends that a scene's dashes have
    are part of them, as programs differ about round ends.
    """
    if not lengths or not width:
        return ""
    pairs = [length / width for length in lengths] * (1 + len(lengths) % 2)
    stops = "".join(
        f'<a:ds d="{round((on + 1) * WHOLE)}" sp="{round(max(off - 1, NARROW) * WHOLE)}"/>'
        for on, off in zip(pairs[::2], pairs[1::2], strict=True)
    )
    return f"<a:custDash>{stops}</a:custDash>"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one look. One that is `raised` is a superscript; `apart` is how much
    further than usual what follows its letters stands.
    """

    text: str
    size: float
    colour: str
    bold: bool = False
    raised: bool = False
    apart: float = 0.0

    def xml(self, scale: Scale, font: str) -> str:
        """The run; `font` is mn or mj, the theme's font of texts or of titles."""
        look = ' b="1"' * self.bold + ' baseline="33000"' * self.raised
        look += f' spc="{round(self.apart * scale.unit / EMU * 100)}"' if self.apart else ""
        return (
            f'<a:r><a:rPr lang="en-US" sz="{scale.size(self.size)}"{look} noProof="1" dirty="0">'
            f"{_colour(self.colour)}{_fonts(font)}</a:rPr><a:t>{said(self.text)}</a:t></a:r>"
        )


def _fonts(font: str) -> str:
    kinds = (("latin", "lt"), ("ea", "ea"), ("cs", "cs"))
    return "".join(f'<a:{kind} typeface="+{font}-{part}"/>' for kind, part in kinds)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of runs. `leading` is their distance in units, 0 for the font's own."""

    lines: tuple[tuple[Run, ...], ...]
    leading: float = 0.0

    def xml(self, scale: Scale, anchor: Anchor, font: str) -> str:
        """The paragraph, without bullets and gaps of a master's."""
        exact = f'<a:spcPts val="{scale.size(self.leading)}"/>'
        spacing = exact if self.leading else f'<a:spcPct val="{WHOLE}"/>'
        body = "<a:br/>".join("".join(r.xml(scale, font) for r in line) for line in self.lines)
        return (
            f'<a:p><a:pPr marL="0" indent="0" algn="{ALIGNED[anchor]}"><a:lnSpc>{spacing}</a:lnSpc>'
            f'<a:spcBef><a:spcPts val="0"/></a:spcBef><a:spcAft><a:spcPts val="0"/></a:spcAft>'
            f"<a:buNone/></a:pPr>{body}</a:p>"
        )


@dataclass(frozen=True, slots=True)
class Body:
    """Text in the middle of a box, or of the part of it that `inside` leaves: what is left free at
    the left, above, at the right and below.
    """

    paragraphs: tuple[Paragraph, ...]
    anchor: Anchor = "middle"
    inside: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    @property
    def text(self) -> str:
        """What it says, on one line."""
        lines = (line for paragraph in self.paragraphs for line in paragraph.lines)
        return " ".join("".join(run.text for run in line).strip() for line in lines)

    def xml(self, scale: Scale, font: str = "mn") -> str:
        """The body of a shape."""
        left, top, right, bottom = map(scale.length, self.inside)
        paragraphs = "".join(p.xml(scale, self.anchor, font) for p in self.paragraphs)
        return (
            f'<p:txBody><a:bodyPr wrap="none" lIns="{left}" tIns="{top}" rIns="{right}"'
            f' bIns="{bottom}" anchor="ctr" anchorCtr="0" rtlCol="0"><a:noAutofit/></a:bodyPr>'
            f"<a:lstStyle/>{paragraphs}</p:txBody>"
        )


def said(text: str) -> str:
    """A text for XML, on one line, without what XML cannot hold."""
    return escape(clean_line(text), quote=False)


def quoted(text: str) -> str:
    """A text as an attribute."""
    return escape(clean_line(text), quote=True)


def frame(box: Box, scale: Scale, turned: str = "") -> str:
    """The place of a shape: its corner and its size."""
    left, top = scale.x(box.x), scale.y(box.y)
    across, down = scale.x(box.right) - left, scale.y(box.bottom) - top
    return (
        f'<a:xfrm{turned}><a:off x="{left}" y="{top}"/><a:ext cx="{across}" cy="{down}"/></a:xfrm>'
    )


def preset(name: str, adjust: float | None = None) -> str:
    """One of DrawingML's own outlines, with its first handle at a share of its size."""
    handle = "" if adjust is None else f'<a:gd name="adj" fmla="val {round(adjust * WHOLE)}"/>'
    return f'<a:prstGeom prst="{name}"><a:avLst>{handle}</a:avLst></a:prstGeom>'


def outline(
    steps: Iterable[Step], box: Box, scale: Scale, sites: Iterable[Point], is_open: bool
) -> str:
    """An outline of its own in a box. Its sites, which connectors are glued to, follow the middles
    of the box's sides, as every program numbers those first.
    """
    left, top = scale.x(box.x), scale.y(box.y)
    across, down = scale.x(box.right) - left, scale.y(box.bottom) - top

    def at(point: Point, tag: str = "pt") -> str:
        return f'<a:{tag} x="{scale.x(point.x) - left}" y="{scale.y(point.y) - top}"/>'

    tags = {"M": "moveTo", "L": "lnTo", "C": "cubicBezTo"}
    path = "".join(
        "<a:close/>"
        if kind == "Z"
        else f"<a:{tags[kind]}>{''.join(map(at, points))}</a:{tags[kind]}>"
        for kind, points in steps
    )
    middles = [
        Point(box.x + box.w / 2, box.y),
        Point(box.x, box.y + box.h / 2),
        Point(box.x + box.w / 2, box.bottom),
        Point(box.right, box.y + box.h / 2),
    ]
    own = list(sites)
    glue = "".join(f'<a:cxn ang="0">{at(p, "pos")}</a:cxn>' for p in [*middles, *own] if own)
    unfilled = ' fill="none"' if is_open else ""
    return (
        f"<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst>{glue}</a:cxnLst>"
        f'<a:rect l="0" t="0" r="r" b="b"/><a:pathLst><a:path w="{across}" h="{down}"{unfilled}>'
        f"{path}</a:path></a:pathLst></a:custGeom>"
    )


FIRST_SITE: Final = 4
"""The number of a shape's first site of its own."""
