"""Words as a shell takes them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

PLAIN = re.compile(r"[\w./:@%+=,-]+")
"""What every shell leaves as it is."""


def quoted(word: str) -> str:
    """A word as any shell takes it."""
    if PLAIN.fullmatch(word):
        return word
    return f'"{word}"' if not set(word) & set('"$`\\!\n') else shlex.quote(word)


def line(words: Iterable[str]) -> str:
    """Words as one line to type."""
    return " ".join(map(quoted, words))
