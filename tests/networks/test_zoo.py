"""The named networks: their sizes as published, their numbers as in the lectures."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ShapeError, UnknownNameError, ValueInputError
from gradviz.networks import catalogue
from gradviz.networks.loss import with_loss

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]

PUBLISHED = {
    # LeCun et al., 1998, with full connections in C3: 156 + 2416 + 48120 + 10164 + 850.
    "lenet5": 61_706,
    # The table of CS231n, layer by layer: 34,944 + 614,656 + 885,120 + 1,327,488 + 884,992 +
    # 37,752,832 + 16,781,312
    # + 4,097,000; also
    # https://learnopencv.com/number-of-parameters-and-tensor-sizes-in-convolutional-neural-network/
    "alexnet": 62_378_344,
    # Krizhevsky et al., 2012, "60 million parameters": the same with conv2, conv4 and conv5 over
    # half of the channels,
    # which leaves out 307,200 + 663,552 + 442,368 weights.
    "alexnet,groups=2": 60_965_224,
    # torchvision's documentation of VGG16_Weights and ResNet18_Weights, "num_params".
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
    # COSE474: 15×785 + 10×16.
    "mnist-mlp": 15 * 785 + 10 * 16,
    "mnist-mlp-plain": 15 * 785 + 10 * 16,
    # 2-4-4-1: 2·4 + 4 + 4·4 + 4 + 4·1 + 1.
    "mlp:2-4-4-1": 37,
    # CSCI 566: a 1000-way fully connected layer on 300×300×3.
    "mlp:270000-1000": 270_000_000 + 1000,
    "linear-classifier": 15,
    "tiny-cnn": 20,
    "xor": 9,
    "and": 3,
    "or": 3,
    "neuron": 3,
    # BVLC GoogLeNet without auxiliary classifiers, as the documentation of Keras's and Caffe's has
    # it.
    "googlenet": 6_998_552,
    # A gate has H·D + H·H + H: 1 for RNN, 4 for LSTM (torch.nn.LSTM has H more a gate, a second
    # bias), 3 for GRU; and K·H + K for the outputs.
    "rnn:2-3-1": (6 + 9 + 3) + 4,
    "lstm:2-3": 4 * (6 + 9 + 3),
    "gru:2-3-2,steps=5": 3 * (6 + 9 + 3) + 8,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_as_many_parameters_as_published(name: str) -> None:
    graph = gv.net(name)
    assert sum(math.prod(p.options["shape"]) for p in graph.parameters) == PUBLISHED[name]


def test_every_network_is_counted_above() -> None:
    assert {name.split(":")[0].split(",")[0] for name in PUBLISHED} == set(catalogue.every())


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("and", [0, 0, 0, 1]),
        ("or", [0, 1, 1, 1]),
        ("xor", [0, 1, 1, 0]),
        ("xor,activation=step", [0, 1, 1, 0]),
    ],
)
def test_gates(name: str, truth: list[int]) -> None:
    for x, expected in zip(CORNERS, truth, strict=True):
        assert gv.run(f"net:{name}", x=x).values[-1].item() == expected
        assert str(gv.run(f"net:{name}", x=x, backend="exact").values[-1].item()) == str(expected)
    assert gv.run(f"net:{name}", x=CORNERS).values[-1].ravel().tolist() == truth


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def rnn_step(w: dict[str, np.ndarray], x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, ...]:
    return (np.tanh(w["W_h"] @ x + w["U_h"] @ h + w["b_h"]),)


def lstm_step(w: dict[str, np.ndarray], x: np.ndarray, h: np.ndarray, c: np.ndarray) -> Any:
    f, i, o, g = (w[f"W_{n}"] @ x + w[f"U_{n}"] @ h + w[f"b_{n}"] for n in "fiog")
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(w: dict[str, np.ndarray], x: np.ndarray, h: np.ndarray) -> Any:
    z, r = (sigmoid(w[f"W_{n}"] @ x + w[f"U_{n}"] @ h + w[f"b_{n}"]) for n in "zr")
    n = np.tanh(w["W_n"] @ x + w["U_n"] @ (r * h) + w["b_n"])
    return (z * h + (1 - z) * n,)


STEPS = {"rnn": (rnn_step, "h"), "lstm": (lstm_step, "hc"), "gru": (gru_step, "h")}


@pytest.mark.parametrize("name", STEPS)
def test_a_recurrent_network_is_its_recursion(name: str) -> None:
    """Every state by a loop in NumPy; one sample alone is as in a batch; gradients by check."""
    step, states = STEPS[name]
    graph = gv.net(f"{name}:2-3,steps=4,seed=3")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(5, 4, 2))
    batch = gv.run(graph, x=x)
    for sample in range(5):
        trace = gv.run(graph, x=x[sample])
        w = {n.name: trace.value(n.name) for n in graph.inputs}
        now = tuple(np.zeros(3) for _ in states)
        for t in range(4):
            now = step(w, x[sample, t], *now)
            for state, value in zip(states, now, strict=True):
                np.testing.assert_allclose(trace.value(f"{state}{t + 1}"), value, rtol=1e-13)
        np.testing.assert_allclose(batch.values[-1][sample], now[0], rtol=1e-13)
    assert gv.check(graph, x=x[0], upstream=[1, -2, 3]).ok


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("rnn:3", "rnn:2-3-1"),
        ("lstm:1-0", "rnn:2-3-1"),
        ("gru:1-2-3-4", "rnn:2-3-1"),
        ("rnn:1-1,steps=0", "1 to 1,000"),
        ("rnn:1-1,steps=1001", "1 to 1,000"),
    ],
)
def test_bad_sizes_of_recurrent_networks(source: str, told: str) -> None:
    with pytest.raises(ValueInputError) as caught:
        gv.net(source)
    assert told in str(caught.value)


def test_blocks_of_googlenet_have_the_published_sizes() -> None:
    """Szegedy et al., table 1, the column "output size"."""
    graph = gv.net("googlenet").bind({"image": (3, 224, 224)})
    found = {}
    for node in graph.nodes:
        if node.op == "concatenate":
            found[node.scope.removeprefix("inception")] = node.shape
    assert found == {
        "3a": (256, 28, 28), "3b": (480, 28, 28), "4a": (512, 14, 14), "4b": (512, 14, 14),
        "4c": (512, 14, 14), "4d": (528, 14, 14), "4e": (832, 14, 14), "5a": (832, 7, 7),
        "5b": (1024, 7, 7),
    }  # fmt: skip


def test_gradients_pass_the_xor_of_relus_and_stop_at_thresholds() -> None:
    """At 10 the first unit is open (1) and the second is at its kink (0): dy/dx = 1·(1, 1) −
    2·0.
    """
    relu = gv.run("net:xor", x=[1, 0])
    assert relu.gradient("x").tolist() == [1, 1]
    assert gv.run("net:xor,activation=step", x=[1, 0]).gradient("x").tolist() == [0, 0]


def test_the_neuron_of_cs231n() -> None:
    """w = (2, −3, −3), x = (−1, −2): 0.73, and 0.2 for the gradient at the sum, as on its
    circuit.
    """
    trace = gv.run("net:neuron")
    y = 1 / (1 + math.exp(-1))
    slope = y * (1 - y)
    assert float(trace.values[-1]) == pytest.approx(y, rel=1e-15)
    expected = {"w0": -slope, "x0": 2 * slope, "w1": -2 * slope, "x1": -3 * slope, "w2": slope}
    assert {k: float(trace.gradient(k)) for k in expected} == pytest.approx(expected, rel=1e-12)


def test_the_linear_classifier_of_cs231n() -> None:
    np.testing.assert_allclose(
        gv.run("net:linear-classifier").values[-1], [-96.8, 437.9, 60.75], rtol=1e-14
    )
    other = gv.run("net:linear-classifier", x=[[1, 0, 0, 0], [0, 0, 0, 0]]).values[-1]
    np.testing.assert_allclose(other, [[1.3, 4.7, -1.2], [1.1, 3.2, -1.2]])


def test_every_number_of_the_tiny_cnn() -> None:
    """By hand, window by window."""
    trace = gv.run("net:tiny-cnn")
    by_op = {n.op: trace.values[n.id].tolist() for n in trace.graph.nodes if not n.is_leaf}
    assert by_op["conv2d"] == [[[0, 5, 3], [-2, 2, 4], [-2, -3, 4]]]
    assert by_op["relu"] == [[[0, 5, 3], [0, 2, 4], [0, 0, 4]]]
    assert by_op["maxpool2d"] == [[[5, 5], [2, 4]]]
    assert by_op["linear"] == [5 - 5 + 0 * 2 + 2 * 4, 5 + 2 - 4 + 1]
    image, w = trace.value("image")[0], trace.value("conv_w")[0, 0]
    for i, j in itertools.product(range(3), repeat=2):
        assert by_op["conv2d"][0][i][j] == 1 + sum(
            image[i + u, j + v] * w[u, v] for u in range(3) for v in range(3)
        )


@pytest.mark.parametrize(
    "name",
    [
        "tiny-cnn",
        "xor",
        "neuron",
        "linear-classifier,loss=multiclass_hinge",
        "mlp:3-4-2,activation=tanh",
        "mnist-mlp",
    ],
)
def test_gradients_by_finite_differences(name: str) -> None:
    size = {"xor": 2, "mlp:3-4-2,activation=tanh": 3, "mnist-mlp": 784}.get(name)
    x = {} if size is None else {"x": np.random.default_rng(3).uniform(0.1, 1, size)}
    if not name.startswith(("xor", "neuron")):
        x["label"] = 1
    checked = gv.check(f"net:{name}", **x, wrt=[n.name for n in gv.net(name).parameters])
    assert checked.ok, str(checked)


def test_the_bias_folded_in_is_the_plain_network() -> None:
    rng = np.random.default_rng(0)
    x, W1, W2 = (
        rng.uniform(0, 1, (3, 784)),
        rng.normal(0, 0.1, (15, 785)),
        rng.normal(0, 0.1, (10, 16)),
    )
    folded = gv.run("net:mnist-mlp", x=x, W1=W1, W2=W2)
    plain = gv.run(
        "net:mnist-mlp-plain", x=x, W1=W1[:, :-1], b1=W1[:, -1], W2=W2[:, :-1], b2=W2[:, -1]
    )
    np.testing.assert_allclose(folded.values[-1], plain.values[-1], rtol=1e-12)
    hidden = 1 / (1 + np.exp(-(W1[:, :-1] @ x[0] + W1[:, -1])))
    np.testing.assert_allclose(
        plain.values[-1][0], 1 / (1 + np.exp(-(W2[:, :-1] @ hidden + W2[:, -1]))), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("name", "inputs", "shape"),
    [
        ("lenet5", (1, 32, 32), (10,)),
        ("alexnet", (3, 227, 227), (1000,)),
        ("vgg16", (3, 224, 224), (1000,)),
        ("resnet18", (3, 224, 224), (1000,)),
        ("resnet18,classes=7", (3, 224, 224), (7,)),
    ],
)
def test_images_and_scores(name: str, inputs: tuple[int, ...], shape: tuple[int, ...]) -> None:
    graph = gv.net(name)
    assert tuple(graph.required[0].options["shape"]) == inputs and len(graph.required) == 1
    assert graph.bind({}).nodes[-1].shape == shape
    assert graph.bind({"image": (4, *inputs)}).nodes[-1].shape == (4, *shape)


def test_resnets_skip_connections_are_branches() -> None:
    graph = gv.net("resnet18")
    sums = [n for n in graph.nodes if n.op == "add"]
    assert len(sums) == 8 and len({n.scope for n in sums}) == 8
    for node in sums:
        main, side = (graph.nodes[i] for i in node.inputs)
        assert main.scope == f"{node.scope}/bn2"
        assert side.scope == f"{node.scope}/shortcut/bn1" or len(graph.consumers[side.id]) == 2
    assert len([n for n in graph.nodes if n.op == "conv2d"]) == 20  # 17 and three shortcuts
    running = [
        n.name for n in gv.net("resnet18,training=no").inputs if n.options.get("trained") is False
    ]
    assert len(running) == 2 * len([n for n in graph.nodes if n.op == "batchnorm"])


def test_a_label_brings_the_loss() -> None:
    scores = gv.run("net:linear-classifier").values[-1]
    loss = math.log(sum(math.exp(s - scores[1]) for s in scores)) + scores[1] - scores[2]
    for trace in (
        gv.run("net:linear-classifier", label=2),
        gv.run(gv.net("linear-classifier"), label=2),
        gv.run("net:linear-classifier,loss=softmax_cross_entropy", values={"label": 2}),
        gv.run(gv.net("linear-classifier", loss="softmax_cross_entropy"), label=2),
    ):
        assert float(trace.value("loss")) == pytest.approx(loss, rel=1e-12)
        assert trace.has_backward and trace.gradient("b").tolist() == pytest.approx(
            [0, 1, -1], abs=1e-12
        )
    hinge = gv.run("net:linear-classifier,loss=multiclass_hinge", label=2)
    assert float(hinge.value("loss")) == pytest.approx(437.9 - 60.75 + 1)


def test_a_label_for_a_loss_that_compares_numbers() -> None:
    x = np.random.default_rng(1).uniform(0, 1, (2, 784))
    y = gv.run("net:mnist-mlp", x=x).values[-1]
    batch = gv.run("net:mnist-mlp", x=x, label=[3, 0])
    assert batch.value("target").tolist() == np.eye(10)[[3, 0]].tolist()
    assert float(batch.value("loss")) == pytest.approx(
        ((y - np.eye(10)[[3, 0]]) ** 2).sum(), rel=1e-12
    )
    one = gv.run("net:mlp:2-1,loss=squared_error", x=[1, 2], W1=[[3, 4]], b1=[0], label=9)
    assert float(one.value("loss")) == (3 + 8 - 9) ** 2


def test_cross_entropy_takes_the_scores_before_a_softmax() -> None:
    source = "net:fc-relu-fc-softmax,image=4,classes=3"
    x = [1, 2, 3, 4]
    probabilities = gv.run(source, x=x).values[-1]
    trace = gv.run(source, x=x, label=1)
    assert float(trace.value("loss")) == pytest.approx(-math.log(probabilities[1]), rel=1e-12)
    assert "softmax" not in [n.op for n in trace.graph.nodes]


@pytest.mark.parametrize(
    ("text", "error", "what", "more"),
    [
        ("alexnett", UnknownNameError, "no network 'alexnett'", "did you mean alexnet?"),
        ("nothing", UnknownNameError, "no network 'nothing'", "one of and, or, xor"),
        (
            "alexnet,clases=3",
            UnknownNameError,
            "net:alexnet has no option 'clases'",
            "did you mean classes?",
        ),
        (
            "alexnet,classes=many",
            ValueInputError,
            "the option 'classes' cannot be read",
            "a whole number",
        ),
        (
            "alexnet,classes=2.5",
            ValueInputError,
            "the option 'classes' cannot be read",
            "a whole number",
        ),
        (
            "alexnet,classes=0",
            ValueInputError,
            "the units of a layer is a whole number",
            "1 or more",
        ),
        (
            "alexnet,training=maybe",
            ValueInputError,
            "the option 'training' cannot be read",
            "yes or no",
        ),
        ("alexnet,seed=-1", ValueInputError, "not a seed", "from 0 on"),
        ("alexnet,classes=3,classes=4", ValueInputError, "'classes' is given twice", "one value"),
        ("alexnet,", GradvizError, "nothing is not an option", "NAME=VALUE"),
        (
            "alexnet,relu",
            GradvizError,
            "relu is not an option",
            "layers are joined by a minus: -relu",
        ),
        ("alexnet:3", ValueInputError, "net:alexnet takes no sizes", "net:alexnet,classes=1000"),
        ("mlp", ValueInputError, "net:mlp needs its sizes", "net:mlp:2-4-4-1"),
        ("mlp:2-x", ValueInputError, "not valid layer sizes", "such as mlp:2-4-4-1"),
        ("mlp:2-0", ValueInputError, "not valid layer sizes", "such as mlp:2-4-4-1"),
        ("mlp:2-3,activation=rellu", UnknownNameError, "no op 'rellu'", "did you mean relu?"),
        ("lenet5,loss=cross", UnknownNameError, "no loss 'cross'", "softmax_cross_entropy"),
        ("and,loss=mse", GradvizError, "a loss compares scores", "a scalar"),
        ("lenet5,pool=sum", UnknownNameError, "no pool 'sum'", "avg or max"),
        ("xor,activation=tanh", UnknownNameError, "xor has no weights for 'tanh'", "relu or step"),
    ],
)
def test_bad_networks(text: str, error: type[Exception], what: str, more: str) -> None:
    for build in (lambda: gv.net(text), lambda: gv.run(f"net:{text}")):
        with pytest.raises(error) as caught:
            build()
        assert what in caught.value.what and more in str(caught.value)  # type: ignore[attr-defined]


def test_bad_calls_in_python() -> None:
    with pytest.raises(ValueInputError, match="a network is given by its name"):
        gv.net(3)  # type: ignore[arg-type]
    with pytest.raises(ValueInputError, match="'classes' is given twice"):
        gv.net("lenet5,classes=10", classes=10)
    with pytest.raises(ValueInputError, match="already has a label"):
        with_loss(gv.net("lenet5,loss=nll"), "mse")
    with pytest.raises(ValueInputError, match="no input called 'label'"):
        gv.run("net:and", x=[1, 1], label=1)


def test_options_in_text_and_in_python_are_the_same() -> None:
    text, python = (
        gv.net("mlp:2-4-4-1,activation=tanh,seed=3"),
        gv.net("mlp:2-4-4-1", activation="tanh", seed=3),
    )
    assert (
        text.nodes == python.nodes
        and text.source == python.source == "net:mlp:2-4-4-1,activation=tanh,seed=3"
    )
    assert gv.net("net:resnet18", training=False).source == "net:resnet18,training=no"


def test_a_trace_of_a_network_survives_json() -> None:
    for source, values in (
        ("net:tiny-cnn", {"label": 1}),
        ("net:mlp:3-4-2", {"x": [1, 2, 3], "label": 0}),
    ):
        trace = gv.run(source, **values)
        again = gv.Trace.from_json(trace.to_json())
        assert [(n.op, n.name, n.scope, n.options) for n in again.graph.inputs] == [
            (n.op, n.name, n.scope, n.options) for n in trace.graph.inputs
        ]
        assert again.to_json() == trace.to_json() and again.source == source
        assert [p.name for p in again.graph.parameters] == [p.name for p in trace.graph.parameters]


@pytest.mark.parametrize(
    ("source", "values", "hint"),
    [
        (
            "mnist-mlp-plain,loss=yes",
            {"x": [0.5] * 784, "label": [0, 1] + [0] * 8},
            "label came as a batch of 10, of one number each",
        ),
        (
            "lenet5,loss=yes",
            {"image": [[[[0.5] * 32] * 32]] * 2, "label": 3},
            "image came as a batch of 2, of 1×32×32 each",
        ),
        (
            "multiclass_hinge(s, y)",
            {"s": [1, 2, 3], "y": [0, 1, 0]},
            "a label is the number of its class, counted from 0: 1, not [0, 1, 0]",
        ),
    ],
)
def test_a_label_of_another_form_is_told(source: str, values: Any, hint: str) -> None:
    """One-hot where a class is expected, or one sample's label for a batch."""
    graph = gv.net(source) if "loss" in source and "(" not in source else gv.parse(source)
    with pytest.raises(ShapeError) as refused:
        gv.run(graph, values=values)
    assert refused.value.hint == hint
