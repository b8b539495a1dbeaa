"""Convolutions as products of matrices: rows are kernels and columns windows as plain loops find
them, every number is read back, nothing meets, and nothing moves.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.engine.inside.cells import cells
from gradviz.errors import ValueInputError
from gradviz.scene.model import Rect, Scene, Text
from gradviz.scene.themes import THEMES, theme
from gradviz.scene.views.im2col.pictures import ColumnPictures
from gradviz.story import walks
from gradviz.story.walks.im2col import ColumnStory
from gradviz.trace.im2col import ColumnTrace
from tests.sampled import sampled
from tests.scene.test_cells import check_clear, check_still
from tests.scene.test_windows import close, random_case, steps_of, walk_of
from tests.scene.windows import CASES, Case, pairs, sent

NUMBER = re.compile(r"^(w|x|out)-(\d+)-(\d+)$")
CONVOLUTIONS = [case for case in CASES if case.op in ("conv1d", "conv2d")]


class Reader:
    """The numbers of a picture, and what plain loops say should stand there."""

    def __init__(
        self, case: Case, walk: ColumnTrace, values: dict[str, Any], upstream: Any
    ) -> None:
        self.case, self.walk, self.upstream = case, walk, upstream
        self.x, self.w = values["x"], values["w"]
        self.output = np.asarray(walk.value(None))
        self.windows = list(np.ndindex(*self.output.shape[1:]))

    def check(self, scene: Scene, k: int) -> int:
        """Check every number of the picture of step k; how many there are."""
        slot, window = self.walk.where(k)
        place = self.walk.places[window - 1]
        texts = {i.id: i for i in scene.items if isinstance(i, Text)}
        columns = [int(texts[f"column-{j}"].text) - 1 for j in range(9) if f"column-{j}" in texts]
        at_work = self.row_at_work(scene, texts)
        count = 0
        for key, text in texts.items():
            if (found := NUMBER.match(key)) is None or text.text == "…":
                continue
            which, i, j = found[1], int(found[2]), int(found[3])
            kernel = place[0] + (i - at_work if which != "x" else 0)
            column = None if which == "w" else self.windows[columns[j]]
            along = j if which == "w" else i
            expected = self.expected(texts, which, kernel, column, along, slot, window)
            assert close(text.text, expected, 100.0), (key, text.text, expected, scene.title)
            count += 1
        return count

    def row_at_work(self, scene: Scene, texts: dict[str, Text]) -> int:
        """Which row of the output is outlined."""
        box = next(i for i in scene.items if isinstance(i, Rect) and i.id == "out-window")
        rows = [
            (key, t) for key, t in texts.items() if key.startswith("out-") and key[-1].isdigit()
        ]
        return next(int(key.split("-")[1]) for key, t in rows if box.y < t.y < box.y + box.height)

    def expected(
        self, texts: Any, which: str, kernel: int, column: Any, t: int, slot: Any, window: int
    ) -> float:
        if which == "out":
            return float((self.output if slot is None else self.upstream)[(kernel, *column)])
        if which == "w" and slot == 2:
            return self.so_far(2, window, (kernel,))
        met = pairs(self.case, (kernel, *(column or self.windows[0])))
        drawn = 1 + max(
            int(key.split("-")[1]) for key in texts if NUMBER.match(key) and key[0] == "x"
        )
        if drawn < len(met):  # dots stand in the middle
            ends = drawn // 2
            t = t if t < ends else len(met) - 2 * ends - 1 + t
        if which == "w":
            weight = met[t][1]
            return self.so_far(1, window, weight) if slot == 1 else float(self.w[weight])
        if slot == 0:
            return self.received(window, column, t)
        cell = met[t][0]
        return 0.0 if cell is None else float(self.x[cell])

    def received(self, window: int, column: Any, t: int) -> float:
        """What place t of a column has got by now, from the kernels of its group."""
        last = self.walk.places[window - 1]
        own = self.case.shapes[1][0] // self.case.options.get("groups", 1)
        group = last[0] // own
        done = [p for p in self.walk.places[:window] if p[1:] == column and p[0] // own == group]
        return sum(float(self.upstream[p]) * float(self.w[pairs(self.case, p)[t][1]]) for p in done)

    def so_far(self, slot: int, windows: int, at: Any) -> float:
        total = 0.0
        for place in self.walk.places[:windows]:
            u = float(self.upstream[place])
            sends = sent(self.case, self.x, self.w, slot, place, u)
            total += sum(v for cell, v in sends if cell == at)
        return total


def check_case(case: Case, seed: int, each: int) -> None:
    found, values, upstream = walk_of(case, seed)
    walk = views.view("im2col").walk(found.trace)
    assert isinstance(walk, ColumnTrace)
    pictures = ColumnPictures(ColumnStory(walk))
    reader = Reader(case, walk, values, upstream)
    for steps in steps_of(walk, seed, each).values():
        scenes = [pictures.scene(k) for k in steps]
        for k, scene in zip(steps, scenes, strict=True):
            check_clear(scene)
            assert reader.check(scene, k) > 2
        check_still([scene for scene in scenes if "column-0" in {i.id for i in scene.items}])


@sampled("case", CONVOLUTIONS, few=5, ids=str)
def test_every_kind_of_convolution(case: Case) -> None:
    check_case(case, CASES.index(case), 1)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(200))
def test_convolutions_of_any_kind(seed: int) -> None:
    case = random_case(seed)
    if case.op in ("conv1d", "conv2d"):
        check_case(case, seed, 3)


def test_rows_times_columns_are_the_output() -> None:
    """W X by NumPy's product, whatever the padding, stride, dilation and groups."""
    for case in CONVOLUTIONS:
        found, values, _ = walk_of(case)
        walk = views.view("im2col").walk(found.trace)
        bias = values.get("b", np.zeros(case.shapes[1][0]))
        for kernel in range(case.shapes[1][0]):
            row = [walk.number(1, kernel, 0, t) for t in range(walk.length)]
            columns = [
                [walk.number(0, kernel, j, t) or 0.0 for j in range(walk.windows)]
                for t in range(walk.length)
            ]
            made = np.asarray(row) @ np.asarray(columns) + bias[kernel]
            assert made == pytest.approx(np.asarray(walk.value(None))[kernel].reshape(-1))


