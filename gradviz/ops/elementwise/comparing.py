"""Comparisons: they make conditions, and no gradient flows through them."""

from gradviz.ops.op import Array, Formula, Namespace, Op
from gradviz.ops.registry import declare
from gradviz.ops.shapes import elementwise


def _comparison(name: str, operator: str, symbol: str, phrase: str) -> Op:
    def forward(xp: Namespace, a: Array, b: Array) -> Array:
        return getattr(xp, name)(a, b)

    written: Formula = lambda m, a, b: m.iverson(m.relation(symbol, a, b))
    return declare(
        name,
        ("a", "b"),
        f"whether a {phrase} b; a condition, without a gradient",
        forward=forward,
        local=(None, None),
        shape=elementwise(name),
        glyph=symbol,
        operator=operator,
        written=written,
        words={
            "forward": "Is {filled}? The condition {written} {holds}.",
            "forward arrays": "Element by element {output} says whether {written}.",
        },
        domain=((-3, 3), (-3, 3)),
        numpy=(name,),
        pieces=lambda xp, a, b: xp.sign(a - b),
        ties="a condition takes no gradient, including at its jump",
    )


GREATER = _comparison("greater", ">", ">", "is greater than")
GREATER_EQUAL = _comparison("greater_equal", ">=", "≥", "is at least")
LESS = _comparison("less", "<", "<", "is less than")
LESS_EQUAL = _comparison("less_equal", "<=", "≤", "is at most")
EQUAL = _comparison("equal", "==", "=", "equals")
NOT_EQUAL = _comparison("not_equal", "!=", "≠", "differs from")
