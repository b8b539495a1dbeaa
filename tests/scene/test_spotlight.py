"""A spotlight: what is lit stays as it is, all else steps back, nothing moves."""

from __future__ import annotations

from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.scene.model import Cells, Image, Item, Scene
from gradviz.scene.spotlight import BACK, KINDS
from gradviz.scene.themes import LOOKS, THEMES
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from tests.sampled import sampled
from tests.scene.samples import SAMPLES, sample
from tests.scene.test_views_hidden import pictures

RUN = gv.run("q = x*y; s = q + z; m = maximum(y, z); f = s*m", x=1.5, y=2, z=-1)
"""x 0, y 1, z 2, q 3, s 4, m 5, f 6."""


def roles(scene: Scene) -> dict[str, str]:
    return {i.id: i.role for i in scene.items if i.id.startswith(("node", "edge", "scope"))}


def is_back(role: str) -> bool:
    return role.rpartition(" ")[2] == BACK


def place(item: Item) -> dict[str, Any]:
    told = ("role", "levels", "width") if not hasattr(item, "height") else ("role", "levels")
    names = (name for name in type(item).__dataclass_fields__ if name not in told)
    return {name: getattr(item, name) for name in names}


def test_nodes_and_the_wires_between_them_stay_lit() -> None:
    lit = roles(Pictures(Story(RUN), spotlight=["q", "s"]).scene("final"))
    usual = roles(Pictures(Story(RUN)).scene("final"))
    assert lit.keys() == usual.keys()
    kept = {key for key in lit if lit[key] == usual[key]}
    assert {"node-3-gate", "node-3-value", "node-3-gradient", "edge-3-4-0-wire"} <= kept
    assert {"node-4-gate", "node-4-symbol", "node-4-trunk"} <= kept
    others = {"node-0-name", "node-5-gate", "edge-0-3-0-wire", "edge-4-6-0-wire", "node-6-value"}
    assert all(is_back(lit[key]) for key in others)


def test_a_path_is_all_that_is_on_it() -> None:
    by_path = Pictures(Story(RUN), spotlight=["x..f"]).scene("final")
    by_name = Pictures(Story(RUN), spotlight=["x", "q", "s", "f"]).scene("final")
    assert by_path == by_name
    assert by_path.description.endswith("In the spotlight: x, q, s, f.")


@sampled("name", SAMPLES, few=4)
def test_nothing_moves_and_only_what_is_dark_changes(name: str) -> None:
    trace = sample(name)
    node, label = next((n, label) for n, label in Story(trace).labels.items())
    lit = Pictures(Story(trace), spotlight=[label]).scene(len(trace))
    usual = {i.id: i for i in Pictures(Story(trace)).scene(len(trace)).items}
    shown = [i for i in lit.items if i.id.startswith(("node", "edge", "stub", "scope"))]
    assert {i.role for i in lit.items} <= set(LOOKS)
    for item in shown:
        before = usual[item.id]
        assert place(item) == place(before)
        if item.id.startswith(f"node-{node}-"):
            assert item == before
        elif not isinstance(item, Cells | Image) and before.role.split()[0] in KINDS:
            assert is_back(item.role)


def test_every_theme_keeps_what_steps_back_legible_and_apart() -> None:
    """Grey of 4.5 to 1 and more (tested for all text roles), lighter in weight than any number."""
    for theme in THEMES.values():
        assert theme.looks["back"].weight == "regular"
        assert theme.looks["wire back"].width < theme.looks["wire"].width
        assert theme.colour(theme.looks["wire back"].stroke) != theme.colour("ground")
        assert theme.colour(theme.looks["back"].fill) != theme.colour("value")


def test_a_graph_without_values_has_a_spotlight_too() -> None:
    scene = Pictures.of_graph(RUN.graph, spotlight=["m"]).bare()
    found = roles(scene)
    assert found["node-5-gate"] == "gate" and is_back(found["node-3-gate"])
    with pytest.raises(ValueInputError, match="known of a run"):
        Pictures.of_graph(RUN.graph, spotlight=["x..f"])


@pytest.mark.parametrize(
    ("word", "hint"), [("mm", "m"), ("nosuch", ""), ("q" * 10_000, ""), ("<script>", "")]
)
def test_what_cannot_be_lit(word: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match="nothing in the picture is called") as refused:
        Pictures(Story(RUN), spotlight=[word])
    assert hint in (refused.value.hint or "") and len(str(refused.value)) < 700


def test_a_scope_around_what_is_lit_stays() -> None:
    run = gv.run("one: h = tanh(w*x); two: g = tanh(v*h); g**2", w=0.5, x=2.0, v=-1.0)
    found = roles(Pictures(Story(run), spotlight=["h"]).scene("final"))
    assert sorted(role for key, role in found.items() if key in ("scope-0", "scope-1")) == [
        "scope", "scope back",
    ]  # fmt: skip


# Networks and matrices
# ---------------------------------------------------------------------------------------------


def dark_and_lit(view: str, words: list[str], k: Any = "final") -> dict[str, str]:
    """The roles in the light of some words; nothing else differs from the usual picture."""
    usual = {i.id: i for i in pictures(view).scene(k).items}
    found = pictures(view, spotlight=words).scene(k)
    assert {i.role for i in found.items} <= set(LOOKS)
    for item in found.items:
        assert place(item) == place(usual[item.id]) if item.id in usual else item.id == ""
    return {i.id: i.role for i in found.items}


def test_units_and_the_arcs_between_them() -> None:
    """The path from the first input through the second unit to both outputs and the loss."""
    found = dark_and_lit("neurons", ["x_1..h_2..L"])
    values = {key for key, role in found.items() if key.endswith("-value") and role == "value"}
    units = {"unit-0-0-value", "unit-1-1-value", "unit-2-0-value", "unit-2-1-value", "loss-value"}
    assert values == units
    weights = {key for key, role in found.items() if key.startswith("weight") and role == "ink"}
    assert weights == {"weight-1-1-0", "weight-2-0-1", "weight-2-1-1"}
    assert found["unit-1-0"] == "gate back" and found["unit-1-1"] == "gate"


def test_entries_of_a_product() -> None:
    found = dark_and_lit("matrix", ["x_1..g_2"])
    assert {key for key, role in found.items() if role == "value"} == {"x-0", "s-1"}
    assert {key for key, role in found.items() if key[:2] == "W-" and role == "ink"} == {
        "W-head", "W-1-0",
    }  # fmt: skip
    whole = dark_and_lit("matrix", ["W"])
    assert not [key for key, role in whole.items() if key[0] == "W" and role == "back"]
    assert found["s-head"] == "ink" and found["b-head"] == "back"


@pytest.mark.proof
@pytest.mark.parametrize("view", ["neurons", "matrix"])
def test_steps_in_other_views_step_back_too(view: str) -> None:
    for k in range(1, len(pictures(view).story.walk) + 1):
        dark_and_lit(view, ["x_2"], k)


@pytest.mark.parametrize("view", ["neurons", "matrix"])
def test_what_is_not_in_a_view_cannot_be_lit(view: str) -> None:
    with pytest.raises(UnknownNameError, match=r"there is no (unit|entry) 'nosuch' in this view"):
        pictures(view, spotlight=["nosuch"])
