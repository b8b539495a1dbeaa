"""The page: a head and a foot of fixed size, and a figure that fills the room between them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradviz.engine.inside.cells import cells
from gradviz.engine.run import run
from gradviz.errors import ValueInputError
from gradviz.layout.curves import Point
from gradviz.scene.framing import ALONE, USUAL, Framing
from gradviz.scene.model import Circle, Maths, Path, Polygon, Rect, Scene, Text, enlarged
from gradviz.scene.page import LARGEST, LEGIBLE, SIZES, Figure, Page, Room
from gradviz.scene.shapes import straight
from gradviz.scene.views.cells.pictures import CellPictures
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.cells.frames import CellStory
from gradviz.story.frame import Story
from gradviz.story.sentences import Words
from gradviz.trace import Step
from tests.scene.boxes import boxes
from tests.scene.cell_samples import CELL_SAMPLES, cell_sample
from tests.scene.samples import SAMPLES, sample
from tests.strategies import Sample, runs

HEAD_AND_FOOT = ("header-", "progress-", "sentence-", "note", "formula-", "footer-", "legend-")
CHAIN = run("tanh(sin(x*2)) + exp(x)", x=0.5)


def around(scene: Scene) -> dict[str, object]:
    return {i.id: i for i in scene.items if i.id.startswith(HEAD_AND_FOOT)}


def inside(scene: Scene) -> list[object]:
    return [i for i in scene.items if not i.id.startswith(HEAD_AND_FOOT)]


def texts(scene: Scene) -> dict[str, Text]:
    return {i.id: i for i in scene.items if isinstance(i, Text)}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_picture_is_a_slide_of_960_by_540_points(name: str) -> None:
    scene = Pictures(Story(sample(name))).scene(1)
    assert (scene.width, scene.height, scene.zoom, scene.slide) == (960, 540, 1, True)
    letters = [t.size for t in texts(scene).values() if t.id.startswith("node")]
    assert not letters or max(letters) < 2 * LARGEST


def test_head_and_foot_are_the_same_around_any_figure() -> None:
    """Only the graph is scaled: letters and lines around a small graph and a large one agree."""
    small = Pictures(Story(run("x*y", x=2, y=3))).scene(1)
    large = Pictures(Story(sample("long"))).scene(1)
    for key in ("header-phase", "header-step", "sentence-1"):
        one, other = texts(small)[key], texts(large)[key]
        assert (one.x, one.y, one.size) == (other.x, other.y, other.size) or key == "header-step"
    line = {i.id: i for i in small.items}["footer-line"]
    assert line == {i.id: i for i in large.items}["footer-line"]
    assert small.stroke > 1 > large.stroke


@pytest.mark.parametrize(
    "parts",
    [
        frozenset(c)
        for n in range(5)
        for c in itertools.combinations(("header", "sentence", "formula", "legend"), n)
    ],
)
@pytest.mark.parametrize("slide", ["16:9", "4:3", "none"])
def test_any_parts_on_any_slide(slide: str, parts: frozenset[str]) -> None:
    framing = Framing(slide, parts)  # type: ignore[arg-type]
    pictures = Pictures(Story(CHAIN), framing)
    for k in (0, 3, len(CHAIN)):
        scene = pictures.scene(k)
        if slide != "none":
            assert (scene.width, scene.height) == SIZES[slide]
        shown = {i.id.split("-")[0] for i in scene.items}
        assert ("header" in shown) == ("header" in parts)
        assert ("sentence" in shown) == ("sentence" in parts)
        assert ("formula" in shown) == ("formula" in parts and k > 0)
        assert ("legend" in shown) == ("legend" in parts)
        top = 0.0
        for key, box in boxes(scene).items():
            assert box.x > 0 and box.y > 0 and box.right < scene.width, key
            assert box.bottom < scene.height, key
            if key.startswith("header"):
                top = max(top, box.bottom)
        assert all(box.y > top for key, box in boxes(scene).items() if key.startswith("node"))


def test_fewer_parts_leave_more_room() -> None:
    rooms = [
        Page(Story(CHAIN), Framing(parts=frozenset(parts))).room.height  # type: ignore[arg-type]
        for parts in (("header", "sentence", "legend"), USUAL, ("header",), ())
    ]
    assert rooms == sorted(rooms) and len(set(rooms)) == 4


def test_one_frame_of_a_long_run_tells_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The room needs no step's words, so those of the other steps are not made."""
    asked: list[int] = []
    told = Words.contribute

    def counted(self: Words, step: Step, *given: object) -> str:
        asked.append(step.number)
        return told(self, step, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Words, "contribute", counted)
    story = Story(sample("long"))
    assert Page(story).room.height > 300 and asked == []
    last = len(story.trace)
    Pictures(story).scene(last)
    assert set(asked) == {last}


