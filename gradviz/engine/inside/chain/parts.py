"""What is found in a graph: layers of weighted sums, and products of a matrix and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Ref(NamedTuple):
    """An element of a node's value: the node, and the element's place in C order."""

    node: int
    place: int


@dataclass(frozen=True)
class Link:
    """One layer of a chain.

    inputs   the elements that it weighs.
    weights  a row for each unit, with an element for each input.
    bias     an element for each unit, empty without a bias; `sign` is −1 where it is subtracted.
    total    the node of the weighted sums, `value` that of what the activation makes of them.
    bend     the nodes after `total` up to `value`.
    own      whether each value depends on its own sum alone.
    units    of a layer of single numbers the nodes of the sum and of the value of each unit;
             `total`, `value` and `bend` are then those of the last one.
    """

    inputs: tuple[Ref, ...]
    weights: tuple[tuple[Ref, ...], ...]
    bias: tuple[Ref, ...]
    sign: int
    total: int
    value: int
    bend: tuple[int, ...]
    own: bool
    units: tuple[tuple[int, int], ...] = ()

    @property
    def values(self) -> tuple[int, ...]:
        """The nodes of its values."""
        return tuple(value for _, value in self.units) or (self.value,)

    @property
    def signals(self) -> tuple[int, ...]:
        """The nodes of its inputs."""
        return tuple(dict.fromkeys(ref.node for ref in self.inputs))


@dataclass(frozen=True)
class Chain:
    """The layers of a network, and what follows them."""

    links: tuple[Link, ...]
    tail: tuple[int, ...]


@dataclass(frozen=True)
class Product:
    """A product of a matrix and one or several columns, with what is added to it.

    node     the product; `total`: the sum with the bias, the product itself without one.
    signal   the node of the columns before they are stretched into rows; `operand`: as it is taken.
    weights  the rows of the matrix; `columns`: the elements of each column.
    sums     for each column the places of its sums, one for each row.
    bias     an element for each row, empty without a bias; `sign` is −1 where it is subtracted.
    """

    node: int
    total: int
    signal: int
    operand: int
    weights: tuple[tuple[Ref, ...], ...]
    columns: tuple[tuple[Ref, ...], ...]
    sums: tuple[tuple[int, ...], ...]
    bias: tuple[Ref, ...]
    sign: int


def flat(value: Any) -> list[Any]:
    """The elements of nested lists, in order."""
    return [w for v in value for w in flat(v)] if isinstance(value, list | tuple) else [value]


def same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Whether elements are equal; NaN is NaN."""
    return len(a) == len(b) and all(
        x == y or (x != x and y != y) for x, y in zip(a, b, strict=True)
    )
