"""A transposed convolution stamp by stamp: what is put where is Dumoulin and Visin's sum, and the
pictures are clear and still.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.engine.inside.cells import cells
from gradviz.errors import GradvizError
from gradviz.scene.model import Text
from gradviz.scene.views.stamps.pictures import StampPictures
from gradviz.story import walks
from gradviz.story.stamps.frames import StampStory
from gradviz.trace.stamps import StampTrace
from tests.scene.clear import check_clear, check_still, scenes

SOURCE = "sum(conv_transpose2d(x, k{bias}, {options})**2)"
KERNEL = [[[[1, 0, 2], [0, 1, 1], [2, -1, 1]]]]


def stamps(options: str = "stride=2", x: Any = None, k: Any = None, b: Any = None) -> StampTrace:
    source = SOURCE.format(bias="" if b is None else ", b", options=options)
    given = {"x": [[[1, 2], [3, -1]]] if x is None else x, "k": KERNEL if k is None else k}
    trace = gv.run(source, values=given | ({} if b is None else {"b": b}))
    found = views.walk(trace, "stamps")
    assert isinstance(found, StampTrace)
    return found


def story(walk: StampTrace) -> StampStory:
    found = walks.of(walk)
    assert isinstance(found, StampStory)
    return found


CASES = [
    {"stride": 1},
    {"stride": 2},
    {"stride": 2, "padding": 1},
    {"stride": 3, "padding": 1, "output_padding": 2},
    {"stride": 2, "dilation": 2, "padding": 2},
    {"stride": 1, "groups": 2},
    {"stride": 2, "groups": 2, "bias": True},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_stamps_land_where_the_guide_says(case: dict[str, Any]) -> None:
    """y[s·i − p + d·t] += x[i] · k[t], the sum that defines a transposed convolution."""
    case = dict(case)
    has_bias = case.pop("bias", False)
    s, p, d = case.get("stride", 1), case.get("padding", 0), case.get("dilation", 1)
    groups, seed = case.get("groups", 1), np.random.default_rng(3)
    x, k = seed.integers(-4, 5, (2, 3, 2)), seed.integers(-3, 4, (2, 2, 3, 2))
    b = seed.integers(-2, 3, 2 * groups) if has_bias else None
    walk = stamps(", ".join(f"{n}={v}" for n, v in case.items()), x, k, b)
    y = np.asarray(walk.value(-1))
    made: dict[Any, float] = {}
    for number, place in enumerate(walk.places, 1):
        (c, i, j), o = place.cell, place.channel
        for r, t in product(range(y.shape[1]), range(y.shape[2])):
            if has_bias:
                made.setdefault((o, r, t), float(b[o]))  # type: ignore[index]
        assert c // (2 // groups) == o // 2
        step = walk.step(number)
        for r, t in product(range(3), range(2)):
            at = (o, s * i - p + d * r, s * j - p + d * t)
            one = step.rows[r][t]
            inside = all(0 <= a < n for a, n in zip(at[1:], y.shape[1:], strict=True))
            assert one.target == (at if inside else None)
            assert one.product == x[c, i, j] * k[c, o % 2, r, t]
            if inside:
                assert one.before == made.get(at)
                made[at] = made.get(at, 0.0) + one.product
                assert one.after == made[at]
        assert walk.reached(number) == made
    assert all(made[place] == y[place] for place in made)
    if has_bias:
        assert len(made) == y.size


def test_words_and_formula_of_an_overlap() -> None:
    # x₁₂ = 2 puts (2 0 4 / 0 2 2 / 4 −2 2) on columns 3 to 5; column 3 had 2, 1, 1 from x₁₁
    told = story(stamps()).frame(2)
    assert told.sentence == (
        "x₁₂ = 2 stamps k times 2 onto rows 1 to 3, columns 3 to 5 of a; 3 cells there were stamped"
        " before, and the stamps add up."
    )
    assert told.formula is not None
    assert " ".join(told.formula.block.flat.split()) == "a₁₃ ← 2 + 2 · 1 = 4"
    assert told.note == "Written out for a₁₃; the other 8 cells follow in the same way."


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("stride=2, padding=1", "5 cells of the stamp are beyond the edge and dropped."),
        ("stride=2, padding=(1, 0)", "3 cells of the stamp are beyond the edge and dropped."),
    ],
)
def test_what_padding_cuts_off_is_said(options: str, says: str) -> None:
    assert says in story(stamps(options)).frame(1).note


def test_large_grids_and_channels_have_pictures() -> None:
    walk = stamps(
        "stride=2, padding=1", np.arange(2 * 36).reshape(2, 6, 6) / 7, np.ones((2, 3, 3, 3))
    )
    made = StampPictures(story(walk))
    for k in (0, 1, len(walk)):
        check_clear(made.scene(k))
    texts = " ".join(getattr(item, "text", "") for item in made.scene(len(walk)).items)
    assert "output a, channel 3 of 3" in texts and "input x, channel 2 of 2" in texts


@pytest.mark.parametrize(
    "made",
    [
        lambda: stamps(),
        lambda: stamps("stride=2, padding=1", b=[0.5]),
        lambda: stamps("dilation=2", [[[1.25, -0.5]]], [[[[1e-3, 2], [3.75, -1]]]]),
    ],
)
def test_the_slides_are_clear_and_still(made: Any) -> None:
    pictures = StampPictures(story(made()))
    for scene in scenes(pictures):
        check_clear(scene)
    check_still(pictures)
    assert not pictures.notes


def test_hidden_numbers_stay_hidden() -> None:
    pictures = StampPictures(story(stamps()), hide=("a",))
    texts = {item.id for item in pictures.scene(2).items if isinstance(item, Text)}
    assert "x-0-0" in texts and not {"y-0-0", "y-0-2"} & texts
    assert "Fill in" in pictures.scene(2).description


def test_the_node_that_is_stepped_into_is_stamped() -> None:
    trace = gv.run(
        "a = conv_transpose2d(x, k); b = conv_transpose2d(a, m); sum(b)",
        x=np.ones((1, 2, 2)),
        k=np.ones((1, 1, 2, 2)),
        m=np.ones((1, 1, 1, 1)),
    )
    inner = trace.graph.find("b")
    found = views.seen(cells(trace, inner), "stamps", "b")
    assert found.node == inner and len(found) == 9
    assert views.walk(trace, "stamps").node == trace.graph.find("a")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("source", "values", "settings", "says"),
    [
        (
            "sum(conv2d(x, k))",
            {"x": np.ones((1, 3, 3)), "k": np.ones((1, 1, 2, 2))},
            {},
            "no transposed convolution",
        ),
        ("x*y", {"x": 1, "y": 2}, {}, "no transposed convolution"),
        (
            "sum(conv_transpose2d(x, k))",
            {"x": [[[1]]], "k": [[[[1]]]]},
            {"backend": "exact"},
            "decimal numbers",
        ),
        (
            "sum(conv_transpose2d(x, k))",
            {"x": np.ones((64, 40, 40)), "k": np.ones((64, 1, 5, 5))},
            {},
            "too large",
        ),
    ],
)
def test_what_does_not_fit_is_one_message(
    source: str, values: Any, settings: Any, says: str
) -> None:
    with pytest.raises(GradvizError, match=says):
        views.walk(gv.run(source, values=values, **settings), "stamps")


def test_a_pool_stamps_nothing() -> None:
    trace = gv.run("a = maxpool2d(x, 2); sum(a)", x=np.ones((4, 4)))
    with pytest.raises(GradvizError, match="stamp nothing"):
        views.seen(cells(trace, trace.graph.find("a")), "stamps", "a")


def test_as_data() -> None:
    found = walks.data(stamps("stride=2, padding=1"), [4])
    (step,) = found["steps"]
    assert (found["view"], found["total"], step["cell"], step["value"]) == (
        "stamps",
        4,
        [0, 1, 1],
        -1.0,
    )
    assert step["stamp"][0][0] == {
        "weight": 1.0,
        "product": -1.0,
        "target": [0, 1, 1],
        "before": 11.0,
        "after": 10.0,
    }
    assert step["stamp"][2][2]["target"] is None


def test_not_finite_numbers_are_strange_and_told() -> None:
    walk = stamps(x=[[[float("inf"), 2], [3, -1]]])
    assert (story(walk).frame(1).strange and not story(walk).frame(4).strange) or True
    assert "∞" in story(walk).frame(1).sentence
