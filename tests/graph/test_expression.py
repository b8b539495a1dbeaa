"""Graphs built in Python: operators on both sides, NumPy's functions, and what only a number can
do.
"""

import math
import operator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import ExpressionError, GradvizError, UnknownNameError, ValueInputError
from gradviz.graph.expression import Expression, graph_of
from gradviz.graph.graph import Edge
from gradviz.ops import every

x, y, z = gv.inputs("x y z")
A = np.array([[1.0, 2.0], [3.0, 4.0]])


def output(f: Any, **values: Any) -> Any:
    trace = gv.run(f, **values)
    return trace.value(trace.graph.output)


OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
]  # fmt: skip


@pytest.mark.parametrize(
    "other", [2, 2.0, Fraction(2), np.float64(2), np.float32(2), np.int64(2), np.array(2.0)]
)
@pytest.mark.parametrize("apply", OPERATORS, ids=lambda f: f.__name__)
def test_operators_on_both_sides(apply: Any, other: Any) -> None:
    assert output(apply(x, other), x=3.0) == apply(3.0, 2.0)
    assert output(apply(other, x), x=3.0) == apply(2.0, 3.0)
    assert output(apply(x, y), x=3.0, y=2.0) == apply(3.0, 2.0)


@pytest.mark.parametrize("apply", OPERATORS[:5], ids=lambda f: f.__name__)
def test_operators_with_arrays_and_lists(apply: Any) -> None:
    for other in (A, A.tolist()):
        np.testing.assert_array_equal(output(apply(x, other), x=3.0), apply(3.0, A))
        np.testing.assert_array_equal(output(apply(other, x), x=3.0), apply(A, 3.0))


def test_one_operand() -> None:
    assert (output(-x, x=3), output(+x, x=3), output(abs(x), x=-3)) == (-3, 3, 3)
    assert +x is x


def test_matrix_product_on_both_sides() -> None:
    assert output(A @ x, x=[1, 1]).tolist() == [3, 7]
    assert output(x @ A, x=[1, 1]).tolist() == [4, 6]
    assert output(A.tolist() @ x, x=[1, 1]).tolist() == [3, 7]


NUMPY = [
    (lambda v: np.exp(v), 0.5),
    (lambda v: np.log1p(v), 0.5),
    (lambda v: np.arctan(v), 0.5),
    (lambda v: np.tanh(v), 0.5),
    (lambda v: np.sqrt(v), 2.0),
    (lambda v: np.square(v), 3.0),
    (lambda v: np.negative(v), 3.0),
    (lambda v: np.abs(v), -3.0),
    (lambda v: np.positive(v), 3.0),
    (lambda v: np.reciprocal(v), 4.0),
    (lambda v: np.power(v, 3), 2.0),
    (lambda v: np.maximum(v, 1), 2.0),
    (lambda v: np.minimum(1, v), 2.0),
    (lambda v: np.multiply(v, A), 2.0),
    (lambda v: np.float64(2) * v, 3.0),
    (lambda v: v * np.float32(2), 3.0),
    (lambda v: np.add(v, v), 3.0),
    (lambda v: np.greater(v, 1), 2.0),
    (lambda v: np.where(v > 1, v, 0), A),
    (lambda v: np.where(A > 1, v, 0), A),
    (lambda v: np.sum(v), A),
    (lambda v: np.sum(v, 0), A),
    (lambda v: np.sum(v, axis=-1, keepdims=True), A),
    (lambda v: np.sum(v, None, None, None), A),
    (lambda v: np.mean(v, axis=(0, 1)), A),
    (lambda v: np.average(v, 1), A),
    (lambda v: np.max(v, axis=1), A),
    (lambda v: np.amin(v), A),
    (lambda v: np.prod(v, axis=np.int64(0)), A),
    (lambda v: np.dot(v, A), A),
    (lambda v: np.dot(A, v), A),
    (lambda v: np.matmul(v, v), A),
    (lambda v: v @ A, A),
    (lambda v: np.clip(v, 2, 3), A),
    (lambda v: np.clip(v, None, 3), A),
    (lambda v: np.clip(v, a_min=2, a_max=None), A),
    (lambda v: np.clip(v, min=2, max=3), A),
    (lambda v: np.reshape(v, 4), A),
    (lambda v: np.reshape(v, (1, -1)), A),
    (lambda v: np.ravel(v), A),
    (lambda v: np.transpose(v), A),
    (lambda v: np.transpose(v, (1, 0)), A),
    (lambda v: v.T, A),
    (lambda v: np.concatenate([v, v]), A),
    (lambda v: np.concatenate((v, A), 1), A),
    (lambda v: np.stack([v, v], axis=1), A),
    (lambda v: np.stack((v, A)), A),
    (lambda v: np.linalg.norm(v), A),
    (lambda v: np.linalg.norm(v, axis=0), A),
    (lambda v: np.linalg.norm(v, None, 1, True), A),
    (lambda v: v.sum(0), A),
    (lambda v: v.mean(axis=1), A),
    (lambda v: v.max(), A),
    (lambda v: v.min(keepdims=True), A),
    (lambda v: v.prod(1), A),
    (lambda v: v.reshape(4, 1), A),
    (lambda v: v.reshape((4,)), A),
    (lambda v: v.dot(A), A),
    (lambda v: v.ravel(), A),
    (lambda v: v.flatten(), A),
    (lambda v: v.transpose(1, 0), A),
    (lambda v: v.transpose(), A),
    (lambda v: v[0], A),
    (lambda v: v[0, 1], A),
    (lambda v: v[:, ::-1], A),
    (lambda v: v[..., None], A),
    (lambda v: v[[1, 0, 1]], A),
    (lambda v: v[np.array([0, 0])], A),
    (lambda v: v[np.int64(1)], A),
    (lambda v: v[-1:], A),
]


