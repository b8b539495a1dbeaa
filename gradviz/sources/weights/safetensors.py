"""The .safetensors format: an eight-byte length, that much JSON (the header), then the data.

Follows https://huggingface.co/docs/safetensors; every offset is checked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from gradviz.errors import FileError
from gradviz.files import DAMAGED
from gradviz.sources.weights import WeightFormat

TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
    "BOOL": "|b1",
}
LARGEST_HEADER = 100_000_000


def read(data: bytes, where: str) -> dict[str, Any]:
    """The arrays of a file by name; BF16, which NumPy lacks, as float32.

    Raises FileError naming `where`.
    """
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(LARGEST_HEADER, len(data) - 8):
        raise _broken(where, f"{len(data):,} bytes, too few for its header", "a whole file")
    try:
        header = json.loads(data[8 : 8 + size])
    except (ValueError, RecursionError) as error:
        raise _broken(where, error, "a JSON header") from None
    if not isinstance(header, dict):
        raise _broken(where, type(header).__name__, "a header that is a JSON object")
    body = memoryview(data)[8 + size :]
    return {
        name: _array(name, row, body, where)
        for name, row in header.items()
        if name != "__metadata__"
    }


def _array(name: str, row: Any, body: memoryview, where: str) -> Any:
    import numpy as np

    fields = row if isinstance(row, dict) else {}
    kind, shape, place = (
        fields.get("dtype"),
        fields.get("shape", ()),
        fields.get("data_offsets", ()),
    )
    if not isinstance(kind, str) or kind not in TYPES:
        raise _broken(where, f"{name}: {kind!r:.40}", f"numbers of the type {', '.join(TYPES)}")
    if not _whole(shape) or not _whole(place) or len(place) != 2:
        raise _broken(where, f"{name}: {row!r:.80}", "a shape and two data_offsets")
    dtype = np.dtype(TYPES[kind])
    if (
        not (place[0] <= place[1] <= len(body))
        or place[1] - place[0] != math.prod(shape) * dtype.itemsize
    ):
        got = (
            f"{name}: bytes {place[0]} to {place[1]} of {len(body)} for {kind} of the shape"
            f" {tuple(shape)}"
        )
        raise _broken(where, got, "offsets within the file, for as many bytes as the shape needs")
    flat = np.frombuffer(body[place[0] : place[1]], dtype)
    if kind == "BF16":
        flat = (flat.astype("<u4") << 16).view("<f4")
    try:
        return flat.reshape(shape).astype(flat.dtype.newbyteorder("="))
    except DAMAGED as error:
        raise _broken(where, f"{name}: {error}", "a shape that an array can have") from None


def _whole(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def write(arrays: Mapping[str, Any]) -> bytes:
    """A file of these arrays, which are float64, float32, float16, integers or booleans."""
    import numpy as np

    kinds = {np.dtype(code): kind for kind, code in TYPES.items() if kind != "BF16"}
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    at = 0
    for name, array in arrays.items():
        kind = kinds.get(array.dtype)
        array = array if kind else array.astype("<f8" if array.dtype.kind == "f" else "<i8")
        parts.append(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
        header[name] = {
            "dtype": kind or kinds[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [at, at + len(parts[-1])],
        }
        at += len(parts[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (
        -len(text) % 8
    )  # required by the format, so that the arrays start at a multiple of 8
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def _broken(where: str, got: object, expected: str) -> FileError:
    return FileError("not a valid .safetensors file", where=where, expected=expected, got=got)


WEIGHTS = WeightFormat(".safetensors", read, write)
