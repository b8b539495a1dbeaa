"""Deep Learning Tutorial: a network of three sigmoid layers, run on two inputs."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

NETWORK = """
    z1 = W1 @ x + b1;  a1 = sigmoid(z1)
    z2 = W2 @ a1 + b2; a2 = sigmoid(z2)
    y = sigmoid(W3 @ a2 + b3)
"""
PARAMETERS = {
    "W1": [[1, -2], [-1, 1]], "b1": [1, 0],
    "W2": [[2, -1], [-2, -1]], "b2": [0, 0],
    "W3": [[3, -1], [-1, 4]], "b3": [-2, 2],
}  # fmt: skip


def run(*x: float) -> gv.Trace:
    return gv.run(NETWORK, x=x or [1, -1], **PARAMETERS)


def main() -> list[Row]:
    first, second = run(), run(0, 0)
    return [
        Row("x = [1, -1]: z1", [4, -2], first.value("z1")),
        Row("x = [1, -1]: a1", [0.98, 0.12], first.value("a1")),
        Row("x = [1, -1]: a2", [0.86, 0.11], first.value("a2")),
        Row("x = [1, -1]: y", [0.62, 0.83], first.value("y")),
        Row("x = [0, 0]: a1", [0.73, 0.5], second.value("a1")),
        Row("x = [0, 0]: a2", [0.72, 0.12], second.value("a2")),
        Row("x = [0, 0]: y", [0.51, 0.85], second.value("y")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
