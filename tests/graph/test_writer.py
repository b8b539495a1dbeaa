"""Graphs into text and back: the same graph, with no bracket too many."""

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import ParseError, UnknownNameError
from gradviz.graph.builder import Builder
from gradviz.graph.expression import graph_of, inputs, scope
from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.graph.text.grammar import INFIX
from gradviz.graph.text.parser import parse
from gradviz.graph.text.writer import constant, write
from gradviz.ops import registry
from gradviz.ops.registry import by_operator
from tests.sampled import sampled


def complete(node: Node) -> str:
    """The options with the op's defaults, as text, so that 0, 0.0 and False differ and nan equals
    itself.
    """
    defaults = {} if node.is_leaf else registry.get(node.op).options
    return repr(sorted({**defaults, **node.options}.items()))


def ends(graph: Graph) -> list[int]:
    """What nothing is computed from, and the output last."""
    loose = [n for n in graph.nodes if not graph.consumers[n.id] and n.id != graph.output]
    inputs = sorted((n for n in loose if n.op == INPUT), key=lambda n: n.name)
    return [n.id for n in (*inputs, *(n for n in loose if n.op != INPUT))] + [graph.output]


def assert_same(a: Graph, b: Graph) -> None:
    """The graphs are isomorphic: same ops, options, edges, sharing and names; new names only where
    shared.
    """
    assert len(a.nodes) == len(b.nodes)
    pairs = dict(zip(ends(a), ends(b), strict=True))
    waiting = list(pairs.items())
    while waiting:
        first, second = waiting.pop()
        one, two = a.nodes[first], b.nodes[second]
        assert (one.op, complete(one), len(one.inputs)) == (two.op, complete(two), len(two.inputs))
        shared = len(a.consumers[first]) > 1 or (first == a.output and a.consumers[first])
        assert two.name == one.name or (not one.name and shared)
        for i, j in zip(one.inputs, two.inputs, strict=True):
            if i not in pairs:
                pairs[i] = j
                waiting.append((i, j))
            assert pairs[i] == j
    assert sorted(pairs) == sorted(pairs.values()) == list(range(len(a.nodes)))


@pytest.mark.parametrize(
    "text",
    [
        "x*y + z",
        "-x**2",
        "(-x)**2",
        "2**-x",
        "(x**y)**z",
        "x**y**z",
        "x - (y - z)",
        "x - y - z",
        "x/(y/z)",
        "x/y*z",
        "x*(y/z)",
        "(x + y)*z",
        "-(x + y)",
        "-x*y",
        "--x",
        "x - -y",
        "x + -3",
        "-3*x",
        "(-3)**x",
        "-3**x",
        "--3",
        "-(3)",
        "-(inf)",
        "-True",
        "-x[0]",
        "(-x)[0]",
        "(-3)[0]",
        "3[0]",
        "(x + y)[1:3, -1, ..., None, [0, 2], ::2]",
        "x[0][1]",
        "(x < y) == (y < z)",
        "(x < y)*(y < z)",
        "x @ y @ z",
        "x @ (y @ z)",
        "exp(x + y)**2",
        "maximum(maximum(x, 0), y)",
        "max(x, axis=0)",
        "sum(x, axis=(0,), keepdims=True)",
        "clip(x, low=-1)",
        "leaky_relu(x, slope=0.2)",
        "reshape(x, shape=(2, -1))",
        "reshape(x, shape=[2, 3])",
        "where(x > 0, x, -x)",
        "concatenate([x, y], axis=-1)",
        "concatenate([x])",
        "stack([x, y], axis=1)",
        "stack([1, 2])",
        "[x, 2]",
        "[[a, 2], [3, b]]",
        "stack([[1, 2], [3, 4]])",
        "[[1, 2], x]",
        "[pi, 1]",
        "[1, [2, 3][0]]",
        "W.T @ (x + y).T",
        "x[0].T**2",
        "transpose(x, axes=(1, 0))",
        "-[1, 2]",
        "pi",
        "inf",
        "-inf",
        "nan",
        "True",
        "[[0.1, 1e-07], [-2, 1e+16]]",
        "[]",
        "x",
        "q = W @ x; sum(q**2)",
        "s = x + y; f = s*s",
        "a = 3; a*x + a",
        "x*y; x + 1",
        "unused; x + 1",
        "t = x*y; t + 1; t",
        "x + x",
        "p = pi; p*p",
    ],
)
def test_text_in_its_shortest_form_comes_back(text: str) -> None:
    graph = parse(text)
    assert write(graph) == text
    assert_same(graph, parse(write(graph)))


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("((x))*(y) + ((z))", "x*y + z"),
        ("add(x, mul(y, neg(z)))", "x + y*-z"),
        ("max(x,y,0)", "maximum(maximum(x, y), 0)"),
        ("sum(x, None, False)", "sum(x)"),
        ("index(x, ['1:3', 'newaxis'])", "x[1:3, None]"),
        ("q = x; q*q", "x*x"),
        ("transpose(W)", "W.T"),
        ("NaN", "nan"),
        ("1_000 + 0.50", "1000 + 0.5"),
        ("stack(x, y)", "[x, y]"),
        ("\n\nx  +\ty # sum", "x + y"),
    ],
)
def test_what_can_be_said_shorter_is(text: str, shortest: str) -> None:
    assert write(parse(text)) == shortest


