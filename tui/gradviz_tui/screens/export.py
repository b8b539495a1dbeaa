"""Saving this frame or the whole walk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.widgets import Input, Static

import gradviz as gv
from gradviz.export.render import render
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.walk.opened import Opened

FRAME, WALK = "Save this frame as", "Save the whole walk as"
FRAME_KINDS, WALK_KINDS = ("svg", "png", "pdf", "txt"), ("pdf", "txt", "svg", "png")


class ExportPrompt(Prompt):
    """A file's name, whose ending says the format; Tab goes between this frame and the whole
    walk.
    """

    def __init__(self, opened: Opened, trace: gv.Trace, k: int, theme: str) -> None:
        self._opened, self._trace, self._k, self._theme, self._whole = (
            opened,
            trace,
            k,
            theme,
            False,
        )
        super().__init__(
            FRAME,
            self._save,
            initial=self._names()[0],
            others=self._names(),
            hint="Tab: the whole walk, and back   ↑ ↓: other formats   Enter: save   Esc: leave it",
        )

    def _names(self) -> list[str]:
        width = len(str(len(self._trace)))
        if not self._whole:
            return [f"step-{self._k:0{width}}.{kind}" for kind in FRAME_KINDS]
        return [
            f"walk.{kind}" if kind in ("pdf", "txt") else f"walk-{{k:0{width}}}.{kind}"
            for kind in WALK_KINDS
        ]

    def turn(self, key: str) -> bool:
        """Tab changes what is saved."""
        if key not in ("tab", "shift+tab"):
            return super().turn(key)
        old, self._whole = self._names(), not self._whole
        self._texts = self._names()
        self.query_one(".title", Static).update(WALK if self._whole else FRAME)
        if self.query_one(Input).value in old:
            self.put(self._texts[0])
        return True

    def _save(self, text: str) -> tuple[str, ...]:
        options: dict[str, Any] = {"steps": "all"} if self._whole else {"step": self._k}
        path = Path(text.strip()).expanduser() if text.strip() else Path()
        if path.suffix.lower() != ".txt":
            options["theme"] = self._theme
        source = Path(self._opened.source) if self._opened.source.endswith(".json") else None
        read = [source] if source is not None else []
        target = str(path) + ("/" if text.strip().endswith("/") else "") if text.strip() else ""
        done = render(self._trace, target, inputs=read, **options)
        return tuple(map(str, done.files))