def test_a_picture_by_hand() -> None:
    """[1 0; 2 −1] on [1 2; 3 4] padded at no side, and the sentence of each direction."""
    trace = gv.run(
        "sum(conv2d(x, k))", x=[[[1, 2, 0], [3, 4, 1]]], k=[[[[1, 0], [2, -1]]], [[[0, 1], [1, 1]]]]
    )
    story = walks.of(views.walk(trace, "im2col"))
    scene = ColumnPictures(story).scene(3)
    shown = {i.id: i.text for i in scene.items if isinstance(i, Text)}
    assert [shown[f"w-0-{t}"] for t in range(4)] == ["1", "0", "2", "−1"]
    assert [shown[f"x-{t}-0"] for t in range(4)] == ["1", "2", "3", "4"]
    assert [shown[f"x-{t}-1"] for t in range(4)] == ["2", "0", "4", "1"]
    assert [shown[f"out-{i}"] for i in ("0-0", "0-1", "1-0")] == ["3", "9", "9"]
    assert "out-1-1" not in shown
    assert shown["x-heading"] == "windows as columns, 4×2"
    assert shown["w-heading"] == "k, kernels as rows, 2×4"
    said = [story.frame(k).sentence for k in (3, 6, 10)]
    assert said == [
        "Kernel 2 meets column 1, the window at row 1, column 1: 4 products, summed: 9.",
        "Column 2 met kernel 1, so it receives 1 times its row; the cells go back to where they"
        " were copied from.",
        "Kernel 1 met column 2, so its row receives 1 times it. All columns add up.",
    ]
    assert story.title == "convolution 2×2 as a matrix product"


def test_a_node_chosen_by_name_and_one_that_is_not_alone() -> None:
    trace = gv.run(
        "y = relu(conv2d(x, k)); sum(conv2d(y, v))",
        x=np.ones((1, 5, 5)),
        k=np.ones((2, 1, 2, 2)),
        v=np.ones((1, 2, 3, 3)),
    )
    assert views.walk(trace, "im2col").length == 4
    inner = next(n.id for n in trace.graph.nodes if n.op == "conv2d" and n.inputs[0] != 0)
    assert views.view("im2col").inside(cells(trace, inner)).length == 18


def test_what_has_no_kernel_is_refused() -> None:
    with pytest.raises(ValueInputError, match="no convolution whose windows could become columns"):
        views.walk(gv.run("sum(maxpool2d(x, 2))", x=np.ones((4, 4))), "im2col")
    pool = cells(gv.run("sum(maxpool2d(x, 2))", x=np.ones((4, 4))), 1)
    with pytest.raises(ValueInputError, match="max pooling has no kernel"):
        views.view("im2col").inside(pool)


def test_data_names_the_row_and_the_column() -> None:
    trace = gv.run("sum(conv2d(x, k))", x=np.ones((1, 3, 3)), k=np.ones((2, 1, 2, 2)))
    found = walks.data(views.walk(trace, "im2col"), [1, 6])
    assert (found["view"], found["matrix"]) == ("im2col", [4, 4])
    assert [(s["row"], s["column"]) for s in found["steps"]] == [(0, 0), (1, 1)]


@pytest.mark.parametrize("name", THEMES)
def test_every_role_is_in_every_theme(name: str) -> None:
    found, _, _ = walk_of(CASES[1])
    pictures = ColumnPictures(ColumnStory(views.view("im2col").walk(found.trace)))
    looks = theme(name).looks
    for k in (0, 3, 9, 15):
        assert {i.role for i in pictures.scene(k).items} <= set(looks)


def test_columns_that_are_left_out_are_said() -> None:
    """A 6×6 image has 16 windows of 3×3; the heading counts those that the picture has."""
    trace = gv.run("sum(conv2d(x, k))", x=np.ones((1, 1, 6, 6)), k=np.ones((1, 1, 3, 3)))
    scene = ColumnPictures(walks.of(views.walk(trace, "im2col"))).scene(3)
    texts = {i.id: i.text for i in scene.items if isinstance(i, Text)}
    shown = len({key for key in texts if key.startswith("x-0-")})
    assert shown < 16 and texts["x-heading"] == f"windows as columns, 9×16, {shown} shown"
