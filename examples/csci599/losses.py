"""CSCI 599 Deep Learning and its Applications, Lecture 3: losses and a regulariser.

The lecture gives the formulas; the scores here are those of the cat in the tutorial, whose class is
the first.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

HINGE = "L = sum(maximum(0, 1 + s - s[0])) - 1"
REGULARISED = "s = W @ x; L = sum((s - t)**2) + 0.1 * sum(W**2)"
LOSSES = {
    "hinge: sum over j != y of max(0, 1 + s_j - s_y)": HINGE,
    "softmax cross-entropy: log(sum(exp(s))) - s_y": "L = log(sum(exp(s))) - s[0]",
    "L1: sum of |s - t|": "L = sum(abs(s - [1, 0, 0]))",
    "L2: sum of (s - t)^2": "L = sum((s - [1, 0, 0])**2)",
}
s = [3.2, 5.1, -1.7]


def runs() -> dict[str, gv.Trace]:
    return {
        "hinge": gv.run(HINGE, s=s),
        "regularised": gv.run(REGULARISED, wrt="W", W=[[1, -2], [0.5, 0]], x=[1, 1], t=[0, 1]),
    }


def main() -> list[Row]:
    rows = []
    for formula, source in LOSSES.items():
        trace = gv.run(source, s=s)
        rows += [
            Row(formula, None, trace.value("L")),
            Row("  its gradient", None, trace.gradient("s")),
        ]
    trace = runs()["regularised"]
    rows += [
        Row("L(W) = data loss + 0.1 R(W)", None, trace.value("L")),
        Row("  its gradient", None, trace.gradient("W")),
    ]
    return rows


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
