"""Deep Learning Tutorial: regularisers distinguish weights with equal scores.

On an input of ones both rows of W score 1. (Dropout and batch normalisation, which the lecture
also names, act on activations and come with the layers.)
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

W = [[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]
PENALTIES = {
    "L2, sum of w^2": "W**2",
    "L1, sum of |w|": "abs(W)",
    "elastic net, sum of 0.5 w^2 + |w|": "0.5*W**2 + abs(W)",
}


def run(penalty: str = "0.5*W**2 + abs(W)") -> gv.Trace:
    return gv.run(f"r = sum({penalty}, axis=1); sum(r)", W=W)


def main() -> list[Row]:
    rows = [Row("scores", None, gv.run("s = W @ [1, 1, 1, 1]", W=W).value("s"))]
    for name, penalty in PENALTIES.items():
        trace = run(penalty)
        rows += [
            Row(f"{name}, of each row", None, trace.value("r")),
            Row("  its gradient", None, trace.gradient("W")),
        ]
    return rows


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
