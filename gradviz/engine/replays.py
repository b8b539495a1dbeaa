"""Which runs of a compiled graph repeat earlier ones, and are therefore worth writing out."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from gradviz.engine.inputs import is_whole
from gradviz.engine.program import Program
from gradviz.errors import GradvizError
from gradviz.graph.graph import Node

if TYPE_CHECKING:
    from gradviz.engine.columns import Blocks
    from gradviz.engine.written import Columns, Written

EAGER, PATIENT, LARGEST = 500, 30, 5_000
"""A program is written out in its second run if it has so few nodes, else in a later one, or not at
all.
"""
DEPARTURES = 8
"""So many runs may depart from what is written before it is given up."""

BLOCK = 4096
"""The samples of a block: enough that each call is worth making, few enough for the caches.
With half as many a graph of 50 to 1,000 steps took 1.15 to 1.6 times as long.
"""
SHORTEST = 256
"""A batch of fewer samples is interpreted."""
MANY = 1 << 14
"""So many samples are worth writing a graph out for at once, fewer in the second batch."""

Key = tuple[tuple[tuple[int, ...], Any], ...]
"""The shape and type of every input."""


def key_of(arrays: Sequence[Any]) -> Key:
    """What runs must have in common to be replayed."""
    return tuple([(a.shape, a.dtype) for a in arrays])


class Replay:
    """The runs of a program for inputs of certain shapes and types."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._runs, self._departed = 0, 0
        self._written: Written | None = None
        size = len(program.graph.nodes)
        self._from = 1 if size <= EAGER else PATIENT if size <= LARGEST else inf

    def run(self, what: str, arrays: Sequence[Any], seed: Any) -> Columns | None:
        """What `Written.run` gives, or None where the interpreter must compute it."""
        self._runs += 1
        if self._runs <= self._from:
            return None
        from gradviz.arrays.tape import UNWRITABLE

        if self._written is None:
            from gradviz.engine.written import Written

            self._written = Written(self.program)
        try:
            found = self._written.run(what, arrays, seed)
        except GradvizError:  # the interpreter says what is wrong
            return None
        except UNWRITABLE:
            self._from = inf
            return None
        if found is None:
            self._departed += 1
            if self._departed > DEPARTURES + self._runs // 8:
                self._from = inf
        return found


class Replays:
    """The replays of a compiled graph, and a short way to read the inputs of the next run.

    labels  the inputs that are labels where their numbers are whole.
    """

    def __init__(self, inputs: Sequence[Node], labels: Container[int], xp: Any) -> None:
        self._inputs, self._labels, self._xp = inputs, labels, xp
        self._replays: dict[tuple[Program, Key], Replay] = {}
        self._programs: dict[Key, Program] = {}
        self._batches: dict[Any, int] = {}
        self._blocks: dict[Any, Blocks | None] = {}

    def known(self, program: Program, arrays: Sequence[Any], *, labels: bool) -> Replay:
        """The replay of a program for inputs of these types; `labels`: none of them is a share."""
        key = key_of(arrays)
        found = self._replays.get((program, key))
        if found is None:
            found = self._replays[program, key] = Replay(program)
            if labels:
                self._programs[key] = program
        return found

    def read(
        self, values: Mapping[str, Any] | None, named: Mapping[str, Any], drawn: Mapping[int, Any]
    ) -> tuple[Program, list[Any]] | None:
        """The program and the inputs of a run that is like an earlier one; None where they have to
        be looked at more closely.
        """
        given = values if values and not named else named
        if (values and named) or type(given) is not dict:
            return None
        arrays: list[Any] = []
        array, taken = self._xp.module.ndarray, 0
        for node in self._inputs:
            value = given.get(node.name)
            if value is None:
                value = drawn.get(node.id)
                if value is None or node.name in given:
                    return None
            else:
                taken += 1
                if type(value) is not array or not value.ndim or not self._is_plain(node, value):
                    return None
                value = value.copy()
            arrays.append(value)
        program = self._programs.get(key_of(arrays)) if taken == len(given) else None
        return None if program is None else (program, arrays)

    def _is_plain(self, node: Node, value: Any) -> bool:
        """Whether nothing in the value's numbers can change how it is taken."""
        if node.id in self._labels and value.dtype.kind not in "iub":
            return is_whole(value, self._xp)
        return len(node.options.get("shape", ())) != 3 or self._xp.finite(value)

    def columns(
        self, arrays: Sequence[Any], program: Callable[[list[Any]], Program]
    ) -> list[Any] | None:
        """The output and the gradients of a batch of scalars, or None where the interpreter must
        compute them.

        program  the program of columns such as those given.
        """
        count, size = len(arrays[0]), len(program(list(arrays)).graph.nodes)
        key = tuple(a.dtype for a in arrays), min(BLOCK, count)
        self._batches[key] = seen = self._batches.get(key, 0) + 1
        if count < SHORTEST or size > LARGEST or (seen == 1 and count < MANY):
            return None
        if key not in self._blocks:
            self._blocks[key] = _blocks([a[: key[1]] for a in arrays], program)
        blocks = self._blocks[key]
        return None if blocks is None else blocks.run(arrays)


def _blocks(block: list[Any], program: Callable[[list[Any]], Program]) -> Blocks | None:
    """A program of columns such as these, written out if it can be."""
    from gradviz.arrays.tape import UNWRITABLE
    from gradviz.engine.columns import Blocks

    try:
        return Blocks(program(block), block)
    except (GradvizError, *UNWRITABLE):
        return None
