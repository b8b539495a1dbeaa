"""Pictures of volumes: to scale, clear, still, and every number that of the trace."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gradviz.layout.curves import Box
from gradviz.scene.framing import Framing
from gradviz.scene.model import Cells, Image, Maths, Path, Polygon
from gradviz.scene.page import LEGIBLE
from gradviz.scene.themes import THEMES
from gradviz.scene.views.volumes.pictures import VolumePictures
from gradviz.scene.views.volumes.place import NUMBER
from gradviz.story import walks
from gradviz.story.volumes.frames import VolumeStory
from tests.scene.boxes import boxes, rect
from tests.scene.clear import check_clear, check_still, number, own, scenes
from tests.volume_samples import Sample, samples, walk

NETS = (
    "net:lenet5",
    "net:alexnet",
    "net:vgg16",
    "net:resnet18",
    "net:tiny-cnn",
    "net:conv-relu-pool-fc",
    "net:[(conv-relu)*2-pool]*3-(fc-relu)*2-softmax",
    "net:conv-bn-relu-gap-fc",
)
IMAGE = np.random.default_rng(3).random((1, 32, 32))


def pictures(made: Any, framing: Framing | None = None) -> VolumePictures:
    story = walks.of(made)
    assert isinstance(story, VolumeStory)
    return VolumePictures(story, *([framing] if framing else []))


def lenet() -> VolumePictures:
    return pictures(walk("net:lenet5,loss=softmax_cross_entropy", image=IMAGE, label=3))


def check(made: VolumePictures, steps: list[int] | None = None) -> None:
    """Frames are clear and still, volumes apart, and all of them inside the page."""
    for scene in scenes(made, steps):
        check_clear(scene)
        items, texts = own(scene), boxes(scene)
        bodies = bodies_of(made, items)
        for box in bodies:
            assert box.x >= 0 and box.right <= scene.width
            for key, words in texts.items():
                assert not words.meets(box), f"{key} is on a volume: {scene.title}"
        for one, other in combinations(bodies, 2):
            assert not one.meets(other), scene.title
    check_still(made, steps)


def bodies_of(made: VolumePictures, items: dict[str, Any]) -> list[Box]:
    """The box around the volumes of each column."""
    found = []
    for column in made.layout.columns:
        points = []
        for k in column.members:
            front = rect(items[f"front-{k}"])
            points += [(front.x, front.y), (front.right, front.bottom)]
            for name in ("top", "side"):
                if f"{name}-{k}" in items:
                    points += items[f"{name}-{k}"].points
        xs, ys = zip(*points, strict=True)
        found.append(Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))
    return found


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("slide", ["16:9", "4:3", "none"])
def test_networks_stand_in_one_row_and_can_be_read(name: str, slide: Any) -> None:
    made = pictures(walk(name), Framing(slide))
    check(made, [0, 1, len(made.story.walk)])
    layout = made.layout
    scale = made.page.scale(layout.width, layout.height, NUMBER)
    if slide == "16:9":
        assert round(NUMBER * scale, 1) >= LEGIBLE and not made.notes
    assert len({made.scene(1).width, made.scene(2).width}) == 1


def test_each_column_says_its_layer_in_five_lines() -> None:
    items = own(pictures(walk("net:alexnet")).scene("values"))
    said = [items[f"{key}-1"].text for key in ("name", "channels", "sides", "window", "parameters")]
    assert said == ["conv1", "96", "55×55", "11×11, /4", "34,944"]
    lines = {key: {items[f"{key}-{k}"].y for k in (1, 3, 5)} for key in ("name", "parameters")}
    assert all(len(ys) == 1 for ys in lines.values())
    assert items["parameters-10"].text == "37,752,832" and items["channels-10"].text == "4096"


def test_equal_layers_share_a_label_where_there_are_many() -> None:
    items = own(pictures(walk("net:vgg16")).scene("values"))
    assert items["name-6"].text == "pool"
    assert items["name-7"].text == "block3" and items["window-7"].text == "3×3, 3 layers"
    assert items["parameters-7"].text == f"{295_168 + 2 * 590_080:,}"
    assert "name-8" not in items and "front-8" in items


@pytest.mark.parametrize(("name", "is_linear"), [("net:lenet5", True), ("net:alexnet", False)])
def test_edges_are_to_the_scale_that_is_said(name: str, is_linear: bool) -> None:
    """All fronts, and kernels on them, in proportion to their rows or to the roots of these."""
    made = pictures(walk(name))
    scene = made.scene("values")
    items = own(scene)
    (aside,) = [i.text for i in scene.items if i.id == "aside"]
    assert ("edges linear" if is_linear else "edges as √size") in aside
    law = (lambda n: n) if is_linear else math.sqrt
    layers = made.story.walk.layers
    sizes = {f"front-{k}": n.shape[1] for k, n in enumerate(layers) if not n.is_vector}
    sizes |= {f"kernel-{k}": n.window.size[0] for k, n in enumerate(layers) if n.window}
    units = [items[key].width / law(n) for key, n in sizes.items()]
    assert max(units) == pytest.approx(min(units), rel=1e-6)
    depth = made.layout.depth
    assert f"channels ×{depth:g}" in aside
    for k, layer in enumerate(layers):
        if not layer.is_vector and layer.shape[0] > 3:
            (a, b, *_) = items[f"top-{k}"].points
            along = math.hypot(b.x - a.x, b.y - a.y) / math.hypot(0.82, 0.57)
            assert along == pytest.approx(units[0] * depth * law(layer.shape[0]), rel=1e-6)
    bars = [
        items[f"front-{k}"].height / n.shape[0] ** 0.5 for k, n in enumerate(layers) if n.is_vector
    ]
    assert max(bars) == pytest.approx(min(bars), rel=1e-6)


def test_a_scale_that_does_not_hold_for_the_smallest_says_so() -> None:
    """Ten units beside 25,088, and a volume of one cell beside one of 224 rows."""
    for name, holds in (("net:lenet5", True), ("net:vgg16,classes=10", False)):
        scene = pictures(walk(name)).scene("values")
        (aside,) = [i.text for i in scene.items if i.id == "aside"]
        assert ("the smallest enlarged" in aside) != holds


def test_what_is_not_drawn_is_said() -> None:
    scene = pictures(walk("net:alexnet")).scene(1)
    (aside,) = [i.text for i in scene.items if i.id == "aside"]
    assert aside.endswith("not drawn: relu, local response norm, dropout")


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_random_networks_are_clear_and_still(sample: Sample) -> None:
    check(pictures(sample.walk()))


@pytest.mark.proof
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_many_random_networks_are_clear_and_still(sample: Sample) -> None:
    check(pictures(sample.walk()))


def test_a_run_shows_its_maps_and_the_lengths_of_its_gradients() -> None:
    """Read back: the levels of each front are those of map 1, of its gradient on the way back."""
    made = lenet()
    trace, layers = made.story.walk.trace, made.story.walk.layers
    check(made, [3, 9, 15, 17])
    values, final = own(made.scene("values")), own(made.scene("final"))
    assert isinstance(values["image"], Image) and "gradient-3" not in values
    for k in (1, 2, 3, 4):
        map_one = np.asarray(trace.values[layers[k].value])[0]
        assert_levels(values[f"heat-{k}"], map_one)
        assert_levels(final[f"gradient-{k}"], np.asarray(trace.gradients[layers[k].value])[0])
    assert_levels(values["heat-8"], np.asarray(trace.values[layers[8].value])[:, None])
    for k, layer in enumerate(layers):
        length = np.sqrt((np.asarray(trace.gradients[layer.value]) ** 2).sum())
        said = final[f"length-{k}"].text.removeprefix("‖∂‖ ")
        assert number(said) == pytest.approx(length, rel=5e-3)


def assert_levels(item: Any, numbers: Any) -> None:
    assert isinstance(item, Cells)
    largest = np.abs(numbers).max()
    found = np.array(item.levels) / 8 * largest
    assert found.shape == numbers.shape
    assert np.abs(found - numbers).max() <= largest / 16 + 1e-12


def test_what_is_not_reached_is_quiet() -> None:
    items = own(lenet().scene(2))
    assert items["front-2"].role == "face hot" and items["front-3"].role == "face quiet"
    assert items["name-3"].role == "muted" and items["name-1"].role == "ink"
    assert "heat-3" not in items and "heat-2" in items and "heat-1" in items
    assert items["kernel-2"].role == "kernel hot" and items["kernel-1"].role == "kernel"


def test_the_window_lies_over_the_cells_that_make_the_marked_one() -> None:
    """On a linear scale both stand at their rows and columns."""
    made = lenet()
    items, walk_ = own(made.scene(3)), made.story.walk
    cell = made.story.walk.step(3).cell
    assert cell is not None
    _, row, column = cell.at
    front, kernel = rect(items["front-2"]), rect(items["kernel-3"])
    unit = front.w / walk_.layers[2].shape[2]
    assert (kernel.x - front.x) / unit == pytest.approx(
        column
    ) and kernel.w / unit == pytest.approx(5)
    assert (kernel.y - front.y) / unit == pytest.approx(row)
    made_front, made_cell = rect(items["front-3"]), rect(items["cell-3"])
    middle = made_cell.x + made_cell.w / 2 - made_front.x
    assert middle / unit == pytest.approx(column + 0.5, abs=0.05)


def test_skips_are_arcs_from_what_they_add() -> None:
    made = pictures(walk("net:resnet18"))
    scene = made.scene(8)
    items = own(scene)
    arcs = [key for key, i in items.items() if key.startswith("skip-") and isinstance(i, Path)]
    assert len(arcs) == 8
    assert items["skip-8-0"].role == "wire hot" and items["skip-10-0"].role == "tie"
    tip = items["skip-tip-8-0"]
    assert isinstance(tip, Polygon) and max(p.y for p in tip.points) <= rect(items["front-8"]).y
    assert "A skip adds stage1/block2/conv2, through a convolution of 1×1" in scene.description


def test_finished_figures_have_nothing_at_work() -> None:
    for made in (lenet(), pictures(walk("net:vgg16"))):
        scene = made.scene("values")
        check_clear(scene)
        assert not [i for i in own(scene).values() if "hot" in i.role]
    assert "61,706 parameters" in lenet().scene("values").description


def test_the_description_tells_every_layer() -> None:
    scene = lenet().scene(15)
    assert scene.title == "8 layers as volumes: Backward, step 15 of 17"
    assert scene.description.startswith("Each weight was used at 10×10 places: 100 products u · x")
    assert "conv2 16×10×10, 5×5, 2,416 parameters, gradient of length" in scene.description
    assert "image 1×32×32; conv1 6×28×28, 5×5, 156 parameters;" in scene.description


def test_a_batch_shows_its_first_sample() -> None:
    random = np.random.default_rng(1)
    net = "net:tiny-cnn,loss=softmax_cross_entropy"
    images = random.random((3, 1, 5, 5))
    made = pictures(walk(net, image=images, label=[0, 1, 1]))
    check(made)
    scene = made.scene("values")
    (aside,) = [i.text for i in scene.items if i.id == "aside"]
    assert "sample 1 of 3" in aside
    value = np.asarray(made.story.walk.trace.values[made.story.walk.layers[1].value])
    assert_levels(own(scene)["heat-1"], value[0, 0])


def test_strange_numbers_are_drawn() -> None:
    made = walk("sum(conv2d(x, w))", x=[[[math.inf, 1], [math.nan, 2]]], w=np.ones((1, 1, 1, 1)))
    picture = pictures(made)
    check(picture)
    assert [picture.story.frame(k).strange for k in (1, 2)] == [True, True]


@pytest.mark.parametrize("theme", THEMES)
def test_lines_and_texts_stand_out_in_every_theme(theme: str) -> None:
    found = THEMES[theme]
    roles = {i.role for k in (3, 15) for i in own(lenet().scene(k)).values()}
    assert roles <= set(found.looks)
    assert not found.faint() and not found.unreadable()


def test_formulas_are_whole_on_a_slide() -> None:
    """The sizes with their numbers put in stand on every slide of LeNet-5."""
    made = lenet()
    for k in (1, 2, 3, 4):
        written = " ".join(i.source for i in made.scene(k).items if isinstance(i, Maths))
        assert "rows = columns" in written and written.count("\\/") == 2, written


def test_items_have_names_of_their_own() -> None:
    for k in (1, 12, 15):
        ids = [i.id for i in lenet().scene(k).items]
        assert len(ids) == len(set(ids))


def test_steps_back_point_back() -> None:
    """Arrows end on what receives the gradient: left of the volume that sends it."""
    made = lenet()
    for k in range(len(made.story.walk) + 1):
        frame, items = made.story.frame(k), own(made.scene(k)).values()
        tips = [i for i in items if isinstance(i, Polygon) and i.id.endswith("-tip")]
        is_back = frame.place is not None and frame.place.kind == "back"
        assert bool(tips) == is_back, frame
        for tip in tips:
            assert tip.points[0].x == min(p.x for p in tip.points)
