"""Pictures of plots: nothing on anything else, numbers read back, marching squares, themes."""

from __future__ import annotations

import math
import random
import re
from functools import partial
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays import contours
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import distance
from gradviz.scene.framing import ALONE, SLIDE, Framing
from gradviz.scene.model import Area, Circle, Line, Rect, Scene, Text
from gradviz.scene.themes import SERIES, TEXT_ROLES, THEMES, theme
from gradviz.scene.views.plot.axes import Axes, clipped, decades, said, ticks
from gradviz.scene.views.plot.heights import span_of
from gradviz.scene.views.plot.kinds.surface import levels
from gradviz.scene.views.plot.pictures import PlotPictures
from gradviz.story.walks import of
from gradviz.trace.plots import Plot, Span
from gradviz.trace.plots.surface import Surface
from tests.sampled import sampled
from tests.scene.boxes import boxes
from tests.scene.vision import DEFICIENCIES, difference

X = np.linspace(-2, 2, 9)
T = 1.2 * np.tanh(1.5 * X + 0.2)
LOSS = "L = mean((w2 * tanh(w1 * x + 0.2) - t)**2)"
EYE = np.eye(2)
WAYS = "gd:0.1,momentum:0.1:0.8,adam:0.2"

DEEP = "; ".join(
    ["a0 = W0 @ x", *(f"a{k} = relu(W{k} @ a{k - 1})" for k in range(1, 6)), "L = sum(a5**2)"]
)
TANH = DEEP.replace("relu", "tanh")
_DRAW = np.random.default_rng(0)
WEIGHTS: dict[str, Any] = {f"W{k}": _DRAW.normal(0, 0.2, (20, 20)) for k in range(6)} | {
    "x": _DRAW.normal(0, 1, 20)
}

