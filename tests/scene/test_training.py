"""Pictures of training runs: nothing meets or moves, and every number is the run's."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.learn import views
from gradviz.learn.scores import scores
from gradviz.scene.framing import Framing
from gradviz.scene.model import Area, Circle, Line, Path, Rect, Scene, Text
from gradviz.scene.themes import TEXT_ROLES, THEMES, theme
from gradviz.scene.views.plot.axes import clipped
from gradviz.scene.views.training.network import THINNEST, WIDEST
from gradviz.scene.views.training.pictures import TrainingPictures
from gradviz.story import walks
from tests.scene.boxes import boxes
from tests.scene.clear import check_clear, number, own

_DRAW = np.random.default_rng(1)
LABELS = np.repeat([0, 1, 2], 30)
CLUSTERS = np.array([[-2, 1.2], [1.9, 1.5], [0.1, -2]])[LABELS] + _DRAW.normal(0, 0.8, (90, 2))

SINE = np.stack([np.linspace(-3, 3, 30), np.sin(np.linspace(-3, 3, 30))], axis=1)

RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "two scores": ("net:mlp:2-4-4-2,activation=tanh", {"data": "ring", "passes": 120, "lr": 0.3}),
    "held out": ("net:mlp:2-4-1", {"data": "moons,test=60", "passes": 90, "lr": 0.2}),
    "xor": ("net:xor", {"data": "xor", "passes": 60}),
    "three classes": ("net:mlp:2-16-3", {"data": (CLUSTERS, LABELS), "passes": 40, "lr": 0.05}),
    "no layers": (
        "r = sqrt(x1**2 + x2**2 + 1); w*r + b",
        {"data": "ring", "w": 1, "b": 0, "passes": 30},
    ),
    "by hand": ("w1*x1 + w2*x2 + b", {"data": "ring", "w1": 1, "w2": 1, "b": 0, "passes": 9}),
    "one pass": ("net:mlp:2-3-2", {"data": "quadrants", "passes": 1}),
    "runs away": ("net:mlp:2-3-1", {"data": "ring", "passes": 60, "lr": 60.0}),
    "one feature": (
        "net:mlp:1-5-1,activation=tanh",
        {"data": SINE, "passes": 80, "lr": 0.05, "batch": 30},
    ),
    "a line": ("w*x + b", {"data": "linear,test=20", "w": -1, "b": 0, "passes": 40, "lr": 0.05}),
    "long": ("net:mlp:2-2-2", {"data": "spiral", "passes": 3000, "optimizer": "adam"}),
}

SAMPLE = {
    ("one feature", "4:3"),
    ("two scores", "16:9"),
    ("held out", "4:3"),
    ("runs away", "4:3"),
    ("xor", "none"),
}


@cache
def run(name: str) -> Any:
    source, settings = RUNS[name]
    return gv.learn(source, **settings)


@cache
def pictures(name: str, slide: Any = "16:9") -> TrainingPictures:
    story = walks.of(views.walk(run(name), "training"))
    return TrainingPictures(story, Framing(slide))  # type: ignore[arg-type]


@cache
def drawn(name: str, k: int, slide: str = "16:9") -> Scene:
    return pictures(name, slide).scene(k)


def steps(name: str) -> list[int]:
    passes = run(name).passes
    return sorted({1, (passes + 1) // 2, passes, passes + 1})


SLIDES = [
    pytest.param(name, slide, marks=[] if (name, slide) in SAMPLE else pytest.mark.proof)
    for name in RUNS
    for slide in ("16:9", "4:3", "none")
]


@pytest.mark.parametrize(("name", "slide"), SLIDES)
def test_no_label_meets_another_or_a_line(name: str, slide: str) -> None:
    for k in steps(name):
        scene = drawn(name, k, slide)
        check_clear(scene)
        found = {key: b.grown(-0.4) for key, b in boxes(scene).items() if key in own(scene)}
        for item in scene.items:
            if isinstance(item, Line):
                for (key, box), (a, b) in (
                    (t, s) for t in found.items() for s in pairwise(item.points)
                ):
                    assert not clipped([a, b], box), (key, item.id)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[] if n in ("xor", "three classes") else pytest.mark.proof)
        for n in RUNS
    ],
)
def test_all_stays_within_the_slide_and_every_id_and_role_is_known(name: str) -> None:
    for k in steps(name):
        scene = drawn(name, k)
        ids = [item.id for item in scene.items]
        assert len(set(ids)) == len(ids)
        points = [p for i in scene.items if isinstance(i, Line) for p in i.points]
        points += [p for i in scene.items if isinstance(i, Area) for loop in i.loops for p in loop]
        assert all(0 <= p.x <= scene.width and 0 <= p.y <= scene.height for p in points)
        for colours in THEMES:
            looks = theme(colours).looks
            assert all(item.role in looks for item in scene.items)
        assert all(i.role in TEXT_ROLES for i in scene.items if isinstance(i, Text))


@pytest.mark.parametrize("name", ["two scores", "held out", "three classes"])
def test_what_stands_in_several_passes_stands_in_one_place(name: str) -> None:
    found: dict[str, tuple[float, ...]] = {}
    for k in steps(name):
        for item in drawn(name, k).items:
            still = re.match(
                r"unit|tube|key|thumb-\d|pass-\d|kept|losses-(x|y|tr|te|lo)|network", item.id
            )
            if still and isinstance(item, Rect | Text):
                place = (item.x, item.y)
                assert found.setdefault(item.id, place) == pytest.approx(place), item.id
    assert len(found) > 20


def texts(scene: Scene) -> dict[str, str]:
    return {i.id: i.text for i in scene.items if isinstance(i, Text)}


NUMBERED = ["two scores", "held out", "xor", "three classes", "by hand", "one feature", "a line"]


@pytest.mark.parametrize("name", NUMBERED)
def test_every_number_is_the_runs(name: str) -> None:
    learnt = run(name)
    for k in steps(name):
        said, found = texts(drawn(name, k)), scores(learnt, k)
        train = found["train"]
        key = "train" if "test" in found else "loss"
        assert number(said[f"losses-{key}"].split()[-1]) == pytest.approx(train.loss, rel=6e-3)
        if train.accuracy is None:  # the loss is the mean square
            square = number(said["plane-square"].split()[-1])
            assert square == pytest.approx(train.loss, rel=6e-3)
        else:
            right = number(said["plane-right"].split()[0])
            assert right == pytest.approx(100 * train.accuracy, rel=6e-3)
        if "test" in found:
            test = found["test"]
            assert number(said["losses-test"].split()[-1]) == pytest.approx(test.loss, rel=6e-3)
        weights = learnt.weights(k)
        most = max(abs(v).max() for n, v in weights.items() if not n.startswith("b"))
        if name not in ("three classes", "a line"):  # some units are drawn there, or none
            assert number(said["key-widest"].split()[-1]) == pytest.approx(most, rel=6e-3)
        if k <= learnt.passes:
            trace = learnt.trace(k)
            told = {
                n: int(said[f"opens-{n}"].split()[0]) for n in ("forward", "backward", "update")
            }
            assert told["forward"] == trace.forward_steps
            assert told["update"] == len(learnt.trained)
            assert sum(told.values()) == len(trace)


def test_tubes_are_as_wide_as_their_weights_and_hollow_where_negative() -> None:
    k = 45
    items = own(drawn("held out", k))
    weights = run("held out").weights(k)
    most = max(abs(weights[n]).max() for n in ("W1", "W2"))
    for layer, name in ((1, "W1"), (2, "W2")):
        matrix = weights[name]
        size = (4, 2) if layer == 1 else (1, 4)
        rows = matrix if matrix.shape == size else matrix.T
        for unit in range(size[0]):
            for before in range(size[1]):
                w = float(rows[unit][before])
                tube = items[f"tube-{layer}-{unit}-{before}"]
                assert isinstance(tube, Path) and tube.width is not None
                share = (tube.width - THINNEST) / (WIDEST - THINNEST)
                assert share == pytest.approx(abs(w) / most, abs=1e-9)
                hollow = f"tube-{layer}-{unit}-{before}-inside" in items
                assert hollow == (w < 0 and tube.width > 1.8)


def test_a_units_picture_is_what_it_computes() -> None:
    """The hidden units of a layer by hand: tanh(W x + b) at points of the plane."""
    walk: Any = views.walk(run("two scores"), "training")
    moment, weights = walk.moment(60), run("two scores").weights(60)
    across, up = moment.plane.panes[0].spans
    count = len(moment.stages[1].units[0].values)
    for i, j in ((0, 0), (3, 17), (28, 5)):
        x = across.low + across.length * j / (count - 1)
        y = up.low + up.length * i / (count - 1)
        assert moment.stages[0].units[0].values[i][j] == pytest.approx(x)
        assert moment.stages[0].units[1].values[i][j] == pytest.approx(y)
        h = np.tanh(weights["W1"] @ [x, y] + weights["b1"])
        h2 = np.tanh(weights["W2"] @ h + weights["b2"])
        for u in range(4):
            assert moment.stages[1].units[u].values[i][j] == pytest.approx(h[u])
            assert moment.stages[2].units[u].values[i][j] == pytest.approx(h2[u])


def test_over_one_feature_units_and_thumbs_are_curves() -> None:
    walk: Any = views.walk(run("one feature"), "training")
    moment, weights = walk.moment(40), run("one feature").weights(40)
    low, high = moment.plane.span
    (hidden,) = (stage for stage in moment.stages if stage.size == 5)
    for j in (0, 33, 80):
        x = low + (high - low) * j / 80
        h = np.tanh(weights["W1"].ravel() * x + weights["b1"])
        assert [u.values[0][j] for u in hidden.units] == pytest.approx(h)
        y = float(weights["W2"].ravel() @ h + weights["b2"][0])
        assert moment.thumb.margins[0][0][j] == pytest.approx(y)
        assert moment.stages[-1].units[0].values[0][j] == pytest.approx(y)


def test_the_past_ends_and_the_future_begins_at_the_present_pass() -> None:
    for k in steps("two scores"):
        scene = drawn("two scores", k)
        (now,) = [i for i in scene.items if i.id == "losses-now-loss"]
        assert isinstance(now, Circle)
        past = [
            p.x
            for i in scene.items
            if isinstance(i, Line) and i.id.startswith("past")
            for p in i.points
        ]
        future = [
            p.x
            for i in scene.items
            if isinstance(i, Line) and i.id.startswith("future")
            for p in i.points
        ]
        assert all(x <= now.x + 1e-9 for x in past) and all(x >= now.x - 1e-9 for x in future)


def test_thumbs_are_the_plane_of_their_pass() -> None:
    walk: Any = views.walk(run("two scores"), "training")
    for thumb in walk.thumbs:
        assert walk.moment(thumb.number).thumb == thumb
    assert [t.number for t in walk.thumbs] == [1, 20, 40, 60, 80, 100, 120, 121]


def test_a_run_that_runs_away_is_drawn_up_to_its_end() -> None:
    made = pictures("runs away")
    last = len(made.story.walk)
    assert "NaN" not in made.scene(1).description
    said = texts(made.scene(last))
    assert said["opens"].endswith("passes are done")


def test_sentences_are_proper() -> None:
    story = pictures("held out").story
    first, middle, last = (story.frame(k).sentence for k in (1, 45, 91))
    assert re.fullmatch(
        r"As pass 1 begins, \d+ of 140 samples are right, [\d.]+ %; of those held out [\d.]+ %"
        r" are\. The loss is [\d.]+\.", first,
    )  # fmt: skip
    assert " has fallen from " in middle and last.startswith("After 90 passes")
