"""Wrong slopes that people take at a single function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradviz.engine.changes import Changes, Use
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.places import at, slope


def _sigma(xp: Any, x: Any) -> Any:
    return 1 / (1 + xp.exp(-x))


def _elementwise(brings: Any) -> Changes:
    return Changes(contribute=lambda use: None if use.local is None else brings(use))


def _is_one(use: Use) -> bool:
    """Whether a gate passes the gradient on as it is, but for the sign."""
    return use.local is None or bool((abs(use.local) == 1).all())


def _above(use: Use) -> Any:
    """x/y taken for x/y² below the fraction bar."""
    return -use.upstream * use.operands[0] / use.operands[1]


def _unary(slope: Callable[[Use], Any]) -> Changes:
    """Another slope `(use)` at functions of one number."""

    def brings(use: Use) -> Any:
        if use.local is None or len(use.operands) != 1 or use.op.routes is not None:
            return None
        return use.upstream * slope(use)

    return Changes(contribute=brings)


def _rule(use: Use, y: Any, x: Any) -> Any:
    """The right formula of a slope, on other numbers."""
    return use.op.rule_for(0)(use.xp, y, x, **use.options)


def _applied(use: Use, x: Any) -> Any:
    return use.op.forward(use.xp, x, **use.options)


SIGMOID = "The slope of σ is s(1 − s), with its output s."
TANH = "The slope of tanh is 1 − y², with its output y."
POWER = "The slope of xⁿ is n xⁿ⁻¹."

MISTAKES = (
    slope(
        "output-for-sigmoid-slope",
        "sigmoid",
        "s was taken for s(1 − s)",
        lambda xp, y, x: y,
        right=SIGMOID,
    ),
    slope(
        "one-minus-output",
        "sigmoid",
        "1 − s was taken for s(1 − s)",
        lambda xp, y, x: 1 - y,
        right=SIGMOID,
    ),
    slope(
        "sigmoid-slope-plus",
        "sigmoid",
        "s(1 + s) was taken for s(1 − s)",
        lambda xp, y, x: y * (1 + y),
        right=SIGMOID,
    ),
    slope(
        "sigmoid-squared",
        "sigmoid",
        "s² was taken for s(1 − s)",
        lambda xp, y, x: y * y,
        right=SIGMOID,
    ),
    slope(
        "one-minus-sigmoid-squared",
        "sigmoid",
        "1 − s² was taken for s(1 − s)",
        lambda xp, y, x: 1 - y * y,
        right=SIGMOID,
    ),
    slope(
        "sigmoid-times-one-minus-squared",
        "sigmoid",
        "s(1 − s)² was taken for s(1 − s)",
        lambda xp, y, x: y * (1 - y) ** 2,
        bits=6.0,
        right=SIGMOID,
    ),
    slope(
        "sigmoid-slope-turned",
        "sigmoid",
        "s(s − 1) was taken for s(1 − s)",
        lambda xp, y, x: y * (y - 1),
        bits=5.5,
        right=SIGMOID,
    ),
    slope(
        "sigmoid-slope-of-half-input",
        "sigmoid",
        "s(1 − x) was taken for s(1 − s)",
        lambda xp, y, x: y * (1 - x),
        bits=6.5,
        right=SIGMOID,
    ),
    slope(
        "exponential-for-sigmoid-slope",
        "sigmoid",
        "e^(−x) was taken for s(1 − s)",
        lambda xp, y, x: xp.exp(-x),
        bits=6.5,
        right=SIGMOID,
    ),
    slope(
        "sigmoid-exponent-kept-positive",
        "sigmoid",
        "−e^(−x)/(1 + e^(−x))² was taken: the inner derivative −1 is missing",
        lambda xp, y, x: -y * (1 - y),
        bits=5.5,
        right=SIGMOID,
    ),
    slope(
        "tanh-plus", "tanh", "1 + y² was taken for 1 − y²", lambda xp, y, x: 1 + y * y, right=TANH
    ),
    slope(
        "tanh-as-sigmoid",
        "tanh",
        "y(1 − y) was taken for 1 − y²",
        lambda xp, y, x: y * (1 - y),
        right=TANH,
    ),
    slope(
        "tanh-squared-alone", "tanh", "y² was taken for 1 − y²", lambda xp, y, x: y * y, right=TANH
    ),
    slope(
        "one-minus-tanh-whole-squared",
        "tanh",
        "(1 − y)² was taken for 1 − y²",
        lambda xp, y, x: (1 - y) ** 2,
        bits=6.0,
        right=TANH,
    ),
    slope(
        "tanh-twice",
        "tanh",
        "tanh was applied twice in its slope",
        lambda xp, y, x: 1 - xp.tanh(y) ** 2,
        right=TANH,
    ),
    slope("tanh-of-output", "tanh", "y was taken for 1 − y²", lambda xp, y, x: y, right=TANH),
    slope(
        "relu-turned",
        "relu",
        "it was let through where the input is below 0, and stopped elsewhere",
        lambda xp, y, x: xp.where(xp.less(x, 0), 1, 0),
    ),
    Mistake(
        "relu-mask-of-upstream",
        rule=at("relu", lambda use: use.xp.maximum(use.upstream, 0 * use.upstream)),
        about="slope",
        says="the sign of the upstream gradient decided, not that of the input",
        bits=5.5,
    ),
    slope(
        "leaky-passes-nothing",
        "leaky_relu",
        "nothing was let through where the input is below 0",
        lambda xp, y, x, *rest: xp.where(xp.greater(x, 0), 1, 0),
    ),
    slope(
        "leaky-passes-all",
        "leaky_relu",
        "everything was let through, as if the slope were 1 on both sides",
        lambda xp, y, x, *rest: 1 + 0 * x,
    ),
    slope(
        "power-factor-left-out",
        "pow",
        "the factor of the power was left out",
        lambda xp, y, x, n: x ** (n - 1),
        bits=4.0,
        right=POWER,
    ),
    slope(
        "power-base-left-out",
        "pow",
        "only the exponent was taken: the base is missing from its slope",
        lambda xp, y, x, n: n + 0 * x,
        bits=6.0,
        right=POWER,
    ),
    slope(
        "power-not-lowered",
        "pow",
        "the exponent was not lowered",
        lambda xp, y, x, n: n * x**n,
        right=POWER,
    ),
    slope(
        "power-taken-as-slope",
        "pow",
        "the power itself was taken for its slope",
        lambda xp, y, x, n: y,
        bits=6.0,
        right=POWER,
    ),
    slope(
        "power-integrated",
        "pow",
        "it was integrated, not differentiated",
        lambda xp, y, x, n: x ** (n + 1) / (n + 1),
        bits=7.0,
        right=POWER,
    ),
    slope("square-base-left-out", "square", "2 was taken for 2x", lambda xp, y, x: 2 + 0 * x),
    slope("square-not-lowered", "square", "2x² was taken for 2x", lambda xp, y, x: 2 * y),
    slope("log-differentiated-twice", "log", "−1/x² was taken for 1/x", lambda xp, y, x: -1 / x**2),
    slope("log-not-inverted", "log", "x was taken for 1/x", lambda xp, y, x: x),
    slope(
        "log-slope-of-output",
        "log",
        "1 over the logarithm was taken for 1/x",
        lambda xp, y, x: 1 / y,
        bits=6.0,
    ),
    slope(
        "log-as-slope",
        "log",
        "the logarithm itself was taken for its slope",
        lambda xp, y, x: y,
        bits=6.5,
    ),
    slope(
        "log-base-10-slope",
        "log",
        "1/(x ln 10) was taken for 1/x",
        lambda xp, y, x: 1 / (x * xp.log(xp.asarray(10.0))),
        bits=6.0,
    ),
    slope(
        "log-base-2-slope",
        "log",
        "1/(x ln 2) was taken for 1/x",
        lambda xp, y, x: 1 / (x * xp.log(xp.asarray(2.0))),
        bits=7.0,
    ),
    slope("exp-not-itself", "exp", "x was taken for e^x", lambda xp, y, x: x),
    slope(
        "exp-lowered",
        "exp",
        "x e^(x − 1) was taken for e^x",
        lambda xp, y, x: x * xp.exp(x - 1),
        bits=5.5,
    ),
    slope(
        "root-half-left-out", "sqrt", "the ½ was left out of ½/√x", lambda xp, y, x: 1 / y, bits=4.0
    ),
    slope("root-not-inverted", "sqrt", "½√x was taken for ½/√x", lambda xp, y, x: y / 2, bits=5.5),
    slope(
        "root-of-input", "sqrt", "½/x was taken for ½/√x", lambda xp, y, x: 1 / (2 * x), bits=5.5
    ),
    slope(
        "reciprocal-logarithm",
        "reciprocal",
        "the logarithm was taken for −1/x²",
        lambda xp, y, x: xp.log(abs(x)),
        bits=7.0,
    ),
    slope("sine-sign", "cos", "sin was taken for −sin", lambda xp, y, x: xp.sin(x), bits=4.0),
    slope("cosine-sign", "sin", "−cos was taken for cos", lambda xp, y, x: -xp.cos(x), bits=5.0),
    slope("sine-as-slope", "sin", "sin was taken for cos", lambda xp, y, x: y, bits=6.0),
    slope("cosine-as-slope", "cos", "cos was taken for −sin", lambda xp, y, x: y, bits=6.0),
    slope(
        "softplus-slope",
        "softplus",
        "σ'(x) was taken for σ(x)",
        lambda xp, y, x: _sigma(xp, x) * (1 - _sigma(xp, x)),
        bits=5.5,
    ),
    slope(
        "absolute-slope-one",
        "abs",
        "1 was taken for the sign",
        lambda xp, y, x: 1 + 0 * x,
        bits=4.0,
    ),
    slope(
        "absolute-slope-itself", "abs", "|x| was taken for the sign", lambda xp, y, x: y, bits=6.0
    ),
    slope(
        "division-upper-left",
        "div",
        "x was taken for 1/y, above the fraction bar",
        lambda xp, y, a, b: a,
        bits=7.0,
    ),
    slope(
        "division-upper-not-inverted",
        "div",
        "y was taken for 1/y, above the fraction bar",
        lambda xp, y, a, b: b,
        bits=5.5,
    ),
    slope(
        "division-upper-one",
        "div",
        "1 was taken for 1/y, above the fraction bar",
        lambda xp, y, a, b: 1 + 0 * y,
        bits=5.5,
    ),
    Mistake(
        "division-not-squared",
        rule=at("div", _above, 1),
        about="slope",
        says="x/y was taken for x/y², below the fraction bar",
        bits=5.0,
        right="The slope of x/y with respect to y is −x/y².",
    ),
    slope(
        "division-upper-left-out",
        "div",
        "−1/y² was taken for −x/y²",
        lambda xp, y, a, b: -1 / b**2,
        slot=1,
        bits=5.5,
    ),
    slope(
        "division-sign",
        "div",
        "the minus sign of −x/y² was lost",
        lambda xp, y, a, b: a / b**2,
        slot=1,
        bits=4.5,
    ),
    slope(
        "division-lower-inverted",
        "div",
        "1/x was taken for −x/y²",
        lambda xp, y, a, b: 1 / a,
        slot=1,
        bits=7.0,
    ),
    Mistake(
        "product-by-output",
        rule=at("mul", lambda use: use.upstream * use.value),
        about="slope",
        says="it was multiplied by the product, not by the other factor",
        bits=6.0,
    ),
    Mistake(
        "product-passed-on",
        rule=at("mul", lambda use: use.upstream + 0 * use.value),
        about="slope",
        says="× was treated as +: the other factor was left out",
        bits=4.5,
    ),
    Mistake(
        "maximum-to-the-other",
        rule=at("maximum", lambda use: use.upstream - use.contribution),
        about="slope",
        says="it was passed to the smaller one",
        bits=5.5,
    ),
    Mistake(
        "minimum-to-both",
        rule=at("minimum", lambda use: use.upstream),
        about="slope",
        says="min passed it to both inputs",
        bits=5.0,
    ),
    Mistake(
        "sum-passes-both-negative",
        rule=at("sub", lambda use: -use.upstream, 0),
        about="slope",
        says="the first input of − received it with the sign turned",
        bits=6.5,
    ),
    *(
        Mistake(
            f"slope-of-{name}-in-degrees",
            rule=at(
                name,
                lambda use: (
                    use.upstream
                    * _rule(use, _applied(use, use.own * np.pi / 180), use.own * np.pi / 180)
                ),
            ),
            about="slope",
            says="the slope was taken with the argument in degrees",
            right="Angles are in radians.",
            bits=5.0,
        )
        for name in ("sin", "cos", "tan")
    ),
    Mistake(
        "minus-of-inner-left-out",
        rule=at("neg", lambda use: use.upstream),
        about="slope",
        says="the minus sign in front of {source} was lost: its derivative is −1",
        bits=4.0,
    ),
    Mistake(
        "slope-inverted",
        rule=_elementwise(lambda use: use.upstream / use.local),
        about="slope",
        says="it was divided by the local gradient",
        bits=7.5,
    ),
    Mistake(
        "slope-squared",
        rule=_elementwise(lambda use: use.upstream * use.local * use.local),
        about="slope",
        says="the local gradient was multiplied twice",
        bits=7.5,
    ),
    Mistake(
        "upstream-squared",
        rule=_elementwise(lambda use: use.upstream * use.upstream * use.local),
        about="slope",
        says="the upstream gradient was multiplied twice",
        bits=7.0,
    ),
    Mistake(
        "slope-at-the-output",
        rule=_unary(lambda use: _rule(use, _applied(use, use.value), use.value)),
        about="slope",
        says="the slope was taken at the output, not at the input",
        bits=5.5,
    ),
    Mistake(
        "input-where-the-output-belongs",
        rule=_unary(lambda use: _rule(use, use.own, use.own)),
        about="slope",
        says="the input stands in the slope where the output belongs",
        bits=5.5,
    ),
    Mistake(
        "output-where-the-input-belongs",
        rule=_unary(lambda use: _rule(use, use.value, use.value)),
        about="slope",
        says="the output stands in the slope where the input belongs",
        bits=5.5,
    ),
    Mistake(
        "function-for-its-slope",
        rule=_unary(lambda use: use.value),
        about="slope",
        says="the function itself was taken for its slope",
        bits=6.0,
    ),
    Mistake(
        "function-of-output-for-slope",
        rule=_unary(lambda use: _applied(use, use.value)),
        about="slope",
        says="the function of its own output was taken for its slope",
        bits=6.5,
    ),
    Mistake(
        "exponential-for-slope",
        rule=_unary(lambda use: use.xp.exp(use.value)),
        about="slope",
        says="e to the output was taken for the slope",
        bits=7.5,
    ),
    slope(
        "slope-plus-one-of-input",
        "elu",
        "x + 1 was taken for y + 1",
        lambda xp, y, x, *rest: xp.where(xp.greater(x, 0), 1, x + 1),
    ),
    Mistake(
        "root-of-slope",
        rule=_unary(lambda use: use.xp.sqrt(use.local)),
        about="slope",
        says="the slope was left without its square",
        bits=6.0,
    ),
    Mistake(
        "root-of-slope-at-the-output",
        rule=at("tanh", lambda use: use.upstream / use.xp.cosh(use.value)),
        about="slope",
        says="1/cosh of the output was taken for 1 − y²",
        bits=6.5,
    ),
    Mistake(
        "input-for-slope",
        rule=_elementwise(lambda use: None if _is_one(use) else use.upstream * use.own),
        about="slope",
        says="the input itself was taken for the local gradient",
        bits=6.0,
    ),
    Mistake(
        "upstream-and-input-for-slope",
        rule=_elementwise(lambda use: None if _is_one(use) else -use.upstream * use.own),
        about="slope",
        says="the input itself, with a minus, was taken for the local gradient",
        bits=7.5,
    ),
    Mistake(
        "input-for-one",
        rule=_elementwise(lambda use: use.upstream * use.own if _is_one(use) else None),
        about="slope",
        says="the input itself was taken for the local gradient",
        bits=7.0,
    ),
    Mistake(
        "gradient-times-input",
        rule=Changes(contribute=lambda use: use.contribution * use.own),
        about="slope",
        says="the gradient was multiplied by {source} as well",
        bits=8.0,
    ),
    Mistake(
        "gradient-halved",
        rule=Changes(contribute=lambda use: use.contribution / 2),
        about="slope",
        says="the contribution was halved",
        bits=7.5,
    ),
    Mistake(
        "gradient-doubled",
        rule=Changes(contribute=lambda use: use.contribution * 2),
        about="slope",
        says="the contribution was doubled",
        bits=7.5,
    ),
)
