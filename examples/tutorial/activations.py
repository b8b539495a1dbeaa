"""Deep Learning Tutorial: activation functions, and the slope of each.

The lecture draws the curves; the figures here are for -2 and 2.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

ACTIVATIONS = {
    "sigmoid": "sigmoid(x)",
    "tanh": "tanh(x)",
    "ReLU": "relu(x)",
    "leaky ReLU": "max(0.1*x, x)",
    "ELU": "elu(x)",
    "Maxout": "max(0.5*x + 1, -x)",
}


def runs() -> dict[str, gv.Trace]:
    return {"sigmoid": gv.run("y = sigmoid(x)", x=2), "relu": gv.run("y = relu(x)", x=-2)}


def main() -> list[Row]:
    rows = []
    for name, source in ACTIVATIONS.items():
        traces = [gv.run(f"y = {source}", x=x) for x in (-2, 2)]
        rows += [
            Row(f"{name} at -2 and 2", None, [t.value("y") for t in traces]),
            Row("  its slopes", None, [t.gradient("x") for t in traces]),
        ]
    return rows


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
