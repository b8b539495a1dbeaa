"""Single neurons, and two layers of them."""

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.graph.expression import Expression, call
from gradviz.networks.activations import Activation
from gradviz.networks.catalogue import network
from gradviz.networks.initialisers import constant
from gradviz.networks.layers import Linear
from gradviz.networks.parameters import data, parameter
from gradviz.networks.sequential import Sequential

COSE474 = "COSE474 Deep Learning, Lecture 0"
THRESHOLD = "heaviside"
"""A perceptron's hard threshold, which lets no gradient through."""


def _gate(threshold: float) -> Expression:
    """x1 + x2 against a threshold."""
    x = data("x", (2,))
    w, t = parameter("w", (2,), constant([1, 1])), parameter("t", (), constant(threshold))
    return call(THRESHOLD, x @ w - t)


@network("and", "a perceptron with a hard threshold: 1 where both inputs are 1", COSE474, loss="")
def conjunction() -> Expression:
    """x1 + x2 ≥ 3/2."""
    return _gate(1.5)


@network("or", "a perceptron with a hard threshold: 1 where an input is 1", COSE474, loss="")
def disjunction() -> Expression:
    """x1 + x2 ≥ 1/2."""
    return _gate(0.5)


XOR = {
    # Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.1.
    "relu": ([[1, 1], [1, 1]], [0, -1], [[1, -2]], [0]),
    # OR and not AND, by thresholds.
    "step": ([[1, 1], [1, 1]], [-0.5, -1.5], [[1, -1]], [-0.5]),
}


@network(
    "xor",
    "two layers with hand-set weights, by ReLU; or OR and not AND, by thresholds",
    f"{COSE474}; Deep Learning, 2016, 6.1",
    loss="",
    data="xor",
)
def exclusive(*, activation: str = "relu") -> Expression:
    """1 where the two inputs differ.

    With `step` instead of `relu`, a hard threshold, no gradient passes.
    """
    if activation not in XOR:
        hint = did_you_mean(activation, XOR)
        raise UnknownNameError(
            f"xor has no weights for {activation!r:.40}", expected=" or ".join(XOR), hint=hint
        )
    W1, b1, W2, b2 = XOR[activation]
    bend = Activation("relu") if activation == "relu" else _Step()
    first = Linear(2, init=constant(W1), bias_init=constant(b1), names=("W1", "b1"))
    second = Linear(1, init=constant(W2), bias_init=constant(b2), names=("W2", "b2"))
    layers = [("layer1", first), ("bend1", bend), ("layer2", second)]
    return Sequential(*layers, *([] if activation == "relu" else [("bend2", bend)]))(
        data("x", (2,))
    )


class _Step:
    """The hard threshold as a layer."""

    kind = "step"

    def __call__(self, x: Expression) -> Expression:
        return call(THRESHOLD, x)


@network(
    "neuron",
    "one neuron with two inputs and a sigmoid, as a circuit of scalars",
    "CS231n, in the notes on backpropagation",
    loss="",
)
def neuron() -> Expression:
    """sigmoid(w0 x0 + w1 x1 + w2), with the numbers of the notes."""
    w0, w1, w2 = (parameter(f"w{i}", (), constant(value)) for i, value in enumerate((2, -3, -3)))
    x0, x1 = data("x0", example=-1), data("x1", example=-2)
    return call("sigmoid", w0 * x0 + w1 * x1 + w2)
