"""What a presentation starts from: a lecturer's template, or none."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any, Final

from gradviz.errors import FileError, GradvizError, ValueInputError
from gradviz.export.formats.slides.marks import EMU
from gradviz.files import DAMAGED, clean_line, read_whole
from gradviz.scene.themes import Theme

LEAST, MOST = 914_400, 51_206_400
"""The shortest and the longest side of a slide in EMU (ECMA-376, part 1, 22.9.2.13)."""
PRESENTATION: Final = (
    b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
)
OPENS_AS_ONE: Final = re.compile(
    rb"application/vnd\.(openxmlformats-officedocument\.presentationml|ms-powerpoint)"
    rb"\.(presentation|template|slideshow)(\.macroEnabled)?\.main\+xml"
)
"""What a .pptx, .potx or .ppsx says it is, and what one with macros says."""
SEALED: Final = b"\xd0\xcf\x11\xe0"
"""How a presentation with a password begins, and one of PowerPoint 97 to 2003."""
KINDS: Final = "[Content_Types].xml"
KIND: Final = "titleOnly"
SPEAKS: Final = ("/viewProps", "/vbaProject")
SMALL: Final = ("dt", "ftr", "sldNum")
"""The placeholders of a layout that stand in its margins."""
FAMILY: Final = "Inter"
PANOSE: Final = "020B0604020202020204"
"""The font of texts, and what a program looks for that lacks it: Arial."""


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


def plain(width: float, height: float, theme: Theme) -> Any:
    """A presentation of slides of this size in points, in the fonts and colours of the pictures.

    Raises ValueInputError for slides that are too large.
    """
    across, down = round(width * EMU), round(height * EMU)
    if max(across, down) > MOST:
        raise ValueInputError(
            "the drawing is too large for a slide",
            expected=f"at most {MOST // EMU:,} points wide and high",
            got=f"{width:,.0f} by {height:,.0f} points",
            hint="draw it as SVG, set a --width, or draw a smaller part of the graph",
        )
    file = library().Presentation()
    across, down = max(across, LEAST), max(down, LEAST)
    shares = across / file.slide_width, down / file.slide_height
    file.slide_width, file.slide_height = across, down
    for master in file.slide_masters:
        for page in (master, *master.slide_layouts):
            _stretched(page, *shares)
    _dress(file, theme)
    return file


def read(template: Path) -> Any:
    """A lecturer's presentation, or a template of one, without its slides.

    Raises FileError for what is none, and ValueInputError for one without a layout with a title.
    """
    api, content = library(), read_whole(template)
    try:
        file = api.Presentation(io.BytesIO(_as_presentation(content)))
        _empty(file)
        has_title = titled(file) is not None
        names = [layout.name for master in file.slide_masters for layout in master.slide_layouts]
    except (*DAMAGED, zipfile.BadZipFile, RecursionError) as error:
        is_sealed = content.startswith(SEALED)
        raise FileError(
            f"{template.name} is not a presentation that can be read",
            where=str(template),
            expected="a .pptx or .potx file of PowerPoint, LibreOffice or Google Slides",
            got="one with a password, or of PowerPoint 97 to 2003"
            if is_sealed
            else f"{error}"[:120] or type(error).__name__,
            hint="save it as .pptx without a password" if is_sealed else "",
        ) from None
    if not has_title:
        raise ValueInputError(
            "the template has no layout with a title, which every slide needs",
            where=str(template),
            expected="a layout such as Title Only",
            got=", ".join(map(clean_line, names))[:200] or "no layout",
            hint="in PowerPoint: View, Slide Master, Insert Layout",
        )
    return file


def _as_presentation(content: bytes) -> bytes:
    """A template, a slide show, or one of them with macros as the presentation it would open as."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kinds = archive.read(KINDS)
        plain = OPENS_AS_ONE.sub(PRESENTATION, kinds)
        if plain == kinds:
            return content
        with zipfile.ZipFile(out, "w") as copy:
            for name in archive.namelist():
                copy.writestr(name, plain if name == KINDS else archive.read(name))
    return out.getvalue()


def _empty(file: Any) -> None:
    """Take the slides out of a presentation, what speaks of them, and its macros."""
    from pptx.parts.slide import SlidePart

    listed = file.slides._sldIdLst
    for entry in list(listed):
        file.part.rels.pop(entry.rId)
        listed.remove(entry)
    root = file.part._element
    for child in list(root):
        if child.tag.rpartition("}")[2] in ("custShowLst", "extLst"):
            root.remove(child)
    for key in [k for k, r in file.part.rels.items() if r.reltype.endswith(SPEAKS)]:
        file.part.rels.pop(key)
    for part in list(file.part.package.iter_parts()):
        if isinstance(part, SlidePart):
            continue
        for key, relation in list(part.rels.items()):
            if not relation.is_external and isinstance(relation.target_part, SlidePart):
                _unlink(part, key)


def _unlink(part: Any, key: str) -> None:
    """Take a link to a slide out of a part, such as one on a master."""
    part.rels.pop(key)
    for element in list(part._element.iter()):
        if element.get(f"{{{R}}}id") == key:
            element.getparent().remove(element)


def titled(file: Any) -> Any:
    """The layout whose slides have a title and the least else; None if none has one."""
    layouts = [layout for master in file.slide_masters for layout in master.slide_layouts]

    def kinds(layout: Any) -> list[str]:
        return [p.element.ph.get("type", "obj") for p in layout.placeholders]

    def rank(layout: Any) -> tuple[bool, int]:
        rest = sum(kind not in SMALL for kind in kinds(layout))
        return layout._element.get("type") != KIND, rest

    return min((layout for layout in layouts if "title" in kinds(layout)), key=rank, default=None)


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
