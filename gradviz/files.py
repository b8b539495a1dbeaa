"""The door: whole files read and written, text cleaned, names that every system can hold.

A half-written file is never visible, and a failed write leaves the old file in place.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
import struct
import time
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gradviz.errors import FileError, ParseError, ValueInputError, did_you_mean

fcntl: Any
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

Data = bytes | str
LARGEST = 4 * 2**30
"""Bytes; larger files are not read: real inputs are far smaller."""
LARGEST_TEXT = 256 * 2**20
"""The same for files that are read as text: tables, lists of students, arrays as JSON."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks at the beginning of a text file, and the encodings they stand for."""
LARGEST_SETTINGS = 2**20
"""The same for files that people write by hand: themes, settings, exams."""
DAMAGED = (
    ValueError,
    OSError,
    EOFError,
    LookupError,
    ArithmeticError,
    AttributeError,
    TypeError,
    SyntaxError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What other libraries raise for bytes that are damaged or of another format."""
UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Characters that no format can hold, or that change how the text around them is read: control
characters, line and paragraph separators, overrides of the writing direction, halves of surrogate
pairs.
"""
REPLACEMENT = "\ufffd"
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?|.*[. ]", re.I | re.S)
"""Names of files that Windows cannot hold."""
TEMPORARY = re.compile(r"\.gradviz-[0-9a-f]{16}\.tmp")
PATIENCE = 50
"""Attempts, a hundredth of a second apart, to tell others that a folder is written to."""


def clean(text: str) -> str:
    """The text with every unsafe character replaced by one other, so that places in it stay."""
    return UNSAFE.sub(REPLACEMENT, text)


def clean_line(text: str) -> str:
    """The same for text of one line: line breaks and tabs become spaces."""
    if not text or (text.isascii() and text.isidentifier()):
        return text
    return clean(re.sub(r"\r\n|[\r\n\t]", " ", text))


def clean_all(data: Any) -> Any:
    """Nested lists and tables with all text in them, keys included, cleaned."""
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, list):
        return [clean_all(value) for value in data]
    if isinstance(data, dict):
        return {clean(key): clean_all(value) for key, value in data.items()}
    return data


def compatible(name: str) -> str:
    """The name as Python compares names (NFKC), but for the vowel am of Thai and Lao: a tone that
    is written on it finds its place in the one character only.
    """
    if name.isascii():
        return name
    import unicodedata

    whole = unicodedata.normalize("NFKC", name)
    return whole.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")


def same_name(name: str, known: Collection[str]) -> str:
    """The one of the known names that Python takes for the same as `name`; else `name` itself."""
    if name in known:
        return name
    wanted = compatible(name)
    return next((other for other in known if compatible(other) == wanted), name)


def is_reserved(name: str) -> bool:
    """Whether some system keeps a file name for a device, or cannot hold it."""
    return RESERVED.fullmatch(name) is not None


def as_path(path: Any) -> Path:
    """The path that a caller names. Raises ValueInputError for anything but text or a path."""
    try:
        return Path(path)
    except TypeError:
        raise ValueInputError(
            "a file is named by its path", expected="text or a pathlib.Path", got=f"{path!r:.60}"
        ) from None


def read_whole(path: str | Path, at_most: int = LARGEST) -> bytes:
    """The bytes of a file. Raises FileError if it cannot be read or `check_file` refuses it."""
    path = as_path(path)
    check_file(path, at_most)
    try:
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except (OSError, ValueError, MemoryError) as error:
        raise _unreadable(path, error) from None
    if len(data) > at_most:  # it has grown
        raise _too_large(path, len(data), at_most)
    return data


def read_start(path: Path, count: int) -> bytes:
    """The first bytes of a regular file. Raises OSError, and what `check_file` raises."""
    check_file(path)
    with path.open("rb") as file:
        return file.read(count)


