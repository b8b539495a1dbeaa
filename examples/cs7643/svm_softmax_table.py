"""CS 7643 Deep Learning: hinge loss and cross-entropy of three images, as a batch."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

SCORES = [[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]
LABELS = [0, 1, 2]


def runs() -> dict[str, gv.Trace]:
    return {
        "svm": gv.run("multiclass_hinge(s, y)", s=SCORES, y=LABELS, wrt="s"),
        "softmax": gv.run("softmax_cross_entropy(s, y)", s=SCORES, y=LABELS, wrt="s"),
    }


def main() -> list[Row]:
    svm, softmax = runs().values()
    each = {
        op: gv.run(f'{op}(s, y, reduction="none")', s=SCORES, y=LABELS).values[-1]
        for op in ("multiclass_hinge", "softmax_cross_entropy")
    }
    return [
        Row("hinge loss of each image", [2.9, 0, 12.9], each["multiclass_hinge"]),
        Row("hinge loss of the set", 5.27, svm.values[-1]),
        Row("cross-entropy of each image", None, each["softmax_cross_entropy"]),
        Row("cross-entropy of the set", None, softmax.values[-1]),
        Row("hinge: gradient of the scores", None, svm.gradient("s")),
        Row("cross-entropy: gradient of the scores", None, softmax.gradient("s")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
