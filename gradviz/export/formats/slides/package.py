"""Slides as a file: a presentation with a layout, backgrounds, notes and transitions.

The same slides give the same bytes: dates are fixed, and the entries of the archive are sorted.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from gradviz.errors import FileError, GradvizError, ValueInputError
from gradviz.export.formats.slides.marks import EMU, Scale
from gradviz.export.formats.slides.shapes import Picture, Shape
from gradviz.files import DAMAGED, clean_line, read_whole
from gradviz.scene.themes import Theme

MARK: Final = "made by gradviz"
MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The date of every file: programs that change one write another."""
LEAST, MOST = 914_400, 51_206_400
"""The shortest and the longest side of a slide in EMU (ECMA-376, part 1, 22.9.2.13)."""
LONGEST: Final = 255
"""The most characters of a property of a document."""
NAMESPACES: Final = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
GROUND: Final = (
    f'<p:bg {NAMESPACES}><p:bgPr><a:solidFill><a:srgbClr val="{{colour}}"/></a:solidFill>'
    "<a:effectLst/></p:bgPr></p:bg>"
)
MORPH: Final = (
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
    '<mc:Choice xmlns:p159="http://schemas.microsoft.com/office/powerpoint/2015/09/main"'
    ' Requires="p159"><p:transition spd="slow"'
    ' xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main" p14:dur="800">'
    '<p159:morph option="byObject"/></p:transition></mc:Choice><mc:Fallback>'
    '<p:transition spd="fast"><p:fade/></p:transition></mc:Fallback></mc:AlternateContent>'
)
"""A transition in which PowerPoint moves shapes to where their namesakes are ([MS-PPTX], 2.6);
other programs fade.
"""
MATCHED: Final = "!!"
"""What the names begin with of shapes that such a transition takes for one another."""
TEMPLATE: Final = b"presentationml.template.main+xml"
PRESENTATION: Final = b"presentationml.presentation.main+xml"
KIND: Final = "titleOnly"
SMALL: Final = ("dt", "ftr", "sldNum")
"""The placeholders of a layout that stand in its margins."""
FAMILY: Final = "Inter"
PANOSE: Final = "020B0604020202020204"
"""The font of texts, and what a program looks for that lacks it: Arial."""


@dataclass(frozen=True, slots=True)
class Slide:
    """What stands on a slide, and what is said to it."""

    shapes: Sequence[Shape]
    notes: str


