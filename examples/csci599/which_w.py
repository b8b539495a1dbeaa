"""CSCI 599 Deep Learning and its Applications, Lecture 3: which W is better? The losses say.

The classifier of linear_2x2 and the guess of random_search score three images, which show a car,
a cat and a plane. The lecture asks the question without numbers.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

IMAGES = [[0.1, 1.5, 0.07, 2.32], [0.3, 0.15, 1.5, 1.91], [1, 3, 0.37, 0.8]]
CAT, CAR, PLANE = range(3)
TRUTH = [CAR, CAT, PLANE]
FIRST = {
    "W": [[0.1, -0.15, 0, 0.3], [-0.5, 0.2, 0.1, 0.35], [-0.45, 0.4, 0.1, 0.15]],
    "b": [0.15, -0.1, -0.2],
}
SECOND = {
    "W": [[0.05, 0.15, -0.1, 0.2], [-0.1, 0.2, 0.25, 0.05], [0.4, -0.15, 0.25, 0.15]],
    "b": [0.3, -0.2, 0.2],
}
LOSSES = {"hinge": "multiclass_hinge", "cross-entropy": "softmax_cross_entropy"}


def runs() -> dict[str, gv.Trace]:
    return {
        f"{loss} of the {which} W": gv.run(
            f"s = linear(x, W, b); L = {op}(s, y)", wrt="W b", x=IMAGES, y=TRUTH, **given
        )
        for loss, op in LOSSES.items()
        for which, given in (("first", FIRST), ("second", SECOND))
    }


def main() -> list[Row]:
    return [Row(name, None, trace.value("L")) for name, trace in runs().items()]


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
