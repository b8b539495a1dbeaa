"""Stepping into a node: the inside computes what the outside recorded."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

import gradviz as gv
from gradviz.engine.inside.enter import can_enter
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.graph.expression import call
from gradviz.ops import Op, every

EXPANDING = [op for op in every() if op.expand is not None]
CASES = [
    pytest.param(op, shapes, options, id=f"{op.name}-{i}")
    for op in EXPANDING
    for i, (shapes, options) in enumerate(op.examples or (((((3,),) * len(op.inputs)), {}),))
]


def numbers(op: Op, shapes: Any) -> list[Any]:
    """Fractions inside the op's domain, or one of its ends for labels, as nested lists."""
    rng = random.Random(f"{op.name}{shapes}")
    found = []
    for slot, shape in enumerate(shapes):
        low, high = op.domain[slot]
        draw = (
            (
                lambda lo=low, hi=high: Fraction(
                    rng.randint(math.ceil(lo * 16), math.floor(hi * 16)), 16
                )
            )
            if op.has_gradient(slot, shapes, {})
            else (lambda lo=low, hi=high: rng.choice((int(lo), int(hi))))
        )
        array = np.empty(shape, dtype=object)
        for place in np.ndindex(shape):
            array[place] = draw()
        found.append(array.tolist())
    return found


def outside(op: Op, shapes: Any, options: Any, **settings: Any) -> Any:
    names = op.inputs[: len(shapes)]
    values = dict(zip(names, numbers(op, shapes), strict=True))
    f = call(op, *gv.inputs(list(names)), **options)
    size = op.shape(*shapes, **(dict(op.options) | dict(options)))
    rng = random.Random(op.name)
    upstream = np.empty(size, dtype=object)
    for place in np.ndindex(size):
        upstream[place] = Fraction(rng.randint(-9, 9), 7)
    return gv.run(f, values=values, upstream=upstream.tolist(), **settings)


def contributions(trace: Any) -> dict[str, Any]:
    """By name, what the inputs of a graph of one node receive."""
    return {name: g for name, g in trace.result().items() if trace.contributions(name)}


def test_enough_ops_have_an_inside() -> None:
    assert {op.name for op in EXPANDING} >= {
        "softmax",
        "log_softmax",
        "logsumexp",
        "softmax_cross_entropy",
        "sigmoid_cross_entropy",
        "nll",
        "sigmoid",
        "batchnorm",
        "layernorm",
        "linear",
        "dropout",
        "maxout",
        "embedding",
        "attention",
        "rnn",
        "norm",
        "mean",
        "mse",
        "squared_error",
        "l1",
        "l2",
        "huber",
        "hinge",
        "squared_hinge",
        "multiclass_hinge",
        "kl",
        "l1_penalty",
        "l2_penalty",
        "elastic_net",
    }


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_the_inside_computes_the_same_value_and_the_same_gradients(
    op: Op, shapes: Any, options: Any, dtype: str
) -> None:
    trace = outside(op, shapes, options, dtype=dtype)
    inside = gv.enter(trace, trace.graph.output)
    tolerance = (
        {"rtol": 1e-12, "atol": 1e-13} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-5}
    )
    assert inside.dtype == dtype and len(inside.graph.nodes) > 1
    np.testing.assert_allclose(
        inside.values[inside.graph.output], trace.values[trace.graph.output], **tolerance
    )
    expected = contributions(trace)
    assert inside.result().keys() == expected.keys()
    for name, gradient in expected.items():
        np.testing.assert_allclose(inside.gradient(name), gradient, **tolerance)


@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_the_inside_is_exact_where_the_outside_is(op: Op, shapes: Any, options: Any) -> None:
    trace = outside(op, shapes, options, backend="exact")
    inside = gv.enter(trace, trace.graph.output)
    assert inside.backend == "exact"
    pairs = [(inside.values[inside.graph.output], trace.values[trace.graph.output])]
    pairs += [(inside.gradient(name), g) for name, g in contributions(trace).items()]
    for ours, recorded in pairs:
        for a, b in zip(np.asarray(ours).flat, np.asarray(recorded).flat, strict=True):
            assert abs(sp.N(sp.sympify(a) - sp.sympify(b), 60)) < sp.Float("1e-50"), (a, b)


