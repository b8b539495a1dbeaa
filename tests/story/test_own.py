"""Words of the user's own in the stories of every kind of walk."""

from __future__ import annotations

from typing import Any

import pytest

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.story import walks
from gradviz.story.own import in_own_words, is_own, usual
from tests.export.test_staging import NETWORK

WALKS: dict[str, Any] = {
    "graph": NETWORK,
    "neurons": views.walk(NETWORK, "neurons"),
    "matrix": views.walk(NETWORK, "matrix"),
    "cells": gv.into(gv.run("conv2d(x, w)", x=[[[[1.0, 2], [3, 4]]]], w=[[[[0.5]]]]), "f"),
    "plot": gv.plot("x**2", x=1.0),
}


@pytest.mark.parametrize("kind", WALKS)
def test_own_words_stand_in_place_of_the_sentence(kind: str) -> None:
    story = walks.of(WALKS[kind])
    told = in_own_words(story, {1: "Look here."})
    frame, before = told.frame(1), story.frame(1)
    assert frame.sentence == "Look here." and frame.note == "" and is_own(frame)
    assert usual(frame).sentence == before.sentence != "Look here."
    assert frame.heading == before.heading and frame.progress == before.progress
    assert not is_own(told.frame(0)) and told.frame(0).sentence == story.frame(0).sentence


def test_without_words_the_story_is_the_same() -> None:
    story = walks.of(NETWORK)
    assert in_own_words(story, {}) is story
