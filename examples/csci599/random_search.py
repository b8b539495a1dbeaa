"""CSCI 599 Deep Learning and its Applications, Lecture 3: one guess of a random search."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

W = [[0.05, 0.15, -0.1, 0.2], [-0.1, 0.2, 0.25, 0.05], [0.4, -0.15, 0.25, 0.15]]
x = [0.1, 1.5, 0.07, 2.32]


def run() -> gv.Trace:
    return gv.run("s = W @ x", W=W, x=x)


def main() -> list[Row]:
    trace = run()
    why = "the slide's scores do not follow from the W next to them"
    return [Row("scores", [0.987, 0.223, 0.38], trace.value("s"), why)]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
