"""A run that is trained pass by pass, with a rate that may change on the way."""

from __future__ import annotations

import math
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

    run     what is trained; `settled` brings its losses and its kept parameters up to date.
    before  the passes done at another rate, None where there are none.
    first   how many passes were done before those of this rate.
    """

    def __init__(self, run: Run, passes: Passes, before: Live | None = None) -> None:
        self.run, self.passes, self.before, self.first = run, passes, before, passes.done
        self.losses: list[float] = [] if before is None else before.losses[: passes.done]
        self.stopped = ""
        self._at = [passes.done]
        self._kept = [passes.weights]
        self._states = {name: [value] for name, value in passes.state.items()}
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

    def weights(self, k: int) -> dict[str, Any]:
        """The parameters after pass k, by name; 0 for the first ones."""
        held = self.of(k)
        if k == held.done:
            return held.run.apart(held.passes.weights)
        return replay.weights(held.settled(), k + 1)

    def trace(self, k: int) -> Trace:
        """Pass k, from 1, as a trace with its updates. Raises ValueInputError for one not done."""
        if not 1 <= k <= self.done:
            raise ValueInputError(
                f"pass {k} is not done", expected=f"a pass from 1 to {self.done:,}"
            )
        return replay.trace(self.of(k).settled(), k)

    def of(self, k: int) -> Live:
        """What did pass k."""
        held = self
        while held.before is not None and k <= held.first:
            held = held.before
        return held

    def at_rate(self, lr: float) -> Live:
        """What goes on from here at another rate, with the same parameters and the same state of
        the optimiser. Raises ValueInputError for a rate that is not valid.
        """
        with self._lock:
            run = self.settled()
            settings = {**run.settings, "lr": lr}
            settings["lr"] = way_down(settings).options["lr"]
            taken = {f.name: getattr(run, f.name) for f in fields(run)}
            made = Run(**{**taken, "settings": settings, "stopped": ""})
            state = dict(self.passes.state)
            return Live(made, Passes(made, self.passes.weights, state, self.done), self)


def live(source: Any, data: Any, **settings: Any) -> Live:
    """What trains a source on data; the other arguments are those of `learning.begun`."""
    given = settings.pop("given", {})
    return Live(*begun(source, given, data, passes=MOST, **settings))
