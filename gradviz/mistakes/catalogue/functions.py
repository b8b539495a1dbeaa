"""Functions left out, or taken for others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import another_value, cells, computed, in_cell, instead, value_of
from gradviz.trace.findings import Place

UNARY = (
    *("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "exp", "log"),
    *("log2", "log10", "log1p", "expm1", "sqrt", "square", "neg", "abs", "reciprocal", "pow"),
    *("sin", "cos", "tan", "arctan", "log_sigmoid", "clip", "sinh", "cosh"),
)


def _one(xp: Any, y: Any, *operands: Any) -> Any:
    return 0 * y + 1


def _left_out(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, *UNARY, "norm", "softmax", "batchnorm", "layernorm"):
        called = asked.working.graph.symbol(node.id)
        yield from another_value(asked, node, lambda xp, y, x, *rest: x + 0 * y, _one, op=called)


def _input(cell: tuple[int, ...], operands: Any) -> Any:
    return operands[0][cell]


def _unsigned(cell: tuple[int, ...], operands: Any) -> Any:
    return abs(operands[0][cell])


def _left_out_in_one(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, *UNARY):
        y, x = value_of(asked, node), value_of(asked, node.inputs[0])
        for cell in cells(y.shape) if x.shape == y.shape else ():
            if y[cell] == x[cell]:
                continue
            place, details = (
                Place(node.id, cell=cell),
                {"op": asked.working.graph.symbol(node.id), "cell": cell},
            )
            edit = Edit(values={node.id: in_cell(cell, partial(_input, cell))})
            yield Made(edit, place, 0.0, details)
            if x[cell] < 0:
                unsigned = in_cell(cell, partial(_unsigned, cell))
                yield Made(Edit(values={node.id: unsigned}), place, 1.0, details, kind="unsigned")


def _twice(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, "sigmoid", "tanh", "exp", "log", "sqrt", "square"):
        op = asked.working.graph.op(node)
        yield from another_value(asked, node, partial(_again, op), op=op.symbol)


def _again(op: Any, xp: Any, y: Any, *operands: Any) -> Any:
    return op.forward(xp, y, *operands[1:])


def _degrees(name: str) -> Mistake:
    return instead(
        f"{name}-of-degrees",
        name,
        "the argument was taken in degrees",
        lambda xp, y, x: getattr(xp, name)(x * xp.pi / 180),
        bits=4.5,
        right="Angles are in radians.",
    )


LOG_BASES = tuple(
    instead(
        f"logarithm-to-base-{base}",
        ("log", "log1p", "log_sigmoid", "softplus"),
        f"the logarithm was taken to base {base}",
        lambda xp, y, x, base=base: y / float(np.log(base)),
        bits=bits,
        right="The natural logarithm is meant.",
        slope=None,
    )
    for base, bits in ((10, 4.0), (2, 5.5))
)

MISTAKES = (
    Mistake("function-left-out", about="working", places=_left_out, says="{op} was left out"),
    Mistake(
        "function-left-out-in-one-element",
        about="working",
        places=_left_out_in_one,
        says="{op} was left out in element {cell}",
        bits=5.0,
    ),
    Mistake(
        "function-taken-twice",
        about="working",
        places=_twice,
        says="{op} was applied twice",
        bits=6.0,
    ),
    *LOG_BASES,
    instead(
        "natural-logarithm",
        ("log2", "log10"),
        "the natural logarithm was taken",
        lambda xp, y, x: xp.log(x),
        bits=4.0,
    ),
    *(_degrees(name) for name in ("sin", "cos", "tan")),
    instead(
        "sine-for-cosine",
        ("sin", "cos"),
        "sine and cosine were swapped",
        lambda xp, y, x: xp.where(xp.equal(y, xp.sin(x)), xp.cos(x), xp.sin(x)),
    ),
    instead(
        "exponent-sign-turned",
        ("sigmoid", "exp"),
        "the sign in the exponent was turned",
        lambda xp, y, x: xp.exp(-x) if np.array_equal(y, xp.exp(x)) else 1 / (1 + xp.exp(x)),
        bits=5.0,
    ),
    instead(
        "one-plus-left-out", "sigmoid", "the 1 + was left out", lambda xp, y, x: xp.exp(x), bits=7.0
    ),
    instead(
        "sigmoid-not-inverted",
        "sigmoid",
        "1 + e^(−x) was taken, not 1 over it",
        lambda xp, y, x: 1 + xp.exp(-x),
        bits=7.0,
    ),
    instead(
        "minus-for-plus-below",
        "sigmoid",
        "1/(1 − e^(−x)) was taken for 1/(1 + e^(−x))",
        lambda xp, y, x: 1 / (1 - xp.exp(-x)),
        bits=6.5,
    ),
    instead(
        "softplus-without-logarithm",
        "softplus",
        "the logarithm was left out: 1 + e^x was taken",
        lambda xp, y, x: 1 + xp.exp(x),
        slope=lambda xp, y, x: xp.exp(x),
    ),
    instead(
        "elu-without-minus-one",
        "elu",
        "the − 1 was left out below 0",
        lambda xp, y, x, *rest: xp.where(xp.less(x, 0), y * xp.exp(x) / (xp.exp(x) - 1), y),
    ),
    instead(
        "gelu-by-tanh",
        "gelu",
        "the approximation by tanh was taken",
        lambda xp, y, x: x * (1 + xp.tanh((2 / xp.pi) ** 0.5 * (x + 0.044715 * x**3))) / 2,
        bits=4.5,
        right="Here GELU is x Φ(x), with the exact Φ.",
    ),
    instead(
        "gelu-by-sigmoid",
        "gelu",
        "the approximation x σ(1.702 x) was taken",
        lambda xp, y, x: x / (1 + xp.exp(-1.702 * x)),
        bits=5.5,
    ),
    instead(
        "tanh-as-twice-a-sigmoid",
        "tanh",
        "2σ(x) − 1 was taken for 2σ(2x) − 1",
        lambda xp, y, x: 2 / (1 + xp.exp(-x)) - 1,
        right="tanh x is 2σ(2x) − 1.",
    ),
    instead(
        "sigmoid-slope-for-sigmoid",
        "sigmoid",
        "the slope s(1 − s) was taken for the sigmoid itself",
        lambda xp, y, x: y * (1 - y),
    ),
    instead(
        "tanh-slope-for-tanh",
        "tanh",
        "the slope 1 − y² was taken for tanh itself",
        lambda xp, y, x: 1 - y * y,
    ),
    instead(
        "tanh-for-sigmoid",
        ("sigmoid", "relu", "softplus", "silu", "gelu", "elu"),
        "tanh was taken",
        lambda xp, y, x: xp.tanh(x),
        slope=lambda xp, y, x: 1 - y * y,
    ),
    instead(
        "sigmoid-for-tanh",
        ("tanh", "relu", "silu", "gelu", "softplus"),
        "the sigmoid was taken",
        lambda xp, y, x: 1 / (1 + xp.exp(-x)),
        slope=lambda xp, y, x: y * (1 - y),
    ),
    instead(
        "relu-for-another",
        ("sigmoid", "tanh", "leaky_relu", "elu", "gelu", "silu", "softplus"),
        "ReLU was taken",
        lambda xp, y, x: xp.maximum(x, 0 * x),
        slope=lambda xp, y, x: xp.where(xp.greater(x, 0), 1, 0),
    ),
    instead("absolute-for-relu", "relu", "the absolute value was taken", lambda xp, y, x: abs(x)),
    instead(
        "relu-keeps-negative",
        "relu",
        "the negative side was kept, not the positive one",
        lambda xp, y, x: xp.minimum(x, 0 * x),
    ),
    instead(
        "relu-of-every-number-one",
        "relu",
        "1 was taken where the input is positive",
        lambda xp, y, x: xp.where(xp.greater(x, 0), 1, 0) + 0 * x,
        bits=7.0,
    ),
    instead(
        "leaky-slope-of-a-tenth",
        ("relu", "leaky_relu"),
        "the slope 0.1 was taken on the negative side",
        lambda xp, y, x: xp.where(xp.greater(x, 0), x, x / 10),
    ),
    instead(
        "leaky-slope-of-a-hundredth",
        ("relu", "leaky_relu"),
        "the slope 0.01 was taken on the negative side",
        lambda xp, y, x: xp.where(xp.greater(x, 0), x, x / 100),
    ),
    instead("rounded-e", "exp", "e was taken as 2.72", lambda xp, y, x: 2.72**x, bits=7.0),
    instead("cut-e", "exp", "e was taken as 2.718", lambda xp, y, x: 2.718**x, bits=7.0),
    instead("power-of-two", "exp", "2^x was taken", lambda xp, y, x: 2.0**x, bits=8.0),
    instead("power-of-ten", "exp", "10^x was taken", lambda xp, y, x: 10.0**x, bits=8.0),
    instead("e-left-out", "exp", "1 + x was taken for e^x", lambda xp, y, x: 1 + x, bits=8.0),
    instead(
        "times-e",
        "exp",
        "e · x was taken for e^x",
        lambda xp, y, x: xp.exp(1 + 0 * x) * x,
        bits=7.5,
    ),
    instead(
        "square-doubled", "square", "it was doubled, not squared", lambda xp, y, x: 2 * x, bits=5.0
    ),
    instead(
        "absolute-for-square",
        ("square", "pow"),
        "the absolute value was taken, not the square",
        lambda xp, y, x, n=2: abs(x),
    ),
    instead(
        "square-keeps-sign",
        ("square", "pow"),
        "the square kept the sign",
        lambda xp, y, x, n=2: xp.sign(x) * abs(y),
    ),
    instead(
        "power-multiplied",
        "pow",
        "it was multiplied by the exponent, not raised to it",
        lambda xp, y, x, n: n * x,
        bits=5.0,
    ),
    instead(
        "power-one-too-low",
        "pow",
        "the power is one too low",
        lambda xp, y, x, n: x ** (n - 1),
        bits=7.0,
    ),
    instead(
        "power-one-too-high",
        ("pow", "square"),
        "the power is one too high",
        lambda xp, y, x, n=2: x ** (n + 1),
        bits=7.5,
    ),
    instead(
        "base-and-exponent-swapped",
        "pow",
        "base and exponent were swapped",
        lambda xp, y, x, n: n**x,
    ),
    instead(
        "root-halved", "sqrt", "it was halved, not its root taken", lambda xp, y, x: x / 2, bits=7.0
    ),
    instead(
        "root-for-square",
        ("square",),
        "the root was taken, not the square",
        lambda xp, y, x: xp.sqrt(x),
        bits=7.0,
    ),
    instead(
        "square-for-root",
        ("sqrt",),
        "it was squared, not its root taken",
        lambda xp, y, x: x * x,
        bits=6.5,
    ),
    instead(
        "negated-reciprocal",
        "reciprocal",
        "it was negated, not inverted",
        lambda xp, y, x: -x,
        bits=7.0,
    ),
    instead(
        "norm-without-root",
        "norm",
        "the root was left out",
        lambda xp, y, x: xp.sum(x * x),
        bits=5.0,
    ),
    instead(
        "absolute-norm", "norm", "the absolute values were added", lambda xp, y, x: xp.sum(abs(x))
    ),
    instead(
        "mean-in-norm",
        "norm",
        "the squares were averaged below the root",
        lambda xp, y, x: y / float(np.sqrt(np.size(x))),
    ),
    instead(
        "norm-of-sum",
        "norm",
        "the numbers were added, not squared",
        lambda xp, y, x: abs(xp.sum(x)),
        bits=7.0,
    ),
    instead(
        "largest-norm",
        "norm",
        "the largest number was taken",
        lambda xp, y, x: xp.max(abs(x)),
        bits=7.0,
    ),
    instead(
        "smaller-one", "maximum", "the smaller one was taken", lambda xp, y, a, b: xp.minimum(a, b)
    ),
    instead(
        "larger-one", "minimum", "the larger one was taken", lambda xp, y, a, b: xp.maximum(a, b)
    ),
    instead(
        "first-of-two",
        ("maximum", "minimum"),
        "the first one was taken, whatever the other one is",
        lambda xp, y, a, b: a + 0 * y,
        slope=lambda xp, y, a, b: 0 * y + 1,
    ),
    instead(
        "second-of-two",
        ("maximum", "minimum"),
        "the second one was taken, whatever the other one is",
        lambda xp, y, a, b: b + 0 * y,
        bits=5.5,
    ),
    instead(
        "maximum-added",
        ("maximum", "minimum"),
        "both were added",
        lambda xp, y, a, b: a + b,
        bits=7.5,
    ),
    instead(
        "minimum-for-max",
        "max",
        "the smallest one was taken",
        lambda xp, y, x: xp.min(x) + 0 * y,
        bits=6.5,
    ),
    instead(
        "maximum-for-min",
        "min",
        "the largest one was taken",
        lambda xp, y, x: xp.max(x) + 0 * y,
        bits=6.5,
    ),
    instead(
        "mean-for-max",
        ("max", "min"),
        "the mean was taken",
        lambda xp, y, x: xp.sum(x) / x.size + 0 * y,
        bits=7.0,
    ),
)
