"""Batches of a graph of scalars: its calls written out for columns of samples, block by block.

A block's intermediate results are written into the same few arrays again and again, so that they
stay in the cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradviz.arrays.kernels.scratch import scratch
from gradviz.arrays.tape import Branch, Call, Check, Entry, NotRecordable, Tape, Taped, plain
from gradviz.engine.program import Program
from gradviz.engine.written import Departed, compiled, last_needed, needed, recorded, text_of
from gradviz.progress import each


class Blocks:
    """A program of columns of one length, written out."""

    def __init__(self, program: Program, block: Sequence[Any]) -> None:
        """`program` takes columns such as those of `block`."""
        tape = Tape()
        taken = [tape.value(v) for v in block]
        self._length, self._xp = len(block[0]), program.xp
        twin = recorded(program, tape)
        values = twin.forward(taken)
        gradients = twin.backward(values, program.xp.ones((self._length,)))
        results = [values[twin.graph.output], *(gradients[i] for i in twin.wrt)]
        self._dtypes = [plain(r).dtype for r in results]
        self._function, self._buffers = _written(tape, taken, results)

    def run(self, inputs: Sequence[Any]) -> list[Any] | None:
        """The output and the gradients of columns that are at least as long as a block; None where
        a formula goes another way than when it was recorded.
        """
        count, length = len(inputs[0]), self._length
        out = [np.empty(count, dtype) for dtype in self._dtypes]
        buffers = self._memory()
        try:
            with np.errstate(all="ignore"):
                starts = (*range(0, count - length, length), count - length)
                for start in each("blocks of samples", starts):
                    block = slice(start, start + length)
                    found = self._function([v[block] for v in inputs], buffers)
                    for column, part in zip(out, found, strict=True):
                        column[block] = part
        except Departed:
            return None
        return out

    def _memory(self) -> list[Any]:
        """The buffers: rows of memory that is kept between runs."""
        rows = {
            dtype: iter(scratch(self._xp, "columns", (count, self._length), dtype))
            for dtype, count in Counter(self._buffers).items()
        }
        return [next(rows[dtype]) for dtype in self._buffers]


def _written(
    tape: Tape, arguments: Sequence[Taped], results: Sequence[Any]
) -> tuple[Callable[..., list[Any]], list[Any]]:
    """A function of a list of columns and one of buffers, and the types of these buffers."""
    entries = _conditions_first(needed(tape, results))
    last = last_needed(entries, {r.id for r in results if isinstance(r, Taped)})
    buffers, free = _Buffers(), dict[int, str]()
    names = {a.id: f"v{a.id}" for a in arguments}
    lines = [f"[{', '.join(names.values())}] = columns", ""]
    ends: dict[int, list[int]] = {}
    for value, k in last.items():
        ends.setdefault(k, []).append(value)
    for k, entry in enumerate(entries):
        for value in ends.get(k, ()):
            if value in free:
                buffers.give_back(free.pop(value))
        lines.append(_line(entry, names, buffers, free))
    rows = (names[r.id] if isinstance(r, Taped) else tape.written(r) for r in results)
    lines.append(f"return [{', '.join(rows)}]")
    lines[1] = f"[{', '.join(buffers.names)}] = buffers"
    return compiled(tape, ("columns", "buffers"), lines), list(buffers.names.values())


def _conditions_first(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with each condition right behind its operands: it takes an eighth of their
    memory.
    """
    made = {e.result: k for k, e in enumerate(entries) if not isinstance(e, Check)}

    def place(k: int) -> float:
        entry = entries[k]
        if not isinstance(entry, Call) or entry.dtype.kind != "b" or not entry.into:
            return k
        made[entry.result] = found = max((made.get(i, -1) for i in entry.operands), default=-1)
        return found + 0.5

    return [entries[k] for k in sorted(range(len(entries)), key=place)]


class _Buffers:
    """Buffers by name, with their types, and which of them are free."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self._free: dict[Any, list[str]] = {}

    def take(self, dtype: Any) -> str:
        """A free buffer of a type: the one that was given back last, which is in the cache."""
        if free := self._free.get(dtype):
            return free.pop()
        name = f"b{len(self.names)}"
        self.names[name] = dtype
        return name

    def give_back(self, name: str) -> None:
        """Nothing needs the buffer any more."""
        self._free.setdefault(self.names[name], []).append(name)


def _line(entry: Entry, names: dict[int, str], buffers: _Buffers, free: dict[int, str]) -> str:
    """An entry as Python. `names` and `free` learn where its result is."""
    if isinstance(entry, Branch):
        raise NotRecordable("a choice for all samples at once")
    if isinstance(entry, Check):
        return f"if {'not ' if entry.expected else ''}{names[entry.condition]}: raise Departed"
    if isinstance(entry, Call) and entry.into and entry.shape:
        names[entry.result] = free[entry.result] = out = buffers.take(entry.dtype)
        return text_of(entry.into, names.__getitem__).format(out=out)
    names[entry.result] = f"v{entry.result}"
    return f"v{entry.result} = {text_of(entry.text, names.__getitem__)}"
