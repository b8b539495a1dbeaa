"""Frames on a layout: goldens, windows, what changes between frames, the plain alphabet, wide
characters.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import LayoutError
from gradviz.layout.grid import Box, Canvas, Face, Flow, GridLayout, Paint, cells, place

NAMES = ("x", "y", "z", "a: *", "b: +", "c: max", "f: *")
WIRES = [(0, 3, 0), (1, 3, 1), (3, 4, 0), (2, 4, 1), (1, 5, 0), (2, 5, 1), (4, 6, 0), (5, 6, 1)]
VALUES = ("1.5", "2", "-1", "3", "2", "2", "4")
GRADIENTS = ("·", "2", "0", "·", "2", "2", "1")


def sample() -> GridLayout:
    boxes = {node: Box(12, 4, 2 if node > 2 else 0) for node in range(7)}
    return place(boxes, WIRES, label_width=6)


def backward_frame() -> Paint:
    rows = zip(NAMES, VALUES, GRADIENTS, strict=True)
    faces = {
        n: Face(name, (f"v {v}", f"∂ {g}"), "hot" if n == 5 else "done")
        for n, (name, v, g) in enumerate(rows)
    }
    labels = {(4, 6, 0): "2", (5, 6, 1): "2", (1, 5, 0): "2", (2, 5, 1): "0"}
    return Paint(faces, {(2, 5, 1): "active"}, labels, "backward")


BACKWARD = """\
╭─x────────╮            ╭─a: *─────╮          ╭─b: +─────╮          ╭─f: *─────╮
│v 1.5     ├◄───────────│v 3       ├◄─────────│v 2       ├◄───────2─│v 4       │
│∂ ·       │ ┌──────────│∂ ·       │ ┌────────│∂ 2       │ ┌──────2─│∂ 1       │
╰──────────╯ │          ╰──────────╯ │        ╰──────────╯ │        ╰──────────╯
             │                       │                     │
╭─y────────╮ │ ┌─────────────────────┘                     │
│v 2       ├◄┤ │                                           │
│∂ 2       │ │ │        ┏━c: max━━━┓                       │
╰──────────╯ └─│──────2─┃v 2       ┠◄──────────────────────┘
               ┢━━━━━━0━┃∂ 2       ┃
╭─z────────╮   ┃        ┗━━━━━━━━━━┛
│v -1      ┝◄━━┛
│∂ 0       │
╰──────────╯"""

FORWARD_ASCII = """\
+-x--------+            +-a: *-----+          +-b: +-----+          +-f: *-----+
|v 1.5     +----------->|          +--------->|          +--------->|          |
|          | +--------->|          | +------->|          | +------->|          |
+----------+ |          +----------+ |        +----------+ |        +----------+
             |                       |                     |
+-y--------+ | +---------------------+                     |
|v 2       +-+ |                                           |
|          | | |        +-c: max---+                       |
+----------+ +-|------->|          +-----------------------+
               +------->|          |
