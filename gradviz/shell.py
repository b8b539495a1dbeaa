"""Quoting words for a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

PLAIN = re.compile(r"[\w./:@%+=,-]+")
"""Words that no shell changes."""


def quoted(word: str) -> str:
    """A word, quoted where a shell needs it."""
    if PLAIN.fullmatch(word):
        return word
    return f'"{word}"' if not set(word) & set('"$`\\!\n') else shlex.quote(word)


def line(words: Iterable[str]) -> str:
    """Words as one line to type into a shell."""
    return " ".join(map(quoted, words))