PLOTS: dict[str, Any] = {
    "sigmoid": lambda: gv.plot("sigmoid(x)", x=1),
    "relu at its kink": lambda: gv.plot("relu(x)", x=0),
    "jump": lambda: gv.plot("where(x > 1, x**2, -x)"),
    "log": lambda: gv.plot("log(x)", x=2),
    "tan": lambda: gv.plot("tan(x)", x=1),
    "activations": lambda: gv.plot("activations", x=1),
    "losses": lambda: gv.plot("losses", m=2),
    "twelve": lambda: gv.plot([f"sin({k}*x)" for k in range(1, 13)]),
    "two": lambda: gv.plot(["sigmoid", "tanh"], together=True, x=-1.5),
    "cubic": lambda: gv.plot("x**3 - 3*x"),
    "ripples": lambda: gv.plot("sin(9*x) + x/3"),
    "element": lambda: gv.plot("sum((V @ x)**2)", V=EYE, x=[1, 2], over="V[0,0],V[1,1]"),
    "saddle": lambda: gv.plot("x**2 - y**2"),
    "many saddles": lambda: gv.plot("sin(x)*cos(y)", range="x=-6..6,y=-6..6"),
    "hole": lambda: gv.plot("log(x**2 + y**2 - 1)", range="x=-3..3,y=-3..3"),
    "plane": lambda: gv.plot("x + 2*y"),
    "flat": lambda: gv.plot("0*x + 0*y"),
    "constant": lambda: gv.plot("0*x + 3"),
    "leaves": lambda: gv.plot(
        "x**2 - y**2", paths="gd:0.1", start="x=1,y=0.1", range="x=-2..2,y=-2..2"
    ),
    "error": lambda: gv.plot("exp(x)", x=0.3, error_of="x"),
    "gradients": lambda: gv.plot(DEEP, values=WEIGHTS, histograms="gradients"),
    "values": lambda: gv.plot([DEEP, TANH], values=WEIGHTS, histograms="values"),
    "ways": lambda: gv.plot(
        LOSS, over="w1,w2", x=X, t=T, paths=WAYS, start="w1=-1.5,w2=1.5",
        range="w1=-3.6..2.7,w2=-2.5..1.95",
    ),
}  # fmt: skip
SINE = np.stack([np.linspace(-3, 3, 30), np.sin(np.linspace(-3, 3, 30))], axis=1)
DIGITS = partial(gv.learn, "net:fc-softmax,image=1x8x8", data="digits", passes=40)
THREE = [[1, 1, 0], [-1, 0.5, 1], [0, -1, 2], [1, 0.3, 0], [-1, -0.4, 1]]
PLOTS |= {
    "xor": lambda: gv.plot("net:xor", data="xor"),
    "ring missed": lambda: gv.plot("x1 + x2", data="ring"),
    "ring by its radius": lambda: gv.plot(
        "r = sqrt(x1**2 + x2**2); 0.54 - r", data="ring", after="r,theta=arctan2(x2,x1)"
    ),
    "three scores": lambda: gv.plot(
        "x @ transpose(W) + b", data=THREE, W=[[1, 1], [-1, 0.5], [0, -1]], b=[0, 0.1, -0.1]
    ),
    "a loss": lambda: gv.plot(gv.learn("net:xor", passes=40, lr=0.1)),
    "losses": lambda: gv.plot(
        [gv.learn("net:mlp:2-4-1", data="ring", passes=200, lr=lr) for lr in (0.02, 0.005, 0.001)]
    ),
    "a loss that runs away": lambda: gv.plot(gv.learn("net:xor", passes=40, lr=5.0)),
    "one pass": lambda: gv.plot(gv.learn("net:xor", passes=1, lr=0.1)),
    "ways to minimise": lambda: gv.plot("w*x + b", data="linear", w=-1, b=0, ways="all"),
    "ways to an exact fit": lambda: gv.plot(
        "mean((w*x + b - y)**2)", x=[0, 1, 2, 3], y=[1, 3, 5, 7], w=0, b=0, over="w,b", ways="all"
    ),
    "ways that run away": lambda: gv.plot(
        "w**2 + 1", w=3, ways="gd:9,momentum:5,adam:0.1,random:3", steps=500
    ),
    "eight ways": lambda: gv.plot(
        "net:mlp:2-3-1",
        data="ring",
        ways="random:50,numerical,gd:0.1,gd:0.01,sgd,adam,momentum:0.1:0.5,rmsprop:0.01",
        steps=20,
    ),
    "two weights": lambda: gv.compare(scored(EYE), scored(EYE[::-1]), classes="cat,dog"),
    "two losses": lambda: gv.compare(
        gv.run("multiclass_hinge(s, 2)", s=[-2.85, 0.86, 0.28]),
        gv.run("softmax_cross_entropy(s, 2)", s=[-2.85, 0.86, 0.28]),
    ),
    "four runs": lambda: gv.compare(*(gv.run("x**2", x=k) for k in range(4))),
    "three by their long sources": lambda: gv.compare(
        *(
            gv.run(f"temperature = sum(x**{k}); exp(-temperature) + 0*sum(x)", x=[0.1, 0.2, 0.3])
            for k in (1, 2, 3)
        )
    ),
    "templates": lambda: gv.plot("net:mlp:64-10", templates=True),
    "one template": lambda: gv.plot("W @ x", W=[[1, -2, 0, 0.5]], x=[0, 0, 1, 1], templates=True),
    "forty templates": lambda: gv.plot("net:mlp:64-40", templates=True),
    "a fit": lambda: gv.plot("w*x + b", data="linear", w=1, b=0.5),
    "a fit through all": lambda: gv.plot("2*x + b", data=[[0, 1], [1, 3]], b=1),
    "a fit to one value": lambda: gv.plot("w*x", data=[[0, 2], [1, 2], [3, 2]], w=9),
    "a fit with its past": lambda: gv.plot(
        gv.learn("net:mlp:1-5-1,activation=tanh", data=SINE, passes=300, lr=0.05), plane=True
    ),
    "a fit that runs away": lambda: gv.plot(
        gv.learn("w*x + b", data="linear", w=1, b=0, passes=400, lr=3.0), plane=True
    ),
    "viewpoints of pixels": lambda: gv.plot(
        "net:linear-classifier", viewpoints=True, classes="cat,dog,ship"
    ),
    "viewpoints of digits": lambda: gv.plot(DIGITS(), viewpoints=True, sample=4),
    "viewpoints of a plane": lambda: gv.plot(
        "X @ transpose(W) + b",
        data=THREE,
        W=[[1, 1], [-1, 0.5], [0, -1]],
        b=[0, 0.1, -0.1],
        viewpoints=True,
        sample=2,
    ),
    "viewpoints of one score": lambda: gv.plot(
        "temperature @ x + b", temperature=[[1, 2]], b=[0.5], x=[1, -0.2], viewpoints=True
    ),
    "viewpoints with other pictures": lambda: gv.plot(
        ["W @ x", "net:mlp:64-10"],
        W=[[1, 2], [-0.123456, 3.5], [0, -1], [2.5, -2.25]],
        x=[3, -4],
        viewpoints=True,
    ),
    "viewpoints of a zero row": lambda: gv.plot(
        "W @ x", W=[[0, 0, 0], [1, -2, 3]], x=[3, -4, 1], viewpoints=True
    ),
    "long names": lambda: gv.plot(
        "average_height*0 + x2", data="ring", average_height=1, after="x1*x2,x1**2 + x2**2 + 7"
    ),
}


