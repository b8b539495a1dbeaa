"""Hidden numbers in the views of networks and matrices: boxes in their place, and nowhere told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import UnknownNameError
from gradviz.export.formats.svg import svg
from gradviz.scene.derived import DerivedPictures
from gradviz.scene.hidden import TASK
from gradviz.scene.model import Scene, Text
from gradviz.scene.themes import theme
from gradviz.scene.views.matrix.pictures import MatrixPictures
from gradviz.scene.views.neurons.pictures import UnitPictures
from gradviz.story import walks
from tests.sampled import sampled

RUN = gv.run(
    "h = tanh(W @ x + b); o = V @ h + c; L = sum((o - t)**2)",
    W=[[0.317, -0.731], [1.37, 0.871], [-0.593, 0.419]], b=[0.137, -0.239, 0.557], x=[0.913, 1.19],
    V=[[0.611, -1.13, 0.739], [1.57, 0.331, -0.179]], c=[0.271, -0.347], t=[0.157, -0.863],
)  # fmt: skip
"""Nearly every number of it is unlike the others."""
KINDS: dict[str, type[DerivedPictures]] = {"neurons": UnitPictures, "matrix": MatrixPictures}
NAMES = {"neurons": ["W", "b", "x", "h", "o", "V", "c", "t", "L"], "matrix": ["W", "b", "x"]}


def pictures(view: str, **options: Any) -> DerivedPictures:
    return KINDS[view](walks.of(views.walk(RUN, view)), **options)


def words(scene: Scene) -> set[str]:
    """Every word that can be read: in the picture, the formulas, the title, the description."""
    shown = [i.text for i in scene.items if isinstance(i, Text)]
    text = " ".join([scene.title, scene.description, scene.heading, *shown])
    return {word.strip("().,;:").lstrip("+−") for word in text.split()}


def told(made: DerivedPictures, array: Any) -> set[str]:
    """Numbers as they are told, with any of the usual digits, without their sign."""
    found = set()
    for value in np.ravel(array):
        for digits in (3, 4, 5):
            found.add(f"{abs(float(value)):.{digits}g}")
    return found


CASES = [
    (view, f"{name}:{kind}")
    for view, names in NAMES.items()
    for name in names
    for kind in ("value", "gradient")
    if (name, kind) not in (("t", "gradient"), ("L", "gradient"))
]


@sampled(("view", "word"), CASES, few=8)
def test_a_hidden_number_is_nowhere(view: str, word: str) -> None:
    """At no step does any text, formula or description tell it; other numbers that happen to be
    the same are left out of the comparison.
    """
    name, _, kind = word.partition(":")
    array = RUN.value(name) if kind == "value" else RUN.gradient(name)
    made, plain = pictures(view, hide=[word]), pictures(view)
    others = [
        v for n in RUN.graph.nodes for v in (RUN.values[n.id], RUN.gradients[n.id])
        if v is not None and v is not RUN.values[RUN.graph.find(name)]
        and v is not RUN.gradients[RUN.graph.find(name)]
    ]  # fmt: skip
    secret = told(made, array) - set().union(*(told(made, v) for v in others)) - {"0", "1", "2"}
    for k in [*range(len(made.story.walk) + 1), "values", "final"]:
        scene = made.scene(k)
        assert not words(scene) & secret, (k, words(scene) & secret)
        assert not any(f">{number}<" in svg(scene, theme()) for number in secret)
        before = {i.id: i for i in plain.scene(k).items}
        for item in scene.items:
            if item.id in before and not item.id.startswith(("sentence", "formula", "page")):
                old = before[item.id]
                assert (getattr(item, "x", 0), getattr(item, "y", 0)) == (
                    getattr(old, "x", 0), getattr(old, "y", 0),
                ) or type(item) is not type(old)  # fmt: skip


@pytest.mark.parametrize("view", KINDS)
@pytest.mark.parametrize(("word", "role"), [("values", "value"), ("gradients", "gradient")])
def test_all_of_a_kind_are_hidden(view: str, word: str, role: str) -> None:
    scene = pictures(view, hide=[word]).scene("final")
    shown = [i for i in scene.items if isinstance(i, Text) and i.role == role]
    assert not [i for i in shown if any(c.isdigit() for c in i.text)]
    assert TASK.rstrip(".") in " ".join(i.text for i in scene.items if isinstance(i, Text))
    boxes = [i for i in scene.items if i.id.endswith("-letter")]
    assert len(boxes) > 5 and len({i.id for i in boxes}) == len(boxes)


@pytest.mark.parametrize("view", KINDS)
def test_what_speaks_of_other_numbers_stays_told(view: str) -> None:
    made, plain = pictures(view, hide=["W:gradient"]), pictures(view)
    assert made.scene(1).description.split(".")[0] == plain.scene(1).description.split(".")[0]
    with pytest.raises(UnknownNameError, match="'q'"):
        pictures(view, hide=["q"])
