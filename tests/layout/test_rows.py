"""Rows: what holds of placed cards holds of rows of them, and wires that run back keep clear of all
cards.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings

from gradviz.layout.cards import place_cards
from gradviz.layout.curves import Point
from gradviz.layout.engines import Card
from gradviz.layout.rows import BEND, place_in_rows, rounded
from tests.layout.test_cards import check, graphs, sampled


def chain(count: int) -> tuple[dict[int, Card], list[tuple[int, int, int]]]:
    cards = {i: Card(150, 101, (50.5,) if i else (), 50.5) for i in range(count)}
    return cards, [(i, i + 1, 0) for i in range(count - 1)]


def test_what_is_narrow_enough_stays_in_one_row():
    cards, wires = chain(3)
    assert place_in_rows(cards, wires, widest=1000) == place_cards(cards, wires)


def test_a_long_chain_is_broken_into_even_rows():
    """22 cards of 150, 44 apart, make a row of 4,224; four rows of a page of 16:9 are about 1,250
    wide.
    """
    cards, wires = chain(22)
    layout = place_in_rows(cards, wires, widest=1848, around=300)
    check(cards, wires, layout)
    rows: dict[float, list[float]] = {}
    for box in layout.boxes.values():
        rows.setdefault(box.y, []).append(box.x)
    assert [len(row) for row in rows.values()] == [5, 5, 6, 6] and layout.width < 1300
    assert all(row == sorted(row) for row in rows.values())  # every row reads from left to right
    assert [
        min(box.y for i, box in layout.boxes.items() if i >= k) for k in (0, 5, 10, 16)
    ] == sorted(rows)


def test_a_wire_of_a_chain_is_level_within_its_row():
    cards, wires = chain(22)
    layout = place_in_rows(cards, wires, widest=1848, around=300)
    within = [w for w in wires if layout.boxes[w[0]].y == layout.boxes[w[1]].y]
    assert len(within) == 18
    assert all(len({point.y for point in layout.wires[w]}) == 1 for w in within)


def test_a_value_that_is_used_rows_later_passes_every_row_between():
    cards, wires = chain(30)
    cards[29] = Card(150, 101, (30, 70), 50.5)
    wires.append((0, 29, 1))
    layout = place_in_rows(cards, wires, widest=1200, around=300)
    check(cards, wires, layout)
    lefts = [p.x for p in layout.wires[0, 29, 1]]
    assert len({box.y for box in layout.boxes.values()}) > 2
    assert sum(a > b for a, b in itertools.pairwise(lefts)) >= 2  # it runs back once a row


def test_a_graph_without_a_place_to_break_stays_in_one_row():
    """Every card is used by the last one, so more values pass than may at every place."""
    cards, wires = chain(12)
    cards[11] = Card(150, 201, tuple(float(10 + 15 * k) for k in range(11)), 50.5)
    wires = [w for w in wires if w[1] != 11] + [(i, 11, i) for i in range(11)]
    cards |= {k: Card(150, 101, (50.5,), 50.5) for k in range(1, 11)}
    layout = place_in_rows(cards, wires, widest=400)
    rows = {box.y for key, box in layout.boxes.items() if key in (0, 1, 2, 3)}
    assert layout.width > 400 and rows
    check(cards, wires, layout)


@given(graphs(most=24))
@settings(max_examples=40, deadline=None)
def test_no_wire_meets_a_card(graph):
    cards, wires = graph
    layout = place_in_rows(cards, wires, widest=500, around=200)
    check(cards, wires, layout)
    assert layout == place_in_rows(cards, wires, widest=500, around=200)


def test_corners_are_rounded():
    curve = rounded([Point(0, 0), Point(40, 0), Point(40, 30), Point(0, 30)])
    points = list(sampled(curve))
    assert curve[0] == (0, 0) and curve[-1] == (0, 30)
    for corner in (Point(40, 0), Point(40, 30)):
        nearest = min((x - corner.x) ** 2 + (y - corner.y) ** 2 for x, y in points) ** 0.5
        assert nearest == pytest.approx(
            BEND * (2**0.5 - 1), rel=0.02
        )  # a quarter circle cuts its corner by r(√2 − 1)
