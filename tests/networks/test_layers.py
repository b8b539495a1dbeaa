"""Layers, one after the other and in blocks."""

import numpy as np
import pytest

import gradviz as gv
from gradviz import networks as nn
from gradviz.errors import ShapeError, UnknownNameError, ValueInputError
from gradviz.graph.expression import graph_of
from gradviz.networks.parameters import shape

IMAGE = nn.data("image", (2, 6, 6))


def cells(seed: int, *sizes: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, sizes)


def test_the_nodes_of_a_layer_share_its_scope_and_name_its_parameters() -> None:
    layers = nn.Sequential(
        nn.Conv2d(3, 3), nn.Relu(), ("top", nn.Sequential(nn.Flatten(), nn.Linear(2), nn.Relu()))
    )
    graph = graph_of(layers(IMAGE))
    assert {n.name: n.scope for n in graph.inputs} == {
        "image": "",
        "conv1_w": "conv1",
        "conv1_b": "conv1",
        "top_fc1_w": "top/fc1",
        "top_fc1_b": "top/fc1",
    }
    assert [(n.op, n.scope) for n in graph.nodes if not n.is_leaf] == [
        ("conv2d", "conv1"),
        ("relu", "relu1"),
        ("flatten", "top/flatten1"),
        ("linear", "top/fc1"),
        ("relu", "top/relu1"),
    ]


def test_every_layer_computes_what_its_op_does() -> None:
    """By NumPy, for one image."""
    x = cells(1, 2, 6, 6)

    def run(layer: nn.Layer, **values: object) -> np.ndarray:
        return gv.run(layer(IMAGE), image=x, **values).values[-1]

    w = cells(2, 3, 2, 3, 3)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    np.testing.assert_allclose(
        run(nn.Conv2d(3, 3), w=w, b=[1, 2, 3]),
        np.einsum("cijuv,fcuv->fij", windows, w) + np.array([1, 2, 3])[:, None, None],
        rtol=1e-12,
    )
    blocks = x.reshape(2, 3, 2, 3, 2)
    np.testing.assert_allclose(run(nn.MaxPool2d(2)), blocks.max(axis=(2, 4)))
    np.testing.assert_allclose(run(nn.AvgPool2d(2)), blocks.mean(axis=(2, 4)))
    np.testing.assert_allclose(run(nn.GlobalAvgPool2d()), x.mean(axis=(1, 2), keepdims=True))
    np.testing.assert_allclose(run(nn.Flatten()), x.reshape(-1))
    np.testing.assert_allclose(run(nn.LeakyRelu(0.1)), np.where(x > 0, x, x / 10))
    np.testing.assert_allclose(run(nn.Activation("softplus")), np.log1p(np.exp(x)))
    mean, spread = (
        x.mean(axis=(1, 2), keepdims=True),
        np.sqrt(x.var(axis=(1, 2), keepdims=True) + 1e-5),
    )
    np.testing.assert_allclose(run(nn.BatchNorm()), (x - mean) / spread, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        run(nn.BatchNorm(training=False), mean=[1, 0], var=[4, 1]),
        np.stack([(x[0] - 1) / np.sqrt(4 + 1e-5), x[1] / np.sqrt(1 + 1e-5)]),
    )
    np.testing.assert_allclose(run(nn.Dropout(training=False)), x)
    ratio = run(nn.Dropout(0.5)) / x
    assert set(np.unique(ratio.round(12))) == {0.0, 2.0}


def test_dense_layers() -> None:
    x = nn.data("x", (3,))
    given = {"x": [1, 2, 3], "w": [[1, 0, 1], [2, -1, 0]], "b": [10, 20]}
    assert nn.Dense is nn.Linear
    assert gv.run(nn.Linear(2)(x), **given).values[-1].tolist() == [14, 20]
    plain = {k: v for k, v in given.items() if k != "b"}
    assert gv.run(nn.Linear(2, bias=False)(x), **plain).values[-1].tolist() == [4, 0]
    folded = gv.run(nn.Linear(2, folded=True)(x), x=[1, 2, 3], w=[[1, 0, 1, 10], [2, -1, 0, 20]])
    assert folded.values[-1].tolist() == [14, 20]


def test_a_residual_block_is_a_branch_where_gradients_add_up() -> None:
    x = nn.data("x", (2,))
    block = nn.Residual(nn.Linear(2, bias=False))
    trace = gv.run(gv.sum(block(x)), x=[1, 2], w=[[3, 0], [0, 5]])
    assert trace.value(2).tolist() == [3, 10] and trace.values[3].tolist() == [4, 12]
    assert trace.gradient("x").tolist() == [1 + 3, 1 + 5]
    assert len(trace.contributions("x")) == 2


