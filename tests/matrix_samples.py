"""Products of a matrix and a column for tests, with their arithmetic in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.trace.matrix import MatrixTrace

FORMS = {
    "W @ x + b": lambda W, x, b: W @ x + b,
    "x @ W + b": lambda W, x, b: x @ W + b,
    "linear(x, W, b)": lambda W, x, b: W @ x + b,
    "linear(flatten(x), W) + b": lambda W, x, b: W @ x.ravel() + b,
    "W @ x": lambda W, x, b: W @ x,
    "b + W @ x": lambda W, x, b: W @ x + b,
}
IMAGE = (
    "s = W @ flatten(image) + b; softmax_cross_entropy(s, y)",
    {
        "W": [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]],
        "b": [0.15, -0.1, -0.2],
        "image": [[0.1, 1.5], [0.07, 2.32]],
        "y": 1,
    },
)
"""The slide: an image of four pixels, three classes."""


@dataclass(frozen=True)
class Sample:
    """A product: how it is written, its shape, whether all its numbers are of two decimals."""

    form: str
    rows: int
    columns: int
    short: bool
    seed: int

    @property
    def source(self) -> str:
        """The expression, with squares of s as the loss."""
        return f"s = {self.form}; sum((s - t)**2)"

    @property
    def values(self) -> dict[str, Any]:
        """What it runs on."""
        random = np.random.default_rng(self.seed)
        shape = (self.rows, self.columns)
        flat = "flatten" in self.form and self.columns % 2 == 0
        sizes = {
            "W": shape[::-1] if self.form.startswith("x @") else shape,
            "x": (2, self.columns // 2) if flat else (self.columns,),
            "t": (self.rows,),
            **({"b": (self.rows,)} if "b" in self.form else {}),
        }
        made = {name: random.normal(size=size) for name, size in sizes.items()}
        return {k: v.round(2) for k, v in made.items()} if self.short else made

    def loss(self, **values: Any) -> tuple[Any, float]:
        """s and the loss in NumPy."""
        s = FORMS[self.form](values["W"], values["x"], values.get("b"))
        return s, float(((s - values["t"]) ** 2).sum())

    def walk(self) -> MatrixTrace:
        """The walk over it."""
        return walk(self.source, **self.values)


BATCHES = {
    "W @ X + B": lambda W, X, b: W @ X + b[:, None],
    "X @ W + b": lambda W, X, b: X @ W + b,
    "b + X @ W": lambda W, X, b: X @ W + b,
    "linear(X, W, b)": lambda W, X, b: X @ W.T + b,
    "linear(X, W) + b": lambda W, X, b: X @ W.T + b,
    "X @ W": lambda W, X, b: X @ W,
    "W @ X": lambda W, X, b: W @ X,
    "X @ W + c": lambda W, X, b: X @ W + b[0],
}


@dataclass(frozen=True)
class Batch:
    """A product with several columns: how it is written, its shape, the number of samples."""

    form: str
    rows: int
    columns: int
    samples: int
    seed: int

    @property
    def source(self) -> str:
        """The expression, with squares of S as the loss."""
        return f"S = {self.form}; sum((S - t)**2)"

    @property
    def by_rows(self) -> bool:
        """Whether samples are rows."""
        return not self.form.startswith("W @")

    @property
    def values(self) -> dict[str, Any]:
        """What it runs on, in two decimals."""
        random = np.random.default_rng(self.seed)
        turned = "X @ W" in self.form
        shape = (self.columns, self.rows) if turned else (self.rows, self.columns)
        ends = {"X": (self.columns, self.samples), "t": (self.rows, self.samples)}
        sizes = {k: v[::-1] if self.by_rows else v for k, v in ends.items()} | {"W": shape}
        made = {name: random.normal(size=size).round(2) for name, size in sizes.items()}
        bias = random.normal(size=self.rows).round(2)
        own = {"B": bias[:, None], "b": bias, "c": bias[0]}
        return made | {k: v for k, v in own.items() if k in self.form.replace("linear", "")}

    def sums(self, values: dict[str, Any]) -> Any:
        """S as the graph has it, in NumPy."""
        bias = values.get("B", values.get("b", values.get("c", np.zeros(self.rows))))
        flat = np.broadcast_to(np.ravel(bias), (self.rows,))
        return BATCHES[self.form](values["W"], values["X"], flat)

    def loss(self, values: dict[str, Any]) -> float:
        """The loss in NumPy."""
        return float(((self.sums(values) - values["t"]) ** 2).sum())


@st.composite
def batches(draw: st.DrawFn, most: int = 5) -> Batch:
    """Products of up to so many rows, columns and samples, at least two of each."""
    size = st.integers(2, most)
    form = draw(st.sampled_from(sorted(BATCHES)))
    return Batch(form, draw(size), draw(size), draw(size), draw(st.integers(0, 2**16)))


def walk(source: Any, **values: Any) -> MatrixTrace:
    """The matrix walk of a run."""
    made = views.walk(gv.run(source, **values), "matrix")
    assert isinstance(made, MatrixTrace)
    return made


@st.composite
def samples(draw: st.DrawFn, most: int = 12) -> Sample:
    """Products of up to so many rows and columns."""
    rows, columns = draw(st.integers(1, most)), draw(st.integers(2, most))
    form = draw(st.sampled_from(sorted(FORMS)))
    return Sample(form, rows, columns, draw(st.booleans()), draw(st.integers(0, 2**16)))
