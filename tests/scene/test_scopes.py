"""Open scopes in pictures: their boxes and titles, the tags in them, and the strip above."""

from __future__ import annotations

import math
from typing import Any

import pytest

import gradviz as gv
from gradviz.graph.graph import Edge
from gradviz.layout.curves import Box, hull
from gradviz.scene.model import Path, Rect, Scene, Text
from gradviz.scene.views.graph.draw import alone
from gradviz.scene.views.graph.place import PlacedGraph, place
from gradviz.story.frame import Story

STEPS = "; ".join(f"s{t}: h{t} = tanh(w*h{t - 1} + u*x{t} + b)" for t in (1, 2, 3)) + "; h3"
GIVEN = {"w": 0.9, "u": 0.5, "b": 0.1, "h0": 0.2, "x1": 1.0, "x2": -0.5, "x3": 0.8}


def brought(name: str) -> list[float]:
    """What each time step brings to a parameter, the last first, by the chain rule by hand."""
    h = [GIVEN["h0"]]
    for t in (1, 2, 3):
        h.append(math.tanh(GIVEN["w"] * h[-1] + GIVEN["u"] * GIVEN[f"x{t}"] + GIVEN["b"]))
    found, g = [], 1.0
    for t in (3, 2, 1):
        g *= 1 - h[t] ** 2
        found.append(g * {"w": h[t - 1], "u": GIVEN[f"x{t}"], "b": 1.0}[name])
        g *= GIVEN["w"]
    return found


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(gv.run(STEPS, values=GIVEN))


@pytest.fixture(scope="module")
def placed(story: Story) -> PlacedGraph:
    return place(story.trace.graph, story)


def texts(scene: Scene) -> dict[str, Text]:
    return {item.id: item for item in scene.items if isinstance(item, Text)}


def boxes(scene: Scene) -> dict[str, Box]:
    return {i.id: hull(i.points) for i in scene.items if isinstance(i, Path) and "scope" in i.role}


def node(story: Story, name: str) -> int:
    return story.trace.graph.find(name)


def test_every_step_has_a_box_with_its_own_ops_at_the_same_places(
    story: Story, placed: PlacedGraph
) -> None:
    scene = alone(placed, story.frame(1), 8.0)
    found = boxes(scene)
    assert len({round(b.h, 6) for b in found.values()}) == 1
    titles = [texts(scene)[f"{key}-title"] for key in found]
    assert [title.text for title in titles] == ["s1", "s2", "s3"]
    graph, there = story.trace.graph, placed.at(8.0, 8.0)
    offsets = []
    for box, title, t in zip(found.values(), titles, (1, 2, 3), strict=True):
        assert box.x < title.x < box.right and abs(title.y - box.y) < title.size
        inside = {i for i in there.drawn if there.card(i).meets(box)}
        ops = {n.id for n in graph.nodes if n.scope == f"s{t}"}
        assert inside == ops | {node(story, f"x{t}")}
        cards = [there.card(i) for i in sorted(ops)]
        offsets.append([(round(c.x - box.x, 6), round(c.y - box.y, 6)) for c in cards])
    assert offsets[0] == offsets[1] == offsets[2]


def test_the_strip_adds_up_what_the_tags_show(story: Story, placed: PlacedGraph) -> None:
    graph = story.trace.graph
    assert placed.shared == {node(story, name) for name in "wub"}
    assert not placed.shared & placed.axes.keys()  # they stand in the strip only
    for name in "wub":
        key, terms = node(story, name), brought(name)
        steps = [step.number for step in story.trace.contributions(key)]
        for k, at in enumerate(steps, 1):
            shown = texts(alone(placed, story.frame(at), 8.0))
            assert float(shown[f"node-{key}-gradient"].text.replace("−", "-")) == pytest.approx(
                sum(terms[:k]), rel=5e-4
            )
            notes = [t.text for i, t in shown.items() if i.startswith(f"node-{key}-note")]
            assert (f"{k} of 3" in notes) == (k < 3)
            last = story.trace.step(at).edge
            tag = shown[f"edge-{last.source}-{last.target}-{last.slot}-contribution"]
            assert float(tag.text.replace("−", "-")) == pytest.approx(terms[k - 1], rel=5e-4)
            assert tag.role == "hot" and shown[f"node-{key}-gradient"].role == "hot"
        if name == "w":
            assert notes == [f"Σ {' + '.join(f'{term:.4g}' for term in terms)}"]
    assert {edge.source for edge in placed.tags} == placed.shared
    assert len(graph.nodes) > len(placed.drawn)


def test_only_the_scope_at_work_is_hot(story: Story, placed: PlacedGraph) -> None:
    for k in range(1, len(story.trace) + 1):
        scene, step = alone(placed, story.frame(k), 8.0), story.trace.step(k)
        at_work = story.trace.graph.nodes[step.node].scope
        hot = [i for i in scene.items if isinstance(i, Path) and i.role == "scope hot"]
        titles = [texts(scene)[f"{item.id}-title"].text for item in hot]
        assert titles == [at_work]