EDGES = (0.0, 1.0, -1.0, 0.5, 40.0, -40.0, 700.0, -700.0, 1e-300, 1e200, -1e200)
"""Kinks, zeros, tails, and numbers whose squares a float cannot hold."""


OF_SIZE_1 = {
    *("softmax", "log_softmax", "logsumexp", "softmax_cross_entropy", "attention"),
    *("batchnorm", "layernorm"),
}
"""Ops whose terms, probabilities or x̂, are of size 1, whatever the size of their operands."""


def at_an_edge(op: Op, shapes: Any, seed: int) -> list[Any]:
    """Every operand filled with few edges, so that ties are common; labels stay labels."""
    rng = random.Random(f"{op.name}{shapes}{seed}")
    edges = rng.choices(EDGES, k=2)
    found = []
    for slot, shape in enumerate(shapes):
        low, high = op.domain[slot]
        inside = [e for e in edges if low <= e <= high] or [low, high]
        choice = (
            (inside if low in (0, 0.1) else edges)
            if op.differentiable(slot)
            else [int(low), int(high)]
        )
        array = np.empty(shape)
        for place in np.ndindex(shape):
            array[place] = rng.choice(choice)
        found.append(array)
    return found


def agree_at_an_edge(op: Op, shapes: Any, options: Any, seed: int) -> bool:
    names = op.inputs[: len(shapes)]
    values = dict(zip(names, at_an_edge(op, shapes, seed), strict=True))
    upstream = np.ones(op.shape(*shapes, **(dict(op.options) | dict(options))))
    try:
        trace = gv.run(
            call(op, *gv.inputs(list(names)), **options), values=values, upstream=upstream
        )
    except ValueInputError:
        return False
    outside_ = {name: trace.gradient(name) for name in contributions(trace)}
    if not all(np.isfinite(v).all() for v in (trace.value("f"), *outside_.values())):
        return False
    inside = gv.enter(trace, trace.graph.output)
    steps = [g for g in inside.gradients if g is not None]
    if not all(np.isfinite(v).all() for v in (*inside.values, *steps)):
        return False  # a step between has a value or a gradient beyond any float
    value = trace.value("f")
    pairs = [(inside.values[inside.graph.output], value, 0.0)]
    for name, gradient in outside_.items():
        largest = float(np.abs(values[name]).max(initial=0)) or 1.0
        slant = min(float(np.abs(value).max(initial=0)) / max(largest, 1e-300), 1e300)
        pairs.append((inside.gradient(name), gradient, slant))
    for ours, recorded, terms in pairs:
        size = max(np.abs(recorded).max(initial=0), terms, op.name in OF_SIZE_1)
        np.testing.assert_allclose(
            ours, recorded, rtol=1e-12, atol=1e-12 * size, err_msg=f"{op.name} at {values}"
        )
    return True


@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_the_inside_agrees_at_kinks_zeros_and_in_tails(op: Op, shapes: Any, options: Any) -> None:
    """A tie or a zero is decided inside as outside, and nothing is lost where the op keeps it."""
    assert sum(agree_at_an_edge(op, shapes, options, seed) for seed in range(5))


@pytest.mark.proof
@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_the_inside_agrees_at_many_edges(op: Op, shapes: Any, options: Any) -> None:
    assert sum(agree_at_an_edge(op, shapes, options, seed) for seed in range(5, 60))


def test_softmax_is_exp_sum_divide() -> None:
    trace = gv.run("p = softmax(s); sum(p*[1, 0, 0])", s=[3.2, 5.1, -1.7])
    inside = gv.enter(trace, "p")
    assert [n.op for n in inside.graph.nodes] == ["input", "exp", "sum", "div"]
    assert inside.value("exps") == pytest.approx([24.5325, 164.0219, 0.1827], abs=1e-4)
    assert inside.value("total") == pytest.approx(188.7371, abs=1e-4)
    np.testing.assert_array_equal(inside.seed, [1, 0, 0])


def test_sigmoid_is_the_circuit_of_the_lecture() -> None:
    """Karpathy's σ circuit (CS231n): 1.00, −1.00, 0.37, 1.37, 0.73 forward; 0.20, −0.20, −0.53,
    −0.53 back.
    """
    inside = gv.enter(gv.run("sigmoid(x)", x=1), "f")
    assert [n.op for n in inside.graph.nodes if not n.is_leaf] == [
        "neg",
        "exp",
        "add",
        "reciprocal",
    ]
    values = [inside.values[n.id] for n in inside.graph.nodes if not n.is_leaf]
    assert values == pytest.approx([-1, math.exp(-1), 1 + math.exp(-1), 1 / (1 + math.exp(-1))])
    gradients = [
        round(float(inside.gradients[n.id]), 2) for n in inside.graph.nodes if not n.is_leaf
    ]
    assert gradients == [-0.20, -0.53, -0.53, 1.0]
    assert inside.gradient("x") == pytest.approx(0.19661193324148185)


