"""Numbers that somebody got wrong, each with the mistake that made it: those of lectures, some that
were published, and those of typical students, which are made here with NumPy alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A wrong number.

    causes    names of mistakes, one of which is to be named first for the first wrong quantity
              that does not follow from others; none where all follow.
    verdicts  of the quantities, or of all numbers if there is but one; "|" for either.
    says      what some sentence has to hold.
    """

    id: str
    source: str
    values: dict[str, Any]
    claims: list[str]
    causes: str
    verdicts: str
    says: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def w(x: Any, decimals: int) -> str:
    """Written with so many decimals, halves rounded up."""
    if np.ndim(x):
        return "[" + ", ".join(w(v, decimals) for v in np.ravel(x)) + "]"
    rounded = np.sign(x) * np.floor(abs(x) * 10**decimals + 0.5) / 10**decimals
    return f"{rounded:.{decimals}f}"


def sig(z: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(z, float)))


SVM = {
    "W": [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]],
    "x": [-15, 22, -44, 56],
    "b": [0.0, 0.2, -0.3],
}
SOFTMAX = "s = W @ x + b; e = exp(s); p = e / sum(e); L = -log(p[2])"
CAT = "e = exp(s); p = e[0] / sum(e); L = -log(p)"
CAT_AT = {"s": [3.2, 5.1, -1.7]}
TABLE = "f = W @ x; L = norm(f - t)"
TABLE_AT = {
    "W": [[-0.1, 0.2, 0.15, 0.05], [0.25, 0.05, 0.2, -0.1], [0.25, 0.15, -0.15, 0.4]],
    "x": [0.1, 1.5, 0.07, 2.32],
    "t": [0, 1, 0],
}
H = {"h": 0.001}
BIAS_TRICK = {
    "W": [[0.2, -0.5, 0.1, 2.0, 1.1], [1.5, 1.3, 2.1, 0.0, 3.2], [0, 0.25, 0.2, -0.3, -1.2]],
    "x": [56, 231, 24, 2, 1],
}
SQUARES = {
    "p": [0.1, 0.2, 0.3, 0.2, 0.1, 0.8, 0.1, 0.2, 0.3, 0.1],
    "t": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
}
SEARCH = {
    "W": [[0.05, 0.15, -0.1, 0.2], [-0.1, 0.2, 0.25, 0.05], [0.4, -0.15, 0.25, 0.15]],
    "x": [0.1, 1.5, 0.07, 2.32],
}
WHOLE_TABLE = [
    "f=[0.416, -0.118, 1.167]",
    "L=1.6688",
    "L(W[0,0]+h)=1.6693",
    "slope W[0,0]=0.5",
    "L(W[0,1]+h)=1.6697",
    "slope W[0,1]=0.9",
]

LECTURES = [
    Case("log10-svm", SOFTMAX, SVM, ["L=0.452"], "logarithm-to-base-10", "explained",
         "logarithm was taken to base 10"),
    Case("log10-cat", CAT, CAT_AT, ["L=0.89"], "logarithm-to-base-10", "explained"),
    Case("bias-trick", "s = W @ x", BIAS_TRICK, ["s=[-96.8, 437.9, 61.95]"],
         "term-of-product-left-out", "explained", "W[2, 4] · x[4] was left out"),
    Case("square-left-out", "loss = sum((p - t)**2)", SQUARES, ["loss=1.67"],
         "function-left-out-in-one-element", "too-few-digits", "left out in element [0]"),
    Case("whole-table", TABLE, TABLE_AT, WHOLE_TABLE, "step-kept",
         "right follows too-few-digits follows", "h was kept", H),
    Case("loss-from-cut-scores", TABLE, TABLE_AT, ["L=1.6688"], "rounded-early",
         "too-few-digits", "f was cut to 3 decimals", H),
    Case("step-kept", TABLE, TABLE_AT, ["L(W[0,1]+h)=1.6697"], "step-kept", "too-few-digits",
         "h was kept", H),
    Case("two-numbers-of-the-table", TABLE, TABLE_AT, ["L=1.6688", "slope W[0,0]=0.5"],
         "rounded-early", "too-few-digits follows", "f was cut to 3 decimals", H),
    Case("bias-not-shown", "s = W @ x", SEARCH, ["s=[0.987, 0.223, 0.38]"], "term-not-shown",
         "explained", "(0.3, −0.2, 0.2) was added"),
    Case("from-rounded-exponentials", SOFTMAX, SVM,
         ["e=[0.058, _, _]", "e=[_, 2.36, 1.32]", "p=[0.016, 0.631, 0.353]"], "",
         "right follows"),
    Case("rounded-exponentials-not-claimed", SOFTMAX, SVM, ["p=[0.016, 0.631, 0.353]"],
         "rounded-everywhere rounded-early", "too-few-digits", "rounded to"),
]  # fmt: skip

