"""What stands on a slide: shapes, connectors, text boxes and pictures, each with a name of its own.

Lengths are units of the scene. A shape has the place of its content, and a frame at least as large,
which is the same on every slide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gradviz.export.formats.slides.marks import (
    FIRST_SITE,
    Arrow,
    Body,
    Paint,
    Scale,
    Step,
    frame,
    outline,
    preset,
    quoted,
)
from gradviz.export.formats.slides.pictures import Drawn
from gradviz.layout.curves import ROUND, Box, Point

LONGEST: Final = 1_000
"""The most characters of an alternative text."""


@dataclass(frozen=True, slots=True)
class Solid:
    """A shape: a rectangle, an ellipse or any outline, with a text in it or none.

    radius  that of its corners, if it is a rectangle; None for an outline of its own.
    steps   the outline; of a rectangle too, for where its frame is larger than itself.
    sites   where connectors are glued to it.
    arrow   the arrowhead that its line ends in.
    """

    name: str
    alt: str
    box: Box
    frame: Box
    paint: Paint
    steps: tuple[Step, ...]
    radius: float | None = None
    body: Body | None = None
    sites: tuple[Point, ...] = ()
    is_open: bool = False
    arrow: Arrow = ""

    def xml(self, scale: Scale, ids: Mapping[str, int], prefix: str = "") -> str:
        """The shape."""
        if self.radius is None or self.sites or self.frame != self.box:
            form = outline(self.steps, self.frame, scale, self.sites, self.is_open)
        elif self.radius >= max(self.box.w, self.box.h) / 2 - 0.01:
            form = preset("ellipse")
        elif self.radius:
            form = preset("roundRect", min(0.5, self.radius / min(self.box.w, self.box.h)))
        else:
            form = preset("rect")
        fill = self.paint.filled()
        return (
            f"<p:sp><p:nvSpPr>{_named(self, ids, prefix)}<p:cNvSpPr/><p:nvPr/></p:nvSpPr>"
            f"<p:spPr>{frame(self.frame, scale)}{form}{fill}{self.paint.lined(scale, self.arrow)}"
            f"</p:spPr>{self.body.xml(scale) if self.body else ''}</p:sp>"
        )


@dataclass(frozen=True, slots=True)
class Connector:
    """A straight line glued at both ends to sites of shapes, which it names."""

    name: str
    alt: str
    start: Point
    end: Point
    hosts: tuple[str, str]
    sites: tuple[int, int]
    paint: Paint
    arrow: Arrow = ""

    @property
    def box(self) -> Box:
        """The box around it."""
        (x, y), (to_x, to_y) = self.start, self.end
        return Box(min(x, to_x), min(y, to_y), abs(to_x - x), abs(to_y - y))

    @property
    def frame(self) -> Box:
        """The same."""
        return self.box

    def xml(self, scale: Scale, ids: Mapping[str, int], prefix: str = "") -> str:
        """The connector."""
        turned = ' flipH="1"' * (self.end.x < self.start.x)
        turned += ' flipV="1"' * (self.end.y < self.start.y)
        ends = "".join(
            f'<a:{tag} id="{ids[host]}" idx="{FIRST_SITE + site}"/>'
            for tag, host, site in zip(("stCxn", "endCxn"), self.hosts, self.sites, strict=True)
        )
        return (
            f"<p:cxnSp><p:nvCxnSpPr>{_named(self, ids, prefix)}<p:cNvCxnSpPr>{ends}</p:cNvCxnSpPr>"
            f"<p:nvPr/></p:nvCxnSpPr><p:spPr>{frame(self.box, scale, turned)}"
            f"{preset('straightConnector1')}{self.paint.lined(scale, self.arrow)}</p:spPr>"
            "</p:cxnSp>"
        )


@dataclass(frozen=True, slots=True)
class TextBox:
    """Lines of text; `at` is where they are anchored. A title is the title of its slide."""

    name: str
    alt: str
    box: Box
    frame: Box
    body: Body
    at: Point
    is_title: bool = False

    def xml(self, scale: Scale, ids: Mapping[str, int], prefix: str = "") -> str:
        """The text box."""
        kind = (
            '<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
            if self.is_title
            else ('<p:cNvSpPr txBox="1"/>')
        )
        holder = '<p:nvPr><p:ph type="title"/></p:nvPr>' if self.is_title else "<p:nvPr/>"
        return (
            f"<p:sp><p:nvSpPr>{_named(self, ids, prefix)}{kind}{holder}</p:nvSpPr><p:spPr>"
            f"{frame(self.frame, scale)}{preset('rect')}<a:noFill/></p:spPr>"
            f"{self.body.xml(scale, 'mj' if self.is_title else 'mn')}</p:sp>"
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: as SVG, and as PNG for programs that do not draw that."""

    name: str
    alt: str
    box: Box
    frame: Box
    item: Drawn
    svg: bytes = b""
    png: bytes = b""

    def xml(
        self,
        scale: Scale,
        ids: Mapping[str, int],
        prefix: str = "",
        links: tuple[str, str] = ("", ""),
    ) -> str:
        """The picture, whose PNG and SVG the slide knows by these links."""
        png, svg = links
        return (
            f"<p:pic><p:nvPicPr>{_named(self, ids, prefix)}<p:cNvPicPr>"
            '<a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr><p:blipFill>'
            f'<a:blip r:embed="{png}"><a:extLst><a:ext uri="{SVG_BLIP}"><asvg:svgBlip'
            ' xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main"'
            f' r:embed="{svg}"/></a:ext></a:extLst></a:blip><a:stretch><a:fillRect/></a:stretch>'
            f"</p:blipFill><p:spPr>{frame(self.frame, scale)}{preset('rect')}</p:spPr></p:pic>"
        )


SVG_BLIP: Final = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
"""The extension that names a picture's SVG ([MS-ODRAWXML], 2.5)."""

Shape = Solid | Connector | TextBox | Picture


def _named(shape: Shape, ids: Mapping[str, int], prefix: str) -> str:
    alt = shape.alt if len(shape.alt) <= LONGEST else shape.alt[: LONGEST - 1] + "…"
    return (
        f'<p:cNvPr id="{ids[shape.name]}" name="{quoted(prefix + shape.name)}"'
        f' descr="{quoted(alt)}"/>'
    )


def of_rectangle(box: Box, radius: float) -> tuple[Step, ...]:
    """The outline of a rectangle with round corners."""
    r, k = min(radius, box.w / 2, box.h / 2), 1 - ROUND
    left, top, right, bottom = box.x, box.y, box.right, box.bottom
    if not r:
        corners = [Point(right, top), Point(right, bottom), Point(left, bottom)]
        return (("M", (Point(left, top),)), *(("L", (c,)) for c in corners), ("Z", ()))
    return (
        ("M", (Point(left + r, top),)),
        ("L", (Point(right - r, top),)),
        ("C", (Point(right - r * k, top), Point(right, top + r * k), Point(right, top + r))),
        ("L", (Point(right, bottom - r),)),
        (
            "C",
            (Point(right, bottom - r * k), Point(right - r * k, bottom), Point(right - r, bottom)),
        ),
        ("L", (Point(left + r, bottom),)),
        ("C", (Point(left + r * k, bottom), Point(left, bottom - r * k), Point(left, bottom - r))),
        ("L", (Point(left, top + r),)),
        ("C", (Point(left, top + r * k), Point(left + r * k, top), Point(left + r, top))),
        ("Z", ()),
    )
