"""NumPy's `.npy` and `.npz` files, which may come from anyone.

A file is judged by its content and not by its name. No pickles; no array that is larger than the
bytes that are there; nothing that unpacks without bound.
"""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
from functools import cached_property
from typing import Any

from gradviz.files import DAMAGED

BROKEN = (*DAMAGED, zipfile.BadZipFile, tokenize.TokenError)
ARCHIVE = b"PK"
LARGEST_UNPACKED = 2**30
"""Bytes; an archive that unpacks to more must not be `SUSPICIOUS` times smaller."""
SUSPICIOUS = 100


class Arrays:
    """The arrays of a file by name, each read when asked for; the one of a `.npy` is called "".

    Raises ValueError, in plain words, for anything that is not such a file.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.is_archive = data.startswith(ARCHIVE)
        self._read: dict[str, Any] = {}
        if not self.is_archive:
            self._read = {"": _npy(data)}

    @cached_property
    def _entries(self) -> dict[str, zipfile.ZipInfo]:
        try:
            entries = self._archive.infolist()
        except BROKEN as error:
            raise ValueError(f"a damaged archive: {error}") from None
        size = sum(entry.file_size for entry in entries)
        if size > max(LARGEST_UNPACKED, SUSPICIOUS * len(self.data)):
            raise ValueError(f"{size:,} bytes packed into {len(self.data):,}")
        return {entry.filename.removesuffix(".npy"): entry for entry in entries}

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.data))

    @property
    def names(self) -> list[str]:
        """The names, in the file's order."""
        return list(self._entries) if self.is_archive else list(self._read)

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = _npy(self._unpacked(name))
        return self._read[name]

    def _unpacked(self, name: str) -> bytes:
        entry = self._entries[name]
        if entry.flag_bits & 1:
            raise ValueError(f"{name} is encrypted, or its archive is damaged")
        try:
            return self._archive.read(entry)
        except BROKEN as error:
            raise ValueError(f"{name} is damaged: {error}") from None

    def all(self) -> dict[str, Any]:
        """Every array by name."""
        return {name: self[name] for name in self.names}


def _npy(data: bytes) -> Any:
    """The array of the bytes of a `.npy`. Raises ValueError."""
    import numpy as np

    form, stream = np.lib.format, io.BytesIO(data)
    if not data:
        raise ValueError("an empty file")
    try:
        version = form.read_magic(stream)
        read = {(1, 0): form.read_array_header_1_0, (2, 0): form.read_array_header_2_0}[version]
        shape, in_columns, dtype = read(stream)
    except BROKEN:
        raise ValueError("no array: its header is damaged, or it is another format") from None
    if dtype.hasobject:
        raise ValueError("Python objects, which could run code")
    start, wanted = stream.tell(), math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or wanted != len(data) - start:
        raise ValueError(f"{len(data) - start:,} bytes for an array of {wanted:,}: cut off?")
    try:
        flat = np.frombuffer(data, dtype, math.prod(shape), start)
        return flat.reshape(shape, order="F" if in_columns else "C").copy()
    except BROKEN as error:
        raise ValueError(f"an impossible array: {error}") from None


def strange(arrays: dict[str, Any]) -> str:
    """The name and type of the first array that does not hold numbers; empty if all do."""
    return next((f"{k}: {a.dtype}" for k, a in arrays.items() if a.dtype.kind not in "fiub"), "")