@pytest.mark.parametrize(
    ("width", "height", "number", "scale"),
    [
        (100, 50, 11, 2),  # the cap: 22 points
        (1600, 100, 10, 0.5),  # as wide as the room
        (100, 1600, 10, 0.25),  # as high
    ],
)
def test_a_figure_fills_its_room_up_to_the_largest_numbers(
    width: float, height: float, number: float, scale: float
) -> None:
    assert Room(800, 400).scale(width, height, number) == scale


@pytest.mark.parametrize("framing", [Framing(), Framing("4:3"), Framing("none"), ALONE])
def test_a_figure_stands_in_the_middle(framing: Framing) -> None:
    page = Page(Story(CHAIN), framing)
    corner = page.corner(300, 100, 13)
    figure = Figure(300, 100, 13, "t", "d", (Rect("a", "grid", *corner, 300, 100),))
    scene = page.scene(figure, Story(CHAIN).frame(1))
    (box,) = (i for i in scene.items if i.id == "a")
    assert isinstance(box, Rect)
    assert box.x == pytest.approx(scene.width - box.x - box.width)
    hairline = [i for i in scene.items if i.id == "footer-line"]
    bottom = hairline[0].points[0].y - 10 if hairline else scene.height - 16  # type: ignore[union-attr]
    top = 44 if hairline else 16
    assert box.y - top == pytest.approx(bottom - box.y - box.height)


def test_lengths_are_multiplied_and_nothing_else() -> None:
    """Areas and lengths of every kind of item."""
    rect = enlarged(Rect("a", "grid", 1, 2, 3, 4, 5), 2)
    assert rect == Rect("a", "grid", 2, 4, 6, 8, 10)
    assert enlarged(Circle("a", "dot", 1, 2, 3), 3) == Circle("a", "dot", 3, 6, 9)
    assert enlarged(Text("a", "ink", 1, 2, "x", 13), 2) == Text("a", "ink", 2, 4, "x", 26)
    assert enlarged(Polygon("a", "arrow", (Point(1, 2),)), 2) == Polygon(
        "a", "arrow", (Point(2, 4),)
    )
    line = straight(0, 1, 3, 1)
    assert enlarged(Path("a", "wire", line), 2) == Path("a", "wire", straight(0, 2, 6, 2))
    assert enlarged(Path("a", "wire", line, 3.0), 2).width == 6  # type: ignore[union-attr]
    scene = Pictures(Story(CHAIN)).scene(1)
    (maths, *_) = (i for i in scene.items if isinstance(i, Maths))
    twice = enlarged(maths, 2)
    assert isinstance(twice, Maths)
    assert (twice.width, twice.height) == (2 * maths.width, 2 * maths.height)


def test_the_caption_stands_in_place_of_every_sentence() -> None:
    pictures = Pictures(Story(CHAIN), Framing(caption="One neuron"))
    for k in range(len(CHAIN) + 1):
        shown = texts(pictures.scene(k))
        assert shown["sentence-1"].text == "One neuron" and "sentence-2" not in shown
    bare = Pictures.of_graph(CHAIN.graph, Framing(caption="One neuron")).bare()
    assert texts(bare)["sentence-1"].text == "One neuron"


@pytest.mark.parametrize("caption", ["x" * 400, "two words " * 40, "W" * 200 + " " + "i" * 199])
def test_any_caption_stays_on_its_slide(caption: str) -> None:
    scene = Pictures(Story(CHAIN), Framing(caption=caption)).scene(len(CHAIN))
    for key, box in boxes(scene).items():
        assert box.x > 0 and box.right < scene.width and box.bottom < scene.height, key


@pytest.mark.parametrize("beside", [(), ("header",), ("sentence",), USUAL])
@pytest.mark.parametrize("slide", ["16:9", "none"])
def test_a_legend_stands_below_the_hairline(beside: tuple[str, ...], slide: str) -> None:
    framing = Framing(slide, frozenset((*beside, "legend")))  # type: ignore[arg-type]
    scene = Pictures(Story(CHAIN), framing).scene(1)
    (line,) = (item for item in scene.items if item.id == "footer-line")
    for text in texts(scene).values():
        if text.id.startswith("legend"):
            assert line.points[0].y + text.size < text.y < scene.height - 2  # type: ignore[union-attr]


