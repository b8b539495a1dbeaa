"""A tape of NumPy's calls, and the values whose calls it keeps.

    Tape      the entries so far, and the names that their texts refer to
    Taped     a value on a tape: arithmetic on it makes entries
    Call, Check, Branch, Patch
              the entries, in the order in which they are made

Which calls a formula makes depends on shapes and types only. Written out as Python, they give for
other numbers of the same shapes what the formula gives, to the last bit. Where a formula looks at
the numbers themselves, the tape keeps what it found as a `Check`, or both ways to go on as a
`Branch`. `gradviz.arrays.recorder` is the namespace that formulas are given to be recorded.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from types import EllipsisType
from typing import Any, NoReturn, TypeAlias

import numpy as np


class NotRecordable(TypeError):  # noqa: N818 - no error: the formula is called whole
    """A formula does what calls of NumPy cannot repeat."""


UNWRITABLE = (TypeError, AttributeError, ValueError, LookupError, ArithmeticError)
"""What comes of a formula that cannot be recorded, `NotRecordable` among them: it takes a value on
the tape for an array or a number. A true fault shows again where the formula is interpreted.
"""
SMALL, ROOM = 1 << 14, 1 << 26
"""Bytes up to which a result is remembered for the whole tape, and of all such results."""
FEW = 32
"""So many larger results are remembered at once."""
NUMBER = re.compile(r"\{(\d+)\}")
"""A value in the text of an entry."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    text      the call, with `{0}` where value 0 goes, and so on.
    into      the same, writing its result into the array `{out}`; "" where there is no such call.
    operands  the values that it uses.
    shape, dtype  what its result is.
    is_view   whether the result is in the memory of an operand.
    in_order  whether its elements lie one after the other in memory.
    """

    result: int
    text: str
    into: str
    operands: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: Any
    is_view: bool
    in_order: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that must turn out as expected, or the calls are not those of the formula."""

    condition: int
    expected: bool

    @property
    def operands(self) -> tuple[int, ...]:
        """The values that it uses."""
        return (self.condition,)


Way: TypeAlias = tuple[tuple["Call", ...], int]
"""Calls, and the value that they lead to."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A result found in the first way if a condition holds, else in the second."""

    result: int
    condition: int
    ways: tuple[Way, Way]

    @property
    def operands(self) -> tuple[int, ...]:
        """The values that it uses of those made before it."""
        inside = [call for calls, _ in self.ways for call in calls]
        made = {call.result for call in inside}
        used = [i for call in inside for i in call.operands] + [found for _, found in self.ways]
        return (self.condition, *(i for i in dict.fromkeys(used) if i not in made))


@dataclass(frozen=True, slots=True)
class Patch:
    """Elements of a new array computed another way, in place, wherever a condition holds.

    operands  the array, the condition, and what the function in `text` takes.
    """

    result: int
    text: str
    operands: tuple[int, ...]


Entry = Call | Check | Branch | Patch


