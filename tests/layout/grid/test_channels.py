"""Routing between two columns: tracks, constraints, doglegs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.layout.grid.route import Net, route


def tracks(nets: list[Net]) -> list[list[int]]:
    route(nets)
    return [[trunk.track for trunk in net.trunks] for net in nets]


def test_a_straight_net_needs_no_track() -> None:
    nets = [Net(1, [1]), Net(4, [4, 4])]
    assert route(nets) == 0
    assert tracks(nets) == [[], []]


def test_nets_that_share_no_row_share_a_track() -> None:
    nets = [Net(0, [2]), Net(3, [5])]
    assert tracks(nets) == [[0], [0]]
    assert route(nets) == 1


def test_a_net_stands_right_of_the_one_that_enters_where_it_leaves() -> None:
    assert tracks([Net(0, [4]), Net(4, [8])]) == [[1], [0]]
    assert tracks([Net(0, [4]), Net(4, [8]), Net(8, [12])]) == [[2], [1], [0]]


def test_two_nets_that_change_places_need_one_dogleg() -> None:
    nets = [Net(0, [4]), Net(4, [0])]
    route(nets)
    assert sorted(len(net.trunks) for net in nets) == [1, 2]
    bent = next(net for net in nets if len(net.trunks) == 2)
    first, second = bent.trunks
    assert first.exits == [second.entry] and second.entry not in (0, 4)


def test_nets_that_need_not_cross_do_not() -> None:
    """Both go down and the lower one turns first, or they would cross twice; going up it is the
    other way.
    """
    assert tracks([Net(0, [5]), Net(2, [9])]) == [[1], [0]]
    assert tracks([Net(5, [0]), Net(9, [2])]) == [[0], [1]]
    assert tracks([Net(1, [0, 3]), Net(2, [4])]) == [[1], [0]]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_two_nets_share_a_run(data: st.DataObject) -> None:
    """Entries in any rows, exits in any rows, each used once: many circles, so many doglegs."""
    count = data.draw(st.integers(1, 80))
    rows = data.draw(st.permutations(range(count)))
    entries = data.draw(st.permutations(range(count)))
    nets: list[Net] = []
    while rows:
        fan = data.draw(st.integers(1, min(4, len(rows))))
        nets.append(Net(entries[len(nets)], rows[:fan]))
        rows = rows[fan:]
    width = route(nets)
    runs: dict[tuple[str, int, int], int] = {}
    for index, net in enumerate(nets):
        x, row = -1, net.entry
        pieces: set[tuple[str, int, int]] = set()
        for trunk in net.trunks:
            assert x < trunk.track < width and trunk.entry == row
            pieces |= {("across", row, step) for step in range(x, trunk.track)}
            pieces |= {("down", trunk.track, step) for step in range(trunk.low, trunk.high + 1)}
            x, row = trunk.track, trunk.exits[0]
        exits = net.trunks[-1].exits if net.trunks else net.exits
        assert sorted(exits) == sorted(net.exits)
        pieces |= {("across", row, step) for row in exits for step in range(x, width)}
        for piece in pieces:
            assert runs.setdefault(piece, index) == index, f"two nets share {piece}"
