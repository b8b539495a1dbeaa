"""The pictures of an animation in pixels, and how they differ."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final

from gradviz.errors import GradvizError, ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.formats._redrawn import redrawn
from gradviz.export.formats.png import png
from gradviz.layout.curves import Box
from gradviz.progress import each
from gradviz.scene.model import Scene
from gradviz.scene.themes import Theme

if TYPE_CHECKING:
    import numpy as np

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]

Place = tuple[slice, slice]
"""Rows and columns."""

QUICKLY: Final = 1
"""The level at which zlib is fast."""

MOST_PIXELS: Final = 10_000_000_000
"""More pixels than this, in all pictures together, are not begun."""


@dataclass(frozen=True)
class Picture:
    """A picture of an animation: the places where it may differ from the one before, and the pixels
    there, compressed.
    """

    size: tuple[int, int]
    places: tuple[Place, ...]
    parts: tuple[bytes, ...]


def images(
    drawing: Drawing, frames: Sequence[Any], *, longest: int
) -> tuple[list[Scene], list[bytes]]:
    """The scenes of frames, and each as a PNG image; all have the same size.

    Raises ValueInputError for more pixels than are drawn at once, and for pictures that are wider
    or higher than the `longest` that the format can hold.
    """
    scenes, scale = _scenes(drawing, frames, longest), drawing.look.scale
    shown = each("pictures drawn in pixels", scenes)
    return scenes, [png(scene, drawing.theme, scale=scale) for scene in shown]


def drawn(
    drawing: Drawing, frames: Sequence[Any], *, longest: int
) -> tuple[list[Scene], list[Picture]]:
    """The scenes of frames, and the pixels of each, which are those of its PNG image.

    Only what changes from one to the next is drawn, in its place on a picture of full size, so that
    no rounding differs. Raises what `images` raises.
    """
    scenes, scale = _scenes(drawing, frames, longest), drawing.look.scale
    pairs = zip(scenes, [None, *scenes], strict=False)
    shown = each("pictures drawn in pixels", pairs, len(scenes))
    return scenes, [_picture(scene, before, drawing.theme, scale) for scene, before in shown]


def _picture(scene: Scene, before: Scene | None, theme: Theme, scale: float) -> Picture:
    new = redrawn(scene, before, theme, scene.zoom * scale)
    found = pixels(png(new.scene, theme, scale=scale))
    height, width = found.shape[:2]
    places = tuple(_place(box, scene.zoom * scale) for box in new.boxes)
    return Picture(
        (height, width),
        places,
        tuple(zlib.compress(found[place].tobytes(), QUICKLY) for place in places),
    )


def _place(box: Box, scale: float) -> Place:
    """The pixels of a box."""
    rows, columns = (
        slice(max(0, floor(start * scale)), max(0, ceil((start + length) * scale)))
        for start, length in ((box.y, box.h), (box.x, box.w))
    )
    return rows, columns


def _scenes(drawing: Drawing, frames: Sequence[Any], longest: int) -> list[Scene]:
    """The scenes of frames, if they are not too much work."""
    scenes, scale = drawing.alike(list(frames)), drawing.look.scale
    side = max(scenes[0].width, scenes[0].height) * scenes[0].zoom * scale
    if side > longest:
        raise ValueInputError(
            "the pictures are too large for this format",
            expected=f"at most {longest:,} pixels wide and high",
            got=f"{side:,.0f} pixels",
            hint="a smaller --scale or --width",
        )
    one = scenes[0].width * scenes[0].height * (scenes[0].zoom * scale) ** 2
    if one * len(scenes) > MOST_PIXELS:
        raise ValueInputError(
            f"{len(scenes):,} pictures of {one / 1e6:,.1f} million pixels are too much work",
            expected=f"at most {MOST_PIXELS / 1e6:,.0f} million pixels in all",
            hint="a smaller --scale or --width, or fewer --steps",
        )
    return scenes


def check_pillow(suffix: str) -> None:
    """Raise GradvizError where Pillow, which reads the pixels of pictures, is not installed."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise GradvizError(
            f"{suffix} needs Pillow, which is not installed",
            expected="the extra `images`",
            hint='pip install "gradviz-explainer[images]"; an .svg moves without it',
        ) from None


def pixels(image: bytes) -> Pixels:
    """The pixels of a PNG image by row and column: red, green, blue and how opaque."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        return np.asarray(opened.convert("RGBA"))


def changes(pictures: Iterable[Picture]) -> Iterator[tuple[Pixels, Any]]:
    """The pixels of each picture, in an array that the next one changes, and which of them differ
    from those of the picture before.
    """
    import numpy as np

    whole = None
    for picture in pictures:
        if is_first := whole is None:
            whole = np.zeros((*picture.size, 4), np.uint8)
        differ = np.full(picture.size, is_first)
        for place, part in zip(picture.places, picture.parts, strict=True):
            shown = whole[place]
            now = np.frombuffer(zlib.decompress(part), np.uint8).reshape(shown.shape)
            if not is_first:
                differ[place] = _as_one(shown) != _as_one(now)
            whole[place] = now
        yield whole, differ


def _as_one(pixels: Pixels) -> Any:
    """Each pixel as one number."""
    return pixels.view("<u4")[..., 0]


def box(marked: Any) -> tuple[slice, slice]:
    """The rows and columns around what is marked; of nothing, one pixel."""
    import numpy as np

    sides = []
    for axis in (1, 0):
        found = np.flatnonzero(marked.any(axis=axis))
        sides.append(slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 1))
    return sides[0], sides[1]
