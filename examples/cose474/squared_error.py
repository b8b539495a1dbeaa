"""COSE474 Deep Learning, Lecture 0: squared error of ten outputs, with the second as target."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, cause, present

p = [0.1, 0.2, 0.3, 0.2, 0.1, 0.8, 0.1, 0.2, 0.3, 0.1]
t = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]


def run() -> gv.Trace:
    return gv.run("loss = sum((p - t)**2)", wrt="p", p=p, t=t)


def main() -> list[Row]:
    trace = run()
    slipped = gv.run("loss = sum((p[1:] - t[1:])**2) + p[0]", p=p, t=t)
    return [
        Row("loss", 1.67, trace.value("loss"), cause(trace, "loss=1.67")),
        Row("with that slip", 1.67, slipped.value("loss")),
        Row("gradient of p, 2 (p - t)", None, trace.gradient("p")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
