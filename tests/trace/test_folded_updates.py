"""Updates of parameters inside folded scopes are told at the card of their scope."""

from __future__ import annotations

from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import TraceFormatError
from gradviz.export.look import Folding
from gradviz.story.frame import Story
from gradviz.trace import Trace
from gradviz_tui.walk.folding import view

NET = "net:mlp:2-3-1,activation=tanh"
OPTIMISERS = ["sgd", "momentum", "adam"]


@pytest.fixture(scope="module", params=OPTIMISERS)
def whole(request: pytest.FixtureRequest) -> Trace:
    return gv.learn(NET, data="xor", passes=4, optimizer=request.param).trace(3)


def shown(trace: Trace, **folding: Any) -> Trace:
    return view(trace, Folding(**folding)).trace


@pytest.mark.parametrize(
    "folding", [{"depth": 1}, {"depth": 1, "expand": ("layer1",)}, {"depth": 2}, {"repeats": True}]
)
def test_every_update_is_told_once(whole: Trace, folding: dict[str, Any]) -> None:
    """The same sentence up to the card, the same formula, the same numbers, in the same order."""
    folded = shown(whole, **folding)
    assert folded.updates is not None and whole.updates is not None
    assert len(folded) - folded.pass_steps == len(whole.updates.each) == 4
    stories = Story(whole), Story(folded)
    for i in range(1, 5):
        steps = whole.step(whole.pass_steps + i), folded.step(folded.pass_steps + i)
        frames = [story.frame(s.number) for story, s in zip(stories, steps, strict=True)]
        assert (steps[0].before == steps[1].before).all()
        assert (steps[0].after == steps[1].after).all()
        name, hidden = whole.graph.nodes[steps[0].node].name, steps[1].update.hidden  # type: ignore[union-attr]
        at = folded.graph.nodes[steps[1].node]
        if hidden is None:
            assert (at.op, at.name) == ("input", name)
            assert frames[1].sentence == frames[0].sentence
        else:
            assert (at.op, hidden.name) == ("scope", name)
            card = at.name or "a card"
            assert f"{name} in {card}" in frames[1].sentence
            assert frames[1].sentence.replace(f" in {card}", "") == frames[0].sentence
        formulas = [frame.formula for frame in frames]
        assert formulas[0] is not None and formulas[1] is not None
        assert formulas[0].block.lines == formulas[1].block.lines
        assert frames[1].focus == steps[1].node


def test_the_value_of_a_card_stays(whole: Trace) -> None:
    folded = shown(whole, depth=1)
    for node in folded.graph.nodes:
        at_end = folded.value_by(node.id, len(folded))
        assert (at_end == folded.values[node.id]).all()
        assert folded.updated_in(node.id) is None


def test_steps_find_each_other(whole: Trace) -> None:
    for folding in (Folding(1), Folding(1, ("layer2",))):
        found = view(whole, folding)
        for i in range(1, 5):
            there, here = whole.pass_steps + i, found.trace.pass_steps + i
            assert found.to_whole(here) == there and found.from_whole(there) == here


def test_a_folded_pass_is_saved_and_read(whole: Trace) -> None:
    folded = shown(whole, depth=1)
    again = Trace.from_json(folded.to_json())
    told = [
        [s.frame(k).sentence for k in range(len(folded) + 1)] for s in map(Story, (folded, again))
    ]
    assert told[0] == told[1]
    assert again.to_json() == folded.to_json()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"name": "W1"', '"name": "b1"'),
        ('"name": "W1", "shape": [3, 2]', '"name": "W1", "shape": [2, 3]'),
        ('"name": "W1", "shape": [3, 2]', '"name": "W1", "shape": [3]'),
        ('"name": "W1", ', ""),
    ],
)
def test_a_damaged_one_is_refused(whole: Trace, old: str, new: str) -> None:
    text = shown(whole, depth=1).to_json()
    damaged = text.replace(old, new) if old in text else text.replace(old.replace(": ", ":"), new)
    assert damaged != text, text[-2000:]
    with pytest.raises(TraceFormatError):
        Trace.from_json(damaged)
