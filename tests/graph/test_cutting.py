"""Cutting a graph at a node."""

from __future__ import annotations

import pytest

import gradviz as gv
from gradviz.graph.cutting import cut_at


def test_the_node_is_an_input_and_what_only_it_needed_is_gone() -> None:
    """x*y + z cut at the product p is p + z."""
    graph = gv.parse("p = x*y; p + z")
    cut = cut_at(graph, graph.find("p"), "p")
    assert {n.name for n in cut.inputs} == {"p", "z"}
    assert [n.op for n in cut.nodes if not n.is_leaf] == ["add"]
    trace = gv.run(cut, p=6, z=4)
    assert trace.value(cut.output) == 10


def test_what_is_needed_elsewhere_stays() -> None:
    """With q = x*y, q*x + q is cut at q: x still comes in, y does not; at q=6, x=2 it is 18."""
    graph = gv.parse("q = x*y; q*x + q")
    cut = cut_at(graph, graph.find("q"), "q")
    assert {n.name for n in cut.inputs} == {"q", "x"}
    trace = gv.run(cut, q=6, x=2)
    assert trace.value(cut.output) == 18 and trace.gradient("q") == 3 and trace.gradient("x") == 6


@pytest.mark.parametrize("text", ["x", "x*y"])
def test_cut_at_its_output_only_that_is_left(text: str) -> None:
    graph = gv.parse(text)
    cut = cut_at(graph, graph.output, "all")
    assert [n.name for n in cut.nodes] == ["all"] and cut.output == 0
