"""Three viewpoints of a linear classifier: numbers of CS231n, lines, fields, arrows, pictures."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ValueInputError
from gradviz.scene.model import Line, Path, Polygon, Scene, Text
from gradviz.scene.views.plot.pictures import PlotPictures
from gradviz.story.walks import of
from gradviz.trace.plots.templates import Templates
from gradviz.trace.plots.viewpoints import Viewpoints
from tests.scene.clear import number

W = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0, 0.25, 0.2, -0.3]])
B, X = np.array([1.1, 3.2, -1.2]), np.array([56, 231, 24, 2.0])
"""The classifier and the image of CS231n's notes on linear classification."""

FLAT = np.array([[1.5, -0.75], [-1.25, -0.5], [0.25, 1.25]])
BIAS = np.array([0.1, -0.2, 0.3])
_DRAW = np.random.default_rng(2)
SAMPLES = _DRAW.normal(0, 2, (40, 2)), _DRAW.integers(0, 3, 40)


def seen(*source: Any, **given: Any) -> Viewpoints:
    content = gv.plot(*source, viewpoints=True, **given).content
    assert isinstance(content, Viewpoints)
    return content


def plane(**given: Any) -> Viewpoints:
    return seen("X @ transpose(W) + b", W=FLAT, b=BIAS, data=SAMPLES, **given)


def scene(*source: Any, **given: Any) -> Scene:
    plot = gv.plot(*source, viewpoints=True, **given)
    return PlotPictures(of(plot)).scene(1)  # type: ignore[arg-type]


def test_the_scores_of_the_notes() -> None:
    content = seen("net:linear-classifier", classes="cat,dog,ship")
    assert [row.score for row in content.rows] == pytest.approx([-96.8, 437.9, 60.75])
    assert [row.weights for row in content.rows] == [tuple(row) for row in W]
    assert content.highest == content.rows[1] and content.point == tuple(X)
    assert content.is_cut and content.plane.variables == ("x_3", "x_4")
    assert content.pictures is not None
    assert np.array(content.pictures.images).reshape(3, 4).tolist() == W.tolist()


@pytest.mark.parametrize("over", ["x[0],x[1]", "x[3],x[1]", "0,2"])
def test_a_cut_varies_two_inputs_and_leaves_the_others(over: str) -> None:
    content = seen("net:linear-classifier", over=over)
    i, j = content.across
    assert [i, j] == [int(k) for k in re.findall(r"\d", over)]
    check_plane(content, W, B, X)


def test_a_plane_of_samples() -> None:
    content = plane(sample=7)
    assert not content.is_cut and content.point == tuple(SAMPLES[0][6])
    assert content.label == SAMPLES[1][6] and len(content.plane.dots) == 40
    for dot, label in zip(content.plane.dots, SAMPLES[1], strict=True):
        said = int(np.argmax(FLAT @ [dot.x, dot.y] + BIAS))
        assert (dot.label, dot.said) == (label, said)
    check_plane(content, FLAT, BIAS, np.array(content.point))


def check_plane(content: Viewpoints, matrix: Any, bias: Any, point: Any) -> None:
    """Fields by the highest score, lines where it is 0, arrows at right angles to them."""
    i, j = content.across
    pane = content.plane

    def scores(x: float, y: float) -> Any:
        there = np.array(point, dtype=float)
        there[[i, j]] = x, y
        return matrix @ there + bias

    for row in range(0, len(pane.ys), 17):
        for column in range(0, len(pane.xs), 13):
            s = scores(pane.xs[column], pane.ys[row])
            leads = [grid[row][column] for grid in pane.margins]
            ordered = np.sort(s)
            assert max(leads) == pytest.approx(ordered[-1] - ordered[-2], abs=1e-9)
            assert int(np.argmax(leads)) == int(np.argmax(s))
    for k, line in enumerate(pane.scores):
        ((a, b),) = line.strokes
        for t in (0.0, 0.31, 0.5, 1.0):
            x, y = (p + t * (q - p) for p, q in zip(a, b, strict=True))
            assert scores(x, y)[k] == pytest.approx(0, abs=1e-9 * max(1, abs(x), abs(y)) * 10)
        arrow = content.arrows[k]
        if arrow is not None:
            way = np.subtract(arrow.end, arrow.start)
            assert abs(way @ np.subtract(b, a)) < 1e-9 * np.linalg.norm(np.subtract(b, a))
            assert way @ matrix[k][[i, j]] > 0
            assert scores(*arrow.start)[k] == pytest.approx(0, abs=1e-9)
    assert pane.spans[0].length == pytest.approx(pane.spans[1].length)
    assert pane.spans[0].holds(content.at[0]) and pane.spans[1].holds(content.at[1])


