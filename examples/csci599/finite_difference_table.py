"""CSCI 599 Deep Learning and its Applications, Lecture 3: a gradient, weight by weight.

The loss is the distance |W x - t|. Each weight in turn is raised by h and the loss computed
again: (L(W + h) - L(W)) / h. (The table that follows on the slide is an illustration: its figures
do not come from this W.)
"""

import sys
from pathlib import Path

import numpy as np

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

W = np.array([[-0.1, 0.2, 0.15, 0.05], [0.25, 0.05, 0.2, -0.1], [0.25, 0.15, -0.15, 0.4]])
x, t = [0.1, 1.5, 0.07, 2.32], [0, 1, 0]
h = 0.001
ON_SLIDE = [0.416, -0.118, 1.167]
WHY = "the slide goes on with f cut to three decimals"
LOSS = gv.compile("f = W @ x; L = norm(f - t)", wrt="W")


def run() -> gv.Trace:
    return LOSS.trace(W=W, x=x, t=t)


def main() -> list[Row]:
    trace = run()
    slopes = np.zeros_like(W)
    for place in np.ndindex(W.shape):
        moved = W.copy()
        moved[place] += h
        slopes[place] = (LOSS.value(W=moved, x=x, t=t) - trace.value("L")) / h
    rows = [
        Row("f = W x", ON_SLIDE, trace.value("f")),
        Row("L(W)", 1.6688, trace.value("L"), WHY),
        Row("L of that f", 1.6688, gv.run("L = norm(f - t)", f=ON_SLIDE, t=t).value("L")),
    ]
    for i, (measured, exact) in enumerate(zip(slopes, trace.gradient("W"), strict=True), 1):
        rows += [
            Row(f"row {i} by differences", None, measured),
            Row(f"row {i} by backprop", None, exact),
        ]
    return rows


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
