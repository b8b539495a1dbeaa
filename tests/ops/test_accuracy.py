"""Floats against numbers of very many digits, for every op: values and gradients over all
magnitudes that a float has.

An elementwise op is right to 10⁻¹² of the true value of its float inputs wherever value and
gradient are ordinary floats; an op that adds terms to 10⁻¹² of the sum of their absolute values.
`make test` takes a small sample, `make proofs` a large one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.arrays.exact import Exact
from gradviz.graph.expression import call
from gradviz.ops import Op, every, get
from gradviz.ops.contributions import contribution as edge_contribution
from tests.ops.precise import WITHIN, XP, digits_lost, floats_of, ordinary, slopes
from tests.ops.test_registry import CASES, Case, contribution, named, takes_gradient
from tests.sampled import sampled

FLOATS = {"float64": for_backend("numpy", "float64"), "float32": for_backend("numpy", "float32")}
ELEMENTWISE = [op for op in every() if op.elementwise and not op.is_condition]
SAMPLE, LARGE_SAMPLE = 8, 300

NEAR_ITS_OWN_ZERO = {"gelu", "silu"}
"""Ops whose slope, Φ(x) + x φ(x) or σ + x σ (1 − σ), is a sum that vanishes at one point, which is
no float: beside it every sum of rounded terms loses digits, so its error is measured by the terms.
"""


def numbers(rng: random.Random, dtype: str) -> float:
    """Any magnitude and sign; ordinary ones, tails, and neighbours of ±1 more often."""
    sign, reach = rng.choice((-1, 1)), {"float64": 300, "float32": 36}[dtype]
    draws = (
        lambda: 10 ** rng.uniform(-reach, reach),
        lambda: 10 ** rng.uniform(-3, 3),
        lambda: 1 + sign * 2.0 ** -rng.randint(1, 52),
        lambda: rng.uniform(0, 750),
    )
    found = sign * rng.choices(draws, (4, 4, 1, 1))[0]()
    return float(np.float32(found)) if dtype == "float32" else found


def points(op: Op, count: int, dtype: str) -> Iterator[list[float]]:
    """Operands inside the op's domain and far beyond it."""
    rng = random.Random(f"{op.name} {dtype}")
    for _ in range(count):
        x = [numbers(rng, dtype) for _ in op.inputs]
        for slot in range(len(x)):
            if not op.differentiable(slot):
                x[slot] = float(rng.choice((0, 1)))
            elif op.role(slot) == "exponent" and rng.random() < 0.8:
                x[slot] = rng.choice(
                    (float(rng.randint(-9, 9)), float(np.float32(rng.uniform(-9, 9))))
                )
                x[0] = abs(x[0])
        yield x


def options_of(op: Op) -> dict[str, Any]:
    return dict(op.options) | (dict(op.examples[0][1]) if op.examples else {})


def found_by(op: Op, x: list[float], dtype: str) -> dict[str, tuple[Any, list[Any]]]:
    """Value and local gradients by arrays, and for float64 by single floats and written code."""
    xp, options = FLOATS[dtype], options_of(op)
    with xp.quiet():
        operands = [xp.asarray([v, v]) for v in x]
        y = xp.asarray(op.forward(xp, *operands, **options))
        slots = [i for i in range(len(x)) if op.differentiable(i)]
        local = [slope(xp, op, i, y, operands, options) for i in slots]
    found = {"arrays": (y[0], local)}
    if dtype == "float64" and len(slots) == len(x):
        f = call(op, *gv.inputs(list(op.inputs)), **options)
        values = dict(zip(op.inputs, x, strict=True))
        program = gv.compile(f)
        trace = program.trace(values=values)
        steps = [trace.gradient(name) for name in values]
        found["single floats"] = (trace.value(trace.graph.output), steps)
        code = program.gradients(values=values)  # written out since the first run
        found["code"] = (program.value(values=values), [code[name] for name in values])
    return found


def slope(xp: Any, op: Op, slot: int, y: Any, operands: list[Any], options: dict[str, Any]) -> Any:
    """What one edge contributes for an upstream gradient of 1, at the first element."""
    routes = op.routes_for(slot) if op.routes is not None else None
    one = xp.ones(xp.shape(y))
    local, _ = edge_contribution(xp, op, slot, routes, ((), (), ()), one, y, operands, options)
    return np.broadcast_to(local, xp.shape(y))[0]


