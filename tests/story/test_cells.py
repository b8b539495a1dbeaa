"""What a walk over cells says: the lecture's pool word by word, and the arithmetic of every
formula.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.inside.cells import cells
from gradviz.errors import ValueInputError
from gradviz.export.reports.text import plain
from gradviz.export.reports.walks import lines
from gradviz.story import walks
from gradviz.story.cells.frames import CellStory
from tests.scene.cell_samples import CELL_SAMPLES, cell_sample

GOLDEN = Path(__file__).parents[1] / "golden"


def story(name: str) -> CellStory:
    return CellStory(cell_sample(name))


def of(source: str, **options: Any) -> CellStory:
    return CellStory(cells(gv.run(source, **options), "f"))


@pytest.mark.parametrize("name", ["lecture", "padding", "channels", "matrices"])
def test_goldens(name: str) -> None:
    """Read line by line before they were kept; REGOLD=1 writes them anew."""
    text = "\n".join(plain(lines(cell_sample(name), ascii=name == "matrices"))) + "\n"
    path = GOLDEN / f"cells-{name}.txt"
    if os.environ.get("REGOLD"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_step_of_the_mark() -> None:
    frame = story("lecture").frame(7)
    assert (
        frame.heading == "Backward through max pooling 3×3, stride 2"
        and frame.progress == "window 3 of 4"
    )
    assert (
        frame.sentence
        == "8 is the largest in this window too, so it takes this gradient as well: overlapping"
        " windows add up."
    )
    assert frame.formula is not None and frame.formula.block.flat == "∂L/∂x₃₂ ← 1 + 3 = 4"
    assert not frame.note and frame.phase == "backward"


def test_a_window_of_a_convolution() -> None:
    told = of("conv2d(x, w, b)", x=[[[1, 2, 0, 1, 3]] * 3], w=[[[[0, 1, 2]] * 3]], b=[1])
    assert (
        told.frame(3).sentence
        == "The window at row 1, column 3 meets the kernel: 9 products, summed, plus the bias"
        " 1: 22."
    )
    # Each of three equal rows gives 0·0 + 1·1 + 3·2 = 7, and 3·7 + 1 = 22.
    assert (
        told.frame(3).formula.block.flat
        == "f₁₃ = 0 · 0 + 1 · 1 + 3 · 2 + 0 · 0 + 1 · 1 + 3 · 2 + 0 · 0 + 1 · 1 + 3 · 2 + 1 = 22"
    )


def test_long_sums_tell_the_largest_terms_and_what_the_others_add_up_to() -> None:
    """27 products 1, 2, …, 27, whose sum is 378; the three largest are 25 + 26 + 27 = 78."""
    x = np.arange(27.0).reshape(3, 3, 3) + 1
    told = of("conv2d(x, w)", x=x.tolist(), w=np.ones((1, 3, 3, 3)).tolist()).frame(1)
    assert told.formula.block.flat == "f = 25 · 1 + 26 · 1 + 27 · 1 + 300 = 378"
    assert told.note == "300 is what the other 24 products add up to."
    assert "27 products" in told.sentence
    rows = np.arange(1.0, 17).reshape(4, 4).tolist()
    mean = of("avgpool2d(x, 4)", x=rows).frame(1)  # 136/16
    assert mean.formula.block.flat == "f = (14 + 15 + 16 + 91)/16 = 8.5"
    assert mean.note == "91 is what the other 13 numbers add up to."
    length = of("l2pool2d(x, 4)", x=rows).frame(1)  # √1496, the squares of 1 to 13 being 819
    assert length.formula.block.flat == "f = √(14² + 15² + 16² + 819) = 38.68"
    assert length.note == "819 is what the other 13 squares add up to."
    pool = of("maxpool2d(x, 4)", x=[[1, 2, 3, 4], [5, 6, 7, 8], [9, 16, 11, 12], [13, 14, 15, 10]])
    assert pool.frame(1).formula.block.flat == "f = max(1, 2, 3, …, 16, …) = 16"


TITLES = [
    ("maxpool2d(x, 2)", "max pooling 2×2, stride 2"),
    ("minpool2d(x, 2, stride=1)", "min pooling 2×2"),
    ("avgpool2d(x, 2, padding=1)", "average pooling 2×2, stride 2, padding 1"),
    ("l2pool2d(x, (1, 2))", "L2 pooling 1×2, stride 1×2"),
    ("maxpool2d(x, 2, stride=1, dilation=2)", "max pooling 2×2, dilation 2"),
    ("avgpool2d(x, (2, 3), stride=1, padding=(1, 0))", "average pooling 2×3, padding 1×0"),
    ("global_avgpool2d(x)", "global average pooling"),
    ("x @ x", "matrix product of x and x"),
]


@pytest.mark.parametrize(("source", "title"), TITLES)
def test_titles(source: str, title: str) -> None:
    assert of(source, x=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]).title == title


SENTENCES = [
    ("minpool2d(x, 2)", 1, "1 is the smallest of 4."),
    ("maxpool2d(x, 2)", 1, "4 is the largest of 4; it occurs twice, and the first one counts."),
    ("avgpool2d(x, 2)", 1, "The window's 4 numbers have the mean 2.75."),
    (
        "avgpool2d(x, 2, padding=1)",
        1,
        "The window's 4 numbers, 3 of them padding, have the mean 0.25.",
    ),
    (
        "l2pool2d(x, 2)",
        1,
        "The squares of the window's 4 numbers add up; their root, 6.083, is the length.",
    ),
    ("avgpool2d(x, 2)", 2, "All 4 cells share the gradient equally: 3 / 4 each."),
    (
        "maxpool2d(x, 2)",
        2,
        "4 won in this window, so it takes the window's gradient, 3; the others get nothing.",
    ),
    ("x @ [1, 2]", 1, "Row 1 of x meets a: 2 products, summed: 9."),
    (
        "l2pool2d(x, 2)",
        2,
        "Each cell receives its share of the length, x / 6.083, of the gradient 3.",
    ),
]


@pytest.mark.parametrize(("source", "step", "sentence"), SENTENCES)
def test_sentences(source: str, step: int, sentence: str) -> None:
    """At x = [[1, 4], [2, 4]]: 1 + 4 + 2 + 4 = 11, 1 + 16 + 4 + 16 = 37 = 6.083²."""
    upstream = {1: [[3]]}.get(1) if "pad" not in source and "@" not in source else None
    assert of(source, x=[[1, 4], [2, 4]], upstream=upstream).frame(step).sentence == sentence


@pytest.mark.parametrize("name", CELL_SAMPLES)
def test_every_step_speaks_briefly_and_its_formula_holds(name: str) -> None:
    """Sentences fit into two lines; arithmetic done on the numbers as shown gives the result as
    shown.
    """
    told = story(name)
    total = len(told.walk)
    assert (
        told.frame(0).sentence and told.frame(0).formula is None and told.frame(0).phase == "start"
    )
    for k in sorted({*range(1, min(total, 40) + 1), total // 2, total}):
        frame = told.frame(k)
        assert 10 < len(frame.sentence) <= 135 and frame.sentence[-1] == ".", frame.sentence
        check_arithmetic(frame.formula.block.flat)
        assert all(frame.formula.latex) and all(frame.formula.typst)


def check_arithmetic(line: str) -> None:
    """`f₁₁ = 1 · 2 + (−3) · 4 = −10`, by Python; lines with an ellipsis, roots and symbols are
    skipped.
    """
    _, _, right = line.partition(" = ") if " ← " not in line else line.partition(" ← ")
    sum_, _, result = right.rpartition(" = ")
    if "…" in right or "√" in right or not sum_:
        return
    python = sum_.replace("·", "*").replace("−", "-")
    if "NaN" in python or "∞" in python:
        return
    assert re.fullmatch(r"[-+*/()0-9., emaxin]+", python), line
    made = eval(python, {"max": max, "min": min})
    shown = eval(result.replace("−", "-"))
    assert made == pytest.approx(shown, rel=6e-4, abs=5e-5), line


def test_exact_numbers_stay_exact() -> None:
    told = of("avgpool2d(x, 3)", x=[[1, 0, 0]] * 3, upstream=[[1]], backend="exact")
    assert told.frame(1).formula.block.flat == "f = (1 + 0 + 0 + 1 + 0 + 0 + 1 + 0 + 0)/9 = 1/3"
    assert told.frame(2).formula.block.flat.endswith("= 1/9")
    root = of("l2pool2d(x, 2)", x=[[1, 1], [1, 0]], upstream=[[1]], backend="exact")
    assert "√3" in root.frame(1).sentence


def test_nan_is_said() -> None:
    told = of(
        "conv1d(x, w)",
        values={"x": [[1.0, float("nan"), 2.0]], "w": [[[1.0, 1.0]]]},
        upstream=[[1, 1]],
    )
    assert told.frame(1).strange and told.frame(1).sentence == "NaN came in with x, and goes on."
    assert told.frame(1).note == "x was given so: look at where that number comes from."
    pool = of(
        "maxpool2d(x, 2)",
        values={"x": [[1.0, float("nan")], [2.0, 3.0]]},
        upstream=[[float("inf")]],
    )
    assert pool.frame(2).strange and "An infinity arrives from f" in pool.frame(2).sentence


def test_a_large_index_has_commas() -> None:
    told = of("maxpool2d(x, (1, 12))", x=[[float(i) for i in range(12)]], upstream=[[2]])
    assert told.frame(2).formula.block.flat == "∂L/∂x₁,₁₂ ← 0 + 2 = 2"


def test_steps_as_data() -> None:
    found = walks.data(cell_sample("lecture"), [3, 7])
    assert (found["op"], found["node"], found["total"], found["operands"]) == (
        "maxpool2d",
        "f",
        8,
        ["x"],
    )
    forward, back = found["steps"]
    assert (
        forward["place"] == [1, 0]
        and forward["result"] == 8
        and forward["cells"][0][forward["winner"]] == [2, 1]
    )
    assert back["to"] == "x" and back["upstream"] == 3 and sum(back["contributions"]) == 3
    assert back["targets"][1] == [2, 1] and back["after"][1] == 4 and "to" not in forward
    padded = walks.data(cell_sample("padding"), [1])["steps"][0]
    assert padded["cells"][0][0] is None and padded["numbers"][0][0] is None


def test_a_frame_beyond_the_end() -> None:
    for k in (9, -1, True, 1.5):
        with pytest.raises(ValueInputError, match="no step"):
            story("lecture").frame(k)  # type: ignore[arg-type]
