"""What is said of volumes comes out by a reader's own arithmetic."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gradviz.story import walks
from gradviz.story.formula import Formula
from gradviz.story.volumes.frames import VolumeFrame, VolumeStory
from tests.volume_samples import Sample, samples, walk

NUMBER = r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?"


def story(made: object) -> VolumeStory:
    found = walks.of(made)  # type: ignore[arg-type]
    assert isinstance(found, VolumeStory)
    return found


def worked_out(text: str) -> float:
    """The value of numbers, products, sums and quotients as they are written."""
    plain = text.replace("·", "*").replace("−", "-").replace(",", "")
    assert re.fullmatch(r"[-\d.e+*/() ]+", plain), text
    return float(eval(plain))  # the pattern lets arithmetic through only


def equations(formula: Formula | None) -> list[list[str]]:
    """The sides of each equation of a step."""
    found = []
    while formula is not None:
        found.append([side.strip() for side in re.split("=|≈", " ".join(formula.alone))])
        formula = formula.then
    return found


def check(frame: VolumeFrame) -> None:
    """Sizes, parameters and products follow from the numbers in their equations, and the number of
    the marked cell from those of its note.
    """
    step, made = frame.step, frame.walk
    assert step is not None
    layer = made.layers[step.place.layer]
    for sides in equations(frame.formula):
        name, *middle, last = sides
        if name in ("rows", "columns"):
            axis = -1 if "columns" in sides[:2] else -2
            by_hand = worked_out(middle[-1])
            shown = last.replace("rounded down: ", "").split(", ")
            assert by_hand == pytest.approx(float(shown[0]), abs=0.005)
            assert int(shown[-1]) == int(by_hand + 1e-9) == layer.shape[axis]
        elif name in ("parameters", "units"):
            assert worked_out(middle[-1]) == int(last.replace(",", ""))
        elif name == "‖dw‖" and len(middle) > 1:
            assert worked_out(middle[-1]) == pytest.approx(float(last), rel=6e-3)
    note = frame.note.replace("−", "-")
    found = re.search(rf"add up to ({NUMBER}), with the bias ({NUMBER}) it is ({NUMBER})", note)
    if found:
        total, bias, result = (float(v.replace(",", "")) for v in found.groups())
        unit = 10 ** (np.floor(np.log10(abs(result))) - 2) if result else 1e-9
        assert abs(total + bias - result) <= 0.5 * unit * (1 + 1e-6)


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "vgg16", "resnet18", "conv-bn-relu-gap-fc"])
def test_known_networks_come_out(name: str) -> None:
    for frame in story(walk(f"net:{name}")):
        check(frame)


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_random_networks_come_out(sample: Sample) -> None:
    for frame in story(sample.walk()):
        check(frame)


@pytest.mark.proof
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_many_random_networks_come_out(sample: Sample) -> None:
    for frame in story(sample.walk()):
        check(frame)


def test_the_first_convolution_of_alexnet() -> None:
    """CS231n, lecture 9: (227 − 11)/4 + 1 = 55; 96·(11·11·3 + 1) parameters."""
    frame = story(walk("net:alexnet")).frame(1)
    assert frame.formula is not None
    assert frame.formula.unicode == (
        "rows = columns = (n + 2 · p − k)/s + 1",
        "= (227 + 2 · 0 − 11)/4 + 1",
        "= 55",
        "parameters = 96 · (3 · 11 · 11 + 1)",
        "= 34,944",
    )
    assert frame.sentence == (
        "Each of 96 kernels sees 11×11 cells in all 3 channels: 363 products and a bias make one"
        " cell of its map."
    )
    assert frame.note == "105,415,200 multiplications."


SENTENCES = {
    2: "The mean of each window of 2×2 cells becomes one cell: each of 6 maps shrinks from 28×28 to"
    " 14×14.",
    5: "The 16×5×5 cells are written as one vector, channel by channel, row by row.",
    6: "Each of 120 units weighs all 400 numbers and adds a bias.",
    13: "The 400 gradients go back to their places in 16×5×5: their numbers stay the same.",
    14: "Each cell of a window receives an equal share, 1/4, of its mean's gradient.",
    10: "Each weight receives one product u · x, of its unit and its input.",
    15: "Each weight was used at 10×10 places: 100 products u · x add up.",
}


def test_sentences_of_lenet() -> None:
    image = np.random.default_rng(3).random((1, 32, 32))
    told = story(walk("net:lenet5,loss=softmax_cross_entropy", image=image, label=3))
    for k, sentence in SENTENCES.items():
        assert told.frame(k).sentence == sentence
    assert told.frame(9).sentence.startswith("The last layer goes into the loss: 2.")


def test_a_size_that_does_not_divide_is_rounded_down() -> None:
    frame = story(walk("sum(maxpool2d(x, size=3, stride=2))", x=np.eye(6))).frame(1)
    assert frame.formula is not None
    assert frame.formula.unicode[-2:] == ("= (6 + 2 · 0 − 3)/2 + 1", "= 2.5, rounded down: 2")


def test_windows_that_overlap_add_up_on_the_way_back() -> None:
    apart, meeting = (
        story(walk(f"sum(maxpool2d(x, size=2, stride={s}))", x=np.eye(6))) for s in (2, 1)
    )
    assert "add up" not in apart.frame(3).sentence and "add up" in meeting.frame(3).sentence


def test_data_holds_what_is_told() -> None:
    made = walk("net:tiny-cnn", image=np.arange(25.0).reshape(1, 5, 5) / 25)
    data = walks.data(made, [1, 2])
    assert data["layers"][1]["node"] == "a" and data["layers"][1]["shape"] == [1, 3, 3]
    assert data["layers"][2]["window"]["size"] == [2, 2] and data["parameters"] == 20
    first, second = data["steps"]
    assert first["cell"]["count"] == 9 and first["kind"] == "layer" and first["layer"] == "conv"
    value = float(np.asarray(made.trace.values[made.layers[1].value])[0, 1, 1])
    assert first["cell"]["value"] == pytest.approx(value)
    assert second["formula"]["unicode"][-1] == "= 2"