class Tape:
    """The entries so far.

    A call that was made before is not made again: small results are remembered for good, larger
    ones, which would take up memory in between, for the turn of one node. When one of these is made
    once more, what follows from it is still known.

    names   what their texts refer to.
    checks  by value, the checks that its calls depend on.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.names: dict[str, Any] = {}
        self.checks: dict[int, list[Check]] = {}
        self.pending: list[Check] = []
        self.count = 0
        self._known: dict[Any, str] = {}
        self._turn: Any = None
        self._small, self._large = dict[str, Taped](), dict[str, Taped]()
        self._room = ROOM
        self._first, self._equal = dict[str, int](), dict[int, int]()

    def value(self, value: Any) -> Taped:
        """A new value, such as an input."""
        self.count += 1
        return Taped(self, value, self.count - 1)

    def begin(self, turn: Any) -> None:
        """The turn of a node; larger results of another are forgotten."""
        if turn != self._turn:
            self._turn = turn
            self._large.clear()

    def forget(self, start: int) -> None:
        """Forget the values from number `start` on, which need not be made."""
        for remembered in (self._small, self._large):
            for text in _since(remembered, start):
                del remembered[text]

    def own(self, value: Taped, start: int) -> Taped:
        """A value found by calls from number `start` on that may be changed: nothing else is in its
        memory, or relies on it.
        """
        made = next(
            (e for e in reversed(self.entries) if getattr(e, "result", -1) == value.id), None
        )
        if value.id < start or not isinstance(made, Call) or made.is_view:
            return value.copy()
        for remembered in (self._small, self._large):
            for text in _since(remembered, start):
                if np.may_share_memory(remembered[text].value, value.value):
                    del remembered[text]
        return value

    def _remember(self, text: str, made: Taped) -> None:
        self._equal[made.id] = self._first.setdefault(text, made.id)
        size = made.value.nbytes
        if size <= SMALL:
            if size <= self._room:
                self._room -= size
                self._small[text] = made
            return
        self._large[text] = made
        if len(self._large) > FEW:
            del self._large[next(iter(self._large))]

    def name(self, value: Any, prefix: str = "k", key: Any = None) -> str:
        """A name for a constant or a function, the same one for the same `key`."""
        key = id(value) if key is None else key
        if key not in self._known:
            self._known[key] = name = f"{prefix}{len(self.names)}"
            self.names[name] = value
        return self._known[key]

    def library(self, name: str) -> str:
        """The name of a function of NumPy: its own."""
        self.names[name] = getattr(np, name)
        return name

    def written(self, constant: Any) -> str:
        """How a constant is written."""
        if constant is None or type(constant) is bool:
            return repr(constant)
        if type(constant) is int:
            return f"({constant})" if constant < 0 else str(constant)
        return self.name(constant, key=repr(constant) if _is_told(constant) else None)

    def call(
        self,
        text: str,
        operands: Sequence[Any],
        result: Any,
        into: str = "",
        *,
        again: bool = False,
    ) -> Taped:
        """Keep a call: `text` and `into` have a `{}` for each of the operands, in order.

        again  whether it is made although it was made before, for memory of its own.
        """
        if not isinstance(result, np.ndarray | np.generic):
            raise NotRecordable(f"{text} gives no array")
        used: dict[int, Any] = {}
        texts = [self.operand(o, used) for o in operands]
        whole = text.format(*texts)
        known = NUMBER.sub(lambda m: f"{{{self._equal.get(int(m[1]), int(m[1]))}}}", whole)
        for remembered in () if again else (self._small, self._large):
            if known in remembered:
                return remembered[known]
        into = into.format(*texts, out="{out}") if into and isinstance(result, np.ndarray) else ""
        made = self.value(result)
        is_view = any(np.may_share_memory(result, v) for v in used.values())
        self.entries.append(
            Call(
                *(made.id, whole, into, tuple(used), result.shape, result.dtype, is_view),
                in_order=result.flags.c_contiguous,
            )
        )
        if not again:
            self._remember(known, made)
        return made

    def operand(self, operand: Any, used: dict[int, Any]) -> str:
        """How an operand is written; `used` collects the values in it."""
        if isinstance(operand, Taped):
            used[operand.id] = operand.value
            return f"{{{operand.id}}}"
        if isinstance(operand, _Named):
            return operand.name
        if isinstance(operand, list | tuple) and any(isinstance(o, Taped) for o in operand):
            inner = "".join(f"{self.operand(o, used)}, " for o in operand)
            return f"[{inner}]" if isinstance(operand, list) else f"({inner})"
        return self.written(operand)


def _is_told(constant: Any) -> bool:
    """Whether what Python prints for a constant says all of it."""
    if isinstance(constant, tuple):
        return all(map(_is_told, constant))
    if isinstance(constant, slice):
        return all(map(_is_told, (constant.start, constant.stop, constant.step)))
    return constant is None or isinstance(
        constant, bool | int | float | str | np.floating | np.dtype | EllipsisType
    )


def _since(remembered: dict[str, Taped], start: int) -> list[str]:
    """The texts of the values from number `start` on; the numbers rise."""
    return list(takewhile(lambda text: remembered[text].id >= start, reversed(remembered)))


@dataclass(frozen=True, slots=True)
class _Named:
    """A constant by its name."""

    name: str


class Taped:
    """A value on a tape, with what it is in the run that is recorded."""

    __slots__ = ("id", "tape", "value")
    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tape: Tape, value: Any, number: int) -> None:
        self.tape, self.value, self.id = tape, value, number

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """The number of its axes."""
        return len(self.value.shape)

    @property
    def dtype(self) -> Any:
        """The type of its elements."""
        return self.value.dtype

    @property
    def size(self) -> int:
        """The number of its elements."""
        return int(self.value.size)

    @property
    def T(self) -> Taped:
        """Its transpose."""
        return self.tape.call("{}.T", [self], self.value.T)

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        check = Check(self.id, bool(self.value))
        self.tape.entries.append(check)
        self.tape.pending.append(check)
        return check.expected

    def __getitem__(self, index: Any) -> Taped:
        parts = index if isinstance(index, tuple) else (index,)
        if any(getattr(getattr(p, "dtype", None), "kind", "") == "b" for p in parts):
            raise NotRecordable("how many elements a condition selects depends on the numbers")
        found = self.value[tuple(map(plain, parts))]
        return self.tape.call("{}[{}]", [self, index], found)

    def __neg__(self) -> Taped:
        return self.tape.call("-{}", [self], -self.value, self._into("negative"))

    def __invert__(self) -> Taped:
        return self.tape.call("~{}", [self], ~self.value, self._into("invert"))

    def __abs__(self) -> Taped:
        return self.tape.call("abs({})", [self], abs(self.value), self._into("absolute"))

    def _into(self, function: str) -> str:
        return f"{self.tape.library(function)}({{}}, {{out}})"

    def __getattr__(self, name: str) -> Callable[..., Taped]:
        if name not in METHODS:
            raise AttributeError(f"a value on a tape has no {name}")

        def method(*arguments: Any, **options: Any) -> Taped:
            if any(isinstance(a, Taped) for a in (*arguments, *options.values())):
                raise NotRecordable(f"{name} with values on the tape")
            found = getattr(self.value, name)(*arguments, **options)
            places = ["{}"] * len(arguments) + [f"{k}={{}}" for k in options]
            text = f"{{}}.{name}({', '.join(places)})"
            given = [self, *arguments, *options.values()]
            return self.tape.call(text, given, found, again=name == "copy")

        return method

    def _no(self, *_: Any) -> NoReturn:
        raise NotRecordable("a formula takes values apart, or changes them in place")

    __iter__ = __setitem__ = __int__ = __float__ = __index__ = __array__ = _no
    __iadd__ = __isub__ = __imul__ = __itruediv__ = __iand__ = __ior__ = _no


METHODS = frozenset(
    (
        *("all", "any", "astype", "copy", "max", "min", "ravel", "reshape"),
        *("sum", "swapaxes", "transpose", "view"),
    )
)
OPERATORS = {
    "add": ("+", "add"),
    "subtract": ("-", "sub"),
    "multiply": ("*", "mul"),
    "divide": ("/", "truediv"),
    "power": ("**", "pow"),
    "bitwise_and": ("&", "and"),
    "bitwise_or": ("|", "or"),
    "bitwise_xor": ("^", "xor"),
    "greater": (">", "gt"),
    "greater_equal": (">=", "ge"),
    "less": ("<", "lt"),
    "less_equal": ("<=", "le"),
    "equal": ("==", "eq"),
    "not_equal": ("!=", "ne"),
}
"""NumPy's function, sign and method of each operator. On single numbers an operator takes a tenth
of the function's time.
"""


def plain(value: Any) -> Any:
    """What a value on a tape is in the run that is recorded; anything else as it is."""
    return value.value if isinstance(value, Taped) else value


def operate(name: str, a: Any, b: Any) -> Taped:
    """An operator between values, at least one of which is on a tape."""
    tape = a.tape if isinstance(a, Taped) else b.tape
    sign, method = OPERATORS[name]
    for factor, other in ((a, b), (b, a)):
        if name == "multiply" and _is_one(factor, other):
            return other  # type: ignore[no-any-return]
    apply = getattr(operator, {"and": "and_", "or": "or_"}.get(method, method))
    found, text = apply(plain(a), plain(b)), f"{{}} {sign} {{}}"
    if name == "power":  # the operator squares where the function may not
        return tape.call(text, [a, b], found)
    into = f"{tape.library(name)}({{}}, {{}}, {{out}})"
    return tape.call(text, [beside(a, b), beside(b, a)], found, into)


def _is_one(factor: Any, other: Any) -> bool:
    """Whether a factor is 1, so that the product is the other."""
    if isinstance(factor, np.ndarray):
        alike = (factor.shape, factor.dtype) == (other.shape, other.dtype)
        return alike and other.dtype.kind == "f" and bool((factor == 1).all())
    return _is_number(factor, other) and other.dtype.kind == "f" and bool(factor == 1)


def _is_number(constant: Any, other: Any) -> bool:
    """Whether a constant is a number that takes the type of the other."""
    if isinstance(constant, bool) or not isinstance(constant, int | float | np.floating):
        return False
    return bool(getattr(constant, "dtype", other.dtype) == other.dtype)


def beside(constant: Any, other: Any) -> Any:
    """A number beside an array in the form that NumPy reads fastest: an array without axes."""
    if not _is_number(constant, other) or not other.ndim or other.dtype.kind != "f":
        return constant
    key = (other.dtype.char, repr(float(constant)))
    return _Named(other.tape.name(np.array(constant, other.dtype), key=key))


def _reflected(name: str) -> Callable[[Any, Any], Taped]:
    return lambda a, b: operate(name, b, a)


def _direct(name: str) -> Callable[[Any, Any], Taped]:
    return lambda a, b: operate(name, a, b)


for _name, (_, _method) in OPERATORS.items():
    setattr(Taped, f"__{_method}__", _direct(_name))
    setattr(Taped, f"__r{_method}__", _reflected(_name))
