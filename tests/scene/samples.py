"""Runs that the tests of pictures draw: one for each thing that a picture can hold."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from gradviz.engine.run import run
from gradviz.trace import Trace

IMAGE = [[math.sin(i / 4) * math.cos(j / 5) for j in range(28)] for i in range(28)]

SAMPLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "the mark": ("(x*y + z) * maximum(y, z)", {"x": 1.5, "y": 2, "z": -1}, "numpy"),
    "neuron": (
        "sigmoid(w0*x0 + w1*x1 + w2)",
        {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
        "numpy",
    ),
    "norm": ("q = W @ x; sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}, "numpy"),
    "square": ("x*x", {"x": 3}, "numpy"),
    "branch": ("sin(x)*x + exp(x)/(x-1)", {"x": 2.5}, "numpy"),
    "heatmap": ("sum(relu(A * 2) ** 2)", {"A": IMAGE}, "numpy"),
    "three axes": (
        "sum(A * b)",
        {"A": [[[1.0] * 7] * 6] * 3, "b": [float(i) for i in range(7)]},
        "numpy",
    ),
    "stack": ("where(x > 0, stack(x, y, 3), [1, 2, 3]) @ [1, -1, 2]", {"x": 2, "y": 3}, "numpy"),
    "NaN": ("log(x) * y", {"x": -1, "y": 2}, "numpy"),
    "infinity": ("sum([1, 2] / x)", {"x": [0, 1]}, "numpy"),
    "exact": ("sqrt(x)/(x+1)*a", {"x": "1/3", "a": "2"}, "exact"),
    "symbols": ("(x*y + z) * exp(x)", {}, "exact"),
    "no backward pass": ("A * 2", {"A": [1, 2]}, "numpy"),
    "only an input": ("x", {"x": 7}, "numpy"),
    "long names": (
        "a_very_long_name_of_an_input_of_a_layer * Жук",
        {"a_very_long_name_of_an_input_of_a_layer": 0.25, "Жук": 1e-9},
        "numpy",
    ),
    "long": (
        "*".join(f"x{i}" for i in range(33)),
        {f"x{i}": 1 + i / 100 for i in range(33)},
        "numpy",
    ),
}


@cache
def sample(name: str) -> Trace:
    """The trace of a sample."""
    source, values, backend = SAMPLES[name]
    return run(source, values=values, backend=backend)
