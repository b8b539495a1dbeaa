"""Deep Learning Tutorial: a fit with more weights is nearer to its points, not to the others.

The lecture draws f1 and f2 without numbers. Here f1 is the line and f2 the polynomial of degree 5
nearest to six points about 2 x + 1; three more points are kept back.
"""

import sys
from pathlib import Path

import numpy as np

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

SEEN = {"x": np.arange(6) / 5, "t": [1.2, 1.1, 2.1, 1.9, 2.9, 2.8]}
KEPT_BACK = {"x": np.array([0.1, 0.5, 0.9]), "t": [1.2, 2.0, 2.8]}
LOSS = gv.compile("mean((X @ w - t)**2)", wrt="w")


def fit(degree: int, decay: float = 0.0) -> np.ndarray:
    """The weights at which the loss plus decay times their squares is least."""
    X = np.vander(SEEN["x"], degree + 1)
    return np.linalg.solve(X.T @ X + 6 * decay * np.eye(degree + 1), X.T @ SEEN["t"])


def loss(w: np.ndarray, points: dict) -> float:
    return float(LOSS.value(w=w, X=np.vander(points["x"], len(w)), t=points["t"]))


def run() -> gv.Trace:
    return LOSS.trace(w=fit(1), X=np.vander(SEEN["x"], 2), t=SEEN["t"])


def main() -> list[Row]:
    rows = []
    for name, w in (
        ("f1, degree 1", fit(1)),
        ("f2, degree 5", fit(5)),
        ("f2 with decay 0.01", fit(5, 0.01)),
    ):
        rows += [
            Row(f"{name}: loss on the six points", None, loss(w, SEEN)),
            Row(f"{name}: loss on those kept back", None, loss(w, KEPT_BACK)),
        ]
    return rows


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
