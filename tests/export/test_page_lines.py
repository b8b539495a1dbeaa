"""Lines as short paths: what is left out changes nothing, and what is written is read back."""

from __future__ import annotations

import math
import random
import re
from itertools import pairwise

import pytest

from gradviz.export.formats.page.lines import CLOSE, path, thinned


def away(point: tuple[float, float], line: list[tuple[float, float]]) -> float:
    """The distance of a point from a line, from many points on it."""
    return min(
        math.dist(point, (a[0] + t / 200 * (b[0] - a[0]), a[1] + t / 200 * (b[1] - a[1])))
        for a, b in pairwise(line)
        for t in range(201)
    )


def read(d: str) -> list[list[tuple[float, float]]]:
    """The points of the paths that are written: M, then ways from point to point."""
    found = []
    for piece in re.findall(r"M[^M]*", d):
        x, y, *ways = map(float, re.findall(r"-?(?:\d+\.?\d*|\.\d+)", piece))
        points = [(x, y)]
        for dx, dy in zip(ways[::2], ways[1::2], strict=True):
            points.append((points[-1][0] + dx, points[-1][1] + dy))
        found.append(points)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_no_point_is_far_from_what_is_left(seed: int) -> None:
    rng = random.Random(seed)
    points = [(0.0, 0.0)]
    for k in range(60):
        x, y = points[-1]
        points.append((x + rng.uniform(0, 3), y + math.sin(k / 9) + rng.choice([0, 0, 0.3])))
    left = thinned(points)
    assert len(left) < len(points) and left[0] == points[0] and left[-1] == points[-1]
    assert set(left) <= set(points)
    assert max(away(p, left) for p in points) <= CLOSE + 0.02


@pytest.mark.parametrize("seed", range(5))
def test_a_path_is_read_back_to_a_tenth(seed: int) -> None:
    rng = random.Random(seed)
    lines = [
        [(rng.uniform(-50, 900), rng.uniform(-50, 400)) for _ in range(rng.randint(2, 9))]
        for _ in range(3)
    ]
    for line, found in zip(lines, read(path(lines)), strict=True):
        kept = thinned(line)
        assert len(found) == len(kept)
        for a, b in zip(kept, found, strict=True):
            assert math.dist(a, b) <= 0.05 * math.sqrt(2) + 1e-9


def test_by_hand() -> None:
    square = [(0.0, 0.0), (5.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    assert path([square], closed=True) == "M0 0l10 0 0 10-10 0z"
    assert path([[(0.5, -1.25), (0.25, 3.0)]]) == "M.5-1.2l-.3 4.2"
    assert path([[(1.0, 1.0), (1.0, 1.0)]]) == "M1 1"
