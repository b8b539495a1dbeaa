"""Deep Learning Tutorial: the bias trick, b as one more column of W and 1 as one more pixel."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, cause, present

W = [[0.2, -0.5, 0.1, 2.0, 1.1], [1.5, 1.3, 2.1, 0.0, 3.2], [0, 0.25, 0.2, -0.3, -1.2]]
x = [56, 231, 24, 2, 1]


def run() -> gv.Trace:
    return gv.run("s = W @ x", W=W, x=x)


def main() -> list[Row]:
    trace = run()
    without = gv.run("s = W[2, :4] @ x[:4]", W=W, x=x)
    why = cause(trace, "s=[-96.8, 437.9, 61.95]")
    return [
        Row("scores", [-96.8, 437.9, 61.95], trace.value("s"), why),
        Row("third score without it", 61.95, without.value("s")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
