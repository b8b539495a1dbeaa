"""Deep Learning Tutorial: max pooling with 2x2 windows side by side.

The largest of a window is found in two stages: the larger of each two rows, and of that each two columns.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

IMAGE = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]


def run() -> gv.Trace:
    larger = "rows = maximum(x[::2], x[1::2]); pooled = maximum(rows[:, ::2], rows[:, 1::2])"
    return gv.run(larger, x=IMAGE, upstream=[[1, 2], [3, 4]])


def main() -> list[Row]:
    trace = run()
    return [
        Row("pooled", [[6, 8], [3, 4]], trace.value("pooled")),
        Row("where gradients 1, 2, 3, 4 go", None, trace.gradient("x")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
