"""CSCI 599 Deep Learning and its Applications, Lecture 3: four ways to minimise a loss.

The lecture names the ways without numbers. Here they fit a line to points on 2 x + 1.
"""

import random
import sys
from pathlib import Path

import numpy as np

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

POINTS = {"x": [0, 1, 2, 3], "y": [1, 3, 5, 7]}
LOSS = gv.compile("mean((w*x + b - y)**2)", wrt="w b")
h = 0.001


def run() -> gv.Trace:
    return LOSS.trace(w=0, b=0, **POINTS)


def main() -> list[Row]:
    at = lambda line: LOSS.value(w=line[0], b=line[1], **POINTS)

    analytic = np.linalg.lstsq(np.vander(POINTS["x"], 2), POINTS["y"])[0]

    guess = random.Random(0).uniform
    searched = min(([guess(-4, 4), guess(-4, 4)] for _ in range(500)), key=at)

    numerical, backprop = np.zeros(2), np.zeros(2)
    for _ in range(200):
        measured = [(at(numerical + e) - at(numerical - e)) / (2 * h) for e in h * np.eye(2)]
        numerical -= 0.1 * np.array(measured)
        slopes = LOSS.gradients(w=backprop[0], b=backprop[1], **POINTS)
        backprop -= 0.1 * np.array([slopes["w"], slopes["b"]])
    return [
        Row("w, b by least squares", None, analytic),
        Row("w, b by random search", None, searched),
        Row("w, b by numerical gradients", None, numerical),
        Row("w, b by gradient descent", None, backprop),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
