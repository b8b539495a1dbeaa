"""Exponentials, logarithms and the error function."""

from collections.abc import Mapping
from typing import Any

from gradviz.ops.registry import declare
from gradviz.ops.shapes import elementwise

APPLIED = {
    "forward": "{calculation}.",
    "forward arrays": "Element by element: {output} = {written}.",
}

ABOVE_0: Mapping[str, Any] = {
    "outside": lambda x: x < 0,
    "takes": "numbers above 0",
    "pole": lambda x: x == 0,
}
"""The domain of logarithms."""

EXP = declare(
    "exp",
    ("x",),
    "e to the power of x",
    degree=lambda x: x,
    numpy=("exp",),
    forward=lambda xp, x: xp.exp(x),
    local=(lambda xp, y, x: y,),
    shape=elementwise("exp"),
    written=lambda m, x: m.pow(m.name("e"), x),
    words=APPLIED
    | {
        "backward": "exp is its own slope: {value} times the upstream gradient.",
        "backward arrays": (
            "exp is its own slope: each element receives its own value times the upstream gradient."
        ),
    },
    domain=((-2, 2),),
)

LOG = declare(
    "log",
    ("x",),
    "the natural logarithm",
    habits=("ln",),
    degree=lambda x: x,
    numpy=("log",),
    forward=lambda xp, x: xp.log(x),
    local=(lambda xp, y, x: 1 / x,),
    shape=elementwise("log"),
    words=APPLIED
    | {
        "backward": "The slope of log at {x.value} is 1/{x.factor} = {local}.",
        "backward small": (
            "The slope of log at {x.value} is 1/{x.factor} = {local}: small values are pushed hard."
        ),
        "backward arrays": "The slope of log is 1/{x}, so small values are pushed hard.",
    },
    case=lambda slot, y, x: "small" if 0 < x < 0.2 else "",
    domain=((0.2, 4),),
    **ABOVE_0,
)

LOG2 = declare(
    "log2",
    ("x",),
    "the logarithm to base 2, as for bits",
    habits=("ld",),
    numpy=("log2",),
    forward=lambda xp, x: xp.log2(x),
    local=(lambda xp, y, x: 1 / (x * xp.log(2)),),
    shape=elementwise("log2"),
    written=lambda m, x: m.call("log₂", x),
    words=APPLIED
    | {
        "backward": "The slope of log₂ at {x.value} is 1/({x.factor} · log 2) = {local}.",
        "backward arrays": "The slope of log₂ is 1/({x} · log 2), element by element.",
    },
    domain=((0.2, 4),),
    **ABOVE_0,
)

LOG10 = declare(
    "log10",
    ("x",),
    "the logarithm to base 10",
    habits=("lg",),
    numpy=("log10",),
    forward=lambda xp, x: xp.log10(x),
    local=(lambda xp, y, x: 1 / (x * xp.log(10)),),
    shape=elementwise("log10"),
    written=lambda m, x: m.call("log₁₀", x),
    words=APPLIED
    | {
        "backward": "The slope of log₁₀ at {x.value} is 1/({x.factor} · log 10) = {local}.",
        "backward arrays": "The slope of log₁₀ is 1/({x} · log 10), element by element.",
    },
    domain=((0.2, 4),),
    **ABOVE_0,
)

LOG1P = declare(
    "log1p",
    ("x",),
    "log(1 + x), accurate near 0",
    numpy=("log1p",),
    forward=lambda xp, x: xp.log1p(x),
    local=(lambda xp, y, x: 1 / (1 + x),),
    shape=elementwise("log1p"),
    written=lambda m, x: m.call("log", m.add(m.number(1), x)),
    words=APPLIED
    | {
        "backward": "The slope of {written} is 1/(1 + {x.factor}) = {local}.",
        "backward arrays": "The slope of {written} is 1/(1 + {x}), element by element.",
    },
    domain=((-0.6, 3),),
    outside=lambda x: x < -1,
    takes="numbers above −1",
    pole=lambda x: x == -1,
)

EXPM1 = declare(
    "expm1",
    ("x",),
    "exp(x) − 1, accurate near 0",
    numpy=("expm1",),
    forward=lambda xp, x: xp.expm1(x),
    local=(lambda xp, y, x: xp.exp(x),),
    shape=elementwise("expm1"),
    written=lambda m, x: m.sub(m.pow(m.name("e"), x), m.number(1)),
    words=APPLIED
    | {
        "backward": "The 1 falls away and exp is its own slope: {local}.",
        "backward arrays": "The 1 falls away and exp is its own slope.",
    },
    domain=((-2, 2),),
)

ERF = declare(
    "erf",
    ("x",),
    "the error function, 2/√π ∫₀ˣ exp(−t²) dt",
    forward=lambda xp, x: xp.erf(x),
    local=(lambda xp, y, x: 2 * xp.exp(-(x**2)) / xp.sqrt(xp.pi),),
    shape=elementwise("erf"),
    words=APPLIED
    | {
        "backward": "The slope of erf is a bell curve: at {x.value} it is {local}.",
        "backward arrays": "The slope of erf is a bell curve, highest at 0.",
    },
    domain=((-2, 2),),
)
