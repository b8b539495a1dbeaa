"""Checks of pictures of a walk: nothing meets, nothing moves, numbers can be read back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import pytest

from gradviz.layout.curves import Box, Point
from gradviz.scene.model import Circle, Image, Maths, Path, Polygon, Rect, Scene, Text
from gradviz.scene.views.neurons.place import within
from tests.scene.boxes import boxes

BARELY = -0.3
AROUND = ("progress", "header", "sentence", "formula", "note", "footer", "legend")


def scenes(made: Any, steps: Sequence[int] | None = None) -> Iterator[Scene]:
    for k in steps or range(len(made.story.walk) + 1):
        yield made.scene(k)


def own(scene: Scene) -> dict[str, Any]:
    """The items of the figure itself, by id."""
    return {i.id: i for i in scene.items if not i.id.startswith(AROUND)}


def check_clear(scene: Scene) -> None:
    """No text on another, beyond the edge, on an arc, an arrowhead or the outline of a unit."""
    items = own(scene)
    found = {k: b.grown(BARELY) for k, b in boxes(scene).items() if k in items}
    for (one, a), (other, b) in combinations(found.items(), 2):
        assert not a.meets(b), f"{one} is on {other}: {scene.title}"
    for box in found.values():
        assert box.x > 0 and box.y > 0 and box.right < scene.width and box.bottom < scene.height
    for item in items.values():
        if isinstance(item, Path) and not item.role.startswith(("arc casing", "arc band")):
            half = (item.width or 1.4) / 2 - 0.2
            line = [*zip(points(item), points(item)[1:], strict=False)]
            for key, box in found.items():
                assert not any(within(a, b, box.grown(half)) for a, b in line), (
                    f"{item.id} crosses {key}: {scene.title}"
                )
        elif isinstance(item, Polygon):
            xs, ys = zip(*item.points, strict=True)
            for key, box in found.items():
                tip = [Point(sum(xs) / len(xs), sum(ys) / len(ys)), *item.points]
                inside = [p for p in tip if box.x < p.x < box.right and box.y < p.y < box.bottom]
                assert not inside, f"{item.id} is on {key}: {scene.title}"
        elif isinstance(item, Circle) and item.radius > 5:
            for key, box in found.items():
                assert apart_or_inside(item, box), f"{key} is on {item.id}: {scene.title}"


def points(path: Path) -> list[Point]:
    """Points along a curve."""
    found = []
    for i in range(0, len(path.points) - 3, 3):
        a, b, c, d = path.points[i : i + 4]
        straight = abs((b.x - a.x) * (d.y - a.y) - (b.y - a.y) * (d.x - a.x)) < 1e-6
        for n in range(2 if straight else 17):
            t = n / (1 if straight else 16)
            w = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            found.append(
                Point(
                    *(sum(v * p[k] for v, p in zip(w, (a, b, c, d), strict=True)) for k in (0, 1))
                )
            )
    return found


def apart_or_inside(circle: Circle, box: Box) -> bool:
    far = max(
        math.hypot(x - circle.x, y - circle.y)
        for x in (box.x, box.right)
        for y in (box.y, box.bottom)
    )
    near = math.hypot(
        max(box.x - circle.x, 0, circle.x - box.right),
        max(box.y - circle.y, 0, circle.y - box.bottom),
    )
    return far <= circle.radius or near >= circle.radius


def check_still(made: Any, steps: Sequence[int] | None = None) -> None:
    """What has the same name is in the same place in every frame."""
    places: dict[str, tuple[float, ...]] = {}
    size = None
    for scene in scenes(made, steps):
        size = size or (scene.width, scene.height)
        assert (scene.width, scene.height) == size
        for item in own(scene).values():
            if isinstance(item, Text | Maths):
                now: tuple[float, ...] = (item.x, item.y)
            elif isinstance(item, Circle):
                now = item.x, item.y, item.radius
            elif isinstance(item, Rect | Image):
                now = item.x, item.y, item.width, item.height
            else:
                continue
            assert places.setdefault(item.id, now) == pytest.approx(now, abs=0.01), item.id


HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


def number(text: str) -> float:
    """A number as a person reads it in a picture: −2.5·10⁻⁷, +3."""
    return float(text.replace("·10", "e").translate(HIGH).removeprefix("+"))


def is_number(item: Text) -> bool:
    try:
        number(item.text)
    except ValueError:
        return False
    return True
