"""Deep Learning Tutorial: three sigmoid layers as a pattern, run on both inputs as a batch."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

NET = gv.net("(fc-sigmoid)*3", image=(2,), units=2)
PARAMETERS = {
    "fc1_w": [[1, -2], [-1, 1]], "fc1_b": [1, 0],
    "fc2_w": [[2, -1], [-2, -1]], "fc2_b": [0, 0],
    "fc3_w": [[3, -1], [-1, 4]], "fc3_b": [-2, 2],
}  # fmt: skip


def run() -> gv.Trace:
    return gv.run(NET, x=[[1, -1], [0, 0]], upstream=[[1, 1], [1, 1]], **PARAMETERS)


def main() -> list[Row]:
    trace = run()
    a1, a2, y = (trace.values[n.id] for n in NET.nodes if n.op == "sigmoid")
    return [
        Row("x = [1, -1] and [0, 0]: a1", [[0.98, 0.12], [0.73, 0.5]], a1),
        Row("a2", [[0.86, 0.11], [0.72, 0.12]], a2),
        Row("y", [[0.62, 0.83], [0.51, 0.85]], y),
        Row("gradient of the last bias, summed over the batch", None, trace.gradient("fc3_b")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