# What was published elsewhere.
NET_AT = {
    "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30, "w5": 0.40, "w6": 0.45, "w7": 0.50,
    "w8": 0.55, "b1": 0.35, "b2": 0.60, "i1": 0.05, "i2": 0.10, "t1": 0.01, "t2": 0.99,
}  # fmt: skip
NET = (
    "h1 = sigmoid(w1*i1 + w2*i2 + b1); h2 = sigmoid(w3*i1 + w4*i2 + b1);"
    " n1 = w5*h1 + w6*h2 + b2; n2 = w7*h1 + w8*h2 + b2; o1 = sigmoid(n1); o2 = sigmoid(n2);"
    " E1 = 0.5*(t1 - o1)**2; E2 = 0.5*(t2 - o2)**2; E = E1 + E2"
)
NET_IN_MATRICES = (
    "h = sigmoid(W1 @ i + b1); o = sigmoid(W2 @ h + b2); r = t - o; c = 0.5 * r**2; E = sum(c)"
)
MATRICES = {
    "W1": [[0.15, 0.20], [0.25, 0.30]], "W2": [[0.40, 0.45], [0.50, 0.55]],
    "i": [0.05, 0.10], "b1": 0.35, "b2": 0.60, "t": [0.01, 0.99],
}  # fmt: skip
CHAIN = (
    "a = sigmoid(I*w1 + 1); b = sigmoid(a*w2 + 1); c = sigmoid(a*w3 + 1); O = sigmoid(b*w4 + c*w5"
    " + 1)"
)
CHAIN_AT = {"I": 1, "w1": 0.5, "w2": 0.5, "w3": 0.5, "w4": 0.5, "w5": 0.5}
first = sig(1.5)
second = sig(first * 0.5 + 1)
last = sig(second + 1)
WITHOUT_WEIGHTS = last * (1 - last) * second * (1 - second) * first * (1 - first) * 2
NEURON_AT = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
NEURON = "z = w0*x0 + w1*x1 + w2; f = sigmoid(z)"
TURNED = (
    "sign-lost-in-writing sign-turned value-sign-turned function-left-out local-dropped"
    " error-for-gradient-of-output minus-forgotten used-with-other-sign softmax-shortcut"
    " quotient-the-wrong-way-round difference-the-wrong-way-round"
)
PUBLISHED = [
    Case("weights-of-a-column", NET_IN_MATRICES, MATRICES, ["c=[0.279, 0.025]"],
         "used-transposed", "likely", "W2 was used transposed"),
    Case("log-without-minus", CAT, {"s": [0, 0, 0]}, ["L=-1.0986"], TURNED, "explained"),
    Case("power-not-lowered", "o = w0*x0 + w1*x1 + b; E = 0.5*(o - y)**2",
         {"w0": 0.34, "w1": 0.56, "x0": 1, "x1": 0, "b": 0.54, "y": 0},
         ["dw0=0.7744", "db=0.7744"], "power-not-lowered", "likely likely"),
    Case("log-of-100", "y = log(x)", {"x": 100}, ["y=2"], "logarithm-to-base-10",
         "too-few-digits"),
    Case("weights-left-out", CHAIN, CHAIN_AT, ["dw1=" + w(4 * WITHOUT_WEIGHTS * 0.25, 6)],
         "product-passed-on local-dropped", "explained", "at every ×"),
]  # fmt: skip

# Typical students.
h1, h2 = sig(0.3775), sig(0.3925)
n1, n2 = 0.4 * h1 + 0.45 * h2 + 0.6, 0.5 * h1 + 0.55 * h2 + 0.6
o1, o2 = sig(n1), sig(n2)
d1, d2 = (o1 - 0.01) * o1 * (1 - o1), (o2 - 0.99) * o2 * (1 - o2)
slope1 = h1 * (1 - h1)


def into_w1(a: float, b: float, slope: Any = slope1) -> Any:
    """dE/dw1 with these weights on the way back."""
    return (d1 * a + d2 * b) * slope * 0.05


