"""A run that is trained pass by pass, with a rate that may change on the way."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import fields
from threading import RLock
from typing import Any, Final

import numpy as np

from gradviz.errors import ValueInputError
from gradviz.learn import replay
from gradviz.learn.learning import Run, begun
from gradviz.learn.order import per_epoch
from gradviz.learn.training import INTERRUPTED, Passes, way_down, why_diverged
from gradviz.trace import Trace
from gradviz.trace.run import Kept

MOST: Final = 100_000
"""Passes after which it ends."""


class Live:
    """Passes, done one by one; any of them can be opened meanwhile.

    run      what is trained; `settled` brings its losses and its kept parameters up to date.
    losses   of every pass that was done.
    stopped  why there can be no other pass; empty where there can.
    """

    def __init__(self, run: Run, passes: Passes) -> None:
        self.run, self.passes = run, passes
        self.losses: list[float] = []
        self.stopped = ""
        self._at = [passes.done]
        self._kept = [passes.weights]
        self._states = {name: [value] for name, value in passes.state.items()}
        self._aside = Passes(run, passes.weights, passes.state, passes.done)
        self._lock = RLock()

    @property
    def done(self) -> int:
        """The number of passes that were done."""
        return self.passes.done

    @property
    def epoch(self) -> int:
        """The passes of an epoch; 1 without data."""
        data = self.run.data
        return 1 if data is None else per_epoch(len(data), self.run.batch)

    @property
    def rate(self) -> float:
        """The learning rate of the next pass."""
        return way_down(self.run.settings, self.done + 1).options["lr"]

    def step(self) -> bool:
        """Do a pass; whether there can be another. `stopped` says why not."""
        with self._lock:
            if self.stopped:
                return False
            loss = self.passes.step()
            self.losses.append(loss)
            if self.done % int(self.run.settings["every"]) == 0:
                self._keep()
            if not (math.isfinite(loss) and np.isfinite(self.passes.weights).all()):
                self.stopped = why_diverged(self.losses, self.passes)
            elif self.done >= MOST:
                self.stopped = f"{MOST:,} passes are done, the most that are kept"
            return not self.stopped

    def _keep(self) -> None:
        self._at.append(self.done)
        self._kept.append(self.passes.weights)
        for name, values in self._states.items():
            values.append(self.passes.state[name])

    def change_rate(self, lr: float) -> None:
        """Go on from here at another rate, with the same state of the optimiser. Raises
        ValueInputError for a rate that is not valid.
        """
        with self._lock:
            settings = self.run.settings
            rate = way_down({**settings, "lr": lr, "rates": ()}).options["lr"]
            if rate == self.rate:
                return
            before = [pair for pair in settings.get("rates", ()) if pair[0] < self.done]
            changed = ("rates", [*before, (self.done, rate)]) if self.done else ("lr", rate)
            self.run.settings = {**settings, changed[0]: changed[1]}
            self.passes, self._aside = (
                Passes(self.run, self.passes.weights, self.passes.state, self.done)
                for _ in range(2)
            )

    def settled(self) -> Run:
        """The run with everything that was done."""
        with self._lock:
            if self._at[-1] != self.done:
                self._keep()
            self.run.losses = np.array(self.losses)
            states = {name: np.array(values) for name, values in self._states.items()}
            self.run.kept = Kept(list(self._at), np.array(self._kept), states)
            self.run.stopped = self.stopped or INTERRUPTED
            return self.run

    def saved(self) -> Run:
        """A copy of the run as it is now, which does not change while training goes on."""
        with self._lock:
            run = self.settled()
            return Run(**{f.name: getattr(run, f.name) for f in fields(run)})

    def weights(self, k: int) -> dict[str, Any]:
        """The parameters after pass k, by name; 0 for the first ones."""
        with self._lock:
            made = self.passes if k == self.done else self._after(k)
            return self.run.apart(made.weights)

    def _after(self, k: int) -> Passes:
        """As it was after pass k, from the nearest that is kept."""
        place = bisect_right(self._at, k) - 1
        state = {name: values[place] for name, values in self._states.items()}
        self._aside.begin(self._kept[place], state, self._at[place])
        while self._aside.done < k:
            self._aside.step()
        return self._aside

    def moved(self, k: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The parameters before pass k, from 1, their gradients in it, and the parameters after."""
        with self._lock:
            begins, apart = self._after(k - 1), self.run.apart
            return apart(begins.weights), apart(begins.gradients()[1]), self.weights(k)

    def trace(self, k: int) -> Trace:
        """Pass k, from 1, as a trace with its updates. Raises ValueInputError for one not done."""
        if not 1 <= k <= self.done:
            raise ValueInputError(
                f"pass {k} is not done", expected=f"a pass from 1 to {self.done:,}"
            )
        return replay.trace(self.settled(), k)


def live(source: Any, data: Any, **settings: Any) -> Live:
    """What trains a source on data; the other arguments are those of `learning.begun`."""
    given = settings.pop("given", {})
    return Live(*begun(source, given, data, passes=MOST, **settings))
