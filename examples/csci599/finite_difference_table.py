"""CSCI 599 Deep Learning and its Applications, Lecture 3: a gradient, weight by weight.

The loss is the distance |W x - t|. Each weight in turn is raised by h and the loss computed
again: (L(W + h) - L(W)) / h. The slide rounds before it subtracts: its first slope is 20 times
too large.
"""

import sys
from pathlib import Path

import numpy as np

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, cause, present

W = np.array([[-0.1, 0.2, 0.15, 0.05], [0.25, 0.05, 0.2, -0.1], [0.25, 0.15, -0.15, 0.4]])
x, t, h = [0.1, 1.5, 0.07, 2.32], [0, 1, 0], 0.001
F_ON_SLIDE, L_ON_SLIDE = [0.416, -0.118, 1.167], 1.6688
LOSS = gv.compile("f = W @ x; L = norm(f - t)", wrt="W")
LOSS_ON_SLIDE = [f"f={F_ON_SLIDE}", f"L={L_ON_SLIDE}"]
FIRST = [*LOSS_ON_SLIDE, "L(W[0,0]+h)=1.6693", "slope W[0,0]=0.5"]
SECOND = [*FIRST[:-1], "L(W[0,1]+h)=1.6697", "slope W[0,1]=0.9"]


def run() -> gv.Trace:
    return LOSS.trace(W=W, x=x, t=t)


def raised(*places: tuple[int, int]) -> float:
    """L with h added to these weights."""
    moved = W.copy()
    for place in places:
        moved[place] += h
    return float(LOSS.value(W=moved, x=x, t=t))


def main() -> list[Row]:
    trace = run()
    L, exact = trace.value("L"), trace.gradient("W")
    slopes = np.array([[(raised((i, j)) - L) / h for j in range(4)] for i in range(3)])
    one, two = raised((0, 0)), raised((0, 0), (0, 1))
    return [
        Row("f = W x", F_ON_SLIDE, trace.value("f")),
        Row("L(W)", L_ON_SLIDE, L, cause(trace, *LOSS_ON_SLIDE)),
        Row("L of that f", L_ON_SLIDE, gv.run("L = norm(f - t)", f=F_ON_SLIDE, t=t).value("L")),
        Row("L with h at W[0,0]", 1.6693, one),
        Row("dW[0,0]", 0.5, slopes[0, 0], cause(trace, *FIRST, h=h)),
        Row("(that - 1.6688)/h", 0.5, (round(one, 4) - L_ON_SLIDE) / h),
        Row("L with h at W[0,0] and at W[0,1]", 1.6697, two),
        Row("dW[0,1]", 0.9, slopes[0, 1], cause(trace, *SECOND, told=2, h=h)),
        Row("(that - 1.6688)/h again", 0.9, (round(two, 4) - L_ON_SLIDE) / h),
        *(Row(f"row {i} by differences", None, row) for i, row in enumerate(slopes)),
        *(Row(f"row {i} by backprop", None, row) for i, row in enumerate(exact)),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
