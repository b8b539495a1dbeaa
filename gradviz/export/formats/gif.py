"""GIF: an animation that plays everywhere, of 256 colours that all its pictures share.

Where pictures have a ground, each after the first holds only the pixels that change. Colours are
not dithered: dots that change from picture to picture are noise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats._pixels import box, changes, check_pillow, drawn
from gradviz.export.formats._times import times
from gradviz.export.formats.svg import MARK, made_with
from gradviz.progress import each
from gradviz.scene.colours import channels

if TYPE_CHECKING:
    import numpy as np

    from gradviz.export.formats._pixels import Pixels

    Numbers = np.ndarray[Any, np.dtype[np.int64]]

CLEAR: Final = 255
"""The entry of the palette that is not drawn; the others are colours."""
EXACT: Final = 64
"""So many colours stay as they are, the most frequent ones."""
LONGEST: Final = 65_535
"""The most pixels that a picture is wide or high."""
HALF: Final = 128
"""What is less opaque than this is not drawn."""
KEPT, ERASED = 1, 2
"""What becomes of a picture before the next one is drawn (GIF89a specification, 23.c.iv)."""
LOOP: Final = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
HEAD: Final = b"GIF89a"


def _write(drawing: Drawing, frames: Sequence[Any]) -> bytes:
    import numpy as np

    scenes, pictures = drawn(drawing, frames, longest=LONGEST)
    theme, count = drawing.theme, len(pictures)
    ground = [round(255 * part) for part in channels(theme.colours["ground"])]
    seen = (_colours(_opaque(now[differ]), ground) for now, differ in changes(pictures))
    palette = Palette(each("colours counted", seen, count))
    parts: list[bytes] = []
    lengths = times(count, drawing.look.seconds)
    for k, (now, differ) in enumerate(each("pictures packed", changes(pictures), count)):
        if not parts:
            said = ", ".join([MARK, *made_with(scenes[0].engine, scenes)])
            parts.append(_head(now.shape[1], now.shape[0], palette, said))
        shown = _is_drawn(now) if theme.transparent else differ
        place = box(shown)
        entries = np.full(shown[place].shape, CLEAR, np.uint8)
        entries[shown[place]] = palette.entries(_colours(now[place][shown[place]], ground))
        rows, columns = place
        parts.append(_control(lengths[k], ERASED if theme.transparent else KEPT))
        parts.append(_image(entries, columns.start, rows.start))
    return b"".join([*parts, b";"])


def _opaque(pixels: Pixels) -> Any:
    """Those that are drawn."""
    return pixels[_is_drawn(pixels)]


def _is_drawn(pixels: Pixels) -> Any:
    """Which pixels are opaque enough; others are left out where there is no ground."""
    return pixels[..., 3] >= HALF


def _colours(pixels: Pixels, ground: Sequence[int]) -> Numbers:
    """The colour of each pixel over a ground, as one number."""
    import numpy as np

    parts, share = pixels[..., :3].astype(np.int64), pixels[..., 3:].astype(np.int64)
    if (share != 255).any():
        behind = np.array(ground, np.int64)
        parts = (parts * share + behind * (255 - share) + 127) // 255
    return parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]


class Palette:
    """The colours of an animation: the most frequent ones as they are, others by the nearest.

    seen  the colours of each picture's new pixels.
    """

    def __init__(self, seen: Iterable[Numbers]) -> None:
        import numpy as np

        counts: Counter[int] = Counter()
        for colours in seen:
            found, often = np.unique(colours, return_counts=True)
            counts.update(dict(zip(found.tolist(), often.tolist(), strict=True)))
        frequent = sorted(counts, key=lambda colour: (-counts[colour], colour))
        chosen = frequent[:CLEAR] if len(frequent) <= CLEAR else _shared_out(frequent)
        self.colours = _channels(np.array(chosen or [0], np.int64))
        self._known = np.array(sorted(counts) or [0], np.int64)
        self._nearest = _nearest(_channels(self._known), self.colours)

    @property
    def table(self) -> bytes:
        """All entries, as GIF has them."""
        return self.colours.astype("u1").tobytes().ljust(3 * (CLEAR + 1), b"\0")

    def entries(self, colours: Numbers) -> Any:
        """The entry of each colour."""
        import numpy as np

        return self._nearest[np.searchsorted(self._known, colours)]


def _shared_out(frequent: Sequence[int]) -> list[int]:
    """The most frequent colours, and then again and again the one that is farthest from all chosen:
    no other is far from these (T. Gonzalez, Clustering to minimize the maximum intercluster
    distance, 1985).
    """
    import numpy as np

    colours = _channels(np.array(frequent, np.int64))
    far = np.full(len(colours), np.iinfo(np.int64).max)
    chosen = list(range(EXACT))
    for k in range(CLEAR):
        if k >= EXACT:
            chosen.append(int(far.argmax()))
        far = np.minimum(far, ((colours - colours[chosen[k]]) ** 2).sum(axis=-1))
    return [frequent[k] for k in chosen]


def _channels(colours: Numbers) -> Numbers:
    """Red, green and blue of each colour, in a row."""
    import numpy as np

    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1)


def _nearest(colours: Numbers, palette: Numbers) -> Any:
    """The entry of the palette that is nearest to each colour."""
    import numpy as np

    found = [
        ((colours[at : at + 4096, np.newaxis] - palette) ** 2).sum(axis=-1).argmin(axis=-1)
        for at in range(0, len(colours), 4096)
    ]
    return np.concatenate(found).astype(np.uint8)


def _head(width: int, height: int, palette: Palette, said: str) -> bytes:
    """What stands before the pictures: sizes, the palette, the loop, and who made them."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return HEAD + size + b"\xf7\0\0" + palette.table + LOOP + _blocks(b"!\xfe", said.encode())


def _blocks(kind: bytes, data: bytes) -> bytes:
    """Data in blocks of up to 255 bytes, each after its length."""
    cut = [data[at : at + 255] for at in range(0, len(data), 255)]
    return kind + b"".join(bytes([len(block)]) + block for block in cut) + b"\0"


def _control(seconds: float, then: int) -> bytes:
    """What holds for the next picture: its time, its clear entry, and what becomes of it."""
    hundredths = round(100 * seconds).to_bytes(2, "little")
    return b"!\xf9\x04" + bytes([then << 2 | 1]) + hundredths + bytes([CLEAR, 0])


def _image(entries: Any, left: int, top: int) -> bytes:
    """A picture of entries of the palette, compressed by Pillow, at its place."""
    from PIL import Image
    from PIL.GifImagePlugin import getdata

    picture = Image.frombytes("P", entries.shape[::-1], entries.tobytes())
    return b"".join(getdata(picture, (left, top)))


def _is_ours(content: bytes) -> bool:
    return content.startswith(HEAD) and LOOP + b"!\xfe" in content and MARK.encode() in content


class Gif(Format):
    """The format of GIF animations."""

    def check(self, drawing: Drawing) -> None:
        """Raise GradvizError without Pillow."""
        check_pillow(self.suffix)


FORMAT = Gif((".gif",), "frames", (*PICTURE, "dots", "time"), _write, _is_ours)