def scored(weights: Any) -> gv.Trace:
    source = "s = x @ W; L = softmax_cross_entropy(s, y)"
    return gv.run(source, W=weights, x=[[1, 2], [-3, 0.5], [0.1, 0.2]], y=[0, 1, 1])


_made: dict[str, Plot] = {}


def made(name: str) -> Plot:
    if name not in _made:
        _made[name] = PLOTS[name]()
    return _made[name]


def scene(plot: Plot, framing: Framing = SLIDE) -> Scene:
    return PlotPictures(of(plot), framing).scene(1)  # type: ignore[arg-type]


def strokes(found: Scene) -> list[tuple[str, Point, Point]]:
    """The strokes of all lines that a label must keep clear of."""
    roles = ("curve", "series", "way", "tangent", "critical", "at", "zero line", "reference")
    lines = [i for i in found.items if isinstance(i, Line) and i.role.startswith(roles)]
    return [(line.id, a, b) for line in lines for a, b in pairwise(line.points)]


def crosses(a: Point, b: Point, box: Box) -> bool:
    (part,) = clipped((a, b), box) or [()]
    return len(part) > 1 and math.dist(part[0], part[-1]) > 0.01


@pytest.mark.parametrize("framing", [SLIDE, Framing("4:3"), ALONE], ids=["16:9", "4:3", "alone"])
@sampled("name", PLOTS, few=12)
def test_no_text_is_on_another_or_on_a_line_or_beyond_the_edge(name: str, framing: Framing) -> None:
    found = scene(made(name), framing)
    texts = {k: b.grown(-0.4) for k, b in boxes(found).items()}
    for (one, a), (other, b) in combinations(texts.items(), 2):
        assert not a.meets(b), (one, other)
    for key, box in texts.items():
        assert box.x > 0 and box.y > 0 and box.right < found.width and box.bottom < found.height, (
            key
        )
        for line, a, b in strokes(found):
            assert not crosses(a, b, box), (key, line)


@sampled("name", PLOTS, few=14)
def test_every_line_stays_in_its_picture_and_every_id_is_its_own(name: str) -> None:
    found = scene(made(name))
    points = [p for i in found.items if isinstance(i, Line) for p in i.points]
    points += [p for i in found.items if isinstance(i, Area) for loop in i.loops for p in loop]
    assert all(0 <= p.x <= found.width and 0 <= p.y <= found.height for p in points)
    ids = [item.id for item in found.items]
    assert len(set(ids)) == len(ids)
    assert found.title and len(found.description) > 30


@sampled("name", PLOTS, few=12)
@pytest.mark.parametrize("colours", THEMES)
def test_every_role_is_known_and_every_text_readable(name: str, colours: str) -> None:
    chosen = theme(colours)
    for item in scene(made(name)).items:
        assert item.role in chosen.looks
        if isinstance(item, Text):
            assert item.role in TEXT_ROLES
    assert not chosen.unreadable() and not chosen.faint()


@pytest.mark.parametrize("colours", ["light", "dark", "cs231n"])
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_series_are_apart_from_each_other_and_no_role_of_a_trace(
    colours: str, deficiency: str
) -> None:
    """From the roles they are apart as far as six hues can be; dashes and marks carry the rest."""
    known = theme(colours).colours
    for one, other in combinations(SERIES, 2):
        assert difference(known[one], known[other], deficiency) > 20, (one, other)
    for one in SERIES[1:]:
        for role in ("value", "gradient", "hot"):
            assert difference(known[one], known[role], deficiency) > 6, (one, role)


@pytest.mark.parametrize("colours", THEMES)
def test_series_have_dashes_of_their_own_where_colours_are_not_seen(colours: str) -> None:
    looks = theme(colours).looks
    assert len({looks[f"series {s}"].dash for s in SERIES}) == len(SERIES)
    assert theme("print").looks["curve value"].dash != theme("print").looks["curve gradient"].dash


