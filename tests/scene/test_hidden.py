"""Hidden numbers: boxes in their place, nothing else moves, and nothing gives them away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import UnknownNameError
from gradviz.export.formats.svg import svg
from gradviz.scene.hidden import TASK
from gradviz.scene.model import Rect, Scene, Text
from gradviz.scene.themes import theme
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from tests.scene.samples import SAMPLES, sample
from tests.strategies import SCALARS, SMOOTH, Sample, runs

SECRET = gv.run("w*x + b", w=3.173, x=0.731, b=-1.377)
"""Every number of it is unlike the others: 3.173, 0.731, −1.377, 2.319, 0.9425."""


def ids(scene: Scene) -> set[str]:
    return {i.id for i in scene.items}


def words(scene: Scene) -> str:
    """All that can be read: in the picture, in its title and in its description."""
    shown = [i.text for i in scene.items if isinstance(i, Text)]
    return " ".join([scene.title, scene.description, scene.heading, *shown])


@pytest.mark.parametrize("moment", ["values", "final", 1, 2, 4, 5, 6])
def test_a_hidden_value_is_nowhere(moment: Any) -> None:
    """a = w·x = 2.319 is hidden: at no step does any word, formula or description tell it."""
    scene = Pictures(Story(SECRET), hide=["a"]).scene(moment)
    assert "2.319" not in words(scene) and "2.319" not in svg(scene, theme())
    if moment != 0:
        assert "node-3-value-box" in ids(scene) and "node-3-value" not in ids(scene)


@pytest.mark.parametrize("k", range(len(SECRET) + 1))
def test_gradients_are_hidden_together(k: int) -> None:
    """dw = 0.731 is the value of x too, but dx = 3.173 = w … so only boxes stand for gradients."""
    pictures = Pictures(Story(SECRET), hide=["gradients"])
    scene = pictures.scene(k)
    assert not [key for key in ids(scene) if key.endswith(("-gradient", "-contribution"))]
    boxes = {key for key in ids(scene) if key.endswith("-gradient-box")}
    shown = {
        f"node-{n}-gradient-box"
        for n in range(5)
        if Story(SECRET).frame(k).node(n).gradient is not None
    }
    assert boxes == shown
    assert "gradient hidden" in scene.description or k < 3


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("hide", [["values"], ["gradients"], ["values", "gradients"]])
def test_nothing_moves(name: str, hide: list[str]) -> None:
    """The picture with boxes and the one with the answers agree in all else."""
    trace = sample(name)
    if not trace.has_backward:
        pytest.skip("a forward pass has no last frame with gradients")
    asked, answered = (
        Pictures(Story(trace), hide=hide).scene("final"),
        Pictures(Story(trace)).scene("final"),
    )
    known = {i.id: i for i in answered.items}
    for item in asked.items:
        part = item.id.split("-")
        if item.id.startswith(("edge", "node")) and item.id in known and "warning" not in item.role:
            same = {k: v for k, v in vars_of(known[item.id]).items() if k != "role"}
            assert {k: v for k, v in vars_of(item).items() if k != "role"} == same, part


def vars_of(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in type(item).__dataclass_fields__}


def test_a_box_stands_where_its_number_stands() -> None:
    asked = Pictures(Story(SECRET), hide=["b:gradient"]).scene("final")
    answered = Pictures(Story(SECRET)).scene("final")
    (number,) = (i for i in answered.items if i.id == "node-2-gradient")
    (box,) = (i for i in asked.items if i.id == "node-2-gradient-box")
    assert isinstance(number, Text) and isinstance(box, Rect)
    assert box.x + box.width / 2 == pytest.approx(number.x)
    assert box.y < number.y < box.y + box.height
    assert "node-2-value" in ids(asked)


def test_a_grid_keeps_its_empty_cells() -> None:
    trace = gv.run("q = W @ x; sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3])
    scene = Pictures(Story(trace), hide=["W:gradient"]).scene("final")
    assert {"node-0-gradient-frame", "node-0-gradient-row-1"} <= ids(scene)
    assert not [k for k in ids(scene) if re.fullmatch(r"node-0-gradient-\d-\d", k)]


def test_words_that_need_a_hidden_number_are_left_out() -> None:
    pictures = Pictures(Story(SECRET), hide=["a"])
    said = {k: {i.id: i for i in pictures.scene(k).items} for k in range(len(SECRET) + 1)}
    assert said[1]["sentence-1"].text == TASK  # a = w·x
    assert said[4]["sentence-1"].text == TASK  # + passes on the gradient of f to a
    assert said[0]["sentence-1"].text != TASK
    assert said[3]["sentence-1"].text != TASK  # the seed


@given(runs(shapes=SCALARS, ops=SMOOTH), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_random_value_is_given_away(example: Sample, data: st.DataObject) -> None:
    """With all values and gradients hidden no picture of any run has a number at a node."""
    trace = example.run()
    k = data.draw(st.integers(0, len(trace)))
    scene = Pictures(Story(trace), hide=["values", "gradients"]).scene(k)
    at_nodes = [i for i in scene.items if isinstance(i, Text) and i.role in ("value", "gradient")]
    assert at_nodes == []
    assert ": value hidden" in scene.description and "value 0" not in scene.description


@pytest.mark.parametrize(
    ("word", "said", "hint"),
    [
        ("gradient", "nothing in the picture is called 'gradient'", "gradients"),
        ("v", "nothing in the picture is called 'v'", ""),
        ("a:grad", "no 'grad' that can be hidden", "gradient"),
        ("q:value", "nothing in the picture is called 'q'", ""),
        ("a:", "no '' that can be hidden", ""),
        (":value", "nothing in the picture is called ''", ""),
        ("q" * 10_000, "nothing in the picture", ""),
    ],
)
def test_what_cannot_be_hidden(word: str, said: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=said) as refused:
        Pictures(Story(SECRET), hide=[word])
    assert hint in (refused.value.hint or "") and len(str(refused.value)) < 700
