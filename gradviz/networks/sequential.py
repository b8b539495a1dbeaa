"""Layers in sequence, each in its own scope, and blocks with a skip connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from gradviz.errors import ShapeError, ValueInputError
from gradviz.graph.expression import Expression, scope
from gradviz.networks.parameters import shape
from gradviz.ops.op import say_shape


class Layer(Protocol):
    """Anything that maps an expression to nodes: parameters and ops in the current scope."""

    @property
    def kind(self) -> str:
        """The name of its scope, without its number: `conv`, `fc`, `block`."""
        ...

    def __call__(self, x: Expression) -> Expression:
        """The layer's output for the input x."""
        ...


class Sequential:
    """Layers in sequence.

    Each layer's nodes are in their own scope: `conv1`, `relu1`, `conv2`, numbered by kind, or the
    name in a pair (name, layer). A Sequential within another is a block: `block1/conv1`. Raises
    ValueInputError for anything but a layer, or a name given twice.
    """

    kind = "block"

    def __init__(self, *layers: Layer | tuple[str, Layer]) -> None:
        self.layers = tuple(_named(layers))

    def __repr__(self) -> str:
        return f"Sequential({', '.join(name for name, _ in self.layers)})"

    def __call__(self, x: Expression) -> Expression:
        """The output of the last layer."""
        for name, layer in self.layers:
            with scope(name):
                x = layer(x)
        return x


def _named(layers: tuple[Any, ...]) -> Iterator[tuple[str, Layer]]:
    counts: Counter[str] = Counter()
    taken: set[str] = set()
    for given in layers:
        name, layer = given if isinstance(given, tuple) and len(given) == 2 else ("", given)
        if not callable(layer) or not isinstance(getattr(layer, "kind", None), str):
            raise ValueInputError(
                "not a layer", expected="such as Linear(10) or Relu()", got=f"{given!r:.60}"
            )
        counts[layer.kind] += 1
        name = name or f"{layer.kind}{counts[layer.kind]}"
        if name in taken:
            raise ValueInputError(
                f"two layers are called {name!r}", expected="a name for one layer only"
            )
        taken.add(name)
        yield name, layer


@dataclass(frozen=True)
class Residual:
    """A layer and a skip connection, added: x is a branch, where gradients add up.

    `shortcut` is a layer on the skip connection itself, for changes of shape; none by default. The
    sum belongs to the block's own scope. Raises ShapeError if the two branches differ in shape.
    """

    layer: Layer
    shortcut: Layer | None = None
    kind = "block"

    def __call__(self, x: Expression) -> Expression:
        """layer(x) + x."""
        main, side = self.layer(x), x
        if self.shortcut is not None:
            with scope("shortcut"):
                side = self.shortcut(x)
        if shape(main) != shape(side):
            raise ShapeError(
                "the branches of a residual block differ in shape",
                expected=f"{say_shape(shape(main))}, as its layers give",
                got=f"{say_shape(shape(side))} on the skip connection",
                hint="give a shortcut, such as Conv2d(filters, 1, stride=2)",
            )
        result: Expression = main + side
        return result
