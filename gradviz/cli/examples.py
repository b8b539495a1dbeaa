"""The lecture examples of `gradviz demo` and `gradviz list examples`; networks to begin with."""

from __future__ import annotations

from typing import NamedTuple

from gradviz import shell
from gradviz.errors import UnknownNameError, did_you_mean


class Example(NamedTuple):
    """One example.

    name     as `gradviz demo NAME` calls it.
    lecture  where it comes from.
    source   the expression.
    values   NAME=VALUE, as on the command line.
    line     what it shows, in one line.
    """

    name: str
    lecture: str
    source: str
    values: tuple[str, ...]
    line: str

    @property
    def command(self) -> str:
        """What to type to see it, quoted for any shell."""
        return shell.line(["gradviz", "show", self.source, *self.values])


CSCI566 = "CSCI 566 Deep Learning and Its Applications, Lecture 3"
TUTORIAL = "Deep Learning Tutorial"
CS7643 = "CS 7643 Deep Learning"
CS231N = "CS231n, in the notes on backpropagation"

EXAMPLES = (
    Example(
        "circuit",
        CSCI566,
        "x*y + z",
        ("x=-3", "y=5", "z=2"),
        "the first circuit: a product and a sum",
    ),
    Example(
        "norm-squared",
        CSCI566,
        "q = W @ x; sum(q**2)",
        ("W=[[0.4,0.6],[0.7,-0.2]]", "x=[0.5,0.3]"),
        "the squared length of a matrix times a vector, and its gradient in matrix form",
    ),
    Example(
        "branches",
        CSCI566,
        "x*y + max(y, z) + 3*y",
        ("x=2", "y=1", "z=4"),
        "one input used three times: gradients add at a branch",
    ),
    Example(
        "neuron",
        CS231N,
        "sigmoid(w0*x0 + w1*x1 + w2)",
        ("w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3"),
        "a neuron with two inputs and a sigmoid",
    ),
    Example(
        "softmax",
        TUTORIAL,
        "e = exp(s); p = e / sum(e); -log(p[0])",
        ("s=[3.2,5.1,-1.7]",),
        "the softmax loss of a cat that is mistaken for something else",
    ),
    Example(
        "hinge",
        CS7643,
        "sum(maximum(0, 1 + s - s[0])) - 1",
        ("s=[3.2,5.1,-1.7]",),
        "the hinge loss of the same scores: only open margins pass a gradient",
    ),
    Example(
        "three-layers",
        TUTORIAL,
        "a1 = sigmoid(W1 @ x + b1); a2 = sigmoid(W2 @ a1); y = sigmoid(W3 @ a2 + b3); sum(y)",
        (
            "W1=[[1,-2],[-1,1]]",
            "x=[1,-1]",
            "b1=[1,0]",
            "W2=[[2,-1],[-2,-1]]",
            "W3=[[3,-1],[-1,4]]",
            "b3=[-2,2]",
        ),
        "a network of three sigmoid layers, all the way back to its first weights",
    ),
)

NETWORKS = (
    ("xor", "two layers do what no single layer can", ("net:xor", "x=[1,0]")),
    ("mlp", "a small network with three layers", ("net:mlp:2-4-4-1", "x=[0.5,-1]")),
    (
        "rnn",
        "a recurrent network over three steps in time",
        ("net:rnn:1-2", "x=random:1", "label=0"),
    ),
    ("lstm", "a long short-term memory over two steps", ("net:lstm:1-2", "x=random:1", "label=0")),
    ("gru", "a gated recurrent unit over two steps", ("net:gru:1-2", "x=random:1", "label=0")),
    ("tiny-cnn", "a convolution on a 5 by 5 image", ("net:tiny-cnn", "image=digit:3", "label=1")),
    ("lenet5", "LeNet-5 reads a handwritten digit", ("net:lenet5", "image=digit:3", "label=3")),
)
"""Networks of the zoo, with values to run them on."""


def find(name: str) -> Example:
    """The example of this name. Raises UnknownNameError with the nearest one."""
    known = {example.name: example for example in EXAMPLES}
    if name not in known:
        raise UnknownNameError(
            f"there is no example {name!r}",
            expected=", ".join(known),
            hint=did_you_mean(name, known),
        )
    return known[name]
