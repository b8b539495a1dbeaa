"""What a network is made of, against published figures."""

import json
import tracemalloc

import pytest

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.export.reports.summary import memory, summary_text
from gradviz.export.reports.text import plain
from gradviz.graph.expression import graph_of
from gradviz.networks import Conv2d, Linear, Sequential, data, summarise
from gradviz.networks.summary import Summary


def summary(name: str) -> Summary:
    return summarise(gv.net(name))


def test_alexnet_layer_by_layer() -> None:
    """The table of CS231n: sizes, and weights (filters × (rows × columns × channels + 1))."""
    found = summary("alexnet")
    expected = {
        "conv1": ((96, 55, 55), 96 * (11 * 11 * 3 + 1)),
        "pool1": ((96, 27, 27), 0),
        "conv2": ((256, 27, 27), 256 * (5 * 5 * 96 + 1)),
        "pool2": ((256, 13, 13), 0),
        "conv3": ((384, 13, 13), 384 * (3 * 3 * 256 + 1)),
        "conv4": ((384, 13, 13), 384 * (3 * 3 * 384 + 1)),
        "conv5": ((256, 13, 13), 256 * (3 * 3 * 384 + 1)),
        "pool3": ((256, 6, 6), 0),
        "fc6": ((4096,), 4096 * (9216 + 1)),
        "fc7": ((4096,), 4096 * (4096 + 1)),
        "fc8": ((1000,), 1000 * (4096 + 1)),
    }
    assert {name: (found[name].shape, found[name].parameters) for name in expected} == expected
    assert found.parameters == 62_378_344
    # Every weight of a convolution is used once at each place: 55·55·96·(11·11·3) and so on.
    assert found["conv1"].work == 55 * 55 * 96 * 11 * 11 * 3 and found["fc8"].work == 1000 * 4096
    with pytest.raises(KeyError):
        found["conv9"]


@pytest.mark.parametrize(
    ("name", "layer", "field"),
    [
        # Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks,
        # Distill, 2019.
        ("alexnet", "pool3", 195),
        ("vgg16", "block5/pool1", 212),
        # By hand, AlexNet: 11; 11 + 2·4; 19 + 4·8; 51 + 2·8.
        ("alexnet", "conv1", 11),
        ("alexnet", "pool1", 19),
        ("alexnet", "conv2", 51),
        ("alexnet", "pool2", 67),
        # Of all its input, once layers are fully connected.
        ("alexnet", "fc6", 227),
        ("lenet5", "fc1", 32),
        # LeNet-5: 5, 6, 14, 16.
        ("lenet5", "conv1", 5),
        ("lenet5", "pool1", 6),
        ("lenet5", "conv2", 14),
        ("lenet5", "pool2", 16),
    ],
)
def test_receptive_fields(name: str, layer: str, field: int) -> None:
    assert summary(name)[layer].field == (field, field)


def test_work_as_published() -> None:
    """torchvision's documentation of VGG16_Weights and ResNet18_Weights, "GFLOPS", which counts
    multiply-adds.
    """
    assert summary("vgg16").work / 1e9 == pytest.approx(15.47, abs=0.005)
    assert summary("resnet18").work / 1e9 == pytest.approx(1.814, abs=0.0005)


def test_lecture_facts_on_convolution() -> None:
    """CSCI 566 and the tutorial: one 5×5×3 filter on 32×32×3 gives 28×28×1, six give 28×28×6; each
    output is a 75-dimensional dot product plus a bias; a 3×3 kernel loses 2."""
    image = data("image", (3, 32, 32))
    one, six, small = (
        summarise(graph_of(Sequential(Conv2d(filters, kernel))(image)))["conv1"]
        for filters, kernel in ((1, 5), (6, 5), (1, 3))
    )
    assert one.shape == (1, 28, 28) and one.parameters == 75 + 1 and one.work == 28 * 28 * 75
    assert six.shape == (6, 28, 28) and six.parameters == 6 * 76
    assert small.shape == (1, 30, 30)


