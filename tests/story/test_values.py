"""One array in every place where a value is said briefly: the same room, the same words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.export.formats.dot import to_dot
from gradviz.export.reports.check import check_text
from gradviz.export.reports.text import plain
from gradviz.export.reports.walks import lines
from gradviz.scene.blocks import NUMBER, Number
from gradviz.scene.describe import description
from gradviz.scene.views.graph.values import block
from gradviz.story import walks
from gradviz.story.frame import Story
from gradviz.story.values import ROOMS, Room, briefly
from gradviz_tui.view.node_pane import NodeText


@dataclass(frozen=True)
class Said:
    """What is expected of an array: on a line of its own, in a formula, in a sentence, in a table
    of the terminal program, and in a box, which has none for grids.
    """

    line: str
    formula: str
    sentence: str
    panel: str
    box: str


SIX = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
EXPECTED: dict[str, tuple[Any, Said]] = {
    # Few enough for a line, too wide for a grid.
    "2×6": (
        [SIX, SIX],
        Said(
            line="[[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]]",
            formula="[2×6, from 1 to 6, mean 3.5]",
            sentence="an array of 2×6",
            panel="2×6",
            box="2×6",
        ),
    ),
    "15": (
        [float(k) for k in range(-14, 1)],
        Said(
            line="[15 numbers, from -14 to 0, mean -7]",
            formula="[15 numbers, from -14 to 0, mean -7]",
            sentence="an array of 15 numbers",
            panel="15 numbers",
            box="15 numbers",
        ),
    ),
    "3": (
        [0.5, -1.0, 2.0],
        Said(
            line="[0.5, -1, 2]",
            formula="[0.5  -1  2]",
            sentence="[0.5, -1, 2]",
            panel="[0.5 -1 2]",
            box="0.5  -1  2",
        ),
    ),
    "0": (
        [],
        Said(
            line="[0 numbers]",
            formula="[0 numbers]",
            sentence="an array of 0 numbers",
            panel="0 numbers",
            box="0 numbers",
        ),
    ),
}


def text(lines: Iterator[Any]) -> str:
    """Lines as one text, with single spaces between words."""
    return " ".join(" ".join(plain(lines)).split())


def squeezed(words: str) -> str:
    return " ".join(words.replace("−", "-").split())


@pytest.mark.parametrize("name", EXPECTED)
def test_one_array_in_all_places(name: str) -> None:
    value, said = EXPECTED[name]
    trace = gv.run("x*1", x=value, upstream=value)
    story = Story(trace)
    frame, xp = story.frame(len(trace)), trace.xp
    x, formula = trace.graph.find("x"), frame.formula
    assert formula is not None and frame.accumulation is not None

    shown = text(lines(trace, width=400))
    table = text(lines(trace, brief=True, width=400))
    assert f"at x = {said.line}" in shown and f"dx = {said.line}" in shown
    assert f"x {said.line} {said.line}" in table
    assert f" → {squeezed(said.formula)}" in shown and f"v {squeezed(said.box)}" in shown

    about = squeezed(description(trace.graph, story.labels, frame))
    assert f"x: value {said.line}, gradient {said.line};" in about
    dot = squeezed(str(to_dot(trace).source))
    assert f"x: input, value {said.line}, gradient {said.line}" in dot

    assert squeezed(formula.unicode[-1]).startswith(f"= {squeezed(said.formula)}, with u = ")
    assert squeezed(story.frame(2).sentence).startswith(
        f"The gradient that arrives at f from outside is {said.sentence}:"
    )
    step = walks.data(trace)["steps"][-1]
    assert squeezed(step["accumulation"]["unicode"]).endswith(f"→ {squeezed(said.formula)}")

    pane = ["".join(part for part, _ in line) for line in NodeText(frame, x, 200).lines(20)]
    pane = [*map(squeezed, pane)]
    assert pane[1] == f"value {said.panel}" and pane[-1].startswith(f"dx = {said.panel}")
    assert briefly(xp, trace.values[x], "panel") == said.panel


def test_a_check_reports_as_results_do() -> None:
    value, said = EXPECTED["2×6"]
    found = text(check_text(gv.check("sum(x*y)", x=value, y=[[1.0] * 6] * 2), width=400))
    assert found.count(said.line) == 4  # x at the top; the gradient of y measured, exact, and ours


def test_a_card_says_what_a_box_says() -> None:
    exact = for_backend("exact")
    for value, said in (EXPECTED["2×6"], EXPECTED["15"], EXPECTED["0"]):
        found = block(exact, exact.asarray(value), NUMBER)
        assert found == Number(said.box, NUMBER)


@pytest.mark.parametrize(
    ("room", "numbers", "more"),
    [("heading", 12, 13), ("report", 12, 13), ("alt", 12, 13), ("formula", 5, 6), ("box", 5, 6),
     ("sentence", 6, 7), ("panel", 4, 5)],
)  # fmt: skip
def test_the_limits_of_rooms(room: Room, numbers: int, more: int) -> None:
    """So many numbers in a row are written out, and one more is not."""
    xp = for_backend()
    said = [briefly(xp, xp.asarray([1.0] * count), room) for count in (numbers, more)]
    assert said[0].count("1") == numbers and f"{more} numbers" in said[1]


def test_every_room_has_its_limit() -> None:
    assert set(ROOMS) == set(Room.__args__)  # type: ignore[attr-defined]


def test_a_long_number_is_cut_in_a_box_only() -> None:
    exact = for_backend("exact")
    long = exact.asarray(10**40)
    assert briefly(exact, long, "box") == "1" + "0" * 22 + "…"
    assert briefly(exact, long, "report") == "1" + "0" * 40


def test_prose_has_proper_signs_and_mathematics() -> None:
    xp, exact = for_backend(), for_backend("exact")
    product = gv.run("x*y", backend="exact").values[-1]
    rooms: tuple[Room, ...] = ("sentence", "alt")
    for room in rooms:
        assert briefly(xp, xp.asarray(-1.5), room) == "−1.5"
        assert briefly(exact, product, room) == "x · y"
    assert briefly(xp, xp.asarray(-1.5), "report") == "-1.5"
    assert briefly(exact, product, "report") == "x*y"


def test_numbers_in_panels_have_few_digits() -> None:
    xp = for_backend()
    assert briefly(xp, xp.asarray([1.2345]), "panel") == "[1.234]"
    assert briefly(xp, xp.asarray(1.2345), "panel") == "1.234"


def test_a_step_of_large_arrays_looks_at_no_number_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Arrays of 10,000 numbers are told by what NumPy finds out about them, not as Python's lists:
    that took a second a step in AlexNet.
    """
    from gradviz.arrays.numeric import Numeric

    grid = np.arange(10_000.0).reshape(100, 100) / 1e4
    trace = gv.run("h = tanh(W @ x + b); s = h - W; sum(s * h)", W=np.eye(100), x=grid, b=-grid / 2)
    listed = []
    plain = Numeric.plain

    def counted(self: Numeric, value: Any) -> Any:
        if getattr(value, "size", 0) >= 10_000:
            listed.append(value.shape)
        return plain(self, value)

    monkeypatch.setattr(Numeric, "plain", counted)
    story = Story(trace)
    for k in range(1, len(trace) + 1):
        frame = story.frame(k)
        assert frame.sentence and frame.formula is not None
        assert frame.remark is not None and (frame.accumulation is None or frame.accumulation)
    assert not listed
