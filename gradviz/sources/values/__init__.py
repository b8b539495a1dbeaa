"""The VALUE in `NAME=VALUE` (and of `--upstream`): one file per kind of value.

A module of this folder that declares `VALUE` is a kind; adding a kind is adding a file. A file's
kind follows from its suffix, `@file.npy`; an entry in it is named after a colon, `@file.npz:W1`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from gradviz import plugins
from gradviz.errors import FileError, GradvizError, ParseError
from gradviz.ops.op import Shape
from gradviz.sources import EVERYTHING, Allowed, check_allowed

FILE = "@"


class Asked(NamedTuple):
    """A request for a value.

    text the whole VALUE as typed. name the input that it is for. path its file. entry the name of
    an entry in the file. shape the shape that its input declares, or that the output has; None if
    unknown.
    """

    text: str
    name: str
    path: Path
    entry: str
    shape: Shape | None


class Given(NamedTuple):
    """A value, and a note about what was done to it; empty if nothing was."""

    value: Any
    note: str = ""


@dataclass(frozen=True)
class Value:
    """A kind of VALUE.

    name       what messages call it, with its article.
    read       its value; raises GradvizError, which need not name the input.
    prefix     what such a VALUE begins with; the kind without prefix and suffixes takes all else.
    suffixes   how the names of such files end.
    archives   those of the suffixes whose files hold several named entries.
    is_fitted  whether it depends on the shape that it should have.
    runs_code  whether it runs user code.
    """

    name: str
    read: Callable[[Asked], Given]
    prefix: str = ""
    suffixes: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    is_fitted: bool = False
    runs_code: bool = False

    @property
    def reads_files(self) -> bool:
        """Whether it reads a file named in the text."""
        return bool(self.suffixes)


@cache
def every() -> tuple[Value, ...]:
    """Every kind of value, by module name."""
    return plugins.declared(__name__, "VALUE")


def read(text: str, name: str, shape: Shape | None = None, allowed: Allowed = EVERYTHING) -> Given:
    """The value that a text gives to the input called `name`.

    Files, seeds and digits are read here; any other text stays text, which the engine reads in its
    own number type. Raises ParseError, FileError, UnknownNameError, ShapeError or ValueInputError
    naming the input.
    """
    if not text:
        raise ParseError(
            f"the value of {name} is empty", expected=f"a number or an array, as in {name}=3"
        )
    kind = _kind(text)
    path, entry = _file(text) if text.startswith(FILE) else (Path(), "")
    if kind is None:
        raise _unknown_suffix(name, path)
    check_allowed(kind, text, allowed)
    try:
        return kind.read(Asked(text, name, path, entry, shape))
    except GradvizError as error:
        if kind.suffixes:
            error.what = f"the value of {name}: {error.what}"
        raise


def needs_shape(text: str) -> bool:
    """Whether reading a VALUE needs the shape that it should have."""
    kind = _kind(text)
    return kind is not None and kind.is_fitted


def file_of(text: str) -> Path | None:
    """The file that a VALUE names."""
    return _file(text)[0] if text.startswith(FILE) else None


def _kind(text: str) -> Value | None:
    """The kind of a VALUE; None for a file with a suffix of no kind."""
    if text.startswith(FILE):
        return _with_suffix(_file(text)[0])
    prefixed = (k for k in every() if k.prefix and text.startswith(k.prefix))
    others = (k for k in every() if not k.prefix and not k.suffixes)
    return next(prefixed, None) or next(others)


def _file(text: str) -> tuple[Path, str]:
    """The file of a VALUE, and the entry named in it."""
    whole = text.removeprefix(FILE)
    ends = (suffix for kind in every() for suffix in kind.archives)
    found = (m for end in ends if (m := re.match(rf"(.*?{re.escape(end)}):(.+)", whole, re.I)))
    path, entry = next((m.groups() for m in found), (whole, ""))
    return Path(path), entry


def _with_suffix(path: Path) -> Value | None:
    return next((k for k in every() if path.suffix.lower() in k.suffixes), None)


def _unknown_suffix(name: str, path: Path) -> FileError:
    suffixes = [s for k in every() for s in k.suffixes]
    return FileError(
        f"the value of {name} cannot be read from {path.name or 'nothing'}",
        expected=f"a {', '.join(suffixes[:-1])} or {suffixes[-1]} file",
        got=path.suffix or "no suffix",
    )