def four(x: Any) -> Any:
    return np.sign(x) * np.floor(abs(x) * 1e4 + 0.5) / 1e4


updated5, updated7 = 0.4 - 0.5 * d1 * h1, 0.5 - 0.5 * d2 * h1
by_hand = four(four(four(0.4 * four(h1)) + four(0.45 * four(h2))) + 0.6)
f = sig(1.0)
s = np.array([3.2, 5.1, -1.7])
p = np.exp(s) / np.exp(s).sum()
y = np.array([1.0, 0, 0])
W, x = np.array([[0.4, 0.6], [0.7, -0.2]]), np.array([0.5, 0.3])
q = W @ x
IMAGE = np.array([[1, 2, 0, 1], [0, 1, 3, 2], [2, 1, 0, 1], [1, 0, 2, 3.0]])
KERNEL = np.array([[1, 0], [2, -1.0]])
UP = np.array([[1, -2, 3], [0.5, 1, -1], [2, 0, 1.5]])


def conv(a: Any, k: Any) -> Any:
    rows, columns = a.shape[0] - k.shape[0] + 1, a.shape[1] - k.shape[1] + 1
    return np.array(
        [
            [(a[i : i + k.shape[0], j : j + k.shape[1]] * k).sum() for j in range(columns)]
            for i in range(rows)
        ]
    )