def test_batchnorm_is_the_staged_graph() -> None:
    inside = gv.enter(
        gv.run("sum(batchnorm(x, g, b)**2)", x=[[1, 2], [3, 6]], g=[1, 2], b=[0, 1]), "a"
    )
    assert [n.op for n in inside.graph.nodes if not n.is_leaf] == [
        "mean",
        "sub",
        "pow",
        "mean",
        "add",
        "sqrt",
        "reciprocal",
        "mul",
        "mul",
        "add",
    ]
    assert inside.value("mu").tolist() == [[2, 4]]
    assert inside.value("variance").tolist() == [[1, 4]]


def test_a_recurrent_layer_unrolls_and_its_weights_are_branches() -> None:
    x = np.linspace(-1, 1, 12).reshape(6, 2)
    trace = gv.run(
        "sum(rnn(x, h, wx, wh, b)**2)",
        x=x,
        h=[0, 0],
        wx=[[0.5, -1], [1, 0.25]],
        wh=[[0.5, 0.1], [-0.3, 0.7]],
        b=[0.1, 0],
    )
    inside = gv.enter(trace, "a")
    assert (
        len(inside.contributions("wh"))
        == len(inside.contributions("wx"))
        == len(inside.contributions("b"))
        == 6
    )
    parts = sum(np.asarray(s.contribution) for s in inside.contributions("wh"))
    np.testing.assert_allclose(parts, trace.gradient("wh"), rtol=1e-12)


def test_a_long_recurrent_layer_does_not_recurse() -> None:
    trace = gv.run("sum(rnn(x, h, wx, wh))", x=np.ones((3000, 1)), h=[0.5], wx=[[0.1]], wh=[[0.5]])
    assert gv.enter(trace, "a").gradient("wh") == pytest.approx(trace.gradient("wh"))


def test_dropout_shows_its_mask_as_a_constant() -> None:
    trace = gv.run("sum(dropout(x, p=0.5, seed=4))", x=[1, 2, 3, 4, 5, 6, 7, 8])
    inside = gv.enter(trace, "a")
    mask = inside.value("mask")
    assert inside.graph.nodes[inside.graph.find("mask")].op == "constant"
    assert trace.gradient("x").tolist() == [2 * m for m in mask] and set(mask) == {0, 1}


EXTREME = [
    ("sigmoid(x)", {"x": 1000}),
    ("sigmoid(x)", {"x": -1000}),
    ("sum(softmax(x)*[1, 2, 3])", {"x": [1000, -1000, 999]}),
    ("sum(log_softmax(x)*[1, 2, 3])", {"x": [1000, -1000, 999]}),
    ("logsumexp(x)", {"x": [1000, -1000, 999]}),
    ("sum(logsumexp(x, axis=0))", {"x": [[1000, -5], [990, 1e4]]}),
    ("softmax_cross_entropy(x, 1)", {"x": [1000, -1000, 0]}),
    ("softmax_cross_entropy(x, [0, 2])", {"x": [[1000, -1000, 0], [1, 2, 3]]}),
    ("softmax_cross_entropy(x, [0.5, 0, 0.5])", {"x": [1000, -1000, 0]}),
    ("sigmoid_cross_entropy(x, [0, 1, 0])", {"x": [1000, -1000, 3]}),
]


@pytest.mark.parametrize(("text", "values"), EXTREME)
def test_scores_of_a_thousand_stay_finite_inside_too(text: str, values: dict[str, Any]) -> None:
    trace = gv.run(text, values=values)
    node = next(n for n in trace.graph.nodes if can_enter(trace, n.id))
    inside = gv.enter(trace, node)
    assert all(np.all(np.isfinite(v)) for v in inside.values)
    np.testing.assert_allclose(
        inside.values[inside.graph.output], trace.values[node.id], rtol=1e-12
    )
    np.testing.assert_allclose(inside.gradient("x"), trace.gradient("x"), rtol=1e-12, atol=1e-15)


