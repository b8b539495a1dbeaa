"""COSE474 Deep Learning, Lecture 0: the MLP for digits, 784 pixels, 15 hidden units, 10 classes.

Its biases are folded into the weights: a 1 is appended to the pixels and to the hidden units.
"""

import sys
from pathlib import Path

import numpy as np

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

NETWORK = """
    hidden = sigmoid(W1 @ concatenate(x, [1]))
    y = sigmoid(W2 @ concatenate(hidden, [1]))
    sum((y - t)**2)
"""


def run() -> gv.Trace:
    random = np.random.default_rng(0)
    return gv.run(
        NETWORK,
        wrt="W1 W2",
        W1=random.normal(0, 0.1, (15, 785)),
        W2=random.normal(0, 0.1, (10, 16)),
        x=random.uniform(0, 1, 784),
        t=np.eye(10)[3],
    )


def main() -> list[Row]:
    trace = run()
    dW1, dW2 = trace.gradient("W1"), trace.gradient("W2")
    return [
        Row("units in the hidden layer", 15, trace.value("hidden").size),
        Row("units in the output layer", 10, trace.value("y").size),
        Row("shape of the gradient of W1", [15, 785], dW1.shape),
        Row("shape of the gradient of W2", [10, 16], dW2.shape),
        Row("gradients in all", None, dW1.size + dW2.size),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
