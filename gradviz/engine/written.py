"""A program of arrays written out as straight-line Python, for repeated runs of the same shapes.

The interpreter runs once on a tape (`gradviz.arrays.tape`), and the calls of NumPy that it makes
are written out, without those that nothing is made of. Where a check fails, the interpreter takes
over that run.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradviz.arrays.recorder import Recorder
from gradviz.arrays.tape import Branch, Call, Check, Entry, Tape, Taped, plain
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
    twin, xp = copy.copy(program), Recorder(tape, program.xp.dtype)
    made = {op: _recorded_op(op, xp) for op in program.ops if op is not None}
    twin.xp, twin.ops = xp, [None if op is None else made[op] for op in program.ops]
    return twin


def _recorded_op(op: Op, xp: Recorder) -> Op:
    """An op with formulas that are recorded."""

    def rules(declared: Any) -> Any:
        return declared and tuple(None if rule is None else xp.formula(rule) for rule in declared)

    return replace(op, forward=xp.formula(op.forward), local=rules(op.local), vjp=rules(op.vjp))


def _owned(columns: Columns, tape: Tape, given: Iterable[Any]) -> Columns:
    """Results that the caller may change: a copy of what shares memory with anything else."""
    others = [plain(g) for g in given] + [v for v in tape.names.values() if _has_axes(v)]

    def owned(result: Any) -> Any:
        value = plain(result)
        kept = not isinstance(result, Taped)
        if _has_axes(value) and (kept or any(np.may_share_memory(value, o) for o in others)):
            result = tape.call("{}.copy()", [result], value.copy())
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


def text_of(template: str, name: Callable[[int], str]) -> str:
    """An entry's text with the names of its values put in."""
    return re.sub(r"\{(\d+)\}", lambda found: name(int(found[1])), template)


def _function(
    tape: Tape, arguments: Sequence[Any], columns: Sequence[Sequence[Any]]
) -> Callable[..., Columns]:
    """A function of the arguments that gives columns of results."""
    results = [r for column in columns for r in column]
    entries = needed(tape, results)
    taken = [a.id for a in arguments if isinstance(a, Taped)]
    kept = {*taken, *(r.id for r in results if isinstance(r, Taped))}
    last, large = last_uses(entries), _large(entries)
    lines: list[str] = []
    for k, entry in enumerate(entries):
        lines += _lines(entry)
        gone = [_name(i) for i in entry.operands if last[i] == k and i in large and i not in kept]
        lines += [f"del {', '.join(gone)}"] if gone else []
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


def _large(entries: Iterable[Entry]) -> set[int]:
    """The values that take much memory."""
    calls = (e for e in entries if isinstance(e, Call))
    return {c.result for c in calls if np.prod(c.shape) * c.dtype.itemsize >= LARGE}


def _lines(entry: Entry) -> list[str]:
    """An entry as Python."""
    if isinstance(entry, Check):
        refuse = "not " if entry.expected else ""
        return [f"if {refuse}{_name(entry.condition)}: raise Departed"]
    if not isinstance(entry, Branch):
        return [f"{_name(entry.result)} = {text_of(entry.text, _name)}"]
    first, second = (
        [line for call in calls for line in _lines(call)]
        + [f"{_name(entry.result)} = {_name(found)}"]
        for calls, found in entry.ways
    )
    ways = [(f"if {_name(entry.condition)}:", first), ("else:", second)]
    return [line for head, inner in ways for line in (head, *(f"    {text}" for text in inner))]
