"""The table of keys as Textual binds it: what a key does is the screen's action of that name."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from gradviz.story.keys import EVERY, Key

FIRST = ("quit", "select", "select_back")
"""Actions whose keys Textual would otherwise take for itself."""


def names(key: Key) -> str:
    """A key's keys as Textual lists them: with commas, so that the comma itself goes by its
    name.
    """
    return ",".join("comma" if k == "," else k for k in key.keys.split())


def bindings(keys: Iterable[Key] = EVERY) -> list[Binding]:
    """Some entries of the table as a screen binds them."""
    return [
        Binding(
            names(key),
            f"do('{key.action}')",
            key.words,
            id=key.action,
            show=False,
            priority=key.action in FIRST,
        )
        for key in keys
    ]
