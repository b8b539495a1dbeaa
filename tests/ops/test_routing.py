"""Ops that route select the upstream gradient: nothing is multiplied by a mask, anywhere."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.arrays.rationals import Rationals
from gradviz.engine.inside.cells import cells
from gradviz.engine.program import Program
from gradviz.mistakes.case import Case
from gradviz.ops import Op, every, get
from gradviz.ops.op import REQUIRED
from gradviz.story.catalogue import rules
from gradviz.story.frame import Story
from gradviz.story.maths import ascii as in_ascii
from gradviz.story.maths import latex, mathml, typst, unicode
from gradviz.story.maths.tree import Maths
from tests.ops.backward import elementwise

XP = for_backend()
ROUTED = [op for op in every() if op.routes is not None]
SLOTS = [(op, slot) for op in ROUTED for slot in range(len(op.inputs)) if op.differentiable(slot)]
NUMBERS = (-math.inf, -2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, math.inf, math.nan)
OPTIONS = {"low": -1, "high": 1}
WRITERS = {
    "LaTeX": (latex.write, (r"\cdot", r"\odot")),
    "typst": (typst.write, ("dot",)),
    "MathML": (mathml.write, ("·", "⊙")),
    "Unicode": (unicode.text, ("·", "⊙")),
    "ASCII": (in_ascii.write, ("*",)),
}


def options(op: Op) -> dict[str, Any]:
    return {k: OPTIONS.get(k, v) for k, v in op.options.items()}


def called(op: Op, *operands: str) -> str:
    given = [f"{k}={OPTIONS[k]}" for k, v in op.options.items() if v is REQUIRED or k in OPTIONS]
    return f"{op.name}({', '.join([*operands, *given])})"


def names(op: Op) -> list[str]:
    return [f"x{k}" for k in range(len(op.inputs))]


def named(found: Any) -> str:
    return found.name if isinstance(found, Op) else str(found)


def test_the_ops_that_are_meant() -> None:
    assert {op.name for op in ROUTED} == {
        "abs", "clip", "heaviside", "leaky_relu", "maximum", "minimum", "relu", "sign", "where",
    }  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("op", "slot"), SLOTS, ids=named)
def test_an_infinity_or_nan_goes_only_where_it_is_routed(op: Op, slot: int, dtype: str) -> None:
    """With the upstream gradient 1 the factor shows; where it is 0, anything else brings 0 too."""
    xp = for_backend("numpy", dtype)
    points = list(itertools.product((-2.0, 0.0, 0.5, 3.0), repeat=len(op.inputs)))
    operands = [xp.asarray(column) for column in np.array(points).T]
    y = op.forward(xp, *operands, **options(op))
    factor = np.asarray(elementwise(op, slot, xp, xp.ones(y.shape), y, *operands, **options(op)))
    factor = np.broadcast_to(factor, y.shape)
    for upstream in (math.inf, -math.inf, math.nan, 1e300 if dtype == "float64" else 1e30):
        g = xp.asarray(np.full(y.shape, upstream))
        brought = elementwise(op, slot, xp, g, y, *operands, **options(op))
        brought = np.broadcast_to(brought, y.shape)
        np.testing.assert_array_equal(brought[factor == 0], 0)
        np.testing.assert_array_equal(
            brought[factor != 0], (g[factor != 0] * factor[factor != 0]).astype(dtype)
        )
        for place, point in enumerate(points):
            alone = [xp.asarray(v) for v in point]
            scalar = elementwise(
                op, slot, xp, xp.asarray(upstream), y[place], *alone, **options(op)
            )
            np.testing.assert_array_equal(xp.asarray(scalar), brought[place])


def upstreams(op: Op) -> Iterator[tuple[str, dict[str, float]]]:
    for point in itertools.product(NUMBERS, repeat=len(op.inputs)):
        for g in (1.0, -3.0, math.inf, math.nan):
            yield f"{called(op, *names(op))}*g", dict(zip(names(op), point, strict=True)) | {"g": g}


@pytest.mark.parametrize("op", ROUTED, ids=named)
def test_every_path_agrees_bit_for_bit(op: Op) -> None:
    """Interpreted on floats, written out, on arrays of one number, and in a batch."""
    source = f"{called(op, *names(op))}*g"
    wrt = [names(op)[slot] for slot in range(len(op.inputs)) if op.differentiable(slot)]
    graph = gv.parse(source).bind({n.name: () for n in gv.parse(source).inputs})
    arrays = Program(graph, XP, [graph.find(name) for name in wrt])
    points = [values for _, values in upstreams(op)]
    compiled = gv.compile(source, wrt=wrt)
    found = []
    for values in points:
        fresh = gv.run(source, values=values, wrt=wrt)
        expected = {name: float(fresh.gradient(name)) for name in wrt}
        compiled.gradients(values=values)
        replayed = compiled.gradients(values=values)
        np.testing.assert_equal(replayed, expected)
        traced = compiled.trace(values=values)
        np.testing.assert_equal({n: float(traced.gradient(n)) for n in wrt}, expected)
        for step, again in zip(fresh.steps, traced.steps, strict=True):
            if step.kind == "contribute":
                np.testing.assert_equal(float(again.local), float(step.local))
                np.testing.assert_equal(float(again.contribution), float(step.contribution))
                if not math.isnan(step.contribution):
                    assert np.signbit(again.contribution) == np.signbit(step.contribution)
        known = arrays.forward([XP.asarray(values[n.name]) for n in graph.inputs])
        swept = arrays.backward(known, XP.asarray(1))
        np.testing.assert_equal({n: float(swept[graph.find(n)]) for n in wrt}, expected)
        found.append(expected)
    columns = {n.name: np.array([p[n.name] for p in points]) for n in graph.inputs}
    batch = compiled.batch(values=columns)
    for name in wrt:
        np.testing.assert_array_equal(batch.gradients[name], [f[name] for f in found])


SELECTORS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "max": ([[3.0, 3.0, 1.0]], {}),
    "min": ([[3.0, 1.0, 1.0]], {}),
    "maxpool2d": ([[[1.0, 2.0], [2.0, 0.0]]], {"size": 2}),
    "minpool2d": ([[[1.0, 2.0], [2.0, 0.0]]], {"size": 2}),
    "global_maxpool2d": ([[[1.0, 2.0], [2.0, 0.0]]], {}),
    "maxout": ([[1.0, 2.0, 5.0, 5.0]], {"pieces": 2}),
    "hinge": ([[3.0, 0.5, 1.0], [1, 1, 1]], {}),
    "squared_hinge": ([[3.0, 0.5, 1.0], [1, 1, 1]], {}),
    "multiclass_hinge": ([[3.0, 2.5, 0.0, 2.0], 0], {}),
    "nll": ([[-1.0, -2.0, -0.5], 1], {}),
    "l1": ([[1.0, 2.0], [1.0, 1.0]], {}),
    "l1_penalty": ([[0.0, 2.0, -1.0]], {}),
    "dropout": ([[1.0, 2.0, 3.0, 4.0, 5.0]], {}),
}


@pytest.mark.parametrize("upstream", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("name", SELECTORS)
def test_ops_on_whole_arrays_select_too(name: str, upstream: float) -> None:
    op, (operands, given) = get(name), SELECTORS[name]
    chosen = dict(op.options) | given
    x = [XP.asarray(v) if op.differentiable(k) else np.asarray(v) for k, v in enumerate(operands)]
    y = XP.asarray(op.forward(XP, *x, **chosen))
    usual = op.rule_for(0)(XP, XP.ones(y.shape) if y.shape else XP.asarray(1), y, *x, **chosen)
    with XP.quiet():
        g = XP.asarray(np.full(y.shape, upstream))
        found = op.rule_for(0)(XP, g, y, *x, **chosen)
    assert (usual == 0).any() and (usual != 0).any()
    np.testing.assert_array_equal(found[usual == 0], 0)
    assert not np.isfinite(found[usual != 0]).any()


@pytest.mark.parametrize("name", [name for name in SELECTORS if get(name).combine])
def test_windows_cell_by_cell_select_too(name: str) -> None:
    operands, given = SELECTORS[name]
    source = f"{name}({', '.join(['x', *(f'{k}={v}' for k, v in given.items())])})"
    shape = np.shape(gv.run(source, x=operands[0]).value("f"))
    walk = cells(gv.run(source, x=operands[0], upstream=np.full(shape, np.inf)), "f")
    back = [s for s in map(walk.step, range(1, len(walk) + 1)) if s.slot is not None]
    brought = [c for step in back for c in step.contributions]
    assert set(brought) == {0, math.inf}


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("sqrt(relu(x))", {"x": -1}, 0),  # PyTorch: 0
        ("sqrt(maximum(x, 0))", {"x": -1}, 0),
        ("sqrt(clip(x, 0, 1))", {"x": -1}, 0),
        ("sqrt(where(x > 0, x, 0))", {"x": -1}, 0),
        ("sqrt(abs(x))", {"x": 0}, 0),
        ("minimum(x, x)**0.5", {"x": 0}, math.inf),  # PyTorch: ∞
        ("sqrt(max([x, 0]))", {"x": -1}, 0),
        ("sqrt(hinge(x, 1))", {"x": 3}, 0),
        ("sqrt(leaky_relu(x, 0))", {"x": -1}, 0),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_zero_times_infinity(
    source: str, values: dict[str, float], expected: float, dtype: str
) -> None:
    compiled = gv.compile(source, dtype=dtype)
    for _ in range(3):
        assert compiled.gradients(**values) == {"x": expected}
        assert float(compiled.trace(**values).gradient("x")) == expected


TIES = [
    # The source, the gradient of x, and of y if there is one: by the rule, at x = y = 2.
    ("maximum(x, y)", 1, 0),
    ("maximum(y, x)", 0, 1),
    ("minimum(x, y)", 1, 0),
    ("minimum(y, x)", 0, 1),
    ("maximum(x, 2)", 0, None),
    ("maximum(2, x)", 0, None),
    ("minimum(x, 2)", 0, None),
    ("minimum(2, x)", 0, None),
    ("maximum(x, 1 + 1)", 0, None),
    ("maximum(4/2, x)", 0, None),
    ("c = 2; minimum(c, x)", 0, None),
    ("c = 1; d = c + c; maximum(x, sqrt(d*d))", 0, None),
    ("maximum(x, y*0 + 2)", 1, 0),
    ("relu(x - 2)", 0, None),
    ("clip(x, 2, 3)", 0, None),
    ("clip(x, 1, 2)", 0, None),
    ("abs(x - 2)", 0, None),
    ("leaky_relu(x - 2, 0.25)", 0.25, None),
    ("hinge(x - 1, 1)", 0, None),
    ("maximum(x, x)", 1, None),
    ("maximum(x - 2, 2 - x)", 1, None),  # |x − 2| in another spelling: the first wins
]


@pytest.mark.parametrize(("source", "dx", "dy"), TIES, ids=[t[0] for t in TIES])
def test_a_tie_is_decided_alike_everywhere(source: str, dx: float, dy: float | None) -> None:
    values = {"x": 2, "y": 2} if dy is not None else {"x": 2}
    expected = {"x": dx, "y": dy} if dy is not None else {"x": dx}
    for settings in ({}, {"dtype": "float32"}, {"backend": "exact"}):
        trace = gv.run(source, values=values, **settings)  # type: ignore[arg-type]
        assert {n: float(trace.gradient(n)) for n in expected} == expected
    compiled = gv.compile(source)
    assert all(compiled.gradients(values=values) == expected for _ in range(3))
    batch = compiled.batch(values={n: [v, v] for n, v in values.items()})
    assert {n: g.tolist() for n, g in batch.gradients.items()} == {
        n: [v, v] for n, v in expected.items()
    }
    case = Case(source, values)
    gradients = case.backward().gradients
    assert isinstance(case.xp, Rationals)
    assert {n: float(gradients[case.graph.find(n)]) for n in expected} == expected
    for shape in ((2,), (2, 1)):
        if "hinge" not in source:
            arrays = {n: np.full(shape, 2.0) for n in values}
            trace = gv.run(
                f"sum({source})" if ";" not in source else _summed(source), values=arrays
            )
            for name, slope in expected.items():
                np.testing.assert_array_equal(trace.gradient(name), np.full(shape, slope))


def _summed(source: str) -> str:
    *before, last = source.split("; ")
    return "; ".join([*before, f"sum({last})"])


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("sum(maximum(x, [0, 1]))", {"x": [0, 2]}, [0, 1]),
        ("sum(maximum([0, 1], x))", {"x": [0, 2]}, [0, 1]),
        ("sum(maximum(2*[0, 1], x))", {"x": [0, 3]}, [0, 1]),
        ("sum(minimum(x, [[0], [2]]))", {"x": [0, 1]}, [1, 1]),  # broadcast both ways
        ("sum(maximum(x, [0, 1, 2]))", {"x": 1}, 1),
        ("sum(maximum(x, y))", {"x": [1, 1], "y": 1}, [1, 1]),
        ("sum(maximum(y, x))", {"x": [1, 1], "y": 1}, [0, 0]),
    ],
)
@pytest.mark.parametrize("backend", ["numpy", "exact"])
def test_ties_with_arrays(source: str, values: dict[str, Any], expected: Any, backend: str) -> None:
    trace = gv.run(source, values=values, backend=backend)
    np.testing.assert_array_equal(np.asarray(trace.gradient("x"), dtype=float), expected)


def test_an_input_is_never_fixed() -> None:
    """Neither a name left out of `wrt` nor a parameter."""
    assert gv.run("maximum(x, y)", x=2, y=2, wrt="x").gradient("x") == 1
    assert gv.compile("maximum(x, y)", wrt="x").gradients(x=2, y=2) == {"x": 1}
    graph = gv.parse("a = 2*3; b = a + x; c = [1, 2] @ [3, 4]; maximum(b, c)")
    fixed = {graph.nodes[i].name for i in graph.fixed if graph.nodes[i].name}
    assert fixed == {"a", "c"}


def pieces(maths: Maths) -> Iterator[Maths]:
    waiting = [maths]
    while waiting:
        piece = waiting.pop()
        yield piece
        waiting.extend(piece.parts)


@pytest.mark.parametrize("point", [-2.0, 0.0, 0.5, [[-2.0, 0.5]]], ids=str)
@pytest.mark.parametrize("op", ROUTED, ids=named)
def test_it_is_printed_as_a_choice(op: Op, point: Any) -> None:
    source = called(op, *names(op))
    source = f"sum({source})" if isinstance(point, list) else source
    trace = gv.run(source, values=dict.fromkeys(names(op), point))
    rules_ = Story(trace).rules
    steps = [s for s in trace.steps if s.edge and trace.graph.op(s.edge.target) is op]
    assert steps
    for step in steps:
        formula = rules_.contribute(step)
        for written in (formula.rule, formula.filled, formula.index):
            if written is None:
                continue
            assert written.kind in ("choice", "number"), unicode.text(written)
            if op.name == "leaky_relu":  # what leaks is a true product with the option
                continue
            assert not any(p.kind in ("mul", "iverson") for p in pieces(written))
            for write, signs in WRITERS.values():
                assert not any(sign in write(written) for sign in signs)
        if formula.rule.kind == "choice":
            assert "where" in unicode.text(formula.rule) and "else" in unicode.text(formula.rule)


def test_rules_in_symbols_are_choices() -> None:
    for op in ROUTED:
        for rule in rules(op):
            if rule.right is not None:
                assert not any(p.kind in ("mul", "iverson") for p in pieces(rule.right))
    (rule,) = rules(get("clip"))
    assert rule.right is not None
    assert unicode.text(rule.right) == "1 where low < x < high, else 0"
    assert latex.write(rule.right) == (
        r"\begin{cases} 1 & \text{where } {\mathrm{low} < x < \mathrm{high}} \\ 0 & \text{else}"
        r" \end{cases}"
    )


def sentences(source: str, **values: Any) -> list[str]:
    story = Story(gv.run(source, **values))
    trace = story.walk.trace
    return [
        story.frame(step.number).sentence
        for step in trace.steps
        if step.edge and (op := trace.graph.op(step.edge.target)) and op.tied
    ]


@pytest.mark.parametrize(
    ("source", "values", "said"),
    [
        ("maximum(x, 0)", {"x": 0}, ["a tie", "0, as at the kink of ReLU", "take half"]),
        ("maximum(0, x)", {"x": 0}, ["a tie", "0, as at the kink of ReLU", "take half"]),
        ("maximum(x, y)", {"x": 1, "y": 1}, ["a tie", "to the first", "each half"]),
        ("clip(x, 0, 1)", {"x": 1}, ["exactly a bound", "taken as 0", "clamp takes 1"]),
        (
            "sum(maximum(x, y))",
            {"x": [0, 1], "y": [0, 0]},
            ["won 1 of 2 places", "1 is a tie, for the first"],
        ),
        ("sum(maximum(x, y))", {"x": [0, 0], "y": [0, 0]}, ["won 0 of 2 places", "2 are ties"]),
        ("sum(maximum(x, [0, 1]))", {"x": [0, 2]}, ["won 1 of 2", "1 is a tie with a constant"]),
        ("sum(maximum(x, [0, 1]))", {"x": 0}, ["1 is a tie with a constant", "the sum over"]),
        ("sum(minimum([0, 1], x))", {"x": [0, 1]}, ["won 0 of 2", "2 are ties with a constant"]),
        ("max(x)", {"x": [3, 3, 1]}, ["2 elements share the largest value, 3", "the first"]),
        ("min(x)", {"x": [1, 3, 1, 1]}, ["3 elements share the smallest value, 1", "amin"]),
        ("sum(max(x, axis=0))", {"x": [[1, 2], [1, 0]]}, ["in 1 of 2 several share it"]),
        ("sum(relu(x))", {"x": [0, 1, -1]}, ["open for 1 of 3", "1 element is exactly 0"]),
        ("sum(abs(x))", {"x": [0, 0, -1]}, ["2 elements are exactly 0", "taken as 0"]),
        (
            "sum(clip(x, 0, 1))",
            {"x": [0, 0.5]},
            ["Between the bounds: 1 of 2 elements; only that one receives", "1 element is exactly"],
        ),
        ("sum(maxpool2d(x, 2))", {"x": [[0, 0], [0, 0]]}, ["in 1 of 1 windows several cells"]),
        ("sum(maxout(x, 2))", {"x": [1, 1, 1, 2]}, ["in 1 of 2 several share"]),
        ("sum(l1(x, 1))", {"x": 1}, ["one of 0 does not pull"]),
        ("l1_penalty(x)", {"x": [0, 1]}, ["at 0 it is taken as 0"]),
        ("relu(x)", {"x": math.nan}, ["NaN is neither above nor below 0"]),
    ],
)
def test_a_tie_is_said(source: str, values: dict[str, Any], said: list[str]) -> None:
    first, *_ = sentences(source, **values)
    assert all(part in first for part in said), first


@pytest.mark.parametrize("op", ROUTED, ids=named)
def test_a_symbol_is_routed_in_words_too(op: Op) -> None:
    story = Story(gv.run(called(op, *names(op)), backend="exact"))
    for step in story.walk.trace.steps:
        if step.edge:
            assert "·" not in story.frame(step.number).sentence or op.name == "leaky_relu"


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("maximum(x, 0)", {"x": 1}),
        ("sum(maximum(x, y))", {"x": [2, 1], "y": [0, 3]}),
        ("max(x)", {"x": [3, 2, 1]}),
        ("sum(relu(x))", {"x": [1, -1]}),
        ("sum(maxpool2d(x, 2))", {"x": [[1, 0], [0, 0]]}),
    ],
)
def test_no_tie_is_said_where_there_is_none(source: str, values: dict[str, Any]) -> None:
    for sentence in sentences(source, **values):
        assert not any(word in sentence for word in ("tie", "share", "kink", "PyTorch"))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_where_selects_bit_by_bit(dtype: str) -> None:
    """The fast way gives what NumPy's gives, to the sign of a zero, broadcast or not."""
    xp, rng = for_backend("numpy", dtype), np.random.default_rng(0)
    special = np.array([0.0, -0.0, math.inf, -math.inf, math.nan, 1.5, -2.0])
    shapes = [
        ((4, 3), (4, 3), (4, 3)),
        ((4, 1), (3,), (4, 3)),
        ((3,), (4, 3), (1,)),
        ((2,), (), ()),
    ]
    for condition, a, b in shapes * 5:
        holds = rng.random(condition) < 0.5
        left, right = (xp.asarray(rng.choice(special, shape)) for shape in (a, b))
        for other in (right, 0):
            found, expected = xp.where(holds, left, other), np.where(holds, left, other)
            assert np.asarray(found).dtype == dtype
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
