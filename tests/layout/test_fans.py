"""Fans: wires from one column to one card run side by side and never cross."""

from __future__ import annotations

import itertools
import math

import pytest

from gradviz.layout.apart import track
from gradviz.layout.cards import place_cards
from gradviz.layout.curves import Curve
from gradviz.layout.engines import Card
from tests.layout.test_cards import check


def fan(count: int) -> tuple[dict[int, Card], list[tuple[int, int, int]]]:
    """So many inputs of one card, whose ports are nearer to each other than the inputs."""
    ports = tuple(10.0 + 20.0 * k for k in range(count))
    cards = {k: Card(60, 57, (), 28.5) for k in range(count)}
    cards[count] = Card(80, ports[-1] + 10, ports, (ports[-1] + 10) / 2)
    return cards, [(k, count, k) for k in range(count)]


def nearest(one: Curve, other: Curve) -> float:
    return min(math.dist(p, q) for p in track(one) for q in track(other))


@pytest.mark.parametrize("engine", ["auto", "own"])
@pytest.mark.parametrize("count", [4, 7, 16])
def test_wires_of_a_fan_keep_apart(count: int, engine: str) -> None:
    cards, wires = fan(count)
    layout = place_cards(cards, wires, engine=engine)
    check(cards, wires, layout)
    for one, other in itertools.combinations(wires, 2):
        assert nearest(layout.wires[one], layout.wires[other]) > 3.5, (one, other)


def test_a_value_used_twice_forks_at_its_card() -> None:
    cards, wires = fan(5)
    wires[4] = (3, 5, 4)
    del cards[4]
    layout = place_cards(cards, wires)
    check(cards, wires, layout)
    assert set(layout.forks) == {3}


def test_wires_that_start_in_another_order_are_no_fan() -> None:
    """Two gates share the channel: the engine's own wires stay."""
    cards, wires = fan(4)
    cards[9] = Card(80, 57, (20.5, 36.5), 28.5)
    wires += [(0, 9, 0), (3, 9, 1)]
    layout = place_cards(cards, wires)
    check(cards, wires, layout)


def test_a_wire_from_further_away_is_no_part_of_a_fan() -> None:
    """The fourth wire passes a column of cards, in whose gaps the engine leads it."""
    cards, wires = fan(4)
    cards |= {k: Card(80, 57, (28.5,), 28.5) for k in (10, 11, 12)}
    cards[13] = Card(90, 57, (28.5,), 28.5)
    wires = [(0, 10, 0), (1, 11, 0), (2, 12, 0), (10, 4, 0), (11, 4, 1), (12, 4, 2), (3, 4, 3)]
    wires += [(3, 13, 0)]
    layout = place_cards(cards, wires)
    check(cards, wires, layout)
