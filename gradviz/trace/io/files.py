"""Saved traces: JSON, with large arrays in an `.npz` of the same name next to it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from gradviz.errors import FileError, TraceFormatError, did_you_mean
from gradviz.files import Data, read_whole, write_all, write_whole
from gradviz.trace.io import Made, Recorded
from gradviz.trace.io.json import dumps, loads

INLINE = 1000
"""Arrays with more elements than this go to the `.npz`; exact ones never do."""


def save(trace: Recorded, path: str | Path) -> None:
    """Write a trace to a file, and its large arrays to `arrays_path(path)`: both files or neither.

    The same trace gives the same bytes. Raises FileError where they cannot be written.
    """
    files = contents(trace, Path(path))
    if len(files) > 1:
        write_all(files)
    else:
        write_whole(path, files[Path(path)])


def contents(trace: Recorded, path: Path) -> dict[Path, Data]:
    """The bytes that `save` writes, by file; the file at `path` comes last.

    Raises FileError for a name that is an `.npz`.
    """
    if path.suffix == ".npz":
        raise FileError(
            "a trace is JSON text; only its large arrays go to a .npz",
            where=str(path),
            expected="a name such as run.json",
            hint=str(path.with_suffix(".json")),
        )
    arrays = Arrays()
    text = dumps(trace, arrays) + "\n"
    return ({arrays_path(path): arrays.npz} if arrays.found else {}) | {path: text}


def load(path: str | Path, made: Callable[..., Made]) -> Made:
    """Read a saved trace.

    Raises FileError if it cannot be read, TraceFormatError if it is not a trace.
    """
    path = Path(path)
    text = read_whole(path)
    archive = Archive(arrays_path(path))
    try:
        return loads(text, made, archive.expecting)
    except TraceFormatError as error:
        place = error.where if isinstance(error.where, str) else ""
        if isinstance(error.where, str):
            error.where = f"{path}: {place}" if place else str(path)
        else:
            error.what = f"{path.name}: {error.what}"
        raise


def arrays_path(path: str | Path) -> Path:
    """Where the large arrays of the trace in `path` are kept."""
    return Path(path).with_suffix(".npz") if Path(path).name else Path(path)


class Arrays:
    """Large arrays, each stored once, however many copies of it occur."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}
        self._keys: dict[tuple[str, tuple[int, ...], str], str] = {}

    def store(self, value: Any, key: str) -> dict[str, str] | None:
        """The placeholder of a large array in the JSON text; None for a small array."""
        import numpy as np

        if value.size <= INLINE or value.dtype.kind not in "fiub":
            return None
        array = np.ascontiguousarray(value)
        digest = hashlib.sha256(array.data).hexdigest()
        known = self._keys.setdefault((array.dtype.str, array.shape, digest), key)
        if known == key:
            self.found[key] = array
        return {"npz": known}

    def sha256(self) -> str:
        """The digest of the `.npz`; empty if there is none."""
        return hashlib.sha256(self.npz).hexdigest() if self.found else ""

    @cached_property
    def npz(self) -> bytes:
        """The bytes of the `.npz`. NumPy's own writer would put the time into them."""
        from numpy.lib import format as npy

        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for key, array in self.found.items():
                entry = io.BytesIO()
                npy.write_array(entry, array, allow_pickle=False)
                info = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
                info.create_system = 3  # the same on every machine
                archive.writestr(info, entry.getvalue())
        return buffer.getvalue()


class Archive:
    """The `.npz` next to a trace, opened when something is fetched from it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._arrays: Any = None
        self._sha256 = ""

    def expecting(self, sha256: str) -> Callable[[str], Any]:
        """`fetch`, from a file of this digest; files of earlier editions have an empty one."""
        self._sha256 = sha256
        return self.fetch

    def fetch(self, key: str) -> Any:
        """The array under a key. Raises FileError or TraceFormatError."""
        self._arrays = self._arrays or self._open()
        try:
            names = self._arrays.names
            if key in names:
                return self._arrays[key]
        except ValueError as error:
            raise self._damaged(error) from None
        raise TraceFormatError(
            f"the arrays of this trace lack {key!r:.60}",
            where=self.path.name,
            hint=did_you_mean(key, names) or "the .npz may belong to another trace of this name",
        )

    def _open(self) -> Any:
        from gradviz.arrays.npy import Arrays as NpyArrays

        if not self.path.exists():
            raise FileError(
                "the file with the large arrays of this trace is missing",
                where=str(self.path),
                expected="a file next to the trace, with the same name",
                hint="copy both files together",
            )
        data = read_whole(self.path)
        if self._sha256 and hashlib.sha256(data).hexdigest() != self._sha256:
            raise TraceFormatError(
                "the arrays beside this trace are not those that were saved with it",
                where=self.path.name,
                expected=f"the file of SHA-256 {self._sha256[:12]}…, as the JSON says",
                got=f"{len(data):,} bytes of SHA-256 {hashlib.sha256(data).hexdigest()[:12]}…",
                hint="the file is damaged, cut off, or of another run: copy both files together",
            )
        try:
            found = NpyArrays(data)
        except ValueError as error:
            raise self._damaged(error) from None
        if not found.is_archive:
            raise self._damaged("a single array")
        return found

    def _damaged(self, error: object) -> TraceFormatError:
        return TraceFormatError(
            "the arrays of this trace cannot be read",
            where=self.path.name,
            expected="an .npz file as saved with it",
            got=error,
            hint="save or copy both files again",
        )
