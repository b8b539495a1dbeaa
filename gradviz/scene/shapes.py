"""Geometry of a drawing: straight lines as curves, arrowheads, and where a wire meets a gate."""

from __future__ import annotations

import math

from gradviz.layout.curves import Curve, Piece, Point, pieces

ARROW: float = 12.0
HALF: float = 5.6
"""Length and half the width of an arrowhead."""


def straight(x: float, y: float, to_x: float, to_y: float) -> Curve:
    """A straight line as a curve."""
    third = ((to_x - x) / 3, (to_y - y) / 3)
    return (
        Point(x, y),
        Point(x + third[0], y + third[1]),
        Point(to_x - third[0], to_y - third[1]),
        Point(to_x, to_y),
    )


def joined(*curves: Curve) -> Curve:
    """Curves one after the other as one; each begins where the one before it ends."""
    first, *rest = [c for c in curves if c]
    return (*first, *(point for curve in rest for point in curve[1:]))


def moved(curve: Curve, x: float, y: float) -> Curve:
    """A curve, translated."""
    return tuple(Point(p.x + x, p.y + y) for p in curve)


def with_arrow(curve: Curve, gap: float = 0.0) -> tuple[Curve, tuple[Point, ...]]:
    """The curve cut short at its end, and the arrowhead that ends it, `gap` before its very end."""
    back = tuple(reversed(curve))
    rest = _without(back, gap) if gap else back
    tip, body = rest[0], _without(rest, ARROW)
    base = body[0]
    length = math.hypot(base.x - tip.x, base.y - tip.y) or 1.0
    along = Point((base.x - tip.x) / length, (base.y - tip.y) / length)
    left = Point(base.x - along.y * HALF, base.y + along.x * HALF)
    right = Point(base.x + along.y * HALF, base.y - along.x * HALF)
    overlap = _without(rest, ARROW - 2)
    return tuple(reversed(overlap)), (tip, left, right)


def _without(curve: Curve, distance: float) -> Curve:
    """The curve without its beginning, up to where it is `distance` away from its start."""
    start = curve[0]
    parts = list(pieces(curve))
    for index, piece in enumerate(parts):
        if math.dist(piece[3], start) >= distance or index == len(parts) - 1:
            low, high = 0.0, 1.0
            for _ in range(24):
                middle = (low + high) / 2
                near = math.dist(_at(piece, middle), start) < distance
                low, high = (middle, high) if near else (low, middle)
            return joined(_after(piece, low), *parts[index + 1 :])
    return curve


def _at(piece: Piece, t: float) -> Point:
    s = 1 - t
    weights = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
    pairs = list(zip(weights, piece, strict=True))
    return Point(sum(w * p.x for w, p in pairs), sum(w * p.y for w, p in pairs))


def _after(piece: Piece, t: float) -> Piece:
    """The part of a cubic curve after t, by de Casteljau's construction."""
    a, b, c, d = piece
    ab, bc, cd = _between(a, b, t), _between(b, c, t), _between(c, d, t)
    abc, bcd = _between(ab, bc, t), _between(bc, cd, t)
    return _between(abc, bcd, t), bcd, cd, d


def _between(a: Point, b: Point, t: float) -> Point:
    return Point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t)


def inset(offset: float, half_height: float, radius: float) -> float:
    """How far inside the left edge of a rounded shape its outline is, at `offset` from its
    middle.
    """
    beyond = abs(offset) - (half_height - radius)
    return radius - math.sqrt(max(0.0, radius * radius - beyond * beyond)) if beyond > 0 else 0.0
