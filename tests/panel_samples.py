"""Walks side by side: the passes of a run, other numbers, other sources, other views, updates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.trace.panels import PanelWalk

CIRCUIT = "(x*y + z) * maximum(y, z)"
POINT = {"x": 1.5, "y": 2, "z": -1}
NEURON = {"w": 2, "x": -1, "b": 0.5}
IMAGE, KERNEL = np.arange(9.0).reshape(1, 1, 3, 3) / 8, np.array([[[[1.0, 0.5], [-0.5, 2.0]]]])


def run(source: str, **values: Any) -> gv.Trace:
    return gv.run(source, values=values)


def view(name: str, *runs: gv.Trace) -> list[Any]:
    return [views.walk(trace, name) for trace in runs]


def updates() -> PanelWalk:
    """The third pass of two optimisers, with their updates."""
    runs = [
        gv.learn("(w*x + b - t)**2", data="linear", w=0, b=0, optimizer=name, lr=0.1, batch=1,
                 passes=4, seed=1)
        for name in ("sgd", "adam")
    ]  # fmt: skip
    return gv.beside(*(run.trace(3) for run in runs), names="sgd, adam")


def convolution(second: str = "backward") -> PanelWalk:
    """The windows of a convolution beside the way back, or beside those of another."""

    def cells(options: str) -> Any:
        trace = gv.run(f"sum(conv2d(x, w{options}))", x=IMAGE, w=KERNEL)
        return gv.into(trace, "conv2d")

    return gv.beside(cells(""), second if second == "backward" else cells(second))


def other_numbers() -> PanelWalk:
    """One graph with numbers of other lengths."""
    return gv.beside(run(CIRCUIT, **POINT), run(CIRCUIT, x=-15.25, y=0.5, z=3))


def sigmoids() -> PanelWalk:
    """An op, and what it is made of."""
    pieces = run("1/(1 + exp(-(w*x + b)))", **NEURON)
    return gv.beside(run("sigmoid(w*x + b)", **NEURON), pieces, names="sigmoid, in pieces")


def residual() -> PanelWalk:
    """A skip, and no skip, on arrays."""
    values = {"W": [[0.5, -1], [2, 1]], "x": [1, 2]}
    sources = ("h = relu(W @ x); sum(h + x)", "h = relu(W @ x); sum(h)")
    first, second = (gv.run(source, values=values) for source in sources)
    return gv.beside(first, second, names=["residual", "plain"])


def networks() -> PanelWalk:
    """A network at two points, unit by unit."""
    first, second = (gv.run(gv.net("mlp:2-3-1"), x=x) for x in ([1, -1], [0.5, 2]))
    return gv.beside(*view("neurons", first, second))


def matrix() -> PanelWalk:
    """Both passes of W · x + b, row by row."""
    trace = gv.run("W @ x + b", W=[[0.5, -1], [2, 1]], x=[1, 2], b=[0, 1], upstream=[1, 2])
    return gv.beside(*view("matrix", trace), "backward")


def two_views() -> PanelWalk:
    """A network as a graph, and unit by unit."""
    trace = gv.run(gv.net("mlp:2-2-1"), x=[1, -1])
    return gv.beside(trace, *view("neurons", trace))


EVERY: dict[str, Callable[[], PanelWalk]] = {
    "passes": lambda: gv.beside(run(CIRCUIT, **POINT), "backward"),
    "passes of arrays": lambda: gv.beside(
        gv.run("sum(tanh(W @ x)**2)", W=[[0.5, -1], [2, 1]], x=[1, 2]), "backward"
    ),
    "other numbers": other_numbers,
    "sigmoid": sigmoids,
    "residual": residual,
    "networks": networks,
    "matrix": matrix,
    "two views": two_views,
    "updates": updates,
    "convolution": convolution,
    "two convolutions": partial(convolution, ", padding=1"),
    "forward only": lambda: gv.beside(gv.run("x*[1, 2]", x=3), gv.run("x*[1, 2]", x=4)),
    "exact": lambda: gv.beside(
        gv.run("sqrt(x)/3", x=2, backend="exact"), gv.run("sqrt(x)/3", x=5, backend="exact")
    ),
}