def compare(op: Op, count: int, dtype: str) -> None:
    compared = 0
    for x in points(op, count, dtype):
        exact = [mpmath.mpf(v) if op.differentiable(i) else bool(v) for i, v in enumerate(x)]
        try:
            true = [
                slopes(op, exact, slot, options_of(op))
                for slot in range(len(x))
                if op.differentiable(slot)
            ]
        except (ValueError, ZeroDivisionError, TypeError):  # no real value: outside the domain
            continue
        if not ordinary(true[0][0][()], dtype):
            continue
        for how, (value, local) in found_by(op, x, dtype).items():
            assert digits_lost(value, true[0][0][()]) < WITHIN[dtype], (how, x, value)
            for slot, (ours, (_, slope)) in enumerate(zip(local, true, strict=True)):
                near = op.name in NEAR_ITS_OWN_ZERO and 1e-3 < abs(x[0]) < 2
                at_its_zero = near and abs(slope[()]) < 1e-3
                if ordinary(slope[()], dtype) and not at_its_zero:
                    assert digits_lost(ours, slope[()]) < WITHIN[dtype], (how, slot, x, ours)
                if at_its_zero:
                    assert abs(ours - slope[()]) < WITHIN[dtype]
            compared += 1
    assert compared > count / 10, "hardly any point was inside the domain"


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_elementwise_ops_keep_their_digits(op: Op, dtype: str) -> None:
    compare(op, SAMPLE, dtype)


@pytest.mark.proof
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_elementwise_ops_keep_their_digits_everywhere(op: Op, dtype: str) -> None:
    compare(op, LARGE_SAMPLE, dtype)


ADDING = [c for c in CASES if not c.op.elementwise]
MAGNITUDES = {
    "float64": (-300, -160, -20, 0, 20, 160, 300, None),
    "float32": (-36, -20, 0, 20, 36, None),
}
"""Powers of ten; None for one of each operand and, often, of each element."""
MIXED = {"float64": (-290, -160, -100, 0, 0, 100, 160, 290), "float32": (-30, -15, 0, 0, 15, 30)}


def drawn(case: Case, magnitude: int | None, rng: random.Random, dtype: str) -> list[Any]:
    """Arrays inside the op's domain, of one magnitude or mixed; labels and indices as they are."""
    found = []
    for slot, shape in enumerate(case.shapes):
        low, high = case.op.domain[0 if case.op.variadic else slot]
        counts = takes_gradient(case, slot)
        array, usual = np.empty(shape), rng.choice(MIXED[dtype])
        for place in np.ndindex(shape):
            own = usual if rng.random() < 0.6 else rng.choice(MIXED[dtype])
            array[place] = (
                rng.uniform(low, high) * 10.0 ** (own if magnitude is None else magnitude)
                if counts
                else rng.choice((int(low), int(high)))
            )
        array = array.astype(dtype).astype(float)
        found.append(array if shape else array[()])
    return found


def within_range(value: Any, dtype: str) -> bool:
    """Whether a float holds a number, be it as 0 because it is so near to that."""
    return bool(abs(value) <= np.finfo(dtype).max)


