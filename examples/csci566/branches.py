"""CSCI 566 Deep Learning and Its Applications, Lecture 3: gradients add at branches.

The lecture gives the rule: an input that several parts of the output use receives a gradient from
each, and they add up. Here y is used three times: by the product, by the maximum, and by the skip
connection.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present


def run() -> gv.Trace:
    return gv.run("x*y + max(y, z) + 3*y", x=2, y=1, z=4)


def main() -> list[Row]:
    trace = run()
    brought = [step.contribution for step in trace.contributions("y")]
    return [
        Row("contributions to df/dy", None, brought),
        Row("their sum, df/dy", None, trace.gradient("y")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
