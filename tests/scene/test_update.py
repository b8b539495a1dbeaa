"""Pictures of updates: nothing meets, nothing moves, and every number is the trace's."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays.digits import number, typeset
from gradviz.engine.inside import views
from gradviz.engine.optimisers import OPTIMISERS
from gradviz.scene.framing import Framing
from gradviz.scene.model import Rect, Text
from gradviz.scene.views.update.pictures import UpdatePictures
from gradviz.story import walks
from gradviz.story.descent.frames import UpdateStory
from tests.scene.clear import check_clear, own, scenes

NORM = ("q = W @ x; f = sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3], "lr": 0.1})


def pictures(
    source: str, k: int, framing: Framing | None = None, **settings: Any
) -> UpdatePictures:
    walk = views.seen(gv.learn(source, **settings).trace(k), "update")
    story = walks.of(walk)
    assert isinstance(story, UpdateStory)
    return UpdatePictures(story, *([framing] if framing else []))


RUNS: list[tuple[str, int, dict[str, Any]]] = [
    (NORM[0], 1, NORM[1] | {"passes": 1}),
    (NORM[0], 1, NORM[1] | {"passes": 2}),
    (NORM[0], 5, NORM[1] | {"passes": 8}),
    (NORM[0], 8, NORM[1] | {"passes": 8}),
    (NORM[0], 700, NORM[1] | {"passes": 1000}),
    ("(learning_weight - 3)**2", 7, {"learning_weight": -12.345678, "passes": 20, "lr": 0.01}),
    ("(x - 3)**2", 9, {"x": 0, "lr": 1.01, "passes": 40}),
    ("sin(3*x)*exp(x)", 2, {"x": 1, "passes": 5}),
    ("net:mlp:64-5-10", 40, {"data": "digits", "passes": 100}),
    ("net:mlp:2-4-4-2", 237, {"data": "ring", "passes": 400, "optimizer": "adam"}),
]


@pytest.mark.parametrize("slide", ["16:9", "4:3", "none"])
@pytest.mark.parametrize(("source", "k", "settings"), RUNS)
def test_no_label_meets_another_or_a_curve(
    source: str, k: int, settings: dict[str, Any], slide: Any
) -> None:
    for scene in scenes(pictures(source, k, Framing(slide), **settings)):
        check_clear(scene)


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_every_optimiser_has_its_picture(optimizer: str) -> None:
    settings = {"data": "moons", "optimizer": optimizer, "passes": 30, "l2": 0.01}
    made = pictures("net:mlp:2-3-2", 17, **settings)
    for scene in scenes(made):
        check_clear(scene)
    names = [item.text for item in scene.items if isinstance(item, Text)]
    assert optimizer in names


def test_the_lectures_update_is_drawn_with_its_numbers() -> None:
    made = pictures(NORM[0], 1, **NORM[1], passes=8)
    scene = made.scene(1)
    texts = {i.id: i.text for i in scene.items if isinstance(i, Text)}
    cells = [[texts[f"cell-{n}-{i}-{j}-number"] for i in (0, 1) for j in (0, 1)] for n in range(3)]
    assert cells[0] == ["0.4", "0.6", "0.7", "−0.2"]
    assert cells[1] == ["0.38", "0.228", "0.29", "0.174"]
    assert cells[2] == ["0.362", "0.5772", "0.671", "−0.2174"]
    last = {i.id: i.text for i in made.scene(2).items if isinstance(i, Text)}
    assert last["loss-before-number"] == "0.2285" and "slope promised" in last["promised"]
    assert texts["strip-loss-1"] == "0.2285"


@pytest.mark.parametrize(
    ("source", "data", "points"),
    [
        ("net:mlp:2-3-1", "xor", 16),
        ("net:mlp:2-4-4-2", "ring", 14),
        ("net:mlp:64-5-10", "digits", 11),
    ],
)
def test_numbers_are_as_large_as_the_slide_allows(source: str, data: str, points: float) -> None:
    """The loss stands below the grids where it would make them smaller."""
    made = pictures(source, 3, data=data, passes=4, optimizer="adam")
    number = own(made.scene(1))["loss-before-number"]
    assert isinstance(number, Text) and number.size >= points


def test_bars_of_the_loss_are_to_scale() -> None:
    made = pictures("(x - 3)**2", 1, x=0, lr=0.1, passes=3)
    items = own(made.scene(1))
    before, after = items["loss-before-bar"], items["loss-after-bar"]
    assert isinstance(before, Rect) and isinstance(after, Rect)
    assert after.width / before.width == pytest.approx(5.76 / 9)


def test_every_number_is_the_traces() -> None:
    made = pictures("net:mlp:2-4-4-2", 100, data="ring", passes=120, optimizer="momentum")
    trace = made.story.walk.trace
    for k, place in enumerate(made.story.walk.places, 1):
        scene = made.scene(k)
        lit = place.element if len(place.element) == 2 else (0, *place.element)
        arrays = (
            trace.values[place.node],
            trace.gradients[place.node],
            trace.updates.each[k - 1].after,
        )
        for item in scene.items:
            if isinstance(item, Text) and item.id.startswith("cell-"):
                _, n, i, j, _ = item.id.split("-")
                array = np.atleast_2d(arrays[int(n)])
                value = float(array[int(i), int(j)])
                assert float(item.text.replace("−", "-")) == pytest.approx(value, rel=5e-3)
                if (int(i), int(j)) != lit:
                    assert item.text in {typeset(number(value, digits)) for digits in (3, 4)}


def test_nothing_moves_within_a_parameter_and_the_heads_stay() -> None:
    made = pictures("net:mlp:2-3-2", 5, data="ring", passes=9)
    starts = [
        {i.id: (i.x, i.y) for i in scene.items if isinstance(i, Rect) and i.id.startswith("loss-")}
        for scene in scenes(made)
    ]
    shared = set.intersection(*map(set, starts))
    assert shared and all(s[key] == starts[0][key] for s in starts for key in shared)


def test_losses_that_are_not_finite_are_drawn() -> None:
    run = gv.learn("(x - 3)**2", x=0, lr=2.0, passes=5000)
    walk = views.seen(run.trace(run.passes), "update")
    story = walks.of(walk)
    assert isinstance(story, UpdateStory)
    for scene in scenes(UpdatePictures(story)):
        check_clear(scene)
    assert "no longer finite" in story.frame(1).sentence


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_an_element_has_no_index_below_an_index(optimizer: str) -> None:
    """b₂ has one number and is written without an index; W₁ has its in brackets."""
    made = pictures("net:mlp:2-3-1", 2, data="ring", passes=3, optimizer=optimizer)
    told = [made.story.frame(k).formula for k in range(1, len(made.story.walk) + 1)]
    found = [" ".join(f.unicode) for f in told if f is not None]
    assert any("W1[" in words for words in found)
    assert any("b1[" in words for words in found) and not any("b2[" in words for words in found)
    assert not any(re.search("[Wb][12][₀-₉]", words) for words in found)
