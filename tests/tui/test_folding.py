"""Folding scopes of a walk: the step, the selection and the breakpoints are kept by node."""

from __future__ import annotations

import shlex
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

import gradviz as gv
from gradviz.cli.commands.tui import open_words
from gradviz.errors import GradvizError
from gradviz.export.look import Folding
from gradviz_tui.walk.folding import CLOSED, OPEN, asked, view
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk
from tests.tui.driving import drive, settled
from tests.tui.samples import app, opened, screen_text, walking

CNN = ("net:tiny-cnn", "image=digit:3", "label=1")
RESIDUAL = "block1"
FOLDINGS = (
    OPEN,
    CLOSED,
    Folding(2),
    Folding(expand=(f"{RESIDUAL}/second",)),
    Folding(expand=(RESIDUAL,)),
    Folding(repeats=True),
)


@cache
def nested() -> gv.Trace:
    """Two blocks in a chain with scopes in them; a value that branches goes round the first."""
    x, w = gv.inputs("x w")
    with gv.scope("block1"):
        with gv.scope("first"):
            a = gv.tanh(x * w + 1)
        with gv.scope("second"):
            b = gv.exp(a * w)
    with gv.scope("block2"):
        c = (b + x) * b * x
    return gv.run(c * w + x, x=0.5, w=0.25)


@pytest.mark.parametrize("folding", FOLDINGS)
def test_a_step_of_the_folded_run_is_one_of_the_whole_run_and_comes_back(folding: Folding) -> None:
    seen = view(nested(), folding)
    steps = [seen.to_whole(k) for k in range(len(seen.trace) + 1)]
    assert steps[0] == 0 and steps[-1] == len(seen.whole)
    assert [seen.from_whole(k) for k in steps] == list(range(len(seen.trace) + 1))


@pytest.mark.parametrize("folding", FOLDINGS)
def test_what_is_known_at_a_step_of_the_folded_run_is_known_at_that_of_the_whole_one(
    folding: Folding,
) -> None:
    seen = view(nested(), folding)
    for k in range(1, len(seen.trace) + 1):
        step, whole = seen.trace.step(k), seen.whole.step(seen.to_whole(k))
        if step.edge is None:
            assert whole.edge is None and whole.node == seen.node[step.node]
        else:
            assert whole.edge is not None and whole.edge.source == seen.node[step.edge.source]
            assert seen.card[whole.edge.target] == step.edge.target


@settings(deadline=None)
@given(st.data())
def test_folding_keeps_the_step_on_the_node_at_work(data: st.DataObject) -> None:
    walk = Walk(Opened("nested", {}, nested()), folding=data.draw(st.sampled_from(FOLDINGS)))
    walk = walk.at(data.draw(st.integers(0, walk.total)))
    at = data.draw(st.integers(0, len(walk.trace.graph.nodes) - 1))
    walk = walk.select(at).toggle_break()
    other = walk.folded(data.draw(st.sampled_from(FOLDINGS)))
    now, then = walk.view, other.view
    assert 0 <= other.k <= other.total
    assert other.selected == then.card[now.node[at]] and other.broken == {other.selected}
    assert (walk.k == 0) == (other.k == 0)
    if 0 < walk.k < walk.total and walk.k < now.trace.seed_step:
        assert other.trace.step(other.k).node == then.card[now.node[walk.trace.step(walk.k).node]]
    if walk.k >= now.trace.seed_step:
        assert other.k >= then.trace.seed_step
    assert Walk(walk.opened, folding=OPEN).at(3).folded(OPEN).k == 3


