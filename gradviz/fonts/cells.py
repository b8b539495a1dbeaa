"""Text on a character grid: counting its cells, and cutting or padding it to a width."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import category, east_asian_width

_INVISIBLE = ("Mn", "Mc", "Me", "Cf")
"""Unicode categories that take no cell: combining marks and format characters."""
_JAMO = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
"""Vowels and final consonants of Hangul, which are drawn in the cells of the consonant before."""
_JOINER, _AS_EMOJI = "\u200d", "\ufe0f"
_TONES = range(0x1F3FB, 0x1F400)
"""Skin tones, which change the emoji before them."""
_BREAKING = ("Cc", "Zl", "Zp")
"""Unicode categories that a terminal would act on, or that end a line: they are shown as blanks."""


@lru_cache(maxsize=8192)
def _char_cells(char: str) -> int:
    if category(char) in _INVISIBLE or any(ord(char) in jamo for jamo in _JAMO):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def cells(text: str) -> int:
    """The grid cells of `text`: two per wide character or emoji, none per combining mark, else
    one. Terminals and Textual count alike.
    """
    return len(text) if text.isascii() else len(split(text))


@lru_cache(maxsize=8192)
def split(text: str) -> tuple[str, ...]:
    """`text` cell by cell. A wide character is followed by an empty cell; a combining mark joins
    its base, and so does what a joiner binds to an emoji.

    Control characters become blanks. Format characters, such as those that change the direction of
    writing, are dropped, and so is a mark without a base.
    """
    parts: list[str] = []
    joined = False
    for char in text:
        width, base = _char_cells(char), -1 if parts and parts[-1] else -2
        after_wide = bool(parts) and not parts[-1]
        if category(char) in _BREAKING:
            parts.append(" ")
        elif after_wide and (joined or char == _JOINER or ord(char) in _TONES):
            parts[base] += char
        elif width:
            parts += (char, "")[:width]
        elif parts and category(char) != "Cf":
            parts[base] += char
            if char == _AS_EMOJI and not after_wide:
                parts.append("")
        joined = char == _JOINER and after_wide
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


def cut(text: str, width: int) -> str:
    """`text`, cut and ended with "…" if it is wider than a width."""
    return text if cells(text) <= width else fit(text, width).rstrip(" ")


def ljust(text: str, width: int) -> str:
    """`text`, filled with spaces on the right up to a width."""
    return text + " " * (width - cells(text))


def rjust(text: str, width: int) -> str:
    """`text`, filled with spaces on the left up to a width."""
    return " " * (width - cells(text)) + text


def widest(texts: Iterable[str]) -> int:
    """The cells of the widest text; 0 for none."""
    return max(map(cells, texts), default=0)


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken at spaces, and within words that are wider.

    Hyphens stay within lines. Without text there are no lines.
    """
    if text.isascii() or all(_char_cells(char) == 1 for char in text):
        return textwrap.wrap(text, width, break_on_hyphens=False)
    lines: list[str] = []
    line, used = "", 0
    for word in filter(None, re.split(r"[ \t\n\r\f\v]+", text)):
        taken = cells(word)
        if line and used + 1 + taken <= width:
            line, used = f"{line} {word}", used + 1 + taken
            continue
        if line:
            lines.append(line)
        parts = split(word)
        while taken > width:
            at = width - (width < len(parts) and not parts[width])
            lines.append("".join(parts[:at]))
            parts, taken = parts[at:], taken - at
        line, used = "".join(parts), taken
    return [*lines, line] if line else lines


def window(parts: tuple[str, ...], start: int, stop: int) -> list[str]:
    """Cells `start` to `stop` of a split text; half a wide character at an end becomes a blank."""
    shown = list(parts[start:stop])
    if shown and not shown[0]:
        shown[0] = " "
    if shown and cells(shown[-1]) == 2:
        shown[-1] = " "
    return shown
