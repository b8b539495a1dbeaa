"""Figures of cells: nothing meets, nothing moves, and what stands in the cells is what the walk
says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.inside.cells import cells
from gradviz.layout.curves import Box, crosses, hull
from gradviz.scene.colours import contrast
from gradviz.scene.framing import Framing
from gradviz.scene.model import Cells, Item, Maths, Path, Polygon, Rect, Scene, Text
from gradviz.scene.themes import LOOKS, TEXT_ROLES, THEMES, theme
from gradviz.scene.views.cells.arrows import End, arrow
from gradviz.scene.views.cells.pictures import CellPictures
from gradviz.scene.views.cells.sheets import Sheet, View
from gradviz.story.cells.frames import CellStory
from gradviz.trace.cells import CellTrace
from tests.sampled import sampled
from tests.scene.boxes import boxes, rect
from tests.scene.cell_samples import CELL_SAMPLES, cell_sample

BARELY = -0.02
STRIPE = 2.0
"""Half the width of the arrow's line, and a little."""


def some_steps(walk: CellTrace) -> list[int]:
    """Step 0, the ends of every phase and some between."""
    total, phase = len(walk), len(walk.places)
    ends = {k for s in range(0, total + 1, phase) for k in (s, s + 1) if k <= total}
    return sorted(ends | set(range(0, total + 1, max(1, total // 12))))


def scenes(walk: CellTrace, slide: str = "none") -> Iterator[Scene]:
    pictures = CellPictures(CellStory(walk), Framing(slide))
    return (pictures.scene(k) for k in some_steps(walk))


def passes(walk: CellTrace, slide: str = "16:9") -> dict[int | None, list[Scene]]:
    """Some pictures of each pass: forward, and back to each operand."""
    found: dict[int | None, list[Scene]] = {}
    for k, scene in zip(some_steps(walk), scenes(walk, slide), strict=True):
        found.setdefault(walk.where(k)[0], []).append(scene)
    return found


def item(scene: Scene, key: str) -> Item:
    return next(i for i in scene.items if i.id == key)


def texts(scene: Scene) -> dict[str, Text]:
    return {i.id: i for i in scene.items if isinstance(i, Text)}


def check_clear(scene: Scene) -> None:
    """No text on another or beyond the edge, none under the arrow, none on a heatmap or across a
    window's edge.
    """
    found = {key: box.grown(BARELY) for key, box in boxes(scene).items()}
    for (one, a), (other, b) in combinations(found.items(), 2):
        assert not a.meets(b), f"{one} is on {other}: {scene.title}"
    for key, box in found.items():
        assert box.x > 0 and box.y > 0 and box.right < scene.width and box.bottom < scene.height, (
            key
        )
    for shape in scene.items:
        if isinstance(shape, Path) and shape.id == "arrow-wire":
            crossed = [
                key for key, box in found.items() if crosses(shape.points, box.grown(STRIPE))
            ]
            assert not crossed, f"the arrow crosses {crossed}: {scene.title}"
        elif isinstance(shape, Polygon):
            xs, ys = zip(*shape.points, strict=True)
            head = Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
            assert not [key for key, box in found.items() if head.meets(box)], scene.title
        elif isinstance(shape, Cells):
            assert not [
                key for key, box in found.items() if rect(shape).grown(BARELY).meets(box)
            ], shape.id
        elif isinstance(shape, Rect) and shape.role == "window":
            for key, box in found.items():
                inside = rect(shape).grown(-1.3)
                apart = not rect(shape).grown(1.3).meets(box)
                within = (
                    inside.x <= box.x
                    and box.right <= inside.right
                    and inside.y <= box.y
                    and box.bottom <= inside.bottom
                )
                assert apart or within, f"{key} across {shape.id}: {scene.title}"


def check_still(every: list[Scene]) -> None:
    """What has the same name is in the same place in every frame, but for the window, the arrow and
    the words.
    """
    places: dict[str, tuple[float, ...]] = {}
    for scene in every:
        assert (scene.width, scene.height) == (every[0].width, every[0].height)
        for i in scene.items:
            if (
                i.id.endswith("-window")
                or i.id.startswith(("arrow", "progress", "sentence", "formula", "note"))
                or "cover" in i.id
            ):
                continue
            if isinstance(i, Text):
                now: tuple[float, ...] = (i.x, i.y, i.size)
            elif isinstance(i, Rect | Cells):
                now = (i.x, i.y, i.width, i.height)
            elif isinstance(i, Path):
                now = tuple(v for p in i.points for v in p)
            else:
                continue
            assert places.setdefault(i.id, now) == now, i.id


@sampled("name", CELL_SAMPLES, few=6)
def test_samples_are_clear_and_still(name: str) -> None:
    for every in passes(cell_sample(name)).values():
        check_pass(every)


def check_pass(every: list[Scene]) -> None:
    """The pictures of one pass are clear, still, legible and drawn in known roles."""
    for scene in every:
        keys = [i.id for i in scene.items]
        assert len(keys) == len(set(keys)), [k for k in keys if keys.count(k) > 1]
        assert {i.role for i in scene.items} <= set(LOOKS)
        assert {t.role for t in texts(scene).values()} <= set(TEXT_ROLES)
        numbers = [
            t
            for key, t in texts(scene).items()
            if key[-1].isdigit() and key.startswith(("operand", "output", "grad"))
        ]
        assert len({t.size for t in numbers}) <= 1
        check_clear(scene)
    check_still(every)


@st.composite
def walks(draw: st.DrawFn) -> CellTrace:
    """A small convolution, pool or matrix product."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    scale = draw(st.sampled_from([1, 1, 7.3, 0.001]))
    n, m, channels = draw(st.integers(2, 6)), draw(st.integers(2, 6)), draw(st.integers(1, 5))

    def numbers(*shape: int) -> np.ndarray:
        return rng.integers(-9, 10, shape) * scale

    kind = draw(st.sampled_from(["conv", "pool", "matmul"]))
    if kind == "conv":
        values = {
            "x": numbers(channels, n, m),
            "w": numbers(draw(st.integers(1, 3)), channels, 2, 2),
        }
        source = (
            f"conv2d(x, w, stride={draw(st.integers(1, 2))}, padding={draw(st.integers(0, 1))})"
        )
    elif kind == "pool":
        values = {"x": numbers(channels, n, m)}
        source = (
            f"{draw(st.sampled_from(['max', 'avg']))}pool2d(x, 2, stride={draw(st.integers(1, 2))})"
        )
    else:
        values, source = {"a": numbers(n, m), "b": numbers(m, channels)}, "a @ b"
    shape = gv.run(source, values=values).values[-1].shape
    return cells(gv.run(source, values=values, upstream=numbers(*shape)), "f")


@given(walks(), st.data())
@settings(max_examples=30, deadline=None)
def test_random_walks_are_clear_and_still(walk: CellTrace, data: st.DataObject) -> None:
    pictures = CellPictures(CellStory(walk))
    steps = data.draw(st.lists(st.integers(0, len(walk)), min_size=1, max_size=3, unique=True))
    found: dict[int | None, list[Scene]] = {}
    for k in [*steps, len(walk)]:
        found.setdefault(walk.where(k)[0], []).append(pictures.scene(k))
        check_clear(found[walk.where(k)[0]][-1])
    for every in found.values():
        check_still(every)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("which", ["lecture", "padding", "large"])
def test_every_text_can_be_read_where_it_stands(name: str, which: str) -> None:
    """4.5 to 1 (WCAG 2.2) on the ground, and on the tint for what stands in the window."""
    chosen = theme(name)
    for scene in scenes(cell_sample(which)):
        tints = [rect(i) for i in scene.items if isinstance(i, Rect) and i.role == "window tint"]
        for key, box in boxes(scene).items():
            shown = item(scene, key)
            if isinstance(shown, Maths):
                continue
            behind = "tint" if any(t.meets(box) for t in tints) else "ground"
            colour = chosen.colour(chosen.looks[shown.role].fill)
            assert contrast(colour, chosen.colour(behind)) >= 4.5, (key, shown.role, behind)


def test_the_figure_of_the_mark() -> None:
    scene = CellPictures(CellStory(cell_sample("lecture")), Framing("none")).scene(7)
    found = texts(scene)
    shown = {key: t.text for key, t in found.items()}
    assert (
        shown["header-phase"] == "Backward through max pooling 3×3, stride 2"
        and shown["header-step"] == "window 3 of 4"
    )
    assert [shown[f"operand-0-{i}-{j}"] for i in range(2, 5) for j in range(3)] == list("485326074")
    assert (found["operand-0-2-1"].role, found["operand-0-2-1"].weight) == ("hot", "bold")
    assert found["operand-0-2-0"].role == "ink" and found["operand-0-0-0"].role == "muted"
    assert [shown[f"output-{i}-{j}"] for i in (0, 1) for j in (0, 1)] == ["1", "−2", "3", "0.5"]
    assert found["output-1-0"].role == "hot" and found["output-0-0"].role == "gradient"
    assert shown["gradient-0-2-1"] == "4" and shown["gradient-0-2-1-note"] == "1 + 3"
    assert shown["gradient-0-0-3"] == "−2" and found["gradient-0-0-3"].role == "gradient"
    not_reached = {f"gradient-0-{i}-{j}" for i in (3, 4) for j in (3, 4)}
    assert (
        not not_reached & set(shown)
        and sum(k.startswith("gradient-0-") and k[-1] != "g" for k in shown) == 21 + 1
    )
    window, target = item(scene, "operand-0-window"), item(scene, "gradient-0-2-1")
    assert isinstance(window, Rect) and window.width == pytest.approx(3 * 44) == pytest.approx(
        window.height
    )
    head = item(scene, "arrow")
    assert isinstance(head, Polygon) and isinstance(target, Text)
    reached = item(scene, "gradient-0-window")
    assert isinstance(reached, Rect) and rect(reached).grown(3).meets(
        Box(*head.points[0], 0.01, 0.01)
    )


def test_the_output_fills_up() -> None:
    pictures = CellPictures(CellStory(cell_sample("lecture")), Framing("none"))
    for k in range(5):
        known = [
            key
            for key in texts(pictures.scene(k))
            if key.startswith("output-") and key[-1].isdigit()
        ]
        assert len(known) == k
    assert not [i for i in pictures.scene(4).items if i.id.startswith("gradient")]


def test_padding_is_dashed_and_holds_zeros_that_count() -> None:
    scene = CellPictures(CellStory(cell_sample("padding"))).scene(1)
    outline = item(scene, "operand-0-padding")
    frame = item(scene, "operand-0-frame")
    assert outline.role == "padding" and THEMES["light"].looks["padding"].dash
    assert (
        isinstance(outline, Rect)
        and isinstance(frame, Rect)
        and outline.width == pytest.approx(frame.width * 5 / 3)
    )
    assert (
        texts(scene)["operand-0--1--1"].text == "0"
        and texts(scene)["operand-0--1--1"].role == "ink"
    )
    largest = gv.run("maxpool2d(x, 2, padding=1)", x=[[-1, -2], [-3, -4]])
    ring = texts(CellPictures(CellStory(cells(largest, "f"))).scene(1))
    assert "operand-0--1--1" not in ring, "padding never wins, so it holds no number"


def test_channels_stand_in_rows_and_the_rest_is_counted() -> None:
    """A window, a kernel and their products for each channel, row by row; 96 products of 1 each."""
    scene = CellPictures(CellStory(cell_sample("channels"))).scene(3)
    shown = {key: t.text for key, t in texts(scene).items()}
    assert [shown[f"operand-0-{c}-caption"] for c in (0, 1)] == ["channel 1", "channel 2"]
    assert shown["operand-1-heading"] == "kernel 1 of 2, w"
    assert {"operand-0-0-window", "operand-0-1-window", "operand-1-1-window"} <= {
        i.id for i in scene.items
    }
    for c in (0, 1):
        rows = [item(scene, f"{key}-{c}-frame") for key in ("patch-0", "operand-1", "parts")]
        assert len({i.y for i in rows if isinstance(i, Rect)}) == 1
    assert (shown["operand-1-0-sign"], shown["parts-0-sign"]) == ("⊙", "=")
    many = gv.run("conv2d(x, w)", x=np.ones((96, 3, 3)), w=np.ones((1, 96, 2, 2)))
    crowd = CellPictures(CellStory(cells(many, "f"))).scene(1)
    told = {key: t.text for key, t in texts(crowd).items()}
    count = max(1, sum(f"operand-0-{c}-frame" in {i.id for i in crowd.items} for c in range(96)))
    assert 1 <= count <= 4 and told["operand-0-heading"] == f"input x, {count} of 96 channels"
    assert told["parts-foot-0"] == f"… {96 - count} more channels: {(96 - count) * 4}"
    assert told["parts-foot-1"] == "Σ = 384"


def test_channels_on_their_own_are_sheets_of_a_stack() -> None:
    pictures = CellPictures(CellStory(cell_sample("channel by channel")))
    for step, caption in ((1, "channel 1 of 6"), (24, "channel 6 of 6")):
        scene = pictures.scene(step)
        assert texts(scene)["operand-0-caption"].text == caption
        front, behind = item(scene, "operand-0-frame"), item(scene, "operand-0-behind-2")
        assert isinstance(front, Rect) and isinstance(behind, Rect)
        assert behind.x > front.x and behind.y > front.y


def test_groups_say_which_one_meets_the_kernel() -> None:
    pictures = CellPictures(CellStory(cell_sample("groups")))
    for step, group, channels in ((1, 1, (1, 2)), (8, 2, (3, 4))):
        shown = {key: t.text for key, t in texts(pictures.scene(step)).items()}
        assert shown["operand-0-heading"] == f"input x, group {group} of 2"
        assert [shown[f"operand-0-{n}-caption"] for n in (0, 1)] == [
            f"channel {c}" for c in channels
        ]


def test_cells_of_a_dilated_window_have_an_outline_each() -> None:
    scene = CellPictures(CellStory(cell_sample("apart"))).scene(6)  # row 2, column 2: no padding
    each = {f"operand-0-{i}-{j}-window" for i in (0, 2) for j in (0, 2)}
    assert each <= {i.id for i in scene.items}
    assert item(scene, "operand-0-window").role == "ring"


def test_a_large_input_is_a_heatmap_with_its_window_magnified() -> None:
    walk = cell_sample("large")
    scene = CellPictures(CellStory(walk)).scene(17)
    heat = item(scene, "operand-0-0-heat")
    assert isinstance(heat, Cells) and len(heat.levels) == 32
    step = walk.step(17)
    patch = [
        texts(scene)[f"patch-0-1-{i}-{j}"].text.replace("−", "-")
        for i in range(5)
        for j in range(5)
        if step.numbers[0][25 + 5 * i + j] is not None
    ]
    numbers = [n for n in step.numbers[0][25:50] if n is not None]
    assert [float(p) for p in patch] == pytest.approx(numbers, rel=6e-3)
    covers = [i for i in scene.items if i.id.startswith("output-cover")]
    area = sum(c.width * c.height for c in covers if isinstance(c, Rect))
    frame = item(scene, "output-frame")
    assert isinstance(frame, Rect) and area / (frame.width * frame.height) == pytest.approx(
        1 - 17 / 225
    )


def test_the_width_is_the_zoom() -> None:
    story = CellStory(cell_sample("lecture"))
    slide, wide = CellPictures(story).scene(1), CellPictures(story, Framing(width=1680)).scene(1)
    assert slide.zoom * slide.width == pytest.approx(960)
    assert wide.zoom * wide.width == pytest.approx(1680)
    assert CellPictures(story, Framing("none")).scene(1).zoom == 1


def test_a_description_without_the_picture() -> None:
    scene = CellPictures(CellStory(cell_sample("lecture"))).scene(7)
    assert scene.title == "Backward through max pooling 3×3, stride 2: window 3 of 4, step 7 of 8"
    assert (
        "overlapping windows add up" in scene.description
        and "∂L/∂x₃₂ ← 1 + 3 = 4" in scene.description
    )
    assert "input x; upstream gradient; gradient for x so far" in scene.description


def test_sheets_know_where_their_cells_are() -> None:
    sheet = Sheet.of((2, 3), ((1, 0), (2, 1)), (20.0, 10.0), 13.0)
    assert (sheet.width, sheet.height, sheet.heat) == (120, 30, False)
    assert sheet.box(100, 50, [(0, 0)]) == Box(140, 60, 20, 10)
    assert sheet.box(100, 50, [(-1, -2), (1, 2)]) == Box(100, 50, 100, 30)
    assert Sheet.of((9, 3), ((0, 0), (0, 0)), (20.0, 10.0), 13.0).heat
    assert View((4,)).split((2,)) == ((), (0, 2)) and View((4,), column=True).split((2,)) == (
        (),
        (2, 0),
    )
    assert View((5, 2, 3)).split((4, 1, 2)) == ((4,), (1, 2)) and View((5, 2, 3)).place(
        (4,), (1, 2)
    ) == (4, 1, 2)


numbers_ = st.integers(0, 5)


@given(numbers_, numbers_, numbers_, numbers_, st.booleans())
def test_the_arrow_finds_a_way_between_all_numbers(
    i: int, j: int, k: int, m: int, is_full: bool
) -> None:
    """From any cell of a 6×6 grid of numbers to any of another, full or filled so far, and it ends
    on the edge of the cell.
    """
    here, there = Box(0, 0, 240, 240), Box(300, 0, 240, 240)
    start, end = Box(40 * j, 40 * i, 40, 40), Box(300 + 40 * m, 40 * k, 40, 40)
    numbers = [
        Box(x + 40 * b + 14, 40 * a + 15, 12, 10)
        for x in (0, 300)
        for a in range(6)
        for b in range(6)
        if is_full or x == 0 or (a, b) <= (k, m)
    ]
    side = 40.0, 40.0
    curve, head = arrow(End(start, here, side), End(end, there, side), numbers)
    assert not [n for n in numbers if crosses(curve, n.grown(STRIPE)) or hull(head).meets(n)]
    assert Box(*curve[0], 0.01, 0.01).meets(start.grown(1)) and Box(*head[0], 0.01, 0.01).meets(
        end.grown(2)
    )


@pytest.mark.parametrize("op", ["maxpool2d", "minpool2d", "avgpool2d", "l2pool2d"])
def test_the_gradient_of_a_pool_has_the_padding_of_its_input(op: str) -> None:
    trace = gv.run(f"a = {op}(x, 3, stride=2, padding=1); sum(a)", x=np.arange(16.0).reshape(4, 4))
    walk = cells(trace, "a")
    for k in range(len(walk.places) + 1, len(walk) + 1):
        (scene,) = (CellPictures(CellStory(walk), Framing("16:9")).scene(k) for _ in (0,))
        found = {i.id: i for i in scene.items}
        step = walk.step(k)
        assert "gradient-0-0-padding" in found or "gradient-0-padding" in found
        tinted = sum(name.startswith("gradient-0") and "-tint-" in name for name in found)
        assert tinted == (1 if step.winner is not None else 9)


@pytest.mark.parametrize("op", ["maxpool2d(x, 2)", "avgpool2d(x, 2)", "l2pool2d(x, 2)"])
def test_pooling_has_one_scale_forward_and_backward(op: str) -> None:
    """The cells of the input are as large on the way back, if nothing gets too small to read."""
    trace = gv.run(f"sum({op})", x=[[float(4 * i + j) for j in range(4)] for i in range(4)])
    walk = cells(trace, next(node.id for node in trace.graph.nodes if not node.is_leaf))
    made = CellPictures(CellStory(walk))
    sides = {
        round(text.size, 6)
        for k in range(1, len(walk) + 1)
        for key, text in texts(made.scene(k)).items()
        if re.fullmatch(r"(operand|gradient)-0-\d-\d", key)
    }
    assert len(sides) == 1