class Deck:
    """A presentation to which slides are added.

    template       a file whose masters, fonts and sizes it has; its own slides are left out.
    width, height  those of the scenes in their units, `zoom` points each; in a template they fill
                   its slides as well as they can.

    Raises GradvizError without python-pptx, FileError for a template that cannot be read, and
    ValueInputError for one without a layout with a title, or for slides that are too large.
    """

    def __init__(
        self, template: Path | None, width: float, height: float, zoom: float, theme: Theme
    ) -> None:
        api = library()
        self.theme, self.has_template = theme, template is not None
        if template is None:
            self.file = api.Presentation()
            self._fit(width * zoom, height * zoom)
            _dress(self.file, theme)
        else:
            self.file = opened(template)
            _emptied(self.file)
        self.layout = layout_with_title(self.file, template)
        across, down = self.file.slide_width, self.file.slide_height
        unit = min(across / width, down / height)
        unit = unit if self.has_template else zoom * EMU
        self.scale = Scale(unit, (across - unit * width) / 2, (down - unit * height) / 2)
        self._ids: dict[str, int] = {}
        self._parts: dict[str, Any] = {}
        self._links: dict[str, str] = {}

    @property
    def points(self) -> float:
        """The points that a unit of the scenes takes."""
        return self.scale.unit / EMU

    def _fit(self, width: float, height: float) -> None:
        """Give the slides a size in points, and their layouts the same."""
        across, down = round(width * EMU), round(height * EMU)
        if max(across, down) > MOST:
            raise ValueInputError(
                "the drawing is too large for a slide",
                expected=f"at most {MOST // EMU:,} points wide and high",
                got=f"{width:,.0f} by {height:,.0f} points",
                hint="draw it as SVG, set a --width, or draw a smaller part of the graph",
            )
        across, down = max(across, LEAST), max(down, LEAST)
        shares = across / self.file.slide_width, down / self.file.slide_height
        self.file.slide_width, self.file.slide_height = across, down
        for master in self.file.slide_masters:
            for page in (master, *master.slide_layouts):
                _stretched(page, *shares)

    def add(self, slide: Slide, *, morph: bool = False) -> None:
        """Add a slide; with `morph`, its shapes move there from the slide before."""
        from pptx.oxml import parse_xml

        made = self.file.slides.add_slide(self.layout)
        tree = made.shapes._spTree
        for shape in list(made.shapes):
            tree.remove(shape._element)
        self._links = {}
        prefix = MATCHED if morph else ""
        for shape in slide.shapes:
            self._ids.setdefault(shape.name, len(self._ids) + 2)
        body = "".join(self._xml(made, shape, prefix) for shape in slide.shapes)
        tree.extend(list(parse_xml(f"<p:spTree {NAMESPACES}>{body}</p:spTree>")))
        self._ground(made)
        if morph:
            made._element.append(parse_xml(MORPH))
        self._note(made, slide.notes)

    def _note(self, made: Any, text: str) -> None:
        """Give a slide its notes, in a part whose number need not be looked for."""
        from pptx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
        from pptx.opc.packuri import PackURI
        from pptx.oxml.slide import CT_NotesSlide
        from pptx.parts.slide import NotesSlidePart

        place = PackURI(f"/ppt/notesSlides/notesSlide{len(self.file.slides)}.xml")
        kind, package = CONTENT_TYPE.PML_NOTES_SLIDE, self.file.part.package
        part: Any = NotesSlidePart(place, kind, package, CT_NotesSlide.new())
        master = self.file.part.notes_master_part
        part.relate_to(master, RELATIONSHIP_TYPE.NOTES_MASTER)
        part.relate_to(made.part, RELATIONSHIP_TYPE.SLIDE)
        part.notes_slide.clone_master_placeholders(master.notes_master)
        made.part.relate_to(part, RELATIONSHIP_TYPE.NOTES_SLIDE)
        part.notes_slide.notes_text_frame.text = text

    def _xml(self, made: Any, shape: Shape, prefix: str) -> str:
        if not isinstance(shape, Picture):
            return shape.xml(self.scale, self._ids, prefix)
        links = self._link(made, shape.png, "png"), self._link(made, shape.svg, "svg")
        return shape.xml(self.scale, self._ids, prefix, links)

    def _link(self, made: Any, content: bytes, kind: str) -> str:
        """A slide's link to a picture, of which the file has one copy."""
        from pptx.opc.constants import RELATIONSHIP_TYPE
        from pptx.opc.package import Part
        from pptx.opc.packuri import PackURI

        key = _digest(content)
        if key not in self._parts:
            types = {"png": "image/png", "svg": "image/svg+xml"}
            place = PackURI(f"/ppt/media/gradviz-{key}.{kind}")
            self._parts[key] = Part(place, types[kind], self.file.part.package, content)
        if key not in self._links:
            add = made.part.rels._add_relationship  # which does not look through all that there are
            self._links[key] = add(RELATIONSHIP_TYPE.IMAGE, self._parts[key])
        return self._links[key]

    def _ground(self, made: Any) -> None:
        """Give a slide the theme's ground; a light one leaves a template's."""
        ground = self.theme.colour("ground")
        if self.theme.transparent or (self.has_template and ground.upper() == "#FFFFFF"):
            return
        from pptx.oxml import parse_xml

        made._element.cSld.insert(0, parse_xml(GROUND.format(colour=ground.lstrip("#").upper())))

    def content(self, title: str, made_with: Sequence[str]) -> bytes:
        """The file."""
        properties = self.file.core_properties
        properties.title = clean_line(title)[:LONGEST]
        properties.keywords = ", ".join([MARK, *made_with])[:LONGEST]
        properties.author = properties.last_modified_by = "gradviz"
        properties.subject = properties.comments = properties.category = ""
        properties.revision = 1
        properties.created = properties.modified = MADE
        out = io.BytesIO()
        self.file.save(out)
        return _repacked(out.getvalue())


@lru_cache(maxsize=10_000)
def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def library() -> Any:
    """The package python-pptx. Raises GradvizError, which says how to get it."""
    try:
        import pptx
    except ImportError:
        raise GradvizError(
            "slides of PowerPoint cannot be written: that needs the package python-pptx",
            expected="the extra slides",
            hint='pip install "gradviz-explainer[slides]", or draw a .pdf',
        ) from None
    return pptx


def opened(template: Path) -> Any:
    """A presentation or a template of one. Raises FileError."""
    api, content = library(), read_whole(template)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if TEMPLATE in archive.read("[Content_Types].xml"):
                content = _as_presentation(archive)
        return api.Presentation(io.BytesIO(content))
    except (*DAMAGED, zipfile.BadZipFile, RecursionError) as error:
        raise FileError(
            f"{template.name} is not a presentation",
            where=str(template),
            expected="a .pptx or .potx file of PowerPoint, LibreOffice or Google Slides",
            got=f"{error}"[:120] or type(error).__name__,
        ) from None


