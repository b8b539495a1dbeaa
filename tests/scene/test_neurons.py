"""Pictures of networks: nothing meets, nothing moves, and every number is the trace's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.scene.framing import Framing
from gradviz.scene.model import Image, Path, Text
from gradviz.scene.page import LEGIBLE, Page
from gradviz.scene.themes import THEMES
from gradviz.scene.views.neurons.pictures import UnitPictures
from gradviz.scene.views.neurons.place import NUMBER, UnitLayout
from gradviz.story import walks
from gradviz.story.neurons.frames import UnitStory
from gradviz.trace.neurons import UnitTrace
from tests.neuron_samples import FIGURES, Sample, samples
from tests.scene.clear import check_clear, check_still, is_number, number, own, scenes


def pictures(walk: Any, framing: Framing | None = None) -> UnitPictures:
    story = walks.of(walk)
    assert isinstance(story, UnitStory)
    return UnitPictures(story, *([framing] if framing else []))


def of_figure(name: str) -> UnitPictures:
    source, values = FIGURES[name]
    return pictures(views.walk(gv.run(source, **values), "neurons"))


@pytest.mark.parametrize("name", FIGURES)
def test_the_slides_are_clear_and_still(name: str) -> None:
    made = of_figure(name)
    for scene in scenes(made):
        check_clear(scene)
    check_still(made)
    assert not made.notes


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(samples(layers=2))
def test_random_networks_are_clear_and_still(sample: Sample) -> None:
    check(sample)


@pytest.mark.proof
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_many_random_networks_are_clear_and_still(sample: Sample) -> None:
    check(sample)


def check(sample: Sample) -> None:
    made = pictures(sample.walk())
    total = len(made.story.walk)
    steps = sorted({0, 1, total, *range(2, total, max(1, total // 8))})
    check_still(made, steps)
    for k in steps:
        check_clear(made.scene(k))


@pytest.mark.parametrize("name", FIGURES)
def test_every_number_is_the_traces(name: str) -> None:
    """Read back from the last picture: weights, biases, sums, values, δ, gradients of weights."""
    made = of_figure(name)
    trace = made.story.walk.trace
    last = own(made.scene(len(made.story.walk)))
    read = {key: number(i.text) for key, i in last.items() if isinstance(i, Text) and is_number(i)}
    layers = {1: ("W1", "b1", "h"), 2: ("W2", "b2", "o")}
    for k, (weights, bias, values) in layers.items():
        for (unit, source), weight in np.ndenumerate(trace.value(weights)):
            assert read[f"weight-{k}-{unit}-{source}"] == pytest.approx(weight, rel=5e-3)
            gradient = trace.gradient(weights)[unit, source]
            if f"gradient-{k}-{unit}-{source}" in read:
                shown = read[f"gradient-{k}-{unit}-{source}"]
                assert shown == pytest.approx(gradient, rel=5e-3)
        for unit, value in enumerate(trace.value(values)):
            assert read[f"unit-{k}-{unit}-value"] == pytest.approx(value, rel=5e-3)
            assert read[f"unit-{k}-{unit}-bias"] == pytest.approx(trace.value(bias)[unit], rel=5e-3)
            delta = trace.gradient(bias)[unit]
            assert read[f"unit-{k}-{unit}-delta"] == pytest.approx(delta, rel=5e-3)
    for unit, gradient in enumerate(trace.gradient("x")):
        assert read[f"unit-0-{unit}-delta"] == pytest.approx(gradient, rel=5e-3)
    assert read["loss-value"] == pytest.approx(trace.value(trace.graph.output), rel=5e-3)
    assert any(key.startswith("gradient-2") for key in read)


def test_signs_and_sizes_of_weights_are_seen() -> None:
    """Dashed where a weight is negative; the wider the larger; hot arcs keep both."""
    scene = own(of_figure("2-3-1").scene(2))
    arcs = {key: i for key, i in scene.items() if isinstance(i, Path) and key.startswith("arc-")}
    dashed = {key.rsplit("-", 1)[0] for key, i in arcs.items() if i.dash}
    assert dashed == {"arc-1-0-1", "arc-1-1-0", "arc-2-0-1"}
    assert {arcs[f"arc-1-1-{k}-0"].role for k in (0, 1)} == {"arc hot"}
    assert arcs["arc-1-0-1-0"].role == "arc negative" and arcs["arc-1-0-0-0"].role == "arc"
    widths = [arcs[key].width for key in ("arc-1-2-1-0", "arc-1-0-0-0", "arc-1-2-0-0")]
    assert widths == sorted(widths)


def test_contributions_stand_on_the_arcs_that_bring_them() -> None:
    scene = own(of_figure("2-3-2").scene(11))
    said = {key: i.text for key, i in scene.items() if key.startswith("brought")}
    assert said == {"brought-2-0-1": "−0.383", "brought-2-1-1": "−1.06"}
    assert {key for key in scene if key.endswith("-used")} == {"unit-2-0-used", "unit-2-1-used"}
    assert scene["unit-1-1-delta"].text == "−1.32" and scene["unit-1-1"].role == "gate hot"


def test_finished_figures_show_everything_and_nothing_hot() -> None:
    made = of_figure("2-3-2")
    final, values = own(made.scene("final")), own(made.scene("values"))
    for figure in (final, values):
        assert not [key for key, i in figure.items() if "hot" in i.role or i.role == "arrow"]
    assert final["unit-1-1-delta"].text == "−1.32" and "unit-1-1-delta" not in values
    assert values["loss-value"].text == "0.305" and values["unit-2-0-value"].text == "1.27"
    check_clear(made.scene("final"))


def test_a_large_layer_is_drawn_in_part_beside_its_image() -> None:
    random = np.random.default_rng(3)
    net = gv.net("mnist-mlp,loss=squared_error")
    walk = views.walk(gv.run(net, x=random.random(784), label=3), "neurons")
    made = pictures(walk)
    assert isinstance(walk, UnitTrace) and not made.notes
    for k in (0, 1, 19, 26, 40, len(walk)):
        check_clear(made.scene(k))
    scene = own(made.scene(19))
    assert isinstance(scene["image"], Image)
    assert scene["gap-0-0"].text.endswith(" more") and scene["head-0"].text == "784 inputs"
    shown = [key for key in scene if key.startswith("pixel-")]
    assert shown == [f"pixel-{unit}" for unit in walk.layers[0].shown]
    quiet = [i for key, i in scene.items() if key.startswith("arc-1-") and i.role == "arc quiet"]
    assert len(quiet) == 4 * 15


@pytest.mark.parametrize("sizes", ["2-3-1", "2-2-2-2", "3-4-2", "4-4-3", "4-8-3", "8-8-8"])
def test_numbers_are_large_enough_on_a_slide(sizes: str) -> None:
    """14 points for networks of up to three units a layer and three layers, 10 for larger ones."""
    net = gv.net(f"mlp:{sizes},activation=tanh,loss=squared_error")
    given = {n.name: np.linspace(-1, 1, math.prod(n.options["shape"])) for n in net.required}
    given["label"] = 0
    made = pictures(views.walk(gv.run(net, **given), "neurons"))
    scale = made.page.scale(made.layout.width, made.layout.height, NUMBER)
    assert NUMBER * scale >= (13.5 if max(map(int, sizes.split("-"))) < 4 else LEGIBLE), scale


@pytest.mark.parametrize("name", sorted(THEMES))
def test_every_theme_has_the_signs(name: str) -> None:
    """Lines of weights stand out from the ground (WCAG 2.2, 1.4.11: 3 to 1)."""
    from gradviz.scene.colours import contrast

    theme = THEMES[name]
    for role in ("arc", "arc negative", "arc hot"):
        colour = theme.colour(theme.looks[role].stroke)
        assert contrast(colour, theme.colour("ground")) >= 3, (name, role)
    hot, band = theme.colour("hot"), theme.colour("band")
    assert contrast(hot, band) >= 3


def test_the_description_tells_the_layers() -> None:
    scene = of_figure("2-3-1").scene(9)
    assert scene.title == "2-3-1 neurons: Backward, step 9 of 12"
    assert "hidden, tanh: h₁ 0.0997 with δ 0.813, h₂ −0.291 with δ −0.351" in scene.description
    assert scene.description.startswith("h₂ feeds one unit")


def test_arcs_keep_clear_of_what_stands_around_units() -> None:
    """Steep arcs move the columns apart until they do."""
    net = gv.net("mlp:4-4-4,activation=tanh,loss=squared_error")
    walk = views.walk(gv.run(net, x=[0.1, -2.34, 3, 4], label=0), "neurons")
    story = walks.of(walk)
    assert isinstance(story, UnitStory)
    layout = UnitLayout(story, Page(story).room)
    assert not layout._steep()


def crumbs(scene: Any) -> list[str]:
    """Pieces of arcs between two numbers that are shorter than a dash, its gap and a dash."""
    pieces: dict[str, list[Path]] = {}
    for item in scene.items:
        if isinstance(item, Path) and item.role.startswith("arc") and "under" not in item.id:
            pieces.setdefault(item.id.rpartition("-")[0], []).append(item)
    return [
        piece.id
        for found in pieces.values()
        for piece in found[1:-1]
        if math.dist(piece.points[0], piece.points[-1]) < 14
    ]


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(samples(most=4, layers=2))
def test_no_crumbs_of_dashes_stay_between_two_numbers(sample: Sample) -> None:
    made = pictures(sample.walk())
    assert not [key for scene in scenes(made) for key in crumbs(scene)]


def test_a_network_of_single_numbers_is_clear_and_still() -> None:
    source = (
        "h1 = sigmoid(w1*x1 + w2*x2 + b1); h2 = sigmoid(w3*x1 + w4*x2 + b1);"
        "o1 = sigmoid(w5*h1 + w6*h2 + b2); o2 = sigmoid(w7*h1 + w8*h2 + b2);"
        "(t1 - o1)**2/2 + (t2 - o2)**2/2"
    )
    values = {
        "x1": 0.05, "x2": 0.1, "w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45,
        "w7": 0.5, "w8": 0.55, "b1": 0.35, "b2": 0.6, "t1": 0.01, "t2": 0.99,
    }  # fmt: skip
    made = pictures(views.walk(gv.run(source, **values), "neurons"))
    for scene in scenes(made):
        check_clear(scene)
    check_still(made)
    texts = {i.text for i in own(made.scene("final")).values() if isinstance(i, Text)}
    assert {"+0.45", "0.751", "0.138", "−0.0381", "0.298"} <= texts


def test_names_with_two_indices_stay_within_their_capsules() -> None:
    """h₁⁽²⁾ in a network of two hidden layers, of six units each."""
    made = pictures(views.seen(gv.run(gv.net("mlp:4-6-6-3"), x=[1, 2, 3, 4], label=2), "neurons"))
    items, inside = own(made.scene(1)), 0
    for layer, unit in ((k, u) for k in (1, 2) for u in range(6)):
        name, body = items[f"unit-{layer}-{unit}-name"], items[f"unit-{layer}-{unit}"]
        assert body.y + 1 <= name.y and name.y + name.height <= body.y + body.height - 1
        inside += 1
    assert inside == 12


def test_a_path_is_lit_from_unit_to_unit() -> None:
    trace = gv.run(
        "h = tanh(W@x); y = V@h; sum(y**2)", W=[[1, 2], [3, 4]], x=[1, -1], V=[[1, -1], [2, 0]]
    )
    story = walks.of(views.walk(trace, "neurons"))
    assert isinstance(story, UnitStory)
    scene = UnitPictures(story, paths="x_1..h_2..y_1..f").scene("final")
    check_clear(scene)
    lit = {item.id for item in scene.items if item.role in ("arc hot", "wire hot", "gate hot")}
    assert {name.rsplit("-", 1)[0] for name in lit if name.startswith("arc")} == {
        "arc-1-1-0", "arc-2-0-1",
    }  # fmt: skip
    assert {"unit-0-0", "unit-1-1", "unit-2-0", "wire-0", "loss"} <= lit
    assert not {"unit-0-1", "unit-1-0", "unit-2-1", "wire-1"} & lit


@pytest.mark.parametrize("slide", ["16:9", "4:3"])
def test_the_arc_that_is_told_of_has_its_gradient_on_it(slide: str) -> None:
    """∂f/∂w₂₂ = δ₂ x₂ of a network whose other arcs may have no room for numbers."""
    trace = gv.run(gv.net("mlp:2-3-1"), x=[1.0, -2.0], label=1.0)
    walk: Any = views.walk(trace, "neurons")
    made = pictures(walk, Framing(slide))  # type: ignore[arg-type]
    rows = walk.layers[1].weight_gradients
    j, i = max(((j, i) for j in range(3) for i in range(2)), key=lambda p: abs(rows[p[0]][p[1]]))
    said = made.layout.said
    texts = [t.text for t in made.scene(len(walk)).items if isinstance(t, Text)]
    assert said(rows[j][i]) in texts
