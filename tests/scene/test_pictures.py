"""Pictures: nothing overlaps, nothing moves, and everything that is known is shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradviz.engine.run import run
from gradviz.errors import ValueInputError
from gradviz.graph.builder import Builder
from gradviz.graph.text.parser import parse
from gradviz.layout.cards import LIMIT, TooLargeError
from gradviz.layout.curves import Box, crosses
from gradviz.layout.engines import graphviz
from gradviz.scene.framing import Framing
from gradviz.scene.model import Cells, Circle, Image, Maths, Path, Polygon, Rect, Scene, Text
from gradviz.scene.themes import LOOKS
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from gradviz.trace import Trace
from tests.sampled import sampled
from tests.scene.boxes import boxes, rect
from tests.scene.samples import SAMPLES, sample
from tests.strategies import Sample, runs

BARELY = -0.02


def scenes(trace: Trace) -> Iterator[Scene]:
    pictures = Pictures(Story(trace))
    return (pictures.scene(k) for k in range(len(trace) + 1))


def item(scene: Scene, key: str):
    return next(i for i in scene.items if i.id == key)


def ids(scene: Scene) -> set[str]:
    return {i.id for i in scene.items}


def check_clear(scene: Scene) -> None:
    """No text on another text, on a wire, on a gate or in the ring of something else; none beyond
    the edge.
    """
    texts = {key: box.grown(BARELY) for key, box in boxes(scene).items()}
    for (one, a), (other, b) in combinations(texts.items(), 2):
        assert not a.meets(b), f"{one} is on {other}: {scene.title}"
    for key, box in texts.items():
        assert box.x > 0 and box.y > 0 and box.right < scene.width and box.bottom < scene.height, (
            key
        )
    for shape in scene.items:
        if isinstance(shape, Path) and shape.role.startswith("wire"):
            crossed = [key for key, box in texts.items() if crosses(shape.points, box)]
            assert not crossed, f"{shape.id} crosses {crossed}: {scene.title}"
        elif isinstance(shape, Rect) and shape.id.endswith("-gate"):
            own = (shape.id.replace("-gate", "-symbol"), shape.id.replace("-gate", "-line"))
            on = [
                key
                for key, box in texts.items()
                if not key.startswith(own)
                and rect(shape).meets(box)
                and not (key.endswith("-value") and inside(rect(shape), box))
            ]
            assert not on, f"{on} on {shape.id}: {scene.title}"
        elif isinstance(shape, Rect) and shape.id.endswith("-ring"):
            own = shape.id.removesuffix("-ring")
            foreign = [
                k for k, box in texts.items() if not k.startswith(own) and rect(shape).meets(box)
            ]
            assert not foreign, f"{shape.id} around {foreign}: {scene.title}"
        elif isinstance(shape, Cells | Image):
            on = [key for key, box in texts.items() if rect(shape).grown(BARELY).meets(box)]
            assert not on, f"{on} on {shape.id}"


def inside(gate: Box, box: Box) -> bool:
    """Whether a text is wholly in a gate, as a constant's is."""
    across = gate.x <= box.x and box.right <= gate.right
    return across and gate.y <= box.y and box.bottom <= gate.bottom


def check_still(every: list[Scene]) -> None:
    """Wires, gates, names and values have the same geometry in every frame, and the picture the
    same size.
    """
    first = every[0]
    still = {i.id: i for i in first.items if i.id.startswith(("edge-", "node-")) and fixed(i)}
    numbers = {}
    for scene in every:
        assert (scene.width, scene.height) == (first.width, first.height)
        now = {i.id: i for i in scene.items}
        for key, before in still.items():
            assert place(now[key]) == place(before), key
        for shape in scene.items:
            if shape.id.endswith(("-value", "-contribution", "-note")) and isinstance(shape, Text):
                assert place(numbers.setdefault(shape.id, shape)) == place(shape), shape.id


def fixed(shape) -> bool:
    parts = ("-wire", "-trunk", "-gate", "-symbol", "-name", "-label", "-dot")
    return shape.id.endswith(parts)


def place(shape):
    if isinstance(shape, Path | Polygon):
        return shape.points
    if isinstance(shape, Rect | Cells | Maths | Image):
        return shape.x, shape.y, shape.width, shape.height
    if isinstance(shape, Circle):
        return shape.x, shape.y, shape.radius
    return shape.x, shape.y, shape.size, shape.anchor


