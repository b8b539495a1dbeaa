"""CS 7643 Deep Learning: the softmax loss of the cat, with the logarithm used on the slide."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, cause, present


def run() -> gv.Trace:
    return gv.run("e = exp(s); p = e[0] / sum(e); loss = -log(p)", s=[3.2, 5.1, -1.7])


def main() -> list[Row]:
    trace = run()
    base_10 = gv.run("log10 = loss / log(10)", loss=trace.value("loss"))
    return [
        Row("loss", 0.89, trace.value("loss"), cause(trace, "loss=0.89")),
        Row("the same to base 10", 0.89, base_10.value("log10")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