def test_the_shift_of_softmax_is_shown_only_where_it_is_needed() -> None:
    small, large = (gv.enter(gv.run("softmax(s)", s=[0, top]), "f") for top in (3, 300))
    assert "shift" not in [n.name for n in small.graph.nodes]
    assert large.value("shift").tolist() == [300] and large.value("shifted").tolist() == [-300, 0]


def test_operands_keep_their_names_and_labels() -> None:
    inside = gv.enter(gv.run("sum(mse(2*p, target))", p=[1, 2], target=[0, 1]), 4)
    assert [n.name for n in inside.graph.inputs] == ["a", "target"]


def test_names_of_intermediates_give_way_to_the_operands() -> None:
    inside = gv.enter(gv.run("softmax_cross_entropy(exps, total)", exps=[1, 2], total=0), "f")
    assert [n.name for n in inside.graph.nodes if n.name] == [
        "total",
        "exps",
        "y",
        "exps_",
        "total_",
        "p",
    ]


def test_an_operand_that_is_used_twice_is_one_input() -> None:
    trace = gv.run("sum(attention(x, x, x))", x=[[1, 2], [3, -1]])
    inside = gv.enter(trace, "a")
    assert [n.name for n in inside.graph.inputs] == ["x"]
    np.testing.assert_allclose(inside.gradient("x"), trace.gradient("x"), rtol=1e-12)


def test_constants_stay_constants_and_take_no_gradient() -> None:
    inside = gv.enter(gv.run("mse(p, [1, 2])", p=[3, 4]), "f")
    assert list(inside.result()) == ["p"] and [n.name for n in inside.graph.inputs] == ["p"]


def test_gradients_are_taken_where_the_original_took_them() -> None:
    values = {"x": [1, 2], "w": [[1, 2]], "b": [1]}
    assert list(gv.enter(gv.run("sum(linear(x, w, b))", values=values, wrt="w"), "a").result()) == [
        "w"
    ]
    labels = gv.enter(gv.run("softmax_cross_entropy(s, k)", s=[1, 2], k=1), "f")
    assert list(labels.result()) == ["s"]


@pytest.mark.parametrize("text", ["softmax(s)", "mean(s) * s"])
def test_without_a_gradient_there_is_a_forward_pass_only(text: str) -> None:
    trace = gv.run(text, s=[1, 2])
    inside = gv.enter(trace, 1)
    assert not trace.has_backward and not inside.has_backward
    assert "forward pass only" in inside.note
    np.testing.assert_allclose(inside.values[inside.graph.output], trace.values[1])


def test_symbols_are_stepped_into() -> None:
    inside = gv.enter(gv.run("sigmoid(x)", backend="exact"), "f")
    x = sp.Symbol("x", real=True)
    assert sp.simplify(inside.gradient("x") - sp.diff(1 / (1 + sp.exp(-x)), x)) == 0


def test_a_reloaded_trace_is_stepped_into_alike_and_the_inside_is_saved() -> None:
    trace = gv.run("softmax_cross_entropy(dropout(s, p=0.25), k)", s=[[1, 2, 3]], k=[1])
    again = gv.Trace.from_json(trace.to_json())
    for node in ("a", "f"):
        inside = gv.enter(again, node)
        assert inside.to_json() == gv.enter(trace, node).to_json()
        assert gv.Trace.from_json(inside.to_json()).gradient(
            "s" if node == "a" else "a"
        ).tolist() == (inside.gradient("s" if node == "a" else "a").tolist())


@pytest.mark.parametrize(
    ("node", "error", "what"),
    [
        ("x", ValueInputError, "x is an input: there is nothing to step into"),
        (2, ValueInputError, "node 2 is a constant: there is nothing to step into"),
        ("f", ValueInputError, "f is one step of add: there is nothing to step into"),
        ("q", UnknownNameError, "the graph has no node called 'q'"),
        (99, UnknownNameError, "there is no node 99"),
    ],
)
def test_what_has_no_inside(node: Any, error: type[Exception], what: str) -> None:
    with pytest.raises(error) as caught:
        gv.enter(gv.run("sigmoid(x) + 1", x=2), node)
    assert what in str(caught.value)
    if node == "f":
        assert "one of" in str(caught.value) and "sigmoid" in str(caught.value)
