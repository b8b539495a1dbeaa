"""CSCI 566 Deep Learning and Its Applications, Lecture 3: the first circuit, f = x y + z.

The slide says it in symbols, df/dx = y and df/dy = x; it gives no value for z, and any will do.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present


def run() -> gv.Trace:
    return gv.run("x*y + z", x=-3, y=5, z=2)


def main() -> list[Row]:
    trace = run()
    return [
        Row("df/dx = y", 5, trace.gradient("x")),
        Row("df/dy = x", -3, trace.gradient("y")),
        Row("df/dz = 1", 1, trace.gradient("z")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