@sampled("name", SAMPLES, few=6)
def test_samples_are_clear_and_still(name):
    """Of a long run some twenty frames are looked at for what meets; none of them moves."""
    every = list(scenes(sample(name)))
    for scene in every[:: len(every) // 20 or 1]:
        check_clear(scene)
    for scene in every:
        keys = [i.id for i in scene.items]
        assert len(keys) == len(set(keys))
        assert {i.role for i in scene.items} <= set(LOOKS)
    check_still(every)


@pytest.mark.parametrize("engine", ["graphlay", "own"])
@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "long"])
def test_engines_that_step_in_draw_clear_and_still_pictures_too(name, engine):
    trace = sample(name)
    pictures = Pictures(Story(trace), engine=engine)
    every = [pictures.scene(k) for k in {0, len(trace) // 2, len(trace)}]
    for scene in every:
        check_clear(scene)
    check_still(every)


@given(runs(), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_graphs_are_clear_and_still(example: Sample, data):
    trace = example.run()
    pictures = Pictures(Story(trace))
    steps = data.draw(st.lists(st.integers(0, len(trace)), min_size=1, max_size=3, unique=True))
    every = [pictures.scene(k) for k in [*steps, len(trace)]]
    for scene in every:
        check_clear(scene)
    check_still(every)
    check_clear(pictures.bare())


def test_text_stays_in_the_card_of_its_node():
    for name in ("the mark", "norm", "stack", "heatmap"):
        trace = sample(name)
        pictures = Pictures(Story(trace), Framing("none"))
        scene = pictures.scene(len(trace))
        placed = pictures.centred
        for key, box in boxes(scene).items():
            kind, *numbers = key.split("-")
            if kind not in ("node", "edge"):
                continue
            owner = int(numbers[0] if kind == "node" else numbers[1])
            card = placed.card(owner).grown(0.05)
            assert card.x <= box.x and box.right <= card.right, key
            assert card.y <= box.y and box.bottom <= card.bottom, key


def test_the_frame_of_the_mark_shows_what_the_lecture_shows():
    scene = Pictures(Story(sample("the mark"))).scene(12)
    texts = {i.id: i.text for i in scene.items if isinstance(i, Text)}
    assert texts["header-phase"] == "Backward" and texts["header-step"] == "step 12 of 13"
    # x = 1.5, y = 2, z = -1: f = (3 - 1) * 2; df/dx = 2 * y = 4, and y has 2 from max, the other 3
    # to come.
    assert [texts[f"node-{i}-value"] for i in range(7)] == ["1.5", "2", "−1", "3", "2", "2", "4"]
    assert texts["node-0-gradient"] == "4" and texts["node-1-gradient"] == "2"
    assert texts["node-1-note"] == "1 of 2" and texts["node-2-note"] == "Σ 2 + 0"
    assert item(scene, "node-0-gradient").role == "hot"
    # What is brought to a value that is used once is that value's gradient, and printed there.
    at_branches = {key for key in texts if key.endswith("-contribution")}
    assert at_branches == {f"edge-{e}-contribution" for e in ("1-5-0", "2-4-1", "2-5-1")}
    assert {
        "node-3-gradient-ring",
        "node-1-value-ring",
        "edge-0-3-0-hot",
        "edge-0-3-0-arrow",
    } <= ids(scene)
    assert not {"node-0-value-ring", "edge-1-3-1-hot"} & ids(scene)
    roles = [item(scene, f"progress-{k}").role.split()[1] for k in range(1, 14)]
    assert roles == ["forward"] * 4 + ["backward"] * 7 + ["now", "ahead"]
    assert [m.role for m in item(scene, "formula-1").setting.marks if m.role] == [
        "gradient",
        "value",
        "hot",
    ]


def test_the_arrow_points_to_where_the_number_goes():
    pictures = Pictures(Story(sample("the mark")))
    forward, backward = pictures.scene(1), pictures.scene(12)
    wire = item(backward, "edge-0-3-0-wire").points
    assert item(backward, "edge-0-3-0-arrow").points[0] == wire[0]
    assert item(forward, "edge-0-3-0-arrow").points[0] == wire[-1]
    branch = item(pictures.scene(13), "edge-1-3-1-arrow").points[0]
    dot_ = item(backward, "node-1-dot")
    assert abs(((branch.x - dot_.x) ** 2 + (branch.y - dot_.y) ** 2) ** 0.5 - dot_.radius) < 0.01


def test_what_is_not_reached_yet_is_quiet():
    scene = Pictures(Story(sample("the mark"))).scene(1)
    assert item(scene, "node-3-gate").role == "gate hot"
    assert (
        item(scene, "node-4-gate").role == "gate quiet"
        and item(scene, "node-4-symbol").role == "muted"
    )
    assert (
        item(scene, "edge-3-4-0-wire").role == "wire"
        and item(scene, "edge-4-6-0-wire").role == "wire quiet"
    )
    assert "node-4-value" not in ids(scene) and "node-0-gradient" not in ids(scene)


def test_a_square_has_two_wires_and_rings_its_own_value():
    scene = Pictures(Story(sample("square"))).scene(3)
    assert {"edge-0-1-0-wire", "edge-0-1-1-wire", "node-0-dot", "node-0-value-ring"} <= ids(scene)


def test_nan_and_infinity_are_marked():
    for name, node in (("NaN", "node-2-value"), ("infinity", "node-2-value-0-0")):
        trace = sample(name)
        scene = Pictures(Story(trace)).scene(1)
        assert item(scene, node).role == "warning" and item(scene, node).text in ("NaN", "∞")
        assert item(scene, "node-2-value-ring").role == "ring warning"
        assert item(scene, "sentence-1").role == "warning"


def test_arrays_are_grids_or_heatmaps():
    grid = Pictures(Story(sample("norm"))).scene(8)
    assert [item(grid, f"node-0-gradient-{i}-{j}").text for i in (0, 1) for j in (0, 1)] == [
        "0.38",
        "0.228",
        "0.29",
        "0.174",
    ]
    assert [item(grid, f"node-1-gradient-0-{j}").text for j in (0, 1)] == ["0.71", "0.34"]
    heat = item(Pictures(Story(sample("heatmap"))).scene(0), "node-0-value")
    assert isinstance(heat, Cells) and len(heat.levels) == 28 == len(heat.levels[0])
    captions = {
        i.id: i.text
        for i in Pictures(Story(sample("three axes"))).scene(0).items
        if isinstance(i, Text)
    }
    assert captions["node-0-value-caption-0"] == "3×6×7"
    assert captions["node-0-value-caption-1"] == "all 1"


def test_a_long_run_has_a_line_for_its_progress():
    trace = sample("long")
    assert len(trace) > 60
    pictures = Pictures(Story(trace))
    start, end = pictures.scene(0), pictures.scene(len(trace))
    assert "progress-1" not in ids(end) and "progress-now" not in ids(start)
    bar, done = item(end, "progress-ahead"), item(end, "progress-backward")
    assert done.x + done.width == pytest.approx(bar.x + bar.width)


def test_the_bare_graph_has_names_gates_and_constants_only():
    scene = Pictures.of_graph(parse("(x*y + z) * maximum(y, 3)")).bare()
    check_clear(scene)
    texts = sorted(i.text for i in scene.items if isinstance(i, Text))
    assert texts == sorted(["×", "+", "×", "max", "3"])
    assert len([i for i in scene.items if isinstance(i, Maths)]) == 7
    with pytest.raises(ValueInputError, match="no steps"):
        Pictures.of_graph(parse("x*y")).scene(1)


def test_width_scales_the_picture_and_says_when_numbers_come_out_small():
    story = Story(sample("the mark"))
    natural, wide = (Pictures(story, Framing("none", width=width)) for width in (None, 1520))
    assert natural.scene(3).zoom == 1 and wide.scene(3).zoom == 1520 / wide.scene(3).width == 2
    assert not natural.notes and not wide.notes
    assert "pixels high" in Pictures(story, Framing("none", width=300)).notes[0]


def test_another_engine_steps_in_and_that_is_said(monkeypatch):
    monkeypatch.setattr(graphviz, "_executable", lambda: "")
    monkeypatch.delenv(graphviz.VARIABLE, raising=False)
    pictures = Pictures(Story(sample("square")))
    check_clear(pictures.scene(4))
    (note,) = pictures.notes
    assert note.startswith("graphlay 0.") and "not installed" in note


def test_an_engine_that_was_set_is_used_without_a_word(monkeypatch):
    monkeypatch.setenv(graphviz.VARIABLE, graphviz.bundled()[0].path)
    monkeypatch.setattr(graphviz, "_executable", lambda: "")
    assert Pictures(Story(sample("square"))).notes == []


def test_too_large_a_graph_is_refused_with_a_way_out():
    builder = Builder()
    node = builder.input("x")
    for _ in range(LIMIT):
        node = builder.apply("sin", [node])
    trace = run(builder.graph(node), values={"x": 1.0})
    with pytest.raises(TooLargeError, match="too many"):
        Pictures(Story(trace))


@pytest.mark.parametrize("name", ['<&">', "'quoted'", "#let $x", "x" * 200, "a\\b", "[c]"])
def test_odd_names_are_drawn_as_they_are(name):
    builder = Builder()
    x = builder.input(name)
    trace = run(builder.graph(builder.apply("mul", [x, x])), values={name: 3.0})
    for scene in scenes(trace):
        check_clear(scene)


@pytest.mark.parametrize(
    ("name", "said"), [("😀", "U+1F600"), ("기울기", "U+AE30"), ("שלום", "U+05E9")]
)
def test_a_character_that_no_font_has_is_named(name, said):
    builder = Builder()
    trace = run(builder.graph(builder.apply("sin", [builder.input(name)])), values={name: 3.0})
    with pytest.raises(ValueInputError, match=said.replace("+", r"\+")):
        Pictures(Story(trace)).scene(1)


def test_a_step_beyond_the_end_is_refused():
    with pytest.raises(ValueInputError, match="no step 5"):
        Pictures(Story(sample("square"))).scene(5)


def test_title_and_description_are_made_from_the_data():
    scene = Pictures(Story(sample("the mark"))).scene(12)
    assert scene.title == "(x*y + z) * maximum(y, z): backward pass, step 12 of 13"
    assert "x receives the upstream gradient times y" in scene.description
    assert "y: value 2, gradient 2 (1 of 2)" in scene.description
    assert "a = mul(x, y): value 3, gradient 2" in scene.description
