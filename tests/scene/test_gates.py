"""Constants in gates: as the op declares, readable, and resolved to their nodes."""

from __future__ import annotations

import pytest

import gradviz as gv
from gradviz.engine.run import run
from gradviz.errors import ValueInputError
from gradviz.ops import registry
from gradviz.scene.framing import Framing
from gradviz.scene.model import Path, Scene, Text
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story

ALONE = Framing("none", frozenset())


def picture(
    source: str, step: int | None = None, constants: str = "gates", **values: float
) -> Scene:
    trace = run(source, values=values)
    pictures = Pictures(Story(trace), ALONE, constants=constants)
    return pictures.scene(len(trace) if step is None else step)


def in_gate(scene: Scene, node: int) -> str:
    """What stands in a gate, from the left."""
    (gate,) = (i for i in scene.items if i.id == f"node-{node}-gate")
    inside = [
        i
        for i in scene.items
        if isinstance(i, Text)
        and gate.x <= i.x <= gate.x + gate.width
        and gate.y <= i.y <= gate.y + gate.height
        and not i.id.endswith("-contribution")
    ]
    return "".join(i.text for i in sorted(inside, key=lambda i: i.x))


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("x + 1", "+1"),
        ("1 + x", "+1"),
        ("x - 3", "−3"),
        ("3 - x", "3− x"),
        ("x*2.5", "×2.5"),
        ("x*(-3)", "×(−3)"),
        ("x/4", "÷4"),
        ("1/x", "1/x"),
        ("x**3", "x3"),
        ("x**(-1)", "x−1"),
        ("2**x", "2ˣ"),
        ("max(x, 0)", "max0"),
        ("minimum(1, x)", "min1"),
        ("sqrt(2)*x", "×√2"),
        ("x/sqrt(3)", "÷√3"),
        ("x*pi", "×π"),
    ],
)
def test_a_constant_stands_in_the_gate_of_its_op(source, reads):
    scene = picture(source, x=2.0)
    graph = gv.parse(source)
    assert in_gate(scene, graph.output).replace(" ", "") == reads.replace(" ", "")
    cards = {i.id for i in scene.items if i.id.endswith("-trunk")}
    assert len(cards) == 2


@pytest.mark.parametrize(
    "source",
    ["c = 2; x*c", "x*[1, 2]@[1, 1]", "2/3*x", "x*1234567.25", "where(x > 0, x, 1)"],
    ids=["named", "array", "of constants alone", "long", "not declared"],
)
def test_other_constants_keep_their_cards(source):
    graph = gv.parse(source)
    scene = picture(source, x=2.0)
    fixed = [n.id for n in graph.nodes if n.op == "constant"]
    shown = {i.id for i in scene.items if isinstance(i, Path) and i.id.endswith("-trunk")}
    hosts = {i for i in fixed if f"node-{i}-trunk" not in shown}
    # x > 0 declares nothing, so that each of these keeps all of its constants.
    assert not hosts


def test_a_constant_that_is_the_local_gradient_lights_up_in_the_gate():
    """f = 3x: the contribution to x is 1 · 3."""
    scene = picture("3*x", x=2.0)
    graph = gv.parse("3*x")
    constant = next(n.id for n in graph.nodes if n.op == "constant")
    (number,) = (i for i in scene.items if i.id == f"node-{constant}-value")
    assert number.role == "hot" and number.text == "3"
    assert not [i for i in scene.items if i.id.endswith("value-ring")]
    before = picture("3*x", step=1, x=2.0)
    assert next(i for i in before.items if i.id == number.id).role == "ink"


def test_the_step_of_a_root_lights_the_gate_that_it_stands_in():
    trace = run("sqrt(2)*x", values={"x": 3.0})
    root = next(node.id for node in trace.graph.nodes if node.op == "sqrt")
    (step,) = (k for k in range(1, len(trace)) if trace.step(k).node == root)
    scene = Pictures(Story(trace)).scene(step)
    hot = [i.id for i in scene.items if i.role == "gate hot"]
    assert hot == [f"node-{trace.graph.output}-gate"]


def test_apart_they_have_cards_of_their_own():
    scene = picture("3*x + 1", constants="apart", x=2.0)
    texts = {i.id: i.text for i in scene.items if isinstance(i, Text)}
    assert texts["node-1-value"] == "3" and texts["node-3-value"] == "1"
    assert len([i for i in scene.items if i.id.endswith("-trunk")]) == 5


def test_every_value_and_gradient_can_be_read_back():
    source, values = "sqrt(2)*x**2 - 1/x + max(0, x)*(-3)", {"x": 2.0}
    trace = run(source, values=values)
    scene = Pictures(Story(trace)).scene(len(trace))
    texts = {i.id: i.text.replace("−", "-") for i in scene.items if isinstance(i, Text)}
    for node in trace.graph.nodes:
        if node.op != "sqrt":  # its operand is what is printed
            shown = float(texts[f"node-{node.id}-value"])
            assert shown == pytest.approx(float(trace.values[node.id]), rel=5e-4)


def test_what_ops_declare_has_a_place_for_the_number():
    for op in registry.every():
        assert len(op.with_constant) in (0, len(op.inputs))
        assert all(not text or text.count("{c}") == 1 for text in op.with_constant)


def test_an_unknown_place_is_refused():
    with pytest.raises(ValueInputError, match="unknown place for constants"):
        gv.render("3*x", "a.svg", x=1, constants="inside")
