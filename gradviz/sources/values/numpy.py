"""NumPy's arrays: `@file.npy`, `@file.npz` with one array, `@file.npz:NAME` with several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradviz.errors import FileError, GradvizError, UnknownNameError, did_you_mean
from gradviz.files import read_whole
from gradviz.ops.op import say_shape
from gradviz.sources.values import Asked, Given, Value


def read(asked: Asked) -> Given:
    """The array of a .npy file, or of a .npz file.

    Raises FileError, and UnknownNameError for an array that the file does not hold.
    """
    from gradviz.arrays.npy import Arrays, strange

    try:
        arrays = Arrays(read_whole(asked.path)).all()
    except ValueError as error:
        if isinstance(error, GradvizError):
            raise
        raise _unreadable(asked.path, "an array of numbers", error) from None
    name = _chosen(asked, arrays)
    if what := strange({name or "the array": arrays[name]}):
        raise _unreadable(asked.path, "an array of numbers", what)
    return Given(arrays[name])


def _chosen(asked: Asked, arrays: dict[str, Any]) -> str:
    held = ", ".join(f"{name} ({say_shape(tuple(a.shape))})" for name, a in arrays.items())
    if asked.entry and asked.entry not in arrays:
        raise UnknownNameError(
            f"{asked.path.name} holds no array called {asked.entry!r:.60}",
            where=str(asked.path),
            expected=held[:400] or "an array",
            hint=did_you_mean(asked.entry, arrays),
        )
    if not asked.entry and len(arrays) != 1:
        raise FileError(
            f"{asked.path.name} holds {len(arrays) or 'no'} arrays",
            where=str(asked.path),
            expected=f"one array, or which of them: {held[:400]}" if arrays else "an array",
            hint=f"{asked.text}:{next(iter(arrays))}" if arrays else "",
        )
    return asked.entry or next(iter(arrays))


def _unreadable(path: Path, expected: str, got: object) -> FileError:
    return FileError(f"{path.name} is unreadable", where=str(path), expected=expected, got=got)


VALUE = Value("an array in a file", read, suffixes=(".npy", ".npz"), archives=(".npz",))