# Any graph

LEAVES = st.sampled_from(
    [3, 0, -3, 2.5, -0.5, -0.0, math.inf, -math.inf, math.nan, True, "pi", [1, -2], [[1.0], [2.0]]]
)
CHOICES: list[tuple[str, int, list[dict[str, Any]]]] = [
    *((by_operator(operator.op).name, 2, [{}]) for operator in INFIX.values()),
    ("neg", 1, [{}]),
    ("exp", 1, [{}]),
    ("maximum", 2, [{}]),
    ("where", 3, [{}]),
    (
        "sum",
        1,
        [{}, {"axis": None, "keepdims": False}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}],
    ),
    ("max", 1, [{"axis": 1}, {}]),
    ("reshape", 1, [{"shape": (2, -1)}, {"shape": ()}]),
    ("concatenate", 3, [{}, {"axis": -1}]),
    ("stack", 2, [{"axis": 1}]),
    ("index", 1, [{"index": [0]}, {"index": ["1:", "...", "newaxis", [0, -1]]}]),
    ("leaky_relu", 1, [{"slope": 0.2}, {}]),
]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs as Python builds them: shared nodes, names here and there, nodes that lead nowhere."""
    builder = Builder()
    nodes = [builder.input(name) for name in draw(st.sampled_from(["x", "xy", "xyt"]))]
    names = iter(["q", "t1", "loss", "Größe", "sum", "r", "s"])
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.integers(0, 5))
        if kind == 0:
            node = builder.constant(draw(LEAVES))
        elif kind == 1:
            node = builder.apply("stack", [draw(st.sampled_from(nodes[:1])), nodes[0]], {"axis": 0})
        else:
            op, arity, options = draw(st.sampled_from(CHOICES))
            operands = [draw(st.sampled_from(nodes)) for _ in range(arity)]
            node = builder.apply(op, operands, draw(st.sampled_from(options)))
        if draw(st.integers(0, 4)) == 0 and (name := next(names, "")):
            builder.name(node, name)
        nodes.append(node)
    return builder.graph(draw(st.sampled_from(nodes[-3:])))


@settings(deadline=None, max_examples=400)
@given(graphs())
def test_every_graph_comes_back(graph: Graph) -> None:
    text = write(graph)
    again = parse(text)
    assert_same(graph, again)
    assert write(again) == text


@settings(deadline=None, max_examples=200)
@given(graphs(), st.data())
def test_every_part_of_a_graph_can_be_written(graph: Graph, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from(graph.nodes))
    again = parse(write(graph, node))
    assert write(graph, node.id) == write(graph, node)
    needed, waiting = {node.id}, [node.id]
    while waiting:
        for i in graph.nodes[waiting.pop()].inputs:
            if i not in needed:
                needed.add(i)
                waiting.append(i)
    assert Counter(n.op for n in again.nodes) == Counter(graph.nodes[i].op for i in needed)
    output = again.nodes[again.output]
    assert (output.op, complete(output)) == (node.op, complete(node))


@settings(deadline=None, max_examples=200)
@given(graphs())
def test_no_bracket_can_be_left_out(graph: Graph) -> None:
    text = write(graph)
    for start, stop in groups(text):
        shorter = text[:start] + " " + text[start + 1 : stop] + " " + text[stop + 1 :]
        try:
            other = write(parse(shorter))
        except ParseError:
            continue
        assert other != text, shorter


def groups(text: str) -> list[tuple[int, int]]:
    """The pairs of round brackets that are no call and no tuple."""
    found: list[tuple[int, int]] = []
    open_: list[int] = []
    for i, character in enumerate(text):
        if character == "(":
            open_.append(i)
        elif character == ")":
            start = open_.pop()
            before = text[start - 1] if start else " "
            if not (before.isalnum() or before in "_="):
                found.append((start, i))
    return found


# From Python


def test_a_shared_node_without_a_name_gets_one() -> None:
    b = Builder()
    x, t1 = b.input("x"), b.input("t1")
    product = b.apply("mul", [x, t1])
    graph = b.graph(b.apply("add", [product, product]))
    assert write(graph) == "t2 = x*t1; t2 + t2"


def test_a_shared_constant_stays_one_node() -> None:
    b = Builder()
    two = b.constant(2)
    graph = b.graph(b.apply("pow", [b.apply("mul", [two, b.input("x")]), two]))
    assert write(graph) == "t1 = 2; (t1*x)**t1"
    assert_same(graph, parse(write(graph)))


def test_names_that_text_cannot_hold_are_changed_and_stay_different() -> None:
    b = Builder()
    names = ["conv 1", "conv_1", "pi", "lambda", "a·b"]
    nodes = [b.input(name) for name in names]
    total = nodes[0]
    for node in nodes[1:]:
        total = b.apply("add", [total, node])
    text = write(b.graph(total))
    assert text == "conv_1_2 + conv_1 + pi_ + lambda_ + a_b"
    assert len(parse(text).inputs) == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(0.1), "0.1"),
        (np.int64(-3), "-3"),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (np.array([True, False]), "[True, False]"),
        (np.array(2.5), "2.5"),
        ((1, (2.0)), "[1, 2.0]"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-1, 3), "-1/3"),
        (Fraction(4), "4"),
        ([Fraction(1, 2), 3], "[1/2, 3]"),
        (-math.nan, "nan"),
        (-0.0, "-0.0"),
        (10**30, "1" + "0" * 30),
    ],
)
def test_values_of_constants(value: Any, text: str) -> None:
    assert constant(value)[0] == text


@pytest.mark.parametrize(
    ("op", "value", "text"),
    [
        ("pow", Fraction(1, 3), "(1/3)**x"),
        ("mul", Fraction(-1, 3), "-1/3*x"),
        ("pow", np.float64(-2.0), "(-2.0)**x"),
        ("add", np.array([1.0, 2.0]), "[1.0, 2.0] + x"),
    ],
)
def test_values_beside_operators(op: str, value: Any, text: str) -> None:
    b = Builder()
    graph = b.graph(b.apply(op, [b.constant(value), b.input("x")]))
    assert write(graph) == text
    assert parse(text).inputs[0].name == "x"


def test_exact_values_from_sympy_can_be_read_back() -> None:
    sympy = pytest.importorskip("sympy")
    b = Builder()
    total = b.apply("add", [b.constant(sympy.Rational(2, 6)), b.constant(sympy.sqrt(2) / 2)])
    text = write(b.graph(b.apply("mul", [total, b.input("x")])))
    assert text == "(1/3 + (sqrt(2)/2))*x"
    ops = [n.op for n in parse(text).nodes if n.op != CONSTANT]
    assert ops == ["input", "div", "sqrt", "div", "add", "mul"]


def test_a_named_part_is_found_by_its_name() -> None:
    graph = parse("q = W @ x; r = q + 1; sum(r**2) + sum(q)")
    assert write(graph, "r") == "q = W @ x; r = q + 1"
    assert write(graph, "x") == "x"
    with pytest.raises(UnknownNameError, match="'nothing'"):
        write(graph, "nothing")


@sampled(
    "text",
    [
        " + ".join(["x"] * 40_000), "**".join(["x"] * 40_000), "-" * 20_000 + "x",
        "exp(" * 20_000 + "x" + ")" * 20_000, "x" + "[0]" * 30_000,
    ], few=2,
    ids=["sums", "powers", "minus", "calls", "indices"])  # fmt: skip
def test_long_chains(text: str) -> None:
    assert write(parse(text)) == text


def test_a_chain_of_100_000_nodes() -> None:
    b = Builder()
    node = b.input("x")
    for _ in range(100_000):
        node = b.apply("sub", [b.constant(1), node])
    text = write(b.graph(node))
    assert text.count("(") == 99_999
    assert text.startswith("1 - (1 - (1 - ") and text.endswith("1 - x" + ")" * 99_999)


def test_scopes_are_written_as_labels():
    text = "s1: a = tanh(w*x + 2); s2: inner: b = exp(a); b*3"
    assert write(parse(text)) == text


def test_a_statement_of_several_scopes_has_no_label():
    (x,) = inputs("x")
    with scope("inner"):
        y = np.exp(x)
    with scope("outer"):
        y = y * y + 1
    with scope("not a word"):
        z = np.tanh(y)
    assert write(graph_of(z)) == "inner: t1 = exp(x); tanh(t1*t1 + 1)"
