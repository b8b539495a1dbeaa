"""The namespace that records: formulas run on it as on NumPy, and a tape keeps their calls.

It is NumPy's namespace over a library of functions that keep calls. Given no value of the tape, it
computes as that does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradviz.arrays.kernels import matrices
from gradviz.arrays.namespace import Value
from gradviz.arrays.numeric import Numeric, patch
from gradviz.arrays.tape import (
    OPERATORS,
    UNWRITABLE,
    Branch,
    Call,
    NotRecordable,
    Patch,
    Tape,
    Taped,
    Way,
    beside,
    operate,
    plain,
)

FEW = 1 << 9
"""Of so few elements NumPy's `where` selects faster than several calls on their bits."""
REDUCTIONS = {
    "sum": "add",
    "prod": "multiply",
    "max": "maximum",
    "min": "minimum",
    "any": "logical_or",
    "all": "logical_and",
}
"""Functions that reduce by a ufunc, which is what NumPy calls in the end."""
METHODS = ("transpose", "swapaxes")
"""Functions that only call the method."""


class _Library:
    """NumPy, with functions that keep their calls on a tape."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if isinstance(found, type) or not callable(found):
            return found

        def function(*arguments: Any, **options: Any) -> Any:
            if any(map(_on_tape, arguments)):
                return self._kept(name, found, *arguments, **options)
            return found(*arguments, **options)

        setattr(self, name, function)
        return function

    def _kept(self, name: str, function: Any, x: Any, *rest: Any, **options: Any) -> Taped:
        """A call; of a function that only passes it on, what it is passed on to."""
        if name in OPERATORS and len(rest) == 1 and not options:
            return operate(name, x, rest[0])
        array = type(plain(x)) is np.ndarray
        if name in METHODS and array and not options:
            return getattr(x, name)(*rest)  # type: ignore[no-any-return]
        found = function(_plain(x), *map(_plain, rest), **options)
        if name in ("reshape", "expand_dims") and array:
            return x if found.shape == x.shape else x.reshape(found.shape)  # type: ignore[no-any-return]
        if name in REDUCTIONS and array and not rest and options.keys() <= {"axis", "keepdims"}:
            return self._reduced(REDUCTIONS[name], x, found, **options)
        places = ["{}"] * (1 + len(rest)) + [f"{k}={{}}" for k in options]
        text = f"{self._tape.library(name)}({', '.join(places)}"
        into = f"{text}, out={{out}})" if isinstance(function, np.ufunc) else ""
        if into and len(rest) == 1 and not options:
            x, rest = beside(x, rest[0]), (beside(rest[0], x),)
        return self._tape.call(f"{text})", [x, *rest, *options.values()], found, into)

    def _reduced(
        self, ufunc: str, x: Taped, found: Any, axis: Any = None, *, keepdims: bool = False
    ) -> Taped:
        name = f"{ufunc}_reduce"
        self._tape.names[name] = getattr(np, ufunc).reduce
        rest = ", None, None, True" if keepdims else ""
        return self._tape.call(f"{name}({{}}, {{}}{rest})", [x, axis], found)


def _on_tape(value: Any) -> bool:
    """Whether a value, or one of a list, is on a tape."""
    return isinstance(value, Taped) or (
        isinstance(value, list | tuple) and any(isinstance(v, Taped) for v in value)
    )


def _plain(value: Any) -> Any:
    """What a value, or each of a list, is in the run that is recorded."""
    return [plain(v) for v in value] if isinstance(value, list | tuple) else plain(value)


class _Recording(Numeric):
    """NumPy's namespace where it needs more than calls of NumPy."""

    def __init__(self, tape: Tape, real: Numeric) -> None:
        super().__init__(_Library(tape), "numpy", real.dtype)
        del self.shape  # the library's
        self.tape, self.real = tape, real

    def shape(self, x: Value) -> tuple[int, ...]:
        """The shape of a value."""
        return tuple(np.shape(plain(x)))

    def ones(self, shape: tuple[int, ...]) -> Value:
        """An array of ones."""
        return self.real.ones(shape)

    def zeros(self, shape: tuple[int, ...]) -> Value:
        """An array of zeros."""
        return self.real.zeros(shape)

    def asarray(self, value: Any) -> Value:
        """A value as an array of the namespace's float type."""
        if not isinstance(value, Taped):
            return self.real.asarray(value)
        if isinstance(value.value, np.ndarray) and not value.ndim:
            value = value[()]
        return (
            value
            if value.dtype.kind == "b" or value.dtype == self._of
            else self._whole("asarray", value)
        )

    def whole(self, value: Value) -> Value:
        """Labels or indices as an array of integers."""
        return self._whole("whole", value)

    def matmul(self, a: Value, b: Value, out: Any = None) -> Value:
        """The matrix product."""
        if out is not None:
            raise NotRecordable("a product into an existing array")
        rows, columns = plain(a), plain(b)
        plane = np.ndim(rows) == np.ndim(columns) == 2 and rows.dtype == columns.dtype
        fits = plane and rows.shape[1] == columns.shape[0]
        if fits and not matrices.is_plain(self.real, rows, columns):
            return self._whole("matmul", a, b)
        found = self.real.matmul(rows, columns)
        if not (isinstance(a, Taped) or isinstance(b, Taped)):
            return found
        return self.tape.call(f"{self.tape.library('matmul')}({{}}, {{}})", [a, b], found)

    def scatter_add(self, shape: tuple[int, ...], index: tuple[Any, ...], g: Value) -> Value:
        """Zeros of `shape` with `g` added at `index`."""
        if any(isinstance(i, Taped) for i in index):
            raise NotRecordable("places that are computed")
        return self._whole("scatter_add", shape, index, g)

    def _special(self, name: str, x: Value) -> Value:
        return self._whole(name, x)

    def _selected(self, condition: Value, value: Value, other: Value) -> Value:
        if np.size(plain(condition)) > FEW:
            return self._whole("_selected", condition, value, other)
        if not isinstance(value, Taped):
            return self.module.where(condition, value, other)
        found = np.where(plain(condition), value.value, plain(other))
        operands = [condition, value, beside(other, value)]
        return self.tape.call(f"{self.tape.library('where')}({{}}, {{}}, {{}})", operands, found)

    def finite(self, value: Value) -> bool:
        """Whether every element is finite."""
        if isinstance(value, Taped) and not value.ndim:
            difference: Any = value - value  # type: ignore[operator]
            return bool(difference == 0)
        return super().finite(value)

    def stable(
        self,
        written: Callable[..., Value],
        computed: Callable[..., Value],
        where: Callable[..., Value] | None = None,
        *operands: Value,
    ) -> Value:
        """The formula `computed` where the condition holds, else the equal one `written`."""
        condition = True if where is None else where(*operands)
        if not isinstance(condition, Taped):
            if not self.shape(condition):
                return (computed if condition else written)(*operands)
            if any(isinstance(o, Taped) for o in operands):
                raise NotRecordable("a known condition beside what is not known")
            return self.real.stable(written, computed, where, *operands)
        if not condition.shape:
            return self._branch(condition, (computed, written), operands)
        start = self.tape.count
        found = self.tape.own(written(*operands), start)
        return self._patched(found, condition, computed, operands)

    def _branch(
        self, condition: Taped, ways: Sequence[Callable[..., Value]], operands: Sequence[Value]
    ) -> Taped:
        """One of two formulas, by a condition on the whole."""
        (first, one), (second, other) = (self._way(way, operands) for way in ways)
        if (one.shape, one.dtype) != (other.shape, other.dtype):
            raise NotRecordable("two ways to different types")
        made = self.tape.value((one if condition.value else other).value)
        self.tape.entries.append(Branch(made.id, condition.id, (first, second)))
        return made

    def _way(self, way: Callable[..., Value], operands: Sequence[Value]) -> tuple[Way, Taped]:
        """The calls of a formula, kept apart, and its value."""
        outer, self.tape.entries, start = self.tape.entries, [], self.tape.count
        try:
            found = self.asarray(way(*operands))
            calls = tuple(e for e in self.tape.entries if isinstance(e, Call))
            if not isinstance(found, Taped) or len(calls) < len(self.tape.entries):
                raise NotRecordable("a way to a constant, or one that looks at numbers")
        finally:
            self.tape.entries = outer
            self.tape.forget(start)
        return (calls, found.id), found

    def _patched(
        self,
        found: Taped,
        condition: Taped,
        computed: Callable[..., Value],
        operands: Sequence[Value],
    ) -> Taped:
        """An array of its own, computed otherwise where the condition holds."""
        real = found.value.copy()
        patch(self.real, real, condition.value, computed, [plain(o) for o in operands])
        made = self.tape.value(real)
        self.tape.names["patch"] = partial(patch, self.real)
        function = self.tape.name(computed, "computed")
        used: dict[int, Any] = dict.fromkeys((found.id, condition.id))
        texts = [self.tape.operand(o, used) for o in operands]
        text = f"patch({{{found.id}}}, {{{condition.id}}}, {function}, [{', '.join(texts)}])"
        self.tape.entries.append(Patch(made.id, text, tuple(used)))
        return made

    def _whole(self, name: str, *operands: Any) -> Any:
        """A function of NumPy's namespace as one call."""
        function = getattr(self.real, name)
        found = function(*map(plain, operands))
        if not any(isinstance(o, Taped) for o in operands):
            return found
        key = self.tape.name(function, name, key=name)
        return self.tape.call(f"{key}({', '.join(['{}'] * len(operands))})", operands, found)


