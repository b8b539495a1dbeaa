"""The line of passes, with pictures of the plane above it: how a network came to what it says."""

from __future__ import annotations

from typing import Final, NamedTuple

from gradviz.export.reports.text import Line
from gradviz_tui.view.panes import HOT, MUTED, merged
from gradviz_tui.view.plane import Look, fields
from gradviz_tui.walk.playground import Film, Seen

AHEAD: Final = "ahead"
NARROWEST_TICK: Final = 9
"""The columns between two ticks on the line of passes, at least."""


def film_of(width: int, still: tuple[int, int]) -> Film:
    """How many pictures of passes have room in so many columns, and of how many points."""
    pitch = max(NARROWEST_TICK, still[0] + 3)
    return Film(max(2, width // pitch), max(1, still[0]), max(1, 2 * still[1]))


def film(seen: Seen, width: int, height: int, look: Look) -> list[Line]:
    """The passes as a line, with pictures of the plane above it and numbers below."""
    if width < 12:
        return [[] for _ in range(height)]
    tall, wide, place = max(0, height - 2), _width(seen), _place(seen, width)
    line = _passes(seen, place, width, look)
    if height < 2:
        return [merged(line)]
    numbers: Line = [(" ", MUTED)] * width
    pictures: list[Line] = [[(" ", "")] * width for _ in range(tall)]
    taken: list[tuple[int, int]] = []
    for still in seen.stills[::-1]:  # the present one first: it has its room in any case
        x = place.column(still.k) - wide // 2
        if tall and still.field is not None and _free(taken, x, x + wide):
            for y, row in enumerate(fields(still.field, wide, tall, look)):
                pictures[y][x : x + wide] = row
    taken = []
    for k in (seen.k, *range(0, seen.horizon + 1, seen.gap)):
        text = f"{k:,}"
        x = min(max(0, place.column(k) - len(text) // 2), width - len(text))
        if _free(taken, x, x + len(text)):
            role = HOT if k == seen.k else MUTED
            numbers[x : x + len(text)] = [(sign, role) for sign in text]
    return [*map(merged, pictures), merged(line), merged(numbers)]


def _width(seen: Seen) -> int:
    """The columns of a picture on the line; 0 without any."""
    field = seen.stills[-1].field
    return 0 if field is None else int(field[0].shape[1])


def _place(seen: Seen, width: int) -> _Line:
    left = max(2, _width(seen) // 2 + 1)
    return _Line(left, width - 2 * left, seen.horizon)


def _free(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a stretch has a column between itself and all that were taken; it is then taken."""
    if any(start <= b and a <= end for a, b in taken):
        return False
    taken.append((start, end))
    return True


def _passes(seen: Seen, place: _Line, width: int, look: Look) -> Line:
    """Passes up to the present one, others that were done, and those to come; ticks; where we
    are.
    """
    here, on, tick, past = ("O", "-", "+", "=") if look.ascii else ("◆", "─", "┼", "━")
    at, done = place.column(seen.k), place.column(seen.done)
    line: Line = [(" ", MUTED)] * width
    for x in range(place.left, place.column(seen.horizon) + 1):
        line[x] = (past, HOT) if x < at else (on, MUTED if x <= done else AHEAD)
    for k in range(0, seen.horizon + 1, seen.gap):
        x = place.column(k)
        line[x] = ("+" if look.ascii else "┿" if x < at else tick, line[x][1])
    line[at] = (here, HOT)
    return line


def pass_at(x: int, seen: Seen, width: int) -> int:
    """The pass that stands at a column of the line, of those that were done."""
    place = _place(seen, width)
    share = (x - place.left) / max(1, place.columns - 1)
    return min(max(0, round(share * seen.horizon)), seen.done)


class _Line(NamedTuple):
    """Where the line of passes begins, its columns, and the pass at its end."""

    left: int
    columns: int
    last: int

    def column(self, k: int) -> int:
        return self.left + round(k * (self.columns - 1) / max(1, self.last))