def test_a_legend_has_only_what_is_shown() -> None:
    parts = frozenset((*USUAL, "legend"))
    forward = run("[x, x]", x=1.0)
    assert not forward.has_backward
    pictures = Pictures(Story(CHAIN), Framing(parts=parts))  # type: ignore[arg-type]
    roles = [
        {t.role for t in texts(pictures.scene(k)).values() if t.id.startswith("legend")}
        for k in (1, "final")
    ]
    assert roles == [{"value", "gradient", "hot"}, {"value", "gradient"}]
    only = Pictures(Story(forward), Framing(parts=parts)).scene(1)  # type: ignore[arg-type]
    assert {t.role for t in texts(only).values() if t.id.startswith("legend")} == {"value", "hot"}


@pytest.mark.parametrize("width", [0.001, 5, 99.9, 100_001, 1e300])
def test_a_width_at_which_nothing_can_be_seen_is_refused(width: float) -> None:
    with pytest.raises(ValueInputError, match="pixels wide"):
        Framing(width=width)


def test_small_numbers_are_noted_once_and_with_a_remedy() -> None:
    large = run(" + ".join(f"tanh(x*{k})*y" for k in range(2, 14)), x=0.5, y=2)
    (note,) = Pictures(Story(large)).notes
    assert note.startswith("On a 16:9 slide the numbers are ") and "--slide none" in note
    assert float(note.split()[7]) < LEGIBLE
    assert Pictures(Story(run("x*y", x=2, y=3))).notes == []
    assert Pictures(Story(large), Framing("none")).notes == []


def test_only_scopes_can_be_folded() -> None:
    large = run(" + ".join(f"tanh(x*{k})*y" for k in range(2, 14)), x=0.5, y=2)
    assert "--depth" not in Pictures(Story(large)).notes[0]


@pytest.mark.parametrize("name", CELL_SAMPLES)
def test_cells_stand_on_slides_too(name: str) -> None:
    walk = cell_sample(name)
    pictures = CellPictures(CellStory(walk))
    for k in (0, 1, len(walk)):
        scene = pictures.scene(k)
        assert (scene.width, scene.height) == (960, 540)
        for key, box in boxes(scene).items():
            assert box.x > 0 and box.right < 960 and box.y > 0 and box.bottom < 540, key


@given(runs(), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_said_fits_the_foot_of_any_run(example: Sample, data: st.DataObject) -> None:
    """Sentence, note and formula meet neither each other nor the edges; formulas are legible."""
    trace = example.run()
    slide = data.draw(st.sampled_from(["16:9", "4:3"]))
    pictures = Pictures(Story(trace), Framing(slide))  # type: ignore[arg-type]
    for k in data.draw(st.lists(st.integers(0, len(trace)), min_size=1, max_size=4)):
        scene = pictures.scene(k)
        said = {
            key: box.grown(-0.02)
            for key, box in boxes(scene).items()
            if key.startswith(("sentence", "note", "formula"))
        }
        for (one, a), (other, b) in itertools.combinations(said.items(), 2):
            assert not a.meets(b), f"{one} is on {other}"
        line = next(i for i in scene.items if i.id == "footer-line")
        for key, box in said.items():
            assert box.y > line.points[0].y and box.bottom < scene.height, key  # type: ignore[union-attr]
            assert box.x > 0 and box.right < scene.width, key
        for item in scene.items:
            if isinstance(item, Maths) and item.id.startswith("formula"):
                assert item.scale * 17 >= 11.99


def test_a_long_heading_leaves_room_for_the_bar() -> None:
    """The names of a cell walk's operands stand in its heading; the letters become smaller."""
    name = "weights_of_the_second_layer_of_the_decoder"
    trace = run(f"sum(conv2d(x, {name}, padding=1))", x=[[[[1, 2], [3, 4]]]], **{name: [[[[5.0]]]]})
    pictures = CellPictures(CellStory(cells(trace, "a")), Framing("4:3"))
    for k in (1, len(pictures.story.walk)):
        scene = pictures.scene(k)
        shown = boxes(scene)
        bar = [i for i in scene.items if isinstance(i, Rect) and i.id.startswith("progress")]
        assert min(i.x for i in bar) > shown["header-step"].right > shown["header-phase"].right
        assert max(i.x + i.width for i in bar) == pytest.approx(720 - 26)
        assert shown["header-step"].x >= shown["header-phase"].right


def test_a_long_formula_is_shortened_step_by_step() -> None:
    """The sum of a window of 3×3 on a 4:3 slide: first and last terms, an ellipsis, the result."""
    inside_ = cells(
        run(
            "conv2d(x, k)",
            x=[[[0.1234 * (i + j) for j in range(4)] for i in range(4)]],
            k=[[[[0.377 * i - j for j in range(3)] for i in range(3)]]],
        ),
        "f",
    )
    scene = CellPictures(CellStory(inside_), Framing("4:3")).scene(1)
    formulas = [i for i in scene.items if isinstance(i, Maths)]
    assert formulas and '"…"' in formulas[0].source
