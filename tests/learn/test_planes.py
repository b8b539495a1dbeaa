"""The plane of two features: classes as an output gives them, borders where it changes sides."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import GradvizError, ShapeError, UnknownNameError, ValueInputError
from gradviz.learn.planes import _separable
from gradviz.scene import views
from gradviz.scene.framing import SLIDE
from gradviz.story import walks
from gradviz.trace.plots.plane import Dot, Plane

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
SCORES = {"W": [[1, 1], [-1, 0.5], [0, -1]], "b": [0.1, 0.05, -0.1]}
THREE = [[1, 1, 0], [-1, 0.5, 1], [0, -1, 2], [1, 0.3, 0], [-1, -0.4, 1]]


def table(gate: str) -> list[list[int]]:
    return [[*x, t] for x, t in zip(CORNERS, GATES[gate], strict=True)]


def plane(*args: Any, **named: Any) -> Plane:
    found = gv.plot(*args, **named).content
    assert isinstance(found, Plane)
    return found


@pytest.mark.parametrize("gate", GATES)
def test_gates_in_the_plane(gate: str) -> None:
    """All corners are right; only exclusive or is not separable (Minsky and Papert, 1969). The
    border of AND is x1 + x2 = 3/2, of OR 1/2.
    """
    found = plane(f"net:{gate}", data=table(gate))
    assert found.right == 4 and found.level == 0.5
    assert found.separable == (gate != "xor",)
    if gate == "xor":
        return
    assert found.panes[0].border is not None
    (stroke,) = found.panes[0].border.strokes
    np.testing.assert_allclose(np.sum(stroke, axis=1), {"and": 1.5, "or": 0.5}[gate], atol=1e-12)


BORDERS: dict[str, Callable[[float, float], float]] = {
    "x1**2 + 2*x2**2 - 0.5": lambda x, y: x**2 + 2 * y**2 - 0.5,
    "0.54 - sqrt(x1**2 + x2**2)": lambda x, y: 0.54 - np.hypot(x, y),
    "sin(3*x1) - x2": lambda x, y: np.sin(3 * x) - y,
    "3*relu(x1) - relu(x2) - 0.2": lambda x, y: 3 * max(x, 0) - max(y, 0) - 0.2,
    "x1*x2": lambda x, y: x * y,
}


@pytest.mark.parametrize("text", BORDERS)
def test_a_border_is_where_the_output_is_its_level(text: str) -> None:
    """To 1e-10, a millionth of a pixel; and the class on both sides of it differs."""
    found = plane(text, data="ring", level=0)
    pane, f = found.panes[0], BORDERS[text]
    assert pane.border is not None and pane.border.strokes
    for stroke in pane.border.strokes:
        for x, y in stroke:
            assert abs(f(x, y)) < 1e-10
    for dot in pane.dots:
        assert dot.said == (f(dot.x, dot.y) > 0)
    for i, y in enumerate(pane.ys):
        for j, x in enumerate(pane.xs):
            assert pane.margins[1][i][j] == pytest.approx(f(x, y), abs=1e-12)


def test_classes_of_several_scores() -> None:
    """Scores by NumPy; a border is where the two highest agree, a line where one score is 0."""
    found = plane("x @ transpose(W) + b", data=THREE, **SCORES)
    W, b = np.array(SCORES["W"]), np.array(SCORES["b"])
    assert found.level is None and found.separable == (None,)
    for dot, (x, y, label) in zip(found.panes[0].dots, THREE, strict=True):
        assert (dot.x, dot.y, dot.label) == (x, y, label)
        assert dot.said == int(np.argmax(W @ [x, y] + b))
    pane = found.panes[0]
    assert pane.border is not None and len(pane.scores) == 3
    for stroke in pane.border.strokes:
        for point in stroke:
            scores = np.sort(W @ point + b)
            assert scores[-1] - scores[-2] < 1e-9
    for c, line in enumerate(pane.scores):
        for stroke in line.strokes:
            np.testing.assert_allclose(np.array(stroke) @ W[c] + b[c], 0, atol=1e-10)
    bent = plane("tanh(x @ transpose(W) + b)", data=THREE, **SCORES)
    assert not bent.panes[0].scores


def test_a_ring_is_separable_by_its_radius() -> None:
    found = plane("r = sqrt(x1**2 + x2**2); 0.54 - r", data="ring", after="r,theta=arctan2(x2,x1)")
    assert found.separable == (False, True)
    first, second = found.panes
    assert second.variables == ("r", "theta")
    for a, b in zip(first.dots, second.dots, strict=True):
        assert (b.x, b.y) == pytest.approx((np.hypot(a.x, a.y), np.arctan2(a.y, a.x)))
        assert (a.label, a.said) == (b.label, b.said)
    assert second.border is not None
    np.testing.assert_allclose([p[0] for s in second.border.strokes for p in s], 0.54, atol=1e-12)
    # Of formulas alone the output is no function, so there are no fields.
    alone = plane("0.54 - sqrt(x1**2 + x2**2)", data="ring", after="x1*x2,x1**2")
    assert alone.panes[1].border is None and not alone.panes[1].margins


def test_a_run_in_its_plane() -> None:
    """What is right is the run's own accuracy, at any pass."""
    run = gv.learn("net:mlp:2-4-1,activation=tanh", data="ring", passes=300, lr=0.01, seed=1)
    for k in (None, 1, 120):
        found = plane(run, plane=True, at_pass=k)
        accuracy = run.scores(k)["train"].accuracy
        assert found.right == round(accuracy * 200)
    assert found.when == "as pass 120 begins"


