"""Rows: what holds of placed cards holds of rows of them, and wires that run back keep clear of all
cards.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings

from gradviz.layout.cards import CardLayout, place_cards
from gradviz.layout.curves import BEND, Point, rounded
from gradviz.layout.engines import Card
from gradviz.layout.rows import MOST_CROSSING, Room, late_columns, place_in_rows, wanted
from tests.layout.test_cards import check, graphs, sampled


def chain(count: int) -> tuple[dict[int, Card], list[tuple[int, int, int]]]:
    cards = {i: Card(150, 101, (50.5,) if i else (), 50.5) for i in range(count)}
    return cards, [(i, i + 1, 0) for i in range(count - 1)]


SLIDE = Room(908.0, 400.0, 16.0)


def rows_of(layout: CardLayout) -> list[list[int]]:
    """The cards of each row, from the left."""
    found: dict[int, list[int]] = {}
    for key, row in layout.rows.items():
        found.setdefault(row, []).append(key)
    left = {key: box.x for key, box in layout.boxes.items()}
    return [sorted(found[row], key=left.__getitem__) for row in sorted(found)]


def test_what_is_as_large_as_it_may_be_stays_in_one_row():
    """Three cards of 150 with 20 between make 490 of 908 units: 16 · 908/490 is more than 22."""
    cards, wires = chain(3)
    layout = place_in_rows(cards, wires, room=SLIDE)
    assert layout.boxes == place_cards(cards, wires).boxes and not layout.rows


def test_a_long_chain_is_broken_into_even_rows():
    """22 cards of 150 by 101 with 20 between make a row of 3,720, whose numbers were 3.9 points
    high. In four rows of five or six, about 1,050 by 550, they are 16 · 400/550, about 11.6.
    """
    cards, wires = chain(22)
    layout = place_in_rows(cards, wires, room=SLIDE)
    check(cards, wires, layout)
    rows = rows_of(layout)
    assert [key for row in rows for key in row] == list(range(22))
    assert {len(row) for row in rows} <= {5, 6} and len(rows) == 4
    assert SLIDE.points(layout.width, layout.height) > 11
    tops = [min(layout.boxes[key].y for key in row) for row in rows]
    assert tops == sorted(tops)


def test_the_room_decides_how_many_rows_there_are():
    cards, wires = chain(12)
    wide = place_in_rows(cards, wires, room=Room(2000, 150, 16.0))
    tall = place_in_rows(cards, wires, room=Room(500, 900, 16.0))
    assert len(set(wide.rows.values())) < len(set(tall.rows.values()))
    for layout in (wide, tall):
        check(cards, wires, layout)


def test_a_wire_of_a_chain_is_level_within_its_row():
    cards, wires = chain(22)
    layout = place_in_rows(cards, wires, room=SLIDE)
    within = [w for w in wires if layout.rows[w[0]] == layout.rows[w[1]]]
    assert len(within) == 18
    assert all(len({point.y for point in layout.wires[w]}) == 1 for w in within)


def test_a_value_that_is_used_rows_later_passes_every_row_between():
    cards, wires = chain(30)
    cards[29] = Card(150, 101, (30, 70), 50.5)
    wires.append((0, 29, 1))
    layout = place_in_rows(cards, wires, room=SLIDE)
    check(cards, wires, layout)
    lefts = [p.x for p in layout.wires[0, 29, 1]]
    count = len(rows_of(layout))
    assert count > 2
    on_the_curve = layout.wires[0, 29, 1][::3]
    back = [b.x for a, b in itertools.pairwise(on_the_curve) if b.x < a.x - 300]
    # It drops behind card 0 and then runs back at the end of every row that it passes.
    assert len(back) == count - 2
    # Wires that run back turn left of everything in the row that they enter.
    assert min(lefts) < min(box.x for box in layout.boxes.values())


def test_a_value_forks_where_its_wires_part():
    """In its own row only one wire leaves card 0; it parts where it enters the next row."""
    cards, wires = chain(22)
    cards[21] = Card(150, 101, (30, 70), 50.5)
    wires.append((19, 21, 1))
    layout = place_in_rows(cards, wires, room=SLIDE)
    (fork,) = layout.forks[19]
    box = layout.boxes[19]
    assert fork == (box.right, box.y + 50.5) and set(layout.forks) == {19}

    first = rows_of(layout)[0][-1]
    after = rows_of(layout)[1][1]
    cards, wires = chain(22)
    cards[after] = Card(150, 101, (30, 70), 50.5)
    wires.append((first, after, 1))
    layout = place_in_rows(cards, wires, room=SLIDE)
    if layout.rows[first] != layout.rows[first + 1]:
        (fork,) = layout.forks[first]
        assert fork.y > layout.boxes[first].bottom and fork.x < layout.boxes[first + 1].x


def test_a_value_is_not_cut_where_the_picture_is_large_enough_without():
    """Two even rows would end after card 3, where two values pass; with five and three cards of 110
    the numbers are still 16 · 908/700, about 20.7 points high, and 20 are wanted of eight cards.
    """
    cards, wires = chain(8)
    cards = {key: replace(card, width=110) for key, card in cards.items()}
    cards[4] = Card(110, 101, (30, 70), 50.5)
    wires.append((2, 4, 1))
    rows = place_in_rows(cards, wires, room=SLIDE).rows
    assert rows and rows[3] == rows[4]


def test_the_size_that_is_wanted_falls_with_the_cards():
    """A card of 150 counts for two of 75: a grid of numbers takes as much room."""
    low, high = Card(150, 60, (), 30), Card(300, 150, (), 75)
    assert [wanted([low] * n) for n in (8, 9, 14, 18, 22, 23)] == [20, 16, 16, 14, 12, 10]
    assert [wanted([high] * n) for n in (4, 7, 9, 11, 12)] == [20, 16, 14, 12, 10]


def test_columns_are_late_and_inputs_stand_beside_their_first_use():
    """x → exp → log → +, and y → + : y belongs to the column of +, which is the third of ops."""
    wires = [(0, 1, 0), (1, 2, 0), (2, 4, 0), (3, 4, 1)]
    assert late_columns(range(5), wires) == {0: 0, 1: 0, 2: 1, 3: 2, 4: 2}


def test_a_row_does_not_end_where_many_values_are_used_later():
    """Every card is used by the last one, so k + 1 values pass after card k."""
    cards, wires = chain(12)
    cards[11] = Card(150, 201, tuple(float(10 + 15 * k) for k in range(11)), 50.5)
    wires = [w for w in wires if w[1] != 11] + [(i, 11, i) for i in range(11)]
    cards |= {k: Card(150, 101, (50.5,), 50.5) for k in range(1, 11)}
    layout = place_in_rows(cards, wires, room=Room(400, 400, 16.0))
    check(cards, wires, layout)
    for row in rows_of(layout)[:-1]:
        assert max(row) + 1 <= MOST_CROSSING


@given(graphs(most=24))
@settings(max_examples=12, deadline=None)
def test_no_wire_meets_a_card(graph):
    check_rows(graph)


@pytest.mark.proof
@given(graphs(most=24))
@settings(max_examples=100, deadline=None)
def test_no_wire_meets_a_card_of_a_hundred_graphs(graph):
    check_rows(graph)


def check_rows(graph):
    cards, wires = graph
    layout = place_in_rows(cards, wires, room=SLIDE)
    check(cards, wires, layout)
    assert layout == place_in_rows(cards, wires, room=SLIDE)


def test_corners_are_rounded():
    curve = rounded([Point(0, 0), Point(40, 0), Point(40, 30), Point(0, 30)])
    points = list(sampled(curve))
    assert curve[0] == (0, 0) and curve[-1] == (0, 30)
    for corner in (Point(40, 0), Point(40, 30)):
        nearest = min((x - corner.x) ** 2 + (y - corner.y) ** 2 for x, y in points) ** 0.5
        assert nearest == pytest.approx(
            BEND * (2**0.5 - 1), rel=0.02
        )  # a quarter circle cuts its corner by r(√2 − 1)
