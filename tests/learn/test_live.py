"""Passes done one by one are those of a whole run, bit for bit, and any of them opens."""

from __future__ import annotations

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
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
    slower = made.at_rate(0.25)
    slower.step()
    assert slower.losses == pytest.approx([9, 9 * 0.8**2, 9 * 0.8**4])
    gaps = [3 - float(slower.weights(k)["w"]) for k in range(4)]
    assert gaps == pytest.approx([3, 2.4, 1.92, 0.96])
    rates = []
    for k in (1, 2, 3):
        updates = slower.trace(k).updates
        assert updates is not None and updates.number == k
        rates.append(updates.rule.numbers["lr"])
    assert rates == [0.1, 0.1, 0.25]


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
        made.at_rate(0)
    with pytest.raises(GradvizError):
        live("net:mlp:3-4-2", "ring")
