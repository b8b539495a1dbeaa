"""Volumes: their sizes, parameters and cells, and the lengths of gradients, all from elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import ShapeError, ValueInputError
from gradviz.trace.cells import CellTrace
from gradviz.trace.walks import Walk, landing
from tests.volume_samples import Sample, samples, walk

# LeCun et al. 1998, figure 2; Krizhevsky et al. 2012 as one column; Simonyan and Zisserman 2015,
# configuration D; He et al. 2016, table 1. Parameters as torchvision counts them, with its 61,706
# for LeNet-5 of full connections and 62,378,344 for AlexNet without groups (CS231n, lecture 9).
KNOWN = {
    "net:lenet5": (61_706, "1×32×32 6×28×28 6×14×14 16×10×10 16×5×5 400 120 84 10"),
    "net:alexnet": (
        62_378_344,
        "3×227×227 96×55×55 96×27×27 256×27×27 256×13×13 384×13×13 384×13×13 256×13×13 256×6×6"
        " 9216 4096 4096 1000",
    ),
    "net:vgg16": (
        138_357_544,
        "3×224×224 64×224×224 64×224×224 64×112×112 128×112×112 128×112×112 128×56×56 256×56×56"
        " 256×56×56 256×56×56 256×28×28 512×28×28 512×28×28 512×28×28 512×14×14 512×14×14"
        " 512×14×14 512×14×14 512×7×7 25088 4096 4096 1000",
    ),
    "net:resnet18": (
        11_689_512,
        "3×224×224 64×112×112 64×56×56 64×56×56 64×56×56 64×56×56 64×56×56 128×28×28 128×28×28"
        " 128×28×28 128×28×28 256×14×14 256×14×14 256×14×14 256×14×14 512×7×7 512×7×7 512×7×7"
        " 512×7×7 512×1×1 512 1000",
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_networks_have_their_sizes_and_parameters(name: str) -> None:
    made = walk(name)
    parameters, sizes = KNOWN[name]
    assert made.parameters == parameters
    assert ["×".join(map(str, layer.shape)) for layer in made.layers] == sizes.split()
    assert not made.has_values and not made.has_backward
    assert len(made) == len(made.layers) - 1 == made.forward_steps


def test_alexnet_counts_its_work() -> None:
    """Multiplications: every cell of a map, times the products that make it."""
    made = walk("net:alexnet")
    conv1, fc8 = made.layers[1], made.layers[-1]
    assert (conv1.products, conv1.work) == (3 * 11 * 11, 96 * 55 * 55 * 363)
    assert (fc8.products, fc8.work) == (4096, 4096 * 1000)
    assert sum(layer.parameters for layer in made.layers) == made.parameters


def test_skips_of_resnet_are_found() -> None:
    """Each block of two convolutions adds its input; where sizes change, through a 1×1 one."""
    layers = walk("net:resnet18").layers
    skips = {layer.name: s for layer in layers for s in layer.skips}
    assert [layers[s.source].name for s in skips.values()] == [
        "pool1",
        *(f"stage{n}/block{m}/conv2" for n in (1, 2, 3) for m in (1, 2)),
        "stage4/block1/conv2",
    ]
    via = {name: s.via.parameters for name, s in skips.items() if s.via is not None}
    assert via == {
        "stage2/block1/conv2": 64 * 128,
        "stage3/block1/conv2": 128 * 256,
        "stage4/block1/conv2": 256 * 512,
    }


def check(sample: Sample) -> None:
    made, values = sample.walk(), sample.values
    layers = sample.layers(**values)
    assert isinstance(made, Walk)
    assert [layer.form for layer in made.layers] == ["image", "conv", "pool", "flat", "dense"]
    assert made.layers[1].shape == (sample.kernels, *sample.made)
    assert made.batch == sample.batch
    named = {"k", "W", "d"} | ({"b"} if sample.bias else set())
    assert made.parameters == sum(values[n].size for n in named)
    for k, name in ((1, "c"), (2, "p"), (4, "s")):
        cell = made.step(k).cell
        assert cell is not None
        assert cell.value == pytest.approx(layers[name][(0, *cell.at)], rel=1e-9, abs=1e-12)
        if k == 1:
            assert cell.sum == pytest.approx(layers["z"][(0, *cell.at)], rel=1e-9, abs=1e-12)
            assert cell.count == sample.channels * math.prod(sample.size)
        elif k == 2:
            at = cell.at
            seen = layers["c"][0, at[0], at[1] : at[1] + 2, at[2] : at[2] + 2]
            assert cell.seen == pytest.approx(seen.ravel())
    back = {made.places[k - 1].layer: made.step(k).norms for k in range(made.forward_steps + 1,
                                                                        len(made) + 1)}  # fmt: skip
    assert list(back) == [4, 3, 2, 1]
    wanted = {
        name: float(np.sqrt((sample.slope(name) ** 2).sum())) for name in ("x", "k", "W", "d")
    }
    found = {"x": back[1].input, "k": back[1].kernel, "W": back[4].kernel, "d": back[4].bias}
    for name, length in wanted.items():
        assert found[name] == pytest.approx(length, rel=1e-4, abs=1e-4), name
    assert made.length(0) == pytest.approx(wanted["x"], rel=1e-4, abs=1e-4)


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_random_networks_agree_with_numpy(sample: Sample) -> None:
    check(sample)


@pytest.mark.proof
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(samples())
def test_many_random_networks_agree_with_numpy(sample: Sample) -> None:
    check(sample)


def test_steps_follow_those_of_the_trace() -> None:
    """Every step of the trace lands in its own pass, in a step that ends no earlier."""
    made = walk("net:tiny-cnn,loss=softmax_cross_entropy", image=np.eye(5)[None], label=1)
    trace = made.trace
    assert list(made.held) == sorted(made.held) and made.held[-1] <= len(trace)
    for step in range(1, len(trace) + 1):
        at = landing(made, step)
        forward = trace.phase(step) == "forward"
        assert (at <= made.forward_steps) == forward
        assert made.trace_step(at) >= step or at in (made.forward_steps, len(made))


SIGNAL = np.arange(22.0).reshape(2, 11)
FORMS = [
    ("sum(conv1d(x, w))", {"x": SIGNAL, "w": np.ones((3, 2, 3))}, [(2, 1, 11), (3, 1, 9)]),
    ("sum(maxpool2d(x, size=2))", {"x": np.eye(6)}, [(1, 6, 6), (1, 3, 3)]),
    (
        "sum(conv2d(x, w, groups=2))",
        {"x": np.ones((4, 5, 5)), "w": np.ones((6, 2, 3, 3))},
        [(4, 5, 5), (6, 3, 3)],
    ),
    (
        "sum(conv_transpose2d(maxpool2d(x, size=2), w, stride=2))",
        {"x": np.ones((1, 6, 6)), "w": np.ones((1, 2, 3, 3))},
        [(1, 6, 6), (1, 3, 3), (2, 7, 7)],
    ),
    (
        "sum(mean(conv2d(x, w), axis=(1, 2)) @ v)",
        {"x": np.ones((1, 6, 6)), "w": np.ones((2, 1, 3, 3)), "v": [[1], [2]]},
        [(1, 6, 6), (2, 4, 4), (2,), (1,)],
    ),
    (
        "s = W @ reshape(conv2d(x, w), (18, 1)); sum((s - 1)**2)",
        {"x": np.ones((1, 5, 5)), "w": np.ones((2, 1, 3, 3)), "W": np.ones((2, 18))},
        [(1, 5, 5), (2, 3, 3), (18,), (2,)],
    ),
    (
        "c = conv2d(x, w, padding=1); sum(maxpool2d(x + c * sigmoid(c), size=2))",
        {"x": np.ones((1, 4, 4)), "w": np.ones((1, 1, 3, 3))},
        [(1, 4, 4), (1, 4, 4), (1, 2, 2)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("source", "values", "shapes"), FORMS, ids=[f[0] for f in FORMS])
def test_chains_written_by_hand(source: str, values: dict, shapes: list) -> None:  # type: ignore[type-arg]
    made = walk(source, **values)
    assert [layer.shape for layer in made.layers] == shapes
    assert all(made.step(k) for k in range(1, len(made) + 1))


def test_a_kernel_that_is_not_trained_has_no_parameters() -> None:
    made = walk("sum(conv2d(x, [[[[1, 0], [0, -1]]]]))", x=np.ones((1, 4, 4)))
    assert made.parameters == 0 and made.layers[1].products == 4


def test_weights_that_two_layers_share_count_once() -> None:
    made = walk("sum(conv2d(conv2d(x, w), w))", x=np.ones((1, 6, 6)), w=np.ones((1, 1, 3, 3)))
    assert made.parameters == 9 and [n.shared for n in made.layers] == [False, False, True]


def test_a_skip_may_leave_a_layer_before_its_activation() -> None:
    """As in the blocks of He et al. 2016b, which normalise and bend first."""
    ones = np.ones((1, 1, 3, 3))
    made = walk(
        "h = conv2d(x, w, padding=1); sum(h + conv2d(relu(h), v, padding=1))",
        x=np.ones((1, 4, 4)), w=ones, v=ones,
    )  # fmt: skip
    (skip,) = made.layers[2].skips
    assert (skip.source, skip.taken) == (1, made.layers[1].node) and made.tail
    assert made.layers[1].value == made.layers[2].operand


REFUSED = [
    ("x*y", {"x": 1, "y": 2}, "nothing slides over"),
    (
        "sum(concatenate(conv2d(x, w), conv2d(x, v), axis=0))",
        {"x": np.ones((1, 4, 4)), "w": np.ones((1, 1, 2, 2)), "v": np.ones((1, 1, 2, 2))},
        "concatenate is none of them",
    ),
    (
        "sum(conv2d(relu(conv2d(x, w)), w) + conv2d(relu(conv2d(x, v)), v))",
        {"x": np.ones((1, 6, 6)), "w": np.ones((1, 1, 2, 2)), "v": np.ones((1, 1, 2, 2))},
        "two branches of several layers",
    ),
    (
        "c = conv2d(x, w); sum(relu(c)) + sum(maxpool2d(c, size=2))",
        {"x": np.ones((1, 6, 6)), "w": np.ones((1, 1, 2, 2))},
        "here the network branches",
    ),
    (
        "c = conv2d(x, w); sum(c * sigmoid(mean(c, axis=(1, 2), keepdims=True)))",
        {"x": np.ones((2, 2, 2)), "w": np.ones((2, 2, 1, 1))},
        "is none of them here",
    ),
    (
        "sum(linear(flatten(maxpool2d(x, size=2)), W))",
        {"x": np.ones((3, 1, 4, 4)), "W": np.ones((2, 12))},
        "samples are mixed",
    ),
]


@pytest.mark.parametrize(("source", "values", "said"), REFUSED)
def test_what_is_no_row_of_layers_is_refused(source: str, values: dict, said: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueInputError, match=said) as caught:
        views.walk(gv.run(source, **values), "volumes")
    assert "the view graph" in caught.value.hint or said == "samples are mixed"


def test_exact_numbers_and_graphs_without_shapes_are_refused() -> None:
    trace = gv.run(
        "sum(conv2d(x, w))", x=[[[1, 2], [3, 4]]], w=[[[[1, 1], [1, 1]]]], backend="exact"
    )
    with pytest.raises(ValueInputError, match="decimal numbers"):
        views.walk(trace, "volumes")
    with pytest.raises((ShapeError, ValueInputError), match="no shape for x, w"):
        views.seen(gv.parse("conv2d(x, w)"), "volumes")


def test_a_layer_opens_into_its_windows() -> None:
    trace = gv.run(gv.net("tiny-cnn"), image=np.eye(5)[None])
    from gradviz.engine.inside.into import into

    inside = views.seen(into(trace, "conv"), "volumes", "conv")
    assert isinstance(inside, CellTrace)
    focus = views.walk(trace, "volumes").layers[1].node  # type: ignore[attr-defined]
    assert inside.node == focus
    with pytest.raises(ValueInputError, match="opens into its windows"):
        views.seen(trace, "volumes", "a")
