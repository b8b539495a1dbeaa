"""Every equation is true as it is printed: a reader's own arithmetic with the printed numbers
gives the printed result.

The reader (`equation_reader`) evaluates the LaTeX in 40 digits. The result has to round to what is
printed; where it does not, ≈ stands there and the step says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.inside.cells import cells
from gradviz.errors import GradvizError
from gradviz.export.reports.text import plain
from gradviz.export.reports.walks import lines as report
from gradviz.graph.expression import call
from gradviz.ops import Op, every
from gradviz.story import walks
from gradviz.story.cells.frames import CellStory
from gradviz.story.frame import Story
from gradviz.story.maths import latex
from tests.sampled import sampled
from tests.story.equation_reader import Unreadable, evaluate, m, numbers, spoken

DIGITS = 4
HALF = m.mpf("0.5000001")

SHAPES: dict[str, tuple[Any, ...]] = {"scalars": (), "rows": (3,)}
CASES = [
    pytest.param(op, shapes, options, id=f"{op.name}-{i}")
    for op in every()
    for i, (shapes, options) in enumerate(
        op.examples or [((shape,) * len(op.inputs), {}) for shape in SHAPES.values()]
    )
]


def readable(story: Any) -> Iterator[tuple[str, str, str, str]]:
    """Every equation between numbers of a walk: the left side, its sign, the right, what is said
    of it.
    """
    for frame in story:
        formula = frame.formula
        note = f"{frame.sentence} {frame.note}"
        sides = [s for s in formula.latex if s]
        if formula.result is not None:
            last = sides[-2]
            sign, _, right = sides[-1].partition(" ")
            arrow = r"\leftarrow" if r"\leftarrow" in last else "="
            yield last.partition(arrow)[2], sign, right, note
        for sum_ in (frame.accumulation, frame.branch):
            written = sum_ and sum_.written
            if written:
                before, after = map(latex.write, written.parts)
                sign = r"\approx" if written.text == "≈" else "="
                yield before, sign, after, note


def untrue(story: Any) -> Iterator[str]:
    """The equations of a walk, in formulas and in sentences, that a reader finds false."""
    yield from _untrue_formulas(story)
    for frame in story:
        for mine, said, text in spoken(frame.sentence):
            if not agrees(mine, said, max(map(abs, numbers_in(text)))):
                yield f"{text} in {frame.sentence}"


def _untrue_formulas(story: Any) -> Iterator[str]:
    for left, sign, right, note in readable(story):
        shown, _, rounding = right.partition(r" \text{ (but for rounding")
        try:
            by_hand, result = numbers(evaluate(left)), numbers(evaluate(shown))
        except Unreadable:
            continue
        if sign == r"\approx":
            if "≈ because" not in note:
                yield f"{left} ≈ {right}, and no word why"
            continue
        if sign == r"\to":
            if "its limit" not in note:
                yield f"{left} → {right}, and no word why"
            continue
        if len(by_hand) != len(result):
            continue  # a sum along axes, whose result stands in another shape
        scale = max((abs(v) for v in numbers_in(left)), default=m.mpf(0))
        for mine, printed in zip(by_hand, result, strict=True):
            if m.isinf(printed) and "overflows" in note:
                continue  # a factor beyond the largest float, which has no limit by hand
            if not agrees(mine, printed, scale):
                yield f"{left} {sign} {right}: {m.nstr(mine, 12)}, not {printed} {rounding}"
                break


def numbers_in(text: str) -> list[Any]:
    """All numbers of a text, whatever is done with them."""
    return [m.mpf(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


def agrees(mine: Any, printed: Any, scale: Any) -> bool:
    """Whether a number rounds to what is printed, at the digits that are printed."""
    if m.isnan(printed) or m.isinf(printed):
        if isinstance(mine, m.mpc):  # no real value
            return bool(m.isnan(printed))
        fits = m.isfinite(mine) and abs(mine) < 1e308
        return not fits or bool(m.isnan(printed))  # of NaN the sentence says why
    if isinstance(mine, m.mpc):
        return False
    if printed == 0:
        return abs(mine) <= 1e-9 * scale or abs(mine) < 1e-320
    size = math.floor(m.log10(abs(printed)))
    whole = printed == int(printed) and abs(printed) < 1e7
    unit = Fraction(10) ** (min(0, size - DIGITS + 1) if whole else size - DIGITS + 1)
    unit = min(unit, Fraction(1)) if 1e-4 <= abs(printed) < 1e7 else unit
    return abs(mine - printed) <= HALF * m.mpf(unit.numerator) / unit.denominator


def sample(op: Op, shapes: Any, rng: Any, magnitude: float, short: bool) -> dict[str, Any]:
    """Random operands of an op, at home in its domain or far from it."""
    values = {}
    for slot, shape in enumerate(shapes):
        low, high = op.domain[0 if op.variadic else slot]
        drawn = rng.uniform(low, high, shape)
        if not op.has_gradient(slot, shapes, op.options) and not op.is_condition:
            drawn = np.full(shape, int(low))
        elif short:
            drawn = np.round(drawn, 2)
        else:
            drawn = drawn * magnitude
        values[f"x{slot}"] = drawn
    return values


def told(op: Op, shapes: Any, options: Any, rng: Any, magnitude: float, short: bool) -> Any:
    """A run through an op, used twice, from an upstream gradient that is not 1."""
    values = sample(op, shapes, rng, magnitude, short)
    operands = gv.inputs(list(values))
    size = op.shape(*shapes, **(dict(op.options) | dict(options)))
    output = call(op, *operands, **options)
    if not op.is_condition:
        output = output * operands[0] if size == shapes[0] else output * 0.7
    upstream = np.round(rng.uniform(-2, 2, size), 2) if short else rng.uniform(-2, 2, size)
    return gv.run(output, values=values, upstream=upstream)


@sampled(("op", "shapes", "options"), CASES, few=120)
def test_every_printed_equation_of_every_op_holds(op: Op, shapes: Any, options: Any) -> None:
    rng = np.random.default_rng(len(op.name))
    for magnitude, short in [(1.0, True), (1.0, False), (1e-7, False), (1e4, False)]:
        trace = told(op, shapes, options, rng, magnitude, short)
        assert list(untrue(Story(trace))) == []


@pytest.mark.proof
@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_many_printed_equations_of_every_op_hold(op: Op, shapes: Any, options: Any) -> None:
    rng = np.random.default_rng(7 + len(op.name))
    for _ in range(40):
        magnitude = 10.0 ** rng.integers(-12, 13)
        trace = told(op, shapes, options, rng, float(magnitude), bool(rng.integers(2)))
        assert list(untrue(Story(trace))) == []


SOURCES = [
    ("x/x", {"x": -1.13}),
    ("abs(x)/x + x*(1/x)", {"x": 0.37}),
    ("sin(x)*y", {"x": 0.2, "y": 0.7}),
    ("cos(x)", {"x": 2704347.9057913288}),
    ("x - y", {"x": 1.000000000001, "y": 1}),
    ("x - y", {"x": 1.0000000000000123, "y": 1}),
    ("x - y", {"x": 0.1 + 0.2, "y": 0.3}),
    ("tanh(x)*sigmoid(x)", {"x": 9}),
    ("log1p(x)", {"x": 1e-10}),
    ("softplus(x)/sin(x)", {"x": -3.4838446656876076}),
    ("softmax_cross_entropy([z + b, w + b], 0)", {"z": 0.4277, "w": 0.1574, "b": 0.1}),
    ("1.84 * x * sigmoid_cross_entropy(x, t)", {"x": 2.91, "t": 0.9}),
    ("x * log(x)", {"x": 26645556586.4267}),
    ("x**2 + log(x)/x + 1/(1 + x)", {"x": 1 / 3}),
    ("x/y*1e-300", {"x": 1e100, "y": 1e-150}),
    ("softmax_cross_entropy(s, 0)", {"s": [8, 4]}),
    ("softmax_cross_entropy(s, [0, 1])", {"s": [[8, 4], [-3, 9]]}),
    ("softmax_cross_entropy(s, p)", {"s": [[1, -2], [0, 1]], "p": [[0.5, 0.5], [0.3, 0.7]]}),
    ("sigmoid_cross_entropy(s, t)", {"s": [5, -6], "t": [1, 0]}),
    ("kl(p, q)", {"p": [0.3, 0.7], "q": [0.5, 0.5]}),
    ("l2(p, t)", {"p": [0.3, 0.7], "t": [0.5, 0.5]}),
    ("sum(softmax(x)*x)", {"x": [0.1, 0.7, -0.3]}),
    ("sum(softmax(x))*y", {"x": [0.1, 0.7, -0.3], "y": 3}),
    ("1/x + 1/y", {"x": -0.0, "y": 0}),
    ("x**n + n**x", {"x": 0, "n": 0}),
    ("x*y/z", {"x": 1 / 3, "y": 2 / 7, "z": 1e-9}),
    ("2.123456789*x + 1e-12*x", {"x": 0.4}),
    ("(a + b)*(a - b)*(a + b)", {"a": 0.123456789123, "b": 0.123456789}),
]
SCALARS = ("sin", "cos", "tanh", "exp", "sigmoid", "sqrt", "log", "softplus", "gelu", "arctan")


@pytest.mark.parametrize(("source", "values"), SOURCES)
def test_printed_equations_hold_where_digits_run_out(source: str, values: Any) -> None:
    assert list(untrue(Story(gv.run(source, values=values)))) == []


def formulas(rng: Any) -> str:
    """A random formula of x and y with branches."""
    terms = ["x", "y", "x", "y", "0.3", "2"]
    while len(terms) > 1:
        a, b = terms.pop(int(rng.integers(len(terms)))), terms.pop(int(rng.integers(len(terms))))
        made = f"({a} {'+-*/'[int(rng.integers(4))]} {b})"
        name = SCALARS[int(rng.integers(len(SCALARS)))]
        terms.append(f"{name}({made})" if rng.integers(2) else made)
    return str(terms[0])


def scalar_graphs(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        source, size = formulas(rng), 10.0 ** rng.integers(-4, 4)
        values = {name: float(rng.normal() * size) for name in "xy"}
        try:
            trace = gv.run(source, values=values)
        except GradvizError:  # an input that the formula lost
            continue
        assert list(untrue(Story(trace))) == [], (source, values)


def test_printed_equations_of_random_scalar_graphs_hold() -> None:
    scalar_graphs(1, 60)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(20))
def test_printed_equations_of_many_random_scalar_graphs_hold(seed: int) -> None:
    scalar_graphs(100 + seed, 500)


WALKS = [param for param in CASES if param.values[0].combine]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("op", "shapes", "options"), WALKS)
def test_printed_equations_of_cells_hold(op: Op, shapes: Any, options: Any) -> None:
    rng = np.random.default_rng(5)
    for short in (True, False):
        trace = told(op, shapes, options, rng, 1.0, short)
        node = next(n.id for n in trace.graph.nodes if n.op == op.name)
        assert list(untrue(CellStory(cells(trace, node)))) == []


@pytest.mark.parametrize(
    ("source", "values", "lines"),
    [
        (
            "x*(1/x)",
            {"x": 0.62},
            [
                "at x = 0.62",
                "dx: 1.613 + (-1.613) → 0    Σ 1.613 + (-1.613) = 0 (but for rounding: -2.2e-16)",
                "dx = 0 (but for rounding: -2.2e-16)",
            ],
        ),
        ("x*y/x", {"x": 0.2, "y": 0.7}, ["dx = 0 (but for rounding: 8.9e-16)"]),
        (
            "x - y",
            {"x": 0.1 + 0.2, "y": 0.3},
            ["f = x - y = 0.3 - 0.3 = 0 (but for rounding: 5.6e-17)"],
        ),
        (
            "x - y",
            {"x": 1.000000000001, "y": 1},
            ["at x = 1.000000000001, y = 1", "f = x - y = 1.000000000001 - 1 = 1e-12"],
        ),
        (
            "cos(x)",
            {"x": 2704347.9057913288},
            ["at x = 2704347.9057913288", "f = cos(x) = cos(2704347.9057913288) = -0.5201"],
        ),
        ("x*y", {"x": 1 / 3, "y": 2 / 7}, ["at x = 1/3, y = 2/7", "f = x · y = 1/3 · (2/7)"]),
        ("1/x", {"x": -0.0}, ["at x = -0", "f = 1/x = 1/(-0) = -∞"]),
        (
            "sum(x)",
            {"x": [0.1, 0.2, -0.3]},
            [
                "The sum of 3 elements is 0 (but for rounding: 5.6e-17).",
                "f = Σ x = Σ [0.1  0.2  -0.3] = 0 (but for rounding: 5.6e-17)",
                "f = 0 (but for rounding: 5.6e-17)",
            ],
        ),
        ("x + y - 0.3", {"x": 0.1, "y": 0.2}, ["\nf = 0 (but for rounding: 5.6e-17)"]),
        ("exp(x)", {"x": -800}, ["f = exp(x) = exp(-800) ≈ 0", "≈ because floats hold no"]),
        ("x*y", {"x": 1e-200, "y": 1e-200}, ["f = x · y = 1e-200 · (1e-200) ≈ 0"]),
        ("sum(x*y)", {"x": [1e-200, 2], "y": [1e-200, 3]}, ["[1e-200  3] ≈ [0  6]"]),
        ("x*y*1e200", {"x": 1e-200, "y": 1e-150}, ["∂f/∂x ← ∂f/∂a · y = 1e200 · (1e-150) = 1e50"]),
        ("x*y", {"x": 0, "y": 1e-300}, ["f = x · y = 0 · (1e-300) = 0"]),
        ("x**y", {"x": 0.5, "y": 1e300}, ["f = x^y = 0.5^(1e300) ≈ 0"]),
        (
            "(x*y)*z",
            {"x": 1e-200, "y": 2, "z": 1e-200},
            ["∂f/∂z ← ∂f/∂f · a = 1 · (2e-200) = 2e-200"],
        ),
        ("exp(-x) * exp(-x)", {"x": 400}, ["f = b · g = 1.915e-174 · (1.915e-174) ≈ 0"]),
        ("x**0", {"x": 0}, ["∂f/∂x ← ∂f/∂f · 0 = 1 · 0 = 0"]),
        ("x**y", {"x": 4, "y": 0.5}, ["∂f/∂x ← ∂f/∂f · y · x^(y - 1) = 1 · 0.5 · 4^(-0.5) = 0.25"]),
        ("x**-1", {"x": 2}, ["∂f/∂x ← ∂f/∂f · (-1) · x⁻² = 1 · (-1) · 2⁻² = -0.25"]),
        ("sum(x)", {"x": [0.25, 1.123456]}, ["at x = [0.25, 1.123456]"]),
        ("sum(x)", {"x": [math.pi, 1]}, ["at x ≈ [3.142, 1]"]),
    ],
)
def test_lines_as_they_are_printed(source: str, values: Any, lines: list[str]) -> None:
    printed = "\n".join(plain(report(gv.run(source, values=values), width=200)))
    for line in lines:
        assert line in printed


def test_the_raw_numbers_stay_in_the_data() -> None:
    trace = gv.run("x*(1/x)", x=0.62)
    raw = trace.gradient("x")
    assert 0 < abs(raw) < 1e-15
    told = walks.data(trace)
    assert told["gradients"]["x"] == told["steps"][-1]["branch"]["total"] == raw
    assert told["steps"][-1]["accumulation"]["after"] == raw
    assert gv.run("x*(1/x)", x=0.62).to_json() == trace.to_json()


def test_what_rounding_left_is_not_passed_on() -> None:
    """Upstream 0 brings 0: everything that follows from a gradient of 0 is 0 too."""
    story = Story(gv.run("(2*x)/(2*x) + y", x=-1.13, y=1))
    printed = [line for frame in story for line in frame.formula.unicode]
    assert not any("e−" in line and "rounding" not in line for line in printed), printed
