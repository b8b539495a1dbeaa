"""Letters that no font here can draw are estimated where only characters are written, as a terminal
draws them with fonts of its own; elsewhere they are refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

NARROW: Final = 0.6
"""The estimated width of a letter as a share of the font size; of wide ones, as Hangul, it is 1."""

_ESTIMATED: ContextVar[bool] = ContextVar("estimated", default=False)


@contextmanager
def estimating(answer: bool = True) -> Iterator[None]:
    """Estimate the width of what no font here can draw, or refuse it."""
    token = _ESTIMATED.set(answer)
    try:
        yield
    finally:
        _ESTIMATED.reset(token)


def are_wanted() -> bool:
    """Whether widths are estimated now."""
    return _ESTIMATED.get()


def width(text: str) -> float:
    """The estimated width of a text as a share of the font size."""
    return sum(
        1.0 if unicodedata.east_asian_width(c) in "WF" else NARROW
        for c in text
        if unicodedata.category(c)[0] != "M"
    )