def test_the_numbers_of_a_curve_are_read_back_from_its_picture() -> None:
    """Where each point of the line is, by the ticks, is the function there."""
    found = {i.id: i for i in scene(made("sigmoid")).items}
    xs = {k: i for k, i in found.items() if k.startswith("panel-0-x-")}
    ys = {k: i for k, i in found.items() if k.startswith("panel-0-y-")}
    across = [(float(t.text.replace("−", "-")), t.x) for t in xs.values()]
    up = [(float(t.text.replace("−", "-")), t.y - 0.36 * t.size) for t in ys.values()]
    to_x, to_y = (
        np.polyfit([b for _, b in pairs], [a for a, _ in pairs], 1) for pairs in (across, up)
    )
    line = found["panel-0-value-0-0"]
    for p in line.points[::20]:
        x, y = float(np.polyval(to_x, p.x)), float(np.polyval(to_y, p.y))
        assert y == pytest.approx(1 / (1 + math.exp(-x)), abs=2e-3)
    assert found["panel-0-value"].text == "0.7311" and found["panel-0-slope"].text == "0.1966"
    at = found["panel-0-point-mark"]
    assert isinstance(at, Circle)
    assert np.polyval(to_x, at.x) == pytest.approx(1, abs=1e-3)


def test_a_jump_is_a_gap_with_hollow_ends() -> None:
    found = scene(gv.plot("relu(x)", range="-4..4"))
    slope = [i for i in found.items if isinstance(i, Line) and i.role == "curve gradient"]
    assert [len({round(p.y, 3) for p in line.points}) for line in slope] == [1, 1]
    ends = [i for i in found.items if isinstance(i, Circle) and i.role == "hollow gradient"]
    assert len(ends) == 2 and ends[0].x == ends[1].x and ends[0].y != ends[1].y


def test_a_saddle_has_a_level_of_its_own_that_crosses_itself() -> None:
    content = made("saddle").content
    assert isinstance(content, Surface)
    shown = levels(content)
    assert 0.0 in shown
    place = lambda column, row: Point(column, row)
    lines = contours.lines(content.values, 0.0, place)
    middle = Point((len(content.xs) - 1) / 2, (len(content.ys) - 1) / 2)
    near = [p for line in lines for p in line if math.dist(p, middle) < 1.5]
    quadrants = {(p.x > middle.x, p.y > middle.y) for p in near}
    assert len(quadrants) == 4


@pytest.mark.parametrize("seed", range(25))
def test_contours_are_where_the_level_is_and_enclose_what_is_above(seed: int) -> None:
    draw = random.Random(seed)
    rows, columns = draw.randint(2, 9), draw.randint(2, 9)
    grid = [[draw.uniform(-1, 1) for _ in range(columns)] for _ in range(rows)]
    level = draw.uniform(-0.8, 0.8)
    place = lambda column, row: Point(column, row)
    for line in contours.lines(grid, level, place):
        for x, y in line:
            i, j = math.floor(y), math.floor(x)
            a = grid[i][j]
            b = grid[min(i + 1, rows - 1)][j] if x == j else grid[i][min(j + 1, columns - 1)]
            t = (y - i) if x == j else (x - j)
            assert a + t * (b - a) == pytest.approx(level, abs=1e-9)
    loops = contours.above(grid, level, place)
    for i in range(rows):
        for j in range(columns):
            # a hair inside the grid, since loops run along its edges
            x = min(max(j, 1e-6), columns - 1 - 1e-6)
            y = min(max(i, 1e-6), rows - 1 - 1e-6)
            assert inside(x + 1e-9, y + 1e-9, loops) == (grid[i][j] > level)


def inside(x: float, y: float, loops: list[tuple[Point, ...]]) -> bool:
    """Whether a point lies in an odd number of loops, by a ray to the right."""
    odd = False
    for loop in loops:
        for a, b in pairwise([*loop, loop[0]]):
            if (a.y > y) != (b.y > y) and x < a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x):
                odd = not odd
    return odd


