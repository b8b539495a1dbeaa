"""A graph as large as its room allows, in one row or in several.

Ops stand in columns, each as late as its uses allow, and an input beside its first use. The columns
are divided into rows in the ways that promise most; these are placed, and the largest is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gradviz.layout.cards import CHANNEL, LIMIT, TIMEOUT, CardLayout, place_cards
from gradviz.layout.engines import Card, Wire
from gradviz.layout.rows.columns import Columns
from gradviz.layout.rows.room import Room
from gradviz.layout.rows.trials import Trial


def place_in_rows(
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    *,
    room: Room,
    engine: str = "auto",
    timeout: float = TIMEOUT,
    channel: float = CHANNEL,
    stubs: Collection[int] = (),
) -> CardLayout:
    """The layout of cards, in as many rows as make its numbers largest in the room.

    stubs  cards at which a wire ends that leads out of the picture: beside the card it comes from.

    A row ends only where few values are used after it, and a value is cut from its later uses only
    where that pays. Raises what `place_cards` raises.
    """
    if len(cards) < 2 or len(cards) > LIMIT:
        return place_cards(cards, wires, engine=engine, timeout=timeout, channel=channel)
    columns = Columns(cards, wires, channel, stubs)
    trial = Trial(cards, wires, columns, room, engine, timeout, channel)
    return trial.finished(trial.best(columns.divisions()).ends)
