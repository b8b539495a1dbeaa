"""Images as values, read from a file, cropped and resized to the shape that a network declares.

What was done is told in words. Resizing is our own (a triangle filter as wide as an output cell, or
as an input cell when enlarging), so that the same file gives the same numbers with any version of
Pillow.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gradviz.errors import FileError, ValueInputError
from gradviz.files import DAMAGED, read_whole
from gradviz.ops.op import Shape
from gradviz.sources.values import Asked, Given, Value

SUFFIXES = (".png", ".jpg", ".jpeg")
BRIGHTNESS = (0.299, 0.587, 0.114)
"""The weights of red, green and blue in grey (ITU-R BT.601)."""


def read(asked: Asked) -> Given:
    """The image in a file, in the shape that its input declares. Raises FileError."""
    return as_input(image(asked.path), asked.shape, asked.path.name)


def as_input(image: Any, shape: Shape | None, name: str) -> Given:
    """An image in the shape of an input, or in its own shape if the input declares none."""
    return Given(image) if shape is None or image.shape == shape else fit(image, shape, name)


def image(path: str | Path) -> Any:
    """The image in a file as an array (3, H, W), or (1, H, W) if it is grey, from 0 to 1.

    H and W are those of the image as displayed. Transparent parts become white. Raises FileError
    for a file that cannot be read.
    """
    import numpy as np

    path = Path(path)
    data = read_whole(path)
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise FileError(
            f"{path.name} cannot be decoded: that needs the package pillow",
            where=str(path),
            hint='pip install "gradviz-explainer[images]", or give the numbers as @file.npy',
        ) from None
    try:
        with _silence(Image), Image.open(io.BytesIO(data)) as opened:
            image: Any = ImageOps.exif_transpose(opened)
            grey = image.mode in ("1", "L", "I;16", "I", "F", "LA")
            if "A" in image.getbands() or "transparency" in image.info:
                clear = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
            deep = image.mode in ("I;16", "I", "F")
            cells = np.asarray(
                image if deep else image.convert("L" if grey else "RGB"), dtype=float
            )
    except (*DAMAGED, Image.DecompressionBombError) as error:
        raise FileError(
            f"{path.name} is not a readable image",
            where=str(path),
            expected="a .png or .jpg file",
            got=error,
        ) from None
    most = 65535 if deep else 255
    if not np.isfinite(cells).all():
        raise FileError(
            f"the image {path.name} is not finite", where=str(path), got="NaN or infinity in it"
        )
    return (cells[None] if cells.ndim == 2 else np.moveaxis(cells, -1, 0)) / most


@contextmanager
def _silence(pillow: Any) -> Iterator[None]:
    """Silence Pillow's warning about an image that is large, but not too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pillow.DecompressionBombWarning)
        yield


def fit(array: Any, shape: Shape, name: str) -> Given:
    """An image (C, H, W) or (H, W) in the shape of an input: cropped, resized, colour or grey.

    The shape is (1, H, W), (3, H, W), (H, W), or (H·H,) for a square image written as a row. `name`
    is what messages call it. Raises ValueInputError for another shape.
    """
    import numpy as np

    wanted = _image_shape(shape, name)
    image = np.asarray(array, dtype=float)
    image = image[None] if image.ndim == 2 else image
    said = [_cut(image, wanted), _scaled(image, wanted)]
    image = _resized(_middle(image, wanted), wanted[1:])
    image, coloured = _coloured(image, wanted[0])
    steps = [step for step in (*said, coloured) if step]
    if len(shape) == 1:
        steps.append(f"written as a row of {shape[0]}")
    rows, columns = np.shape(array)[-2:]
    words = f"{name}, {columns}×{rows}, was {_listed(steps)}" if steps else ""
    return Given(np.reshape(image, shape), words)


def _image_shape(shape: Shape, name: str) -> tuple[int, int, int]:
    if len(shape) == 3 and shape[0] in (1, 3) and min(shape):
        return shape[0], shape[1], shape[2]
    if len(shape) == 2 and min(shape):
        return 1, *shape
    if len(shape) == 1 and shape[0] and math.isqrt(shape[0]) ** 2 == shape[0]:
        return 1, math.isqrt(shape[0]), math.isqrt(shape[0])
    raise ValueInputError(
        f"{name} does not fit this input",
        expected="an input of the shape (1, H, W), (3, H, W), (H, W), or a row of H·H",
        got=f"{tuple(shape)}",
    )


def _side(image: Any, wanted: tuple[int, int, int]) -> tuple[int, int]:
    """The rows and columns of the largest part with the wanted proportions."""
    (rows, columns), (_, high, wide) = image.shape[-2:], wanted
    factor = min(rows / high, columns / wide)
    return max(1, min(rows, round(high * factor))), max(1, min(columns, round(wide * factor)))


def _middle(image: Any, wanted: tuple[int, int, int]) -> Any:
    (rows, columns), (high, wide) = image.shape[-2:], _side(image, wanted)
    top, left = (rows - high) // 2, (columns - wide) // 2
    return image[:, top : top + high, left : left + wide]


def _cut(image: Any, wanted: tuple[int, int, int]) -> str:
    high, wide = _side(image, wanted)
    return f"cut to its middle {wide}×{high}" if (high, wide) != image.shape[-2:] else ""


def _scaled(image: Any, wanted: tuple[int, int, int]) -> str:
    return f"resized to {wanted[2]}×{wanted[1]}" if _side(image, wanted) != wanted[1:] else ""


def _resized(image: Any, sizes: tuple[int, int]) -> Any:
    rows, columns = (_weights(old, new) for old, new in zip(image.shape[-2:], sizes, strict=True))
    return rows @ image @ columns.T


def _weights(old: int, new: int) -> Any:
    """One row per new cell: the weight of each old cell; the rows sum to 1."""
    import numpy as np

    if old == new:
        return np.eye(old)
    scale = old / new
    centres = (np.arange(new) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(old) - centres[:, None]) / max(scale, 1)
    weights = np.maximum(0, 1 - distance)
    return weights / weights.sum(axis=1, keepdims=True)


def _coloured(image: Any, channels: int) -> tuple[Any, str]:
    import numpy as np

    if image.shape[0] == channels:
        return image, ""
    if channels == 1:
        return np.tensordot(BRIGHTNESS, image, 1)[None], "turned grey"
    return np.repeat(image[:1], channels, axis=0), f"repeated in {channels} channels"


def _listed(steps: list[str]) -> str:
    return steps[0] if len(steps) == 1 else f"{', '.join(steps[:-1])} and {steps[-1]}"


VALUE = Value("an image", read, suffixes=SUFFIXES, is_fitted=True)
