"""The pictures of an animation in pixels, and how they differ."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from gradviz.errors import GradvizError, ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.formats.png import png
from gradviz.progress import each
from gradviz.scene.model import Scene

if TYPE_CHECKING:
    import numpy as np

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]

MOST_PIXELS: Final = 10_000_000_000
"""More pixels than this, in all pictures together, are not begun."""


def drawn(
    drawing: Drawing, frames: Sequence[Any], *, longest: int
) -> tuple[list[Scene], list[bytes]]:
    """The scenes of frames, and each as a PNG image; all have the same size.

    Raises ValueInputError for more pixels than are drawn at once, and for pictures that are wider
    or higher than the `longest` that the format can hold.
    """
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
    shown = each("pictures drawn in pixels", scenes)
    return scenes, [png(scene, drawing.theme, scale=scale) for scene in shown]


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


def changes(images: Sequence[bytes]) -> Iterator[tuple[Pixels, Any]]:
    """The pixels of each image, and which of them differ from those of the image before."""
    before = None
    for image in images:
        now = pixels(image)
        whole = now.view("<u4")[..., 0]
        differ = (whole != before) if before is not None else (whole == whole)
        before = whole
        yield now, differ


def box(marked: Any) -> tuple[slice, slice]:
    """The rows and columns around what is marked; of nothing, one pixel."""
    import numpy as np

    sides = []
    for axis in (1, 0):
        found = np.flatnonzero(marked.any(axis=axis))
        sides.append(slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 1))
    return sides[0], sides[1]
