"""CSCI 599 Deep Learning and its Applications, Lecture 3: a linear classifier on images of 2x2 pixels."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, compare

W = [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]]
b = [0.15, -0.1, -0.2]
IMAGES = {
    "first image": ([0.1, 1.5, 0.07, 2.32], [0.631, 0.969, 0.71]),
    "second image": ([0.3, 0.15, 1.5, 1.91], [0.73, 0.598, 0.161]),
    "third image": ([1, 3, 0.37, 0.8], [0.04, 0.317, 0.707]),
}


def main() -> list[Row]:
    scores = gv.compile("W @ x + b")
    return [
        Row(f"scores of the {name}", printed, scores.value(W=W, b=b, x=x))
        for name, (x, printed) in IMAGES.items()
    ]


if __name__ == "__main__":
    compare(__doc__, main())
