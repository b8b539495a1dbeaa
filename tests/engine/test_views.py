"""Views of a run: each is one file of its name in every room."""

from __future__ import annotations

from typing import Any

import pytest

import gradviz as gv
from gradviz import plugins
from gradviz.engine.inside import views
from gradviz.engine.inside.views import graph
from gradviz.errors import GradvizError, ValueInputError
from gradviz.story import walks


def test_the_graph_comes_first() -> None:
    assert views.names()[0] == "graph" and views.view("graph") is graph.VIEW


@pytest.mark.parametrize("name", views.names())
def test_a_view_has_a_file_of_its_name_in_every_room(name: str) -> None:
    assert plugins.entry("gradviz.story.walks", name).STORY
    assert plugins.entry(f"gradviz.scene.views.{name}", "pictures").PICTURES
    assert plugins.entry("gradviz.export.reports.walks", name).lines
    says = views.view(name).says
    assert says and says[0].islower() and not says.endswith(".")


def test_options_follow_the_name_of_a_view() -> None:
    # L = w², so (L(w + 1) − L(w − 1))/2 = 2w = 6, and (L(w + 1) − L(w))/1 = 7
    trace = gv.run("w**2", w=3)
    for text, slope in [
        ("differences,h=1,sides=central", 6),
        ("differences,h=1", 7),
        ("differences, h = 1", 7),
        ("differences,name=w,h=1,decimals=0,keeps=no", 7),
    ]:
        walk: Any = views.walk(trace, text)
        assert walk.step(1).slope == slope


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("differences,step=1", "has no option 'step'"),
        ("differences,", "has no option ''"),
        ("differences,h", "'' is no value of h"),
        ("differences,h=x", "'x' is no value of h"),
        ("differences,h=0", "h is a number above 0"),
        ("differences,h=inf", "h is a number above 0"),
        ("differences,h=1,h=2", "given twice"),
        ("differences,decimals=-1", "'-1' is no value of decimals"),
        ("differences,decimals=²", "no value of decimals"),
        ("differences,cut=f", "'f' is no value of cut"),
        ("differences,cut=:3", "no value of cut"),
        ("differences,keeps=maybe", "no value of keeps"),
        ("differences,sides=both", "h goes to one side or to both"),
        ("differences,name=v", "no input 'v'"),
        ("neurons,h=1", "the view neurons has no option 'h'"),
        ("graph,h=1", "the view graph has no option 'h'"),
        ("differencs,h=1", "there is no view 'differencs'"),
    ],
)
def test_a_wrong_option_of_a_view_is_one_message(text: str, says: str) -> None:
    with pytest.raises(GradvizError) as told:
        views.walk(gv.run("w**2", w=3), text)
    assert says in str(told.value) and "which fits" not in str(told.value)


def test_losses_are_told_with_the_decimals_that_they_have() -> None:
    story: Any = walks.of(views.walk(gv.run("w**2", w=1.5), "differences,h=1,decimals=2"))
    assert "the loss from 2.25 to 6.25:" in story.frame(1).sentence


@pytest.mark.parametrize("name", [n for n in views.names() if n != "graph"])
def test_a_run_without_inputs_is_refused_in_a_message(name: str) -> None:
    with pytest.raises(ValueInputError):
        views.walk(gv.run("1/2"), name)
