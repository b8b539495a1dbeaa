"""Wires that swing out beyond all cards are pulled in; what keeps within them stays as it is."""

from __future__ import annotations

import pytest

from gradviz.layout.curves import Box, Point, crosses, extent, rounded
from gradviz.layout.pulled import CLEARANCE, LANE, pulled_in

BOXES = {0: Box(0, 10, 40, 30), 1: Box(100, 0, 60, 50), 2: Box(220, 10, 40, 30)}
"""Three cards in a row, the middle one the highest: it ends at 0 and at 50."""


def swing(*points: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(Point(*point) for point in points)


def under(depth: float) -> tuple[Point, ...]:
    """A smooth wire from card 0 to card 2, which passes card 1 at so many units from the top."""
    return swing((40, 25), (70, 25), (70, depth), (130, depth), (190, depth), (190, 25), (220, 25))


@pytest.mark.parametrize(("depth", "height"), [(120.0, 50 + LANE), (-70.0, -LANE)])
def test_a_wire_that_swings_out_passes_the_cards_a_lane_away(depth: float, height: float) -> None:
    """Under the middle card the wire ran 70 units below all cards: the lane is 7."""
    wire = (0, 2, 0)
    curve = pulled_in(BOXES, {wire: under(depth)})[wire]
    assert curve[3].y == height
    assert curve[0] == (40, 25) and curve[-1] == (220, 25)
    assert not crosses(curve, BOXES[1].grown(CLEARANCE))


def test_it_has_no_kinks() -> None:
    """Where two pieces of the wire meet, its handles lie on a line through the meeting point."""
    curve = pulled_in(BOXES, {(0, 2, 0): under(120)})[0, 2, 0]
    (a, b), here, (c, d) = curve[2], curve[3], curve[4]
    assert (here.x - a) * (d - here.y) == pytest.approx((c - here.x) * (here.y - b))


def test_two_of_them_run_side_by_side_in_their_order() -> None:
    """The outer one stays the outer one, a lane further."""
    wires = {(0, 2, 0): under(90), (3, 2, 1): under(130)}
    found = pulled_in(BOXES, wires)
    assert [found[wire][3].y for wire in wires] == [50 + LANE, 50 + 2 * LANE]


def test_what_keeps_within_the_cards_stays_as_it_is() -> None:
    wires = {(0, 1, 0): rounded([Point(40, 25), Point(100, 25)])}
    assert pulled_in(BOXES, wires) == wires
    near = {(0, 2, 0): under(52)}
    assert extent(pulled_in(BOXES, near)[0, 2, 0]).bottom <= extent(near[0, 2, 0]).bottom
