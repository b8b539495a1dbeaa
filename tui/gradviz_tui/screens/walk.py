"""The walk: what is shown, with every key bound to what it does."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gradviz_tui.keys import EVERY
from gradviz_tui.screens.tools import Tools

FIRST = ("quit", "select", "select_back")
"""Actions whose keys Textual would otherwise take for itself."""


class WalkScreen(Tools):
    """One run, stepped through."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.keys, key.id, key.words, id=key.id, show=False, priority=key.id in FIRST)
        for key in EVERY
    ]
