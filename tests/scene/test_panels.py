"""Two walks side by side, read back from the picture: every number is that of its run after the
steps that it has done, nothing moves or overlaps, runs of one graph stand in the same places.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.export.drawing import Drawing
from gradviz.export.look import Look
from gradviz.scene.blocks import NUMBER
from gradviz.scene.framing import Framing
from gradviz.scene.model import Rect, Scene, Text
from gradviz.trace.panels import PanelWalk
from tests.panel_samples import CIRCUIT, EVERY, POINT, run
from tests.scene.test_agreement import read, unit
from tests.scene.test_pictures import check_clear

SIDES = "ab"
GRAPHS = ("passes", "passes of arrays", "other numbers", "sigmoid", "residual", "updates")
SOME = ("passes",)


def drawing(name: str, **look: Any) -> tuple[PanelWalk, Any]:
    walk = EVERY[name]()
    return walk, Drawing(walk, Look(**look)).deck


def texts(scene: Scene) -> dict[str, str]:
    return {item.id: item.text for item in scene.items if isinstance(item, Text)}


def check_numbers(walk: PanelWalk, scene: Scene, k: int) -> int:
    """Compare what is shown of the nodes of graphs with what was recorded."""
    compared = 0
    for side, trace, done in zip(SIDES, walk.runs, walk.held[k], strict=True):
        for key, said in texts(scene).items():
            found = re.fullmatch(rf"{side}-node-(\d+)-(value|gradient)((?:-\d+)*)", key)
            if found is None or (shown := read(said)) is None:
                continue
            node, cell = int(found[1]), tuple(map(int, found[3].split("-")[1:]))
            by = trace.value_by if found[2] == "value" else trace.gradient_by
            recorded = np.atleast_2d(np.asarray(by(node, done), dtype=float))
            exact = float(recorded[cell or (0, 0)])
            assert abs(float(shown) - exact) <= 0.51 * float(unit(shown, 3)), (key, k)
            compared += 1
    return compared


def everywhere(name: str) -> None:
    """Everything that holds of every step of a walk."""
    walk, deck = drawing(name)
    gates, compared = set(), 0
    for k in range(len(walk) + 1):
        scene = deck.scene(k)
        assert max(Counter(item.id for item in scene.items).values()) == 1, k
        if name in GRAPHS:  # other views are checked for themselves
            check_clear(scene)
        boxes = [i for i in scene.items if isinstance(i, Rect) and i.id.endswith("-gate")]
        gates.add(tuple(sorted((i.id, i.x, i.y, i.width) for i in boxes)))
        if name in GRAPHS:
            compared += check_numbers(walk, scene, k)
    assert len(gates) == 1
    assert compared > 0 or name not in GRAPHS


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(name) for name in SOME),
        *(pytest.param(n, marks=pytest.mark.proof) for n in EVERY if n not in SOME),
    ],
)
def test_numbers_are_those_of_the_runs_and_nothing_moves(name: str) -> None:
    everywhere(name)


def places(scene: Scene, side: str) -> dict[str, tuple[float, float]]:
    """Where the gates of a panel are, from its first."""
    found = {
        item.id.removeprefix(f"{side}-"): (item.x, item.y)
        for item in scene.items
        if isinstance(item, Rect) and item.id.startswith(f"{side}-") and "-gate" in item.id
    }
    x, y = found[min(found)]
    return {key: (round(a - x, 6), round(b - y, 6)) for key, (a, b) in found.items()}


@pytest.mark.parametrize("name", ["passes", "other numbers"])
def test_runs_of_one_graph_stand_in_the_same_places(name: str) -> None:
    """Also where one has much longer numbers."""
    walk, deck = drawing(name)
    scene = deck.scene(len(walk))
    assert places(scene, "a") == places(scene, "b")


@pytest.mark.parametrize(
    "name",
    ["residual", *(pytest.param(n, marks=pytest.mark.proof) for n in ("sigmoid", "other numbers"))],
)
def test_numbers_of_both_are_of_one_size_and_as_many_digits(name: str) -> None:
    walk, deck = drawing(name)
    scene = deck.scene(len(walk))
    sizes = {
        side: {
            round(item.size, 6)
            for item in scene.items
            if isinstance(item, Text) and re.fullmatch(rf"{side}-node-\d+-value", item.id)
        }
        for side in SIDES
    }
    assert max(sizes["a"], default=0) == max(sizes["b"], default=0)  # those in gates are smaller


@pytest.mark.proof
def test_a_number_that_both_have_is_written_alike() -> None:
    """σ(1) = 0.7311 on a card of few nodes and on one of many, which has room for three digits."""
    first, second = run("sigmoid(x)*x", x=1), run("x/(1 + exp(-x))", x=1)
    deck = Drawing(gv.beside(first, second), Look()).deck
    said = texts(deck.scene(4))
    assert said["a-node-2-value"] == next(
        text for key, text in said.items() if key.startswith("b-node") and text.startswith("0.731")
    )


@pytest.mark.proof
@pytest.mark.parametrize(("name", "least"), [("passes", 15), ("sigmoid", 15), ("residual", 13)])
def test_numbers_are_legible_on_half_a_slide(name: str, least: float) -> None:
    """Of graphs of up to eight cards; alone they have 20 points."""
    _, deck = drawing(name)
    scene = deck.scene(0)
    numbers = [i for i in scene.items if isinstance(i, Text) and "-value" in i.id]
    assert min(item.size for item in numbers) >= least
    assert deck.notes == []


def test_beside_its_values_a_backward_pass_has_its_gradients() -> None:
    """The values of the right panel step back; none of the left has a gradient."""
    walk, deck = drawing("passes")
    scene = deck.scene(len(walk))
    roles = {item.id: item.role for item in scene.items if isinstance(item, Text)}
    assert not any(key.startswith("a-") and "gradient" in key for key in roles)
    values = {k: r for k, r in roles.items() if re.fullmatch(r"b-node-\d+-value", k)}
    assert set(values.values()) == {"muted"} and len(values) == 7
    assert {roles[k.replace("b-", "a-")] for k in values} == {"value"}
    assert sum(bool(re.fullmatch(r"b-node-\d+-gradient", key)) for key in roles) == 7


@pytest.mark.proof
def test_wide_figures_stand_below_each_other() -> None:
    walk, deck = drawing("two convolutions")
    names = [i for i in deck.scene(1).items if isinstance(i, Text) and i.id.endswith("-name")]
    first, second = names
    assert first.y < second.y
    said = texts(deck.scene(1))
    assert said["a-sentence-1"].startswith(f"{walk.names[0]}: ")


def test_a_walk_that_waits_says_nothing_and_has_nothing_at_work() -> None:
    walk, deck = drawing("passes")
    scene = deck.scene(walk.forward_steps + 1)
    said = texts(scene)
    assert "b-sentence-1" in said and "a-sentence-1" not in said
    assert not any(i.role.endswith("hot") for i in scene.items if i.id.startswith("a-"))


def test_what_is_the_same_of_both_is_said_once() -> None:
    _, deck = drawing("other numbers")
    assert texts(deck.scene(0))["sentence-1"].startswith("The inputs have their values")


def test_the_end_of_both() -> None:
    """All values beside all gradients."""
    _, deck = drawing("passes")
    said = texts(deck.scene("final"))
    assert said["header-phase"] == "Forward and backward"
    assert "a-node-6-value" in said and "a-node-6-gradient" not in said
    assert said["b-node-0-gradient"] == "4"


def test_hidden_numbers_are_nowhere() -> None:
    """Not in the names of panels either, which tell what differs."""
    walk = EVERY["other numbers"]()
    drawn = Drawing(walk, Look(hide="x,y,z"))
    scene = drawn.deck.scene(1)
    said = [*texts(scene).values(), scene.title, scene.description, scene.heading]
    assert not any("15.25" in text or "1.5" in text for text in said)
    assert texts(scene)["a-name"] == "run 1"


def test_nodes_are_renamed_in_both_and_in_the_names_of_panels() -> None:
    drawn = Drawing(EVERY["other numbers"](), Look(rename=["x=w_0"], note=["w_0=shared"]))
    said = texts(drawn.deck.scene(1))
    assert said["a-name"].startswith("w₀ = 1.5") and said["b-name"].startswith("w₀ = −15.25")


@pytest.mark.proof
def test_names_that_one_graph_lacks_are_those_of_the_other() -> None:
    """h is a gate of the pieces alone; what neither has is refused."""
    walk = EVERY["sigmoid"]()
    said = texts(Drawing(walk, Look(rename=["h=e"], hide=["e:value"])).deck.scene(len(walk)))
    assert "b-node-6-value-box-letter" in said or any(k.endswith("-letter") for k in said)
    with pytest.raises(gv.GradvizError, match="nothing in the picture is called 'q'"):
        _ = Drawing(walk, Look(hide=["q"])).deck


@pytest.mark.proof
def test_paths_are_lit_in_both() -> None:
    walk = EVERY["other numbers"]()
    scene = Drawing(walk, Look(paths="y..f")).deck.scene("final")
    lit = {i.id[:2] for i in scene.items if i.role == "wire hot"}
    assert lit == {"a-", "b-"}


@pytest.mark.proof
def test_alone_the_figure_has_its_own_size() -> None:
    drawn = Drawing(EVERY["passes"](), Look())
    scene = drawn.framed(Framing("none", frozenset())).scene(3)
    assert scene.width < 960 and scene.height < 540 and not scene.slide
    check_clear(scene)
    assert max(i.size for i in scene.items if isinstance(i, Text)) >= NUMBER


def test_the_circuit_of_the_samples_is_that_of_the_lectures() -> None:
    """df/dx = y·max(y, z) = 4, df/dy = x·max(y, z) + b = 3 + 2, df/dz = max(y, z) = 2."""
    trace = run(CIRCUIT, **POINT)
    assert [trace.gradient(name) for name in "xyz"] == [4, 5, 2]
