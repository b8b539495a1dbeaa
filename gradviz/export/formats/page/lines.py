"""Lines and borders as short SVG paths: points that change nothing are left out, and each is
written as the way from the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

Place = tuple[int, int]
GRAIN: Final = 10
"""Parts of a pixel in which points are written."""
CLOSE: Final = 0.08
"""A line may be left by so many pixels."""


def path(lines: Iterable[Sequence[tuple[float, float]]], *, closed: bool = False) -> str:
    """The path of some lines, each closed or open."""
    end = "z" if closed else ""
    return "".join(_written([_placed(p) for p in thinned(line)]) + end for line in lines)


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points of a line without those that lie on it to within CLOSE, by the way of Ramer,
    Douglas and Peucker.
    """
    kept, todo = {0, len(points) - 1}, [(0, len(points) - 1)]
    while todo:
        first, last = todo.pop()
        farthest, most = 0, CLOSE
        for k in range(first + 1, last):
            away = _distance(points[k], points[first], points[last])
            if away > most:
                farthest, most = k, away
        if farthest:
            kept.add(farthest)
            todo += [(first, farthest), (farthest, last)]
    return [points[k] for k in sorted(kept)]


def _distance(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """From a point to a stretch."""
    (x, y), across, down = point, b[0] - a[0], b[1] - a[1]
    squared = across * across + down * down
    t = ((x - a[0]) * across + (y - a[1]) * down) / squared if squared else 0.0
    t = min(1.0, max(0.0, t))
    dx, dy = x - a[0] - t * across, y - a[1] - t * down
    return float((dx * dx + dy * dy) ** 0.5)


def _placed(point: tuple[float, float]) -> Place:
    x, y = point
    return round(x * GRAIN), round(y * GRAIN)


def _written(places: Sequence[Place]) -> str:
    (x, y), *others = places
    text = f"M{_joined(x, y)}"
    ways = []
    for next_x, next_y in others:
        if (next_x, next_y) != (x, y):
            ways += [next_x - x, next_y - y]
            x, y = next_x, next_y
    return text + (f"l{_joined(*ways)}" if ways else "")


def _joined(*numbers: int) -> str:
    """Numbers in parts of a pixel, with as little between them as they need."""
    text = ""
    for number in map(_short, numbers):
        text += number if not text or number[0] == "-" else f" {number}"
    return text


def _short(number: int) -> str:
    whole, part = divmod(abs(number), GRAIN)
    said = (str(whole) if whole or not part else "") + (f".{part}" if part else "")
    return f"-{said}" if number < 0 else said
