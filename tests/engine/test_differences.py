"""The numerical gradient, entry by entry: differences by NumPy, and a slide's own two slips."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.cli.main import run
from gradviz.errors import GradvizError
from gradviz.scene.framing import SLIDE
from gradviz.scene.model import Text
from gradviz.scene.views.differences.pictures import DifferencePictures
from gradviz.story import walks
from tests.scene.clear import check_clear, check_still

W = np.array([[-0.1, 0.2, 0.15, 0.05], [0.25, 0.05, 0.2, -0.1], [0.25, 0.15, -0.15, 0.4]])
X, T, H = np.array([0.1, 1.5, 0.07, 2.32]), np.array([0.0, 1, 0]), 0.001
SOURCE = "f = W @ x; L = norm(f - t)"


def trace() -> gv.Trace:
    return gv.run(SOURCE, W=W, x=X, t=T, wrt="W")


def loss(w: Any) -> float:
    return float(np.linalg.norm(w @ X - T))


def raised(place: tuple[int, int], h: float) -> float:
    moved = W.copy()
    moved[place] += h
    return loss(moved)


@pytest.mark.parametrize("sides", ["forward", "central"])
@pytest.mark.parametrize("h", [0.1, 1e-3, 1e-6])
def test_every_entry_is_the_quotient_of_two_losses(sides: Any, h: float) -> None:
    walk = gv.differences(trace(), "W", h=h, sides=sides)
    assert len(walk) == 12 == walk.forward_steps and not walk.has_backward
    for step in walk:
        there, here = raised(step.place, h), raised(step.place, -h if sides == "central" else 0)
        width = 2 * h if sides == "central" else h
        assert (step.there, step.here) == pytest.approx((there, here), rel=1e-14)
        assert step.slope == pytest.approx((there - here) / width, rel=1e-6, abs=1e-9)
    f = W @ X - T
    exact = np.outer(f / np.linalg.norm(f), X)
    assert np.allclose(walk.exact, exact, rtol=1e-12)


def test_the_slide_comes_to_a_half_and_nine_tenths_by_its_two_slips() -> None:
    """f = (0.4165, −0.118, 1.1675) is cut to three decimals in L(W) alone, so L(W) = 1.6688; then
    the first h is kept.
    """
    assert round(math.sqrt(0.416**2 + 1.118**2 + 1.167**2), 4) == 1.6688
    walk = gv.differences(trace(), "W", decimals=4, cut=("f", 3), keeps=True)
    first, second = walk.step(1), walk.step(2)
    assert (first.here, first.there, round(first.slope, 6)) == (1.6688, 1.6693, 0.5)
    assert (second.here, second.there, round(second.slope, 6)) == (1.6688, 1.6697, 0.9)
    told = gv.frame(walk, 2)
    assert "f is cut to 3 decimals in L(W) alone" in told.note
    assert "never taken back" in told.note
    true = gv.differences(trace(), "W")
    assert [round(true.step(k).slope, 4) for k in (1, 2)] == [0.0250, 0.3749]


@pytest.mark.parametrize("sides", ["forward", "central"])
@pytest.mark.parametrize("h", [0.1, 1e-3, 1e-5])
def test_the_losses_shown_give_the_quotient_shown(sides: Any, h: float) -> None:
    walk = gv.differences(trace(), "W", h=h, sides=sides)
    story: Any = walks.of(walk)
    for step in walk:
        here, there = (float(text.replace("−", "-")) for text in story.losses(step))
        by_hand = (there - here) / (2 * h if sides == "central" else h)
        shown = float(story.said(step.slope).replace("−", "-"))
        assert by_hand == pytest.approx(shown, rel=6e-4, abs=1e-12)


def test_the_pictures_are_clear_and_still_and_fill_in() -> None:
    made = DifferencePictures(walks.of(gv.differences(trace(), "W")), SLIDE)  # type: ignore[arg-type]
    check_still(made)
    for k in (0, 1, 7, 12):
        scene = made.scene(k)
        check_clear(scene)
        cells = {i.id: i.text for i in scene.items if isinstance(i, Text)}
        unknown = [key for key, words in cells.items() if words == "?"]
        assert len(unknown) == 12 - k
    cells = {i.id: i.text for i in made.scene(2).items if isinstance(i, Text)}
    assert (cells["moved-0-1"], cells["slope-0-1"], cells["moved-0-0"]) == (
        "0.201", "0.3749", "−0.1",
    )  # fmt: skip
    assert cells["loss-0-same"] + cells["loss-0-rest-5"] == "1.6692671"
    assert (cells["loss-0-same"], cells["by-backpropagation"]) == ("1.669", "0.3743")


@pytest.mark.parametrize("sides", ["forward", "central"])
@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("names", [("conv1_weights", "loss"), ("w", "regularised_loss")])
def test_long_names_keep_to_their_column(names: tuple[str, str], keeps: bool, sides: Any) -> None:
    name, output = names
    ran = gv.run(f"{output} = sum(({name} + 2)**2)", values={name: [[1.5, -2.0]]})
    walk = gv.differences(ran, name, keeps=keeps, sides="forward" if keeps else sides)
    made = DifferencePictures(walks.of(walk), SLIDE)  # type: ignore[arg-type]
    for k in range(len(walk) + 1):
        check_clear(made.scene(k))


@pytest.mark.parametrize("value", [2.0, [1.0, 2.0, 3.0], [[[1.0, 2.0], [3.0, 4.0]]]])
def test_numbers_rows_and_stacks_are_tables_too(value: Any) -> None:
    walk = gv.differences(gv.run("sum(x**2)", x=value))
    flat = np.ravel(value)
    assert [s.exact for s in walk] == pytest.approx(list(2 * flat))
    assert [s.slope for s in walk] == pytest.approx(list(2 * flat + 0.001), rel=1e-6)
    check_clear(DifferencePictures(walks.of(walk), SLIDE).scene(1))  # type: ignore[arg-type]


WORDS = [SOURCE, f"W={W.tolist()}", f"x={X.tolist()}", "t=[0,1,0]", "--wrt", "W"]


def test_the_command_line_walks_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", *WORDS, "--view", "differences", "--step", "2", "--width", "100"]) == 0
    shown = capsys.readouterr().out
    assert "∂L/∂W₁₂ ≈ (L(W + h) - L(W))/h = (1.6696420 - 1.6692671)/0.001 = 0.3749" in shown
    assert "dW  0.02495   0.3749        ?        ?" in shown
    assert run(["show", *WORDS, "--view", "differences", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["steps"][1]["entry"] == [0, 1]
    assert data["steps"][1]["quotient"] == pytest.approx(0.3749, abs=5e-5)
    for name in ("deck.pdf", "a.svg", "a.txt"):
        assert run(["render", *WORDS, "--view", "differences", "-o", str(tmp_path / name)]) == 0


@pytest.mark.parametrize(
    ("source", "values", "options", "message"),
    [
        ("W*2", {"W": [1.0, 2.0]}, {}, "single number"),
        ("sum(W)", {"W": np.ones((20, 20))}, {}, "too large"),
        ("sum(W)", {"W": [1.0]}, {"h": 0}, "above 0"),
        ("sum(W)", {"W": [1.0]}, {"h": math.nan}, "above 0"),
        ("sum(W)", {"W": [1.0]}, {"sides": "left"}, "one side or to both"),
        ("sum(W)", {"W": [1.0]}, {"name": "V"}, "no input 'V'"),
        ("sum(W)", {"W": [1.0]}, {"decimals": -1}, "number of decimals"),
        ("sum(W)", {"W": [1.0]}, {"cut": ("f",)}, "what is cut"),
        ("sum(W)", {"W": [1.0]}, {"cut": ("g", 2)}, "no node"),
    ],
)
def test_bad_input_is_refused(source: str, values: Any, options: Any, message: str) -> None:
    with pytest.raises(GradvizError, match=message):
        gv.differences(gv.run(source, values=values), **options)
    with pytest.raises(GradvizError, match="decimal numbers"):
        gv.differences(gv.run("x*2", x=1, backend="exact"))
