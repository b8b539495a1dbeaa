"""Networks of fully connected layers, and the linear classifier."""

from gradviz.errors import ValueInputError
from gradviz.graph.expression import Expression
from gradviz.networks.activations import Activation
from gradviz.networks.catalogue import network
from gradviz.networks.initialisers import constant
from gradviz.networks.layers import Linear
from gradviz.networks.parameters import data
from gradviz.networks.sequential import Layer, Sequential
from gradviz.ops.registry import get

SATURATING = ("sigmoid", "tanh")
"""Activations that Xavier's initialiser was made for; all others take He's."""


def _stack(
    sizes: list[int],
    activation: str,
    *,
    last: bool = False,
    folded: bool = False,
    image: bool = False,
) -> Expression:
    """Fully connected layers with parameters W1, b1, W2, …, each followed by an activation.

    The last one has an activation only if asked for.
    """
    get(activation)
    init = "xavier" if activation in SATURATING else "he"
    layers: list[tuple[str, Layer]] = []
    for k, units in enumerate(sizes[1:], 1):
        layers.append(
            (f"layer{k}", Linear(units, init=init, folded=folded, names=(f"W{k}", f"b{k}")))
        )
        if last or k < len(sizes) - 1:
            layers.append((f"{activation}{k}", Activation(activation)))
    return Sequential(*layers)(data("x", (sizes[0],), image=image))


def _lacks(sizes: str, option: str) -> str:
    """What an option needs: an activation is applied to hidden layers only."""
    return "a hidden layer, as in mlp:2-4-1" if sizes.count("-") < 2 else ""


@network(
    "mlp",
    "a multilayer perceptron of these sizes: inputs, hidden layers, outputs",
    "all lectures",
    lacks=_lacks,
)
def mlp(sizes: str, /, *, activation: str = "relu") -> Expression:
    """`mlp:2-4-4-1`: an activation after every layer but the last."""
    words = sizes.split("-")
    if len(words) < 2 or not all(w.isdecimal() and len(w) < 10 and int(w) for w in words):
        raise ValueInputError(
            "not valid layer sizes", expected="two or more, such as mlp:2-4-4-1", got=sizes
        )
    return _stack(list(map(int, words)), activation)


COSE474 = "COSE474 Deep Learning, Lecture 0"


@network(
    "mnist-mlp",
    "784 pixels, 15 hidden units, 10 classes, sigmoids; biases folded into W1 and W2",
    COSE474,
    loss="squared_error",
)
def mnist_mlp() -> Expression:
    """15×785 and 10×16 weights: a 1 is put at the end of the pixels and of the hidden units."""
    return _stack([784, 15, 10], "sigmoid", last=True, folded=True, image=True)


@network(
    "mnist-mlp-plain",
    "784 pixels, 15 hidden units, 10 classes, sigmoids; biases of their own",
    COSE474,
    loss="squared_error",
)
def mnist_mlp_plain() -> Expression:
    """The same network with W1, b1, W2, b2."""
    return _stack([784, 15, 10], "sigmoid", last=True)


@network(
    "linear-classifier",
    "four pixels, three classes (cat, dog, ship): scores W x + b",
    "CS231n, in the notes on linear classification",
)
def linear_classifier() -> Expression:
    """The image and the weights of the notes."""
    W = [[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0, 0.25, 0.2, -0.3]]
    scores = Linear(3, init=constant(W), bias_init=constant([1.1, 3.2, -1.2]), names=("W", "b"))
    return scores(data("x", (4,), example=[56, 231, 24, 2]))