def test_a_residual_block_with_a_shortcut() -> None:
    block = nn.Residual(nn.Conv2d(4, 3, stride=2, padding=1), nn.Conv2d(4, 1, stride=2))
    graph = graph_of(nn.Sequential(block)(IMAGE))
    assert graph.bind({}).nodes[-1].shape == (4, 3, 3)
    assert [n.name for n in graph.parameters] == [
        "block1_w",
        "block1_b",
        "block1_shortcut_w",
        "block1_shortcut_b",
    ]
    with pytest.raises(ShapeError, match="branches of a residual block differ") as caught:
        nn.Residual(nn.Conv2d(4, 3))(IMAGE)
    assert (caught.value.expected, caught.value.got) == (
        "4×4×4, as its layers give",
        "2×6×6 on the skip connection",
    )


@pytest.mark.parametrize("training", [False, True])
def test_a_network_takes_one_image_or_a_batch(training: bool) -> None:
    layers = nn.Sequential(
        nn.Conv2d(3, 3),
        nn.BatchNorm(training),
        nn.Relu(),
        nn.LocalResponseNorm(3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4),
    )
    graph, x = graph_of(layers(IMAGE)), cells(3, 5, 2, 6, 6)
    batch = gv.run(graph, image=x).values[-1]
    assert batch.shape == (5, 4)
    alone = np.stack([gv.run(graph, image=sample).values[-1] for sample in x])
    if training:
        assert not np.allclose(batch, alone)  # the batch's own statistics
        np.testing.assert_allclose(gv.run(graph, image=x[:1]).values[-1][0], alone[0], rtol=1e-10)
    else:
        np.testing.assert_allclose(batch, alone, rtol=1e-10, atol=1e-12)


def test_dropouts_differ_by_scope_and_seed() -> None:
    graph = graph_of(nn.Sequential(nn.Dropout(), nn.Dropout())(nn.data("x", (8,))))
    seeds = [n.options["seed"] for n in graph.nodes if n.op == "dropout"]
    assert len(set(seeds)) == 2
    again = [n.options["seed"] for n in gv.net("alexnet", seed=1).nodes if n.op == "dropout"]
    assert not set(again) & {
        n.options["seed"] for n in gv.net("alexnet").nodes if n.op == "dropout"
    }


def test_shapes_are_known_while_building() -> None:
    assert shape(nn.Conv2d(7, (3, 1), stride=2)(IMAGE)) == (7, 2, 3)
    long = nn.data("x", (3,))
    for _ in range(20_000):
        long = long + 1
    assert shape(long) == (3,)


@pytest.mark.parametrize(
    ("build", "error", "what"),
    [
        (lambda: nn.Conv2d(4, 3)(nn.data("x", (9,))), ShapeError, "a convolution takes images"),
        (lambda: shape(nn.Conv2d(4, 7)(IMAGE)), ShapeError, "conv2d"),
        (lambda: shape(nn.Conv2d(4, 3, stride=0)(IMAGE)), gv.GradvizError, "stride"),
        (lambda: nn.Conv2d(4, 3, groups=3)(IMAGE), ShapeError, "the groups of a convolution"),
        (
            lambda: nn.Conv2d(0, 3)(IMAGE),
            ValueInputError,
            "the filters of a layer is a whole number",
        ),
        (lambda: nn.Linear(2.5)(nn.data("x", (3,))), ValueInputError, "the units of a layer"),  # type: ignore[arg-type]
        (lambda: nn.Linear(2)(nn.data("x")), ShapeError, "takes features"),
        (lambda: nn.Linear(2)(gv.inputs("x")[0]), ShapeError, "a layer must know the shape of x"),
        (
            lambda: nn.Linear(2, init="hee")(nn.data("x", (3,))),
            UnknownNameError,
            "no initialiser 'hee'",
        ),
        (lambda: nn.BatchNorm()(nn.data("x")), ShapeError, "channels or features"),
        (lambda: nn.Activation("rellu")(IMAGE), UnknownNameError, "no op 'rellu'"),
        (lambda: nn.Sequential(nn.Relu(), 3), ValueInputError, "not a layer"),  # type: ignore[arg-type]
        (
            lambda: nn.Sequential(("a", nn.Relu()), ("a", nn.Relu())),
            ValueInputError,
            "two layers are called 'a'",
        ),
        (lambda: nn.data("x", (-1,)), ValueInputError, "the input x cannot be declared like this"),
        (lambda: nn.data("2x"), ValueInputError, "not a name for an input"),
    ],
)
def test_bad_layers(build: object, error: type[Exception], what: str) -> None:
    with pytest.raises(error) as caught:
        build()  # type: ignore[operator]
    assert what in str(caught.value)
