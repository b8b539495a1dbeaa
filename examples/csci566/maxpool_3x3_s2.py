"""CSCI 566 Deep Learning and Its Applications, Lecture 3: max pooling, 3x3 windows, stride 2.

Windows overlap, so one input can win several of them, and then its gradients add.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

IMAGE = [[1, 3, 2, 7, 2], [5, 1, 3, 0, 5], [4, 8, 5, 0, 6], [3, 2, 6, 0, 8], [0, 7, 4, 6, 9]]


def runs() -> dict[str, gv.Trace | gv.CellTrace]:
    trace = gv.run("pooled = maxpool2d(x, 3, stride=2)", x=IMAGE, upstream=[[1, 1], [1, 1]])
    return {"graph": trace, "windows": gv.cells(trace, "pooled")}


def main() -> list[Row]:
    trace = runs()["graph"]
    return [
        Row("pooled", [[8, 7], [8, 9]], trace.value("pooled")),
        Row("windows won by the 8 in row 3: its gradient", None, trace.gradient("x")[2, 1]),
        Row("windows won by the 7 in row 1: its gradient", None, trace.gradient("x")[0, 3]),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
