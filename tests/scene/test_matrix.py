"""Pictures of W · x + b = s: nothing meets, nothing moves, and every number is the trace's."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gradviz as gv
from gradviz.scene.framing import Framing
from gradviz.scene.model import Image, Rect, Text
from gradviz.scene.page import LEGIBLE
from gradviz.scene.views.matrix.pictures import MatrixPictures
from gradviz.scene.views.matrix.place import NUMBER
from gradviz.story import walks
from gradviz.story.matrix.frames import MatrixStory
from tests import matrix_samples
from tests.matrix_samples import IMAGE, Batch, Sample, batches, samples, walk
from tests.scene.boxes import boxes, rect
from tests.scene.clear import check_clear, check_still, is_number, number, own, scenes


def pictures(made: Any, framing: Framing | None = None) -> MatrixPictures:
    story = walks.of(made)
    assert isinstance(story, MatrixStory)
    return MatrixPictures(story, *([framing] if framing else []))


def of_slide() -> MatrixPictures:
    return pictures(walk(IMAGE[0], **IMAGE[1]))


def check(made: MatrixPictures) -> None:
    """All frames: clear, still, numbers in their cells."""
    for scene in scenes(made):
        check_clear(scene)
        items, texts = own(scene), boxes(scene)
        cells = {k.replace("-cell", ""): rect(i) for k, i in items.items() if "-cell-" in k}
        for key, box in texts.items():
            for cell, edge in cells.items():
                if key == cell or (key.startswith(f"{cell}-") and key.endswith("gradient")):
                    assert edge.x <= box.x and box.right <= edge.right, key
                    assert edge.y <= box.y and box.bottom <= edge.bottom, key
        grids = [rect(i) for k, i in items.items() if isinstance(i, Rect) and "-cell-" in k]
        outside = [
            b for k, b in texts.items() if k.startswith(("product", "back", "class", "true"))
        ]
        for box in outside:
            assert not any(box.meets(edge.grown(-0.5)) for edge in grids)
        for one, other in combinations(grids, 2):
            assert not one.grown(-0.5).meets(other.grown(-0.5))
    check_still(made)


def test_the_slide_is_clear_and_still() -> None:
    made = of_slide()
    check(made)
    assert not made.notes


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_random_products_are_clear_and_still(sample: Sample) -> None:
    check(pictures(sample.walk()))


@pytest.mark.proof
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_many_random_products_are_clear_and_still(sample: Sample) -> None:
    check(pictures(sample.walk()))


def read(made: MatrixPictures, k: Any) -> dict[str, float]:
    return {
        key: number(i.text)
        for key, i in own(made.scene(k)).items()
        if isinstance(i, Text) and is_number(i)
    }


def test_every_number_is_the_traces() -> None:
    """Read back from the last picture: W, x, b, s and their gradients."""
    made = of_slide()
    trace = made.story.walk.trace
    last = read(made, len(made.story.walk))
    for place, weight in np.ndenumerate(trace.value("W")):
        key = "W-{}-{}".format(*place)
        assert last[key] == pytest.approx(weight, rel=5e-3)
        assert last[f"{key}-gradient"] == pytest.approx(trace.gradient("W")[place], rel=5e-3)
    for k, (value, gradient) in enumerate(
        zip(trace.value("image").ravel(), trace.gradient("image").ravel(), strict=True)
    ):
        assert last[f"x-{k}"] == last[f"pixel-{k}-value"] == pytest.approx(value, rel=5e-3)
        assert last[f"x-{k}-gradient"] == pytest.approx(gradient, rel=5e-3)
    for name in ("b", "s"):
        for i, value in enumerate(trace.value(name)):
            assert last[f"{name}-{i}"] == pytest.approx(value, rel=5e-3)
            shown = last[f"{name}-{i}-gradient"]
            assert shown == pytest.approx(trace.gradient(name)[i], rel=5e-3)


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(samples(most=9))
def test_products_multiply_out_as_they_are_shown(sample: Sample) -> None:
    """A reader who multiplies what is drawn gets the product that is drawn, or sees ≈."""
    made = pictures(sample.walk())
    for step in made.story.walk:
        if step.place.kind == "bias":
            continue
        shown, at = own(made.scene(step.number)), step.place.at
        for k in range(len(step.terms)):
            keys = {
                "row": (f"W-{at}-{k}", f"x-{k}", f"product-{k}"),
                "inputs": (f"W-{k}-{at}", f"s-{k}-gradient", f"back-{k}"),
                "weights": (f"s-{at}-gradient", f"x-{k}", f"W-{at}-{k}-gradient"),
            }[step.place.kind]
            if not all(key in shown for key in keys):
                assert "dots" in " ".join(shown)
                continue
            first, second = (number(shown[key].text) for key in keys[:2])
            said = shown[keys[2]].text
            product = number(said.removeprefix("≈ "))
            unit = 10 ** (np.floor(np.log10(abs(product))) - 2) if product else 1e-9
            exact = abs(first * second - product) <= 0.5 * unit * (1 + 1e-6)
            if step.place.kind != "weights":
                assert exact != said.startswith("≈"), (keys, first, second, said)
            assert abs(first * second - product) <= abs(product) * 0.011 + 1e-9


def test_this_step_is_boxed() -> None:
    scene = own(of_slide().scene(2))
    assert {k for k in scene if "-box-" in k} == {f"{name}-box-row-1" for name in "Wxbs"}
    row, cell = rect(scene["W-box-row-1"]), rect(scene["W-cell-1-0"])
    assert row.y == pytest.approx(cell.y) and row.h == pytest.approx(cell.h)
    said = [scene[f"product-{k}"].text for k in range(4)]
    assert said == ["−0.05", "0.3", "0.007", "0.812"] and scene["product-total"].text == "Σ 1.07"
    assert scene["s-1"].role == "hot" and "s-2" not in scene and scene["s-0"].text == "0.631"
    assert scene["true"].text == "true class"


def test_an_input_gathers_its_column() -> None:
    made = of_slide()
    k = made.story.walk.since("inputs", 0)
    assert k is not None
    scene = own(made.scene(k))
    column, cell = rect(scene["W-box-inputs-0"]), rect(scene["W-cell-0-0"])
    assert column.x == pytest.approx(cell.x) and column.w == pytest.approx(cell.w)
    assert {key for key in scene if key.endswith("-u-ring")} == {f"s-{i}-u-ring" for i in range(3)}
    assert [scene[f"back-{i}"].text for i in range(3)] == ["0.0287", "0.299", "−0.14"]
    assert scene["x-0-gradient"].role == "hot" and scene["back-total"].text == "Σ 0.188"


def test_large_matrices_are_drawn_in_part_beside_their_image() -> None:
    net = gv.net("mnist-mlp,loss=squared_error")
    made = pictures(walk(net, x=np.random.default_rng(3).random(784), label=3))
    check(made)
    scene = own(made.scene(3))
    assert isinstance(scene["image"], Image) and scene["W-shape"].text == "15×784"
    rest = [number(i.text) for k, i in scene.items() if k.startswith("product-rest")]
    drawn = [number(i.text.removeprefix("≈ ")) for k, i in scene.items()
             if k.startswith("product-") and k[8:].isdigit()]  # fmt: skip
    total = number(scene["product-total"].text.split()[-1])
    assert sum(rest) + sum(drawn) == pytest.approx(total, abs=0.03)


def test_finished_figures_show_everything_and_nothing_hot() -> None:
    made = of_slide()
    final, values = own(made.scene("final")), own(made.scene("values"))
    for figure in (final, values):
        assert not [key for key, i in figure.items() if "hot" in i.role or i.role == "window"]
    assert final["x-0-gradient"].text == "0.188" and "x-0-gradient" not in values
    assert values["s-2"].text == "0.71"
    check_clear(made.scene("final"))


@pytest.mark.parametrize("shape", [(3, 4), (2, 2), (4, 4), (5, 3), (8, 8), (12, 6), (1000, 300)])
def test_numbers_are_large_enough_on_a_slide(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    W, x, b = (random.normal(size=n).round(2) for n in (shape, shape[1], shape[0]))
    made = pictures(walk("softmax_cross_entropy(W @ x + b, y)", W=W, x=x, b=b, y=1))
    scale = made.page.scale(made.layout.width, made.layout.height, NUMBER)
    assert NUMBER * scale >= (14 if max(shape) <= 4 else LEGIBLE)
    assert not made.notes


@pytest.mark.parametrize("classes", [2, 3, 12])
@pytest.mark.parametrize("side", [2, 3, 8])
def test_the_arrow_from_an_image_keeps_clear_of_its_words(side: int, classes: int) -> None:
    """Also over a small W, where there is little room for them."""
    random = np.random.default_rng(side)
    image, W = random.random((1, side, side)), random.integers(-1, 2, (classes, side * side))
    made = pictures(walk("W @ reshape(image, [-1])", W=W, image=image))
    items, words = own(made.scene(1)), boxes(made.scene(1)).get("stretch")
    if words is None:  # an image of few pixels shows its numbers
        return
    before = [items[key] for key in ("stretch-0", "stretch-1") if key in items]
    assert all(p.x <= words.x for path in before for p in path.points)
    assert all(p.x >= words.right for p in items["stretch-2"].points)


def test_long_names_stand_clear() -> None:
    made = walk("sum(tanh(averaged_W @ observation + b_out))", averaged_W=[[1], [2]],
                observation=[0.5], b_out=[1, 2])  # fmt: skip
    check(pictures(made))


def test_strange_numbers_are_drawn() -> None:
    made = walk("sum(W @ x)", W=[[float("inf"), 1], [float("nan"), 1e300]], x=[0, -1e-300])
    check(pictures(made))


def test_the_description_tells_the_numbers() -> None:
    scene = of_slide().scene(2)
    assert scene.title == "W · x + b, 3×4: Forward, step 2 of 11"
    assert scene.description.startswith("Row 2 of W meets x: four products add up to 1.07")
    assert scene.description.endswith("; of s: s₁ 0.631, s₂ 0.969.")


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.too_slow])
@given(batches(most=4))
def test_batches_are_clear_and_still(sample: Batch) -> None:
    check(pictures(matrix_samples.walk(sample.source, **sample.values)))


@pytest.mark.proof
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(batches(most=10))
def test_many_batches_are_clear_and_still(sample: Batch) -> None:
    check(pictures(matrix_samples.walk(sample.source, **sample.values)))


def test_a_batch_has_its_columns_boxed_and_its_true_classes_underlined() -> None:
    values = {"X": [[1, 2, 3], [0.5, -1, 2]], "W": [[0.1, 0.2], [0.3, -0.1], [0.5, 0.4]]}
    made = pictures(walk("S = X @ W; softmax_cross_entropy(S, y)", **values, y=[1, 0]))
    check(made)
    items = own(made.scene(3))
    assert {"x-box-row-0-1", "s-box-row-0-1", "W-box-row-0-1"} <= set(items)
    assert {"s-1-true", "s-0-1-true", "true"} <= set(items) and "s-0-true" not in items


@pytest.mark.parametrize("names", [("cat", "car", "plane"), ("a" * 30, "é", "fire truck")])
def test_classes_stand_beside_their_scores(names: tuple[str, ...]) -> None:
    made = pictures(walk(IMAGE[0], **IMAGE[1]).with_classes(names))
    check(made)
    texts = {k: i.text for k, i in own(made.scene(2)).items() if isinstance(i, Text)}
    assert [texts[f"class-{i}"] for i in range(3)] == list(names) and texts["true"] == "true class"
    assert f"s₂ ({names[1]}) is 0.969" in made.scene(2).description


def test_a_path_is_ringed_from_entry_to_entry() -> None:
    made = walk("L = sum((W@x + b)**2)", W=[[1, 2], [3, 4], [5, 6]], x=[1, -1], b=[0, 1, 2])
    story = walks.of(made)
    assert isinstance(story, MatrixStory)
    scene = MatrixPictures(story, paths="x_2..c_3..L").scene("final")
    check_clear(scene)
    ringed = {item.id for item in scene.items if item.role == "ring"}
    assert ringed == {"path-x-1-0-ring", "path-W-2-1-ring", "path-s-2-0-ring"}
    hot = {item.id for item in scene.items if isinstance(item, Text) and item.role == "hot"}
    assert "W-2-1" in hot and "W-2-0" not in hot
