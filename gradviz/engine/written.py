"""A program of arrays written out as straight-line Python, for repeated runs of the same shapes.

The interpreter runs once on a tape (`gradviz.arrays.tape`), and the calls of NumPy that it makes
are written out, each once and without those that nothing is made of. Large results go into arrays
that nothing needs any more. Where a check fails, the interpreter takes over that run.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradviz.arrays.kernels.scratch import LARGE as POOLED
from gradviz.arrays.kernels.scratch import fresh
from gradviz.arrays.recorder import Recorder
from gradviz.arrays.tape import NUMBER, Branch, Call, Check, Entry, Patch, Tape, Taped, plain
from gradviz.engine.program import Program
from gradviz.ops.op import Op

LARGE = 1 << 16
"""Bytes from which on an intermediate result is given up as soon as nothing needs it any more."""


Columns = list[list[Any]]


class Departed(Exception):  # noqa: N818 - no error: the interpreter takes over
    """A formula goes another way than when it was recorded."""


class Written:
    """A program for inputs of certain shapes and types.

    Its functions take the inputs' arrays in order, then an upstream gradient if one is given. Each
    is written when it is first called, which is a run like any other.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._functions: dict[tuple[str, bool], Callable[..., Columns]] = {}

    def run(self, what: str, inputs: Sequence[Any], seed: Any) -> Columns | None:
        """Columns of results: the `value`; the `gradients` of the `wrt` inputs; `both`; or a
        `record`, which is values, gradients, and a recording's columns. None if a formula goes
        another way than when it was recorded.

        Raises what the interpreter raises.
        """
        given = seed is not None and not (seed.size == 1 and seed == 1)
        known = self._functions.get((what, given))
        if known is None:
            self._functions[what, given], columns = self._write(what, inputs, seed, given=given)
            return columns
        try:
            with np.errstate(all="ignore"):
                return known(*inputs, seed) if given else known(*inputs)
        except Departed:
            return None

    def _write(
        self, what: str, inputs: Sequence[Any], seed: Any, *, given: bool
    ) -> tuple[Callable[..., Columns], Columns]:
        """A function, and its results for these arguments."""
        tape = Tape()
        tape.names["fresh"] = partial(fresh, self.program.xp)
        taken = [tape.value(v) for v in inputs]
        seed = tape.value(seed) if given else seed
        taken += [seed] if given else []
        twin = recorded(self.program, tape)
        values = twin.forward(taken[: len(inputs)])
        if what == "record":
            gradients, found = twin.record(values, seed)
            columns = [values, gradients, found.local, found.contribution, found.after]
        else:
            columns = [] if what == "gradients" else [[values[twin.graph.output]]]
            if what != "value":
                gradients = twin.backward(values, seed)
                columns.append([gradients[i] for i in twin.wrt])
            columns = _owned(columns, tape, taken)
        return _function(tape, taken, columns), [[plain(v) for v in c] for c in columns]


def recorded(program: Program, tape: Tape) -> Program:
    """The program with its calls kept on a tape."""
    twin, xp = copy.copy(program), Recorder(tape, program.xp)
    made = {op: _recorded_op(op, xp) for op in program.ops if op is not None}
    twin.xp, twin.ops = xp, [None if op is None else made[op] for op in program.ops]
    return twin


def _recorded_op(op: Op, xp: Recorder) -> Op:
    """An op with formulas that are recorded."""

    def rules(declared: Any, lead: int) -> Any:
        return declared and tuple(r and xp.formula(r, lead) for r in declared)

    forward, local, vjp = xp.formula(op.forward), rules(op.local, 1), rules(op.vjp, 2)
    return replace(op, forward=forward, local=local, vjp=vjp)


def _owned(columns: Columns, tape: Tape, given: Iterable[Any]) -> Columns:
    """Results that the caller may change: a copy of what shares memory with anything else."""
    others = [plain(g) for g in given] + [v for v in tape.names.values() if _has_axes(v)]

    def owned(result: Any) -> Any:
        value = plain(result)
        kept = not isinstance(result, Taped)
        if _has_axes(value) and (kept or any(np.may_share_memory(value, o) for o in others)):
            result = tape.call("{}.copy()", [result], value.copy(), again=True)
        others.append(plain(result))
        return result

    return [[owned(result) for result in column] for column in columns]