points = st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(points, points)
def test_separable_as_trying_every_line_says(first: Any, second: Any) -> None:
    """A line through, or beside, two of the points separates them if any does: all directions
    normal to a difference of two points, turned a little each way, are tried.
    """
    dots = [Dot(*map(float, p), label, 0) for label, ps in enumerate((first, second)) for p in ps]
    every = [*first, *second]
    differences = [(b[0] - a[0], b[1] - a[1]) for a, b in product(every, every) if a != b]
    tried = [
        (-dy + turn * dx, dx + turn * dy) for dx, dy in differences for turn in (-1e-3, 0, 1e-3)
    ] + [(dx, dy) for dx, dy in differences]

    def apart(normal: tuple[float, float]) -> bool:
        a, b = ([normal[0] * x + normal[1] * y for x, y in ps] for ps in (first, second))
        return max(a) < min(b) or max(b) < min(a)

    assert _separable(dots) == any(map(apart, tried))


def test_of_many_samples_all_are_counted_and_some_drawn() -> None:
    """The disc of the ring ends at 0.46, the others begin at 0.62: r = 0.54 is right for all."""
    found = gv.plot(
        "r = sqrt(x1**2 + x2**2); 0.54 - r", data="ring,count=4500", after="r,arctan2(x2,x1)"
    )
    assert isinstance(found.content, Plane)
    assert found.content.right == 4500
    assert [len(pane.dots) for pane in found.content.panes] == [4500, 4500]
    story = walks.of(found)
    assert "4,500 samples are right" in story.frame(1).sentence
    assert "One sample in 3 is drawn" in story.frame(1).note
    drawn = views.pictures(story, SLIDE, {}).scene(1).items
    assert sum(item.id.startswith("sample-0-") for item in drawn) == 1500


def test_all_of_it_as_data() -> None:
    found = gv.plot("net:xor", data="xor")
    told = json.loads(json.dumps(walks.data(found)))
    assert told["kind"] == "plane" and told["right"] == 4
    assert told["planes"][0]["samples"] == [[0, 0, 0, 0], [0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 0]]
    assert "No straight line separates the two classes" in told["sentence"]


@pytest.mark.parametrize(
    ("source", "named", "error", "told"),
    [
        ("x1 + x2", {"data": "digits"}, ShapeError, "two features"),
        ("x1", {"data": [[0, 1, 2, 0], [1, 2, 3, 1]]}, ShapeError, "two features"),
        ("a*b", {"data": "ring"}, ValueInputError, "takes the data ring"),
        ("w*x1 + x2", {"data": "ring"}, ValueInputError, "w has no first value"),
        ("x1 + x2", {"data": "rung"}, UnknownNameError, "ring"),
        ("x1 + x2", {"data": "ring", "at_pass": 3}, ValueInputError, "a saved run"),
        ("x1 + x2", {"data": "ring", "after": "x1"}, ValueInputError, "two axes"),
        ("x1 + x2", {"data": "ring", "after": "x1,zz"}, GradvizError, "zz"),
        ("x1 + x2", {"data": "ring", "range": "x3=0..1"}, UnknownNameError, "x1, x2"),
        ("x1 + x2", {"data": "ring", "range": "x1=2..1"}, ValueInputError, "backwards"),
        ("x1 + x2", {"data": "ring,count=100001"}, ValueInputError, "100,000 samples"),
        ("x1 + x2", {"data": THREE}, ShapeError, "3 outputs"),
        ("x1 + x2", {"data": [[0, 0, 0.5], [1, 1, 1.5]]}, ValueInputError, "no classes"),
        ("net:mlp:2-5", {"data": "ring"}, ValueInputError, "at most 4"),
    ],
)
def test_what_has_no_plane(
    source: str, named: dict[str, Any], error: type[GradvizError], told: str
) -> None:
    with pytest.raises(error) as caught:
        gv.plot(source, **named)
    assert told in str(caught.value)