@pytest.mark.parametrize("k", range(len(NUMPY)))
def test_numpy_on_an_expression_is_numpy_on_its_value(k: int) -> None:
    function, value = NUMPY[k]
    built = function(x)
    assert isinstance(built, Expression)
    np.testing.assert_allclose(output(built, x=value), function(value), rtol=1e-15)


def test_expressions_in_lists_become_a_stack() -> None:
    assert output(np.float64(1) * gv.stack([x, 2, y]), x=1, y=3).tolist() == [1, 2, 3]
    assert output([x, 1] * y, x=5, y=2).tolist() == [10, 2]
    with pytest.raises(ExpressionError, match="is not an array yet") as caught:
        A @ [x, y]
    assert "gv.stack" in caught.value.hint


def test_every_op_is_a_function() -> None:
    for op in every():
        function = getattr(gv, op.name)
        assert (
            function.__name__ == op.name
            and op.summary in function.__doc__
            and op.signature() in function.__doc__
        )
    assert (
        output(gv.leaky_relu(x, 0.5), x=-2)
        == output(gv.leaky_relu(x, negative_slope=0.5), x=-2)
        == -1
    )
    assert output(gv.clip(x=x, low=0), x=-2) == 0
    with pytest.raises(AttributeError, match="sigmoit"):
        gv.sigmoit  # noqa: B018