def weighed(x: Any, slope: Any) -> Any:
    """For each element of the value Σ |x · ∂value/∂x|, which for a sum is that of its terms."""
    x = np.asarray(x, dtype=object).reshape(-1)
    return sum(
        (abs(v) * np.abs(s) for v, s in zip(x, slope.reshape(x.size, -1), strict=True)),
        start=np.full(slope.size // max(x.size, 1), mpmath.mpf(0), dtype=object),
    )


def adds_up(case: Case, magnitude: int | None, seed: int = 0, dtype: str = "float64") -> bool:
    """Compare value and contributions; False where they are no ordinary floats.

    A contribution is compared with Σ |upstream| · the steepest slope of that element of the value,
    its mean slope from 0 included: a normaliser's own slopes are differences of such terms.
    """
    op, xp, options = case.op, FLOATS[dtype], case.options
    rng = random.Random(f"{case} {magnitude} {seed}")
    x = drawn(case, magnitude, rng, dtype)
    exact = [
        XP.asarray(v) if takes_gradient(case, slot) else np.asarray(v) for slot, v in enumerate(x)
    ]
    slots = [slot for slot in range(len(x)) if takes_gradient(case, slot)]
    try:
        true = {slot: slopes(op, exact, slot, options) for slot in slots}
    except (ValueError, ZeroDivisionError):  # a kink, or outside the domain
        return False
    here = next(iter(true.values()))[0]
    terms = sum(weighed(exact[slot], slope) for slot, (_, slope) in true.items())
    if not all(ordinary(v, dtype) for v in here.flat) or not all(
        within_range(v, dtype) for v in terms
    ):
        return False
    with xp.quiet():
        y = xp.asarray(op.forward(xp, *map(xp.asarray, x), **options))
        g = [rng.choice((-1, 1)) * rng.uniform(0.5, 2) for _ in here.flat]
        for ours, v, size in zip(np.ravel(y), here.flat, terms, strict=True):
            assert abs(float(ours) - v) <= WITHIN[dtype] * max(abs(v), size), (case, x, ours, v)
        upstream, given = xp.asarray(np.reshape(g, here.shape)), [xp.asarray(v) for v in x]
        for slot, (_, slope) in true.items():
            ours = np.ravel(contribution(op, xp, slot, upstream, y, given, options))
            table = slope.reshape((-1, here.size))
            if not table.size:
                continue
            slants = abs(here.ravel()) / (np.max(np.abs(exact[slot])) or 1)
            largest = sum(np.abs(g) * np.maximum(np.max(np.abs(table), axis=0), slants))
            expected = table @ np.asarray(g, dtype=object)
            if all(ordinary(v, dtype) for v in [*expected, largest]):
                errors = np.abs(XP.asarray(ours.tolist()) - expected)
                bound = WITHIN[dtype] * largest
                assert max(errors) <= bound, (case, slot, x, ours, floats_of(expected))
    return True


@sampled("case", ADDING, few=70, ids=named)
def test_ops_that_add_keep_their_digits(case: Case) -> None:
    assert adds_up(case, 0)
    if case == next(c for c in ADDING if c.op is case.op):
        adds_up(case, random.Random(case.op.name).choice((-160, 160, None)))
        adds_up(case, 0, dtype="float32")


@pytest.mark.proof
@pytest.mark.parametrize(("dtype", "magnitude"), [(d, m) for d in FLOATS for m in MAGNITUDES[d]])
@pytest.mark.parametrize("case", ADDING, ids=named)
def test_ops_that_add_keep_their_digits_everywhere(
    case: Case, dtype: str, magnitude: int | None
) -> None:
    for seed in range(6 if magnitude is None else 1):
        adds_up(case, magnitude, seed, dtype)


class Computed(Exact):
    """Exact numbers that take the formulas of floats."""

    def stable(self, written: Any, computed: Any, where: Any = None, *operands: Any) -> Any:
        """The formula that floats take, everywhere."""
        return computed(*operands)


STABLE = {
    # op: points on the exact backend, as fractions
    "div": ("3/7", "-5/3"),
    "pow": ("2/7", "1/3"),
    "tanh": ("9/2",),
    "sigmoid": ("7/2",),
    "arctan2": ("3/7", "-5/3"),
    "arcsin": ("3/5",),
    "arccos": ("-3/5",),
    "gelu": ("-5/2",),
}


def test_all_stable_slopes_are_proved() -> None:
    """Every elementwise op whose slope or value floats compute another way is in the table."""
    asked = set()

    class Asking(Computed):
        def stable(self, *formulas: Any) -> Any:
            asked.add(op.name)
            return super().stable(*formulas)

    for op in ELEMENTWISE:
        x = [Asking().asarray(Fraction(1, 3)) for _ in op.inputs]
        y = op.forward(Asking(), *x, **options_of(op))
        for rule in filter(None, op.local or ()):
            rule(Asking(), y, *x, **options_of(op))
    assert asked == STABLE.keys()


@pytest.mark.parametrize("name", STABLE)
def test_a_stable_slope_is_the_derivative(name: str) -> None:
    """The formula of floats, on symbols, equals sympy's own derivative of the written value."""
    op, xp = get(name), Computed()
    symbols = [sp.Symbol(i, positive=name == "pow", real=True) for i in op.inputs]
    x = [xp.asarray(s) for s in symbols]
    written = Exact().asarray(op.forward(Exact(), *x))[()]
    point = dict(zip(symbols, map(sp.Rational, STABLE[name]), strict=True))
    value = xp.asarray(op.forward(xp, *x))
    assert abs(sp.N((value[()] - written).subs(point), 60)) < sp.Float("1e-50")
    for symbol, rule in zip(symbols, op.local or (), strict=True):
        ours = xp.asarray(rule(xp, value, *x))[()]
        difference = ours - sp.diff(written, symbol)
        if sp.simplify(difference.rewrite(sp.exp)) != 0:
            assert abs(sp.N(difference.subs(point), 60)) < sp.Float("1e-50")


@pytest.mark.parametrize("dtype", FLOATS)
def test_lengths_and_averages_of_any_magnitude(dtype: str) -> None:
    """3·s, 4·s has the length 5·s and the mean 3.5·s, and mixed rows do not disturb each other."""
    xp, (low, high) = FLOATS[dtype], {"float64": (1e-300, 1e307), "float32": (1e-37, 3e37)}[dtype]
    x = xp.asarray([[3 * low, 4 * low], [3 * high, 4 * high], [3, 4], [0, 0]])
    with xp.quiet():
        lengths = xp.length(x, lambda v: xp.sum(v, axis=1))
        averages = xp.average(x * 2, lambda v: xp.sum(v, axis=1), 2)
    rtol = {"float64": 1e-15, "float32": 3e-7}[dtype]
    np.testing.assert_allclose(lengths, np.array([5 * low, 5 * high, 5, 0], dtype), rtol)
    np.testing.assert_allclose(averages, np.array([7 * low, 7 * high, 7, 0], dtype), rtol)
