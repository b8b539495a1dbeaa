"""Saving this frame or the whole walk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.widgets import Input, Static

from gradviz.errors import ValueInputError
from gradviz.export import formats
from gradviz.export.render import Place, render
from gradviz.trace.walks import Walk, is_graph_walk
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.walk.opened import Opened

FRAME, WALK = "Save this frame as", "Save the whole walk as"


def kinds(whole: bool, *, of_graph: bool = True) -> list[formats.Format]:
    """The formats that hold frames of a graph, or of another view, in the order offered. Those that
    hold what is saved in one file come first.
    """
    held = [f for f in formats.every() if f.holds != "run" and (of_graph or f.inside)]
    first = ("frames",) if whole else ("frame", "either")
    usual = formats.suffixes()
    return sorted(held, key=lambda form: (form.holds not in first, usual.index(form.suffix)))


class ExportPrompt(Prompt):
    """A file name, whose suffix sets the format; Tab switches between this frame and the walk."""

    def __init__(self, opened: Opened, trace: Walk, k: int, theme: str) -> None:
        self._opened, self._trace, self._k, self._theme, self._whole = (
            opened,
            trace,
            k,
            theme,
            False,
        )
        self._agreed: Path | None = None  # a folder that may be made
        super().__init__(
            FRAME,
            self._save,
            initial=self._names()[0],
            others=self._names(),
            hint="Tab: frame or whole walk   ↑ ↓: other formats   Enter: save   Esc: cancel",
        )

    def _names(self) -> list[str]:
        width = len(str(len(self._trace)))
        if not self._whole:
            return [f"step-{self._k:0{width}}{form.suffix}" for form in self._kinds]
        return [
            f"walk{form.suffix}" if form.holds == "frames" else f"walk-{{k:0{width}}}{form.suffix}"
            for form in self._kinds
        ]

    @property
    def _kinds(self) -> list[formats.Format]:
        return kinds(self._whole, of_graph=is_graph_walk(self._trace))

    def turn(self, key: str) -> bool:
        """Let Tab change what is saved."""
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
        name = text.strip()
        target = str(Path(name).expanduser()) + ("/" if name.endswith("/") else "") if name else ""
        place = Place.of(target)
        self._ask_for_folder(place.path if place.is_folder else place.path.parent)
        if "theme" in place.format.options:
            options["theme"] = self._theme
        source = Path(self._opened.source) if self._opened.source.endswith(".json") else None
        read = [source] if source is not None else []
        done = render(self._trace, target, inputs=read, **options)
        return tuple(map(str, done.files))

    def _ask_for_folder(self, folder: Path) -> None:
        """Raise ValueInputError for a folder that does not exist, unless it was said before."""
        if folder.exists() or folder == self._agreed:
            return
        self._agreed = folder
        raise ValueInputError(
            f"there is no folder {folder}", hint="Enter again makes it; or type another name"
        )
