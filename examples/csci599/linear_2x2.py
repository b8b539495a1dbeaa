"""CSCI 599 Deep Learning and its Applications, Lecture 3: a linear classifier on 2x2 images."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

W = [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]]
b = [0.15, -0.1, -0.2]
IMAGES = {
    "first image": ([0.1, 1.5, 0.07, 2.32], [0.631, 0.969, 0.71]),
    "second image": ([0.3, 0.15, 1.5, 1.91], [0.73, 0.598, 0.161]),
    "third image": ([1, 3, 0.37, 0.8], [0.04, 0.317, 0.707]),
}


def run(image: str = "first image") -> gv.Trace:
    return gv.run("s = W @ x + b", W=W, x=IMAGES[image][0], b=b)


def main() -> list[Row]:
    return [
        Row(f"scores of the {name}", printed, run(name).value("s"))
        for name, (_, printed) in IMAGES.items()
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
