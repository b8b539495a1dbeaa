"""CSCI 566 Deep Learning and Its Applications, Lecture 3: the squared length of W x.

With q = W x the lecture derives df/dW_ij = 2 q_i x_j and df/dx_i = sum over k of 2 q_k W_ki.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

W = [[0.4, 0.6], [0.7, -0.2]]
x = [0.5, 0.3]
LEARNING_RATE = 0.1


def run() -> gv.Trace:
    return gv.run("q = W @ x; sum(q**2)", W=W, x=x)


def main() -> list[Row]:
    trace = run()
    dW, dx = trace.gradient("W"), trace.gradient("x")
    return [
        Row("q = W x", [0.38, 0.29], trace.value("q")),
        Row("df/dW", [[0.38, 0.228], [0.29, 0.174]], dW),
        Row("df/dx", [0.71, 0.34], dx),
        Row("W after the step", [[0.362, 0.5772], [0.671, -0.2174]], W - LEARNING_RATE * dW),
        Row("x after the step", [0.429, 0.266], x - LEARNING_RATE * dx),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
