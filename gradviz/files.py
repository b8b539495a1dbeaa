"""Files read and written whole.

Nobody ever sees half a file, and a failure leaves what was there.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gradviz.errors import FileError, did_you_mean

Data = bytes | str
TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")


def read_whole(path: str | Path) -> bytes:
    """The bytes of a file. Raises FileError where it cannot be read."""
    path = Path(path)
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def write_whole(path: str | Path, data: Data) -> None:
    """Write a file whole or not at all; text is written as UTF-8, its newlines as they are.

    The data goes to a temporary file beside the target, which then takes its place; whatever
    happens before, an interrupt included, leaves the target as it was and nothing beside it. A
    symbolic link stays one. A device or a pipe, which nothing can take the place of, is written
    directly. Raises FileError.
    """
    path = Path(path)
    try:
        if not _is_stream(path):
            write_all({path: data})
            return
        with path.open("wb") as stream:
            stream.write(_bytes(data))
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None


def write_all(files: Mapping[Path, Data]) -> None:
    """Write several files, each as `write_whole` does, and all of them or none. Raises FileError.

    The last one takes its place last: it is the one that tells a reader that the others are there.
    """
    staged: list[tuple[Path, Path]] = []
    aside: list[tuple[Path, Path, Path]] = []
    path = Path()
    try:
        for path, data in files.items():
            target = _target(path)
            staged.append((temporary := _beside(target), target))
            _fill(temporary, _bytes(data))
        for temporary, path in staged[:-1]:
            aside.append((temporary, path, old := _beside(path)))
            if path.exists():
                path.replace(old)
            temporary.replace(path)
        for temporary, path in staged[-1:]:
            temporary.replace(path)
    except BaseException as error:
        for temporary, target, old in aside:
            _undo(temporary, target, old)
        if isinstance(error, OSError | ValueError):
            raise _unwritable(path, error) from None
        raise
    finally:
        for left in [temporary for temporary, _ in staged] + [old for _, _, old in aside]:
            with suppress(NotADirectoryError):  # nothing can be left in a folder that is a file
                left.unlink(missing_ok=True)


def left_over(folder: Path) -> list[Path]:
    """Temporary files, here and below, of writers that were killed; only their names are ours to
    know them by.
    """
    return [
        path
        for path in sorted(folder.rglob(".*.tmp"))
        if TEMPORARY.fullmatch(path.name) and path.is_file()
    ]


def _is_stream(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def _target(path: Path) -> Path:
    """The file itself behind symbolic links. Raises FileError for what must not be replaced."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if _is_stream(path):
        raise FileError(
            "this is a device or a pipe, not a file", where=str(path), hint="name a file"
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


def _beside(target: Path) -> Path:
    """A new name in the target's folder; its own, so that the length of the target's name does not
    matter.
    """
    return target.with_name(f".{secrets.token_hex(8)}.tmp")


def _fill(temporary: Path, data: bytes) -> None:
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _undo(temporary: Path, target: Path, old: Path) -> None:
    """Bring back what stood in the target's place."""
    if old.exists():
        old.replace(target)
    elif not temporary.exists():
        target.unlink(missing_ok=True)


def _bytes(data: Data) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _unwritable(path: Path, error: Exception) -> FileError:
    if isinstance(error, FileError):
        return error
    folder = path.parent
    if isinstance(error, FileNotFoundError | NotADirectoryError) and not folder.is_dir():
        return FileError(
            f"{path.name} cannot be written: its folder does not exist",
            where=str(path),
            expected="a folder that exists",
            got=str(folder),
            hint=f"make it first: mkdir -p {folder}",
        )
    return _refused(path, error, "written")


def _unreadable(path: Path, error: Exception) -> FileError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        folder = path.parent
        names = (
            sorted(p.name for p in folder.iterdir())
            if os.access(folder, os.R_OK) and folder.is_dir()
            else []
        )
        hint = did_you_mean(path.name, names)
        return FileError(
            f"there is no file {path.name}",
            where=str(path),
            expected="a file that exists",
            hint=hint,
        )
    return _refused(path, error, "read")


def _refused(path: Path, error: Exception, done: str) -> FileError:
    """The errors that reading and writing share."""
    if isinstance(error, IsADirectoryError):
        return FileError(
            f"this is a folder, not a file: it cannot be {done}",
            where=str(path),
            expected="the path of a file",
            hint=f"name a file in it: {path / 'run.json'}",
        )
    name = path.name.replace("\0", "\\0")
    if isinstance(error, PermissionError):
        return FileError(
            f"{name} may not be {done}",
            where=str(path),
            expected="a file for which there is permission",
            got=error.strerror or "no permission",
            hint="choose another place, or change its permissions",
        )
    why = getattr(error, "strerror", None) or str(error)
    return FileError(f"{name} cannot be {done}", where=str(path).replace("\0", "\\0"), got=why)
