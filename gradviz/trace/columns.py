"""What a run of single numbers recorded, as columns: a few bytes a step, read when asked for.

Each class is a sequence that computes nothing but where its entry stands.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

from gradviz.graph.graph import Edge

Entry = TypeVar("Entry", covariant=True)

LONG = 10_000
"""From so many entries on, memory counts more than the time to pack them."""


def packed(numbers: Sequence[float]) -> Sequence[float]:
    """Floats in 8 bytes each, if there are many of them."""
    return numbers if len(numbers) < LONG else array("d", numbers)


class Column(Sequence[Entry]):
    """A sequence whose entries are made when read; `_entry(i)` makes one, `len` says how many."""

    __slots__ = ()

    def _entry(self, i: int) -> Entry:
        raise NotImplementedError

    @overload
    def __getitem__(self, i: int) -> Entry: ...
    @overload
    def __getitem__(self, i: slice) -> list[Entry]: ...
    def __getitem__(self, i: int | slice) -> Entry | list[Entry]:
        if isinstance(i, slice):
            return [self._entry(k) for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(f"entry {i} of {len(self)}")
        return self._entry(i % len(self))

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entry, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]


class Edges(Column[Edge]):
    """Edges in 9 bytes each."""

    __slots__ = ("slots", "sources", "targets")

    def __init__(
        self, sources: Sequence[int], targets: Sequence[int], slots: Sequence[int]
    ) -> None:
        self.sources, self.targets = array("i", sources), array("i", targets)
        self.slots = array("B" if max(slots, default=0) < 256 else "i", slots)

    @classmethod
    def of(cls, edges: Sequence[Edge]) -> Edges:
        """Any edges as columns."""
        if isinstance(edges, cls):
            return edges
        return cls(*([e[k] for e in edges] for k in range(3)))

    def __len__(self) -> int:
        return len(self.sources)

    def _entry(self, i: int) -> Edge:
        return Edge(self.sources[i], self.targets[i], self.slots[i])

    def __iter__(self) -> Iterator[Edge]:
        return map(Edge, self.sources, self.targets, self.slots)


class Sums(Column[float]):
    """A node's gradient after each contribution. The first contribution to a node is its own sum;
    `sums` holds the others, `place` where: −1 for a first contribution.
    """

    __slots__ = ("contributions", "place", "sums")

    def __init__(
        self, contributions: Sequence[float], sums: Sequence[float], place: Sequence[int]
    ) -> None:
        self.contributions, self.sums, self.place = contributions, sums, place

    def __len__(self) -> int:
        return len(self.place)

    def _entry(self, i: int) -> float:
        place = self.place[i]
        return self.contributions[i] if place < 0 else self.sums[place]


class Scalars(Column[Any]):
    """Python floats that appear as NumPy scalars when read."""

    __slots__ = ("_values", "_xp")

    def __init__(self, values: Sequence[Any], xp: Any) -> None:
        self._values, self._xp = values, xp

    def __len__(self) -> int:
        return len(self._values)

    def _entry(self, i: int) -> Any:
        return self._scalar(self._values[i])

    def __iter__(self) -> Iterator[Any]:
        return map(self._scalar, self._values)

    def _scalar(self, value: Any) -> Any:
        return (
            self._xp.float(value)
            if type(value) is float
            else value
            if value is None
            else self._xp.asarray(value)
        )


SEED, ZERO, NONE = -1, -2, -3


class Gradients(Column[Any]):
    """Every node's gradient: what the last contribution to it left. `last` has that contribution
    for each node: SEED, ZERO or NONE where nothing contributed.
    """

    __slots__ = ("_after", "_last", "_seed", "_xp")

    def __init__(self, after: Sequence[float], last: Sequence[int], seed: Any, xp: Any) -> None:
        self._after, self._last, self._seed, self._xp = after, last, seed, xp

    def __len__(self) -> int:
        return len(self._last)

    def _entry(self, i: int) -> Any:
        step = self._last[i]
        if step >= 0:
            return self._xp.float(self._after[step])
        return None if step == NONE else self._seed if step == SEED else self._xp.float(0)
