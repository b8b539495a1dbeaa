"""Small convolutional networks: one that fits on a slide, and the first that read digits."""

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.graph.expression import Expression
from gradviz.networks.activations import Activation, Relu
from gradviz.networks.catalogue import network
from gradviz.networks.initialisers import constant
from gradviz.networks.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d
from gradviz.networks.parameters import data
from gradviz.networks.sequential import Layer, Sequential

IMAGE = [[0, 1, 1, 0, 0], [1, 2, 0, 1, 0], [0, 1, 2, 0, 1], [1, 0, 1, 2, 0], [0, 0, 1, 1, 1]]
EDGE = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]


@network(
    "tiny-cnn",
    "a 5×5 image, one 3×3 filter, ReLU, 2×2 max pooling, two classes: every number fits on a slide",
    "our own",
)
def tiny_cnn() -> Expression:
    """Whole numbers throughout; the filter is Sobel's for edges, the pooling windows overlap."""
    return Sequential(
        ("conv", Conv2d(1, 3, init=constant([[EDGE]]), bias_init=constant([1]))),
        ("relu", Relu()),
        ("pool", MaxPool2d(2, stride=1)),
        ("flatten", Flatten()),
        (
            "fc",
            Linear(2, init=constant([[1, -1, 0, 2], [0, 1, 1, -1]]), bias_init=constant([0, 1])),
        ),
    )(data("image", (1, 5, 5), example=[IMAGE]))


@network(
    "lenet5",
    "LeNet-5 on 32×32 digits: two convolutions, two poolings, three fully connected layers",
    "LeCun et al., 1998",
)
def lenet5(*, classes: int = 10, activation: str = "tanh", pool: str = "avg") -> Expression:
    """As it is usually built today: every filter sees all channels, and pools have no weights."""
    pools: dict[str, Layer] = {"avg": AvgPool2d(2), "max": MaxPool2d(2)}
    if pool not in pools:
        raise UnknownNameError(
            f"there is no pool {pool!r:.40}", expected="avg or max", hint=did_you_mean(pool, pools)
        )
    init = "he" if activation == "relu" else "xavier"
    bend = Activation(activation)
    return Sequential(
        Conv2d(6, 5, init=init),
        bend,
        pools[pool],
        Conv2d(16, 5, init=init),
        bend,
        pools[pool],
        Flatten(),
        Linear(120, init=init),
        bend,
        Linear(84, init=init),
        bend,
        Linear(classes, init=init),
    )(data("image", (1, 32, 32)))
