"""The layout of particular graphs, and of input that is not a graph."""

from __future__ import annotations

import pytest

from gradviz.errors import LayoutError
from gradviz.layout.grid import Box, Canvas, Face, GridLayout, Paint, Placed, place

LEAF, UNARY, BINARY = Box(9, 4, 0), Box(9, 4, 1), Box(9, 4, 2)


def test_nothing() -> None:
    assert place({}, []) == GridLayout(0, 0, {}, {})
    assert Canvas(place({}, [])).text() == ""


def test_a_single_box() -> None:
    layout = place({7: LEAF}, [], label_width=5)
    assert layout == GridLayout(9, 4, {7: Placed(0, 0, 9, 4, 1, ())}, {}, label_width=5)


def test_boxes_without_wires_and_loose_parts_stand_one_below_the_other() -> None:
    layout = place({3: LEAF, 1: LEAF, 2: UNARY, 9: LEAF}, [(9, 2, 0)])
    assert [(layout.boxes[node].x, layout.boxes[node].y) for node in (1, 9, 2, 3)] == [
        (0, 0),
        (0, 5),
        (12, 5),
        (0, 10),
    ]
    assert (layout.width, layout.height) == (21, 14)


def test_a_value_used_twice_has_two_wires() -> None:
    layout = place({0: LEAF, 1: BINARY}, [(0, 1, 0), (0, 1, 1)])
    assert layout.boxes[1].in_rows == (1, 2)
    assert layout.paths == {
        (0, 1, 0): ((9, 1), (12, 1)),
        (0, 1, 1): ((9, 1), (10, 1), (10, 2), (12, 2)),
    }


def test_a_leaf_stands_next_to_its_first_consumer() -> None:
    wires = [(0, 1, 0), (1, 2, 0), (2, 3, 0), (4, 3, 1)]
    layout = place({0: LEAF, 1: UNARY, 2: UNARY, 3: BINARY, 4: LEAF}, wires)
    assert layout.boxes[4].x == layout.boxes[2].x


def test_boxes_change_places_where_that_saves_a_crossing() -> None:
    """With the first output above, its second operand would cross the wire to the second output."""
    wires = [(1, 2, 0), (0, 2, 1), (1, 3, 0)]
    layout = place({0: LEAF, 1: LEAF, 2: BINARY, 3: UNARY}, wires)
    assert layout.boxes[1].y < layout.boxes[0].y
    assert layout.boxes[3].y < layout.boxes[2].y


def test_a_chain_of_5000_boxes_is_straight() -> None:
    boxes = {0: LEAF} | dict.fromkeys(range(1, 5000), UNARY)
    layout = place(boxes, [(node, node + 1, 0) for node in range(4999)])
    assert layout.height == 4
    assert all(len(path) == 2 for path in layout.paths.values())


def test_a_value_used_all_along_a_chain_runs_beside_it_once() -> None:
    boxes = {0: LEAF, 1: LEAF} | dict.fromkeys(range(2, 1000), BINARY)
    wires = [(node - 1, node, 0) for node in range(2, 1000)] + [
        (0, node, 1) for node in range(2, 1000)
    ]
    layout = place(boxes, wires)
    assert layout.height <= 10
    assert max(map(len, layout.paths.values())) <= 6


def test_one_source_feeds_60_targets_by_one_trunk() -> None:
    layout = place(
        {0: LEAF} | dict.fromkeys(range(1, 61), UNARY), [(0, node, 0) for node in range(1, 61)]
    )
    corners = {path[1][0] for path in layout.paths.values() if len(path) > 2}
    assert len(corners) == 1
    assert len({box.y for box in layout.boxes.values() if box.x}) == 60


def test_several_outputs() -> None:
    layout = place({0: LEAF, 1: UNARY, 2: UNARY, 3: UNARY}, [(0, 1, 0), (0, 2, 0), (2, 3, 0)])
    assert layout.boxes[1].x == layout.boxes[2].x < layout.boxes[3].x


def test_operands_beyond_the_rows_share_the_last_one() -> None:
    boxes = dict.fromkeys(range(5), LEAF) | {5: Box(9, 4, 5)}
    layout = place(boxes, [(node, 5, node) for node in range(5)])
    y = layout.boxes[5].y
    assert layout.boxes[5].in_rows == (y + 1, y + 2, y + 2, y + 2, y + 2)
    assert [layout.paths[node, 5, node][-1][1] - y for node in range(5)] == [1, 2, 2, 2, 2]


def test_operands_of_a_compact_box_meet_in_front_of_it() -> None:
    boxes = {0: Box(3, 1, 0), 1: Box(3, 1, 0), 2: Box(3, 1, 2)}
    faces = {0: Face("x"), 1: Face("y"), 2: Face("*", role="hot")}
    layout = place(boxes, [(0, 2, 0), (1, 2, 1)])
    assert Canvas(layout, Paint(faces)).text() == "[x]─┬─►┃*┃\n    │\n[y]─┘"


@pytest.mark.parametrize(
    ("wires", "message"),
    [
        ([(0, 9, 0)], "box that does not exist"),
        ([(9, 1, 0)], "box that does not exist"),
        ([(0, 1, 2)], "port that does not exist"),
        ([(0, 1, -1)], "port that does not exist"),
        ([(0, 1, 0), (2, 1, 0)], "two wires end at one operand"),
        ([(0, 1, 0), (0, 1, 0)], "two wires end at one operand"),
        ([(1, 2, 0), (2, 1, 0)], "cycle"),
        ([(1, 1, 0)], "cycle"),
    ],
)
def test_wires_that_do_not_fit(wires: list[tuple[int, int, int]], message: str) -> None:
    with pytest.raises(LayoutError, match=message):
        place({0: LEAF, 1: BINARY, 2: UNARY}, wires)


def test_negative_room_for_labels() -> None:
    with pytest.raises(LayoutError, match="negative"):
        place({}, [], label_width=-1)


@pytest.mark.parametrize("size", [(2, 4, 0), (9, 0, 0), (9, 2, 0), (9, 4, -1)])
def test_a_box_that_cannot_be_drawn(size: tuple[int, int, int]) -> None:
    with pytest.raises(LayoutError, match="cannot be drawn"):
        Box(*size)


def test_fitting_takes_the_widest_text_and_the_taller_need() -> None:
    assert Box.fitting(["x", "longer"], ["v -1.5"], rows=2, inputs=1) == Box(10, 4, 1)
    assert Box.fitting(["x"], ["v -1.25e-07", ""], rows=2, inputs=5) == Box(13, 7, 5)
    assert Box.fitting(["入力"], [], rows=0, inputs=2) == Box(6, 1, 2)
    assert Box.fitting([], [], rows=1, inputs=0) == Box(5, 3, 0)
