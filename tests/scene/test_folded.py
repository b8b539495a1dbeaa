"""Pictures of folded networks: nothing meets, and a whole network is legible on a slide."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.run import run
from gradviz.errors import ValueInputError
from gradviz.graph.builder import Builder
from gradviz.graph.fold.plan import folded, plan
from gradviz.layout.grid import Canvas
from gradviz.scene.characters import CharacterScene
from gradviz.scene.framing import Framing
from gradviz.scene.model import Cells, Path, Rect, Text
from gradviz.scene.views.graph.magnitudes import THICKEST, THINNEST, Magnitudes
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from gradviz.trace import Trace
from tests.scene.test_pictures import check_clear, check_still
from tests.strategies import Sample, scoped_runs

SLIDE = 1920


@given(scoped_runs(), st.integers(1, 2), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_folded_graphs_are_clear_and_still(sample: Sample, depth, data):
    trace = gv.fold(sample.run(), depth=depth)
    pictures = Pictures(Story(trace))
    steps = data.draw(st.lists(st.integers(0, len(trace)), min_size=1, max_size=2, unique=True))
    every = [pictures.scene(k) for k in [*steps, len(trace)]]
    for scene in every:
        check_clear(scene)
    check_still(every)
    check_clear(pictures.bare())


@functools.cache
def network(blocks: int = 20) -> Trace:
    """An image through cards in a chain, as in AlexNet: a linear map and a nonlinearity in turn,
    then the sum.
    """
    builder = Builder()
    here = builder.input("image", shape=[3, 24, 24])
    for k in range(blocks // 2):
        w = builder.input(
            f"w{k}", scope=f"conv{k}", shape=[24, 24], init={"kind": "constant", "value": 0}
        )
        here = builder.apply("matmul", [here, w], scope=f"conv{k}")
        here = builder.apply("relu", [here], scope=f"relu{k}")
    random = np.random.default_rng(0)
    values = {
        n.name: random.normal(size=n.options["shape"]) / 5 for n in builder.graph(here).inputs
    }
    return run(
        builder.graph(builder.apply("sum", [here], {"axis": None, "keepdims": False})),
        values=values,
    )


def test_twenty_cards_fit_on_a_slide():
    pictures = Pictures(Story(gv.fold(network(), depth=1)))
    for k in (0, 12, 30, 43):
        scene = pictures.scene(k)
        check_clear(scene)
        assert scene.width <= SLIDE and scene.width / scene.height > 1.2
        assert min(i.size for i in scene.items if isinstance(i, Text)) > 6.5
    assert not pictures.notes


def test_a_card_says_its_title_its_shape_and_its_parameters():
    scene = Pictures(Story(gv.fold(network(), depth=1)), Framing("none")).scene(1)
    texts = {i.id: i.text for i in scene.items if isinstance(i, Text)}
    assert texts["node-1-symbol"] == "conv0" and texts["node-1-line-1"] == "3×24×24"
    assert texts["node-1-line-2"] == "576 parameters"
    assert texts["node-2-symbol"] == "relu0" and "node-2-line-2" not in texts
    gate = next(i for i in scene.items if i.id == "node-1-gate")
    assert isinstance(gate, Rect) and gate.role == "gate hot" and gate.radius == 8
    assert "node-1-label" not in {i.id for i in scene.items}  # the title says it already
    assert "conv0 turns 3×24×24 into 3×24×24." in texts["sentence-1"]


def test_heatmaps_beside_cards_are_small_and_drawn_once():
    scene = Pictures(Story(gv.fold(network(), depth=1)), Framing("none")).scene(43)
    heats = {i.id: i for i in scene.items if isinstance(i, Cells)}
    assert max(heats["node-1-value"].width, heats["node-1-value"].height) == 36
    assert "edge-1-2-0-contribution" not in heats  # it would be the heatmap of the gradient again
    assert "node-1-gradient" in heats and "node-1-value-caption-0" not in {
        i.id for i in scene.items
    }


def test_the_bare_graph_shows_shapes_where_they_are_known():
    graph = network().graph
    scene = Pictures.of_graph(folded(graph, plan(graph, 1))).bare()
    check_clear(scene)
    assert {"3×24×24", "576 parameters"} <= {i.text for i in scene.items if isinstance(i, Text)}


def test_boxes_of_cards_in_the_terminal():
    trace = gv.fold(network(4), depth=1)
    story = Story(trace)
    scene = CharacterScene(story)
    canvas = Canvas(scene.layout, scene.paint(story.frame(len(trace))))
    rows = [
        "".join(text for text, _ in canvas.row(y, 0, scene.layout.width))
        for y in range(scene.layout.height)
    ]
    picture = "\n".join(rows)
    assert "conv0" in picture and "576 parameters" in picture and "conv0: conv0" not in picture


def test_long_titles_are_cut():
    builder = Builder()
    out = builder.apply("exp", [builder.input("x")], scope="a" * 80)
    trace = gv.fold(run(builder.graph(builder.apply("neg", [out])), x=1.0), depth=1)
    scene = Pictures(Story(trace)).scene(1)
    check_clear(scene)
    title = next(i for i in scene.items if i.id == "node-1-symbol")
    assert isinstance(title, Text) and title.text.endswith("…")


def test_wires_by_magnitude():
    """f = 3x + 4y: x gets 3, y gets 4, and each product gets 1: norms 3, 4, 1, 1, the widest is
    y's.
    """
    trace = run("sum(3*x + 4*y)", x=[1.0], y=[2.0])
    made = Magnitudes(trace)
    x, y = trace.graph.find("x"), trace.graph.find("y")
    widths = {edge.source: made.width(edge) for edge in trace.recording.edges}
    assert widths[y] == THICKEST and widths[x] == pytest.approx(
        THINNEST + (THICKEST - THINNEST) * 3 / 4
    )
    assert made.note.endswith("the thickest brings 4.")
    pictures = Pictures(Story(trace), Framing("none"), edges="magnitude")
    assert made.note in pictures.notes
    first, last = pictures.scene(0), pictures.scene(len(trace))
    wires = {i.id: i.width for i in last.items if isinstance(i, Path)}
    one, hot = (next(e for e in trace.recording.edges if e.source == node) for node in (x, y))
    assert wires[f"edge-{x}-{one.target}-{one.slot}-wire"] == widths[x]
    assert (
        wires[f"edge-{y}-{hot.target}-{hot.slot}-hot"] == THICKEST
    )  # of this step, so it alone is thick
    assert wires[f"edge-{y}-{hot.target}-{hot.slot}-wire"] is None
    wires = [i for i in first.items if isinstance(i, Path) and i.role.startswith("wire")]
    assert wires and all(i.width is None for i in wires)
    check_clear(last)


def test_norms_that_overflow_or_are_not_finite():
    trace = run("sum(x * [1e200, 1e200])", x=[1.0, 2.0])
    made = Magnitudes(trace)
    assert max(made.norms.values()) == pytest.approx(2**0.5 * 1e200)  # (1e200)² would be infinite
    broken = Magnitudes(run("sum(x * y)", x=[1.0], y=[float("inf")]))
    edges = [e for e, norm in broken.norms.items() if norm == float("inf")]
    assert edges and all(broken.width(e) == THICKEST for e in edges)
    nothing = Magnitudes(run("sum(x * 0)", x=[1.0], upstream=0))
    assert all(nothing.width(e) == THINNEST for e in nothing.norms)


def test_exact_numbers_have_no_magnitude():
    with pytest.raises(ValueInputError, match="magnitudes of exact numbers"):
        Pictures(Story(run("x*y", backend="exact")), edges="magnitude")
