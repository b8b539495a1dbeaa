"""Layers that apply one elementwise op."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gradviz.graph.expression import Expression, call


@dataclass(frozen=True)
class Activation:
    """Any op of one operand, as a layer: `Activation("softplus")`."""

    op: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The name of its scope."""
        return self.op

    def __call__(self, x: Expression) -> Expression:
        """The op of x. Raises UnknownNameError for an op that does not exist."""
        return call(self.op, x, **self.options)


def Relu() -> Activation:
    """max(x, 0)."""
    return Activation("relu")


def Sigmoid() -> Activation:
    """1/(1 + exp(−x))."""
    return Activation("sigmoid")


def Tanh() -> Activation:
    """The hyperbolic tangent."""
    return Activation("tanh")


def LeakyRelu(slope: float = 0.01) -> Activation:
    """x where it is positive, slope · x elsewhere."""
    return Activation("leaky_relu", {"slope": slope})


def Elu(alpha: float = 1.0) -> Activation:
    """x where it is positive, alpha (exp(x) − 1) elsewhere."""
    return Activation("elu", {"alpha": alpha})


def Softmax(axis: int = -1) -> Activation:
    """Probabilities along an axis."""
    return Activation("softmax", {"axis": axis})