def test_a_card_is_opened_and_its_scope_folded_again() -> None:
    walk = Walk(Opened("nested", {}, nested()), folding=CLOSED)
    card = next(n for n in walk.view.node if walk.view.is_card(n))
    open_ = walk.select(card).turned()
    assert open_ is not None and open_.folding == Folding(1, ("block1",))
    assert [open_.view.groups[o].title for o in sorted(open_.view.groups)] == [
        "block1/first",
        "block1/second",
        "block2",
    ]
    inner = open_.turned()
    assert inner is not None and inner.folding == Folding(1, ("block1/second",))
    again = inner.turned()
    assert again is not None and again.folding == Folding(1, ("block1",))
    assert walk.select(walk.trace.graph.find("x")).turned() is None
    whole = walk.turned_all()
    assert whole is not None and whole.folding == OPEN
    assert (folded := whole.turned_all()) is not None and folded.folding == CLOSED
    assert Walk(opened()).turned_all() is None


def test_the_command_says_what_is_folded() -> None:
    here = Walk(opened(CNN)).folded(Folding(1, (opened(CNN).trace.graph.nodes[-4].scope,)))
    words = shlex.split(here.at(3).command())
    assert words[-6:-3] == ["--depth", "1", "--expand"] and words[-2:] == ["--at", "3"]


def test_a_large_network_begins_folded() -> None:
    large = gv.net("resnet18", classes=10)
    assert (
        asked(large, None) == CLOSED and asked(large, 0) == OPEN and asked(large, 2) == Folding(2)
    )
    assert asked(gv.net("tiny-cnn"), None) == OPEN
    assert asked(gv.parse("+".join(["x"] * 100)), None) == OPEN


@pytest.mark.parametrize(
    "options", [{"depth": -1}, {"depth": 0, "repeats": True}, {"expand": ("nowhere",)}]
)
def test_foldings_that_do_not_exist(options: dict[str, object]) -> None:
    with pytest.raises(GradvizError):
        opened(CNN, **options)


def test_the_keys_fold_and_open_and_numbers_stay() -> None:
    program = app(CNN, 0)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        whole = screen.walk.trace
        await pilot.press("m", "F")
        await settled(pilot, lambda: screen.walk.folding == CLOSED, "folded")
        walk = screen.walk
        assert walk.k == walk.trace.seed_step and len(walk.trace.graph.nodes) < len(
            whole.graph.nodes
        )
        assert "parameters" in screen_text(program)
        card = next(n for n in walk.view.node if walk.view.is_card(n))
        screen.move(walk.select(card))
        await pilot.press("enter")
        await settled(pilot, lambda: screen.walk.folding not in (CLOSED, OPEN), "opened")
        assert screen.walk.k == screen.walk.trace.seed_step and screen.walk.trail == ()
        await pilot.press("v")
        await settled(
            pilot,
            lambda: bool(screen.checked) or bool(program._notifications),
            "the check of a node",
        )
        await pilot.press("f")
        await settled(pilot, lambda: screen.walk.folding == CLOSED, "folded again")
        assert screen.walk.selected == card
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("escape", "F")
        await settled(pilot, lambda: screen.walk.trace is whole, "the whole")

    drive(program, script, (120, 40))


@pytest.mark.parametrize(
    "folding", [OPEN, CLOSED, Folding(2), Folding(1, ("conv",)), Folding(repeats=True)]
)
def test_the_words_of_a_recent_source_open_the_same(folding: Folding) -> None:
    made = opened(CNN, wrt=("image",))
    again = open_words(made.words(folding))
    assert (
        again.folding == folding
        and dict(again.options) == {"wrt": "image"}
        and again.values == made.values
    )
    assert shlex.split(again.command(3))[2:-2] == list(made.words(folding))


@pytest.mark.parametrize(
    "words",
    [("x*y", "x=1", "y=2", "--depth"), ("x*y", "x=1", "y=2", "--depth", "no"), ("x*y", "--expand")],
)
def test_nonsense_among_the_recent_ones_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(GradvizError):
        open_words(words)


def test_a_source_is_kept_as_it_was_left() -> None:
    program = app(CNN)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await settled(
            pilot, lambda: program.settings.recent == (CNN,), "it is among the recent ones"
        )
        await pilot.press("F")
        await settled(pilot, lambda: bool(screen.walk.view.groups), "folded")
        await pilot.press("q")

    drive(program, script)
    assert program.settings.recent == ((*CNN, "--depth", "1"),)