@pytest.mark.parametrize("seed", range(12))
def test_every_score_follows_from_the_numbers_that_are_written(seed: int) -> None:
    """A reader who multiplies and adds what stands there gets the score, or reads ≈."""
    draw = np.random.default_rng(seed)
    count, inputs = int(draw.integers(2, 5)), int(draw.integers(2, 5))
    matrix, point = draw.normal(0, 2, (count, inputs)), draw.normal(0, 3, inputs)
    bias = draw.normal(0, 1, count).round(2)
    drawn = scene("W @ x + b", W=matrix, x=point, b=bias)
    texts = {i.id: i.text for i in drawn.items if isinstance(i, Text)}
    for k in range(count):
        pieces = [t for key, t in texts.items() if re.fullmatch(rf"row-{k}-\d+-\d+-\d+", key)]
        *sums, score = pieces
        told = "".join(sums).replace("−", "-").replace(" ", "").replace("·10", "e")
        told = re.sub(r"of\d+more", "", told)
        sign, written = score.split(" ")
        digits = len(written.replace("−", "").replace(".", "").lstrip("0"))
        found = eval(told.replace("·", "*"), {})
        if sign == "=":
            assert float(f"{found:.{digits}g}") == pytest.approx(number(written))
        assert number(written) == pytest.approx(float(matrix[k] @ point + bias[k]), rel=6e-3)
    highest = int(np.argmax(matrix @ point + bias))
    hot = [i.id for i in drawn.items if isinstance(i, Text) and i.role == "hot" and "row" in i.id]
    assert len(hot) == 1 and hot[0].startswith(f"row-{highest}-")


def test_lines_and_arrows_are_drawn_where_they_are() -> None:
    drawn = scene("X @ transpose(W) + b", W=FLAT, b=BIAS, data=SAMPLES)
    items = {i.id: i for i in drawn.items}
    ticks: dict[str, list[tuple[float, float]]] = {"x": [], "y": []}
    for key, item in items.items():
        found = re.fullmatch(r"plane-0-([xy])-\d+", key)
        if found and isinstance(item, Text):
            at = item.x if found[1] == "x" else item.y - 0.36 * item.size
            ticks[found[1]].append((number(item.text), at))
    to = {
        axis: np.polyfit([p for _, p in pairs], [v for v, _ in pairs], 1)
        for axis, pairs in ticks.items()
    }
    for k in range(3):
        line = items[f"score-{k}-0-0"]
        assert isinstance(line, Line)
        for p in line.points:
            there = np.polyval(to["x"], p.x), np.polyval(to["y"], p.y)
            assert FLAT[k] @ there + BIAS[k] == pytest.approx(0, abs=0.02)
        tip, body = items[f"arrow-{k}-tip"], items[f"arrow-{k}"]
        assert isinstance(tip, Polygon) and isinstance(body, Path)
        way = np.array(tip.points[0]) - np.array(body.points[0])
        assert way @ (FLAT[k] * [1, -1]) == pytest.approx(
            np.linalg.norm(way) * np.linalg.norm(FLAT[k]), rel=1e-6
        )


def test_a_matrix_with_a_column_for_each_class_is_said_so() -> None:
    plot = gv.plot("x @ W", W=FLAT.T, x=[1, 2], viewpoints=True)
    story: Any = of(plot)
    assert [row.weights for row in story.walk.content.rows] == [tuple(r) for r in FLAT]
    assert "a column of W" in story.frame(1).sentence
    assert story.frame(1).formula.unicode[0] == "s = x W"


