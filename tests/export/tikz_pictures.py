"""Pictures of every kind, as functions of the file and the options to draw them with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import gradviz as gv
from tests.pair_samples import which_w
from tests.panel_samples import EVERY as SIDE_BY_SIDE

Picture = Callable[..., Any]
MATRIX: dict[str, Any] = {
    "W": [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]],
    "x": [0.1, 1.5, 0.07, 2.32],
    "b": [0.15, -0.1, -0.2],
}
GRID = [[1, 0, 2, 1], [0, 3, 1, 0], [2, 1, 0, 1], [1, 0, 2, 2]]
IMAGE = [[(3 * i + 5 * j) % 17 / 16 for j in range(40)] for i in range(40)]
EDGES = [[float(j - 4) for j in range(9)] for _ in range(9)]
KERNEL = [[[[1, 0, -1], [2, 1, 0], [0, 1, -1]]]]


def _view(view: str, source: Any, values: dict[str, Any], **more: Any) -> Picture:
    def draw(path: Path | str, **options: Any) -> Any:
        return gv.render(gv.run(source, values=values, **more), path, view=view, **options)

    return draw


def _walk(source: Any, values: dict[str, Any], into: str | None = None, **more: Any) -> Picture:
    def draw(path: Path | str, **options: Any) -> Any:
        return gv.render(gv.run(source, values=values, **more), path, into=into, **options)

    return draw


def _plot(*sources: str, step: object = None, steps: object = None, **about: Any) -> Picture:
    def draw(path: Path | str, **options: Any) -> Any:
        options = {k: v for k, v in options.items() if k not in ("step", "steps")}
        return gv.render(gv.plot(*sources, **about), path, **options)

    return draw


@cache
def learnt() -> Any:
    """A training run of two features."""
    return gv.learn(gv.net("mlp:2-2-1", activation="tanh"), data="ring", lr=0.3, passes=3)


def _run(view: str) -> Picture:
    def draw(path: Path | str, **options: Any) -> Any:
        made = learnt() if view == "training" else learnt().trace(3)
        return gv.render(made, path, view=view, **options)

    return draw


NUMBERS = {"x": 1.5, "y": 2, "z": -1}
PICTURES: dict[str, Picture] = {
    "graph": _walk("(x*y + z) * maximum(y, z)", NUMBERS),
    "arrays": _walk("q = W @ x; sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}),
    "exact": _walk("sqrt(x)*y + pi", {"x": "2", "y": "1/3"}, backend="exact"),
    "heatmaps": _walk(
        "sum(relu(conv2d(image, K)))", {"image": [IMAGE], "K": [[EDGES]]}
    ),
    "scopes": _walk("step1: h1 = tanh(w*h0 + u*x1); h1*u", {"w": 1, "h0": 0.5, "u": 2, "x1": 1}),
    "cells": _walk("conv2d(x, k)", {"x": [GRID], "k": KERNEL}, "f", upstream=[[[1, 2], [3, 4]]]),
    "product": _walk("A @ B", {"A": [[1, 2], [3, 4]], "B": [[5, 6], [7, 8]]}, "f",
                     upstream=[[1, 0], [0, 1]]),
    "neurons": _view("neurons", gv.net("mlp:2-3-1"), {"x": [1, -2], "label": 1}),
    "matrix": _view("matrix", "s = W @ x + b", MATRIX, upstream=[1, 0, 0]),
    "volumes": _view("volumes", gv.net("lenet5"), {"image": [[[v / 2 for v in row[:32]]
                     for row in IMAGE[:32]]], "label": 3}),
    "im2col": _view("im2col", "sum(conv2d(x, k))", {"x": [GRID], "k": KERNEL}),
    "stamps": _view("stamps", "sum(conv_transpose2d(x, k, stride=2))",
                    {"x": [[[1, 2], [3, 4]]], "k": KERNEL}),
    "differences": _view("differences", "sum(W @ x)", {"W": [[1, 2], [3, 4]], "x": [1, 2]}),
    "curve": _plot("sigmoid(x)", x=1),
    "surface": _plot("w1**2 + w2**4", over="w1,w2", paths="gd:0.1", start="w1=-1.5,w2=1"),
    "families": _plot("activations"),
    "update": _run("update"),
    "training": _run("training"),
    "plane": lambda path, step=None, steps=None, **options: gv.render(
        gv.plot(learnt(), plane=True), path, **options),
    "pair": lambda path, **options: gv.render(which_w(), path, **options),
    "panels": lambda path, **options: gv.render(SIDE_BY_SIDE["sigmoid"](), path, **options),
}  # fmt: skip
