"""PNG: the SVG picture, rendered with the shipped fonts alone; other letters are paths."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import resvg_py

from gradviz import fonts
from gradviz.errors import ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats.svg import made_with, svg
from gradviz.scene.model import Scene
from gradviz.scene.themes import Theme

MOST_PIXELS: Final = 100_000_000
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
HEADER: Final = len(SIGNATURE) + 25
"""Where the first chunk, of 13 bytes of data, ends."""

MARK: Final = b"tEXtSoftware\0gradviz"


def png(scene: Scene, theme: Theme, *, scale: float = 2.0) -> bytes:
    """The scene as a PNG image, `scale` pixels per pixel of its natural size.

    Raises ValueInputError for a scale that is not above 0, or one that gives more than 100 million
    pixels.
    """
    width, height = scene.width * scene.zoom, scene.height * scene.zoom
    if not scale > 0 or width * height * scale * scale > MOST_PIXELS:
        largest = (MOST_PIXELS / (width * height)) ** 0.5
        raise ValueInputError(
            f"a picture of {width:.0f} by {height:.0f} cannot be drawn at this scale",
            expected=f"a scale above 0 and up to {largest:.2g}",
            got=scale,
            hint="a smaller --scale, or --width, or SVG, which has no pixels",
        )
    return marked(
        bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg(scene, theme, embed_fonts=False),
                zoom=scale,
                dpi=96,
                skip_system_fonts=True,
                font_files=[str(file) for file in fonts.files()],
            )
        ),
        made_with(scene.engine, [scene]),
    )


def marked(image: bytes, with_: Iterable[str]) -> bytes:
    """The image with a `tEXt` chunk after its header that says who made it, and with what (PNG
    specification, 11.3.3; the text is Latin-1).
    """
    mark = MARK + "".join(f", {said}" for said in with_).encode("latin-1", "replace")
    return image[:HEADER] + chunk(mark[:4], mark[4:]) + image[HEADER:]


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG image (PNG specification, 5.3)."""
    check = zlib.crc32(kind + data)
    return len(data).to_bytes(4, "big") + kind + data + check.to_bytes(4, "big")


def is_ours(content: bytes) -> bool:
    """Whether `marked` has marked the image."""
    return content.startswith(SIGNATURE) and content[HEADER + 4 :].startswith(MARK)


def _write(drawing: Drawing, frames: Sequence[Any]) -> bytes:
    return png(drawing.scenes(list(frames))[0], drawing.theme, scale=drawing.look.scale)


FORMAT = Format((".png",), "frame", (*PICTURE, "dots"), _write, is_ours)