@pytest.mark.parametrize("seed", range(30))
def test_ticks_are_few_round_and_evenly_spaced(seed: int) -> None:
    draw = random.Random(seed)
    low = draw.uniform(-1, 1) * 10 ** draw.uniform(-6, 6)
    span = Span(low, low + 10 ** draw.uniform(-4, 6))
    for most in (3, 5, 9):
        found = ticks(span, most)
        assert (1 <= len(found) <= most and all(map(span.holds, found))) or len(found) <= most
        steps = [b - a for a, b in pairwise(found)]
        assert steps == pytest.approx([steps[0]] * len(steps) if steps else [], rel=1e-5)
        if len(found) > 1:
            mantissa = float(f"{found[1] - found[0]:.4e}".split("e")[0])
            assert mantissa in (1.0, 2.0, 5.0)


def test_ticks_of_known_spans() -> None:
    assert ticks(Span(-4, 4), 9) == [-4, -3, -2, -1, 0, 1, 2, 3, 4]
    assert ticks(Span(0, 1), 6) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks(Span(-0.3, 0.3), 3) == [-0.2, 0, 0.2]
    assert decades(Span(-13, 0), 4) == [-12, -8, -4, 0]
    assert said(-0.5) == "−0.5"


def test_lines_are_cut_at_the_edges_of_a_plane() -> None:
    box = Box(0, 0, 10, 10)
    assert clipped([Point(-5, 5), Point(15, 5)], box) == [(Point(0, 5), Point(10, 5))]
    assert clipped([Point(-5, -5), Point(-1, 20)], box) == []
    there_and_back = [Point(5, 5), Point(20, 5), Point(20, 6), Point(5, 6)]
    assert clipped(there_and_back, box) == [
        (Point(5, 5), Point(10, 5)),
        (Point(10, 6), Point(5, 6)),
    ]
    far = clipped([Point(0, 1e19), Point(1, 0)], box)
    assert all(0 <= p.x <= 10 and 0 <= p.y <= 10 for part in far for p in part)
    axes = Axes("a", box, Span(0, 1), Span(0, 1))
    assert len(axes.strokes([(0, 0), (0.5, 0.5), (0.6, math.nan), (0.7, 0.7), (1, 1)])) == 2


def test_heights_leave_out_what_runs_away() -> None:
    assert span_of([0.0, 1.0] * 50).low == pytest.approx(-0.06)
    tall = span_of([*np.linspace(0, 1, 99), 1e9])
    assert 1 < tall.high < 5
    assert span_of([3.0]).holds(3) and span_of([math.nan]).length > 0


def test_the_ground_of_a_surface_has_no_shade_where_there_is_no_value() -> None:
    found = scene(made("hole"))
    grounds = [i for i in found.items if isinstance(i, Area) and i.role == "height 0"]
    assert grounds and not any(isinstance(i, Rect) and i.role == "height 0" for i in found.items)


def test_a_curve_that_is_never_alone_shares_its_label() -> None:
    """The hinge is L1 below a margin of 1, and 0, near the cross-entropy, above it."""
    found = scene(gv.plot("losses"))
    said = [i.text for i in found.items if isinstance(i, Text) and "-label-" in i.id]
    assert said.count("hinge, L1") == 2 and "hinge" not in said
    assert said.count("L1") == said.count("L2") == said.count("cross-entropy") == 2


@pytest.mark.parametrize("source", ["x**3", "sin(x)", "exp(x)", "x**2", "tanh(3*x)"])
def test_a_best_h_is_nearest_its_own_ring(source: str) -> None:
    found = scene(gv.plot(source, error_of="x", x=1))
    rings = {
        i.id.split("-")[1]: Point(i.x, i.y)
        for i in found.items
        if isinstance(i, Circle) and i.id.endswith("-best")
    }
    labels = {k: box for k, box in boxes(found).items() if k.endswith("-h") and k != "errors-h"}
    assert len(rings) >= 3 and len(labels) >= 2
    for key, box in labels.items():
        away = {k: distance(box, at) for k, at in rings.items()}
        own = key.split("-")[1]
        assert away[own] == min(away.values()) and away[own] < 40