def test_the_tag_of_the_gate_at_work_has_the_ring(story: Story, placed: PlacedGraph) -> None:
    """w is the local gradient of w·h towards h₁: its tag in step 2 is ringed, no other is."""
    w, h1 = node(story, "w"), node(story, "h1")
    (step,) = story.trace.contributions(h1)
    scene = alone(placed, story.frame(step.number), 8.0)
    rings = [i.id for i in scene.items if isinstance(i, Rect) and i.id.endswith("value-ring")]
    assert rings == [f"edge-{w}-{step.node}-0-tag-value-ring"]


def test_a_strip_hides_what_is_hidden(story: Story, placed: PlacedGraph) -> None:
    from gradviz.scene.views.graph.draw import GraphDrawing

    w = node(story, "w")
    frame = story.frame(len(story.trace))
    hidden = frozenset({(w, "value"), (w, "gradient")})
    items = GraphDrawing(placed, frame, hidden=hidden).items()
    said = {item.id for item in items if isinstance(item, Text)}
    kept = {i for i in said if i.startswith((f"node-{w}-", f"edge-{w}-"))}
    assert all("box" in i or "letter" in i for i in kept), kept


@pytest.mark.parametrize(
    "text",
    ["s: a = exp(x); a*y",  # one op
     "s: a = exp(x); s: a*y",  # everything
     "s: a = exp(x); b = log(a); s: b*y"],  # left and come back to
)  # fmt: skip
def test_scopes_without_a_box(text: str) -> None:
    placed = place(gv.parse(text), None)
    assert not placed.frames and not placed.shared


def test_a_scope_that_alone_fills_another_shares_its_box() -> None:
    text = "a: b: p = exp(x); a: b: q = log(p); a: r = exp(q); r*y"
    assert dict(place(gv.parse(text), None).scopes.titles) == {"a": "a", "a/b": "b"}
    lone = place(gv.parse("a: b: p = exp(x); a: b: q = log(p); q*y"), None)
    assert lone.scopes.titles == {"a/b": "a/b"}


def test_an_input_of_parallel_scopes_keeps_its_card() -> None:
    """Two heads use x at the same time: it forks, as an input does."""
    text = "p: a = relu(v*x); p: b = a*2; q: c = tanh(w*x); q: d = c*3; b*d"
    placed = place(gv.parse(text), None)
    assert len(placed.frames) == 2 and not placed.shared


def test_an_input_that_one_of_two_like_scopes_alone_uses_stays_outside(
    story: Story, placed: PlacedGraph
) -> None:
    """h₀ stands where h₁ and h₂ come from: outside, or the boxes would not be equal."""
    assert placed.scopes.homes[node(story, "h0")] == ""
    assert placed.scopes.homes[node(story, "x2")] == "s2"


PAIRS = ["a*b + b*a", "(a+b)*(b+a)", "maximum(a, b)*maximum(b, a)", "minimum(a, b) + minimum(b, a)"]


@pytest.mark.parametrize("text", PAIRS)
def test_swapped_ports_keep_each_contribution_at_its_own_wire(text: str) -> None:
    """Each contribution stands at the end of its wire, whichever port that is."""
    story = Story(gv.run(text, a=1.5, b=-2.25))
    placed = place(story.trace.graph, story)
    assert placed.swapped
    shown = texts(alone(placed, story.frame(len(story.trace)), 0.0))
    for edge in placed.edges:
        item = shown.get(f"edge-{edge.source}-{edge.target}-{edge.slot}-contribution")
        if item is None:
            continue
        ends = {e: placed.wires[e][-1].y for e in placed.edges if e.target == edge.target}
        middle = item.y - item.size / 3
        nearest = min(ends, key=lambda e: abs(ends[e] - middle))
        assert nearest == edge
        step = story.trace.step_of(edge)
        assert float(item.text.replace("−", "-")) == story.trace.step(step).contribution


def crossings(placed: PlacedGraph, target: int) -> bool:
    """Whether the wires of a gate arrive in another order than their sources stand."""
    first, second = (Edge(s, target, k) for k, s in enumerate(placed.graph.args[target]))
    starts = [placed.wires[edge][0].y for edge in (first, second)]
    ends = [placed.wires[edge][-1].y for edge in (first, second)]
    return (starts[0] < starts[1]) != (ends[0] < ends[1])


@pytest.mark.parametrize("text", PAIRS)
def test_wires_of_ops_that_commute_do_not_cross(text: str) -> None:
    placed = place(gv.parse(text), None)
    ops = [n.id for n in placed.graph.nodes if not n.is_leaf and len(set(n.inputs)) == 2]
    assert not any(crossings(placed, i) for i in ops)


def test_order_is_kept_where_it_matters() -> None:
    placed = place(gv.parse("(a - b)*(b - a) + a/b + b**a"), None)
    graph: Any = placed.graph
    assert {graph.nodes[i].op for i in placed.swapped} <= {"mul", "add"}
