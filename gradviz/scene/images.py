"""Images shown as images: an input that holds one is drawn in its own colours."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Final

from gradviz.fonts import Weight
from gradviz.graph.declared import declared_shape
from gradviz.graph.graph import INPUT, Node
from gradviz.ops.op import Shape, say_shape
from gradviz.scene.blocks import (
    CAPTION_LEADING,
    HEAT_SIDE,
    SMALL,
    averaged,
    captions,
    fitted,
    shape_caption,
    wide,
)
from gradviz.scene.model import Image, Item, Rect
from gradviz.scene.raster import brightness
from gradviz.story.languages import say

NAMES: Final = ("image", "img", "photo", "digit")
SMALLEST: Final = 8
"""An input with such a name and at least this many rows and columns is an image."""
MOST_PIXELS: Final = 128
"""An image with more rows or columns is averaged down to this many."""


def is_image(node: Node) -> bool:
    """Whether an input is drawn as an image without being asked: it is declared as one, or judged
    by its name and its shape, (H, W), (1, H, W), (3, H, W) or (H·H,).
    """
    shape = node.shape or ()
    if node.op != INPUT or not can_be_image(shape):
        return False
    named = node.name.lower() in NAMES and min((shape + shape)[-2:]) >= SMALLEST
    return named or bool(node.options.get("image"))


def can_be_image(shape: Shape) -> bool:
    """Whether an array has one or three channels, in front, of rows and columns, or holds the
    pixels of a square image in one row; a batch shows its first.
    """
    if len(shape) == 1:
        return shape[0] >= SMALLEST**2 and isqrt(shape[0]) ** 2 == shape[0]
    return len(shape) == 2 or (len(shape) in (3, 4) and shape[-3] in (1, 3) and 0 not in shape)


def unflattened(xp: Any, value: Any, node: Node) -> Any:
    """The pixels of an input in rows and columns, if a square image is given in one row; of a
    batch of such, the first.
    """
    shape, declared = xp.shape(value), declared_shape(node.options)
    if len(shape) == 2 and node.options.get("image") and declared == shape[1:]:
        value, shape = value[0], shape[1:]
    return xp.reshape(value, (isqrt(shape[0]),) * 2) if len(shape) == 1 else value


@dataclass(frozen=True, slots=True)
class Photo:
    """An image as a PNG, with captions."""

    png: bytes
    shape: Shape
    caption: tuple[str, ...]
    finite: bool = True

    @property
    def width(self) -> float:
        """The width of the image, or of a wider line below it."""
        return max(fitted(self.shape, HEAT_SIDE)[0], *(wide(line, SMALL) for line in self.caption))

    @property
    def height(self) -> float:
        """The height of the image and the lines below it."""
        return fitted(self.shape, HEAT_SIDE)[1] + CAPTION_LEADING * len(self.caption)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        across, down = fitted(self.shape, HEAT_SIDE)
        left = x - across / 2
        items: list[Item] = [
            Image(key, "image", left, top, across, down, self.png),
            Rect(f"{key}-frame", "grid", left, top, across, down),
        ]
        return items + captions(key, self.caption, role, x, top + down)


def image(xp: Any, value: Any, given: Shape | None = None) -> Photo:
    """The image that an array of one or three channels holds, as bright as `brightness` says; the
    caption says in which other shape it was `given`.
    """
    shape = tuple(xp.shape(value))
    for _ in shape[3:]:
        value = value[0]
    planes = [value] if len(shape) == 2 else [value[i] for i in range(shape[-3])]
    rows = [averaged(xp, plane, MOST_PIXELS) for plane in planes]
    points = [v for plane in rows for row in plane for v in row]
    bright = brightness(points)
    pixels = [
        [bytes(map(bright, pixel)) for pixel in zip(*lines, strict=True)]
        for lines in zip(*rows, strict=True)
    ]
    return Photo(
        png(pixels),
        shape,
        (_caption(given or shape, shape, len(planes)),),
        all(abs(v) < float("inf") for v in points),
    )


def _caption(given: Shape, shape: Shape, shown: int) -> str:
    if given == shape:
        return shape_caption(shape, shown)
    return say(
        "{given} as {shape}" if len(given) == 1 else "{given}, the first as {shape}",
        given=say_shape(given),
        shape=say_shape(shape),
    )


def png(pixels: Sequence[Sequence[bytes]]) -> bytes:
    """Rows of pixels of one or three bytes as a PNG; not compressed, so that every zlib gives the
    same bytes.
    """
    colours = {1: 0, 3: 2}[len(pixels[0][0])]
    return _file([b"".join(row) for row in pixels], len(pixels[0]), colours)


def indexed(rows: Sequence[bytes], colours: Sequence[str]) -> bytes:
    """Rows of pixels, each a place in a list of colours, as a PNG. All of these of as many colours
    have the same bytes before their `palette`.
    """
    return _file(rows, len(rows[0]), 3, palette(colours))


def palette(colours: Sequence[str]) -> bytes:
    """Colours as the part of an indexed PNG that holds them."""
    return chunk(b"PLTE", b"".join(bytes.fromhex(colour[1:7]) for colour in colours))


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _file(rows: Sequence[bytes], width: int, colours: int, before: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 8, colours, 0, 0, 0))
    lines = chunk(b"IDAT", _stored(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + header + before + lines + chunk(b"IEND", b"")


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks (RFC 1950; RFC 1951, 3.2.4)."""
    blocks = [data[i : i + 65535] for i in range(0, len(data), 65535)]
    body = b"".join(
        struct.pack("<BHH", i == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block
        for i, block in enumerate(blocks)
    )
    return b"\x78\x01" + body + struct.pack(">I", zlib.adler32(data))


def as_text(image: bytes) -> str:
    """A PNG as the data URL that SVG and HTML embed."""
    return "data:image/png;base64," + base64.b64encode(image).decode("ascii")
