"""Properties of every picture, on random graphs: what the layout promises, and that the drawing
keeps it.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.layout.grid import Box, Canvas, Face, Flow, GridLayout, Paint, Point, Wire, place
from gradviz.layout.grid.glyphs import UNICODE

Graph = tuple[dict[int, Box], list[Wire]]
Cells = dict[Point, set[str]]
MIRROR = {"u": "d", "d": "u", "l": "r", "r": "l"}


@st.composite
def graphs(draw: st.DrawFn, most: int = 60, *, shared_ports: bool = False) -> Graph:
    """Any directed acyclic graph: repeated operands, fan-out, skipping wires, loose parts."""
    count = draw(st.integers(0, most))
    near = draw(st.booleans())
    boxes: dict[int, Box] = {}
    wires: list[Wire] = []
    for index in range(count):
        inputs = draw(st.sampled_from((0, 1, 2, 2, 3))) if index else 0
        compact = (shared_ports or inputs < 2) and draw(st.integers(0, 5)) == 0
        rows = max(1, inputs - 1) if shared_ports else max(1, inputs)
        height = 1 if compact else rows + 2 + draw(st.integers(0, 2))
        boxes[index * 3 + 1] = Box(draw(st.integers(3, 14)), height, inputs)
        for slot in range(inputs):
            source = draw(st.integers(max(0, index - 6) if near else 0, index - 1))
            wires.append((source * 3 + 1, index * 3 + 1, slot))
    return boxes, wires


def seeded(count: int, seed: int) -> Graph:
    """A fixed random graph of some size, with repeated operands and wires of any length."""
    rng = random.Random(seed)
    boxes: dict[int, Box] = {}
    wires: list[Wire] = []
    for node in range(count):
        inputs = rng.choice((0, 1, 2, 2, 3)) if node > count // 8 else 0
        boxes[node] = Box(rng.randint(5, 14), inputs + 2 + (inputs == 0), inputs)
        wires += [(rng.randrange(max(0, node - 40), node), node, slot) for slot in range(inputs)]
    return boxes, wires


def walk(path: tuple[Point, ...]) -> Iterator[tuple[Point, str]]:
    """Each cell of a path with each arm the wire has there; at both ends an arm towards the box."""
    yield path[0], "l"
    x, y = path[0]
    for corner in path[1:]:
        dx, dy = (corner[0] > x) - (corner[0] < x), (corner[1] > y) - (corner[1] < y)
        assert (dx == 0) != (dy == 0), "a piece of a path is neither a row nor a column"
        arm = {(1, 0): "r", (-1, 0): "l", (0, 1): "d", (0, -1): "u"}[dx, dy]
        while (x, y) != corner:
            yield (x, y), arm
            x, y = x + dx, y + dy
            yield (x, y), MIRROR[arm]
    yield path[-1], "r"


def arms_by_value(layout: GridLayout, wires: list[Wire]) -> dict[int, Cells]:
    arms: dict[int, Cells] = defaultdict(lambda: defaultdict(set))
    for wire in wires:
        for cell, arm in walk(layout.paths[wire]):
            arms[wire[0]][cell].add(arm)
    return arms


def check_layout(
    boxes: dict[int, Box], wires: list[Wire], layout: GridLayout, *, shared_ports: bool = False
) -> None:
    assert set(layout.boxes) == set(boxes) and set(layout.paths) == set(wires)
    inside: dict[Point, int] = {}
    for node, placed in layout.boxes.items():
        assert (placed.width, placed.height) == (boxes[node].width, boxes[node].height)
        assert placed.x >= 0 and placed.x + placed.width <= layout.width
        assert placed.y >= 0 and placed.y + placed.height <= layout.height
        for x in range(placed.x, placed.x + placed.width):
            for y in range(placed.y, placed.y + placed.height):
                assert inside.setdefault((x, y), node) == node, "two boxes overlap"
        ports = placed.in_rows
        assert list(ports) == sorted(ports if shared_ports else set(ports))
        assert len(ports) == boxes[node].inputs
        assert all(placed.y <= row < placed.y + placed.height for row in (placed.out_row, *ports))
    for (source, target, slot), path in layout.paths.items():
        start, end = layout.boxes[source], layout.boxes[target]
        assert path[0] == (start.x + start.width, start.out_row)
        assert path[-1] == (end.x - 1, end.in_rows[slot])
    arms = arms_by_value(layout, wires)
    owners: dict[Point, list[set[str]]] = defaultdict(list)
    for cells in arms.values():
        for cell, directions in cells.items():
            assert cell not in inside, "a wire enters a box"
            assert 0 <= cell[0] < layout.width and 0 <= cell[1] < layout.height
            owners[cell].append(directions)
    meetings = {
        row for box in layout.boxes.values() for row in box.in_rows if box.in_rows.count(row) > 1
    }
    for cell, found in owners.items():
        if len(found) > 1 and cell[1] not in meetings:
            assert sorted(map(sorted, found)) == [["d", "u"], ["l", "r"]], (
                f"two values meet at {cell}"
            )
    for path in layout.paths.values():
        (x, y), before = path[-1], path[-2]
        assert before[1] == y and before[0] < x - layout.label_width
        for column in range(x - layout.label_width, x + 1):
            if y not in meetings:
                assert owners[column, y] == [{"l", "r"}], (
                    "something else stands in the room of a label"
                )


def straight_depth(wires: list[Wire], layout: GridLayout) -> tuple[int, int]:
    """The length of the longest path, and of the longest path of straight wires only."""
    any_depth: dict[int, int] = defaultdict(int)
    straight: dict[int, int] = defaultdict(int)
    for source, target, slot in sorted(wires, key=lambda wire: wire[1]):
        any_depth[target] = max(any_depth[target], any_depth[source] + 1)
        if len(layout.paths[source, target, slot]) == 2:
            straight[target] = max(straight[target], straight[source] + 1)
    return max(any_depth.values(), default=0), max(straight.values(), default=0)


@settings(max_examples=120, deadline=None)
@given(graphs(), st.integers(0, 6))
def test_the_layout_keeps_its_promises(graph: Graph, label_width: int) -> None:
    boxes, wires = graph
    layout = place(boxes, wires, label_width=label_width)
    check_layout(boxes, wires, layout)
    longest, straight = straight_depth(wires, layout)
    assert straight == longest, "no longest path is straight"


@settings(max_examples=60, deadline=None)
@given(graphs(shared_ports=True), st.sampled_from(("forward", "backward", "none")))
def test_operands_that_share_a_port_meet_only_on_its_row(graph: Graph, flow: Flow) -> None:
    boxes, wires = graph
    layout = place(boxes, wires, label_width=1)
    check_layout(boxes, wires, layout, shared_ports=True)
    active, labels = dict.fromkeys(wires[::3], "active"), dict.fromkeys(wires, "1")
    picture = Canvas(layout, Paint(active=active, labels=labels, flow=flow)).text().split("\n")
    assert len(picture) == max(1, layout.height)
    assert max(map(len, picture)) == layout.width


def test_the_layout_keeps_its_promises_on_600_boxes() -> None:
    boxes, wires = seeded(600, seed=1)
    check_layout(boxes, wires, place(boxes, wires, label_width=5))


@settings(max_examples=40, deadline=None)
@given(graphs(25), st.randoms(use_true_random=False))
def test_the_order_of_boxes_and_wires_has_no_influence(graph: Graph, rng: random.Random) -> None:
    boxes, wires = graph
    pairs, shuffled = list(boxes.items()), list(wires)
    rng.shuffle(pairs)
    rng.shuffle(shuffled)
    assert place(dict(pairs), shuffled, label_width=2) == place(boxes, wires, label_width=2)


def test_two_processes_with_different_hash_seeds_draw_the_same() -> None:
    boxes, wires = seeded(60, seed=2)
    script = (
        "from gradviz.layout.grid import Box, Canvas, place\n"
        f"print(ascii(Canvas(place({boxes}, {wires})).text()))"
    )
    outputs = []
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1] == ascii(Canvas(place(boxes, wires)).text()) + "\n"


def expected_weights(arms: set[str], heavy: set[str]) -> tuple[int, ...]:
    return tuple((direction in arms) + (direction in heavy) for direction in "urdl")


@settings(max_examples=60, deadline=None)
@given(graphs(30), st.data())
def test_every_cell_shows_the_arms_of_one_value(graph: Graph, data: st.DataObject) -> None:
    """Junction glyphs join one value; at a crossing one of the two passes; only active wires are
    heavy.
    """
    boxes, wires = graph
    chosen = data.draw(
        st.lists(st.sampled_from(wires), max_size=5, unique=True) if wires else st.just([])
    )
    layout = place(boxes, wires, label_width=1)
    canvas = Canvas(layout, Paint(active=dict.fromkeys(chosen, "active"), flow="none"))
    picture = [row.ljust(layout.width) for row in canvas.text().split("\n")]
    arms, heavy = arms_by_value(layout, wires), arms_by_value(layout, chosen)
    lines = {
        UNICODE.lines[u | r << 2 | d << 4 | left << 6]: (u, r, d, left)
        for u in range(3)
        for r in range(3)
        for d in range(3)
        for left in range(3)
    }
    owners: dict[Point, list[tuple[int, ...]]] = defaultdict(list)
    for value, cells in arms.items():
        for cell, directions in cells.items():
            owners[cell].append(expected_weights(directions, heavy[value].get(cell, set())))
    for (x, y), found in owners.items():
        shown = lines[picture[y][x]]
        if len(found) == 1:
            assert shown == found[0]
        else:
            upright, level = sorted(found, reverse=True)
            assert shown == (level if 2 in level and 2 not in upright else upright)
    boxed = {
        (x, y)
        for b in layout.boxes.values()
        for x in range(b.x, b.x + b.width)
        for y in range(b.y, b.y + b.height)
    }
    for y, row in enumerate(picture):
        for x, char in enumerate(row):
            assert char == " " or (x, y) in boxed or (x, y) in owners, (
                "something stands on blank ground"
            )


words = st.text("abcxyz019 .-√∂入力値é", min_size=1, max_size=9)


@settings(max_examples=40, deadline=None)
@given(graphs(20), st.data())
def test_titles_and_lines_are_shown_whole(graph: Graph, data: st.DataObject) -> None:
    sizes, wires = graph
    faces: dict[int, Face] = {}
    boxes: dict[int, Box] = {}
    for node, size in sizes.items():
        lines = tuple(data.draw(st.lists(words, max_size=3))) if size.height > 1 else ()
        face = Face(data.draw(words), lines, data.draw(st.sampled_from(("plain", "hot", "quiet"))))
        rows = max(1, len(lines)) if size.height > 1 else 0
        faces[node] = face
        boxes[node] = Box.fitting([face.title], face.lines, rows=rows, inputs=size.inputs)
    flow: Flow = data.draw(st.sampled_from(("forward", "backward", "none")))
    paint = Paint(faces, labels=dict.fromkeys(wires, "-2.5"), flow=flow)
    layout = place(boxes, wires, label_width=4)
    canvas = Canvas(layout, paint)
    for node, face in faces.items():
        box = layout.boxes[node]
        shown = [
            "".join(t for t, _ in canvas.row(y, box.x, box.x + box.width))
            for y in range(box.y, box.y + box.height)
        ]
        assert face.title in shown[0]
        assert all(line in row for line, row in zip(face.lines, shown[1:], strict=False))
    for wire in wires:
        x, y = layout.paths[wire][-1]
        assert canvas.row(y, x - 4, x) == [("-2.5", "label")]
