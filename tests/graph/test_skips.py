"""Residual blocks: which edges go past a block, and what is said of them."""

from __future__ import annotations

import pytest

import gradviz as gv
from gradviz.graph import skips
from gradviz.story.frame import Story

NUMBERS = {"x": 1.0, "w": 0.5, "v": 2.0}


@pytest.mark.parametrize(
    ("source", "skip", "body"),
    [
        ("b: h = relu(w*x); b: y = v*h + x; y**2", ["x->y"], 1),
        ("b: h = relu(w*x); b: y = x + v*h; y**2", ["x->y"], 1),
        ("q = w*x; b: y = tanh(q) + q; y**2*v", ["q->y"], 1),
        ("b1: y = tanh(x) + x; b2: z = tanh(y) + y; z*w*v", ["x->y", "y->z"], 2),
        ("b: h = relu(w*x); b: part: k = v*h; b: y = k + x; y**2", ["x->y"], 1),
        ("h = relu(w*x); y = v*h + x; y**2", [], 0),  # no scope
        ("b: h = relu(w*v); b: y = h + x; y**2", [], 0),  # h is not made of x
        ("b: q = w*x; b: y = tanh(q) + q; y**2*v", [], 0),  # q is made within the block
        ("b: y = x + x; y*w*v", [], 0),
        ("q = tanh(x); b: y = q + x; y*w*v", [], 0),  # q is made outside of it
    ],
)
def test_a_skip_goes_past_what_is_made_of_it(source: str, skip: list[str], body: int) -> None:
    trace = gv.run(source, values=NUMBERS)
    graph, labels = trace.graph, Story(trace).labels
    roles = {edge: skips.role(graph, edge) for edge in graph.edges}
    found = [f"{labels[e.source]}->{labels[e.target]}" for e, r in roles.items() if r == "skip"]
    assert sorted(found) == sorted(skip)
    assert list(roles.values()).count("body") == body


def test_what_is_said_of_the_skip_and_of_the_body() -> None:
    story = Story(gv.run("b: h = tanh(w*x); b: y = v*h + x; y**2", values=NUMBERS))
    said = " ".join(frame.sentence for frame in story)
    assert "through the skip x receives it unchanged, past the block." in said
    assert "takes it back into the block, the skip past it." in said
    alone = Story(gv.run("b: h = tanh(w*x); b: y = v*h + x; y**2", values=NUMBERS, wrt=["v"]))
    assert "both" not in " ".join(frame.sentence for frame in alone)


def test_every_block_of_a_residual_network_has_its_skip() -> None:
    graph = gv.net("resnet18")
    found = [edge for edge in graph.edges if skips.is_skip(graph, edge)]
    assert len(found) == 5  # of eight blocks three change the size, with a projection as skip
