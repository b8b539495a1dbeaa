"""Two graphs as one: hand-made matches, and that each graph stands whole in the union."""

from __future__ import annotations

from itertools import combinations

import pytest

import gradviz as gv
from gradviz.graph.graph import Edge, Graph
from gradviz.graph.union import Union, union
from tests.pair_samples import EXAMPLES, example


def bound(text: str, **shapes: tuple[int, ...]) -> Graph:
    graph = gv.parse(text)
    return graph.bind({name: shapes.get(name, ()) for name in graph.input_names})


def ops(made: Union, side: int | None) -> list[str]:
    """The ops that only one graph has, or both."""
    return [
        node.op
        for node, pair in zip(made.graph.nodes, made.nodes, strict=True)
        if not node.is_leaf and (None in pair) == (side is not None)
        if side is None or pair[side] is not None
    ]


def check(first: Graph, second: Graph) -> Union:
    """Every node and edge of both stands in the union exactly once, operands before what uses
    them, and what is matched is the same op with the same options.
    """
    made = union(first, second)
    for side, graph in enumerate((first, second)):
        own = [pair[side] for pair in made.nodes if pair[side] is not None]
        assert sorted(own) == list(range(len(graph.args)))
        edges = [ends[side] for ends in made.edges.values() if ends[side] is not None]
        assert sorted(edges) == sorted(graph.edges)
        for at, ends in made.edges.items():
            edge = ends[side]
            if edge is not None:
                assert made.nodes[at.source][side] == edge.source
                assert made.nodes[at.target][side] == edge.target
                assert made.graph.nodes[at.target].inputs[at.slot] == at.source
    assert {Edge(*edge) for edge in made.graph.edges} == set(made.edges)
    assert all(at.source < at.target for at in made.edges)
    for i, j in made.nodes:
        if i is not None and j is not None:
            a, b = first.nodes[i], second.nodes[j]
            assert a.op == b.op and (a.op != "input" or a.name == b.name)
            assert a.is_leaf or dict(a.options) == dict(b.options)
    return made


@pytest.mark.parametrize(
    ("first", "second", "common", "own"),
    [
        ("x*y + z", "x*y + z", ["mul", "add"], ([], [])),
        ("x*y + z", "x*y - z", ["mul"], (["add"], ["sub"])),
        ("x**2 + 1", "x**3 + 2", ["pow", "add"], ([], [])),
        ("w2*tanh(w1*x)", "w2*relu(w1*x)", ["mul", "mul"], (["tanh"], ["relu"])),
        ("exp(x) + exp(x)", "exp(x)", ["exp"], (["exp", "add"], [])),
        ("x + y", "y + x", [], (["add"], ["add"])),
        ("x - 1", "1 - x", [], (["sub"], ["sub"])),
        ("h = tanh(x); L = h*h", "h = relu(x); L = h*h", ["mul"], (["tanh"], ["relu"])),
        ("sum(x, axis=0)", "sum(x, axis=1)", [], (["sum"], ["sum"])),
        ("a*b", "x*y", [], (["mul"], ["mul"])),
        ("x*sqrt(2)", "x*sqrt(2)", ["sqrt", "mul"], ([], [])),
        ("x*sqrt(2)", "x*sqrt(3)", ["mul"], (["sqrt"], ["sqrt"])),
    ],
)
def test_what_is_the_same(
    first: str, second: str, common: list[str], own: tuple[list[str], list[str]]
) -> None:
    shapes = {"x": (2, 2)} if "axis" in first else {}
    made = check(bound(first, **shapes), bound(second, **shapes))
    assert sorted(ops(made, None)) == sorted(common)
    assert (sorted(ops(made, 0)), sorted(ops(made, 1))) == (sorted(own[0]), sorted(own[1]))


def test_equal_graphs_are_one() -> None:
    graph = example("three-layers").graph
    made = check(graph, graph)
    assert made.nodes == tuple((i, i) for i in range(len(graph.args)))


def test_an_operand_that_differs_has_two_slots() -> None:
    made = check(bound("w2*tanh(x)"), bound("w2*relu(x)"))
    (product,) = [n for n in made.graph.nodes if n.op == "mul"]
    sources = [made.graph.nodes[i] for i in product.inputs]
    assert [s.name or s.op for s in sources] == ["w2", "tanh", "relu"]


def test_operands_never_go_round_in_a_circle() -> None:
    """By their names, a would come before b in one graph and after it in the other."""
    made = check(bound("a = x*2; b = a + y; b*3"), bound("b = x + y; a = b*2; a*3"))
    assert not {"a", "b"} & {
        node.name for node, pair in zip(made.graph.nodes, made.nodes, strict=True)
        if None not in pair
    }  # fmt: skip


@pytest.mark.parametrize("pair", list(combinations([e.name for e in EXAMPLES], 2)), ids="-".join)
def test_examples(pair: tuple[str, str]) -> None:
    check(*(example(name).graph for name in pair))


@pytest.mark.parametrize("name", ["mlp:2-3-1", "mlp:2-5-1", "mlp:2-3-3-1", "tiny-cnn", "rnn:2-3"])
def test_networks(name: str) -> None:
    """A wider network has all its ops in common with a smaller one, a deeper one the first."""
    other = gv.net("mlp:2-3-1")
    first, second = (g.bind(_shapes(g)) for g in (other, gv.net(name)))
    made = check(first, second)
    if name.startswith("mlp"):
        assert ops(made, None) == ["linear", "relu", "linear"] and not ops(made, 0)


def _shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    from gradviz.graph.declared import declared_shape

    return {n.name: declared_shape(n.options) or () for n in graph.inputs}