def _as_presentation(archive: zipfile.ZipFile) -> bytes:
    """A template as the presentation that it would open as."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "[Content_Types].xml":
                content = content.replace(TEMPLATE, PRESENTATION)
            copy.writestr(name, content)
    return out.getvalue()


def _emptied(file: Any) -> None:
    """Take the slides out of a presentation, and what speaks of them."""
    from pptx.parts.slide import SlidePart

    listed = file.slides._sldIdLst
    for entry in list(listed):
        file.part.rels.pop(entry.rId)
        listed.remove(entry)
    root = file.part._element
    for child in list(root):
        if child.tag.rpartition("}")[2] in ("custShowLst", "extLst"):
            root.remove(child)
    for key in [k for k, r in file.part.rels.items() if r.reltype.endswith("/viewProps")]:
        file.part.rels.pop(key)
    for part in list(file.part.package.iter_parts()):
        if isinstance(part, SlidePart):
            continue
        for key, relation in list(part.rels.items()):
            if not relation.is_external and isinstance(relation.target_part, SlidePart):
                _unlinked(part, key)


def _unlinked(part: Any, key: str) -> None:
    """Take a link to a slide out of a part, such as one on a master."""
    part.rels.pop(key)
    for element in list(part._element.iter()):
        if element.get(f"{{{R}}}id") == key:
            element.getparent().remove(element)


def layout_with_title(file: Any, template: Path | None) -> Any:
    """The layout whose slides have a title and the least else. Raises ValueInputError."""
    layouts = [layout for master in file.slide_masters for layout in master.slide_layouts]

    def kinds(layout: Any) -> list[str]:
        return [p.element.ph.get("type", "obj") for p in layout.placeholders]

    titled = [layout for layout in layouts if "title" in kinds(layout)]
    if not titled:
        raise ValueInputError(
            "the template has no layout with a title, which every slide needs",
            where=str(template or ""),
            expected="a layout such as Title Only",
            got=", ".join(clean_line(layout.name) for layout in layouts)[:200] or "no layout",
            hint="in PowerPoint: View, Slide Master, Insert Layout",
        )
    return min(
        titled,
        key=lambda layout: (
            layout._element.get("type") != KIND,
            sum(kind not in SMALL for kind in kinds(layout)),
        ),
    )


def _stretched(page: Any, across: float, down: float) -> None:
    """Move and size the placeholders of a layout for slides of another size."""
    for tag, names, share in (("off", "xy", (across, down)), ("ext", ("cx", "cy"), (across, down))):
        for place in page._element.iter(f"{{{A}}}{tag}"):
            for name, factor in zip(names, share, strict=True):
                if name in place.attrib:
                    place.set(name, str(round(int(place.get(name)) * factor)))


A: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
COLOURS: Final = {
    "dk1": "ink",
    "lt1": "ground",
    "dk2": "muted",
    "lt2": "gate",
    "accent1": "value",
    "accent2": "gradient",
    "accent3": "hot",
    "accent4": "a",
    "accent5": "b",
    "accent6": "c",
    "hlink": "value",
    "folHlink": "hot",
}
"""The colours of a presentation's own theme, for what a lecturer adds."""


LEFT_OUT: Final = ("thumbnail", "extended-properties", "printerSettings")
"""What the presentation that others start from says of itself and its maker's machine."""


def _dress(file: Any, theme: Theme) -> None:
    """Give a presentation without a template the fonts and colours of the pictures."""
    for rels in (file.part.package._rels, file.part.rels):
        for key in [k for k, r in rels.items() if r.reltype.endswith(LEFT_OUT)]:
            rels.pop(key)
    for master in file.slide_masters:
        for relation in master.part.rels.values():
            if relation.reltype.endswith("/theme"):
                part = relation.target_part
                part._blob = _dressed(part.blob.decode("utf-8"), theme).encode()


def _dressed(xml: str, theme: Theme) -> str:
    xml = re.sub(
        r"(<a:(?:major|minor)Font>\s*<a:latin )[^>]*>",
        rf'\1typeface="{FAMILY}" panose="{PANOSE}" pitchFamily="34" charset="0"/>',
        xml,
    )
    for name, colour in COLOURS.items():
        value = theme.colour(colour).lstrip("#").upper()
        xml = re.sub(
            rf"(<a:{name}>).*?(</a:{name}>)", rf'\1<a:srgbClr val="{value}"/>\2', xml, flags=re.S
        )
    return xml


def _repacked(content: bytes) -> bytes:
    """An archive with its entries sorted and without dates."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made,
    ):
        for name in sorted(given.namelist()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3
            made.writestr(entry, given.read(name))
    return out.getvalue()


def is_ours(content: bytes) -> bool:
    """Whether a file is as gradviz wrote it: no other program has saved it since."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            core = archive.read("docProps/core.xml").decode("utf-8")
    except (*DAMAGED, zipfile.BadZipFile):
        return False
    return MARK in core and f"{MADE:%Y-%m-%dT%H:%M:%SZ}</dcterms:modified>" in core
