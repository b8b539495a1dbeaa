"""The table of keys as Textual bindings: each key runs the screen's action of that name."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from gradviz.story.keys import EVERY, Key

FIRST = ("quit", "select", "select_back")
"""Actions whose keys Textual would otherwise handle itself."""


def names(key: Key) -> str:
    """An action's keys as Textual lists them: separated by commas, so the comma is named."""
    return ",".join("comma" if k == "," else k for k in key.keys.split())


def bindings(keys: Iterable[Key] = EVERY) -> list[Binding]:
    """The bindings of some entries of the table."""
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
