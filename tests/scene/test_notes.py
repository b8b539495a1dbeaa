"""Words of the user's own below nodes: where they belong, clear of everything, still."""

from __future__ import annotations

from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import GradvizError, UnknownNameError, ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.look import Look
from gradviz.scene.model import Text
from gradviz.scene.views.graph.notes import LONGEST, WIDTH
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from tests.scene.boxes import boxes
from tests.scene.samples import SAMPLES, sample
from tests.scene.test_pictures import check_clear, check_still

NEURON = gv.run("sigmoid(w*x + b)", w=2, x=-1, b=3)


def words(scene: Any, node: int) -> list[str]:
    return [i.text for i in scene.items if i.id.startswith(f"node-{node}-words-")]


def test_notes_stand_below_their_nodes_in_every_frame() -> None:
    made = Pictures(Story(NEURON), note=["f=the gate that squashes what came", "b=bias"])
    output = NEURON.graph.output
    for k in (0, 4, "values", "final"):
        scene = made.scene(k)
        assert words(scene, 2) == ["bias"]
        assert " ".join(words(scene, output)) == "the gate that squashes what came"
        found = boxes(scene)
        gate, label = (found.get(f"node-{output}-{part}") for part in ("symbol", "label"))
        for i in range(len(words(scene, output))):
            line = found[f"node-{output}-words-{i}"]
            assert line.y >= gate.bottom and (label is None or line.y >= label.bottom - 0.5)
            assert line.w <= 1.1 * WIDTH * scene.stroke  # a line of many words
        assert "Notes: " in scene.description and "b: bias" in scene.description


@pytest.mark.parametrize("name", [n for n in SAMPLES if n not in ("long",)])
def test_notes_to_every_node_are_clear_and_still(name: str) -> None:
    story = Story(sample(name))
    note = [f"{label}=seen from here it is node {i}" for i, label in story.labels.items()]
    made = Pictures(story, note=note)
    total = len(story.trace)
    every = [made.scene(k) for k in sorted({0, 1, total // 2, total})]
    for scene in every:
        check_clear(scene)
    check_still(every)


def test_a_bare_graph_has_notes_too() -> None:
    made = Pictures.of_graph(gv.parse("x*y + z"), note=["z=offset"])
    assert words(made.bare(), 2) == ["offset"]
    assert words(Pictures(Story(gv.run("x+y", x=1, y=2)), note=["y=second"]).bare(), 1) == [
        "second"
    ]


def test_a_node_is_found_by_its_old_name_and_by_its_new_one() -> None:
    for name in ("w", "w_0"):
        look = Look(rename={"w": "w_0"}, note={name: "a weight"}, caption="One neuron.")
        scene = Drawing(NEURON, look).deck.scene(3)
        assert words(scene, 0) == ["a weight"]
        assert "One neuron." in [i.text for i in scene.items if isinstance(i, Text)]


@pytest.mark.parametrize(
    ("note", "error", "said"),
    [
        ({"nosuch": "a"}, UnknownNameError, "nothing in the picture is called 'nosuch'"),
        (["w"], ValueInputError, "a note is given as NODE=TEXT"),
        (["=a"], ValueInputError, "a note is given as NODE=TEXT"),
        (["w="], ValueInputError, "the note to w is empty"),
        ({"w": "a" * (LONGEST + 1)}, ValueInputError, "the note to w is too long"),
        ({"w": "a" * 10_000}, ValueInputError, "10,000 characters"),
        ([3], ValueInputError, "a note is given as NODE=TEXT"),
        (3, ValueInputError, "a note is given as NODE=TEXT"),
    ],
)
def test_bad_notes_are_one_message(
    note: Any, error: type[GradvizError], said: str, tmp_path
) -> None:
    with pytest.raises(error) as caught:
        gv.render(NEURON, tmp_path / "a.svg", note=note)
    assert said in str(caught.value) and not list(tmp_path.iterdir())
