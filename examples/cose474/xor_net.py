"""COSE474 Deep Learning, Lecture 0: XOR in two layers, with ReLU and with hard thresholds."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]


def run() -> gv.Trace:
    return gv.run("net:xor", x=[1, 0])


def main() -> list[Row]:
    relu = gv.run("net:xor", x=CORNERS)
    step = gv.run("net:xor,activation=step", x=CORNERS)
    (hidden,) = [n.id for n in relu.graph.nodes if n.op == "relu"]
    return [
        Row("XOR of 00, 01, 10, 11, by thresholds", [0, 1, 1, 0], step.values[-1].ravel()),
        Row("the same by ReLU", [0, 1, 1, 0], relu.values[-1].ravel()),
        Row("its hidden units", None, relu.value(hidden)),
        Row("at 10: gradient of x by ReLU", None, run().gradient("x")),
        Row(
            "at 10: by thresholds", None, gv.run("net:xor,activation=step", x=[1, 0]).gradient("x")
        ),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
