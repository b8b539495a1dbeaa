"""Exact numbers have a bound, which is estimated before a power is begun.

The witness is sympy itself: while expressions run, every power of a number that sympy starts to
compute is weighed, and none may have more digits than the bound allows.
"""

from __future__ import annotations

import math
import random
import re
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from sympy.core.numbers import Integer, Rational

import gradviz as gv
from gradviz.arrays import growth
from gradviz.arrays.exact_growth import require_in_reach, require_small, require_small_power
from gradviz.errors import DomainError, GradvizError

X = sp.Symbol("x", real=True)
TOO_LONG = "an exact number would be too long"


@pytest.fixture
def weighed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The bits of every power of a number that sympy begins, weighed before it is computed."""
    found: list[float] = []

    def watch(kind: Any) -> None:
        begun = kind._eval_power

        def power(self: Any, exponent: Any) -> Any:
            if getattr(exponent, "is_Rational", False):
                bits = max(abs(self.p), self.q).bit_length() - 1
                weight = bits * abs(Fraction(exponent.p, exponent.q))
                found.append(float(min(weight, Fraction(10**18))))
                assert weight < 3 * growth.LARGEST, f"{bits} bits to the power {exponent!s:.40}"
            return begun(self, exponent)

        monkeypatch.setattr(kind, "_eval_power", power)

    watch(Integer)
    watch(Rational)
    return found


def test_estimates_by_hand() -> None:
    assert (growth.bits(0), growth.bits(1), growth.bits(-1), growth.bits(1024)) == (0, 0, 0, 10)
    assert growth.size(Fraction(-8, 32)) == 2  # 1/4
    assert math.floor(4300 * math.log(10, 2)) == growth.LARGEST


@pytest.mark.parametrize(
    ("base", "exponent", "fits"),
    [
        (10, 4000, True),
        (10, 5000, False),
        (10, -5000, False),
        (1, 10**100, True),
        (-1, 10**100, True),
        (0, 10**100, True),
        (sp.Rational(1, 2), 14_000, True),
        (sp.Rational(1, 2), 15_000, False),
        (sp.sqrt(2), 20_000, True),
        (sp.sqrt(2), 30_000, False),
        (2 * X, 20_000, False),
        (1 + sp.sqrt(2), 100, True),
        (1 + sp.sqrt(2), 10**6, False),
        (sp.Rational(1, 3), sp.sinh(2) + 10**6, False),
        (3, sp.sinh(2), True),
        (X, 10**100, True),
        (X + 1, 10**100, True),
    ],
)
def test_powers(base: Any, exponent: Any, fits: bool) -> None:
    if fits:
        require_small_power(sp.sympify(base), sp.sympify(exponent))
    else:
        with pytest.raises(DomainError, match=TOO_LONG):
            require_small_power(sp.sympify(base), sp.sympify(exponent))


def test_numbers_are_not_put_in_where_they_would_grow() -> None:
    require_small(X**1000, {X: sp.Integer(10)})
    require_small(X**10**9, {X: sp.Integer(1)})
    for expression in (X**10**9, (X + 1) ** 10**9, 9**X, 2 ** (X**X), 3 * X**10**9 + 1):
        with pytest.raises(DomainError, match=TOO_LONG):
            require_small(expression, {X: sp.Integer(10**6)})


def test_towers_of_exponentials_are_out_of_reach() -> None:
    for within in (sp.exp(1000), sp.exp(-sp.exp(5)), 1 / sp.exp(1000), sp.sin(sp.exp(10))):
        require_in_reach(within)
    for beyond in (sp.exp(sp.exp(10)), sp.exp(sp.exp(sp.exp(100))), sp.sinh(sp.exp(10))):
        with pytest.raises(DomainError, match=TOO_LONG):
            require_in_reach(beyond)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("9**x", {"x": 10**9}),
        ("x**100000000", {"x": 1.5}),
        ("(x*x + 1)**100000000", {"x": 3}),
        ("2**(2**(2**x))", {"x": 9}),
        ("x**(x**(x**x))", {"x": 9}),
        ("sqrt(2)**x", {"x": 10**9}),
        ("sum(x**y)", {"x": [2, 3], "y": [1, 10**9]}),
        ("local_response_norm(x, 2, beta=1e9)", {"x": [[[2]], [[3]]]}),
        ("exp(exp(exp(x)))", {"x": 100}),
        ("x", {"x": "2**2**201/3"}),
        ("x", {"x": "[1, 9**9**9]"}),
        ("; ".join(["a0 = 3*x", *(f"a{k + 1} = a{k}*a{k}" for k in range(60))]), {"x": 1}),
        ("; ".join(["a0 = 3*x", *(f"a{k + 1} = square(a{k})" for k in range(60))]), {}),
        ("prod(x)", {"x": [[10**40] * 200]}),
        ("x**y", {"x": 24, "y": "0.723456789"}),
        ("(24*x)**y", {"x": "1/5", "y": "0.723456789"}),
        ("exp(x*log(y))", {"x": 10**9, "y": 3}),
        ("exp(x + x*log(y))", {"x": 10**9, "y": 3}),
        ("sigmoid(x*(1 + log(y)))", {"x": -(10**9), "y": 3}),
        ("softplus(x*log(y))", {"x": 10**9, "y": 3}),
    ],
    ids=lambda case: str(case)[:40],
)
def test_refused_in_one_message(source: str, values: dict[str, Any], weighed: list[float]) -> None:
    with pytest.raises(DomainError) as caught:
        gv.run(source, values=values, backend="exact")
    said = str(caught.value)
    assert TOO_LONG in said and "expected: at most 4,300 digits" in said
    assert "got:      " in said and "try:      use smaller numbers or exponents" in said


@pytest.mark.parametrize("source", ["24**x", "0**(x**x)", "(24*x)**x", "x**x"])
def test_high_roots_are_checked_in_decimals(source: str) -> None:
    """Where sympy would multiply out what stands under a root, the exact column stays empty."""
    assert all(row.verdict == "agrees" for row in gv.check(source, x=0.723456789).rows)


def test_long_roots_are_refused_and_shown_where(weighed: list[float]) -> None:
    with pytest.raises(DomainError, match="under an exact root is too long") as caught:
        gv.run("1 + sqrt(10**x + 1)", x=4000, backend="exact")
    assert "^^^^" in str(caught.value)


def test_what_fits_is_computed() -> None:
    trace = gv.run("10**x", x=400, backend="exact")
    assert str(trace.value("f")) == "1" + "0" * 400
    assert str(gv.run("1**x + x**1", x=10**30, backend="exact").value("f")) == f"{10**30 + 1}"
    assert str(gv.run("2**-x", x=1000, backend="exact").value("f")) == f"1/{2**1000}"


LEAVES = ("x", "y", "2", "10", "1/3", "1.5", "(10**9)", "(-3)", "9**9", "24", "0.723456789")
SHAPES = (
    "({} + {})",
    "({} * {})",
    "({} / {})",
    "({})**({})",
    "({})**({})",
    "exp({} - {})",
    "exp({} * log(abs({}) + 2))",
    "sqrt(abs({}) + {})",
    "maximum({}, {})",
    "square({}) - {}",
    "log(abs({}) + {})",
    "sinh({}) + {}",
)


def expression(rng: random.Random, depth: int) -> str:
    """A random expression in which powers pile up."""
    if depth == 0:
        return rng.choice(LEAVES)
    return rng.choice(SHAPES).format(expression(rng, depth - 1), expression(rng, depth - 1))


def run_random(seeds: range) -> tuple[int, int]:
    """How many ran, and how many were refused; nothing else may happen."""
    ran = refused = 0
    for seed in seeds:
        rng = random.Random(seed)
        source = expression(rng, rng.randrange(1, 4))
        values = {"x": rng.choice([2, 3, 0.5, 10**6]), "y": rng.choice([1, 2, 1.25, -7])}
        used = {name: v for name, v in values.items() if re.search(rf"\b{name}\b", source)}
        try:
            trace = gv.run(source, values=used, backend="exact")
            ran += 1
        except GradvizError:
            refused += 1
            continue
        for value in trace.values:
            assert sum(len(str(abs(a.p))) for a in value[()].atoms(Integer)) < 40 * growth.DIGITS
    return ran, refused


def test_random_expressions_never_begin_a_power_that_is_too_long(weighed: list[float]) -> None:
    ran, refused = run_random(range(150))
    assert ran > 20 and refused > 20 and len(weighed) > 100


def test_random_checks_neither(weighed: list[float]) -> None:
    """Plain `check` on floats proves with exact numbers."""
    for seed in range(40):
        rng = random.Random(seed)
        source = expression(rng, rng.randrange(1, 3))
        used = {n: v for n, v in {"x": 3, "y": 1.25}.items() if re.search(rf"\b{n}\b", source)}
        if used:
            assert all(row.verdict for row in gv.check(source, values=used).rows)


@pytest.mark.proof
@pytest.mark.parametrize("part", range(8))
def test_many_random_expressions(part: int, weighed: list[float]) -> None:
    run_random(range(1000 + 500 * part, 1500 + 500 * part))


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("(y ** y) < (1 + x)", {"x": "1e-320", "y": "1e-320"}),
        ("(y ** 1e-320) ** (x - y)", {"x": "3", "y": "3"}),
        ("maximum(2 ** x, 1)", {"x": "1e-60"}),
    ],
)
def test_roots_that_cannot_be_told_from_1_are_refused(source: str, values: dict[str, str]) -> None:
    with pytest.raises(DomainError, match="a root that cannot be told from 1"):
        gv.run(source, values=values, backend="exact")


def test_roots_of_an_ordinary_index_are_taken() -> None:
    trace = gv.run("(y ** x) < (1 + x)", x="0.1234567", y="3", backend="exact")
    assert bool(trace.value(trace.graph.output)) is (3**0.1234567 < 1.1234567)
