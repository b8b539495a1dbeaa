"""TOML files that people write by hand: what is wrong in one is shown at its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from gradviz.errors import ParseError, Span

FENCES = ('"""', "'''")
"""What a text of several lines stands between."""


def parsed(
    text: str, name: str, example: str, *, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """The tables of a text.

    name         what messages call the file.
    example      a line as it should be.
    parse_float  makes a number of one that is written with a point or an exponent.

    Raises ParseError, with the place.
    """
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        raise _broken(text, name, str(error), example) from None
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        what = "brackets are nested too deeply" if deep else "a number has too many digits"
        raise ParseError(f"{name} cannot be read: {what}") from None


def _broken(text: str, name: str, message: str, example: str) -> ParseError:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    start = len(text)
    if found:
        before = text.split("\n")[: int(found[1]) - 1]
        start = sum(len(line) + 1 for line in before) + int(found[2]) - 1
    said = message.partition(" (at")[0]
    return ParseError(
        f"{name} is not valid TOML: {said[0].lower()}{said[1:]}",
        where=(text, Span(start, min(start + 1, len(text)))),
        expected=f"lines such as {example}",
    )


def place(text: str, path: str) -> str | tuple[str, Span]:
    """The place of a path such as `$.section[0].question[1].level`; if the path itself is not
    found, that of the nearest table around it.
    """
    known = _places(text)
    wanted = path.removeprefix("$").removeprefix(".")
    while wanted and wanted not in known:
        wanted = wanted[: max(wanted.rfind("."), wanted.rfind("["), 0)]
    return (text, known[wanted]) if wanted else path


def _places(text: str) -> dict[str, Span]:
    """The location of every key and table by path; a single table counts as a list of one."""
    found: dict[str, Span] = {}
    counts: dict[str, int] = {}
    table = ""
    for line, start in _lines(text):
        span = Span(start + len(line) - len(line.lstrip()), start + len(line))
        if header := re.match(r"\s*\[\[?\s*([\w.\s-]+?)\s*\]\]?", line):
            table = ""
            *above, last = (part.strip() for part in header[1].split("."))
            for name in above:
                table += f"{name}[{counts.get(table + name, 0)}]."
            counts[table + last] = counts.get(table + last, -1) + 1
            table += f"{last}[{counts[table + last]}]"
            found[table] = span
            table += "."
        elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*=", line):
            found.setdefault(table + key[1], span)
    return found


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """The lines and where each begins, without those inside texts of several lines."""
    start, fence = 0, ""
    for line in text.split("\n"):
        if not fence:
            yield line, start
        for mark in FENCES:
            if line.count(mark) % 2 and fence in ("", mark):
                fence = "" if fence else mark
        start += len(line) + 1
