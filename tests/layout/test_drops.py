"""A value that leaves a row drops where its wire meets nothing, and else runs to the row's end."""

from __future__ import annotations

import itertools

from gradviz.layout.cards import CardLayout
from gradviz.layout.curves import crosses
from gradviz.layout.engines import Card
from gradviz.layout.rows import Room, place_in_rows
from tests.layout.test_cards import check
from tests.layout.test_rows import SLIDE, chain


def turns(layout: CardLayout, wire: tuple[int, int, int]) -> list[float]:
    """The x of each place where a wire runs straight down."""
    ends = layout.wires[wire][::3]
    return [a.x for a, b in itertools.pairwise(ends) if a.x == b.x and b.y > a.y]


def test_the_last_value_of_a_row_turns_right_behind_its_card() -> None:
    """Of a chain each row but the last ends in a card whose wire turns 10 units behind it."""
    cards, wires = chain(22)
    layout = place_in_rows(cards, wires, room=SLIDE)
    check(cards, wires, layout)
    torn = [wire for wire in wires if layout.rows[wire[0]] != layout.rows[wire[1]]]
    assert torn
    for wire in torn:
        assert turns(layout, wire)[0] == layout.boxes[wire[0]].right + 10


def test_a_value_from_the_start_of_a_row_drops_there() -> None:
    """Card 0 is used by 1 and by the last one: its wire to that drops in the channel between 0 and
    1, although the whole row follows.
    """
    cards, wires = chain(16)
    cards[15] = Card(150, 101, (30, 70), 50.5)
    wires.append((0, 15, 1))
    layout = place_in_rows(cards, wires, room=Room(908.0, 500.0, 16.0))
    check(cards, wires, layout)
    assert layout.rows[0] != layout.rows[15]
    assert layout.boxes[0].right < turns(layout, (0, 15, 1))[0] < layout.boxes[1].x


def test_a_wire_that_would_cross_another_runs_to_the_end_of_the_row() -> None:
    """Two inputs, one above the other, are both used at once and in the next row: the lower one
    drops, and the upper one would have to cross its wire.
    """
    cards, wires = chain(12)
    cards |= {1: Card(150, 101, (30, 70), 50.5), 20: Card(150, 101, (), 50.5)}
    cards |= {10: Card(150, 101, (30, 70), 50.5), 11: Card(150, 101, (30, 70), 50.5)}
    wires += [(20, 1, 1), (0, 10, 1), (20, 11, 1)]
    layout = place_in_rows(cards, wires, room=SLIDE)
    check(cards, wires, layout)
    upper, lower = sorted((0, 20), key=lambda key: layout.boxes[key].y)
    far = {0: (0, 10, 1), 20: (20, 11, 1)}
    last = max(b.right for key, b in layout.boxes.items() if layout.rows[key] == layout.rows[0])
    assert layout.rows[0] == layout.rows[20] != layout.rows[10]
    assert turns(layout, far[lower])[0] < layout.boxes[1].x
    assert turns(layout, far[upper])[0] > last
    others = [box for key, box in layout.boxes.items() if key not in (0, 20, 10, 11)]
    assert not any(crosses(layout.wires[wire], box) for wire in far.values() for box in others)
