"""Arrays as half-block pictures: two rows of points per screen row, scaled down to fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradviz.export.reports.text import Line
from gradviz.scene.raster import brightness, means
from gradviz_tui.view.panes import merged

HALF = "▀"
RAMP = " .:-=+*#%@"
"""Characters from dark to light, used without colours."""
Look = Callable[[Any, Any], tuple[str, str]]
"""The points above and below to a character and its role; the one below is None beyond the last
row.
"""


def photo_lines(xp: Any, value: Any, width: int, height: int, *, plain: bool = False) -> list[Line]:
    """An image of one or three channels in its own colours; `plain` in characters from dark to
    light. It is as bright as in a picture.
    """
    shape = tuple(xp.shape(value))
    for _ in shape[3:]:
        value = value[0]
    planes = [value] if len(shape) == 2 else [value[i] for i in range(shape[-3])]
    rows, columns = size(shape[-2:], width, height)
    grids = [means(xp, plane, rows, columns) for plane in planes]
    grids = [[[_number(v) for v in row] for row in grid] for grid in grids]
    light = brightness(v for grid in grids for row in grid for v in row)
    points = [[[light(grid[y][x]) for grid in grids] for x in range(columns)] for y in range(rows)]
    return _with_note(halves(points, _grey if plain else _colours), shape[-2:], rows, columns)


def heat_lines(
    xp: Any, matrix: Any, width: int, height: int, *, levels: int, plain: bool = False
) -> tuple[list[Line], float]:
    """A matrix as heat, from the most negative to the most positive number, 0 in its middle; and
    the largest size of a number in it.
    """
    shape = tuple(xp.shape(matrix))
    rows, columns = size(shape, width, height)
    grid = [[finite(v) for v in row] for row in means(xp, matrix, rows, columns)]
    largest = max((abs(v) for row in grid for v in row), default=0.0) or 1.0
    if plain:
        shades = [[[round(255 * abs(v) / largest)] for v in row] for row in grid]
        return _with_note(halves(shades, _grey), shape, rows, columns), largest
    points = [[round(levels * v / largest) for v in row] for row in grid]
    return _with_note(halves(points, _heat), shape, rows, columns), largest


def size(shape: Sequence[int], width: int, height: int) -> tuple[int, int]:
    """The rows and columns of points of a picture in a pane; one that is made smaller leaves a line
    for the note.
    """
    rows, columns = shape
    if rows <= 2 * height and columns <= width:
        return rows, columns
    scale = max(rows / (2 * max(1, height - 1)), columns / max(1, width))
    return max(1, int(rows / scale + 1e-9)), max(1, int(columns / scale + 1e-9))


def halves(points: Sequence[Sequence[Any]], look: Look) -> list[Line]:
    """Each two rows of points as one screen row."""
    last = [None] * len(points[0])
    pairs = zip(points[::2], [*points[1::2], last], strict=False)
    return [
        merged([look(a, b) for a, b in zip(above, below, strict=True)]) for above, below in pairs
    ]


def _with_note(lines: list[Line], shape: Sequence[int], rows: int, columns: int) -> list[Line]:
    if (rows, columns) == tuple(shape):
        return lines
    across, down = -(-shape[1] // columns), -(-shape[0] // rows)
    return [*lines, [(f"each point is the mean of {down}×{across}", "muted")]]


def finite(value: Any) -> float:
    """A plain value as a float; 0 if it is not a number or not finite."""
    found = _number(value)
    return found if abs(found) < float("inf") else 0.0


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _hex(point: Sequence[int]) -> str:
    return "#" + "".join(f"{v:02x}" for v in (point if len(point) == 3 else [point[0]] * 3))


def _colours(above: Sequence[int], below: Sequence[int] | None) -> tuple[str, str]:
    return HALF, f"points {_hex(above)} {'' if below is None else _hex(below)}"


def _heat(above: int, below: int | None) -> tuple[str, str]:
    return HALF, f"heats {above} {'' if below is None else below}"


def _grey(above: Sequence[int], below: Sequence[int] | None) -> tuple[str, str]:
    both = [*above, *(below or ())]
    return RAMP[round(sum(both) / len(both) / 255 * (len(RAMP) - 1))], "plain"
