"""GoogLeNet: four ways through each block, side by side."""

from gradviz.graph.expression import Expression, call, scope
from gradviz.networks.activations import Relu
from gradviz.networks.catalogue import network
from gradviz.networks.layers import (
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
)
from gradviz.networks.parameters import data
from gradviz.networks.sequential import Layer, Sequential


def _conv(filters: int, kernel: int, stride: int = 1) -> tuple[Layer, Layer]:
    return Conv2d(filters, kernel, stride, padding=kernel // 2), Relu()


class Inception:
    """1×1, 3×3 and 5×5 convolutions and a pooling of the same input, their channels joined.

    filters  of the 1×1; of the 3×3 and the 1×1 before it; of the 5×5 and the 1×1 before it; of the
             1×1 after the pooling.
    """

    kind = "inception"

    def __init__(self, *filters: int) -> None:
        one, three_in, three, five_in, five, pooled = filters
        self._ways = {
            "way1": Sequential(*_conv(one, 1)),
            "way2": Sequential(*_conv(three_in, 1), *_conv(three, 3)),
            "way3": Sequential(*_conv(five_in, 1), *_conv(five, 5)),
            "way4": Sequential(MaxPool2d(3, stride=1, padding=1), *_conv(pooled, 1)),
        }

    def __call__(self, x: Expression) -> Expression:
        """A (C, H, W) image, or a batch of them."""
        found = []
        for name, way in self._ways.items():
            with scope(name):
                found.append(way(x))
        return call("concatenate", *found, axis=-3)


BLOCKS = {
    # Szegedy et al., table 1
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "pool3": (),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "pool4": (),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def _halved() -> Layer:
    """A pooling that halves an even size."""
    return MaxPool2d(3, stride=2, padding=1)


@network(
    "googlenet",
    "GoogLeNet on 224×224: nine inception blocks of four ways, one fully connected layer",
    "CSCI 599, Lecture 3; Szegedy et al., 2014",
)
def googlenet(*, classes: int = 1000, training: bool = True) -> Expression:
    """Table 1 of the paper, without its two auxiliary classifiers."""
    norm = LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=1.0)
    blocks = [
        (f"inception{name}", Inception(*filters)) if filters else (name, _halved())
        for name, filters in BLOCKS.items()
    ]
    return Sequential(
        *_conv(64, 7, 2),
        _halved(),
        norm,
        *_conv(64, 1),
        *_conv(192, 3),
        norm,
        _halved(),
        *blocks,
        GlobalAvgPool2d(),
        Flatten(),
        Dropout(0.4, training=training),
        Linear(classes),
    )(data("image", (3, 224, 224)))
