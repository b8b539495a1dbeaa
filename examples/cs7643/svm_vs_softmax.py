"""CS 7643 Deep Learning: hinge loss and cross-entropy of the same scores.

The right class is the third.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, cause, present

HINGE = "hinge = sum(maximum(0, 1 + s - s[2])) - 1"
SOFTMAX = "e = exp(s); p = e / sum(e); loss = -log(p[2])"
EXP_ON_SLIDE = [0.058, 2.36, 1.32]
VALUES = {
    "W": [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]],
    "x": [-15, 22, -44, 56],
    "b": [0.0, 0.2, -0.3],
}


def runs() -> dict[str, gv.Trace]:
    s = gv.run("s = W @ x + b", **VALUES).value("s")
    return {"svm": gv.run(HINGE, s=s), "softmax": gv.run(SOFTMAX, s=s)}


def main() -> list[Row]:
    svm, softmax = runs().values()
    early = gv.run("p = e / sum(e)", e=EXP_ON_SLIDE)
    base_10 = gv.run("log10 = loss / log(10)", loss=softmax.value("loss"))
    return [
        Row("scores", [-2.85, 0.86, 0.28], svm.value("s")),
        Row("hinge loss", 1.58, svm.value("hinge")),
        Row("exp(s)", EXP_ON_SLIDE, softmax.value("e")),
        Row(
            "probabilities",
            [0.016, 0.631, 0.353],
            softmax.value("p"),
            cause(softmax, f"e={EXP_ON_SLIDE}", "p=[0.016, 0.631, 0.353]"),
        ),
        Row("the same from exp(s) as rounded", [0.016, 0.631, 0.353], early.value("p")),
        Row("cross-entropy", 0.452, softmax.value("loss"), cause(softmax, "loss=0.452")),
        Row("the same to base 10", 0.452, base_10.value("log10")),
        Row("hinge: gradient of s", None, svm.gradient("s")),
        Row("cross-entropy: gradient of s", None, softmax.gradient("s")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())
