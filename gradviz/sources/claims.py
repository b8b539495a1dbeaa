"""Claimed numbers from a file: a table of names and numbers, JSON, a claim on each line, or named
arrays of another library.
"""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from gradviz.errors import FileError
from gradviz.files import LARGEST_SETTINGS, read_text, read_whole
from gradviz.sources import weights

EXPECTED = 'NAME,NUMBER on each line, NAME=NUMBER on each line, or JSON such as {"L": 1.6688}'


CARRIED = {2: 3, 4: 6, 8: 13}
"""Significant digits that a float of so many bytes has left after a computation."""


class Digits(str):
    """A number of a JSON file, as it stands there."""

    __slots__ = ()


def read(path: str | Path) -> list[str]:
    """Claims as texts, "L=1.6688", with the digits that they have in the file; those of an archive
    with the digits that their floats carry.

    Raises FileError.
    """
    if Path(path).suffix.lower() in weights.every():
        return _arrays(Path(path))
    text = read_text(path, LARGEST_SETTINGS)
    if text.lstrip()[:1] in ("{", "["):
        return _json(path, text)
    lines = [(k, line.strip()) for k, line in enumerate(text.splitlines(), 1)]
    lines = [(k, line) for k, line in lines if line and not line.startswith("#")]
    if all("=" in line for _, line in lines):
        return [line for _, line in lines]
    return [claim for k, line in lines if (claim := _row(path, k, line, first=lines[0][0]))]


def _arrays(path: Path) -> list[str]:
    found = weights.every()[path.suffix.lower()].read(read_whole(path), str(path))
    return [f"{name}={_digits(array)}" for name, array in found.items() if array.size]


def _digits(array: Any) -> str:
    """The numbers of an array as text; what is not finite is not claimed."""
    carried = CARRIED.get(array.dtype.itemsize, 13) if array.dtype.kind == "f" else 17
    texts = [f"{x:.{carried}g}" if isfinite(x) else "_" for x in map(float, array.ravel())]
    return f"[{', '.join(texts)}]" if array.ndim else texts[0]


def _row(path: str | Path, number: int, line: str, *, first: int) -> str:
    """A row of a table; empty for its header. An element's index is quoted, or joined again."""
    import csv

    cells = [cell.strip() for cell in next(csv.reader([line]))]
    *names, value = cells
    if len(cells) < 2:
        raise FileError(
            f"{path} line {number} is not a claim", expected=EXPECTED, got=f"{line:.60}"
        )
    if not any(c.isdigit() for c in value):
        if number == first:
            return ""
        raise FileError(f"{path} line {number} has no number", expected=EXPECTED, got=f"{line:.60}")
    return f"{','.join(names)}={value}"


def _json(path: str | Path, text: str) -> list[str]:
    import json

    try:
        found = json.loads(text, parse_float=Digits, parse_int=Digits)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path} is not JSON", expected=EXPECTED, got=str(error)[:80]) from None
    if isinstance(found, dict):
        return [f"{name}={_number(path, value)}" for name, value in found.items()]
    if all(isinstance(claim, str) and not isinstance(claim, Digits) for claim in found):
        return list(found)
    raise FileError(f"{path} holds no claims", expected=EXPECTED)


def _number(path: str | Path, value: Any) -> str:
    """A number, or nested lists of them, as text; null is not claimed."""
    todo: list[Any] = [value]
    found: list[str] = []
    while todo:
        entry = todo.pop()
        if isinstance(entry, list):
            todo += reversed(entry)
        elif entry is None:
            found.append("_")
        elif isinstance(entry, str):
            found.append(entry)
        else:
            raise FileError(
                f"{path} holds something that is not a number", expected=EXPECTED, got=entry
            )
    return f"[{', '.join(found)}]" if isinstance(value, list) else found[0]
