"""NumPy's .npz, as `numpy.savez` writes it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradviz.arrays.npy import Arrays, strange
from gradviz.errors import FileError
from gradviz.sources.weights import WeightFormat


def read(data: bytes, where: str) -> dict[str, Any]:
    """The arrays of a file by name. Raises FileError naming `where`."""
    name = Path(where).name
    try:
        arrays = Arrays(data)
        if not arrays.is_archive:
            raise ValueError("a single array")
        found = arrays.all()
    except ValueError as error:
        raise FileError(
            f"{name} is not a weights file",
            where=where,
            expected="a .npz, as numpy.savez writes it",
            got=error,
        ) from None
    if what := strange(found):
        raise FileError(f"{name} contains an array that is not numeric", where=where, got=what)
    return found


def write(arrays: Mapping[str, Any]) -> bytes:
    """A file of these arrays, with fixed dates: the same weights give the same bytes."""
    import numpy as np

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            with file.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)
    return buffer.getvalue()


WEIGHTS = WeightFormat(".npz", read, write)
