"""CSCI 599 Deep Learning and its Applications, Lecture 3: the same classifier on raw pixels."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

W = [[0.2, -0.3, 0, 0.6], [-1, 0.4, 0.2, 0.7], [-0.9, 0.8, 0.2, 0.3]]
x = [10, 150, 7, 232]
b = [0.2, -1, -0.9]


def run() -> gv.Trace:
    return gv.run("s = W @ x + b", W=W, x=x, b=b)


def main() -> list[Row]:
    trace = run()
    return [Row("scores", [96.4, 212.8, 181.1], trace.value("s"))]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
