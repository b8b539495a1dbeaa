"""Fitted curves over one feature: points, residuals and mean squares by hand and by lstsq."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.scene.model import Line, Text
from gradviz.scene.views.plot.pictures import PlotPictures
from gradviz.story.walks import of
from gradviz.trace.plots.fit import Fit
from tests.scene.clear import number

ROWS = [[0.0, 1.0], [1.0, 2.0], [2.0, 6.0]]
"""x and its target."""


def fitted(*source: Any, **given: Any) -> Fit:
    content = gv.plot(*source, **given).content
    assert isinstance(content, Fit)
    return content


def test_residuals_and_their_mean_square_by_hand() -> None:
    content = fitted("w*x + b", data=ROWS, w=2, b=1)
    assert [tuple(r) for r in content.residuals] == [(0, 1, 1), (1, 2, 3), (2, 6, 5)]
    assert [r.size for r in content.residuals] == [0, -1, 1]
    (curve,) = content.curves
    assert curve.squared == pytest.approx(2 / 3)
    assert all(y == pytest.approx(2 * x + 1) for x, y in curve.points)
    assert (content.variable, content.target) == ("x", "t")


def test_after_training_it_is_the_least_squares_line() -> None:
    run = gv.learn("w*x + b", data="linear", w=-1, b=0, passes=2000, lr=0.1, batch=50)
    content = fitted(run, plane=True)
    x, t = run.data.x[:, 0], run.data.t
    (w, b), *_ = np.linalg.lstsq(np.stack([x, np.ones(50)], axis=1), t, rcond=None)
    assert [c.name for c in content.curves] == ["pass 1", "pass 45", "after 2,000 passes"]
    for px, py in content.curves[-1].points[::50]:
        assert py == pytest.approx(w * px + b, abs=1e-6)
    assert content.curves[-1].squared == pytest.approx(np.mean((w * x + b - t) ** 2))
    first = content.curves[0]
    assert all(y == pytest.approx(-x) for x, y in first.points[::50])
    assert first.squared == pytest.approx(np.mean((-x - t) ** 2))


def test_a_pass_is_the_one_that_begins() -> None:
    run = gv.learn("w*x + b", data=ROWS, w=2, b=1, passes=9, lr=0.01)
    content = fitted(run, plane=True, at_pass=4)
    weights = run.weights(4)
    assert [c.name for c in content.curves] == ["pass 1", "pass 2", "pass 4"]
    x, y = content.curves[-1].points[100]
    assert y == pytest.approx(float(weights["w"]) * x + float(weights["b"]))


def test_the_picture_has_the_numbers_and_the_lines() -> None:
    plot = gv.plot("w*x + b", data=ROWS, w=2, b=1)
    scene = PlotPictures(of(plot)).scene(1)  # type: ignore[arg-type]
    items = {i.id: i for i in scene.items}
    square, found = items["key-0-square"], []
    assert isinstance(square, Text) and number(square.text) == pytest.approx(2 / 3, abs=1e-3)
    for key in ("x", "y"):
        ticks = [i for k, i in items.items() if k.startswith(f"fit-{key}-") and isinstance(i, Text)]
        at = [i.x if key == "x" else i.y - 0.36 * i.size for i in ticks]
        found.append(np.polyfit(at, [number(i.text) for i in ticks], 1))
    line = items["residual-2-0"]
    assert isinstance(line, Line)
    ends = [(np.polyval(found[0], p.x), np.polyval(found[1], p.y)) for p in line.points]
    assert ends[0] == pytest.approx((2, 6), abs=0.02) and ends[1] == pytest.approx((2, 5), abs=0.02)
    assert "residual-0-0" not in items or items["residual-0-0"].points[0].x > 0
    curve = items["curve-0-0"]
    for p in curve.points[::40]:
        x, y = np.polyval(found[0], p.x), np.polyval(found[1], p.y)
        assert y == pytest.approx(2 * x + 1, abs=0.02)


def test_what_is_said() -> None:
    story: Any = of(gv.plot("w*x + b", data=ROWS, w=2, b=1))
    assert story.frame(1).sentence == (
        "The mean of the squared residuals is 0.667. It is off the most at x = 1: 1 above the"
        " sample."
    )
    exact: Any = of(gv.plot("2*x + b", data=[[0, 1], [1, 3]], b=1))
    assert exact.frame(1).sentence.endswith("It goes through every sample.")


@pytest.mark.parametrize(
    ("source", "given", "said"),
    [
        ("concatenate(x, x)", {"data": [[0, 1], [1, 3]]}, "one output"),
        ("w*x1 + x2", {"data": [[0, 1, 2.5], [1, 2, 3.5]], "w": 1}, "no classes"),
    ],
)
def test_what_does_not_fit_is_said(source: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(GradvizError, match=said):
        gv.plot(source, **given)


def test_of_many_samples_some_are_drawn_and_all_are_counted() -> None:
    plot = gv.plot("w*x", w=1, data="linear,count=2500")
    scene = PlotPictures(of(plot)).scene(1)  # type: ignore[arg-type]
    drawn = [i for i in scene.items if i.id.startswith("sample-")]
    assert 500 < len(drawn) <= 1000 and len(plot.content.residuals) == 2500  # type: ignore[attr-defined]
    assert "One sample in 3 is drawn." in scene.description


def test_a_pass_that_there_is_not() -> None:
    run = gv.learn("w*x + b", data=ROWS, w=2, b=1, passes=3, lr=0.01)
    with pytest.raises(GradvizError, match="no pass 9"):
        gv.plot(run, plane=True, at_pass=9)