def test_of_many_scores_the_highest_are_shown() -> None:
    run = gv.learn("net:fc-softmax,image=1x8x8", data="digits", passes=60)
    content = seen(run, sample=5)
    assert len(content.rows) == 3 and len(content.classes) == 10
    image = run.data.x[4].ravel()
    weights = run.weights()
    matrix = next(v for v in weights.values() if v.ndim == 2)
    bias = next(v for v in weights.values() if v.ndim == 1)
    scores = (matrix if matrix.shape == (10, 64) else matrix.T) @ image + bias
    assert [row.place for row in content.rows] == sorted(np.argsort(-scores)[:3])
    assert [row.score for row in content.rows] == pytest.approx(
        [scores[r.place] for r in content.rows]
    )
    assert content.pictures is not None and content.pictures.size == (8, 8)
    assert content.label == run.data.t[4]


def test_a_single_score_has_the_level_at_which_its_class_changes() -> None:
    """Trained on squared errors of 0 and 1 it changes sides at ½, not at 0."""
    run = gv.learn("net:mlp:2-1", data="moons", passes=60, lr=0.1)
    content = seen(run, sample=150)
    weights = run.weights()
    w, b = weights["W1"].ravel(), float(weights["b1"][0])
    assert content.level == 0.5 and content.classes == ("lower",)
    for dot, label in zip(content.plane.dots, run.data.t, strict=True):
        assert (dot.label, dot.said) == (label, int(w @ [dot.x, dot.y] + b > 0.5))
    ((start, end),) = content.plane.scores[0].strokes
    for x, y in (start, end):
        assert w @ [x, y] + b == pytest.approx(0.5, abs=1e-9 * max(abs(x), abs(y)))
    story: Any = of(gv.plot(run, viewpoints=True, sample=150))
    assert "the side of 0.5 it is on names the class" in story.frame(1).sentence
    assert gv.plot("w @ x", w=[1, 2], x=[1, 1], viewpoints=True).content.level == 0  # type: ignore[attr-defined]


def test_templates_of_a_network_whose_input_has_an_example() -> None:
    content = gv.plot("net:linear-classifier", templates=True).content
    assert isinstance(content, Templates)
    assert (content.weights, content.input, content.size) == ("W", "x", (2, 2))
    assert np.array(content.images).reshape(3, 4).tolist() == W.tolist()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"source": "net:mlp:2-3-2", "x": [1, 2]}, "another layer takes its scores"),
        ({"source": "x**2", "x": 3}, "this is no linear classifier"),
        ({"source": "W @ relu(x)", "W": FLAT, "x": [1, 2]}, "computed from the inputs"),
        ({"source": "W @ x", "W": FLAT, "x": [1, 2], "sample": 2}, "no samples"),
        ({"source": "W @ x", "W": FLAT, "x": [1, 2], "classes": "a,b"}, "2 names of classes"),
        ({"source": "W @ x", "W": FLAT, "x": [1, 2], "over": "x[0],x[5]"}, r"no input 'x\[5\]'"),
        ({"source": "W @ x", "W": FLAT, "x": [1, 2], "over": "x[0]"}, "two axes"),
        ({"source": "W @ x", "W": [[np.inf, 1], [1, 2]], "x": [1, 2]}, "not finite"),
        ({"source": "W @ x", "W": [[2], [3]], "x": [1]}, "two inputs"),
        ({"source": "W @ x", "W": FLAT, "data": SAMPLES, "sample": 41}, "no sample 41"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(given: dict[str, Any], said: str) -> None:
    source = given.pop("source")
    if "data" in given:
        source = "x @ transpose(W)"
    with pytest.raises(GradvizError, match=said):
        gv.plot(source, viewpoints=True, **given)


def test_a_run_of_no_data_has_no_point() -> None:
    with pytest.raises(ValueInputError, match="no data"):
        gv.plot(gv.learn("(x - 3)**2", x=0, passes=2), viewpoints=True)