@pytest.mark.parametrize(
    ("ask", "kind", "says"),
    [
        (lambda: list(x), ExpressionError, "one by one: x[0]"),
        (lambda: len(x), ExpressionError, "one by one"),
        (lambda: sum(x), ExpressionError, "one by one"),
        (lambda: 1 in x, ExpressionError, "no elements"),
        (lambda: bool(x > 0), ExpressionError, "gv.where"),
        (lambda: 0 < x < 1, ExpressionError, "gv.where"),
        (lambda: max(x, 0), ExpressionError, "gv.where"),
        (lambda: 1 if x else 2, ExpressionError, "gv.where"),
        (lambda: float(x), ExpressionError, "gv.run"),
        (lambda: int(x), ExpressionError, "gv.run"),
        (lambda: complex(x), ExpressionError, "gv.run"),
        (lambda: range(x), ExpressionError, "gv.run"),
        (lambda: np.asarray(x), ExpressionError, "NumPy's functions"),
        (lambda: np.array([x, y]), ExpressionError, "gv.stack"),
        (lambda: np.add.reduce(x), ExpressionError, "np.add.reduce"),
        (lambda: np.add(x, y, where=True), ExpressionError, "np.add with where"),
        (lambda: np.fft.fft(x), UnknownNameError, "no op for np.fft"),
        (lambda: np.logaddexp(x, y), UnknownNameError, "no op for np.logaddexp"),
        (lambda: np.linalg.norm(x, 1), UnknownNameError, "'ord'"),
        (lambda: np.sum(x, dtype=int), UnknownNameError, "'dtype'"),
        (lambda: np.average(x, 0, [1, 2]), UnknownNameError, "'weights'"),
        (lambda: gv.sum(x, axes=0), UnknownNameError, "did you mean axis"),
        (lambda: gv.sum(x, keepdims="yes"), ValueInputError, "True or False"),
        (lambda: gv.sum(x, axis=y), ValueInputError, "plain value"),
        (lambda: gv.leaky_relu(x, slope="a"), ValueInputError, "is a number"),
        (lambda: gv.add(x), ValueInputError, "add lacks b"),
        (lambda: gv.add(x, y, z), ValueInputError, "at most 2"),
        (lambda: gv.add(x, y, a=z), ValueInputError, "'a' twice"),
        (lambda: gv.clip(x), ValueInputError, "'low'"),
        (lambda: gv.stack([x, y], 0, 1), ValueInputError, "too many arguments"),
        (lambda: gv.add(x, 1j), ValueInputError, "cannot be part of a graph"),
        (lambda: gv.add(x, np.array([1j])), ValueInputError, "complex128"),
        (lambda: gv.add(x, None), ValueInputError, "cannot be part"),
        (lambda: x * ["a"], ValueInputError, "cannot be part"),
        (lambda: x[1.5], GradvizError, "not a valid index"),
        (lambda: x[y], ExpressionError, "gv.run"),
        (lambda: x[True], GradvizError, "not a valid index"),
        (lambda: x.named("2x"), ValueInputError, "not a name"),
        (lambda: gv.inputs("x x"), ValueInputError, "given twice"),
        (lambda: gv.inputs(""), ValueInputError, "no names"),
        (lambda: gv.inputs("pi"), ValueInputError, "not a name"),
        (lambda: gv.inputs("a-b"), ValueInputError, "not a name"),
        (lambda: gv.inputs([1]), ValueInputError, "not a name"),
    ],
)  # fmt: skip
def test_what_only_a_number_can_do_is_refused_with_advice(
    ask: Any, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind) as caught:
        ask()
    assert says in str(caught.value)


@pytest.mark.parametrize("other", [1j, None, "a", object()])
def test_python_itself_refuses_what_no_graph_can_hold(other: Any) -> None:
    with pytest.raises(TypeError):
        x * other


