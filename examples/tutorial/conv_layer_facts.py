"""Deep Learning Tutorial: six filters on an image, and the pattern of a ConvNet.

Each output of a filter is a dot product of 75 numbers.
"""

import sys
from pathlib import Path

import numpy as np

import gradviz as gv
from gradviz.networks import summarise

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

LAYER = gv.net("conv-relu", image=(3, 32, 32), filters=6, kernel=5, padding="0")
CONVNET = gv.net("[(conv-relu)*2-pool]*3-(fc-relu)*2-softmax")


def run() -> gv.Trace:
    return gv.run(
        "net:[conv-relu-pool]*1-fc-softmax,image=1x4x4,filters=1,classes=2",
        image=np.eye(4)[None],
        label=0,
    )


def main() -> list[Row]:
    image = np.random.default_rng(0).uniform(0, 1, (3, 32, 32))
    trace = gv.run(LAYER, image=image)
    w, b = trace.value("conv1_w"), trace.value("conv1_b")
    (conv,) = [n.id for n in LAYER.nodes if n.op == "conv2d"]
    channels, rows, columns = trace.value(conv).shape
    by_hand = image[:, 10:15, 20:25].ravel() @ w[4].ravel() + b[4]
    kinds = [n.op for n in CONVNET.nodes]
    return [
        Row("six 5x5 filters on 32x32x3 give", [28, 28, 6], [rows, columns, channels]),
        Row("numbers in each dot product", 75, w[0].size),
        Row(
            "an output less that dot product and bias",
            None,
            round(trace.value(conv)[4, 10, 20] - by_hand, 12),
        ),
        Row(
            "a ConvNet, N=2, M=3, K=2: convs, pools, fcs",
            None,
            [kinds.count(k) for k in ("conv2d", "maxpool2d", "linear")],
        ),
        Row("its parameters", None, summarise(CONVNET).parameters),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), run())
