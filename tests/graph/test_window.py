"""Windows: which nodes they hold, compared with paths counted by networkx."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.graph.graph import CONSTANT, Graph
from gradviz.graph.window import MOST, Window, holding, within


def counted(window: Window) -> int:
    """Its nodes without unnamed constants."""
    rows = [window.graph.nodes[i] for i in window.nodes]
    return sum(row.op != CONSTANT or bool(row.name) for row in rows)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    lines, names = [], ["x", "y"]
    for i in range(draw(st.integers(1, 60))):
        a, b = draw(st.sampled_from(names[-6:])), draw(st.sampled_from(names))
        op = draw(st.sampled_from(["{} + {}", "{} * {}", "tanh({}) - {}", "3 * {} / {}"]))
        lines.append(f"v{i} = " + op.format(a, b))
        names.append(f"v{i}")
    return gv.parse("; ".join(lines))


def distances(graph: Graph, node: int) -> tuple[dict[int, int], dict[int, int]]:
    flow = nx.MultiDiGraph([(e.source, e.target) for e in graph.edges])
    flow.add_nodes_from(range(len(graph.nodes)))
    return (
        nx.single_source_shortest_path_length(flow.reverse(), node),
        nx.single_source_shortest_path_length(flow, node),
    )


@given(graphs(), st.integers(1, 5), st.data())
def test_hops_reach_what_is_so_many_wires_before_or_after(graph, hops, data):
    node = data.draw(st.integers(0, len(graph.nodes) - 1))
    window = within(graph, [node], hops, node)
    before, after = distances(graph, node)
    near = {i for found in (before, after) for i, far in found.items() if far <= hops}
    numbers = {n.id for n in graph.nodes if n.op == CONSTANT}
    assert window.nodes - numbers == near - numbers | ({node} - numbers)


@given(graphs(), st.data())
def test_a_window_holds_what_is_asked_with_its_operands_and_is_filled_up(graph, data):
    node = data.draw(st.sampled_from([n.id for n in graph.nodes if not n.is_leaf]))
    window = holding(graph, [node], node)
    assert {node, *graph.nodes[node].inputs} <= window.nodes
    assert counted(window) <= MOST
    assert len(window.nodes) == len(graph.nodes) or counted(window) <= MOST


@given(graphs(), st.data())
def test_every_edge_at_a_node_is_inside_coming_or_leaving(graph, data):
    node = data.draw(st.integers(0, len(graph.nodes) - 1))
    window = holding(graph, [node], node)
    touching = {e for e in graph.edges if {e.source, e.target} & window.nodes}
    leaving = [e for edges in window.leaving.values() for e in edges]
    assert sorted([*window.inside, *window.coming, *leaving]) == sorted(touching)


def test_a_value_with_many_uses_does_not_fill_the_window_with_them():
    graph = gv.parse(" + ".join(["x*1.01"] * 1500))
    middle = next(n.id for n in graph.nodes if n.op == "add" and n.id > 2000)
    window = holding(graph, [middle], middle)
    assert counted(window) <= MOST and graph.find("x") in window.nodes
    assert len(window.leaving[graph.find("x")]) > 1480
    window = holding(graph, [graph.find("x")], graph.find("x"))
    assert sum(edge.source == graph.find("x") for edge in window.inside) <= MOST // 2


def test_the_words_count_its_nodes():
    graph = gv.parse("; ".join(["a0 = sin(x)"] + [f"a{i} = sin(a{i - 1})" for i in range(1, 2000)]))
    window = within(graph, [graph.find("a700")], 3, graph.find("a700"))
    assert window.words == "window of 7 of 2,001 nodes around a700"


@pytest.mark.parametrize("count", [1, 40])
def test_all_that_is_asked_is_held_even_if_it_is_much(count):
    graph = gv.parse("; ".join(["a0 = sin(x)"] + [f"a{i} = sin(a{i - 1})" for i in range(1, 200)]))
    asked = [graph.find(f"a{100 + i}") for i in range(count)]
    assert {*asked, *(i - 1 for i in asked)} <= holding(graph, asked, asked[-1]).nodes
