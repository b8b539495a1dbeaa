"""Slides as a file: a presentation with a layout, backgrounds, notes and transitions.

The same slides give the same bytes: dates are fixed, and the entries of the archive are sorted.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from gradviz.export.formats.slides.marks import EMU, Scale
from gradviz.export.formats.slides.shapes import Picture, Shape
from gradviz.export.formats.slides.templates import titled
from gradviz.files import DAMAGED, clean_line
from gradviz.scene.themes import Theme

MARK: Final = "made by gradviz"
MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The date of every file: programs that change one write another."""
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


@dataclass(frozen=True, slots=True)
class Slide:
    """What stands on a slide, and what is said to it."""

    shapes: Sequence[Shape]
    notes: str


class Deck:
    """A presentation to which slides are added.

    file           a presentation without slides: `templates.plain` or `templates.read`.
    width, height  those of the scenes in their units; they fill its slides as well as they can.
    template       whether its masters are someone's own, whose ground a light theme leaves.
    """

    def __init__(
        self, file: Any, width: float, height: float, theme: Theme, *, template: bool
    ) -> None:
        self.file, self.theme, self.has_template = file, theme, template
        self.layout = titled(file)
        across, down = file.slide_width, file.slide_height
        unit = min(across / width, down / height)
        self.scale = Scale(unit, (across - unit * width) / 2, (down - unit * height) / 2)
        self._ids: dict[str, int] = {}
        self._parts: dict[str, Any] = {}
        self._links: dict[str, str] = {}

    @property
    def points(self) -> float:
        """The points that a unit of the scenes takes."""
        return self.scale.unit / EMU

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
