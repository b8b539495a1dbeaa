"""APNG: an animation in full colour for browsers. Other programs show it as a PNG image, here of
the last picture.

Where pictures have a ground, each after the first holds only the pixels that change.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats._pixels import box, changes, check_pillow, drawn
from gradviz.export.formats._times import times
from gradviz.export.formats.png import MOST_PIXELS, SIGNATURE, chunk, is_ours, marked
from gradviz.export.formats.svg import made_with
from gradviz.progress import each

if TYPE_CHECKING:
    from gradviz.export.formats._pixels import Pixels

REPLACE, OVER = 0, 1
"""Whether pixels replace those of the picture before, or are laid over them (APNG specification,
`fcTL`).
"""
RGBA: Final = bytes((8, 6, 0, 0, 0))
"""Pixels of four bytes (PNG specification, 11.2.2)."""


def _write(drawing: Drawing, frames: Sequence[Any]) -> bytes:
    scenes, pictures = drawn(drawing, frames, longest=MOST_PIXELS)
    parts: list[bytes] = []
    blend = REPLACE if drawing.theme.transparent else OVER
    count = len(pictures)
    lengths = times(count, drawing.look.seconds)
    for k, (now, differ) in enumerate(each("pictures packed", changes(pictures), count)):
        rows, columns = box(differ)
        patch = now[rows, columns].copy()
        if blend == OVER:
            patch[~differ[rows, columns]] = 0
        high, wide = patch.shape[:2]
        place = [(side, 4) for side in (wide, high, columns.start, rows.start)]
        control = _numbers((2 * k, 4), *place, *_time(lengths[k]), (0, 1), (blend, 1))
        parts.append(chunk(b"fcTL", control))
        parts.append(chunk(b"fdAT", _numbers((2 * k + 1, 4)) + _packed(patch)))
    height, width = now.shape[:2]
    head = [
        SIGNATURE,
        chunk(b"IHDR", _numbers((width, 4), (height, 4)) + RGBA),
        chunk(b"acTL", _numbers((count, 4), (0, 4))),
        chunk(b"IDAT", _packed(now)),
    ]
    return marked(
        b"".join([*head, *parts, chunk(b"IEND", b"")]), made_with(scenes[0].engine, scenes)
    )


def _packed(image: Pixels) -> bytes:
    """Pixels as the data of an image, its rows not filtered."""
    import numpy as np

    height, width = image.shape[:2]
    rows = np.zeros((height, 1 + 4 * width), np.uint8)
    rows[:, 1:] = image.reshape(height, -1)
    return zlib.compress(rows.tobytes(), 9)


def _time(seconds: float) -> list[tuple[int, int]]:
    """A time of up to two minutes as numerator and denominator, of two bytes each."""
    time = Fraction(seconds).limit_denominator(500)
    return [(time.numerator, 2), (time.denominator, 2)]


def _numbers(*numbers: tuple[int, int]) -> bytes:
    """Whole numbers, each in so many bytes."""
    return b"".join(number.to_bytes(size, "big") for number, size in numbers)


class Apng(Format):
    """The format of animated PNG images."""

    def check(self, drawing: Drawing) -> None:
        """Raise GradvizError without Pillow."""
        check_pillow(self.suffix)


FORMAT = Apng((".apng",), "frames", (*PICTURE, "dots", "time"), _write, is_ours)