@pytest.mark.parametrize(
    "plot",
    [
        lambda: gv.plot("x**2", x=2e-6, range="x=-4e-6..4e-6"),
        lambda: gv.plot(["f = x*1e9", "g = x*3e9"], together=True, x=1),
        lambda: gv.plot("abs(w1) + w2**2", paths="gd:0.1", start="w1=-1.5,w2=1.5"),
        lambda: gv.plot("x**2 + y**2", range="x=-1e-8..1e-8,y=-1e-8..1e-8"),
        lambda: gv.plot(gv.learn("net:mlp:2-8-8-1", data="ring", passes=3), histograms="gradients"),
    ],
)
def test_powers_of_ten_are_written_as_formulas_write_them(plot: Any) -> None:
    found = scene(plot())
    said = [i.text for i in found.items if isinstance(i, Text)]
    assert any("10⁻" in words or "10⁹" in words or "10¹" in words for words in said)
    assert not any(re.search(r"\de[-−+]?\d", words) for words in said), said


def test_ticks_that_are_powers_of_ten_have_no_factor() -> None:
    told = [said(v) for v in (1e-6, -1e-6, 2.1e-6, 1e9, 0.001, 10.0)]
    assert told == ["10⁻⁶", "−10⁻⁶", "2.1·10⁻⁶", "10⁹", "0.001", "10"]


def test_the_table_of_numerical_gradients_writes_powers_of_ten() -> None:
    from gradviz.engine.inside import views
    from gradviz.scene import views as pictures

    trace = gv.run("q = W @ x; f = sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3], wrt="W")
    story = of(views.seen(trace, "differences"))
    drawn = pictures.pictures(story, SLIDE, {"digits": 4}).scene(2)
    texts = {i.id: i.text for i in drawn.items if isinstance(i, Text)}
    assert texts["off-by"] == "9·10⁻⁵"
    assert "Losses of 4 decimals would give 0.2." in story.frame(2).note


def test_minima_stand_beside_the_losses_of_ways() -> None:
    """The local minimum of the loss, 0.0407, is a line in the plane of logarithms."""
    plot = gv.plot(LOSS, over="w1,w2", x=X, t=T, paths=WAYS, start="w1=-1.5,w2=1.5")
    items = {i.id: i for i in scene(plot).items}
    heights = [
        (math.log10(float(i.text)), i.y - 0.36 * i.size)
        for k, i in items.items()
        if k.startswith("losses-y-") and isinstance(i, Text)
    ]
    to = np.polyfit([b for _, b in heights], [a for a, _ in heights], 1)
    found = [
        10 ** np.polyval(to, i.points[0].y)
        for k, i in items.items()
        if k.startswith("losses-minimum") and isinstance(i, Line)
    ]
    assert isinstance(plot.content, Surface)
    wanted = [c.value for c in plot.content.critical if c.kind == "minimum" and c.value > 1e-9]
    assert found == pytest.approx(wanted, rel=1e-3) and len(found) == 1


def test_activations_share_one_scale_and_the_place_of_their_numbers() -> None:
    items = {i.id: i for i in scene(made("activations")).items}
    places = []
    for k in range(6):
        number, first = items[f"panel-{k}-value"], items[f"panel-{k}-x-0"]
        assert isinstance(number, Text) and isinstance(first, Text)
        places.append((number.x - first.x, number.y - first.y))
    assert all(p == pytest.approx(places[0], abs=0.01) for p in places)


def test_every_functions_name_is_typeset_and_a_long_source_is_called_f() -> None:
    scene = PlotPictures(of(gv.plot(["f1 = x + 0", "f2 = x**2"], together=True))).scene(1)
    texts = {i.text for i in scene.items if isinstance(i, Text)}
    assert {"f₁", "f₂"} <= texts and not {"f1", "f2"} & texts
    source = "maximum(0, 1 + 1.3 - s) + maximum(0, 1 + 2 - s)"
    scene = PlotPictures(of(gv.plot(source, s=4.9))).scene(1)
    texts = {i.id: i.text for i in scene.items if isinstance(i, Text)}
    assert texts["panel-0-label-value"] == "f"


@pytest.mark.parametrize("count", range(1, 13))
def test_templates_stand_in_even_lines(count: int) -> None:
    """No line has room for one more than the others need."""
    rng = np.random.default_rng(count)
    plot = gv.plot("W @ x", templates=True, W=rng.normal(size=(count, 9)), x=np.zeros(9))
    scene = PlotPictures(of(plot)).scene(1)
    frames = [i for i in scene.items if isinstance(i, Rect) and i.id.startswith("template")]
    tops = [frame.y for frame in frames]
    lines = [tops.count(y) for y in sorted(set(tops))]
    assert sum(lines) == count and max(lines) == math.ceil(count / len(lines))
