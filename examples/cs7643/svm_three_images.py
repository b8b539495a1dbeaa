"""CS 7643 Deep Learning: the hinge loss of three images, of classes 0, 1 and 2."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

IMAGES = {
    "first image": ([3.2, 5.1, -1.7], 2.9),
    "second image": ([1.3, 4.9, 2.0], 0),
    "third image": ([2.2, 2.5, -3.1], 12.9),
}


def hinge(s: gv.Expression, y: int) -> gv.Expression:
    """The sum over all classes but y; the class y itself would add max(0, 1) = 1."""
    return gv.sum(gv.maximum(0, 1 + s - s[y])) - 1


def run() -> gv.Trace:
    (s,) = gv.inputs("s")
    return gv.run(hinge(s, 0), s=IMAGES["first image"][0])


def main() -> list[Row]:
    (s,) = gv.inputs("s")
    rows, losses = [], []
    for y, (name, (scores, printed)) in enumerate(IMAGES.items()):
        losses.append(gv.compile(hinge(s, y)).value(s=scores))
        rows.append(Row(f"loss of the {name}", printed, losses[-1]))
    at_start = gv.compile(hinge(s, 0)).value(s=[0, 0, 0])
    doubled = gv.compile(hinge(2 * s, 1)).value(s=IMAGES["second image"][0])
    return [
        *rows,
        Row("their mean", 5.27, sum(losses) / len(losses)),
        Row("with all scores 0, C - 1", 2, at_start),
        Row("second image, W doubled", 0, doubled),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
