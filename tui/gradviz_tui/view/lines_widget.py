"""Lines of (text, role) as a widget: the base of every pane."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from gradviz.export.reports.text import Line
from gradviz_tui.view import palette
from gradviz_tui.view.panes import fitted

Make = Callable[[int, int], Sequence[Line]]
"""(width, height) to lines."""


def strip_of(line: Line, width: int, colours: str, *, ascii: bool = False) -> Strip:
    """A line as exactly `width` cells."""
    return Strip(
        [
            Segment(text, palette.look(colours, role))
            for text, role in fitted(line, width, ascii=ascii)
        ],
        width,
    )


def stretches(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rising row numbers as stretches without gaps: where each begins, and how long it is."""
    found: list[tuple[int, int]] = []
    for y in rows:
        if found and sum(found[-1]) == y:
            found[-1] = found[-1][0], found[-1][1] + 1
        else:
            found.append((y, 1))
    return found


class Lines(Widget):
    """A pane that shows the lines a function returns for its size."""

    DEFAULT_CSS = "Lines { height: 1; }"

    def __init__(self, make: Make | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Make = make or (lambda width, height: [])
        self._shown: list[Line] = []
        self._for: tuple[int, int] | None = None
        self.colours = "dark"
        self.ascii = False

    def show(self, make: Make | None = None) -> None:
        """Show other content, or refresh the same."""
        self._make = make or self._make
        width, height = self.size
        if self._for != (width, height) or not self.display:
            self._for = None
            self.refresh()
            return
        old, self._shown = self._shown, list(self._make(width, height))
        changed = [y for y in range(height) if _at(old, y) != _at(self._shown, y)]
        for first, count in stretches(changed):
            self.refresh_rows(first, count)

    def refresh_rows(self, first: int, count: int) -> None:
        """Redraw some rows."""
        from textual.geometry import Region

        self.refresh(Region(0, first, self.size.width, count))

    def look(self, colours: str, ascii: bool) -> None:
        """Change the colours and the characters."""
        if (colours, ascii) != (self.colours, self.ascii):
            self.colours, self.ascii, self._for = colours, ascii, None
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of the pane."""
        width, height = self.size
        if self._for != (width, height):
            self._shown, self._for = list(self._make(width, height)), (width, height)
        return strip_of(_at(self._shown, y), width, self.colours, ascii=self.ascii)


def _at(lines: Sequence[Line], y: int) -> Line:
    return lines[y] if y < len(lines) else []
