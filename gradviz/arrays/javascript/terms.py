"""Pieces of JavaScript, each kept once: what two formulas share is computed once."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import numpy as np

from gradviz.arrays import for_backend
from gradviz.arrays.javascript.helpers import called
from gradviz.arrays.scalars import DEPARTURES, Floats

FLOATS, IEEE = Floats(), for_backend()

ARITHMETIC: Final = {
    "add": ("{0}+{1}", operator.add),
    "sub": ("{0}-{1}", operator.sub),
    "mul": ("{0}*{1}", operator.mul),
    "truediv": ("{0}/{1}", operator.truediv),
    "pow": ("power({0},{1})", operator.pow),
}
COMPARISONS: Final = {
    "greater": ("{0}>{1}", operator.gt, "__gt__"),
    "greater_equal": ("{0}>={1}", operator.ge, "__ge__"),
    "less": ("{0}<{1}", operator.lt, "__lt__"),
    "less_equal": ("{0}<={1}", operator.le, "__le__"),
    "equal": ("{0}==={1}", operator.eq, "__eq__"),
    "not_equal": ("{0}!=={1}", operator.ne, "__ne__"),
}
NEUTRAL: Final = {"add": (0, 0), "sub": (None, 0), "mul": (1, 1), "truediv": (None, 1)}
"""What changes nothing before and after an operator."""
CHOICE: Final = "{0}?{1}:{2}"
MOST_WAYS: Final = 200
"""In which a function of numbers may turn out."""


class Term:
    """A piece of JavaScript: a number, a condition or a text.

    pattern    its text, with {0}, {1}, … where its parts stand.
    value      the number, if it is known.
    serial     how many terms its `Terms` made before it.
    """

    __slots__ = ("is_condition", "parts", "pattern", "serial", "terms", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, terms: Terms, pattern: str, parts: tuple[Term, ...], value: float | None
    ) -> None:
        self.terms, self.pattern, self.parts, self.value = terms, pattern, parts, value
        self.serial, self.is_condition = len(terms.made), False

    def __neg__(self) -> Term:
        number = self.terms.number(self)
        known = number.value
        return self.terms.term("-{0}", number) if known is None else self.terms.number(-known)

    def __mod__(self, other: Any) -> Term:
        """What is left of a division: a number is whole where it leaves 0 of one by 1."""
        return self.terms.term("{0}%{1}", self.terms.number(self), self.terms.number(other))

    def __abs__(self) -> Term:
        return self.terms.call("abs", self)

    def __bool__(self) -> bool:
        return self.terms.decide(self)

    def __int__(self) -> int:
        return self.terms.counted(self)


def _operator(name: str) -> tuple[Callable[[Term, Any], Any], Callable[[Term, Any], Any]]:
    def forth(a: Term, b: Any) -> Any:
        return NotImplemented if isinstance(b, np.ndarray) else a.terms.arithmetic(name, a, b)

    def back(b: Term, a: Any) -> Any:
        return NotImplemented if isinstance(a, np.ndarray) else b.terms.arithmetic(name, a, b)

    return forth, back


def _comparison(name: str) -> Callable[[Term, Any], Any]:
    return lambda a, b: NotImplemented if isinstance(b, np.ndarray) else a.terms.compare(name, a, b)


for _name in ARITHMETIC:
    _forth, _back = _operator(_name)
    setattr(Term, f"__{_name}__", _forth)
    setattr(Term, f"__r{_name}__", _back)
for _sign, (*_, _method) in COMPARISONS.items():
    setattr(Term, _method, _comparison(_sign))


class UndecidedError(TypeError):
    """A formula asks whether a condition holds, which only the numbers will tell."""

    def __init__(self, condition: Term) -> None:
        super().__init__("a formula that depends on a number's value cannot be written down")
        self.condition = condition


class Terms:
    """All terms of one script, in the order in which they were made: parts come first."""

    def __init__(self) -> None:
        self.made: list[Term] = []
        self._known: dict[Any, Term] = {}
        self._ways: dict[int, bool] = {}
        self.counted = _refuse
        """What stands for a number that a formula takes as a whole one, to say it."""

    def term(self, pattern: str, *parts: Term, value: float | None = None) -> Term:
        """The term of this pattern and these parts."""
        key = (pattern, *(p.serial for p in parts))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Term(self, pattern, parts, value)
            self.made.append(found)
        return found

    def condition(self, pattern: str, *parts: Term) -> Term:
        """The same for a condition."""
        found = self.term(pattern, *parts)
        found.is_condition = True
        return found

    def text(self, text: str) -> Term:
        """A text."""
        return self.term(json.dumps(text).replace("{", "{{").replace("}", "}}"))

    def number(self, value: Any) -> Term:
        """A number; a condition is 1 or 0. Raises TypeError for anything else."""
        if isinstance(value, Term):
            if not value.is_condition:
                return value
            return self.term(CHOICE, value, self.number(1), self.number(0))
        value = value.item() if isinstance(value, np.generic | np.ndarray) else value
        if isinstance(value, Term):
            return self.number(value)
        if not isinstance(value, int | float | Fraction):
            raise TypeError(f"{value!r:.40} is not a number that can be written down")
        value = float(value)
        return self.term(literal(value), value=value)

    def truth(self, value: Any) -> Term | bool:
        """A condition, as a bool if it is known; a number holds where it is not 0."""
        if isinstance(value, np.ndarray | np.generic):
            value = value.item()
        if isinstance(value, bool) or (isinstance(value, Term) and value.is_condition):
            return value
        if isinstance(value, Term) and value.pattern == CHOICE:
            holds, yes, no = value.parts
            if (yes.value, no.value) == (1, 0):
                return holds
        found: Term | bool = self.compare("not_equal", value, 0)
        return found

    def arithmetic(self, name: str, a: Any, b: Any) -> Term:
        """Arithmetic with two numbers, done at once where both are known."""
        left, right = self.number(a), self.number(b)
        pattern, apply = ARITHMETIC[name]
        if left.value is not None and right.value is not None:
            return self.number(_computed(apply, left.value, right.value))
        if name == "pow":
            return self._power(left, right)
        before, after = NEUTRAL[name]
        if right.value == after:
            return left
        return (
            right
            if left.value is not None and left.value == before
            else self.term(pattern, left, right)
        )

    def _power(self, base: Term, exponent: Term) -> Term:
        if exponent.value == 0:
            return self.number(1)
        if exponent.value == 1:
            return base
        if exponent.value == 2:
            return self.term("{0}*{1}", base, base)
        if exponent.value == -1:
            return self.term("{0}/{1}", self.number(1), base)
        return self.term(ARITHMETIC["pow"][0], base, exponent)

    def compare(self, name: str, a: Any, b: Any) -> Any:
        """A comparison of two numbers: a bool if both are known."""
        a, b = self.number(a), self.number(b)
        pattern, apply, _ = COMPARISONS[name]
        if a.value is not None and b.value is not None:
            return apply(a.value, b.value)
        return self.condition(pattern, a, b)

    def call(self, name: str, *operands: Any) -> Term:
        """A function of the contract, of numbers."""
        numbers = [self.number(o) for o in operands]
        if all(n.value is not None for n in numbers):
            return self.number(_computed(name, *(n.value for n in numbers)))
        holes = ",".join(f"{{{i}}}" for i in range(len(numbers)))
        return self.term(f"{called(name)}({holes})", *numbers)

    def choose(self, condition: Any, a: Any, b: Any) -> Any:
        """`a` where a condition holds, else `b`: numbers, conditions or texts."""
        holds = self.truth(condition)
        if isinstance(holds, bool):
            return a if holds else b
        both = [self._is_condition(v) for v in (a, b)]
        if all(both):
            parts = [self.condition(str(v).lower()) if isinstance(v, bool) else v for v in (a, b)]
        else:
            parts = [v if is_text(v) else self.number(v) for v in (a, b)]
        if parts[0] is parts[1]:
            return parts[0]
        make = self.condition if all(both) else self.term
        return make(CHOICE, holds, *parts)

    @staticmethod
    def _is_condition(value: Any) -> bool:
        return isinstance(value, bool) or (isinstance(value, Term) and value.is_condition)

    def explored(self, run: Callable[[], Any]) -> Any:
        """What a function of terms gives that asks for the truth of comparisons, as Python's `if`
        does: it is run once for each way in which they may turn out.

        Raises TypeError where there are too many ways.
        """
        left = MOST_WAYS

        def explore(ways: dict[int, bool]) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise TypeError("a formula turns out in too many ways to be written down")
            self._ways = ways
            try:
                found = run()
                return self.text(found) if isinstance(found, str) else found
            except UndecidedError as asked:
                condition = asked.condition
            yes, no = (explore({**ways, condition.serial: holds}) for holds in (True, False))
            return self.choose(condition, yes, no)

        try:
            return explore({})
        finally:
            self._ways = {}

    def decide(self, asked: Term) -> bool:
        """Whether a condition holds on the way that is explored.

        Raises UndecidedError.
        """
        holds = self.truth(asked)
        if isinstance(holds, bool):
            return holds
        if holds.serial in self._ways:
            return self._ways[holds.serial]
        raise UndecidedError(holds)


def _refuse(term: Term) -> int:
    raise TypeError("a formula that takes a number apart cannot be written down")


def is_text(value: Any) -> bool:
    """Whether a value is a term that is a text, or a choice of texts."""
    while isinstance(value, Term) and value.pattern == CHOICE:
        value = value.parts[1]
    return isinstance(value, Term) and value.pattern.startswith('"')


def literal(value: float) -> str:
    """A float as JavaScript writes it."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text


def _computed(apply: Callable[..., Any] | str, *numbers: Any) -> float:
    """What a function gives of known numbers, by IEEE 754."""
    try:
        function = getattr(FLOATS, apply) if isinstance(apply, str) else apply
        found = function(*numbers)
        if isinstance(found, int | float):
            return float(found)
    except DEPARTURES:
        pass
    with IEEE.quiet():
        function = getattr(IEEE, apply) if isinstance(apply, str) else apply
        return float(function(*map(IEEE.asarray, numbers)))
