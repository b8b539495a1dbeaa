"""Reducing losses over several samples to one number: the `reduction` option of PyTorch."""

import math
from typing import Any

from gradviz.errors import ShapeError, ValueInputError, did_you_mean
from gradviz.ops.op import Array, GraphNamespace, Maths, Namespace, Notation, Shape

REDUCTIONS = ("mean", "sum", "none")


def reduced_shape(name: str, losses: Shape, reduction: Any) -> Shape:
    """The shape of the reduced losses.

    Raises ValueInputError for an unknown reduction, ShapeError if there are no losses.
    """
    if reduction not in REDUCTIONS:
        raise ValueInputError(
            f"{name} has no such reduction",
            expected=" or ".join(REDUCTIONS),
            got=f"{reduction!r:.40}",
            hint=did_you_mean(str(reduction), REDUCTIONS),
        )
    if reduction == "mean" and not math.prod(losses):
        raise ShapeError(
            f"{name} of no elements", expected="at least one element", got=str(tuple(losses))
        )
    return tuple(losses) if reduction == "none" else ()


def reduce(xp: Namespace, losses: Array, reduction: str) -> Array:
    """The mean or the sum of the losses, or the losses themselves."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return xp.sum(losses)
    return xp.average(losses, xp.sum, math.prod(xp.shape(losses)))


def reduce_steps(xp: GraphNamespace, losses: Array, reduction: str) -> Array:
    """The reduction as a separate node, if there is something to reduce."""
    if reduction == "none" or not xp.shape(losses):
        return losses
    return xp.mean(losses) if reduction == "mean" else xp.sum(losses)


def share(g: Array, losses: Shape, reduction: str) -> Array:
    """The share of the upstream gradient that each loss receives; it broadcasts to the losses."""
    return g / math.prod(losses) if reduction == "mean" else g


def written_share(m: Notation, g: Maths, losses: Shape, reduction: str) -> Maths:
    """The same in a formula."""
    many = reduction == "mean" and math.prod(losses) != 1
    return m.div(g, m.number(math.prod(losses))) if many else g


def written_row_share(m: Notation, g: Maths, s: Maths, reduction: str) -> Maths:
    """The same for a loss of each row of `s`: unreduced, it is repeated along the last axis."""
    if reduction == "none" and len(s.shape) > 1:
        return m.repeated(g, (len(s.shape) - 1,), s.shape)
    return written_share(m, g, s.shape[:-1], reduction)