class Recorder:
    """The namespace for formulas. Kernels, which ask for the library itself, are not recorded."""

    def __init__(self, tape: Tape, real: Numeric) -> None:
        self.tape, self._inner = tape, _Recording(tape, real)

    def __getattr__(self, name: str) -> Any:
        if name == "module":
            raise NotRecordable("a kernel")
        return getattr(self._inner, name)

    def formula(self, formula: Callable[..., Any], lead: int = 0) -> Callable[..., Any]:
        """A formula whose calls are kept; where that cannot be, one that is kept as a call.

        lead  how many of its operands the formulas of one node's turn have in common.
        """

        def run(_: Any, *operands: Any, **options: Any) -> Any:
            tape = self.tape
            tape.begin([getattr(o, "id", None) for o in operands[:lead]] or object())
            start, outer, tape.pending = (len(tape.entries), tape.count), tape.pending, []
            try:
                found = self._inner.asarray(formula(self, *operands, **options))
                if isinstance(found, Taped):
                    tape.checks.setdefault(found.id, []).extend(tape.pending)
                return found
            except UNWRITABLE:  # called whole below
                pass
            finally:
                tape.pending = outer
            del tape.entries[start[0] :]
            tape.forget(start[1])
            return self._called(formula, operands, options)

        return run

    def _called(self, formula: Any, operands: Sequence[Any], options: dict[str, Any]) -> Any:
        """A formula as one call."""
        xp = self._inner.real
        raw = formula(xp, *map(plain, operands), **options)
        found = xp.asarray(raw)
        if not any(isinstance(o, Taped) for o in operands):
            return found

        def as_it_is(*operands: Any) -> Any:
            return formula(xp, *operands, **options)

        def as_array(*operands: Any) -> Any:
            return xp.asarray(formula(xp, *operands, **options))

        name = self.tape.name(as_it_is if found is raw else as_array, "formula")
        return self.tape.call(f"{name}({', '.join(['{}'] * len(operands))})", operands, found)
