"""Passes done one by one are those of a whole run, bit for bit, and any of them opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.export.reports.learning import about
from gradviz.learn.learning import Run
from gradviz.learn.live import live

NET, DATA = "net:mlp:2-4-2", "ring,count=60"


def test_it_is_the_run_that_learn_does() -> None:
    """Also with a state, and also while it goes on after a pass was opened."""
    run = gv.learn(NET, data=DATA, optimizer="momentum", lr=0.05, passes=20)
    made = live(NET, DATA, optimizer="momentum", lr=0.05)
    for k in range(1, 21):
        assert made.step()
        if k == 7:
            assert made.trace(3).value("loss") == run.trace(3).value("loss")
    assert made.losses == run.losses.tolist() and made.done == 20 and made.epoch == 6
    for k in (0, 1, 7, 20):
        found, wanted = made.weights(k), run.weights(k + 1)
        assert all((found[name] == wanted[name]).all() for name in wanted)
    now, then = made.trace(12).updates, run.trace(12).updates
    assert now is not None and then is not None and now.number == 12
    assert all((a.after == b.after).all() for a, b in zip(now.each, then.each, strict=True))


def test_another_rate_goes_on_from_here() -> None:
    """Gradient descent on (w − 3)²: w − 3 shrinks by 1 − 2·rate."""
    made = live("(w - 3)**2", None, given={"w": 0}, lr=0.1)
    made.step()
    made.step()
    made.change_rate(0.25)
    made.step()
    assert made.losses == pytest.approx([9, 9 * 0.8**2, 9 * 0.8**4])
    gaps = [3 - float(made.weights(k)["w"]) for k in range(4)]
    assert gaps == pytest.approx([3, 2.4, 1.92, 0.96])
    rates = []
    for k in (1, 2, 3):
        updates = made.trace(k).updates
        assert updates is not None and updates.number == k
        rates.append(updates.rule.numbers["lr"])
        before, gradient, after = (float(part["w"]) for part in made.moved(k))
        assert gradient == pytest.approx(2 * (before - 3))
        assert after == before - rates[-1] * gradient
    assert rates == [0.1, 0.1, 0.25]


def test_a_rate_before_the_first_pass_is_the_first_rate() -> None:
    made = live("(w - 3)**2", None, given={"w": 0}, lr=0.1)
    made.change_rate(0.2)
    assert made.rate == 0.2 and made.saved().settings["lr"] == 0.2
    assert "rates" not in made.run.settings


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_saved_run_keeps_its_rates(tmp_path: Path, optimizer: str) -> None:
    """It opens, and goes on, as what was saved: here with only the first and the last pass kept."""
    made = live(NET, DATA, optimizer=optimizer, lr=0.1)
    made.run.settings = {**made.run.settings, "every": 50}
    for k in range(30):
        if k in (10, 20):
            made.change_rate(0.1 / k)
        made.step()
    run = made.saved()
    run.save(tmp_path / "run.json")
    again = Run.load(tmp_path / "run.json")
    assert again.kept.at == [0, 30] and again.losses.tolist() == made.losses
    for k in (1, 10, 11, 20, 21, 30):
        updates, wanted = again.trace(k).updates, made.trace(k).updates
        assert updates is not None and wanted is not None and not again.trace(k).note
        assert updates.rule.numbers["lr"] == (0.1 if k <= 10 else 0.01 if k <= 20 else 0.005)
        assert all(
            (a.after == b.after).all() for a, b in zip(updates.each, wanted.each, strict=True)
        )
    made.step()
    more = gv.learn(again.graph, resume=again, passes=31)
    assert (more.kept.weights[-1] == made.passes.weights).all()
    assert "0.01 from pass 11, 0.005 from pass 21" in about(again)


def test_a_copy_stays_as_it_was_saved() -> None:
    made = live(NET, DATA)
    for _ in range(3):
        made.step()
    run = made.saved()
    made.step()
    made.settled()
    assert run.passes == 3 and run.kept.at[-1] == 3


def test_divergence_ends_it() -> None:
    made = live("(w - 3)**2", None, given={"w": 0}, lr=1e200)
    while made.step():
        pass
    assert "no longer finite" in made.stopped and not made.step()
    assert not np.isfinite(made.weights(made.done)["w"])


def test_what_is_refused() -> None:
    made = live("(w - 3)**2", None, given={"w": 0})
    for k in (0, 1, -1):
        with pytest.raises(GradvizError, match="not done"):
            made.trace(k)
    with pytest.raises(GradvizError, match="rate"):
        made.change_rate(0)
    with pytest.raises(GradvizError):
        live("net:mlp:3-4-2", "ring")
