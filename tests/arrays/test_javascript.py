"""The namespace that writes JavaScript: what its texts look like, and its helpers' numbers."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest

from gradviz.arrays.javascript.helpers import HELPERS
from gradviz.arrays.javascript.namespace import JavaScript
from gradviz.arrays.javascript.terms import UndecidedError
from gradviz.arrays.javascript.writing import function
from tests.javascript import called, needs_node


def written(formula: Any, *names: str) -> str:
    js = JavaScript()
    return function(formula(js, *(js.leaf(n, ()) for n in names)), f"({','.join(names)})")


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (lambda js, a, b: a * b + 1, "a*b+1"),
        (lambda js, a, b: a - (b - 2), "a-(b-2)"),
        (lambda js, a, b: a / (b * 2) * 3, "a/(b*2)*3"),
        (lambda js, a, b: a - -b, "a-(-b)"),
        (lambda js, a, b: a * (0 + b) / 1, "a*b"),
        (lambda js, a, b: (a + b) ** 2, "const T2=a+b;return T2*T2"),
        (lambda js, a, b: a**-1 + b**0, "1/a+1"),
        (lambda js, a, b: js.where(js.greater(a, 0), b, 0), "a>0?b:0"),
        (lambda js, a, b: js.where(js.equal(a, b), 1, 0) + 1, "(a===b?1:0)+1"),
        (lambda js, a, b: js.asarray(2) * 3 + js.exp(js.asarray(0)), "7"),
    ],
)
def test_formulas_are_written_with_the_brackets_they_need(formula: Any, text: str) -> None:
    body = text if "return" in text else f"return {text}"
    assert written(formula, "a", "b") == f"(a,b)=>{{{body}}}"


def test_what_two_formulas_share_is_computed_once() -> None:
    def both(js: JavaScript, x: Any) -> list[Any]:
        return [js.tanh(x) * 2, 1 - js.tanh(x) ** 2]

    assert written(both, "x").count("Math.tanh") == 1


def test_a_python_if_is_run_for_each_way_it_may_turn_out() -> None:
    js = JavaScript()
    x = js.leaf("x", ()).item()
    found = js.terms.explored(lambda: "up" if x > 0 else "down" if x < 0 else "flat")
    assert function(found) == 'x=>{return x>0?"up":(x<0?"down":"flat")}'
    with pytest.raises(UndecidedError):
        bool(x > 0)


@needs_node
def test_the_helpers_are_as_accurate_as_c() -> None:
    """erf and erfc against C's, also where erfc is almost 0; powers where JavaScript's differ."""
    rng = random.Random(1)
    points = [0.0, -0.0, 1.0, 2.0, -1.0, 5e-324, 26.5, -30.0, math.inf, -math.inf]
    points += [rng.uniform(-6, 6) for _ in range(300)] + [rng.uniform(0, 26) for _ in range(200)]
    for name, of in (("erf", math.erf), ("erfc", math.erfc)):
        text = written(lambda js, x, name=name: getattr(js, name)(x), "x")
        (found,) = called([(text, [[x] for x in points])])
        for x, ours in zip(points, found, strict=True):
            assert ours == pytest.approx(of(x), rel=1e-15, abs=1e-300), (name, x)
    odd = [(1.0, math.nan), (math.nan, 0.0), (-1.0, math.inf), (-math.inf, 0.5), (-8.0, 1 / 3)]
    (found,) = called([(written(lambda js, a, b: a**b, "a", "b"), odd)])
    assert [repr(v) for v in found] == ["1.0", "1.0", "1.0", "inf", "nan"]


RESERVED = [
    "arguments",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "of",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
]


def test_no_name_is_a_word_of_the_language() -> None:
    """Thousands of terms need names of four letters; ECMAScript 2025, 12.7.2, lists the words."""
    js = JavaScript()
    terms = []
    for n in range(20_000):
        term = js.leaf("x", ()) + float(n)
        terms.append(term * term)
    total = js.asarray(terms)
    body = function([total, total], "x")
    names = set(re.findall(r"(?<![\w.])[A-Za-z]\w*(?==)", body))
    assert len(names) > 15_000
    assert names.isdisjoint(RESERVED) and names.isdisjoint({*HELPERS, "Math", "NaN", "Infinity"})