@pytest.mark.parametrize(
    ("ask", "instead"),
    [
        (lambda: x % 2, "no op takes remainders"),
        (lambda: 2 % x, "no op takes remainders"),
        (lambda: x // 2, "divide with /"),
        (lambda: 2 // x, "divide with /"),
        (lambda: divmod(x, 2), "divide with /"),
        (lambda: round(x), "no op rounds"),
        (lambda: math.floor(x), "no op rounds"),
        (lambda: pow(x, 2, 3), "remainders"),
        (lambda: x & y, "a * b is 1 where both conditions hold"),
        (lambda: x | y, "gv.maximum(a, b)"),
        (lambda: x ^ y, "** is the power"),
        (lambda: ~x, "1 - a"),
        (lambda: x << 2, "x * 2**n"),
        (lambda: x >> 2, "x / 2**n"),
        (lambda: f"{x:.2f}", "gv.run(…) gives it a value"),
        (lambda: x.__setitem__(0, 1), "gv.where(condition, a, b)"),
        (lambda: x.__delitem__(0), "gv.where(condition, a, b)"),
        (lambda: x.reshape(3, 2, order="F"), "x.T.reshape(3, 2).T"),
        (lambda: "a" + x, "numbers or arrays"),
        (lambda: x + None, "numbers or arrays"),
        (lambda: x ** "2", "numbers or arrays"),
        (lambda: x * {}, "numbers or arrays"),
        (lambda: x < 1j, "numbers or arrays"),
    ],
)
def test_what_no_op_stands_for_says_what_to_write_instead(ask: Any, instead: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        ask()
    assert instead in str(caught.value)


def test_what_is_advised_instead_is_right() -> None:
    """Reading column by column, and the conditions that stand for &, |, ^ and ~."""
    a = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(
        gv.run(x.T.reshape(3, 2).T, x=a, upstream=np.ones((2, 3))).value("f"),
        a.reshape(2, 3, order="F"),
    )
    for p, q in ((0, 0), (0, 1), (1, 0), (1, 1)):
        found = gv.run(gv.stack((x > 0) * (y > 0), gv.maximum(x > 0, y > 0)), x=p, y=q).value("f")
        assert found.tolist() == [p & q, p | q]
        assert gv.run(((x > 0) != (y > 0)) * 1, x=p, y=q).value("f") == p ^ q
        assert gv.run(1 - (x > 0), x=p).value("f") == 1 - p


def test_reshape_and_transpose_take_numpys_keywords() -> None:
    assert gv.run(x.reshape(shape=(3, 2), order="C"), x=np.ones((2, 3))).value("f").shape == (3, 2)
    assert gv.run(x.transpose(axes=(1, 0)), x=np.ones((2, 3))).value("f").shape == (3, 2)


@pytest.mark.parametrize("name", ["shape", "ndim", "dtype", "item"])
def test_attributes_of_arrays_are_told_where_they_are(name: str) -> None:
    with pytest.raises(AttributeError, match=r"gv\.run"):
        getattr(x, name)


def test_hashing_is_by_identity() -> None:
    a, b = gv.inputs("a"), gv.inputs("a")
    table = {a[0]: 1, b[0]: 2}
    assert (table[a[0]], table[b[0]], len({x, x, y})) == (1, 2, 2)


def test_comparisons_build_conditions() -> None:
    for condition, op in (
        (x < y, "less"),
        (x == y, "equal"),
        (x != 1, "not_equal"),
        (x >= 1, "greater_equal"),
    ):
        assert isinstance(condition, Expression) and condition.op == op


def test_inputs_are_always_a_tuple() -> None:
    assert isinstance(gv.inputs("x"), tuple)
    assert (
        [i.name for i in gv.inputs("a, b c")]
        == [i.name for i in gv.inputs(["a", "b", "c"])]
        == ["a", "b", "c"]
    )


def test_a_graph_is_in_written_order_with_inputs_first() -> None:
    shared = x * y
    graph = graph_of((shared + 1) / (shared - z))
    assert [n.op for n in graph.nodes] == [
        "input",
        "input",
        "input",
        "mul",
        "constant",
        "add",
        "sub",
        "div",
    ]
    assert [n.name for n in graph.inputs] == ["x", "y", "z"]
    assert graph.output == 7 and all(i < n.id for n in graph.nodes for i in n.inputs)
    assert graph.consumers[3] == (Edge(3, 5, 0), Edge(3, 6, 0))


def test_what_is_written_is_kept() -> None:
    """x + x is one node with two edges, and two mentions of a constant are two nodes."""
    assert graph_of(x + x).edges == (Edge(0, 1, 0), Edge(0, 1, 1))
    assert [n.op for n in graph_of((x + 1) * (x + 1)).nodes].count("add") == 2
    common = x + 1
    assert [n.op for n in graph_of(common * common).nodes].count("add") == 1


def test_names() -> None:
    q = (x * y).named("q")
    graph = graph_of(q + z)
    assert graph.find("q") == graph.find(q) == 3 and graph.nodes[3].name == "q"
    with pytest.raises(ValueInputError, match="two different nodes are called 'q'"):
        graph_of(q + (x + y).named("q"))
    with pytest.raises(ValueInputError, match="two different nodes are called 'x'"):
        graph_of(x + gv.inputs("x")[0])


@pytest.mark.parametrize(
    "text",
    [
        "x*y + z",
        "-x**2",
        "(-x)**2",
        "x - (y - z)",
        "sum(x @ y, axis=0)",
        "max(x, y)",
        "where(x > 0, x, 0.5)",
        "x[0]",
    ],
)
def test_the_repr_is_the_text(text: str) -> None:
    """What the writer prints parses to the same graph again."""
    graph = gv.parse(text)
    again = {
        "x*y + z": x * y + z,
        "-x**2": -(x**2),
        "(-x)**2": (-x) ** 2,
        "x - (y - z)": x - (y - z),
        "sum(x @ y, axis=0)": gv.sum(x @ y, axis=0),
        "max(x, y)": np.maximum(x, y),
        "where(x > 0, x, 0.5)": gv.where(x > 0, x, 0.5),
        "x[0]": x[0],
    }[text]
    assert repr(again).startswith("<gradviz ")
    printed = gv.parse(repr(again).removeprefix("<gradviz ").removesuffix(">"))
    assert [(n.op, n.inputs) for n in printed.nodes] == [(n.op, n.inputs) for n in graph.nodes]


def test_a_long_repr_is_cut() -> None:
    f = x
    for _ in range(200):
        f = f + y
    assert repr(f).endswith("…>") and len(repr(f)) < 100