+-z--------+   |        +----------+
|v -1      +---+
|          |
+----------+"""


def test_a_backward_frame() -> None:
    assert Canvas(sample(), backward_frame()).text() == BACKWARD


def test_a_forward_frame_in_ascii() -> None:
    faces = {n: Face(name, (f"v {VALUES[n]}",) if n < 3 else ()) for n, name in enumerate(NAMES)}
    assert Canvas(sample(), Paint(faces)).text(ascii=True) == FORWARD_ASCII


def test_a_value_used_twice() -> None:
    layout = place({0: Box(7, 4, 0), 1: Box(7, 4, 2)}, [(0, 1, 0), (0, 1, 1)], label_width=2)
    faces = {0: Face("x", ("3", "6")), 1: Face("x*x", ("9", "1"))}
    labels = {(0, 1, 0): "3", (0, 1, 1): "3"}
    assert (
        Canvas(layout, Paint(faces, {(0, 1, 1): "active"}, labels, "none")).text()
        == "╭─x───╮      ╭─x*x─╮\n│3    ┝━┱──3─│9    │\n│6    │ ┗━━3━│1    │\n╰─────╯      ╰─────╯"
    )


def test_a_skip_connection_runs_beside_the_chain() -> None:
    boxes = {0: Box(5, 4, 0), 1: Box(5, 4, 1), 2: Box(5, 4, 1), 3: Box(5, 4, 2)}
    layout = place(boxes, [(0, 1, 0), (1, 2, 0), (2, 3, 0), (0, 3, 1)])
    faces = {n: Face(name) for n, name in enumerate("xfg+")}
    assert (
        Canvas(layout, Paint(faces)).text() == "╭─x─╮    ╭─f─╮   ╭─g─╮    ╭─+─╮\n"
        "│   ├─┬─►│   ├──►│   ├───►│   │\n"
        "│   │ │  │   │   │   │ ┌─►│   │\n"
        "╰───╯ │  ╰───╯   ╰───╯ │  ╰───╯\n"
        "      │                │\n"
        "      └────────────────┘"
    )


def test_roles() -> None:
    runs = Canvas(sample(), backward_frame()).row(9)
    assert runs == [
        (" " * 15, ""),
        ("┢━━━━━━", "active"),
        ("0", "label"),
        ("━", "active"),
        ("┃∂ 2       ┃", "hot"),
        (" " * 44, ""),
    ]


def test_lines_may_have_roles_of_their_own() -> None:
    layout = place({0: Box(6, 4, 0)}, [])
    canvas = Canvas(layout, Paint({0: Face("x", ("v 1", "∂ 2"), "done", ("value", "gradient"))}))
    assert canvas.row(1) == [("│", "done"), ("v 1 ", "value"), ("│", "done")]
    assert canvas.row(2) == [("│", "done"), ("∂ 2 ", "gradient"), ("│", "done")]


def test_an_active_wire_passes_over_the_wires_that_it_crosses() -> None:
    rows = Canvas(sample(), Paint(active={(1, 5, 0): "active"}, flow="none")).text().split("\n")
    assert rows[8][13:24] == "┗━━━━━━━━━━"
    rows = Canvas(sample(), Paint(active={(2, 4, 1): "active"}, flow="none")).text().split("\n")
    assert rows[8][13:24] == "└─┃────────"
    both = Paint(active={(1, 5, 0): "one", (2, 4, 1): "two"}, flow="none")
    assert Canvas(sample(), both).row(8, 13, 24) == [
        ("┗━", "one"),
        ("┃", "two"),
        ("━━━━━━━━", "one"),
    ]


def test_a_later_active_wire_covers_an_earlier_one() -> None:
    first, second = (1, 3, 1), (1, 5, 0)
    canvas = Canvas(sample(), Paint(active={first: "done", second: "new"}, flow="none"))
    assert canvas.row(6, 12, 14) == [("━┫", "new")]
    changed = canvas.show(Paint(active={second: "new", first: "done"}, flow="none"))
    assert canvas.row(6, 12, 14) == [("━┫", "done")]
    assert 6 in changed


def test_a_label_longer_than_its_room_is_cut() -> None:
    layout = place({0: Box(5, 3, 0), 1: Box(5, 3, 1)}, [(0, 1, 0)], label_width=4)
    labels = {(0, 1, 0): "-0.125"}
    assert Canvas(layout, Paint(labels=labels)).row(1, 5, 12)[1] == ("-0.…", "label")
    assert Canvas(layout, Paint(labels=labels)).row(1, 5, 12, ascii=True)[1] == ("-0.>", "label")
    narrow = place({0: Box(5, 3, 0), 1: Box(5, 3, 1)}, [(0, 1, 0)])
    assert Canvas(narrow, Paint(labels=labels)).row(1, 5, 8) == [("──►", "wire")]


def test_wide_characters_keep_the_borders_in_line() -> None:
    layout = place({0: Box(10, 4, 0), 1: Box(8, 4, 1)}, [(0, 1, 0)])
    canvas = Canvas(
        layout, Paint({0: Face("入力", ("値 1.5", "e\u0301")), 1: Face("长的名称", ("一二三四",))})
    )
    assert (
        canvas.text() == "╭─入力───╮   ╭─长…──╮\n"
        "│値 1.5  ├──►│一二… │\n"
        "│e\u0301       │   │      │\n"
        "╰────────╯   ╰──────╯"
    )
    assert canvas.row(1, 0, 2) == [("│ ", "plain")]
    assert canvas.row(1, 2, 5) == [("  1", "plain")]
    assert {sum(cells(text) for text, _ in canvas.row(y)) for y in range(4)} == {21}


@pytest.mark.parametrize("wire", [(0, 4, 0), (6, 0, 0)])
def test_a_wire_that_is_not_there(wire: tuple[int, int, int]) -> None:
    canvas = Canvas(sample(), backward_frame())
    for paint in (Paint(active={wire: "active"}), Paint(labels={wire: "1"})):
        with pytest.raises(LayoutError, match="not in the picture"):
            canvas.show(paint)
    assert canvas.text() == BACKWARD


def test_beyond_the_picture_all_is_blank() -> None:
    canvas = Canvas(sample())
    assert (
        canvas.row(-1, 0, 5) == canvas.row(99, 0, 5) == canvas.row(0, 500, 505) == [("     ", "")]
    )
    assert canvas.row(0, -3, 2) == [("   ", ""), ("╭─", "plain")]
    assert canvas.row(0, 4, 4) == canvas.row(0, 4, 2) == []


TITLES = st.sampled_from(("x", "入力", "a: max", "名e\u0301前x"))
FACES = st.builds(
    Face, TITLES, st.lists(TITLES, max_size=3).map(tuple), st.sampled_from(("quiet", "hot", "done"))
)
FLOWS: st.SearchStrategy[Flow] = st.sampled_from(("forward", "backward", "none"))
PAINTS = st.builds(
    Paint,
    st.dictionaries(st.integers(0, 6), FACES),
    st.dictionaries(st.sampled_from(WIRES), st.sampled_from(("active", "done"))),
    st.dictionaries(st.sampled_from(WIRES), st.sampled_from(("2", "-0.5", "入", "1.2345678"))),
    FLOWS,
)


def by_cell(
    canvas: Canvas, y: int, start: int, stop: int, *, ascii: bool = False
) -> list[tuple[str, str]]:
    """Each cell of a row with its role; the second cell of a wide character is empty."""
    found: list[tuple[str, str]] = []
    for text, role in canvas.row(y, start, stop, ascii=ascii):
        for char in text:
            if cells(char):
                found += [(char, role), ("", role)][: cells(char)]
            else:
                found[-1 if found[-1][0] else -2] = (
                    found[-1 if found[-1][0] else -2][0] + char,
                    role,
                )
    return found


@settings(max_examples=80, deadline=None)
@given(PAINTS, st.integers(0, 13), st.integers(-5, 85), st.integers(0, 40), st.booleans())
def test_a_window_shows_what_the_whole_row_shows(
    paint: Paint, y: int, start: int, width: int, ascii: bool
) -> None:
    canvas = Canvas(sample(), paint)
    whole = by_cell(canvas, y, -50, 150, ascii=ascii)
    seen = by_cell(canvas, y, start, start + width, ascii=ascii)
    expected = whole[start + 50 : start + 50 + width]
    assert len(whole) == 200 and len(seen) == width
    for index, (cell, wanted) in enumerate(zip(seen, expected, strict=True)):
        halved = (index == 0 and not wanted[0]) or (index == width - 1 and cells(wanted[0]) == 2)
        assert cell == ((" ", wanted[1]) if halved else wanted)


@settings(max_examples=80, deadline=None)
@given(PAINTS, PAINTS)
def test_rows_that_are_not_named_as_changed_stay(old: Paint, new: Paint) -> None:
    canvas = Canvas(sample(), old)
    before = [canvas.row(y) for y in range(14)]
    changed = canvas.show(new)
    after = [canvas.row(y) for y in range(14)]
    assert after == [Canvas(sample(), new).row(y) for y in range(14)]
    assert {y for y in range(14) if before[y] != after[y]} <= changed <= set(range(14))
    assert canvas.show(new) == set()


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(WIRES), st.just("active")), FLOWS, st.integers(0, 6))
def test_ascii_draws_with_seven_characters(
    active: dict[tuple[int, int, int], str], flow: Flow, hot: int
) -> None:
    faces = {node: Face("abc", ("abc",), "hot" if node == hot else "plain") for node in range(7)}
    canvas = Canvas(sample(), Paint(faces, active, flow=flow))
    plain, full = canvas.text(ascii=True), canvas.text()
    assert set(plain) <= set("+-|#=<> \nabc")
    assert [char in " \n" for char in plain] == [char in " \n" for char in full]
