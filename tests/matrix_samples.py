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
