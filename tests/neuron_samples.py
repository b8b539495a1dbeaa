"""Networks of layers for tests: some by hand, and random ones, with their arithmetic in NumPy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.trace.neurons import UnitTrace

BENDS: dict[str, Any] = {
    "": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + np.exp(-z)),
    "step": lambda z: np.where(z >= 0, 1.0, 0.0),
    "by hand": lambda z: 1 / (1 + np.exp(-z)),
}
SPELT = {"": "{}", "step": "where({} >= 0, 1, 0)", "by hand": "1 / (1 + exp(-({})))"}
"""How activations are written in text; the others are called."""
FORMS = ("W{k} @ {x}", "{x} @ W{k}", "linear({x}, W{k})")
LOSSES = ("squares", "cross-entropy", "sum")
KINKS = ("relu", "leaky_relu", "elu", "step")
FIGURES = {
    "2-3-1": (
        "h = tanh(W1 @ x + b1); o = W2 @ h + b2; sum((o - y)**2)",
        {
            "x": [1, 0.5],
            "W1": [[0.5, -1], [-0.8, 0.6], [1.2, 0.4]],
            "b1": [0.1, 0.2, -0.3],
            "W2": [[1.5, -0.7, 0.9]],
            "b2": [0.2],
            "y": [1],
        },
    ),
    "2-3-2": (
        "h = tanh(W1 @ x + b1); o = W2 @ h + b2; sum((o - y)**2)",
        {
            "x": [1, 0.5],
            "W1": [[0.5, -1], [-0.8, 0.6], [1.2, 0.4]],
            "b1": [0.1, 0.2, -0.3],
            "W2": [[1.5, -0.7, 0.9], [-0.4, 1.1, 0.6]],
            "b2": [0.2, -0.1],
            "y": [1, 0.5],
        },
    ),
}
"""Networks that slides show."""


@dataclass(frozen=True)
class Sample:
    """A network: its sizes, the activation of each layer, its biases, how it is written."""

    sizes: tuple[int, ...]
    bends: tuple[str, ...]
    biased: bool
    form: str
    loss: str
    seed: int

    @property
    def source(self) -> str:
        """The expression."""
        said, x = [], "x"
        for k, bend in enumerate(self.bends, 1):
            z = self.form.format(k=k, x=x) + (f" + b{k}" if self.biased else "")
            spelt = SPELT.get(bend, f"{bend}({{}})")
            x = f"a{k}"
            said.append(f"{x} = {spelt.format(z)}")
        ends = {
            "squares": f"sum(({x} - t)**2)",
            "cross-entropy": f"softmax_cross_entropy({x}, t)",
            "sum": f"sum({x})",
        }
        return "; ".join([*said, ends[self.loss]])

    @property
    def values(self) -> dict[str, Any]:
        """What it runs on: numbers of two decimals."""
        random = np.random.default_rng(self.seed)
        found: dict[str, Any] = {"x": random.normal(size=self.sizes[0]).round(2)}
        for k, (before, after) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1):
            shape = (before, after) if self.form.endswith("@ W{k}") else (after, before)
            found[f"W{k}"] = random.normal(size=shape).round(2)
            if self.biased:
                found[f"b{k}"] = random.normal(size=after).round(2)
        if self.loss == "squares":
            found["t"] = random.normal(size=self.sizes[-1]).round(2)
        elif self.loss == "cross-entropy":
            found["t"] = int(random.integers(self.sizes[-1]))
        return found

    def walk(self) -> UnitTrace:
        """The walk over its units."""
        made = views.walk(gv.run(self.source, **self.values), "neurons")
        assert isinstance(made, UnitTrace)
        return made

    def forward(self, nudges: dict[tuple[int, int], float] | None = None) -> Any:
        """Sums, values and loss in NumPy, with something added to some sums, by layer and unit."""
        given = self.values
        x = np.array(given["x"], float)
        for (layer, unit), by in (nudges or {}).items():
            if not layer:
                x[unit] += by
        zs, hs = [x], [x]
        for k, bend in enumerate(self.bends, 1):
            weights = given[f"W{k}"]
            rows = weights.T if self.form.endswith("@ W{k}") else weights
            z = rows @ hs[-1] + (given[f"b{k}"] if self.biased else 0)
            for (layer, unit), by in (nudges or {}).items():
                if layer == k:
                    z[unit] += by
            zs.append(z)
            hs.append(np.asarray(BENDS[bend](z), float))
        out = hs[-1]
        loss = {
            "squares": lambda: ((out - given["t"]) ** 2).sum(),
            "cross-entropy": lambda: np.log(np.exp(out).sum()) - out[given["t"]],
            "sum": lambda: out.sum(),
        }[self.loss]()
        return zs, hs, float(loss)

    @property
    def has_kinks_near(self) -> bool:
        """Whether a sum is so near to a kink that differences would cross it."""
        zs, _, _ = self.forward()
        return any(
            bend in KINKS and np.abs(z).min() < 1e-3
            for bend, z in zip(self.bends, zs[1:], strict=True)
        )


@st.composite
def samples(draw: st.DrawFn, most: int = 8, layers: int = 4) -> Sample:
    """Networks of one to four layers of one to eight units."""
    count = draw(st.integers(1, layers))
    sizes = draw(st.lists(st.integers(1, most), min_size=count + 1, max_size=count + 1))
    loss = draw(st.sampled_from(LOSSES))
    if loss == "cross-entropy" and sizes[-1] == 1:
        loss = "squares"
    bends = draw(st.lists(st.sampled_from([*BENDS]), min_size=count, max_size=count))
    biased, form = draw(st.booleans()), draw(st.sampled_from(FORMS))
    return Sample(tuple(sizes), tuple(bends), biased, form, loss, draw(st.integers(0, 2**16)))
