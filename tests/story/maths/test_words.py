"""Mathematics in words: no symbol is left over, of any op and any walk, and no number is lost."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.export.reports import plain
from gradviz.export.reports.text import plain as texts
from gradviz.graph.expression import call
from gradviz.ops import Op, every
from gradviz.story import walks
from gradviz.story.catalogue import rules
from gradviz.story.maths import M, Maths, names, unicode, words
from gradviz.story.maths.words import say
from gradviz.trace.walks import Walk
from tests.scene.cell_samples import CELL_SAMPLES, cell_sample
from tests.scene.samples import SAMPLES as RUNS
from tests.scene.samples import sample
from tests.story.maths.test_writers import SOURCES

SPOKEN = re.compile(r"[\w ,.:;!?'–-]*")
"""Letters, digits and the marks of prose; a hyphen inside names such as net:mlp:2-3-1."""


def left_over(text: str) -> set[str]:
    """The symbols in a text, a minus that stands for one included."""
    symbols = {c for c in text if not SPOKEN.fullmatch(c)}
    superscripts = set(text) & set("²³¹₀₁₂ᵀᵢⱼₖ½σαβ")
    minus = {"-"} if re.search(r"(?<!\w)-|-(?!\w)", text) else set()
    return symbols | superscripts | minus


def digits(text: str) -> Counter[str]:
    """Every number in a text, as its digits; indices and powers count one by one."""
    plain_digits = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789"))
    return Counter(re.findall(r"\d", plain_digits))


# --- formulas


@pytest.mark.parametrize("maths", SOURCES, ids=[unicode.text(m) for m in SOURCES])
def test_no_symbol_is_left_in_a_formula(maths: Maths) -> None:
    assert not left_over(words.write(maths))


P, Q, R = M.name("P"), M.name("Q"), M.name("R")


@pytest.mark.parametrize(
    ("maths", "said"),
    [
        (M.mul(M.add(P, Q), R), "open bracket P plus Q close bracket times R"),
        (M.sub(P, M.sub(Q, R)), "P minus open bracket Q minus R close bracket"),
        (M.mul(P, M.number("-3")), "P times minus 3"),
        (M.mul(M.name("P", (2,)), M.name("Q", (2,))), "P times elementwise Q"),
        (M.div(P, M.add(Q, R)), "P over open bracket Q plus R close bracket"),
        (M.div(P, M.mul(Q, R)), "P over open bracket Q times R close bracket"),
        (M.pow(P, M.number(2)), "P squared"),
        (M.pow(M.add(P, Q), M.number(3)), "open bracket P plus Q close bracket cubed"),
        (M.pow(P, Q), "P to the power of Q"),
        (M.pow(M.name("e"), M.neg(P)), "exp of minus P"),
        (
            M.pow(M.name("e"), M.neg(M.mul(P, Q))),
            "exp of open bracket minus P times Q close bracket",
        ),
        (M.root(M.add(P, Q)), "the square root of open bracket P plus Q close bracket"),
        (M.bars(M.sub(P, Q)), "the absolute value of open bracket P minus Q close bracket"),
        (M.length(P), "the length of P"),
        (
            M.call("softmax_cross_entropy", P, Q),
            "softmax cross entropy of open bracket P, Q close bracket",
        ),
        (M.call("log₂", P), "log to base 2 of P"),
        (
            M.call("max", M.grid([["1", "2"]]), P),
            "max of open bracket the row 1, 2; P close bracket",
        ),
        (M.partial("f", P), "the gradient of f in P"),
        (M.differential(P), "the gradient of P"),
        (M.transpose(P), "P transposed"),
        (M.at(P, "12"), "P sub 1 2"),
        (M.at(P, "2,13"), "P sub 2 13"),
        (M.sum_over("ij", M.at(P, "ij")), "the sum over i and j of P sub i j"),
        (M.sum_axes((0,), P), "the sum along axis 0 of P"),
        (M.subscript(P, [0, "1:3"]), "P at 0, 1 up to 3"),
        (M.subscript(P, [":", "2:"]), "P at all, 2 and on"),
        (
            M.iverson(M.relation(">", P, M.number(0))),
            "open bracket 1 if P is greater than 0, else 0 close bracket",
        ),
        (M.choice([(P, M.relation("≥", Q, R))], M.number(0)), "P where Q is at least R, else 0"),
        (
            M.grid([["1", "-2"], ["3", "4"]]),
            "the matrix with row 1: 1, minus 2; row 2: 3, 4; end of the matrix",
        ),
        (M.grid([["1"], ["-2"]]), "the column 1, minus 2"),
        (M.grid([["1", "2"]]), "the row 1, 2"),
        (M.number("1.5e-7"), "1.5 times 10 to the power of minus 7"),
        (M.number("-2/3"), "minus 2 over 3"),
        (M.name("theta_1"), "theta_1"),
        (M.name("x̂"), "x hat"),
        (M.given(P, M.relation("=", Q, R)), "P, with Q equals R"),
    ],
)
def test_formulas_in_words(maths: Maths, said: str) -> None:
    assert words.write(maths) == said


def test_every_sign_has_a_word() -> None:
    signs = {*names.RELATIONS, *names.PRODUCTS, *names.GREEK_LETTERS, names.INFINITY.unicode}
    assert signs <= set(words.WORDS)
    assert set(words.TOTALS) == set(names.TOTALS) and set(words.BARS) == set(names.BARS)
    assert not any(left_over(said) for said in words.WORDS.values())


# --- a listener's arithmetic


class Listener:
    """Works out a formula of numbers from its words alone.

    A function takes the next number or bracket; a power what stands before it; a minus the whole
    power after it; times and over go from left to right.
    """

    def __init__(self, said: str) -> None:
        self.rest = said.replace("the square root of", "root of").split()

    def hears(self, *words: str) -> bool:
        if tuple(self.rest[: len(words)]) != words:
            return False
        del self.rest[: len(words)]
        return True

    def sum(self) -> float:
        total = self.product()
        while True:
            if self.hears("plus"):
                total += self.product()
            elif self.hears("minus"):
                total -= self.product()
            else:
                return total

    def product(self) -> float:
        found = self.signed()
        while True:
            if self.hears("times"):
                found *= self.signed()
            elif self.hears("over"):
                found /= self.signed()
            else:
                return found

    def signed(self) -> float:
        return -self.signed() if self.hears("minus") else self.power()

    def power(self) -> float:
        found = self.one()
        while True:
            if self.hears("squared"):
                found **= 2
            elif self.hears("cubed"):
                found **= 3
            elif self.hears("to", "the", "power", "of"):
                found **= self.argument()
            else:
                return found

    def argument(self) -> float:
        return -self.argument() if self.hears("minus") else self.one()

    def one(self) -> float:
        for function in (math.exp, abs):
            name = {math.exp: ("exp", "of"), abs: ("the", "absolute", "value", "of")}[function]
            if self.hears(*name):
                return function(self.argument())
        if self.hears("root", "of"):
            return math.sqrt(self.argument())
        if self.hears("open", "bracket"):
            found = self.sum()
            assert self.hears("close", "bracket")
            return found
        return float(self.rest.pop(0))


def meant(maths: Maths) -> float:
    """The number that a tree of numbers stands for."""
    parts = [meant(part) for part in maths.parts]
    worked_out: dict[str, Any] = {
        "number": lambda: float(Fraction(maths.text)),
        "add": lambda: parts[0] + parts[1],
        "sub": lambda: parts[0] - parts[1],
        "mul": lambda: parts[0] * parts[1],
        "div": lambda: parts[0] / parts[1],
        "over": lambda: parts[0] / parts[1],
        "neg": lambda: -parts[0],
        "pow": lambda: parts[0] ** parts[1],
        "bars": lambda: abs(parts[0]),
        "root": lambda: math.sqrt(parts[0]),
        "call": lambda: math.exp(parts[0]),
    }
    return float(worked_out[maths.kind]())


NUMBERS = st.sampled_from(["2", "3", "-1.5", "0.25", "-2", "1/3", "-3/4", "2e-3", "-5e-1"])
BINARY = (M.add, M.sub, M.mul, M.div, M.over)


def trees() -> st.SearchStrategy[Maths]:
    def larger(inner: st.SearchStrategy[Maths]) -> st.SearchStrategy[Maths]:
        power = st.builds(M.pow, inner, st.sampled_from(["2", "3", "-1", "4"]).map(M.number))
        joined = st.builds(lambda f, a, b: f(a, b), st.sampled_from(BINARY), inner, inner)
        one = st.builds(M.neg, inner) | st.builds(M.bars, inner) | power
        called = inner.map(lambda x: M.call("exp", x)) | inner.map(lambda x: M.root(M.bars(x)))
        return joined | one | called

    return st.recursive(NUMBERS.map(M.number), larger, max_leaves=6)


@given(trees())
@settings(max_examples=100, derandomize=True, deadline=None)
def test_a_listener_gets_the_same_number(maths: Maths) -> None:
    try:
        true = meant(maths)
    except (ZeroDivisionError, OverflowError):
        assume(False)
    assume(math.isfinite(true))
    said = words.write(maths)
    listener = Listener(said)
    assert listener.sum() == pytest.approx(true, rel=1e-9) and not listener.rest, said


# --- sentences


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("∂f/∂x ← ∂f/∂a · 5", "the gradient of f in x gets the gradient of f in a times 5"),
        ("dx: 0 + 5 → 5", "dx: 0 plus 5 becomes 5"),
        ("2 · (−3) = −6.", "2 times minus 3 equals minus 6."),
        ("σ(x) − y", "sigma of x minus y"),
        ("log(x0/x1) + 1", "log of open bracket x0 over x1 close bracket plus 1"),
        (
            "W₁₂ met x₂, so W receives u xᵀ.",
            "W sub 1 2 met x sub 2, so W receives u times x transposed.",
        ),
        ("x receives Wᵀ u.", "x receives W transposed times u."),
        (
            "|x − y| and ‖w‖",
            "the absolute value of open bracket x minus y close bracket and the length of w",
        ),
        ("the gradient [[1, −2], [3, 4]]", "the gradient the rows 1, minus 2; 3, 4"),
        ("[1, 2] is given", "the list 1, 2 is given"),
        ("x[0] of 3×3 cells", "x at 0 of 3 by 3 cells"),
        (
            "9·10⁻⁸ and 2e−7",
            "9 times 10 to the power of minus 8 and 2 times 10 to the power of minus 7",
        ),
        ("max(0, 1 − s)²", "max of open bracket 0, 1 minus s close bracket squared"),
        ("a batch of 3 (the first is shown)", "a batch of 3, the first is shown,"),
        ("−log p, 50 %, x ≤ ∞", "minus log p, 50 percent, x is at most infinity"),
        ("W @ x + b**2 - 1", "W times x plus b squared minus 1"),
        ("net:mlp:2-3-1", "net:mlp:2-3-1"),
        ("(h2 − t)**2", "open bracket h2 minus t close bracket squared"),
        ("y − (−x)**2", "y minus open bracket minus x close bracket squared"),
        ("Is 2 < 1? Is x = y?", "Is 2 less than 1? Is x equal to y?"),
        ("f(x)[0, ::2]", "f of x at 0, all by 2"),
        ("tanh squashes 3 into (−1, 1).", "tanh squashes 3 into the range from minus 1 to 1."),
        ("a = log₂ x, log2(y)", "a equals log to base 2 of x, log2 of y"),
        ("가중치 · भार", "가중치 times भार"),
    ],
)
def test_sentences_in_words(text: str, said: str) -> None:
    assert say(text) == said


# --- every op and every walk


CASES = [
    pytest.param(op, shapes, options, id=f"{op.name}-{i}")
    for op in every()
    for i, (shapes, options) in enumerate(op.examples)
]


def told(walk: Walk) -> Iterator[str]:
    """Everything that --plain says of a walk, index rules included."""
    yield from texts(plain.lines(walk, index=True))


@pytest.mark.parametrize("op", every(), ids=lambda op: op.name)
def test_no_symbol_is_left_of_any_rule(op: Op) -> None:
    for rule in rules(op):
        said = [words.write(rule.left), say(rule.said)]
        said += [words.write(rule.right)] if rule.right is not None else []
        assert not any(map(left_over, said)), said


@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_no_symbol_is_left_of_any_op(op: Op, shapes: Any, options: Any) -> None:
    rng = np.random.default_rng(len(shapes))
    inputs, values = [f"x{i}" for i in range(len(shapes))], {}
    for slot, (name, shape) in enumerate(zip(inputs, shapes, strict=True)):
        low, high = op.domain[0 if op.variadic else slot]
        draws = op.has_gradient(slot, shapes, options)
        drawn = rng.uniform(low, high, shape).round(3)
        values[name] = drawn if draws else np.full(shape, int(low))
    size = op.shape(*shapes, **(dict(op.options) | dict(options)))
    expression = call(op, *gv.inputs(inputs), **options)
    trace = gv.run(expression, values=values, upstream=np.ones(size))
    for line in told(trace):
        assert not left_over(line), line
    story = walks.of(trace)
    for k in range(1, len(trace) + 1):
        sentence = story.frame(k).sentence
        lost = digits(sentence) - digits(
            say(sentence).replace("squared", "2").replace("cubed", "3")
        )
        assert not lost, sentence


LONG = 100
"""A walk of more steps is for the proofs."""


def every_walk() -> Iterator[Any]:
    """A walk of each kind."""
    image = np.arange(25).reshape(5, 5) % 7 / 3 - 1
    for name in RUNS:
        yield pytest.param(sample(name), id=f"graph, {name}")
    for name in CELL_SAMPLES:
        walk, long = cell_sample(name), len(cell_sample(name)) > LONG
        yield pytest.param(walk, id=f"cells, {name}", marks=[pytest.mark.proof] * long)
    samples = {
        "neurons": ("net:mlp:2-2-1", {"x": [0.5, -1]}),
        "matrix": (
            "s = W @ x + b; softmax_cross_entropy(s, 1)",
            {"W": [[1, 2], [3, 4]], "x": [1, -1], "b": [0, 1]},
        ),
        "volumes": ("net:tiny-cnn", {"image": [image], "label": 1}),
        "im2col": ("conv2d(x, w)", {"x": [image], "w": np.ones((1, 1, 2, 2))}),
        "differences": ("p = W @ x; sum(p*p)", {"W": [[1, 2]], "x": [1, 1]}),
    }
    for view, (source, values) in samples.items():
        graph = gv.net(source.removeprefix("net:")) if source.startswith("net:") else source
        trace = gv.run(graph, values=values)
        yield pytest.param(views.walk(trace, view), id=view)
    learnt = gv.learn("q = W @ x; sum(q**2)", W=[[0.4, -0.2]], x=[0.5, 0.3], lr=0.1, passes=1)
    for name, walk in {
        "graph": learnt.trace(1),
        "update": views.walk(learnt.trace(1), "update"),
    }.items():
        yield pytest.param(walk, id=f"{name}, of a pass")
    yield pytest.param(gv.plot("sigmoid(x)", x=1), id="plot")


@pytest.mark.parametrize("walk", every_walk())
def test_no_symbol_is_left_of_any_walk(walk: Walk) -> None:
    lines = list(told(walk))
    numbered = 0 if walk.kind == "plot" else len(walk)
    assert sum(line.startswith("Step ") for line in lines) == numbered
    for line in lines:
        assert not left_over(line), line