def check_file(path: Path, at_most: int = LARGEST) -> None:
    """Raise FileError unless the path is a regular file of at most `at_most` bytes.

    A device or a pipe might never end. Nothing is read.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if stat.S_ISDIR(found.st_mode):
        raise _unreadable(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    if not stat.S_ISREG(found.st_mode):
        raise _not_a_file(path)
    if found.st_size > at_most:
        raise _too_large(path, found.st_size, at_most)


def _too_large(path: Path, size: int, at_most: int) -> FileError:
    return FileError(
        f"{path.name} is too large to be read",
        where=str(path),
        expected=f"at most {at_most // 2**20:,} MiB",
        got=f"{size / 2**20:,.1f} MiB",
    )


def read_text(path: str | Path, at_most: int = LARGEST_TEXT, form: str = "text") -> str:
    """The text of a UTF-8 file, or of a UTF-16 file with a byte order mark; a mark is dropped.

    `form` is what messages call the file. Raises FileError if it cannot be read, ParseError if it
    has another encoding.
    """
    data = read_whole(path, at_most)
    mark, encoding = next((m for m in MARKS if data.startswith(m[0])), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding)
        at = text.find("\0")
    except UnicodeDecodeError as error:
        at = error.start
    if at < 0:
        return text
    raise ParseError(
        f"{Path(path).name} is not in UTF-8",
        where=f"{path}, byte {len(mark) + at + 1}",
        expected=f"{form} in UTF-8",
        hint=f"save it as {form} UTF-8" if form == "CSV" else "save it as UTF-8",
    )


def write_whole(path: str | Path, data: Data) -> None:
    """Write a file whole or not at all; text is written as UTF-8, its newlines unchanged.

    The data goes to a temporary file next to the target, which then replaces it; a failure or an
    interrupt before that leaves the target unchanged and no temporary file behind. A symbolic link
    stays a link. A device or a pipe, which cannot be replaced, is written directly. Raises
    FileError.
    """
    path = as_path(path)
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

    The last file is put in place last: it is the one that refers to the others.
    """
    with _at_work(files):
        _write_all(files)


def _write_all(files: Mapping[Path, Data]) -> None:
    staged: list[tuple[Path, Path]] = []
    aside: list[tuple[Path, Path, Path]] = []
    path = Path()
    try:
        for path, data in files.items():
            target = _target(path)
            staged.append((temporary := _beside(target), target))
            _fill(temporary, _bytes(data))
        for temporary, path in staged[:-1]:
            aside.append((temporary, path, old := _beside(path, "old")))
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
    """Temporary files left in a folder, or below it, by killed writers; found by name."""
    return [
        path
        for path in sorted(folder.rglob(".*.tmp"))
        if TEMPORARY.fullmatch(path.name) and path.is_file()
    ]


def clear_left_over(folder: Path) -> None:
    """Remove temporary files of killed writers from a folder, unless someone writes there now."""
    try:
        place = _lock(folder, alone=True)
    except (OSError, AttributeError):
        return
    try:
        for path in folder.iterdir():
            if TEMPORARY.fullmatch(path.name) and path.is_file():
                with suppress(OSError):
                    path.unlink()
    finally:
        os.close(place)


def _is_stream(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def _target(path: Path) -> Path:
    """The file that symbolic links lead to. Raises FileError for what must not be replaced."""
    target = Path(os.path.realpath(path))
    if is_reserved(path.name) and not target.is_dir():
        raise FileError(
            f"{path.name} is no name for a file on every system",
            where=str(path),
            expected="a name other than con, nul and the like, without a dot or a blank at its end",
            hint=f"name it otherwise: my-{path.name.rstrip('. ')}",
        )
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if _is_stream(path):
        raise _not_a_file(path)
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


def _not_a_file(path: Path) -> FileError:
    return FileError("this is a device or a pipe, not a file", where=str(path), hint="name a file")


def _beside(target: Path, suffix: str = "tmp") -> Path:
    """A new name in the target's folder, independent of the target's name, which may be long."""
    return target.with_name(f".gradviz-{os.urandom(8).hex()}.{suffix}")


@contextmanager
def _at_work(paths: Iterable[Path]) -> Iterator[None]:
    """Keep `clear_left_over` in other processes away from the folders of some files."""
    held = []
    try:
        for folder in {Path(os.path.realpath(path)).parent for path in paths}:
            for _ in range(PATIENCE):
                try:
                    held.append(_lock(folder, alone=False))
                    break
                except BlockingIOError:
                    time.sleep(0.01)
                except (OSError, ValueError, AttributeError):
                    break
        yield
    finally:
        for place in held:
            os.close(place)


def _lock(folder: Path, *, alone: bool) -> int:
    """A descriptor that holds the system's lock on a folder, together with others or alone.

    Raises BlockingIOError where someone else prevents that, OSError or AttributeError where there
    are no such locks.
    """
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BaseException:
        os.close(place)
        raise
    return place


def _fill(temporary: Path, data: bytes) -> None:
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _undo(temporary: Path, target: Path, old: Path) -> None:
    """Restore the file that was replaced."""
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
            hint=f"create it first: mkdir -p {folder}",
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
            expected="a file that you have permission for",
            got=error.strerror or "no permission",
            hint="choose another place, or change its permissions",
        )
    why = getattr(error, "strerror", None) or str(error)
    return FileError(f"{name} cannot be {done}", where=str(path).replace("\0", "\\0"), got=why)
