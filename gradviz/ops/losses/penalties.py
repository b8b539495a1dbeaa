"""Penalties on weights: L1, L2 and both."""

from collections.abc import Mapping
from typing import Any

from gradviz.arrays.digits import number
from gradviz.errors import ValueInputError
from gradviz.ops.op import Array, Examples, Maths, Namespace, Notation, Shape, ShapeRule, is_number
from gradviz.ops.registry import declare
from gradviz.ops.routing import signed

DECIMAL = 12
"""Digits in which the product of two decimals reads as by hand: 3 · 0.1 is 0.3."""

EXAMPLES: Examples = ((((),), {}), (((3,),), {}))


def _scalar(name: str) -> ShapeRule:
    """The shape rule: any shape, one number comes out."""

    def shape(w: Shape, **strengths: Any) -> Shape:
        for option, value in strengths.items():
            if not is_number(value):
                raise ValueInputError(
                    f"the option {option!r} of {name} is a number", got=f"{value!r:.40}"
                )
        return ()

    return shape


def _times(m: Notation, factor: float, body: Maths) -> Maths:
    return body if factor == 1 else m.mul(m.number(_text(factor)), body)


def _text(factor: float) -> str:
    return number(factor, DECIMAL)


def _sign(m: Notation, w: Maths) -> Maths:
    return m.value("sign", m.call("sign", w))


def _signs(xp: Namespace, g: Array, y: Array, w: Array, **_: Any) -> Array:
    return xp.sign(w)


def _scaled(factor: float, body: Array) -> Array:
    """factor · body as a graph, without a factor of 1."""
    return body if factor == 1 else factor * body


SHRINK: Mapping[str, str] = {
    "l1": (
        "However large a weight is, only its sign counts: the slope is {strength} times that sign."
    ),
    "l2": (
        "The slope is 2 · {strength} · {w}: in proportion to the weight itself, so large ones"
        " feel it most."
    ),
    "l1 tied": (
        "However large a weight is, only its sign counts: the slope is {strength} times that sign;"
        " at 0 it is taken as 0."
    ),
    "both tied": (
        "The slope is {l1} times the sign of the weight plus 2 · {l2} times the weight; the sign of"
        " 0 is taken as 0."
    ),
    "both": "The slope is {l1} times the sign of the weight plus 2 · {l2} times the weight.",
}

L1_PENALTY = declare(
    "l1_penalty",
    ("w",),
    "strength · Σ |w|",
    glyph="λ Σ|w|",
    options={"strength": 1.0},
    forward=lambda xp, w, strength: strength * xp.sum(xp.abs(w)),
    vjp=(lambda xp, g, y, w, strength: signed(xp, g * strength, w),),
    shape=_scalar("l1_penalty"),
    written=lambda m, w, strength: _times(m, strength, m.total("sum", m.bars(w))),
    rule=(lambda m, g, y, w, strength: _times(m, strength, m.mul(g, _sign(m, w))),),
    terms={"sign": _signs},
    words={
        "forward one": "The absolute value of the weight, times {strength}: {value}.",
        "forward": "The absolute values of {count:weight}, summed, times {strength}: {value}.",
        "backward": SHRINK["l1"],
        "backward tied": SHRINK["l1 tied"],
    },
    domain=((-3, 3),),
    examples=(*EXAMPLES, (((2, 2),), {"strength": 0.5})),
    pieces=lambda xp, w, strength: xp.sign(w),
    tied=lambda xp, y, w, strength: xp.equal(w, 0),
    ties="the slope of |w| at 0 is taken as 0",
    expand=lambda xp, w, strength: _scaled(strength, xp.sum(xp.abs(w))),
)

L2_PENALTY = declare(
    "l2_penalty",
    ("w",),
    "strength · Σ w²",
    glyph="λ Σw²",
    options={"strength": 1.0},
    forward=lambda xp, w, strength: strength * xp.sum(w * w),
    vjp=(lambda xp, g, y, w, strength: g * 2 * strength * w,),
    shape=_scalar("l2_penalty"),
    written=lambda m, w, strength: _times(m, strength, m.total("sum", m.pow(w, m.number(2)))),
    rule=(lambda m, g, y, w, strength: m.mul(g, m.mul(m.number(_text(2 * strength)), w)),),
    words={
        "forward one": "The square of the weight, times {strength}: {value}.",
        "forward": "The squares of {count:weight}, summed, times {strength}: {value}.",
        "backward": SHRINK["l2"],
    },
    domain=((-3, 3),),
    examples=(*EXAMPLES, (((2, 2),), {"strength": 0.5})),
    expand=lambda xp, w, strength: _scaled(strength, xp.sum(w**2)),
)

ELASTIC_NET = declare(
    # Zou and Hastie, 2005, in the lectures' form Σ β w² + |w|, where β is `l2`.
    "elastic_net",
    ("w",),
    "Σ (l2 · w² + l1 · |w|)",
    options={"l1": 1.0, "l2": 1.0},
    aliases={"beta": "l2"},
    forward=lambda xp, w, l1, l2: xp.sum(l2 * (w * w) + l1 * xp.abs(w)),
    vjp=(lambda xp, g, y, w, l1, l2: g * (2 * l2 * w + l1 * xp.sign(w)),),
    shape=_scalar("elastic_net"),
    written=lambda m, w, l1, l2: m.total(
        "sum", m.add(_times(m, l2, m.pow(w, m.number(2))), _times(m, l1, m.bars(w)))
    ),
    rule=(
        lambda m, g, y, w, l1, l2: m.mul(
            g, m.add(m.mul(m.number(_text(2 * l2)), w), _times(m, l1, _sign(m, w)))
        ),
    ),
    terms={"sign": _signs},
    words={
        "forward": (
            "Squares times {l2} plus absolute values times {l1} of {count:weight}, summed: {value}."
        ),
        "backward": SHRINK["both"],
        "backward tied": SHRINK["both tied"],
    },
    domain=((-3, 3),),
    examples=(*EXAMPLES, (((2, 2),), {"l1": 0.5, "l2": 0.25})),
    pieces=lambda xp, w, l1, l2: xp.sign(w),
    tied=lambda xp, y, w, l1, l2: xp.equal(w, 0),
    ties="the slope of |w| at 0 is taken as 0",
    expand=lambda xp, w, l1, l2: xp.sum(_scaled(l2, w**2) + _scaled(l1, xp.abs(w))),
)