def _has_axes(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def needed(tape: Tape, results: Iterable[Any]) -> list[Entry]:
    """The entries that results are made of, and the checks that these depend on."""
    wanted: set[int] = set()
    checks: set[int] = set()

    def want(value: int) -> None:
        if value not in wanted:
            wanted.add(value)
            checks.update(map(id, tape.checks.get(value, ())))

    for result in results:
        if isinstance(result, Taped):
            want(result.id)
    kept = []
    for entry in reversed(tape.entries):
        if id(entry) in checks if isinstance(entry, Check) else entry.result in wanted:
            kept.append(entry)
            for operand in entry.operands:
                want(operand)
    return kept[::-1]


def last_uses(entries: Sequence[Entry]) -> dict[int, int]:
    """By value, the last entry that uses it."""
    return {i: k for k, entry in enumerate(entries) for i in entry.operands}


def last_needed(entries: Sequence[Entry], results: Iterable[int]) -> dict[int, int]:
    """By value, the last entry that needs its memory; a view needs that of what it is a view of."""
    last = last_uses(entries) | dict.fromkeys(results, len(entries))
    for entry in reversed(entries):
        if isinstance(entry, Patch | Branch) or (isinstance(entry, Call) and entry.is_view):
            for i in entry.operands:
                last[i] = max(last[i], last.get(entry.result, -1))
    return last


def text_of(template: str, name: Callable[[int], str]) -> str:
    """An entry's text with the names of its values put in."""
    return NUMBER.sub(lambda found: name(int(found[1])), template)


def _function(
    tape: Tape, arguments: Sequence[Any], columns: Sequence[Sequence[Any]]
) -> Callable[..., Columns]:
    """A function of the arguments that gives columns of results."""
    results = [r for column in columns for r in column]
    entries = needed(tape, results)
    taken = [a.id for a in arguments if isinstance(a, Taped)]
    kept = {*taken, *(r.id for r in results if isinstance(r, Taped))}
    last, memory = last_uses(entries), _Memory(tape, entries, kept)
    lines: list[str] = []
    for k, entry in enumerate(entries):
        lines += _lines(entry, memory.place(k, entry))
        gone = [i for i in entry.operands if last[i] == k and i in memory.large and i not in kept]
        lines += [f"del {', '.join(map(_name, gone))}"] if gone else []
    rows = [
        ", ".join(_name(r.id) if isinstance(r, Taped) else tape.written(r) for r in column)
        for column in columns
    ]
    lines.append(f"return [{', '.join(f'[{row}]' for row in rows)}]")
    return compiled(tape, map(_name, taken), lines)


def compiled(tape: Tape, arguments: Iterable[str], lines: Iterable[str]) -> Callable[..., Any]:
    """Lines as a function that refers to the names of a tape."""
    text = "\n    ".join([f"def function({', '.join(arguments)}):", *lines])
    names = {**tape.names, "Departed": Departed}
    found: dict[str, Any] = {}
    exec(compile(text, "<gradviz: arrays as Python>", "exec"), names, found)  # noqa: S102
    return found["function"]  # type: ignore[no-any-return]


def _name(value: int) -> str:
    return f"v{value}"


class _Memory:
    """Where large results go: into what nothing needs any more, or into memory that is used again.

    large  the values that take much memory.
    """

    def __init__(self, tape: Tape, entries: Sequence[Entry], kept: Iterable[int]) -> None:
        self._tape, self._last = tape, last_needed(entries, kept)
        calls = [e for e in entries if isinstance(e, Call)]
        self._sizes = {c.result: math.prod(c.shape) * c.dtype.itemsize for c in calls}
        self.large = {value for value, size in self._sizes.items() if size >= LARGE}
        self._own: dict[int, Call] = {}

    def place(self, k: int, entry: Entry) -> str:
        """The array that entry k writes its result into; "" for one that the call makes."""
        if not isinstance(entry, Call) or not entry.into or not entry.in_order:
            return ""
        if entry.result not in self.large:
            return ""
        self._own[entry.result] = entry
        for i in entry.operands:
            own = self._own.get(i)
            if own and self._last[i] == k and (own.shape, own.dtype) == (entry.shape, entry.dtype):
                return _name(i)
        if self._sizes[entry.result] < POOLED:
            return ""
        return f"fresh({self._tape.written(entry.shape)}, {self._tape.written(entry.dtype)})"


def _lines(entry: Entry, out: str = "") -> list[str]:
    """An entry as Python, which writes into the array `out` if one is named."""
    if isinstance(entry, Check):
        refuse = "not " if entry.expected else ""
        return [f"if {refuse}{_name(entry.condition)}: raise Departed"]
    if not isinstance(entry, Branch):
        text = entry.into if out and isinstance(entry, Call) else entry.text  # type: ignore
        return [f"{_name(entry.result)} = {text_of(text, _name).replace('{out}', out)}"]
    first, second = (
        [line for call in calls for line in _lines(call)]
        + [f"{_name(entry.result)} = {_name(found)}"]
        for calls, found in entry.ways
    )
    ways = [(f"if {_name(entry.condition)}:", first), ("else:", second)]
    return [line for head, inner in ways for line in (head, *(f"    {text}" for text in inner))]