def test_270_million_weights_take_no_memory() -> None:
    """CSCI 566: a 1000-way fully connected layer on 300×300×3."""
    tracemalloc.start()
    found = summary("mlp:270000-1000")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found["layer1"].work == 270_000_000 and found.parameters == 270_001_000
    assert found["layer1"].memory == 4 * (270_001_000 + 1000)
    assert peak < 5_000_000


def test_the_rows_of_a_network_and_of_an_expression() -> None:
    found = summary("tiny-cnn")
    assert [(r.layer, r.ops, r.shape, r.parameters, r.memory) for r in found.rows] == [
        ("image", ("input",), (1, 5, 5), 0, 100),
        ("conv", ("conv2d",), (1, 3, 3), 10, 76),
        ("relu", ("relu",), (1, 3, 3), 0, 36),
        ("pool", ("maxpool2d",), (1, 2, 2), 0, 16),
        ("flatten", ("flatten",), (4,), 0, 16),
        ("fc", ("linear",), (2,), 10, 48),
    ]
    assert (
        found.memory
        == sum(r.memory for r in found.rows)
        == 4 * (25 + 9 + 1 + 8 + 2 + 9 + 9 + 4 + 4 + 2)
    )
    bound = summarise(gv.parse("y = W @ x; sum(y**2)").bind({"W": (3, 2), "x": (2,)}))
    assert [(r.layer, r.ops) for r in bound.rows] == [
        ("W", ("input",)),
        ("x", ("input",)),
        ("y", ("matmul",)),
        ("a", ("pow",)),
        ("f", ("sum",)),
    ]
    assert bound.work == 6 and all(r.field is None for r in bound.rows)
    with pytest.raises(ValueInputError, match="no shape for W, x"):
        summarise(gv.parse("W @ x"))


def test_a_shared_parameter_counts_once() -> None:
    x = data("x", (3,))
    layer = Linear(3)
    first = layer(x)
    w, b = first.inputs[1:]
    found = summarise(graph_of(gv.linear(first, w, b)))
    assert found.parameters == 12


def test_plain_data() -> None:
    found = json.loads(json.dumps(summary("tiny-cnn").data()))
    assert found["source"] == "net:tiny-cnn" and found["total"] == {
        "parameters": 20,
        "work": 81 + 8,
        "memory": 292,
    }
    assert found["layers"][1] == {
        "layer": "conv",
        "ops": ["conv2d"],
        "shape": [1, 3, 3],
        "parameters": 10,
        "work": 81,
        "field": [3, 3],
        "memory": 76,
    }


TABLE = """\
net:tiny-cnn

layer    op         output  parameters  multiply-adds  sees  memory
───────────────────────────────────────────────────────────────────
image    input      1×5×5                               1×1   100 B
conv     conv2d     1×3×3           10             81   3×3    76 B
relu     relu       1×3×3                               3×3    36 B
pool     maxpool2d  1×2×2                               4×4    16 B
flatten  flatten    4                                   4×4    16 B
fc       linear     2               10              8   5×5    48 B
───────────────────────────────────────────────────────────────────
total                               20             89         292 B
"""


def test_the_table() -> None:
    lines = list(plain(summary_text(summary("tiny-cnn"), 100)))
    assert "\n".join(lines).startswith(TABLE)
    narrow = list(plain(summary_text(summary("tiny-cnn"), 45)))
    assert max(map(len, narrow)) <= 45 and narrow[2].split() == [
        "layer",
        "output",
        "parameters",
        "multiply-adds",
    ]
    assert "Omitted to fit --width 45: op, sees, memory." in " ".join(narrow)
    assert all(line.isascii() for line in plain(summary_text(summary("tiny-cnn"), 100, ascii=True)))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1300, "1.3 kB"),
        (151_027_712, "151 MB"),
        (2_160_000_000, "2.16 GB"),
    ],
)
def test_bytes_in_the_table(count: int, said: str) -> None:
    assert memory(count) == said
