"""CSCI 566 Deep Learning and Its Applications, Lecture 3: sizes after convolution and pooling.

Sizes and weights come from the summaries of networks, which allocate nothing.
"""

import math
import sys
from pathlib import Path

import gradviz as gv
from gradviz.networks import summarise

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

POOLS = ("maxpool2d", "minpool2d", "avgpool2d", "l2pool2d")


def convolved(filters: int, kernel: int) -> list[int]:
    """Rows, columns and channels after applying filters to a 32x32x3 image."""
    net = gv.net("conv-relu", image=(3, 32, 32), filters=filters, kernel=kernel, padding="0")
    channels, rows, columns = summarise(net)["conv1"].shape
    return [rows, columns, channels]


def run() -> gv.Trace:
    return gv.run("net:tiny-cnn", label=1, wrt="conv_w")


def main() -> list[Row]:
    (weights,) = [p for p in gv.net("mlp:270000-1000").parameters if p.name == "W1"]
    window = [[1, 2], [3, 4]]
    return [
        Row("one 5x5x3 filter on 32x32x3 gives", [28, 28, 1], convolved(1, 5)),
        Row("a 3x3 kernel takes off the width", 2, 32 - convolved(1, 3)[1]),
        Row("weights of 1000 units on 300x300x3", 270_000_000, math.prod(weights.options["shape"])),
        *[
            Row(f"{pool} of 1, 2, 3, 4", None, gv.run(f"{pool}(x, 2)", x=window).values[-1][0, 0])
            for pool in POOLS
        ],
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
