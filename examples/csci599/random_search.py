"""CSCI 599 Deep Learning and its Applications, Lecture 3: one guess of a random search."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, cause, present

W = [[0.05, 0.15, -0.1, 0.2], [-0.1, 0.2, 0.25, 0.05], [0.4, -0.15, 0.25, 0.15]]
x = [0.1, 1.5, 0.07, 2.32]
b = [0.3, -0.2, 0.2]


def run() -> gv.Trace:
    return gv.run("s = W @ x", W=W, x=x)


def main() -> list[Row]:
    on_slide = [0.987, 0.223, 0.38]
    why = cause(run(), f"s={on_slide}")
    return [
        Row("scores", on_slide, run().value("s"), why),
        Row("with that bias", on_slide, gv.run("s = W @ x + b", W=W, x=x, b=b).value("s")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
