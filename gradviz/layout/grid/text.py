"""Text on a character grid: counting its cells, and cutting or padding it to a width."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category, east_asian_width

_INVISIBLE = ("Mn", "Me", "Cf")
"""Unicode categories that take no cell: combining marks and format characters."""
_BREAKING = ("Cc", "Zl", "Zp")
"""Unicode categories that a terminal would act on, or that end a line: they are shown as blanks."""


@lru_cache(maxsize=8192)
def _char_cells(char: str) -> int:
    if category(char) in _INVISIBLE:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def cells(text: str) -> int:
    """The grid cells of `text`: two per wide character, none per combining mark, else one."""
    return len(text) if text.isascii() else sum(map(_char_cells, text))


@lru_cache(maxsize=8192)
def split(text: str) -> tuple[str, ...]:
    """`text` cell by cell. A wide character is followed by an empty cell; a combining mark joins
    its base.

    Control characters become blanks. Format characters, such as those that change the direction of
    writing, are dropped, and so is a mark without a base.
    """
    parts: list[str] = []
    for char in text:
        width = _char_cells(char)
        if category(char) in _BREAKING:
            parts.append(" ")
        elif width:
            parts += (char, "")[:width]
        elif parts and category(char) != "Cf":
            parts[-1 if parts[-1] else -2] += char
    return tuple(parts)


def fit(text: str, width: int, *, fill: str = " ", cut: str = "…") -> str:
    """`text` in exactly `width` cells: padded right with `fill`, or cut and ended with `cut`."""
    taken = cells(text)
    if taken > width:
        parts = split(text)[: max(0, width - 1)]
        if parts and cells(parts[-1]) == 2:
            parts = parts[:-1]
        text = "".join(parts) + cut * (width > 0)
        taken = len(parts) + (width > 0)
    return text + fill * (width - taken)


def window(parts: tuple[str, ...], start: int, stop: int) -> list[str]:
    """Cells `start` to `stop` of a split text; half a wide character at an end becomes a blank."""
    shown = list(parts[start:stop])
    if shown and not shown[0]:
        shown[0] = " "
    if shown and cells(shown[-1]) == 2:
        shown[-1] = " "
    return shown
