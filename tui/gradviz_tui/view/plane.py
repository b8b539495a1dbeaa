"""The plane of the data: the fields of the classes in half blocks, and the samples in them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.export.reports.text import Line
from gradviz.layout.grid import cells, cut, wrap
from gradviz.scene.colours import mixed
from gradviz.scene.themes import THEMES
from gradviz_tui.view.half_blocks import HALF
from gradviz_tui.view.panes import HOT, MUTED, merged
from gradviz_tui.walk.playground import Field, Seen

SERIES: Final = ("a", "b", "c", "ink")
"""The colours of the classes, by their names in a theme."""
SIGNS: Final = "●■▲◆"
PLAIN_SIGNS, PLAIN_MISSED = "ox+*", "OX#%"
FIELDS: Final = ".-:="
"""The field of each class without colours."""
LEVELS: Final = 4
TINT: Final = 0.45
"""The part of a class's colour in the strongest level of its field."""


class Look(NamedTuple):
    """How it is drawn: the theme, and whether without colours and in ASCII."""

    theme: str
    plain: bool
    ascii: bool


def plane(seen: Seen, width: int, height: int, look: Look) -> list[Line]:
    """The fields of the classes in half blocks, and the samples in them."""
    if seen.field is None or seen.spans is None:
        text = "The data have no plane of two features and classes; there is only the loss to see."
        return [[(line, MUTED)] for line in wrap(text, width)]
    rows = height - 1
    grid = fields(seen.field, width, rows, look)
    across, up = seen.spans
    for missed in (False, True):
        for dot in seen.dots:
            if dot.right == missed:
                continue
            x = int((dot.x - across.low) / across.length * width)
            y = int((up.high - dot.y) / up.length * rows)
            if 0 <= y < rows and 0 <= x < width:
                grid[y][x] = _sample(dot.label, missed, grid[y][x], look)
    return [*map(merged, grid), _key(seen, width, look)]


def fields(field: Field, width: int, rows: int, look: Look) -> list[Line]:
    """The class that leads at each point, in the colours of the classes."""
    best, share = field
    ys = _nearest(2 * rows, best.shape[0])
    xs = _nearest(width, best.shape[1])
    classes = best[np.ix_(ys, xs)].tolist()
    if look.plain:
        return [[(FIELDS[c % LEVELS], MUTED) for c in line] for line in classes[::2]]
    levels = np.ceil(share[np.ix_(ys, xs)] * LEVELS).astype(int).tolist()
    points = [
        [tint(look.theme, c, level) for c, level in zip(*pair, strict=True)]
        for pair in zip(classes, levels, strict=True)
    ]
    return [
        [(HALF, f"points {a} {b}") for a, b in zip(above, below, strict=True)]
        for above, below in zip(points[::2], points[1::2], strict=True)
    ]


def _nearest(count: int, known: int) -> Any:
    """For so many points in a row the nearest of those that are known."""
    return ((np.arange(count) + 0.5) * known / count).astype(int)


@lru_cache(maxsize=256)
def tint(theme: str, label: int, level: int) -> str:
    """The colour of a class's field, at a level from 0 to `LEVELS`."""
    colours = THEMES[theme].colours
    return mixed(colours[SERIES[label % len(SERIES)]], colours["ground"], TINT * level / LEVELS)


def _sample(label: int, missed: bool, under: tuple[str, str], look: Look) -> tuple[str, str]:
    if look.plain:
        signs = PLAIN_MISSED if missed else PLAIN_SIGNS
        return signs[label % len(signs)], "hot" if missed else "plain"
    colours = THEMES[look.theme].colours
    own = colours["hot" if missed else SERIES[label % len(SERIES)]]
    return SIGNS[label % len(SIGNS)], f"points {own} {under[1].split(' ')[1]}"


def _key(seen: Seen, width: int, look: Look) -> Line:
    """What the signs of the classes mean."""
    line: Line = []
    missed = False
    for label, name in enumerate(seen.names):
        sign = (PLAIN_SIGNS if look.plain else SIGNS)[label % 4]
        role = "plain"
        if not look.plain:
            colours = THEMES[look.theme].colours
            role = f"points {colours[SERIES[label % len(SERIES)]]} {colours['ground']}"
        line += [(f"{sign} ", role), (f"{cut(name, 10)} ", "plain")]
        missed |= any(not dot.right for dot in seen.dots)
    if missed:
        line.append(("OX missed" if look.plain else "missed", HOT))
    room, made = width, []
    for text, role in line:
        if cells(text) > room:
            break
        made.append((text, role))
        room -= cells(text)
    return made
