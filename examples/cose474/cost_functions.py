"""COSE474 Deep Learning, Lecture 0: cost functions and the gradients they send back.

The lecture gives the formulas; the figures here are for three outputs, the second of which
should be 1. Its squared error is a sum, without the 1/n of the mean.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

COSTS = {
    "squared error": "L = sum((p - y)**2)",
    "sigmoid cross-entropy": "L = sum(-y*log(p) - (1 - y)*log(1 - p))",
    "softmax cross-entropy": "L = sum(-y*log(p))",
}


def runs() -> dict[str, gv.Trace]:
    return {
        name: gv.run(source, wrt="p", p=[0.25, 0.5, 0.25], y=[0, 1, 0])
        for name, source in COSTS.items()
    }


def main() -> list[Row]:
    rows = []
    for name, trace in runs().items():
        rows += [
            Row(name, None, trace.value("L")),
            Row("  its gradient", None, trace.gradient("p")),
        ]
    return rows


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
