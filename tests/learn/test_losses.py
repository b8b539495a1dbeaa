"""Losses of runs: as they were recorded, their means, and what tells runs apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.story.plot.kinds.losses import LossesTeller
from gradviz.trace.plots.losses import History, Losses


def losses(*runs: Any) -> Losses:
    found = gv.plot(list(runs)).content
    assert isinstance(found, Losses)
    return found


def ring(**settings: Any) -> Any:
    return gv.learn("net:mlp:2-4-1", data="ring", **{"passes": 300, "lr": 0.01, **settings})


def test_losses_and_their_means() -> None:
    """A pass sees 10 of 200 samples, so the line is the mean of 300/50 = 6 passes."""
    run = ring()
    (found,) = losses(run).runs
    assert found.losses == tuple(run.losses) and found.window == 6
    for k, mean in found.typical:
        assert mean == pytest.approx(np.mean(run.losses[max(0, k - 6) : k]), rel=1e-12)
    assert found.typical[0][0] == 1 and found.typical[-1][0] == 300
    score = run.scores()["train"]
    assert found.end == (score.loss, score.accuracy) and found.held_out is None
    whole = ring(batch=200)
    assert losses(whole).runs[0].window == 1


@pytest.mark.parametrize(
    ("settings", "names", "differing"),
    [
        ([{"lr": 0.01}, {"lr": 0.001}], ["rate 0.01", "rate 0.001"], ("lr",)),
        ([{"optimizer": "sgd"}, {"optimizer": "adam"}], ["sgd", "adam"], ("optimizer",)),
        ([{"seed": 1}, {"seed": 2}, {"seed": 3}], ["seed 1", "seed 2", "seed 3"], ("seed",)),
        (
            [{"lr": 0.01, "l2": 0.1}, {"lr": 0.01}, {"lr": 0.001}],
            ["rate 0.01, l2 0.1", "rate 0.01, l2 0", "rate 0.001, l2 0"],
            ("lr", "l2"),
        ),
        ([{}, {}], ["run 1", "run 2"], ()),
    ],
)
def test_what_tells_runs_apart(
    settings: list[dict[str, Any]], names: list[str], differing: tuple[str, ...]
) -> None:
    found = losses(*(ring(passes=5, **one) for one in settings))
    assert [run.name for run in found.runs] == names
    assert found.differing == differing


def test_runs_of_different_sources_are_named_by_them_without_the_options_they_share() -> None:
    words = "net:mlp:2-2-1,activation=tanh", "net:mlp:2-3-1,activation=tanh"
    runs = [
        gv.learn(w, data="ring", passes=4, lr=lr) for w, lr in zip(words, (0.1, 0.2), strict=True)
    ]
    assert [run.name for run in losses(*runs).runs] == ["net:mlp:2-2-1", "net:mlp:2-3-1"]
    sets = [gv.learn(words[0], data=data, passes=3) for data in ("ring", "moons")]
    assert [run.name for run in losses(*sets).runs] == ["ring", "moons"]


def test_different_losses_are_not_compared_and_passes_are_counted_for_each() -> None:
    data = [[0, 1], [1, 3], [2, 5]]
    sources = "abs(w*x + b - t)", "(w*x + b - t)**2"
    runs = [
        gv.learn(s, w=0, b=0, data=data, passes=n) for s, n in zip(sources, (20, 30), strict=True)
    ]
    teller = LossesTeller(losses(*runs), 4)
    assert teller.subtitle == "2 runs of 20 and 30 passes"
    assert teller.sentence.startswith("These are different losses, each with its own scale: ")
    same = [gv.learn(sources[1], w=0, b=0, data=data, passes=n) for n in (20, 30)]
    assert LossesTeller(losses(*same), 4).sentence.startswith("Lowest at the end: ")


def test_a_run_that_runs_away_has_no_score() -> None:
    (found,) = losses(gv.learn("net:xor", passes=2000, lr=9.0)).runs
    assert not math.isfinite(found.losses[-1]) and found.end is None and found.stopped


def test_too_many_runs() -> None:
    run = ring(passes=2)
    with pytest.raises(ValueInputError) as caught:
        gv.plot([run] * 5)
    assert "1 to 4" in str(caught.value)


def test_runs_that_look_equal_at_the_end_are_all_the_lowest() -> None:
    """Only digits that are shown tell which is lowest: 0.1674 and 0.1671 are both 0.167."""

    def ends(*losses: float) -> str:
        runs = [
            History(f"run {k}", (1.0, v), ((1, 1.0), (2, v)), 1, (v, None), None, "")
            for k, v in enumerate(losses, 1)
        ]
        return LossesTeller(Losses(tuple(runs), (), gv.run("x**2", x=1)), 4).sentence

    assert ends(0.1682, 0.1674, 0.1671) == "Lowest at the end: run 2 and run 3, 0.167."
    assert ends(0.1682, 0.1664, 0.1675) == "Lowest at the end: run 2, 0.166."
    assert ends(0.1672, 0.1674, 0.1671) == "All end at 0.167."
    assert ends(0.2, 0.1, math.inf) == "Lowest at the end: run 2, 0.1. run 3 runs away."