CONV = "y = conv2d(x, k); L = sum(y * u)"
CONV_AT = {"x": [IMAGE.tolist()], "k": [[KERNEL.tolist()]], "u": [UP.tolist()]}
SCORES = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.2]])
SHARES = np.exp(SCORES) / np.exp(SCORES).sum(1, keepdims=True)
LOSSES = -np.log(SHARES[[0, 1], [1, 2]])
BATCH, BATCH_AT = "L = mean(softmax_cross_entropy(s, [1, 2]))", {"s": SCORES.tolist()}
RW, rx = np.array([[1.0, -2], [0.5, 1.5], [-1, 0.3]]), np.array([0.7, 1.1])
rb, rt = np.array([0.1, -0.2, 0.4]), np.array([0.5, 1.0, 0.2])
rz = RW @ rx + rb
back = 2 * (np.maximum(rz, 0) - rt)
RELU = "z = W @ x + b; a = relu(z); L = sum((a - t)**2)"
RELU_AT = {"W": RW.tolist(), "x": rx.tolist(), "b": rb.tolist(), "t": rt.tolist()}
SQUARED, SQUARED_AT = "q = W @ x; f = sum(q**2)", {"W": W.tolist(), "x": x.tolist()}
CE = "L = softmax_cross_entropy(s, 0)"
LR = {"lr": 0.5}
DOUBLED = (
    "constant-factor-left-out something-else-written halved-or-doubled gradient-doubled"
    " product-passed-on factor-left-out sum-and-mean-confused mean-not-divided"
    " softmax-shortcut power-factor-left-out sum-divided"
)
PATH = "first-path-only last-path-only path-left-out last-path-missing"
STUDENTS = [
    Case("sigmoid-slope-left-out", NET, NET_AT, ["dw5=" + w((o1 - 0.01) * h1, 6)],
         "local-dropped", "explained", "in step 39"),
    Case("t-minus-o", NET, NET_AT, ["dw5=" + w(-d1 * h1, 6)], TURNED, "explained"),
    Case("half-left-out", NET, NET_AT, ["dw5=" + w(2 * d1 * h1, 6)], DOUBLED, "explained"),
    Case("one-path", NET, NET_AT, ["dw1=" + w(into_w1(0.4, 0), 8)], PATH, "explained"),
    Case("updated-weights", NET, NET_AT, ["dw1=" + w(into_w1(updated5, updated7), 8)],
         "updated-too-early", "explained", options=LR),
    Case("one-plus-s", NET, NET_AT, ["dw1=" + w(into_w1(0.4, 0.5, h1 * (1 + h1)), 8)],
         "sigmoid-slope-plus", "explained", "s(1 + s)"),
    Case("w6-for-w5", NET, NET_AT, ["dw1=" + w(into_w1(0.45, 0.5), 8)],
         "another-number-on-the-way-back", "explained", "w6 was taken for w5"),
    Case("no-half-in-E", NET, NET_AT, ["E=" + w((o1 - 0.01) ** 2 + (o2 - 0.99) ** 2, 6)],
         DOUBLED, "explained"),
    Case("bias-left-out", NET, NET_AT, ["h1=" + w(sig(0.0275), 6)], "term-left-out-of-sum",
         "explained", "b1 was left out"),
    Case("uphill", NET, NET_AT, ["new w5=" + w(0.4 + 0.5 * d1 * h1, 6)], "uphill",
         "explained", options=LR),
    Case("no-learning-rate", NET, NET_AT, ["new w5=" + w(0.4 - d1 * h1, 6)],
         "no-learning-rate", "explained", options=LR),
    Case("slope-of-input", NET, NET_AT, ["dw5=" + w((o1 - 0.01) * n1 * (1 - n1) * h1, 6)],
         "sigmoid-slope-of-input", "explained"),
    Case("four-decimals", NET, NET_AT, ["o1=" + w(sig(by_hand), 8)], "rounded-everywhere",
         "explained", "rounded to 4 decimals"),
    Case("h1-for-h2", NET, NET_AT, ["dw6=" + w(d1 * h1, 6)],
         "another-number-on-the-way-back another-number-written", "likely|explained"),
    Case("digits-swapped", NET, NET_AT, ["E=0.293871"], "digits-swapped", "explained"),
    Case("tanh-for-sigmoid", NET, NET_AT, ["o1=" + w(np.tanh(n1), 6)], "tanh-for-sigmoid",
         "explained"),
    Case("from-the-rounded-slope", NEURON, NEURON_AT, ["dz=0.20", "dx0=0.40", "dx1=-0.60"],
         "", "right follows follows"),
    Case("factor-not-swapped", NEURON, NEURON_AT, ["dw0=" + w(f * (1 - f) * 2, 4)],
         "product-not-swapped", "explained"),
    Case("slope-s", NEURON, NEURON_AT, ["dx1=" + w(-3 * f, 4)],
         "output-for-sigmoid-slope output-as-slope", "explained"),
    Case("sign-of-exponent", NEURON, NEURON_AT, ["f=" + w(sig(-1), 4)],
         "exponent-sign-turned something-else-written", "explained"),
    Case("y-minus-p", CE, CAT_AT, ["ds=" + w(y - p, 4)], TURNED, "explained"),
    Case("y-not-subtracted", CE, CAT_AT, ["ds=" + w(p, 4)], "softmax-shortcut", "explained",
         "y was not subtracted"),
    Case("log-base-2", CAT, CAT_AT, ["L=" + w(-np.log2(p[0]), 4)], "logarithm-to-base-2",
         "explained"),
    Case("without-exp", "e = exp(s); p = e / sum(e); L = -log(p[0])", CAT_AT,
         ["p=" + w(s / s.sum(), 4)], "function-left-out", "explained"),
    Case("summed-over-batch", BATCH, BATCH_AT, ["L=" + w(LOSSES.sum(), 5)], DOUBLED,
         "explained"),
    Case("not-divided-by-batch", BATCH, BATCH_AT,
         ["ds=" + w(SHARES - np.eye(3)[[1, 2]], 5)], DOUBLED, "explained"),
    Case("gradient-transposed", SQUARED, SQUARED_AT, ["dW=" + w(np.outer(2 * q, x).T, 3)],
         "gradient-transposed outer-product-turned", "explained"),
    Case("W-for-its-transpose", SQUARED, SQUARED_AT, ["dx=" + w(W @ (2 * q), 3)],
         "weights-not-transposed", "explained"),
    Case("two-left-out", SQUARED, SQUARED_AT, ["dW=" + w(np.outer(q, x), 3)],
         "power-factor-left-out sum-and-mean-confused", "explained"),
    Case("relu-not-gated", RELU, RELU_AT, ["dx=" + w(RW.T @ back, 4)],
         "relu-ungated local-dropped", "explained"),
    Case("relu-wrong-side", RELU, RELU_AT, ["dx=" + w(RW.T @ (back * (rz < 0)), 4)],
         "relu-turned", "explained"),
    Case("kernel-turned", CONV, CONV_AT, ["y=" + w(conv(IMAGE, KERNEL[::-1, ::-1]), 1)],
         "kernel-turned", "explained"),
    Case("kernel-as-it-is", CONV, CONV_AT, ["dx=" + w(conv(np.pad(UP, 1), KERNEL), 1)],
         "input-gradient-unflipped", "explained"),
    Case("kernel-gradient-turned", CONV, CONV_AT,
         ["dk=" + w(conv(IMAGE, UP)[::-1, ::-1], 1)], "kernel-gradient-flipped", "explained"),
]  # fmt: skip
