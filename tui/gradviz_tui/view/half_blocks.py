"""Arrays as pictures of half blocks, two rows of points in one of the screen, made smaller to
fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from gradviz.export.reports.text import Line
from gradviz_tui.view.panes import merged

HALF = "▀"
RAMP = " .:-=+*#%@"
"""From dark to light where there are no colours."""
Grid = list[list[float]]
Look = Callable[[Any, Any], tuple[str, str]]
"""The points above and below to a character and its role; the one below is None beyond the last
row.
"""


def photo_lines(xp: Any, value: Any, width: int, height: int, *, plain: bool = False) -> list[Line]:
    """An image of one or three channels in its own colours; `plain` in characters from dark to
    light.

    Numbers from 0 to 1, or from 0 to 255, are taken as they are; others are stretched from the
    least to the greatest.
    """
    shape = tuple(xp.shape(value))
    for _ in shape[3:]:
        value = value[0]
    planes = [value] if len(shape) == 2 else [value[i] for i in range(shape[-3])]
    rows, columns = size(shape[-2:], width, height)
    grids = [shrunk(xp, plane, rows, columns) for plane in planes]
    light = _lightness([v for grid in grids for row in grid for v in row])
    points = [[[light(grid[y][x]) for grid in grids] for x in range(columns)] for y in range(rows)]
    return _with_note(halves(points, _grey if plain else _colours), shape[-2:], rows, columns)


def heat_lines(
    xp: Any, matrix: Any, width: int, height: int, *, levels: int, plain: bool = False
) -> list[Line]:
    """A matrix as heat, from the most negative to the most positive number, 0 in its middle."""
    shape = tuple(xp.shape(matrix))
    rows, columns = size(shape, width, height)
    grid = shrunk(xp, matrix, rows, columns)
    largest = max((abs(v) for row in grid for v in row), default=0.0) or 1.0
    if plain:
        shades = [[[round(255 * abs(v) / largest)] for v in row] for row in grid]
        return _with_note(halves(shades, _grey), shape, rows, columns)
    points = [[round(levels * v / largest) for v in row] for row in grid]
    return _with_note(halves(points, _heat), shape, rows, columns)


def size(shape: Sequence[int], width: int, height: int) -> tuple[int, int]:
    """The rows and columns of points of a picture in a pane; one that is made smaller leaves a line
    for the note.
    """
    rows, columns = shape
    if rows <= 2 * height and columns <= width:
        return rows, columns
    scale = max(rows / (2 * max(1, height - 1)), columns / max(1, width))
    return max(1, int(rows / scale + 1e-9)), max(1, int(columns / scale + 1e-9))


def shrunk(xp: Any, matrix: Any, rows: int, columns: int) -> Grid:
    """The means of the blocks of a matrix, so many rows and columns of them; what is not finite is
    0.
    """
    matrix = xp.asarray(matrix)
    all_rows, all_columns = tuple(xp.shape(matrix))
    with xp.quiet():
        if rows < all_rows:
            matrix = xp.stack(
                [xp.sum(matrix[a:b], axis=0) / (b - a) for a, b in _cuts(all_rows, rows)]
            )
        if columns < all_columns:
            matrix = xp.stack(
                [xp.sum(matrix[:, a:b], axis=1) / (b - a) for a, b in _cuts(all_columns, columns)],
                axis=1,
            )
    return [[_finite(v) for v in row] for row in xp.plain(matrix)]


def halves(points: Sequence[Sequence[Any]], look: Look) -> list[Line]:
    """Two rows of points as one of the screen each."""
    last = [None] * len(points[0])
    pairs = zip(points[::2], [*points[1::2], last], strict=False)
    return [
        merged([look(a, b) for a, b in zip(above, below, strict=True)]) for above, below in pairs
    ]


def _with_note(lines: list[Line], shape: Sequence[int], rows: int, columns: int) -> list[Line]:
    if (rows, columns) == tuple(shape):
        return lines
    across, down = -(-shape[1] // columns), -(-shape[0] // rows)
    return [*lines, [(f"a point is the mean of {down}×{across}", "muted")]]


def _cuts(count: int, parts: int) -> list[tuple[int, int]]:
    return list(pairwise(count * k // parts for k in range(parts + 1)))


def _finite(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):  # exact, and no number
        return 0.0
    return number if abs(number) < float("inf") else 0.0


def _lightness(shown: list[float]) -> Callable[[float], int]:
    """From a number to a lightness from 0 to 255."""
    low, high = min(shown, default=0.0), max(shown, default=0.0)
    if low >= 0 and high <= 255:
        low, high = 0.0, 1.0 if high <= 1 else 255.0
    scale = 255 / (high - low) if high > low else 0.0
    return lambda value: round((value - low) * scale)


def _hex(point: Sequence[int]) -> str:
    return "#" + "".join(f"{v:02x}" for v in (point if len(point) == 3 else [point[0]] * 3))


def _colours(above: Sequence[int], below: Sequence[int] | None) -> tuple[str, str]:
    return HALF, f"points {_hex(above)} {'' if below is None else _hex(below)}"


def _heat(above: int, below: int | None) -> tuple[str, str]:
    return HALF, f"heats {above} {'' if below is None else below}"


def _grey(above: Sequence[int], below: Sequence[int] | None) -> tuple[str, str]:
    both = [*above, *(below or ())]
    return RAMP[round(sum(both) / len(both) / 255 * (len(RAMP) - 1))], "plain"
