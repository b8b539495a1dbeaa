"""Labels of plots over random data: none on a line, none on another, each beside its own."""

from __future__ import annotations

import math
import random
from itertools import combinations, pairwise

import pytest

from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish, distance

PLANE = Box(10, 20, 500, 300)


def crosses(a: Point, b: Point, box: Box) -> bool:
    """Whether a stroke passes through a box, by trying many of its points."""
    count = 2 + int(math.dist(a, b) * 4)
    return any(
        box.x < a.x + (b.x - a.x) * t / count < box.right
        and box.y < a.y + (b.y - a.y) * t / count < box.bottom
        for t in range(count + 1)
    )


def wave(draw: random.Random) -> list[Point]:
    """A random smooth line across the plane."""
    height, speed, shift = draw.uniform(0, 130), draw.uniform(0.5, 6), draw.uniform(0, 7)
    middle = draw.uniform(60, 280)
    return [
        Point(10 + 5 * k, middle + height * math.sin(speed * k / 20 + shift)) for k in range(101)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_labels_keep_clear_of_lines_and_of_each_other_and_stand_by_their_own(seed: int) -> None:
    draw = random.Random(seed)
    lines = [wave(draw) for _ in range(draw.randint(1, 6))]
    room = Room(PLANE)
    for line in lines:
        room.line(line, 3)
    placed = []
    for k, line in enumerate(lines):
        others = [p for n, other in enumerate(lines) if n != k for p in other]
        box = room.place(Wish(draw.uniform(20, 110), 14, line), others)
        if box is not None:
            placed.append(box)
            assert all(distance(box, p) > min(distance(box, q) for q in line) for p in others)
    assert placed or len(lines) > 4
    for box in placed:
        assert PLANE.x <= box.x and box.right <= PLANE.right
        assert PLANE.y <= box.y and box.bottom <= PLANE.bottom
        assert not any(crosses(a, b, box) for line in lines for a, b in pairwise(line))
    for one, other in combinations(placed, 2):
        assert not one.meets(other)


def test_a_label_that_has_no_room_is_not_placed() -> None:
    room = Room(Box(0, 0, 40, 20))
    assert room.place(Wish(50, 10, [Point(20, 10)])) is None
    room.box(Box(0, 0, 40, 20))
    assert room.place(Wish(5, 5, [Point(20, 10)])) is None
