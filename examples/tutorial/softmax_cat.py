"""Deep Learning Tutorial: the softmax classifier on a cat, whose scores are 3.2, 5.1 and -1.7."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

SOFTMAX = "e = exp(s); p = e / sum(e); loss = -log(p[0])"


def run() -> gv.Trace:
    return gv.run(SOFTMAX, s=[3.2, 5.1, -1.7])


def main() -> list[Row]:
    trace = run()
    nothing_learnt = gv.run(SOFTMAX, s=[0] * 10)
    return [
        Row("exp(s)", [24.5, 164.0, 0.18], trace.value("e")),
        Row("probabilities", [0.13, 0.87, 0.0], trace.value("p")),
        Row("loss", 2.04, trace.value("loss")),
        Row("its gradient, p - 1 at the cat", None, trace.gradient("s")),
        Row("loss of ten scores of 0, log 10", 2.3, nothing_learnt.value("loss")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
