"""Wires of different values are kept apart, and cased where they cross."""

from __future__ import annotations

import itertools
import math

from gradviz.layout.apart import crossings, kept_apart, track
from gradviz.layout.cards import CardLayout
from gradviz.layout.curves import Box, Point, rounded
from tests.layout.test_cards import sampled


def straight(*points: tuple[float, float]) -> tuple[Point, ...]:
    return rounded([Point(*p) for p in points])


def test_two_wires_that_run_together_are_parted():
    """Wires from (40, 20) and (40, 60) that meet halfway and then run 1 unit apart for 100."""
    boxes = {
        0: Box(0, 0, 40, 40), 1: Box(0, 50, 40, 40), 2: Box(300, 0, 40, 40),
        3: Box(300, 50, 40, 40),
    }  # fmt: skip
    wires = {
        (0, 2, 0): straight((40, 20), (100, 45), (200, 45), (300, 20)),
        (1, 3, 0): straight((40, 70), (100, 46), (200, 46), (300, 70)),
    }
    layout = kept_apart(CardLayout(340, 100, boxes, wires))
    one, other = (list(sampled(curve)) for curve in layout.wires.values())
    assert min(math.dist(p, q) for p in one for q in other) > 2.2
    assert [c[0] for c in layout.wires.values()] == [c[0] for c in wires.values()]
    assert [c[-1] for c in layout.wires.values()] == [c[-1] for c in wires.values()]


def test_wires_of_one_value_may_share_their_way():
    boxes = {0: Box(0, 0, 40, 40), 1: Box(300, 0, 40, 40)}
    way = straight((40, 20), (300, 20))
    layout = CardLayout(340, 100, boxes, {(0, 1, 0): way, (0, 1, 1): way})
    assert kept_apart(layout).wires == layout.wires


def test_only_wires_of_different_values_cross():
    down, up = straight((0, 0), (100, 100)), straight((0, 100), (100, 0))
    found = crossings({(0, 2, 0): down, (1, 2, 1): up})
    pieces = [piece for each in found.values() for piece in each]
    assert set(found) == {(0, 2, 0), (1, 2, 1)}
    assert all(math.dist(p, (50, 50)) < 13 for piece in pieces for p in piece)
    assert not crossings({(0, 2, 0): down, (0, 2, 1): up})


def test_a_track_has_no_gaps():
    way = track(straight((0, 0), (50, 0), (50, 80)))
    assert all(math.dist(a, b) < 3 for a, b in itertools.pairwise(way))
