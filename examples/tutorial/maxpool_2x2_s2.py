"""Deep Learning Tutorial: max pooling with 2x2 windows side by side.

Where windows do not overlap, an image cut into windows is a reshape: two axes count them, two lie in them.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

IMAGE = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]


def run() -> gv.Trace:
    return gv.run("pooled = max(reshape(x, (2, 2, 2, 2)), axis=(1, 3))", x=IMAGE, upstream=[[1, 2], [3, 4]])


def main() -> list[Row]:
    trace = run()
    return [
        Row("pooled", [[6, 8], [3, 4]], trace.value("pooled")),
        Row("where gradients 1, 2, 3, 4 go", None, trace.gradient("x")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
