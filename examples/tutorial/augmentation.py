"""Deep Learning Tutorial: three more ways to regularise: cutout, mixup, stochastic depth.

The lecture names them without numbers.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

CUTOUT = "f = sum(w * where(cut, 0, x))"
MIXUP = "x = 0.75*a + 0.25*b; f = 0.75*nll(log_softmax(W @ x), 0) + 0.25*nll(log_softmax(W @ x), 1)"
DEPTH = "f = sum(x + kept*relu(w*x))"


def runs() -> dict[str, gv.Trace]:
    w, x = [1, -2, 0.5, 3], [4, 1, 2, -1]
    return {
        "cutout": gv.run(CUTOUT, w=w, x=x, cut=[0, 1, 1, 0], wrt="w"),
        "mixup": gv.run(MIXUP, W=[[1, 0], [0, 1]], a=[2, 0], b=[0, 2], wrt="W"),
        "block kept": gv.run(DEPTH, w=w, x=x, kept=1, wrt="w"),
        "block skipped": gv.run(DEPTH, w=w, x=x, kept=0, wrt="w"),
    }


def main() -> list[Row]:
    cutout, mixup, kept, skipped = runs().values()
    return [
        Row("cutout: df/dw, zero where x is cut", None, cutout.gradient("w")),
        Row("mixup: three quarters of a, one of b", None, mixup.value("x")),
        Row("mixup: loss for labels mixed alike", None, mixup.value("f")),
        Row("stochastic depth, block kept: df/dw", None, kept.gradient("w")),
        Row("stochastic depth, block skipped: df/dw", None, skipped.gradient("w")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
