"""What gives way so that numbers are large: notes, digits, the type of long names."""

from __future__ import annotations

import pytest

from gradviz.engine.run import run
from gradviz.scene.blocks import SMALL, wide
from gradviz.scene.model import Maths, Text
from gradviz.scene.views.graph import measure as forms
from gradviz.scene.views.graph import place as placing
from gradviz.scene.views.graph.names import settings
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.scene.views.graph.place import PlacedGraph, place
from gradviz.scene.views.graph.values import Figures
from gradviz.story.frame import Story


def placed(source: str, **values: float) -> PlacedGraph:
    trace = run(source, values=values)
    return place(trace.graph, Story(trace))


@pytest.mark.parametrize(
    ("source", "brief", "note"),
    [
        ("x**2 + 3.2*x", False, "Σ 0.2469 + 3.2"),
        ("x**2 + 3.2*x", True, "Σ of 2"),  # the sum is wider than 0.12345 and 3.447
        ("x + x", True, "Σ 1 + 1"),  # and this one is not
    ],
)
def test_a_brief_note_is_no_wider_than_the_numbers_above_it(
    source: str, brief: bool, note: str
) -> None:
    story = Story(run(source, values={"x": 0.12345}))
    figures = Figures(story, brief=brief)
    branch = story.frame(len(story.trace)).branch_at(0)
    assert branch is not None and figures.note(0, branch) == note
    assert note in figures.notes(0)
    if brief:
        assert wide(note, SMALL) <= max(figures.value(0).width, figures.gradient(0, 2).width)


def test_notes_have_their_terms_where_there_is_room() -> None:
    """Two uses of x in a small graph: the sum is written out."""
    story = Story(run("x**2 + 3*x", values={"x": 0.12345}))
    scene = Pictures(story).scene(len(story.trace))
    (note,) = (i for i in scene.items if isinstance(i, Text) and i.id == "node-0-note")
    assert note.text == "Σ 0.2469 + 3"


def test_numbers_lose_a_digit_only_where_that_makes_them_large_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of eight graphs of a growing chain some need it; each that has three digits is large enough
    for so many cards, or clearly larger than with four.
    """
    digits = set()
    for count in range(3, 11):
        source = "; ".join(
            ["n0 = x*0.377", *(f"n{i} = n{i - 1} - exp(-n{i - 1}**2)*x" for i in range(1, count))]
        )
        found = placed(source, x=-1.2345)
        assert found.figures is not None
        digits.add(found.figures.digits)
        if found.figures.digits == 4 or found.is_large_enough or found.points >= 14:
            continue
        with monkeypatch.context() as patched:
            patched.setattr(placing, "FEWER", 4)
            with_all = placed(source, x=-1.2345)
        clearly = 1.05 if with_all.points < 10 else 1.15
        assert found.points > clearly * with_all.points
    assert digits <= {3, 4}


def test_a_long_name_is_set_smaller_than_a_short_one() -> None:
    """learning_rate_of_the_net at 19 points would be wider than 110 units."""
    long, short = "learning_rate_of_net", "w"
    source = f"{long}*{short}"
    trace = run(source, values={long: 0.5, short: 2.0})
    scene = Pictures(Story(trace)).scene(len(trace))
    scales = {i.id: i.scale for i in scene.items if isinstance(i, Maths) and i.id.endswith("-name")}
    assert scales["node-0-name"] < scales["node-1-name"]
    (_, setting), (_, plain) = settings({0: long, 1: short}).values()
    assert forms.name_size(plain) == forms.NAME
    assert forms.LEAST <= forms.name_size(setting) < forms.NAME
