"""Views of a run: each is one file of its name in every room."""

from __future__ import annotations

import pytest

from gradviz import plugins
from gradviz.engine.inside import views
from gradviz.engine.inside.views import graph


def test_the_graph_comes_first() -> None:
    assert views.names()[0] == "graph" and views.view("graph") is graph.VIEW


@pytest.mark.parametrize("name", views.names())
def test_a_view_has_a_file_of_its_name_in_every_room(name: str) -> None:
    assert plugins.entry("gradviz.story.walks", name).STORY
    assert plugins.entry(f"gradviz.scene.views.{name}", "pictures").PICTURES
    assert plugins.entry("gradviz.export.reports.walks", name).lines
    says = views.view(name).says
    assert says and says[0].islower() and not says.endswith(".")
