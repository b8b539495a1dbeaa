"""Two runs to compare: every example with other numbers and with every other that shares inputs,
the lectures' own comparisons, networks, passes of two optimisers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import combinations

import numpy as np

import gradviz as gv
from gradviz.cli.examples import EXAMPLES
from gradviz.cli.sources import run_source
from gradviz.graph.union import union
from gradviz.trace.pair import PairTrace

W = [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]]
OTHER = [[0.05, 0.15, -0.1, 0.2], [-0.1, 0.2, 0.25, 0.05], [0.4, -0.15, 0.25, 0.15]]
IMAGES = [[0.1, 1.5, 0.07, 2.32], [0.3, 0.15, 1.5, 1.91], [1, 3, 0.37, 0.8]]
LOSSES = "s = linear(x, W, b); hinge = multiclass_hinge(s, y); L = softmax_cross_entropy(s, y)"
SCORES = [-2.85, 0.86, 0.28]
SQUASHED = {"w1": 0.5, "w2": 2, "x": -3, "b": 1}
CLASSES = "cat,car,plane"


def which_w(**options: str) -> PairTrace:
    """The three images of the lecture with its two classifiers."""
    first = gv.run(LOSSES, x=IMAGES, y=[1, 0, 2], W=W, b=[0.15, -0.1, -0.2], **options)
    second = gv.run(LOSSES, x=IMAGES, y=[1, 0, 2], W=OTHER, b=[0.3, -0.2, 0.2], **options)
    return paired(first, second, CLASSES)


def one_image() -> PairTrace:
    """Its first image alone."""
    first = gv.run(LOSSES, x=IMAGES[0], y=1, W=W, b=[0.15, -0.1, -0.2])
    return paired(first, gv.run(LOSSES, x=IMAGES[0], y=1, W=OTHER, b=[0.3, -0.2, 0.2]), CLASSES)


def svm_and_softmax() -> PairTrace:
    """Two losses of the same scores."""
    losses = ("multiclass_hinge(s, 2)", "softmax_cross_entropy(s, 2)")
    first, second = (gv.run(loss, s=SCORES) for loss in losses)
    return paired(first, second, CLASSES)


def optimisers() -> PairTrace:
    """The third pass of two optimisers, with their updates."""
    runs = [
        gv.learn("(w*x + b - t)**2", data="linear", w=0, b=0, optimizer=name, lr=0.1, batch=1,
                 passes=4, seed=1)
        for name in ("sgd", "adam")
    ]  # fmt: skip
    return paired(runs[0].trace(3), runs[1].trace(3))


def pair_of(first: str, second: str, **values: object) -> Callable[[], PairTrace]:
    """Two sources on the same values."""
    return lambda: paired(gv.run(first, values=values), gv.run(second, values=values))


def paired(first: gv.Trace, second: gv.Trace, classes: str = "") -> PairTrace:
    """Two runs on one graph."""
    found = gv.compare(first, second, classes=classes, view="graph")
    assert isinstance(found, PairTrace)
    return found


LECTURES: dict[str, Callable[[], PairTrace]] = {
    "which W": lambda: which_w(wrt="W"),
    "one image": one_image,
    "SVM and softmax": svm_and_softmax,
}
OWN: dict[str, Callable[[], PairTrace]] = {
    "all gradients": which_w,
    "optimisers": optimisers,
    "in the middle": pair_of("w2*tanh(w1*x)+b", "w2*relu(w1*x)+b", **SQUASHED),
    "constants": pair_of("0.5*x**2 + 3*x", "0.25*x**3 + 3*x", x=1.5),
    "branches": pair_of("x*y + x*x", "x*y + x", x=2, y=3),
    "more branches": pair_of("q = x*y; q*q + x", "q = x*y; q*x + q*y", x=2, y=-3),
    "orders": pair_of("a = x + y; b = x*y; a*b", "b = x*y; a = x + y; b*a", x=2, y=5),
    "wider": pair_of("net:mlp:2-3-1", "net:mlp:2-5-1", x=[0.5, -1.0]),
    "deeper": pair_of("net:mlp:2-3-2", "net:mlp:2-3-3-2", x=[0.5, -1.0], label=1),
    "large": pair_of("sum(x*x)", "sum(x*x*x)", x=np.linspace(-1, 1, 42).reshape(6, 7)),
    "forward only": pair_of("x*2", "x*3", x=[1.0, 2.0]),
}


def others() -> Iterator[tuple[str, Callable[[], PairTrace]]]:
    """Each example with other numbers, and with each of the others that shares an input."""
    names = [e.name for e in EXAMPLES]
    for name in names:
        yield f"{name} with other numbers", partial(_moved, name)
    for a, b in combinations(names, 2):
        if union(example(a).graph, example(b).graph).common:
            yield f"{a} and {b}", partial(_both, a, b)


def _moved(name: str) -> PairTrace:
    return paired(example(name), moved(name))


def _both(first: str, second: str) -> PairTrace:
    return paired(example(first), example(second))


@cache
def example(name: str) -> gv.Trace:
    """An example of the command line."""
    found = next(e for e in EXAMPLES if e.name == name)
    return run_source(found.source, found.values, (), None, "numpy", "float64")


def moved(name: str) -> gv.Trace:
    """The same on other numbers."""
    trace = example(name)
    given = {
        node.name: np.asarray(trace.value(node.name)) * 1.5 + 0.25
        for node in trace.graph.inputs
        if node.id not in trace.graph.index_leaves
    }
    kept = {n.name: trace.value(n.name) for n in trace.graph.inputs if n.name not in given}
    return gv.run(trace.graph, values=given | kept)


EVERY: dict[str, Callable[[], PairTrace]] = LECTURES | OWN | dict(others())
