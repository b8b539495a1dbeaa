"""NumPy's `.npy` and `.npz` files, which may come from anyone.

No pickles, and nothing that unpacks to more bytes than a file may have.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from gradviz.files import LARGEST

BROKEN = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    AttributeError,
    TypeError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy and zipfile raise for a file that is damaged or of another format."""


def npy(data: bytes) -> Any:
    """The array of a `.npy`. Raises the errors in BROKEN."""
    import numpy as np

    return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


def npz(data: bytes) -> dict[str, Any]:
    """The arrays of a `.npz` by name. Raises the errors in BROKEN."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        if size > LARGEST:
            raise ValueError(f"{size:,} bytes when unpacked, more than {LARGEST:,}")
        return {e.filename.removesuffix(".npy"): npy(archive.read(e)) for e in entries}


def strange(arrays: dict[str, Any]) -> str:
    """The name and type of the first array that does not hold numbers; empty if all do."""
    return next((f"{k}: {a.dtype}" for k, a in arrays.items() if a.dtype.kind not in "fiub"), "")
